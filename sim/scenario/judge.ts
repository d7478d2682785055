// Holds what was measured against what was expected.
import { type Expectation, type Tolerance } from './expectation.ts';
import { type Changed } from './scenario.ts';
import { MEASURES, type Taken } from './measures.ts';

export type Measured = number | readonly number[] | string;

export interface Outcome {
  expectation: Expectation;
  measured: Measured;
  /** The file's value, where it holds: not where parameters or policies are not those it was found for. */
  stated: Measured | undefined;
  /** What it was held against: the file's value, or the theory's where that is all there is; undefined if neither holds here. */
  expected: Measured | undefined;
  /** Whether it was near enough. */
  verdict: 'met' | 'missed' | 'not judged';
  /** (measured - expected) / expected, of a series the one furthest off; undefined for words. */
  deviation: number | undefined;
  /** The same from the theory's prediction. */
  theoryDeviation: number | undefined;
}

const EXACT: Tolerance = { kind: 'absolute', by: 0 };

/** Slack for what arithmetic with fractions leaves over. */
const ROUNDING = 1e-9;

export function judge(expectation: Expectation, taken: Taken, changed: Changed): Outcome {
  const measured = pick(MEASURES[expectation.measure]!.take(taken), expectation);
  const { prediction } = expectation;
  const stated = changed === 'nothing' ? expectation.value : undefined;
  const expected = changed === 'policies' ? undefined : (stated ?? prediction?.value);
  return {
    expectation,
    measured,
    stated,
    expected,
    verdict:
      expected === undefined ? 'not judged' : isNear(measured, expected, expectation.tolerance) ? 'met' : 'missed',
    deviation: expected === undefined ? undefined : deviation(measured, expected),
    theoryDeviation: prediction === undefined ? undefined : deviation(measured, prediction.value),
  };
}

function pick(measured: number | number[] | string, { nth, first }: Expectation): Measured {
  if (!Array.isArray(measured)) return measured;
  if (nth !== undefined) return measured[nth - 1] ?? NaN;
  return first === undefined ? measured : measured.slice(0, first);
}

function isNear(measured: Measured, expected: Measured, tolerance: Tolerance): boolean {
  if (typeof measured === 'string' || typeof expected === 'string') return measured === expected;
  const found = typeof measured === 'number' ? [measured] : measured;
  const wanted = typeof expected === 'number' ? [expected] : expected;
  return found.length === wanted.length && wanted.every((value, i) => isWithin(found[i]!, value, tolerance));
}

function isWithin(found: number, wanted: number, { kind, by }: Tolerance): boolean {
  if (found === wanted) return true; // both may be infinite
  const most = kind === 'relative' ? Math.abs(wanted) * by : by;
  return Math.abs(found - wanted) <= most + Math.abs(wanted) * ROUNDING;
}

function deviation(measured: Measured, expected: Measured): number | undefined {
  if (typeof measured === 'string' || typeof expected === 'string') return undefined;
  const found = typeof measured === 'number' ? [measured] : measured;
  const wanted = typeof expected === 'number' ? [expected] : expected;
  if (found.length !== wanted.length) return undefined;
  let furthest = 0;
  wanted.forEach((value, i) => {
    const off = isWithin(found[i]!, value, EXACT) ? 0 : (found[i]! - value) / Math.abs(value);
    if (!(Math.abs(off) <= Math.abs(furthest))) furthest = off;
  });
  return furthest;
}
