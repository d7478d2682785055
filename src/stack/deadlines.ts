// The next deadline of many: a binary heap that is updated lazily. A deadline that moves away, as a retransmission timer does
// with every ACK, costs nothing: its entry is found stale, and sinks, when it comes to the top.
import { type Instant, NEVER } from '../tcp/index.ts';

/** What has a deadline. The two fields belong to the heap; a class that is put in holds them from its constructor on. */
export interface Timed {
  /** When it is due, or NEVER. Written through `set` alone. */
  deadline: Instant;
  /** Its place in the heap, or -1. */
  place: number;
}

export class Deadlines<T extends Timed> {
  readonly #heap: T[] = [];
  /** What each entry was sorted by: never later than its deadline. */
  readonly #keys: Instant[] = [];

  get size(): number {
    return this.#heap.length;
  }

  set(item: T, deadline: Instant): void {
    item.deadline = deadline;
    if (item.place < 0) {
      if (deadline === NEVER) return;
      item.place = this.#heap.length;
      this.#heap.push(item);
      this.#keys.push(deadline);
      this.#rise(item.place);
      return;
    }
    if (deadline >= this.#keys[item.place]!) return;
    this.#keys[item.place] = deadline;
    this.#rise(item.place);
  }

  remove(item: T): void {
    const place = item.place;
    if (place < 0) return;
    item.place = -1;
    item.deadline = NEVER;
    const last = this.#heap.pop()!;
    const key = this.#keys.pop()!;
    if (last === item) return;
    this.#lay(place, last, key);
    this.#rise(place);
    this.#sink(last.place);
  }

  /** The earliest deadline, or NEVER. */
  next(): Instant {
    if (this.#heap.length === 1) return this.#heap[0]!.deadline; // of one there is nothing to sort, however often it moves
    const first = this.#first();
    return first === undefined ? NEVER : first.deadline;
  }

  /** The one that is due first, which stays in; undefined where none has a deadline. */
  first(): T | undefined {
    return this.#first();
  }

  /** Takes out one that is due at `now`, the earliest first; undefined where none is. */
  take(now: Instant): T | undefined {
    const first = this.#first();
    if (first === undefined || first.deadline > now) return undefined;
    this.remove(first);
    return first;
  }

  /** The entry at the top, once it is sorted by what it is due at. */
  #first(): T | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || this.#keys[0] === first.deadline) return first;
      if (first.deadline === NEVER) {
        this.remove(first);
        continue;
      }
      this.#keys[0] = first.deadline;
      this.#sink(0);
    }
  }

  #lay(place: number, item: T, key: Instant): void {
    this.#heap[place] = item;
    this.#keys[place] = key;
    item.place = place;
  }

  #rise(from: number): void {
    const heap = this.#heap;
    const keys = this.#keys;
    const item = heap[from]!;
    const key = keys[from]!;
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = keys[parent]!;
      if (above <= key) break;
      keys[place] = above;
      (heap[place] = heap[parent]!).place = place;
      place = parent;
    }
    if (place !== from) this.#lay(place, item, key);
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const keys = this.#keys;
    const item = heap[from]!;
    const key = keys[from]!;
    const size = heap.length;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      let below = keys[child]!;
      if (child + 1 < size && keys[child + 1]! < below) below = keys[++child]!;
      if (below >= key) break;
      keys[place] = below;
      (heap[place] = heap[child]!).place = place;
      place = child;
    }
    if (place !== from) this.#lay(place, item, key);
  }
}
