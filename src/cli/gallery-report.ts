// What the gallery prints: the list, one system, and runs side by side.
import {
  endingSentence,
  type Entry,
  ESTABLISHED,
  FAMILIES,
  GALLERY,
  type GalleryRun,
  type Measure,
  measuresOf,
  paceSentence,
  refillOf,
  windowOf,
  type Workload,
} from '../../sim/index.ts';
import { formatDuration, formatRate, formatSize } from '../app/index.ts';
import { aligned, wrapped } from './columns.ts';

const COLUMNS = 100;

export function listLines(): string[] {
  const head = ['', 'system', 'signal', 'W', 'm/W', 'when full'];
  const rows = FAMILIES.flatMap((family) => {
    const entries = GALLERY.filter((entry) => entry.family === family);
    return entries.map((entry, index) => [
      index === 0 ? family : '',
      entry.id,
      cut(entry.signal, 34),
      windowOf(entry),
      refillOf(entry),
      cut(entry.whenFull, 46),
    ]);
  });
  return aligned([head, ...rows]);
}

export function showLines(entry: Entry): string[] {
  const list = (title: string, lines: readonly string[]): string[] => [
    '',
    title,
    ...lines.flatMap((line) => wrapped(line, COLUMNS - 4).map((part, i) => `${i === 0 ? '  ' : '    '}${part}`)),
  ];
  return [
    `${entry.id}: ${entry.name} (${entry.family})`,
    '',
    ...wrapped(entry.mechanism, COLUMNS),
    '',
    ...aligned([
      ['signal', entry.signal],
      ['grants', entry.grants],
      ['window', `${windowOf(entry)}${entry.window === null ? '' : ` (${entry.unit})`}`],
      ['m / W', refillOf(entry)],
      ['when full', entry.whenFull],
    ]),
    ...list('numbers', entry.numbers),
    ...list(
      'sources',
      entry.sources.map(({ where, how }) => `${where} — ${ESTABLISHED[how]}`),
    ),
    ...list('left out', [entry.leavesOut]),
  ];
}

export function compareLines(runs: readonly GalleryRun[], workload: Workload): string[] {
  const { produces, consumers, meanSize, line, delay, duration } = workload;
  const does = consumers.map(({ perSecond }) => paceSentence(perSecond)).join(' and ');
  const size = `${formatSize(meanSize)}${workload.id === 'mixed-sizes' ? ' in the mean' : ''}`;
  const { flow, cost } = measuresOf(runs);
  const lines = [
    `${workload.id}: ${workload.about}`,
    `${paceSentence(produces)} made, ${does} done; items of ${size}, ${formatRate(line)}, ${formatDuration(delay)} each way, ${formatDuration(duration)}`,
    '',
    ...aligned(table(runs, flow)),
    '',
    ...aligned(table(runs, cost)),
  ];
  const ends = runs.filter(({ ending }) => ending.says !== '');
  if (ends.length > 0) lines.push('', ...ends.map(({ id, ending }) => `${id}: ${endingSentence(ending)}`));
  return lines;
}

function table(runs: readonly GalleryRun[], measures: readonly Measure[]): string[][] {
  return [
    ['system', ...measures.map(({ name }) => name)],
    ...runs.map((run) => [run.id, ...measures.map(({ of }) => of(run))]),
  ];
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
