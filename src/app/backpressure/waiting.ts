// What waits in front of a window: a queue that can be left at either end, in constant time and without holes.
import { type Instant } from '../../tcp/index.ts';

export interface Waiting<T> {
  readonly item: T;
  readonly octets: number;
  readonly bornAt: Instant;
}

export class WaitingQueue<T> {
  #items: (Waiting<T> | undefined)[] = [];
  #head = 0;
  #octets = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  get octets(): number {
    return this.#octets;
  }

  /** The oldest. */
  get first(): Waiting<T> | undefined {
    return this.#items[this.#head];
  }

  push(entry: Waiting<T>): void {
    this.#items.push(entry);
    this.#octets += entry.octets;
  }

  /** The oldest leaves. */
  shift(): Waiting<T> | undefined {
    const entry = this.#items[this.#head];
    if (entry === undefined) return undefined;
    this.#items[this.#head++] = undefined;
    this.#octets -= entry.octets;
    if (this.#head > 64 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  /** The youngest leaves. */
  pop(): Waiting<T> | undefined {
    if (this.length === 0) return undefined;
    const entry = this.#items.pop();
    this.#octets -= entry?.octets ?? 0;
    return entry;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
    this.#octets = 0;
  }
}
