// How fast an application reads or writes: a token bucket in virtual time. Credit in octets grows at the rate; a chunk
// moves when there is credit for a whole one, as an application does that calls `read(chunk)` at regular intervals.
import { type Instant, MILLISECOND, NEVER, SECOND } from '../tcp/index.ts';
import { type Rate } from './quantities.ts';

/** Lateness that is made up for afterwards: timers are late by some milliseconds, and the rate shall hold all the same. */
const FORGIVEN = 50 * MILLISECOND;
/** Without a chunk asked for, one is five milliseconds' worth. */
const CHUNKS_A_SECOND = 200;
const LARGEST_CHUNK = 65_536;

export class Pace {
  #rate: Rate;
  readonly #chunkAsked: number | undefined;
  #credit = 0;
  #countedAt: Instant;

  /** `chunk` is the most octets moved at once; by default as many as suit the rate. */
  constructor(rate: Rate, chunk: number | undefined, now: Instant) {
    this.#rate = rate;
    this.#chunkAsked = chunk;
    this.#countedAt = now;
  }

  get rate(): Rate {
    return this.#rate;
  }

  /** The most octets moved at once; Infinity where nothing bounds them. */
  get chunk(): number {
    if (this.#chunkAsked !== undefined) return this.#chunkAsked;
    if (this.#rate === Infinity || this.#rate === 0) return Infinity;
    return Math.max(1, Math.min(LARGEST_CHUNK, Math.ceil(this.#rate / CHUNKS_A_SECOND)));
  }

  /** Credit earned at the old rate is kept, so that changing the rate often does not stop the flow. */
  setRate(rate: Rate, now: Instant): void {
    this.#earn(now);
    this.#rate = rate;
    this.#credit = Math.min(this.#credit, this.#most);
  }

  /** Octets that may be moved at once now; 0 until `nextAt`. To be asked again after each chunk. */
  allowance(now: Instant): number {
    if (this.#rate === Infinity) return this.chunk;
    if (this.#rate === 0) return 0;
    this.#earn(now);
    return this.#credit >= this.chunk ? this.chunk : 0;
  }

  /** `count` octets were moved; less than a chunk where there were not more. */
  moved(count: number): void {
    if (this.#rate !== Infinity) this.#credit = Math.max(0, this.#credit - count);
  }

  /** When `allowance` is no longer 0; `now` if it is not 0 already, NEVER while stopped. */
  nextAt(now: Instant): Instant {
    if (this.allowance(now) > 0) return now;
    if (this.#rate === 0) return NEVER;
    return now + Math.max(1, Math.ceil(((this.chunk - this.#credit) / this.#rate) * SECOND));
  }

  get #most(): number {
    return this.#rate === Infinity || this.#rate === 0 ? 0 : this.chunk + (this.#rate / SECOND) * FORGIVEN;
  }

  #earn(now: Instant): void {
    const earned = this.#rate === Infinity ? 0 : ((now - this.#countedAt) / SECOND) * this.#rate;
    this.#credit = Math.min(this.#credit + earned, this.#most);
    this.#countedAt = now;
  }
}
