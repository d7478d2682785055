// Sums over slices of time in constant memory: when time runs past the last slice, every two become one. For octets per second,
// and for how much of the time each of a few alternatives held.

/** Slices at the most; at the least half of them cover the time seen. */
const SLICES = 2_048;
/** A slice begins as a microsecond. */
const FIRST_WIDTH = 1_000;

export class Slices {
  readonly columns: number;
  /** How long a slice is, in nanoseconds. */
  widthNs = FIRST_WIDTH;
  #originNs: number | undefined = undefined;
  readonly #sums: Float64Array;
  #used = 0;

  /** Sums of `columns` kinds side by side. */
  constructor(columns: number) {
    this.columns = columns;
    this.#sums = new Float64Array(SLICES * columns);
  }

  get length(): number {
    return this.#used;
  }

  /** When the first slice begins. */
  get originNs(): number {
    return this.#originNs ?? 0;
  }

  sum(slice: number, column: number): number {
    return this.#sums[slice * this.columns + column] ?? 0;
  }

  /** Adds to the slice of this instant. One before the first counts as the first. */
  add(atNs: number, column: number, amount: number): void {
    const slice = this.#slice(atNs);
    const cell = slice * this.columns + column;
    this.#sums[cell] = this.#sums[cell]! + amount;
  }

  /** Spreads the length of [from, to) over the slices it touches: each gets its part, in nanoseconds. */
  spread(fromNs: number, toNs: number, column: number): void {
    if (toNs <= fromNs) return;
    this.#originNs ??= fromNs;
    this.#slice(toNs); // first, for it may double the width
    let slice = this.#slice(fromNs);
    for (let at = Math.max(fromNs, this.originNs); at < toNs; slice++) {
      const end = Math.min(toNs, this.originNs + (slice + 1) * this.widthNs);
      const cell = slice * this.columns + column;
      this.#sums[cell] = this.#sums[cell]! + Math.max(0, end - at);
      at = end;
    }
  }

  /** The sum of one column over [from, to), where a slice that lies partly within counts in part. */
  between(fromNs: number, toNs: number, column: number): number {
    const first = Math.max(0, Math.floor((fromNs - this.originNs) / this.widthNs));
    let total = 0;
    for (let slice = first; slice < this.#used; slice++) {
      const begins = this.originNs + slice * this.widthNs;
      if (begins >= toNs) break;
      const part = Math.min(toNs, begins + this.widthNs) - Math.max(fromNs, begins);
      if (part > 0) total += (this.sum(slice, column) * part) / this.widthNs;
    }
    return total;
  }

  #slice(atNs: number): number {
    this.#originNs ??= atNs;
    let slice = Math.max(0, Math.floor((atNs - this.#originNs) / this.widthNs));
    while (slice >= SLICES) {
      this.#halve();
      slice = Math.floor((atNs - this.#originNs) / this.widthNs);
    }
    this.#used = Math.max(this.#used, slice + 1);
    return slice;
  }

  #halve(): void {
    const { columns } = this;
    const half = Math.ceil(this.#used / 2);
    for (let slice = 0; slice < half; slice++) {
      for (let column = 0; column < columns; column++) {
        const [a, b] = [2 * slice * columns + column, (2 * slice + 1) * columns + column];
        this.#sums[slice * columns + column] = this.#sums[a]! + (2 * slice + 1 < this.#used ? this.#sums[b]! : 0);
      }
    }
    this.#sums.fill(0, half * columns, this.#used * columns);
    this.#used = half;
    this.widthNs *= 2;
  }
}
