// The traces of real systems, and how a test claims one: each belongs to a model that reproduces it, or is listed with the reason.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Feedback, type Rule, type View } from '../../sim/gallery/index.ts';

type Raw = { id: string; how: string } & Record<string, unknown>;

// Compiled, this file is dist/test/gallery/trace.js.
const file = join(import.meta.dirname, '../../../test/gallery/traces.json');
export const TRACES = (JSON.parse(readFileSync(file, 'utf8')) as { traces: Raw[] }).traces;

const byId = new Map(TRACES.map((trace) => [trace.id, trace]));

/** Says that the models do what the trace of this name says. */
export function reproduces(id: string, check: (t: ExecutionContext, trace: Raw) => void): void {
  test(`reproduces ${id}`, (t) => {
    const trace = byId.get(id);
    if (trace === undefined) return t.fail(`there is no trace ${id}`);
    check(t, trace);
  });
}

export function view(rest: Partial<View> = {}): View {
  return { now: 0, queuedItems: 0, queuedOctets: 0, backlog: 0, rtt: 0, sojourn: 0, ...rest };
}

/** Units granted: relative ones as they are, absolute ones as they stand. */
export function units(feedback: readonly Feedback[]): number[] {
  return feedback.map((one) => (one.kind === 'grant' ? one.units : one.kind === 'limit' ? one.upTo : NaN));
}

/** What a rule says at first and after how many units consumed, `step` at a time: [consumed, units]. */
export function grantsOf(rule: Rule, total: number, step = 1): [number, number][] {
  const told: [number, number][] = units(rule.start()).map((count) => [0, count]);
  for (let consumed = step; consumed <= total; consumed += step) {
    const said = [
      ...(rule.arrived?.(step, view()) ?? []),
      ...(rule.taken?.(step, view()) ?? []),
      ...(rule.done?.(step, view()) ?? []),
    ];
    for (const count of units(said)) told.push([consumed, count]);
  }
  return told;
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** `11..32 and 41..60 (42)`. */
export function spans(ids: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const id of ids) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === id - 1) last[1] = id;
    else runs.push([id, id]);
  }
  return `${runs.map(([from, to]) => `${from}..${to}`).join(' and ')} (${ids.length})`;
}

/** Which traces these test files speak of, read in their sources: a test of another file runs in another process. */
export function claimed(...files: string[]): Set<string> {
  const texts = files.map((name) => readFileSync(join(import.meta.dirname, '../../../test/gallery', name), 'utf8'));
  return new Set(
    TRACES.map(({ id }) => id).filter((id) =>
      texts.some((text) => text.includes(`('${id}'`) || text.includes(`['${id}'`)),
    ),
  );
}
