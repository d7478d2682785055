// A carrier without sockets, for tests: two connections joined in virtual time. Deterministic: the same calls give the same
// segments at the same Instants. Names nothing of Node.
import { type Connection, type ConnectionEvent, type Duration, type Instant, NEVER, Segment } from '../tcp/index.ts';
import { decodeSegment, encodeSegment, segmentLength } from '../wire/index.ts';

export interface MemoryOptions {
  /** How long each segment is on its way; 0. */
  delay?: Duration;
  /** Sees every segment as it leaves; returning false loses it. */
  passes?: (seg: Segment, from: 'a' | 'b', now: Instant) => boolean;
  /** Told of the events of either connection, between two segments; may call anything of it. */
  event?: (connection: Connection, event: ConnectionEvent, now: Instant) => void;
}

interface Flying {
  octets: Uint8Array;
  arrivesAt: Instant;
}

/** One of the two ends, and what is on its way to it. */
interface End {
  readonly name: 'a' | 'b';
  readonly connection: Connection;
  readonly flying: Flying[];
}

export class MemoryCarrier {
  readonly a: Connection;
  readonly b: Connection;
  /** Virtual time. */
  now: Instant;
  readonly #options: MemoryOptions;
  readonly #ends: readonly [End, End];
  readonly #leaving = new Segment();
  readonly #arriving = new Segment();

  /** Joins two connections, of which each has been told the other's port, or listens. */
  constructor(a: Connection, b: Connection, options: MemoryOptions = {}, now: Instant = 0) {
    this.a = a;
    this.b = b;
    this.now = now;
    this.#options = options;
    this.#ends = [
      { name: 'a', connection: a, flying: [] },
      { name: 'b', connection: b, flying: [] },
    ];
  }

  /** Goes on until nothing is left to happen before or at `until`; then it is `until`. Without it: until `now` is over. */
  run(until: Instant = this.now): void {
    for (;;) {
      this.#settle();
      const next = this.#next();
      if (next > until) break;
      this.now = Math.max(this.now, next);
      this.#happen();
    }
    this.now = Math.max(this.now, until);
  }

  /** Goes on, timers and all, until `isDone`; false if nothing would ever happen again, or not before `limit`. */
  runUntil(isDone: () => boolean, limit: Instant = NEVER): boolean {
    for (;;) {
      this.#settle();
      if (isDone()) return true;
      const next = this.#next();
      if (next === NEVER || next > limit) return false;
      this.now = Math.max(this.now, next);
      this.#happen();
    }
  }

  /** When the next segment arrives or the next timer fires. */
  #next(): Instant {
    let next: Instant = NEVER;
    for (const { connection, flying } of this.#ends) {
      next = Math.min(next, connection.nextDeadline(), flying[0]?.arrivesAt ?? NEVER);
    }
    return next;
  }

  /** Whatever is due now: one arrival at each end, and timers. */
  #happen(): void {
    for (const { connection, flying } of this.#ends) {
      if (connection.nextDeadline() <= this.now) connection.timePasses(this.now);
      if (flying.length === 0 || flying[0]!.arrivesAt > this.now) continue;
      const { octets } = flying.shift()!;
      decodeSegment(octets, 0, octets.length, this.#arriving);
      connection.segmentArrives(this.#arriving, this.now);
    }
  }

  /** Polls both until neither has anything to send or to tell. */
  #settle(): void {
    const [a, b] = this.#ends;
    while (this.#poll(a, b) || this.#poll(b, a));
  }

  #poll(from: End, to: End): boolean {
    const { connection } = from;
    let moved = false;
    while (connection.pollSegment(this.#leaving, this.now)) {
      moved = true;
      this.#send(from.name, to);
    }
    for (;;) {
      const event = connection.pollEvent();
      if (event === undefined) return moved;
      moved = true;
      this.#options.event?.(connection, event, this.now);
    }
  }

  /** Segments travel as octets, as they do on every carrier. */
  #send(from: 'a' | 'b', to: End): void {
    const seg = this.#leaving;
    if (this.#options.passes?.(seg, from, this.now) === false) return;
    const octets = new Uint8Array(segmentLength(seg));
    encodeSegment(seg, octets, 0);
    to.flying.push({ octets, arrivesAt: this.now + (this.#options.delay ?? 0) });
  }
}
