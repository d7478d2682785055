// One stream's way over one hop: the sender's gate and what it takes from, the receiver's buffer and its rule. What a piece may
// hold is decided here; when it travels is the run's business.
import { type Instant } from '../../src/tcp/index.ts';
import { type Door, type Gate, type HeadDrop, type Hop, type Rule } from './model.ts';
import { Store } from './store.ts';
import { type Item, type Part, type Piece, type Supply } from './traffic.ts';

/** A connection's own window, around those of its streams. */
export interface Connection {
  gate: Gate;
  rule: Rule;
  isCoupled: boolean;
}

export class Lane {
  readonly hop: number;
  readonly spec: Hop;
  readonly gate: Gate;
  readonly rule: Rule;
  readonly connection: Connection | undefined;
  readonly inbox: Store<Part>;
  readonly door: Door | undefined;
  readonly head: HeadDrop | undefined;
  /** What the producer left with an overflow policy; only where the hop begins at the producer. */
  readonly front: Store<Item> | undefined;
  /** Ends of items on their way, in the buffer, at the door. */
  itemsInFlight = 0;
  itemsQueued = 0;
  octetsInFlight = 0;
  octetsAtDoor = 0;
  /** Since when the gate has kept back what is there; -1 if it does not. */
  shutSince: Instant = -1;
  /** For when a look at the gate or the producer is put down already. */
  wakeAt: Instant = -1;
  /** Which timer of those that were set is the present one. */
  persistTurn = 0;
  probes = 0;
  isHolding = false;

  constructor(hop: number, spec: Hop, connection: Connection | undefined, isFirst: boolean) {
    this.hop = hop;
    this.spec = spec;
    this.gate = spec.gate();
    this.rule = spec.rule();
    this.connection = connection;
    this.inbox = new Store<Part>(spec.inbox);
    this.door = spec.door?.();
    this.head = spec.head?.();
    this.front = isFirst && spec.front !== undefined ? new Store<Item>(spec.front) : undefined;
  }

  /** Hears what its receiver says first, before anything is sent. */
  start(): void {
    for (const feedback of this.rule.start()) this.gate.hear(feedback, 0);
  }

  /** Units that may leave, by all that bounds them. */
  room(now: Instant): number {
    if (this.spec.enforcement === 'ignored') return Infinity;
    const room = this.gate.room(now);
    return this.connection === undefined ? room : Math.min(room, this.connection.gate.room(now));
  }

  /** The next piece; undefined where the gate keeps it back. */
  form(supply: Supply, now: Instant): Piece | undefined {
    const { spec } = this;
    const room = spec.sendsOn === 'regardless' && this.hop > 0 ? Infinity : this.room(now);
    if (this.#isSilly(room, supply, now)) return undefined;
    const piece: Piece = { parts: [], units: 0, octets: 0, sentAt: now, backlog: 0, untaken: 0, undone: 0 };
    for (let first = supply.head(now); first !== undefined; first = supply.head(now)) {
      const octets = this.#share(piece, first.octets, room);
      if (octets <= 0) break;
      // What leaves decides whether its item is over: the end of what is here need not be the end of the item.
      const isLast = first.isLast && octets === first.octets;
      piece.parts.push({ item: first.item, octets, isLast, piece, arrivedAt: -1 });
      piece.octets += octets;
      piece.units = spec.charge === 'piece' ? spec.cost(piece.octets) : piece.units + spec.cost(octets);
      supply.bite(octets, now);
      if (!spec.packs || piece.octets >= spec.frame) break;
    }
    piece.untaken = piece.parts.length;
    piece.undone = piece.parts.length;
    return piece.parts.length === 0 ? undefined : piece;
  }

  /** How much of the item may go into the piece. */
  #share(piece: Piece, octets: number, room: number): number {
    const { spec } = this;
    const left = spec.frame - piece.octets;
    if (spec.charge === 'piece') {
      const share = spec.divides ? Math.min(octets, left) : octets;
      const isOver = !spec.divides && piece.parts.length > 0 && share > left;
      return isOver || spec.cost(piece.octets + share) > room ? 0 : share;
    }
    if (spec.divides) return Math.min(octets, left, room - piece.units);
    if (piece.parts.length > 0 && octets > left) return 0;
    // One item at least goes in an answer, however large.
    const isAlone = piece.parts.length === 0 && spec.packs && room > 0;
    return isAlone || spec.cost(octets) <= room - piece.units ? octets : 0;
  }

  /** Sender silly-window avoidance (RFC 9293 §3.8.6.2.1): a segment that only the window cuts short does not leave. */
  #isSilly(room: number, supply: Supply, now: Instant): boolean {
    const { divides, packs, charge, frame } = this.spec;
    if (!divides || !packs || charge === 'piece' || room >= frame) return false;
    return (supply.head(now)?.octets ?? 0) > room || supply.hasMore(now);
  }
}

/** What the producer makes, or has left in the store before the gate. */
export class FrontSupply implements Supply {
  readonly #front: Store<Item>;

  constructor(front: Store<Item>) {
    this.#front = front;
  }

  head(): { item: Item; octets: number; isLast: boolean } | undefined {
    const item = this.#front.peek();
    return item === undefined ? undefined : { item, octets: item.octets, isLast: true };
  }

  hasMore(): boolean {
    return this.#front.length > 1;
  }

  bite(octets: number): void {
    this.#front.bite(octets);
  }

  waiting(): number {
    return this.#front.length;
  }
}

/** What the hop before has received. Taking from it is what its rule calls consumed. */
export class InboxSupply implements Supply {
  readonly #lane: Lane;
  readonly #consumed: (part: Part, octets: number, isWhole: boolean) => void;

  constructor(lane: Lane, consumed: (part: Part, octets: number, isWhole: boolean) => void) {
    this.#lane = lane;
    this.#consumed = consumed;
  }

  head(): { item: Item; octets: number; isLast: boolean } | undefined {
    const part = this.#lane.inbox.peek();
    return part === undefined ? undefined : { item: part.item, octets: part.octets, isLast: part.isLast };
  }

  hasMore(): boolean {
    return this.#lane.inbox.length > 1;
  }

  bite(octets: number): void {
    const part = this.#lane.inbox.peek()!;
    const isWhole = octets >= part.octets;
    this.#lane.inbox.bite(octets);
    this.#consumed(part, octets, isWhole);
  }

  waiting(): number {
    return this.#lane.itemsQueued;
  }
}
