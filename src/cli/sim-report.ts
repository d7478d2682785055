// What a simulated run gave: a table of measurements beside what was expected and what theory predicts, or the same as JSON.
import {
  type Expectation,
  formatQuantity,
  type Measured,
  type Names,
  type Outcome,
  type RunResult,
  writeQuantity,
} from '../../sim/index.ts';
import { formatDuration } from '../app/index.ts';
import { aligned, wrapped } from './columns.ts';

/** A run and what it is called. */
export interface Report {
  name: string;
  /** `#1` for the first of its cases; '' for the file's own parameters. */
  label: string;
  result: RunResult;
  /** Wall time, in milliseconds. */
  tookMs: number;
}

export function isMet({ result }: Report): boolean {
  return result.ending !== 'stuck' && result.outcomes.every(({ verdict }) => verdict !== 'missed');
}

/** One run, for people. */
export function reportLines(report: Report): string[] {
  const { result, tookMs } = report;
  const { scenario, outcomes } = result;
  const lines = [scenario.title, ...wrapped(scenario.lesson, 100).map((line) => `  ${line}`)];
  const parameters = parametersOf(scenario.parameters);
  if (parameters !== '') lines.push(`  ${parameters}, seed ${scenario.seed}`);
  lines.push('', ...table(outcomes), '');
  lines.push(...result.waits.map((wait) => `never ended: ${wait}`));
  const took = tookMs < 1_000 ? `${Math.round(tookMs)} ms` : `${(tookMs / 1_000).toFixed(1)} s`;
  lines.push(`${formatDuration(result.endedAt)} simulated in ${took}, ${result.events} events`);
  return lines;
}

const HEADINGS = ['', 'measure', 'measured', 'expected', 'off', 'theory', 'off'] as const;

function table(outcomes: readonly Outcome[]): string[] {
  const rows = outcomes.map((outcome) => {
    const { expectation, measured, stated, verdict, deviation, theoryDeviation } = outcome;
    const { prediction, kind } = expectation;
    return [
      verdict === 'met' ? 'ok' : verdict === 'missed' ? 'MISS' : '-',
      measureName(expectation),
      format(kind, measured),
      stated === undefined ? '' : format(kind, stated),
      stated === undefined ? '' : percent(deviation),
      prediction === undefined ? '' : `${prediction.name} ${format(kind, prediction.value)}`,
      prediction === undefined ? '' : percent(theoryDeviation),
    ];
  });
  return aligned([[...HEADINGS], ...rows]);
}

/** Missed expectations of many runs; empty where there are none. */
export function missLines(reports: readonly Report[]): string[] {
  const rows: string[][] = [];
  for (const { name, label, result } of reports) {
    const where = `${name}${label}`;
    for (const wait of result.waits) rows.push([where, 'never ended', wait, '', '']);
    for (const { expectation, measured, expected, verdict, deviation } of result.outcomes) {
      if (verdict !== 'missed') continue;
      const { kind } = expectation;
      rows.push([
        where,
        measureName(expectation),
        format(kind, measured),
        format(kind, expected ?? ''),
        percent(deviation),
      ]);
    }
  }
  return rows.length === 0 ? [] : aligned([['scenario', 'measure', 'measured', 'expected', 'off'], ...rows]);
}

/** For programs: sizes in octets, times in seconds, rates in octets a second; times and words as they are. */
export function reportJson({ name, label, result, tookMs }: Report): object {
  const { scenario } = result;
  return {
    scenario: name,
    case: label === '' ? null : Number(label.slice(1)),
    seed: scenario.seed,
    parameters: Object.fromEntries(
      [...scenario.parameters].map(([key, value]) => [key, typeof value === 'string' ? value : writeQuantity(value)]),
    ),
    ending: result.ending,
    waits: result.waits,
    simulatedNs: result.endedAt,
    events: result.events,
    tookMs: Math.round(tookMs),
    outcomes: result.outcomes.map(({ expectation, measured, expected, verdict, deviation, theoryDeviation }) => ({
      measure: expectation.measure,
      flow: expectation.flow,
      kind: expectation.kind,
      measured: plain(measured),
      expected: plain(expected),
      deviation: plain(deviation),
      verdict,
      source: expectation.source ?? null,
      theory:
        expectation.prediction === undefined
          ? null
          : {
              name: expectation.prediction.name,
              predicted: plain(expectation.prediction.value),
              deviation: plain(theoryDeviation),
            },
    })),
  };
}

/** JSON has neither infinity nor NaN. */
function plain(value: Measured | undefined): Measured | (number | null)[] | null {
  if (value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return value.map((one) => (Number.isFinite(one) ? one : null));
}

export function parametersOf(names: Names): string {
  return [...names]
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : shortest(writeQuantity(value))}`)
    .join(', ');
}

/** `50000000ns` is 50ms to a person. */
function shortest(text: string): string {
  const ns = /^(\d+)ns$/.exec(text)?.[1];
  if (ns !== undefined) return formatDuration(Number(ns)).replaceAll(' ', '');
  const bits = /^([\d.]+)bit\/s$/.exec(text)?.[1];
  if (bits === undefined) return text;
  const value = Number(bits);
  for (const [unit, size] of [['G', 1e9] as const, ['M', 1e6] as const, ['k', 1e3] as const]) {
    if (value >= size) return `${Number((value / size).toPrecision(6))}${unit}bit/s`;
  }
  return text;
}

function measureName({ measure, nth, first, flow }: Expectation): string {
  const which = nth !== undefined ? ` #${nth}` : first !== undefined ? ` 1-${first}` : '';
  return `${measure}${which}${flow === 'flow' ? '' : ` of ${flow}`}`;
}

function format(kind: Expectation['kind'], value: Measured): string {
  if (typeof value === 'string') return value;
  if (kind === 'word') return String(value);
  if (typeof value !== 'number') {
    const shown = value.slice(0, 12).map((one) => format(kind, one));
    const rest = value.length > shown.length ? ` … (${value.length})` : '';
    return value.length === 0 ? 'none' : `${shown.join(' ')}${rest}`;
  }
  if (Number.isNaN(value)) return 'none';
  if (kind === 'size') return `${Math.round(value * 100) / 100}B`;
  if (kind === 'rate') return `${Math.round(value)}B/s`;
  return formatQuantity(kind, value).replaceAll(' ', '');
}

function percent(deviation: number | undefined): string {
  if (deviation === undefined || Number.isNaN(deviation)) return '';
  return `${(deviation * 100).toFixed(2)}%`;
}
