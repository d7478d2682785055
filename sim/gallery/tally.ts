// What is counted in a run, and what is made of it: goodput, peaks, latencies, drops by their age, stalls, signals, recovery.
import { type Duration, type Instant, SECOND } from '../../src/tcp/index.ts';
import { type Item } from './traffic.ts';

export interface Quantiles {
  p50: Duration;
  p99: Duration;
  max: Duration;
}

/** A stretch of time again and again: how often, how long. */
export class Spells {
  count = 0;
  total: Duration = 0;
  longest: Duration = 0;

  add(duration: Duration): void {
    if (duration <= 0) return;
    this.count++;
    this.total += duration;
    this.longest = Math.max(this.longest, duration);
  }
}

/** Samples in equal steps of time; all of one length. Sizes are octets, times nanoseconds. */
export interface Series {
  time: number[];
  queuedItems: number[];
  queuedOctets: number[];
  inFlightItems: number[];
  backlogItems: number[];
  /** Of the item that was done last, from its birth; null where none was for a fiftieth of the run. */
  latency: (number | null)[];
  delivered: number[];
  dropped: number[];
  refused: number[];
  workers: number[];
}

export class RunTally {
  delivered = 0;
  deliveredOctets = 0;
  dropped = 0;
  refused = 0;
  signals = 0;
  signalsLost = 0;
  probes = 0;
  peakQueuedItems = 0;
  peakQueuedOctets = 0;
  peakCommittedItems = 0;
  peakCommittedOctets = 0;
  peakFrontItems = 0;
  peakBacklogItems = 0;
  readonly stalls = new Spells();
  readonly perStream: number[] = [];
  readonly series: Series = {
    time: [],
    queuedItems: [],
    queuedOctets: [],
    inFlightItems: [],
    backlogItems: [],
    latency: [],
    delivered: [],
    dropped: [],
    refused: [],
    workers: [],
  };
  /** Item-seconds in the receivers' buffers, for Little's law, in items times nanoseconds. */
  queueArea = 0;
  /** What the buffers' items waited until they were taken, in all. */
  waitedTotal = 0;
  waitedCount = 0;
  lastLatency: number | null = null;
  readonly #bornAt: number[] = [];
  readonly #doneAt: number[] = [];
  readonly #arrivedAt: number[] = [];
  readonly #dropAges: number[] = [];

  done(item: Item, now: Instant): void {
    this.delivered++;
    this.deliveredOctets += item.size;
    this.perStream[item.stream] = (this.perStream[item.stream] ?? 0) + 1;
    this.lastLatency = now - item.born;
    this.#bornAt.push(item.born);
    this.#doneAt.push(now);
    this.#arrivedAt.push(item.arrivedAt);
  }

  drop(item: Item, now: Instant): void {
    this.dropped++;
    this.#dropAges.push(now - item.born);
  }

  /** From birth until done. */
  get latency(): Quantiles | null {
    return quantiles(this.#doneAt.map((done, i) => done - this.#bornAt[i]!));
  }

  /** From the first octet's arrival until done. */
  get queueLatency(): Quantiles | null {
    return quantiles(this.#doneAt.map((done, i) => done - this.#arrivedAt[i]!));
  }

  get dropAge(): Quantiles | null {
    return quantiles(this.#dropAges);
  }

  /**
   * How long after `healedAt` the first item was done that was born after it and took no longer than a quarter more than the
   * slowest of the second before the disturbance; null if none was.
   */
  recovery(disturbedAt: Instant, healedAt: Instant): Duration | null {
    let usual = 0;
    for (let i = 0; i < this.#doneAt.length; i++) {
      const done = this.#doneAt[i]!;
      if (done >= disturbedAt - SECOND && done < disturbedAt) usual = Math.max(usual, done - this.#bornAt[i]!);
    }
    if (usual === 0) return null;
    for (let i = 0; i < this.#doneAt.length; i++) {
      const born = this.#bornAt[i]!;
      const done = this.#doneAt[i]!;
      if (born >= healedAt && done - born <= usual * 1.25) return done - healedAt;
    }
    return null;
  }
}

function quantiles(values: number[]): Quantiles | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).toSorted();
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)]!;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1)! };
}
