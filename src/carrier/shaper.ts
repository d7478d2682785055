// A link model in a live run: what leaves the connection goes through it before it is laid on the carrier, so that a path
// with delay, a rate, a queue, loss or reordering stands between two real processes, in userland and without privileges.
// Each side shapes what it sends. Timers of an event loop are late; by how much is measured, and told at the end.
import { Link, type LinkSpec, type LinkTally, Random, type Rule } from '../link/index.ts';
import { type Duration, type Instant, NEVER, Segment } from '../tcp/index.ts';

export interface ShaperOptions {
  link: LinkSpec;
  rules?: readonly Rule[];
  /** The same seed, the same fate of each segment. */
  seed?: number;
}

/** By how much segments were late: they left the model so long after it had said. */
export interface Lateness {
  segments: number;
  medianNs: Duration;
  p99Ns: Duration;
  maxNs: Duration;
}

// One serves all: it is filled and laid within one call.
const passing = new Segment();

export class Shaper {
  readonly #link: Link;
  readonly #lateness = new Histogram();
  readonly #damageDice: Random;

  /**
   * @param deliversCorrupted what the model corrupts is delivered, for the other end's checksum to find; else it is lost here
   * @throws RangeError for an impossible link
   */
  constructor({ link, rules = [], seed = 0 }: ShaperOptions, deliversCorrupted = false) {
    this.#link = new Link({ spec: link, rules, seed, name: 'out', deliversCorrupted });
    this.#damageDice = new Random(seed, 'out/damage');
  }

  /** Segments on their way. */
  get inFlight(): number {
    return this.#link.inFlight;
  }

  /** The model itself, to be looked at and changed while it runs. */
  get link(): Link {
    return this.#link;
  }

  get tally(): LinkTally {
    return this.#link.tally;
  }

  get lateness(): Lateness {
    return this.#lateness.summary();
  }

  send(seg: Segment, now: Instant): void {
    this.#link.send(seg, now);
  }

  /** The next segment that has come through by `now`, valid until this is called again; undefined where none has. */
  poll(now: Instant): Segment | undefined {
    if (!this.#link.poll(passing, now)) return undefined;
    this.#lateness.add(now - this.#link.polledAt);
    return passing;
  }

  /** Which bit, of so many, the model flipped in the segment polled last; -1 for none. */
  damagedBit(bits: number): number {
    return this.#link.isPolledCorrupted ? this.#damageDice.below(bits) : -1;
  }

  nextDeadline(): Instant {
    return this.#link.inFlight === 0 ? NEVER : this.#link.nextDeadline();
  }
}

/** Buckets an eighth of an octave wide, from 1 µs on: a percentile is right to a tenth, in constant memory. */
class Histogram {
  readonly #buckets = new Uint32Array(8 * 40);
  #count = 0;
  #max: Duration = 0;

  add(value: Duration): void {
    const bucket = value < 1_000 ? 0 : Math.floor(8 * Math.log2(value / 1_000)) + 1;
    this.#buckets[Math.min(bucket, this.#buckets.length - 1)]!++;
    this.#count++;
    this.#max = Math.max(this.#max, value);
  }

  summary(): Lateness {
    return { segments: this.#count, medianNs: this.#quantile(0.5), p99Ns: this.#quantile(0.99), maxNs: this.#max };
  }

  #quantile(q: number): Duration {
    let left = q * this.#count;
    for (let bucket = 0; bucket < this.#buckets.length; bucket++) {
      left -= this.#buckets[bucket]!;
      if (left <= 0) return bucket === 0 ? 0 : Math.min(this.#max, Math.round(1_000 * 2 ** (bucket / 8)));
    }
    return this.#max;
  }
}
