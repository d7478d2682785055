// A bounded queue, and what becomes of what does not fit. "Drop latest" means two things in the wild, so it has no such name
// here: Reactor's DROP_LATEST is `drop-incoming`, RxJava's is `drop-youngest`.

/** What happens when something comes and there is no room. */
export const OVERFLOWS = [
  /** What comes is dropped: Reactor DROP_LATEST, Akka dropNew, tail drop. */
  'drop-incoming',
  /** The oldest goes, what comes is kept: Reactor and RxJava DROP_OLDEST, Akka dropHead, RabbitMQ drop-head. */
  'drop-oldest',
  /** The youngest of those that wait goes, what comes is kept: RxJava DROP_LATEST, Akka dropTail. */
  'drop-youngest',
  /** All that wait go: Akka dropBuffer. */
  'clear',
  /** What comes is refused, and its sender is told: RabbitMQ reject-publish, HTTP 503. */
  'refuse',
  /** An error follows what waits: Reactor's ERROR, Akka's fail. */
  'fail',
  /** An error overtakes what waits: RxJava's MissingBackpressureException, NATS closing a slow consumer. */
  'fail-at-once',
] as const;
export type Overflow = (typeof OVERFLOWS)[number];

export interface StoreSpec {
  capacity: number;
  unit: 'items' | 'octets';
  overflow: Overflow;
}

export const UNBOUNDED: StoreSpec = { capacity: Infinity, unit: 'items', overflow: 'drop-incoming' };

/** What putting something in has led to. */
export type Put<T> =
  | { outcome: 'kept' }
  | { outcome: 'failed' }
  /** These are gone; what came may be among them. */
  | { outcome: 'dropped' | 'refused'; gone: readonly T[] };

const KEPT = { outcome: 'kept' } as const;

export class Store<T extends { octets: number }> {
  readonly spec: StoreSpec;
  octets = 0;
  #items: (T | undefined)[] = [];
  #head = 0;

  constructor(spec: StoreSpec = UNBOUNDED) {
    this.spec = spec;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  put(item: T): Put<T> {
    if (this.#fits(item)) {
      this.#push(item);
      return KEPT;
    }
    switch (this.spec.overflow) {
      case 'drop-incoming':
        return { outcome: 'dropped', gone: [item] };
      case 'refuse':
        return { outcome: 'refused', gone: [item] };
      case 'drop-oldest':
        return this.#makeRoom(item, () => this.shift());
      case 'drop-youngest':
        return this.#makeRoom(item, () => this.#pop());
      case 'clear': {
        const gone = this.clear();
        this.#push(item);
        return { outcome: 'dropped', gone };
      }
      case 'fail':
        return { outcome: 'failed' };
      case 'fail-at-once':
        return { outcome: 'failed' };
    }
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head]!;
    this.#items[this.#head++] = undefined;
    // Half of it is behind the head: each item is moved once at most, on average.
    if (this.#head > 1_024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    this.octets -= item.octets;
    return item;
  }

  /** Takes so many octets off the first one, which stays unless that was all of it. */
  bite(octets: number): void {
    const first = this.peek();
    if (first === undefined) return;
    if (octets >= first.octets) {
      this.shift();
      return;
    }
    first.octets -= octets;
    this.octets -= octets;
  }

  clear(): T[] {
    const gone = this.toArray();
    this.#items = [];
    this.#head = 0;
    this.octets = 0;
    return gone;
  }

  toArray(): T[] {
    return this.#items.slice(this.#head) as T[];
  }

  #fits(item: T): boolean {
    const { capacity, unit } = this.spec;
    return unit === 'items' ? this.length < capacity : this.octets + item.octets <= capacity;
  }

  #push(item: T): void {
    this.#items.push(item);
    this.octets += item.octets;
  }

  #pop(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items.pop()!;
    this.octets -= item.octets;
    return item;
  }

  #makeRoom(item: T, evict: () => T | undefined): Put<T> {
    const gone: T[] = [];
    while (!this.#fits(item)) {
      const victim = evict();
      if (victim === undefined) return { outcome: 'dropped', gone: [...gone, item] }; // larger than the whole store
      gone.push(victim);
    }
    this.#push(item);
    return { outcome: 'dropped', gone };
  }
}
