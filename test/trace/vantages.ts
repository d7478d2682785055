// Simulated runs, recorded from each point of view, in this process.
import { readScenario, runScenario } from '../../sim/index.ts';
import { type Snap } from '../../src/trace/index.ts';
import { openScenario } from '../../src/cli/sim-files.ts';
import { join } from './pair.ts';

/** What a scenario of the library gives, by point of view, within two seconds of its time or so long as told. */
export async function simulated(name: string, options: { isAllInOne?: boolean; until?: number; snap?: Snap } = {}) {
  const { value } = await openScenario(name);
  const scenario = readScenario(value);
  const files = new Map<string, Uint8Array[]>();
  const record = (vantage: string) => {
    const parts: Uint8Array[] = [];
    files.set(vantage, parts);
    return (octets: Uint8Array): void => void parts.push(octets.slice());
  };
  const { until = 2e9, isAllInOne = false, snap = 'headers' } = options;
  runScenario(
    { ...scenario, duration: until, expectations: [] },
    { record, vantages: ['sender', 'link', 'receiver'], isAllInOne, snap },
  );
  return new Map([...files].map(([vantage, parts]) => [vantage, join(parts)]));
}
