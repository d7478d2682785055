// One run of a sweep, in a worker thread.
import { type Cell, ScenarioFault, sweepRow } from '../../sim/index.ts';

export interface Errand {
  /** The scenario as YAML gives it. */
  value: unknown;
  set: ReadonlyMap<string, string>;
  seed: number;
}

export interface Errata {
  fault: { path: ScenarioFault['path']; message: string };
}

/** A row, or what is wrong with the scenario under these parameters: errors of our own do not survive the way between threads. */
export function row({ value, set, seed }: Errand): Cell[] | Errata {
  try {
    return sweepRow(value, { set, seed });
  } catch (error) {
    if (error instanceof ScenarioFault) return { fault: { path: error.path, message: error.message } };
    throw error;
  }
}
