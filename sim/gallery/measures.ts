// What came of a run, in words: the same in a terminal and on the page.
import { formatDuration, formatSize } from '../../src/app/index.ts';
import { type GalleryRun } from './gallery.ts';
import { type Entry, type How } from './model.ts';

/** Where a rule really lies, for who reads the numbers. */
export const PLACEMENT =
  'Every rule is put on the same link, so that only the rule differs: these are models, not measurements of the products.';

/** How a fact was established. */
export const ESTABLISHED: Readonly<Record<How, string>> = {
  executed: 'its code was run',
  test: 'its own tests',
  derived: 'its source was read',
  measured: 'seen on the wire or in the kernel',
  specification: 'its specification',
};

/** One line of a comparison: what it is, what it means, and what it was in a run. */
export interface Measure {
  name: string;
  about: string;
  of: (run: GalleryRun) => string;
  /** Runs it says something of; without it, all. */
  isOf?: (run: GalleryRun) => boolean;
}

const FLOW: readonly Measure[] = [
  { name: 'goodput', about: 'items done in a second', of: ({ goodput }) => `${rounded(goodput.items)}/s` },
  {
    name: 'held at most',
    about: "in the receiver's buffers, octets and items",
    of: ({ peak }) => `${formatSize(peak.queuedOctets)}, ${peak.queuedItems}`,
  },
  {
    name: 'sent, not done',
    about: 'items under way and held, at most',
    of: ({ peak }) => String(peak.committedItems),
  },
  {
    name: 'not sent',
    about: 'items waiting at the source, at most',
    of: ({ peak }) => String(Math.max(peak.backlogItems, peak.frontItems)),
  },
  {
    name: 'queueing p50 / p99 / max',
    about: 'from arrival until done',
    of: ({ queueLatency }) => quantiles(queueLatency),
  },
  { name: 'end to end p50 / p99 / max', about: 'from birth until done', of: ({ latency }) => quantiles(latency) },
];

const COST: readonly Measure[] = [
  {
    name: 'dropped',
    about: 'items lost on purpose, and how old they were in the median',
    of: ({ ledger, dropAge }) =>
      ledger.dropped === 0 ? '0' : `${ledger.dropped}, aged ${formatDuration(dropAge?.p50 ?? 0)}`,
  },
  { name: 'refused', about: 'items turned away with an answer', of: ({ ledger }) => String(ledger.refused) },
  {
    name: 'held back',
    about: 'of the time, the producer had something and the gate was shut; the longest such wait',
    of: ({ stalls }) =>
      stalls.count === 0
        ? '-'
        : `${Math.round(stalls.share * 100)}%, ${formatDuration(Math.round(stalls.longest))} at most`,
  },
  {
    name: 'signals',
    about: 'what the consumer said, for a thousand items done',
    of: ({ signals }) => (signals.perThousand === null ? '-' : `${rounded(signals.perThousand)}/1000`),
  },
  {
    name: 'recovery',
    about: 'from when the disturbance was over until an item was as fast as before',
    of: ({ disturbed, recovery }) =>
      disturbed === null ? '-' : recovery === null ? 'never' : formatDuration(Math.round(recovery)),
  },
];

const SPECIAL: readonly Measure[] = [
  {
    name: 'slow and fast stream',
    about: 'goodput of each stream',
    of: ({ streams }) => streams.map(({ goodput }) => `${rounded(goodput)}/s`).join(', '),
    isOf: ({ streams }) => streams.length > 1,
  },
  {
    name: 'signals lost',
    about: 'of those that the consumer said',
    of: ({ signals }) => String(signals.lost),
    isOf: ({ signals }) => signals.lost > 0,
  },
  {
    name: 'probes',
    about: 'sent by a sender that heard nothing',
    of: ({ signals }) => String(signals.probes),
    isOf: ({ signals }) => signals.lost > 0,
  },
  {
    name: 'workers',
    about: 'consumers at the end',
    of: ({ workersAtEnd }) => String(workersAtEnd),
    isOf: ({ workersAtEnd }) => workersAtEnd > 1,
  },
];

/** What went through, and what it cost: each as wide as a terminal. Some are left out where they say nothing of any run. */
export function measuresOf(runs: readonly GalleryRun[]): { flow: readonly Measure[]; cost: readonly Measure[] } {
  const special = SPECIAL.filter(({ isOf }) => isOf === undefined || runs.some(isOf));
  return { flow: FLOW, cost: [...COST, ...special] };
}

/** `stopped at 1 GiB held, most of it at the receiver, after 3.2 s`. */
export function endingSentence({ says, at }: GalleryRun['ending']): string {
  const sized = says.replace(
    /(\d+) octets held, most of them/,
    (_, octets) => `${formatSize(Number(octets))} held, most of it`,
  );
  return `${sized}, after ${formatDuration(Math.round(at))}`;
}

/** `1000/s`, `any number`. */
export function paceSentence(perSecond: number): string {
  return perSecond === Infinity ? 'any number' : `${rounded(perSecond)}/s`;
}

/** W, in its unit if that is octets. */
export function windowOf({ window, unit }: Pick<Entry, 'window' | 'unit'>): string {
  if (window === null) return 'unbounded';
  return unit === 'octets' ? formatSize(window) : String(window);
}

/** m / W; empty where that is not how it works. */
export function refillOf({ refill }: Pick<Entry, 'refill'>): string {
  if (refill === null) return '';
  return refill < 0.001 ? '<0.1%' : `${rounded(refill * 100)}%`;
}

function quantiles(of: GalleryRun['latency']): string {
  if (of === null) return '-';
  return [of.p50, of.p99, of.max].map((time) => formatDuration(Math.round(time))).join(' / ');
}

function rounded(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}
