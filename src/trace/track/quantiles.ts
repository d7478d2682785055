// Quantiles of a stream of numbers in bounded memory. The first 128 are kept as they are; after that they are counted in
// buckets that are 1/32 of a power of two wide, so that a quantile is off by 1.6 % at the most. Least and most stay exact.
const KEPT = 128;
/** Buckets for each power of two, and powers: 2^50 ns is thirteen days. */
const FINENESS = 32;
const POWERS = 50;

export class Quantiles {
  count = 0;
  least = Infinity;
  most = -Infinity;
  #kept: number[] = [];
  #buckets: Uint32Array | undefined = undefined;

  /** A number, not negative. */
  add(value: number): void {
    this.count++;
    if (value < this.least) this.least = value;
    if (value > this.most) this.most = value;
    if (this.#buckets !== undefined) {
      this.#buckets[bucket(value)]!++;
      return;
    }
    this.#kept.push(value);
    if (this.#kept.length > KEPT) this.#spill();
  }

  /** The number that a fraction `q` of all do not exceed (the nearest rank); NaN where there are none. */
  at(q: number): number {
    if (this.count === 0) return NaN;
    const rank = Math.max(1, Math.ceil(q * this.count));
    if (this.#buckets === undefined) return this.#kept.toSorted((a, b) => a - b)[rank - 1]!;
    if (rank >= this.count) return this.most;
    let seen = 0;
    for (let index = 0; index < this.#buckets.length; index++) {
      seen += this.#buckets[index]!;
      if (seen >= rank) return Math.min(this.most, Math.max(this.least, middle(index)));
    }
    return this.most;
  }

  #spill(): void {
    this.#buckets = new Uint32Array(FINENESS * POWERS);
    for (const value of this.#kept) this.#buckets[bucket(value)]!++;
    this.#kept = [];
  }
}

/** Below FINENESS every whole number has a bucket; above, FINENESS of them share a power of two. */
function bucket(value: number): number {
  if (value < FINENESS) return Math.floor(value);
  let power = 0;
  let rest = value;
  while (rest >= 2 * FINENESS) {
    rest /= 2;
    power++;
  }
  return Math.min(FINENESS * POWERS - 1, FINENESS * power + Math.floor(rest));
}

function middle(index: number): number {
  if (index < 2 * FINENESS) return index;
  const power = Math.floor(index / FINENESS) - 1;
  return (index - FINENESS * power + 0.5) * 2 ** power;
}
