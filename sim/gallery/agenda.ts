// What is to happen, in the order of time, and at one time in the order in which it was put down: a binary heap.
import { type Instant } from '../../src/tcp/index.ts';

interface Entry {
  at: Instant;
  order: number;
  act: () => void;
}

export class Agenda {
  now: Instant = 0;
  /** Happenings so far. */
  count = 0;
  readonly #heap: Entry[] = [];
  #order = 0;

  /** At a time that is not over; an earlier one counts as now. */
  add(at: Instant, act: () => void): void {
    const heap = this.#heap;
    const entry: Entry = { at: Math.max(at, this.now), order: this.#order++, act };
    let place = heap.length;
    heap.push(entry);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = entry;
  }

  /** Lets the next thing happen; says no when nothing is left until `end`. */
  step(end: Instant): boolean {
    const next = this.#heap[0];
    if (next === undefined || next.at > end) return false;
    this.#removeFirst();
    this.now = next.at;
    this.count++;
    next.act();
    return true;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let place = 0;
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
