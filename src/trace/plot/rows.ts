// Rows of numbers that a picture needs, in bounded memory: up to a limit every row is kept; past it time is cut into slices and
// of each slice the first row, the last, and those with the least and the greatest value stay. What a line drawn through the
// rows reaches is the same, whatever was thinned.

/** Rows kept at the most, unless told otherwise. */
export const ROW_LIMIT = 20_000;

export class Rows {
  readonly width: number;
  readonly #limit: number;
  readonly #key: number;
  #cells: Float64Array;
  #count = 0;
  #thinned = 0;

  /**
   * Rows of `width` numbers, of which the first is a time that does not decrease. `key` is the column whose extremes are kept.
   */
  constructor(width: number, { key = 1, limit = ROW_LIMIT }: { key?: number; limit?: number } = {}) {
    this.width = width;
    this.#key = key;
    this.#limit = Math.max(8, limit);
    this.#cells = new Float64Array(64 * width);
  }

  get length(): number {
    return this.#count;
  }

  /** How many rows were given and are not here. */
  get thinned(): number {
    return this.#thinned;
  }

  /** One more row; `c` to `e` are ignored beyond the width. */
  push(time: number, b: number, c = 0, d = 0, e = 0): void {
    if (this.#count === this.#limit) this.#thin();
    const at = this.#count * this.width;
    if (at + this.width > this.#cells.length) this.#grow();
    const cells = this.#cells;
    const { width } = this;
    cells[at] = time;
    if (width > 1) cells[at + 1] = b;
    if (width > 2) cells[at + 2] = c;
    if (width > 3) cells[at + 3] = d;
    if (width > 4) cells[at + 4] = e;
    this.#count++;
  }

  /** As `push`, but only if the value differs from the last row's: for lines that are drawn as stairs. */
  step(time: number, value: number): void {
    if (this.#count > 0 && this.at(this.#count - 1, 1) === value) return;
    this.push(time, value);
  }

  at(row: number, column: number): number {
    return this.#cells[row * this.width + column] ?? NaN;
  }

  set(row: number, column: number, value: number): void {
    this.#cells[row * this.width + column] = value;
  }

  /** The last row's number in this column; undefined where there is none. */
  last(column: number): number | undefined {
    return this.#count === 0 ? undefined : this.at(this.#count - 1, column);
  }

  /** The last row of this time or before; -1 if there is none. */
  lastAtMost(time: number): number {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle, 0) <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /**
   * The rows' numbers in order, at most `4 * slices` of them, thinned as above.
   */
  thinnedTo(slices: number): Rows {
    if (this.#count <= 4 * slices) return this;
    const copy = new Rows(this.width, { key: this.#key, limit: Math.max(this.#count, 8) });
    copy.#cells = this.#cells.slice(0, this.#count * this.width);
    copy.#count = this.#count;
    copy.#thinned = this.#thinned;
    copy.#thin(slices);
    return copy;
  }

  #grow(): void {
    const grown = new Float64Array(Math.min(this.#cells.length * 2, this.#limit * this.width));
    grown.set(this.#cells);
    this.#cells = grown;
  }

  /** Leaves a quarter at the most, so that each row is looked at a few times only, however many come. */
  #thin(slices = Math.max(1, Math.floor(this.#limit / 16))): void {
    const first = this.at(0, 0);
    const span = Math.max(this.at(this.#count - 1, 0) - first, Number.MIN_VALUE);
    let kept = 0;
    for (let from = 0; from < this.#count;) {
      const slice = sliceOf((this.at(from, 0) - first) / span, slices);
      let to = from + 1;
      while (to < this.#count && sliceOf((this.at(to, 0) - first) / span, slices) === slice) to++;
      kept = this.#keep(from, to, kept);
      from = to;
    }
    this.#thinned += this.#count - kept;
    this.#count = kept;
  }

  /** Of the rows [from, to) the four that matter, in their order, go to the place `kept`; gives the next place. */
  #keep(from: number, to: number, kept: number): number {
    let [least, most] = [from, from];
    for (let row = from + 1; row < to; row++) {
      const value = this.at(row, this.#key);
      if (value < this.at(least, this.#key)) least = row;
      if (value > this.at(most, this.#key)) most = row;
    }
    let place = kept;
    let previous = -1;
    for (const row of [from, Math.min(least, most), Math.max(least, most), to - 1]) {
      if (row === previous) continue;
      this.#cells.copyWithin(place * this.width, row * this.width, (row + 1) * this.width);
      place++;
      previous = row;
    }
    return place;
  }
}

function sliceOf(share: number, slices: number): number {
  return Math.min(slices - 1, Math.floor(share * slices));
}
