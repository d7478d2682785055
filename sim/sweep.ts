// A sweep: one scenario under every combination of some parameters' values and seeds, a row for each run, in an order that
// does not depend on how many run at a time. What a row holds are plain numbers: octets, seconds, octets a second.
import { ScenarioFault } from './scenario/fault.ts';
import { type Outcome } from './scenario/judge.ts';
import { kindOf, parseQuantity, type Quantity, writeQuantity } from './scenario/quantity.ts';
import { type RunResult, runScenario } from './scenario/run.ts';
import { readScenario, type Scenario } from './scenario/scenario.ts';

/** A parameter and the values it takes, as texts that `set` understands. */
export interface Variation {
  name: string;
  values: readonly string[];
}

/** One run to be made. */
export interface SweepTask {
  set: ReadonlyMap<string, string>;
  seed: number;
}

const MOST_VALUES = 10_000;

/**
 * `window=4KiB,8KiB`, `window=4KiB..1MiB:x2`, `rtt=10ms..50ms:+10ms`.
 * @throws RangeError with what was expected
 */
export function parseVariation(text: string): Variation {
  const [, name, values] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || values === undefined) {
    throw new RangeError(`"${text}" varies nothing: write NAME=VALUES, as in window=4KiB..1MiB:x2 or rtt=1ms,10ms`);
  }
  const range = /^(.+)\.\.(.+):([x+])(.+)$/.exec(values);
  if (range === null) {
    if (values.includes('..'))
      throw new RangeError(`"${values}" is no range: write FROM..TO:xFACTOR or FROM..TO:+STEP`);
    return { name, values: values.split(',').map((value) => value.trim()) };
  }
  return { name, values: spread(values, range[1]!, range[2]!, range[3] === 'x', range[4]!) };
}

function spread(text: string, from: string, to: string, isFactor: boolean, by: string): string[] {
  const [first, last, step] = [from, to, by].map(parseQuantity) as [Quantity?, Quantity?, Quantity?];
  const kinds = [first, last, isFactor ? first : step].map((q) => (q === undefined ? undefined : kindOf(q)));
  if (first === undefined || last === undefined || step === undefined || kinds.some((kind) => kind !== kinds[0])) {
    throw new RangeError(`"${text}" is no range: its ends, and what is added, are quantities of one kind`);
  }
  if (isFactor ? !(step.value > 1 && first.value > 0) : !(step.value > 0)) {
    throw new RangeError(`"${text}" would never end: multiply by more than 1, or add more than 0`);
  }
  const values: string[] = [];
  const end = last.value * (1 + 1e-9);
  for (let value = first.value; value <= end; value = isFactor ? value * step.value : value + step.value) {
    values.push(writeQuantity({ ...first, value }));
    if (values.length > MOST_VALUES) throw new RangeError(`"${text}" has more than ${MOST_VALUES} values`);
  }
  return values;
}

/** Every combination with every seed; the last parameter, then the seed, changes fastest. */
export function sweepTasks(
  fixed: ReadonlyMap<string, string>,
  variations: readonly Variation[],
  seeds: number,
): SweepTask[] {
  let sets: ReadonlyMap<string, string>[] = [fixed];
  for (const { name, values } of variations) {
    sets = sets.flatMap((set) => values.map((value) => new Map(set).set(name, value)));
  }
  return sets.flatMap((set) => Array.from({ length: seeds }, (_, i) => ({ set, seed: i + 1 })));
}

export type Cell = number | string;

const UNITS = { number: '', size: '_octets', time: '_s', rate: '_octets_per_s', word: '' } as const;

/** The columns that tell one run from another. */
export function keyColumns(scenario: Scenario): string[] {
  const names = [...scenario.parameters].map(([name, value]) =>
    typeof value === 'string' ? name : `${name}${UNITS[kindOf(value) ?? 'number']}`,
  );
  return [...names, 'seed'];
}

export function keyCells(scenario: Scenario): Cell[] {
  const values = [...scenario.parameters.values()].map((value) => (typeof value === 'string' ? value : value.value));
  return [...values, scenario.seed];
}

/** All columns: the run's, then for each expectation what was measured, what theory predicts, and how far they are apart. */
export function sweepColumns(scenario: Scenario): string[] {
  const columns = [...keyColumns(scenario), 'ending', 'simulated_s', 'events'];
  for (const { measure, kind, flow, nth, prediction } of scenario.expectations) {
    const which = `${measure}${nth === undefined ? '' : `_${nth}`}${flow === 'flow' ? '' : `_${flow}`}`;
    columns.push(`${which}${UNITS[kind]}`);
    if (prediction !== undefined) columns.push(`${which}_theory${UNITS[kind]}`, `${which}_deviation`);
  }
  return columns;
}

/** Makes one run. @throws ScenarioFault */
export function sweepRow(value: unknown, { set, seed }: SweepTask): Cell[] {
  const result: RunResult = runScenario(readScenario(value, { set, seed }));
  const { scenario, ending, endedAt, events, outcomes } = result;
  return [...keyCells(scenario), ending, endedAt / 1e9, events, ...outcomes.flatMap(outcomeCells)];
}

function outcomeCells({ expectation, measured, theoryDeviation }: Outcome): Cell[] {
  const { prediction } = expectation;
  if (prediction === undefined) return [cell(measured)];
  return [cell(measured), cell(prediction.value), theoryDeviation === undefined ? '' : cell(theoryDeviation)];
}

/** A series is its values with spaces between; there is nothing for what could not be measured. */
function cell(value: number | string | readonly number[]): Cell {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : '';
  return value.join(' ');
}

/** Checks that every run can be made, before any is. @throws ScenarioFault */
export function checkTasks(value: unknown, tasks: readonly SweepTask[]): Scenario {
  const [first] = tasks;
  if (first === undefined) throw new ScenarioFault([], 'there is nothing to run');
  for (const { set, seed } of tasks) if (seed === 1) readScenario(value, { set, seed });
  return readScenario(value, first);
}
