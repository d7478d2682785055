// The part of the time that is drawn. Nothing outside is kept, but what held when it began.
import { type Rows } from './rows.ts';
import { type Spans } from './series.ts';

export class View {
  readonly fromNs: number | undefined;
  readonly toNs: number | undefined;
  readonly #from: number;
  readonly #to: number;

  constructor(fromNs: number | undefined, toNs: number | undefined) {
    this.fromNs = fromNs;
    this.toNs = toNs;
    this.#from = fromNs ?? -Infinity;
    this.#to = toNs ?? Infinity;
  }

  has(atNs: number): boolean {
    return atNs >= this.#from && atNs <= this.#to;
  }

  push(rows: Rows, atNs: number, b: number, c = 0): void {
    if (this.has(atNs)) rows.push(atNs, b, c);
  }

  /** A stair: the last before the beginning is where it begins. */
  step(rows: Rows, atNs: number, value: number): void {
    if (atNs > this.#to) return;
    if (atNs >= this.#from) {
      rows.step(atNs, value);
      return;
    }
    if (rows.length === 0) rows.push(this.#from, value);
    else rows.set(0, 1, value);
  }

  span<Name extends string>(spans: Spans<Name>, name: Name, fromNs: number, toNs: number): void {
    spans.push(name, Math.max(fromNs, this.#from), Math.min(toNs, this.#to));
  }
}
