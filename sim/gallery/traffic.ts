// What travels: items, the pieces they travel in, and the producer that makes them.
import { type Instant, SECOND } from '../../src/tcp/index.ts';

/** What the producer makes and the consumer processes. */
export interface Item {
  id: number;
  stream: number;
  size: number;
  born: Instant;
  /** Octets that are not processed yet. */
  undone: number;
  /** When the first of it reached a receiver; -1 before. */
  arrivedAt: Instant;
  /** For a store: the octets of it that are there. */
  octets: number;
}

/** What leaves at once: a segment, a frame, a buffer, a batch, a message. */
export interface Piece {
  parts: Part[];
  units: number;
  octets: number;
  sentAt: Instant;
  /** Items that waited behind it when it left. */
  backlog: number;
  /** Parts of it that are not taken, and not done: when none is left the piece as a whole is. */
  untaken: number;
  undone: number;
}

export interface Part {
  item: Item;
  octets: number;
  /** Is the end of the item in it? */
  isLast: boolean;
  piece: Piece;
  arrivedAt: Instant;
}

/** Where a hop takes from what it sends. */
export interface Supply {
  /** The first that is ready, and how much of it is left. */
  head(now: Instant): { item: Item; octets: number; isLast: boolean } | undefined;
  /** Is there more than the first? */
  hasMore(now: Instant): boolean;
  /** Takes octets off the first. */
  bite(octets: number, now: Instant): void;
  /** Items that are ready. */
  waiting(now: Instant): number;
}

export interface ProducerSpec {
  /** Items per second; Infinity is as many as are wanted. */
  perSecond: number;
  /** Ends after so many. */
  items: number;
  /** Of the n-th item, in octets. */
  size: (id: number) => number;
  /** Which streams it feeds, in turn. */
  streams: readonly number[];
}

/** Makes items at its own rate and waits for nobody: what is not taken waits with it, and is only counted. */
export class Producer implements Supply {
  /** Items that have begun to leave, all of them but `current`. */
  taken = 0;
  current: Item | undefined;
  readonly #spec: ProducerSpec;

  constructor(spec: ProducerSpec) {
    this.#spec = spec;
  }

  get isPulled(): boolean {
    return this.#spec.perSecond === Infinity;
  }

  bornAt(id: number): Instant {
    return Math.round((id * SECOND) / this.#spec.perSecond);
  }

  /** Items that were made by now; of one that is pulled, those that were taken. */
  offered(now: Instant): number {
    const { perSecond, items } = this.#spec;
    if (perSecond === Infinity) return this.taken;
    let count = Math.floor((now * perSecond) / SECOND) + 1;
    if (this.bornAt(count - 1) > now) count--;
    else if (this.bornAt(count) <= now) count++;
    return Math.min(items, count);
  }

  head(now: Instant): { item: Item; octets: number; isLast: boolean } | undefined {
    this.current ??= this.make(now);
    const { current } = this;
    return current === undefined ? undefined : { item: current, octets: current.octets, isLast: true };
  }

  hasMore(now: Instant): boolean {
    return this.isPulled ? this.taken < this.#spec.items : this.offered(now) > this.taken;
  }

  bite(octets: number): void {
    const item = this.current!;
    item.octets -= octets;
    if (item.octets <= 0) this.current = undefined;
  }

  waiting(now: Instant): number {
    return this.isPulled ? (this.taken < this.#spec.items ? Infinity : 0) : this.backlog(now);
  }

  /** Items that were made and have not left. */
  backlog(now: Instant): number {
    return this.offered(now) - this.taken + (this.current === undefined ? 0 : 1);
  }

  /** When the next will be made; Infinity if none. */
  nextBirth(): Instant {
    return this.taken >= this.#spec.items ? Infinity : this.bornAt(this.taken);
  }

  /** The next item, if it is there. */
  make(now: Instant): Item | undefined {
    const { items, streams, size } = this.#spec;
    const id = this.taken;
    if (id >= items || (!this.isPulled && this.bornAt(id) > now)) return undefined;
    this.taken++;
    const octets = size(id);
    const born = this.isPulled ? now : this.bornAt(id);
    return { id, stream: streams[id % streams.length]!, size: octets, born, undone: octets, arrivedAt: -1, octets };
  }
}
