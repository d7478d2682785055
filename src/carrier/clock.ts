// The clock of a run: whole nanoseconds since it began. It never goes back and no two readings are equal, so that happenings
// are ordered by their Instants; the wall clock is read once, to anchor recordings.
import { BEGINNING, type Instant } from '../tcp/index.ts';

export interface Clock {
  /** Larger at every call. */
  now(): Instant;
  /**
   * The same for whoever asks for every segment of many: it may lag some microseconds behind `now()`, as only every few
   * calls look at the clock, but it never goes back either, and the two may be mixed.
   */
  tick(): Instant;
  /** The wall clock at Instant 0: nanoseconds since 1970-01-01T00:00:00Z, to the microsecond or so. */
  readonly startedAt: bigint;
}

/** Begins a run. */
export function realClock(): Clock {
  return new RealClock();
}

let shared: Clock | undefined;

/** The clock of whoever brings none: one for the process, begun when it is first asked for. */
export function processClock(): Clock {
  shared ??= new RealClock();
  return shared;
}

// `performance.now()` reads the same monotonic clock as `process.hrtime`, in under 50 ns, and allocates nothing. A double
// holds its milliseconds to the nanosecond for the 104 days a run may last.
class RealClock implements Clock {
  readonly startedAt: bigint;
  readonly #origin: number;
  #last: Instant = BEGINNING;
  #ticks = 0;

  constructor() {
    this.#origin = performance.now();
    this.startedAt = BigInt(Math.round((performance.timeOrigin + this.#origin) * 1_000)) * 1_000n;
  }

  now(): Instant {
    const read = Math.round((performance.now() - this.#origin) * 1e6);
    this.#last = read > this.#last ? read : this.#last + 1;
    return this.#last;
  }

  // Reading the clock takes a twentieth of the time that a segment of bulk data does, and is wanted twice for each.
  tick(): Instant {
    if ((++this.#ticks & 7) === 0) return this.now();
    return ++this.#last;
  }
}
