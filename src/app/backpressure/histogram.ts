// How long things took, in memory that does not grow with how many there were: counts in buckets whose width is a thirty-second
// of the power of two they begin at, so that a quantile is at most 3.2 % above the truth. The largest is kept as it is.
import { type Duration, MICROSECOND } from '../../tcp/index.ts';

/** Buckets in each power of two. */
const PER_OCTAVE = 32;
/** Beyond 2^44 microseconds, half a year, everything falls into the last bucket. */
const OCTAVES = 44;

/** How many took less than `under`, and no less than the bucket before says. */
export interface Bucket {
  underNs: Duration;
  count: number;
}

export class Histogram {
  #counts: Float64Array | undefined;
  #count = 0;
  #max: Duration = 0;

  get count(): number {
    return this.#count;
  }

  /** The longest; 0 where there is none. */
  get max(): Duration {
    return this.#max;
  }

  /** Below zero counts as zero: clocks of two hosts are compared with an error. */
  record(duration: Duration): void {
    this.#counts ??= new Float64Array(PER_OCTAVE * (OCTAVES + 1));
    this.#counts[indexOf(Math.max(0, duration))]!++;
    this.#count++;
    if (duration > this.#max) this.#max = duration;
  }

  /** What a share `q` of all took at most, 0 < q =< 1; 0 where there is none. */
  quantile(q: number): Duration {
    if (this.#counts === undefined) return 0;
    const rank = Math.ceil(q * this.#count);
    let seen = 0;
    for (let index = 0; index < this.#counts.length; index++) {
      seen += this.#counts[index]!;
      if (seen >= rank) return Math.min(this.#max, endOf(index));
    }
    return this.#max;
  }

  /** By powers of two, in microseconds from 1; those that hold something, in order. */
  octaves(): Bucket[] {
    const buckets: Bucket[] = [];
    if (this.#counts === undefined) return buckets;
    for (let octave = 0; octave <= OCTAVES; octave++) {
      let count = 0;
      for (let i = 0; i < PER_OCTAVE; i++) count += this.#counts[octave * PER_OCTAVE + i]!;
      if (count > 0) buckets.push({ underNs: 2 ** octave * MICROSECOND, count });
    }
    return buckets;
  }
}

/** The first `PER_OCTAVE` buckets share out the first microsecond. */
function indexOf(duration: Duration): number {
  const us = duration / MICROSECOND;
  if (us < 1) return Math.floor(us * PER_OCTAVE);
  let octave = 0;
  let begin = 1;
  while (begin * 2 <= us && octave < OCTAVES - 1) {
    begin *= 2;
    octave++;
  }
  return (octave + 1) * PER_OCTAVE + Math.min(PER_OCTAVE - 1, Math.floor((us / begin - 1) * PER_OCTAVE));
}

function endOf(index: number): Duration {
  const octave = Math.floor(index / PER_OCTAVE);
  const part = (index % PER_OCTAVE) + 1;
  if (octave === 0) return Math.ceil((part / PER_OCTAVE) * MICROSECOND);
  return Math.ceil(2 ** (octave - 1) * (1 + part / PER_OCTAVE) * MICROSECOND);
}
