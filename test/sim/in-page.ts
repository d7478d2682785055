// What browser.test.ts runs twice: in Node as it is, and bundled into one script in a browser. So it names nothing that
// only one of the two has; bundling for a browser fails if anything it imports does.
import { type Ending, readScenario, runGallery, ScenarioRun } from '../../sim/index.ts';
import { Random } from '../../src/link/index.ts';
import { cbrt, exp, ln, pow } from '../../src/tcp/index.ts';

export interface Recorded {
  /** The octets of each recording, by its vantage. */
  recordings: Record<string, Uint8Array>;
  ending: Ending;
  events: number;
  lost: number;
  retransmissions: number;
  fastRecoveries: number;
  dsacksReceived: number;
}

/** Runs the scenario, given as YAML would give it, to its end, and records both ends of every flow. */
export function recorded(value: unknown, seed: number): Recorded {
  const slabs = new Map<string, Uint8Array[]>();
  const record = (vantage: string): ((octets: Uint8Array) => void) => {
    const own: Uint8Array[] = [];
    slabs.set(vantage, own);
    return (octets) => void own.push(octets);
  };
  const run = new ScenarioRun(readScenario(value, { seed }), { record, application: 'sash' });
  while (!run.step(100_000));
  const { ending, events } = run.result();
  const counted = { retransmissions: 0, fastRecoveries: 0, dsacksReceived: 0 };
  for (const { sender } of run.flows) {
    const { tally } = sender.connection.tcb;
    counted.retransmissions += tally.retransmissions;
    counted.fastRecoveries += tally.fastRecoveries;
    counted.dsacksReceived += tally.dsacksReceived;
  }
  let lost = 0;
  for (const { link } of run.network.wires()) for (const count of Object.values(link.tally.dropped)) lost += count;
  const recordings = Object.fromEntries([...slabs].map(([vantage, own]) => [vantage, joined(own)]));
  return { recordings, ending, events, lost, ...counted };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * All 64 bits of what the deterministic mathematics gives: a recording, whose times are whole nanoseconds, would not show
 * that the last ones differ.
 */
export function numbers(count: number): Uint8Array {
  const random = new Random(7, 'numbers');
  const view = new DataView(new ArrayBuffer(count * 6 * 8));
  let at = 0;
  const put = (value: number): void => {
    view.setFloat64(at, value);
    at += 8;
  };
  for (let i = 0; i < count; i++) {
    const [x, y] = [random.real() * 1_000, random.real() * 8 - 4];
    put(ln(x));
    put(exp(y * 10));
    put(pow(x, y));
    put(cbrt(x * 1e6));
    put(random.normal());
    put(random.pareto(1.5));
  }
  return new Uint8Array(view.buffer);
}

/** Systems of the gallery with dice, roots, logarithms and controllers in them, as JSON. */
export function gallery(): string {
  const ids = [
    'tcp',
    'quic',
    'grpc',
    'spark',
    'codel',
    'vegas',
    'nginx-limit-req',
    'akka-streamref',
    'rabbitmq',
    'flink',
  ];
  return JSON.stringify([
    ...runGallery(ids, 'lost-feedback', { seed: 5, duration: 5e9 }),
    ...runGallery(ids, 'slow-consumer', { duration: 2e9 }),
  ]);
}
