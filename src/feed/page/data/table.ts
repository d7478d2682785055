// A table of numbers, a typed array for each column, that grows as rows come and stays within a bound: past it the rows that
// its owner can spare make room, and how many were spared is told.

type Column = Float64Array | Uint32Array | Uint16Array | Uint8Array;
export type ColumnKind = 'float64' | 'uint32' | 'uint16' | 'uint8';

const MAKERS: Readonly<Record<ColumnKind, (length: number) => Column>> = {
  float64: (length) => new Float64Array(length),
  uint32: (length) => new Uint32Array(length),
  uint16: (length) => new Uint16Array(length),
  uint8: (length) => new Uint8Array(length),
};

const FIRST_CAPACITY = 1_024;

export class Table<Name extends string> {
  length = 0;
  /** Rows that made room for later ones. */
  spared = 0;
  /** The most rows there may be. */
  readonly limit: number;
  /** The arrays are longer than `length`, and others take their place as the table grows: do not keep them. */
  readonly column: Record<Name, Column>;
  readonly #names: readonly Name[];
  readonly #kinds: Readonly<Record<Name, ColumnKind>>;

  constructor(kinds: Readonly<Record<Name, ColumnKind>>, limit: number) {
    this.limit = limit;
    this.#kinds = kinds;
    this.#names = Object.keys(kinds) as Name[];
    this.column = Object.fromEntries(
      this.#names.map((name) => [name, MAKERS[kinds[name]](FIRST_CAPACITY)]),
    ) as unknown as Record<Name, Column>;
  }

  /** The number in a cell; rows are counted from 0. */
  get(name: Name, row: number): number {
    return this.column[name][row] ?? NaN;
  }

  set(name: Name, row: number, value: number): void {
    this.column[name][row] = value;
  }

  /** A new row of zeros at the end, and its place. Full tables must be thinned first. */
  push(): number {
    const row = this.length;
    if (row >= this.column[this.#names[0]!].length) this.#grow();
    this.length++;
    return row;
  }

  /** A new row that says what the last one says. */
  repeat(): number {
    const row = this.push();
    if (row > 0) for (const name of this.#names) this.column[name][row] = this.column[name][row - 1]!;
    return row;
  }

  get isFull(): boolean {
    return this.length >= this.limit;
  }

  /** Keeps the rows that `isKept` says, in order. */
  thin(isKept: (row: number) => boolean): void {
    const kept: number[] = [];
    for (let row = 0; row < this.length; row++) if (isKept(row)) kept.push(row);
    for (const name of this.#names) {
      const values = this.column[name];
      kept.forEach((row, place) => (values[place] = values[row]!));
      values.fill(0, kept.length, this.length);
    }
    this.spared += this.length - kept.length;
    this.length = kept.length;
  }

  /** The last row whose `name`, which never decreases from row to row, is `value` or less; -1 without one. */
  lastAtMost(name: Name, value: number): number {
    const values = this.column[name];
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (values[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #grow(): void {
    for (const name of this.#names) {
      const wider = MAKERS[this.#kinds[name]](this.column[name].length * 2);
      wider.set(this.column[name]);
      this.column[name] = wider;
    }
  }
}
