// A scenario as it was asked for: read, put under policies, run to its end, recorded if that is wanted. `sash sim` does this,
// and `sash rerun`, from what a recording says, again.
import {
  type Asked,
  countCases,
  readScenario,
  type RunOptions,
  type RunResult,
  type Scenario,
  ScenarioFault,
  ScenarioRun,
} from '../../sim/index.ts';
import { parseDuration, QuantityError } from '../app/index.ts';
import { type PolicyChoice, PolicyViolation } from '../tcp/index.ts';
import { EXIT, Fault, usage } from './faults.ts';
import { type ScenarioFile } from './sim-files.ts';
import { type Talk } from './talk.ts';

/** Happenings between two looks at the clock: a tenth of a second or so. And where somebody reads along. */
const STEP = 50_000;
const SHORT_STEP = 1_000;
/** A run shows how far it is when it has taken so long, in milliseconds. */
const PATIENCE = 500;

/** @throws Fault */
export function readFile(file: ScenarioFile, asked: Asked): { scenario: Scenario; cases: number } {
  try {
    return { scenario: readScenario(file.value, asked), cases: countCases(file.value) };
  } catch (error) {
    throw error instanceof ScenarioFault ? file.fault(error) : error;
  }
}

/** The scenario under these policies, at both ends of every flow, and ending at `until`. @throws Fault */
export function prepared(scenario: Scenario, policies: PolicyChoice, until: string | undefined): Scenario {
  const under = underPolicies(scenario, policies);
  if (until === undefined) return under;
  const duration = readUntil(until);
  // What would be measured later is not.
  const expectations = under.expectations.filter(({ period }) => (period.from ?? 0) < duration);
  return { ...under, duration, expectations };
}

export interface Company {
  talk: Talk;
  /** Waits for whoever reads the recording along, now and then. */
  drained?: () => Promise<void>;
}

/** Runs it to its end. @throws Fault */
export async function runToEnd(
  file: ScenarioFile,
  scenario: Scenario,
  options: RunOptions,
  company: Company,
): Promise<RunResult> {
  try {
    const run = new ScenarioRun(scenario, options);
    await wait(run, company, file.name);
    return run.result();
  } catch (error) {
    throw faultOf(error, file);
  }
}

/** What a run threw, as a person should hear of it. */
export function faultOf(error: unknown, file: ScenarioFile): unknown {
  if (error instanceof PolicyViolation) return new Fault(error.message, EXIT.failed, error);
  return error instanceof ScenarioFault ? file.fault(error) : error;
}

/** The same with these policies in the place of the scenario's own: what is expected without them holds no longer. */
function underPolicies(scenario: Scenario, policies: PolicyChoice): Scenario {
  if (Object.keys(policies).length === 0) return scenario;
  type End = Scenario['flows'][number]['sender'];
  const under = (end: End): End => ({
    ...end,
    connection: { ...end.connection, policies: { ...end.connection.policies, ...policies } },
  });
  const flows = scenario.flows.map((flow) => ({ ...flow, sender: under(flow.sender), receiver: under(flow.receiver) }));
  return { ...scenario, flows, changed: 'policies' };
}

/** On a terminal a long run shows how far it is. */
async function wait(run: ScenarioRun, { talk, drained }: Company, name: string): Promise<void> {
  const began = performance.now();
  while (!run.step(drained === undefined ? STEP : SHORT_STEP)) {
    await drained?.();
    const seconds = (performance.now() - began) / 1_000;
    if (seconds * 1_000 < PATIENCE) continue;
    const { progress, network } = run;
    const left =
      progress === undefined || progress === 0 ? '' : `, ${Math.ceil((seconds * (1 - progress)) / progress)} s left`;
    const part = progress === undefined ? '' : ` ${Math.floor(progress * 100)} %`;
    talk.draw([`${name}:${part} ${(network.now / 1e9).toFixed(1)} s simulated, ${network.events} events${left}`]);
  }
  talk.erase();
}

function readUntil(text: string): number {
  try {
    const until = parseDuration(text);
    if (until > 0) return until;
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
  }
  throw usage(`--until: "${text}" is not a time, as in 10s`);
}
