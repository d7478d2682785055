// What the gallery prints: the list, one system, and runs side by side.
import { type Entry, FAMILIES, GALLERY, type GalleryRun, type How, type Workload } from '../../sim/index.ts';
import { formatDuration, formatRate, formatSize } from '../app/index.ts';
import { aligned, wrapped } from './sim-report.ts';

const COLUMNS = 100;

/** Where a rule really lies, for who reads the numbers. */
export const PLACEMENT =
  'Every rule is put on the same link, so that only the rule differs: these are models, not measurements of the products.';

const ESTABLISHED: Readonly<Record<How, string>> = {
  executed: 'its code was run',
  test: 'its own tests',
  derived: 'its source was read',
  measured: 'seen on the wire or in the kernel',
  specification: 'its specification',
};

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
  const does = consumers.map(({ perSecond }) => pace(perSecond)).join(' and ');
  const size = `${formatSize(meanSize)}${workload.id === 'mixed-sizes' ? ' in the mean' : ''}`;
  const lines = [
    `${workload.id}: ${workload.about}`,
    `${pace(produces)} made, ${does} done; items of ${size}, ${formatRate(line)}, ${formatDuration(delay)} each way, ${formatDuration(duration)}`,
    '',
    ...aligned([
      [
        'system',
        'goodput',
        'held at most',
        'sent, not done',
        'not sent',
        'queueing p50 / p99 / max',
        'end to end p50 / p99 / max',
      ],
      ...runs.map(flow),
    ]),
    '',
    ...aligned([
      ['system', 'dropped', 'refused', 'held back', 'signals', 'recovery', ...extraHead(runs)],
      ...runs.map(cost),
    ]),
  ];
  const ends = runs.filter(({ ending }) => ending.says !== '');
  if (ends.length > 0) lines.push('', ...ends.map(({ id, ending }) => `${id}: ${endingSentence(ending)}`));
  return lines;
}

/** `stopped at 1 GiB held, most of it at the receiver, after 3.2 s`. */
export function endingSentence({ says, at }: GalleryRun['ending']): string {
  const sized = says.replace(
    /(\d+) octets held, most of them/,
    (_, octets) => `${formatSize(Number(octets))} held, most of it`,
  );
  return `${sized}, after ${formatDuration(at)}`;
}

function flow({ id, goodput, peak, queueLatency, latency }: GalleryRun): string[] {
  return [
    id,
    `${rounded(goodput.items)}/s`,
    `${formatSize(peak.queuedOctets)}, ${peak.queuedItems}`,
    String(peak.committedItems),
    String(Math.max(peak.backlogItems, peak.frontItems)),
    quantiles(queueLatency),
    quantiles(latency),
  ];
}

function extraHead(runs: readonly GalleryRun[]): string[] {
  const head: string[] = [];
  if (runs.some(({ streams }) => streams.length > 1)) head.push('slow and fast stream');
  if (runs.some(({ signals }) => signals.lost > 0)) head.push('signals lost', 'probes');
  if (runs.some(({ workersAtEnd }) => workersAtEnd > 1)) head.push('workers');
  return head;
}

function cost(run: GalleryRun, _index: number, runs: readonly GalleryRun[]): string[] {
  const { id, ledger, dropAge, stalls, signals, recovery, disturbed, streams, workersAtEnd } = run;
  const cells = [
    id,
    ledger.dropped === 0 ? '0' : `${ledger.dropped}, aged ${formatDuration(dropAge?.p50 ?? 0)}`,
    String(ledger.refused),
    stalls.count === 0 ? '-' : `${Math.round(stalls.share * 100)}%, ${formatDuration(stalls.longest)} at most`,
    signals.perThousand === null ? '-' : `${rounded(signals.perThousand)}/1000`,
    disturbed === null ? '-' : recovery === null ? 'never' : formatDuration(recovery),
  ];
  const head = extraHead(runs);
  if (head.includes('slow and fast stream'))
    cells.push(streams.map(({ goodput }) => `${rounded(goodput)}/s`).join(', '));
  if (head.includes('probes')) cells.push(String(signals.lost), String(signals.probes));
  if (head.includes('workers')) cells.push(String(workersAtEnd));
  return cells;
}

function quantiles(of: GalleryRun['latency']): string {
  if (of === null) return '-';
  return [of.p50, of.p99, of.max].map((time) => formatDuration(Math.round(time))).join(' / ');
}

function pace(perSecond: number): string {
  return perSecond === Infinity ? 'any number' : `${rounded(perSecond)}/s`;
}

function rounded(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}

function windowOf({ window, unit }: Entry): string {
  if (window === null) return 'unbounded';
  return unit === 'octets' ? formatSize(window) : String(window);
}

function refillOf({ refill }: Entry): string {
  if (refill === null) return '';
  return refill < 0.001 ? '<0.1%' : `${rounded(refill * 100)}%`;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
