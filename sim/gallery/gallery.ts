// The gallery's public face: what there is, and any of it under one workload, as plain data. It runs in a browser too.
import { type Duration, type Instant, SECOND } from '../../src/tcp/index.ts';
import { hop } from './hop.ts';
import { type Entry } from './model.ts';
import { Batched } from './rules.ts';
import { type Ending } from './ending.ts';
import { Run } from './run.ts';
import { type Ledger } from './stock.ts';
import { ENTRIES } from './systems/index.ts';
import { type Quantiles, type Series } from './tally.ts';
import { type WorkloadId, type WorkloadOptions, workloadWith } from './workloads.ts';

/** Every system, in the order in which it is listed. */
export const GALLERY: readonly Entry[] = ENTRIES;

/** What came of a system under a workload. Times are nanoseconds, sizes octets, rates per second. */
export interface GalleryRun {
  id: string;
  name: string;
  workload: WorkloadId;
  /** What it went through, in a sentence. */
  about: string;
  /** How long it ran, in virtual time; less than asked for where something ended it. */
  ran: Duration;
  ending: Ending;
  ledger: Ledger;
  goodput: { items: number; octets: number };
  /** In the receivers' buffers; those and under way; before the gate; not yet taken from the producer. */
  peak: {
    queuedItems: number;
    queuedOctets: number;
    committedItems: number;
    committedOctets: number;
    frontItems: number;
    backlogItems: number;
  };
  /** From birth until done; null where nothing was done. */
  latency: Quantiles | null;
  /** From arrival until done. */
  queueLatency: Quantiles | null;
  /** How old what was dropped was. */
  dropAge: Quantiles | null;
  /** The producer had something and the gate was shut. */
  stalls: { count: number; total: Duration; longest: Duration; /** Of the time, of all streams. */ share: number };
  signals: { said: number; lost: number; perThousand: number | null; probes: number };
  /** Until things were as before, from when what disturbed them was over; null for never, or where nothing disturbs. */
  recovery: Duration | null;
  disturbed: { from: Instant; to: Instant } | null;
  streams: { items: number; goodput: number }[];
  workersAtEnd: number;
  series: Series;
}

/** `256/192`: a window of items, and after how many of them more are granted. For comparing nothing but m. */
const RATIO = /^(\d{1,7})\/(\d{1,7})$/;

/** The system of this name, or a bare window `W/m` of items. */
export function galleryEntry(id: string): Entry | undefined {
  const [, w, m] = RATIO.exec(id) ?? [];
  if (w === undefined) return GALLERY.find((entry) => entry.id === id);
  const window = Number(w);
  const refill = Number(m);
  if (window < 1 || refill < 1 || refill > window) return undefined;
  return {
    id,
    name: `${window} items, ${refill} more after every ${refill}`,
    family: 'contrast',
    signal: 'grant',
    unit: 'items',
    window,
    refill: refill / window,
    grants: 'relative',
    whenFull: 'the producer waits',
    mechanism: 'Nothing but a window and its refill, for comparison.',
    numbers: [id],
    sources: [{ where: 'for comparison', how: 'specification' }],
    leavesOut: 'nothing.',
    hops: () => [hop('items', { rule: () => new Batched({ window, refill }) })],
  };
}

/** A name that no system has. */
export class UnknownSystem extends Error {
  readonly id: string;

  constructor(id: string) {
    super(`there is no system "${id}"`);
    this.id = id;
  }
}

/**
 * Puts systems through a workload, one after another; each sees the same.
 * @throws UnknownSystem, WorkloadError
 */
export function runGallery(ids: readonly string[], workload: WorkloadId, options: WorkloadOptions = {}): GalleryRun[] {
  return ids.map((id) => {
    const run = startGallery(id, workload, options);
    run.step();
    return galleryResult(id, run);
  });
}

/** A run that is advanced by `step`, for who has other things to do meanwhile. @throws UnknownSystem, WorkloadError */
export function startGallery(id: string, workload: WorkloadId, options: WorkloadOptions = {}): Run {
  const entry = galleryEntry(id);
  if (entry === undefined) throw new UnknownSystem(id);
  return new Run(entry, workloadWith(workload, options), options);
}

/** What a run has come to that has ended. */
export function galleryResult(id: string, run: Run): GalleryRun {
  const { tally, workload, stock } = run;
  const ending = run.ending ?? { why: 'time', at: run.now, says: '' };
  const seconds = Math.max(ending.at, 1) / SECOND;
  const { disturbedAt, healedAt } = workload;
  const disturbed = disturbedAt === undefined || healedAt === undefined ? null : { from: disturbedAt, to: healedAt };
  return {
    id,
    name: galleryEntry(id)?.name ?? id,
    workload: workload.id,
    about: workload.about,
    ran: ending.at,
    ending,
    ledger: stock.ledger(ending.at),
    goodput: { items: tally.delivered / seconds, octets: tally.deliveredOctets / seconds },
    peak: {
      queuedItems: tally.peakQueuedItems,
      queuedOctets: tally.peakQueuedOctets,
      committedItems: tally.peakCommittedItems,
      committedOctets: tally.peakCommittedOctets,
      frontItems: tally.peakFrontItems,
      backlogItems: tally.peakBacklogItems,
    },
    latency: tally.latency,
    queueLatency: tally.queueLatency,
    dropAge: tally.dropAge,
    stalls: {
      count: tally.stalls.count,
      total: tally.stalls.total,
      longest: tally.stalls.longest,
      share: tally.stalls.total / Math.max(1, ending.at * stock.producers.length),
    },
    signals: {
      said: tally.signals,
      lost: tally.signalsLost,
      perThousand: tally.delivered === 0 ? null : (1_000 * tally.signals) / tally.delivered,
      probes: tally.probes,
    },
    recovery: disturbed === null ? null : tally.recovery(disturbed.from, disturbed.to),
    disturbed,
    streams: workload.consumers.map((_, stream) => {
      const items = tally.perStream[stream] ?? 0;
      return { items, goodput: items / seconds };
    }),
    workersAtEnd: run.consumers.workers,
    series: tally.series,
  };
}
