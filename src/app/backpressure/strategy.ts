// What a strategy is: it stands between a producer, which offers when it likes, and a sink, which takes when it has room. It
// knows no clock and does nothing by itself: every call is told the time, and says literally what was decided.
import { type Duration, type Instant, NEVER } from '../../tcp/index.ts';
import { Ledger } from './ledger.ts';
import { type Limit } from './spec.ts';
import { type Waiting, WaitingQueue } from './waiting.ts';

/**
 * What became of an offer: it waits its turn; it was thrown away, or something older or younger in its stead; the producer is told
 * no; or there is no memory left for it, and everything ends.
 */
export type Decision = 'queued' | 'dropped' | 'refused' | 'overrun';

/** Told of each item that will not be delivered, the moment that is decided. */
export type Lost<T> = (item: T, as: 'dropped' | 'refused', age: Duration) => void;

export abstract class Strategy<T> {
  readonly ledger = new Ledger();
  protected readonly queue = new WaitingQueue<T>();
  protected hasEnded = false;
  readonly #lost: Lost<T> | undefined;

  constructor(lost?: Lost<T>) {
    this.#lost = lost;
  }

  /**
   * When the producer may offer next: `now` for at once, NEVER when it must wait for something to leave, or for a request. A
   * producer that offers all the same is not stopped: the gate is advice, and what it offers waits.
   */
  offersAt(now: Instant): Instant {
    return now;
  }

  /**
   * The producer has one more, of so many octets, made at `bornAt`. To be followed by `take` as long as the sink has room.
   * After `end` nothing is offered any more.
   */
  offer(item: T, octets: number, bornAt: Instant, now: Instant): Decision {
    this.ledger.offered++;
    const decision = this.decide({ item, octets, bornAt }, now);
    this.ledger.check(this.queue.length, this.queue.octets);
    return decision;
  }

  /** The next for the sink, which has room; undefined where there is none that may go now. */
  take(now: Instant): T | undefined {
    const entry = this.next(now);
    if (entry === undefined) return undefined;
    this.ledger.leaves(entry.octets);
    this.ledger.check(this.queue.length, this.queue.octets);
    return entry.item;
  }

  /** When `take` would give something though nothing else happens: `now`, NEVER, or a time to come. */
  takesAt(now: Instant): Instant {
    return this.queue.length > 0 ? now : NEVER;
  }

  /** The consumer asks for `count` more. Heeded by `demand` alone. */
  request(_count: number): void {}

  /** Nothing more will be offered: what waits for company may go. */
  end(): void {
    this.hasEnded = true;
  }

  /** Gives the memory back. The ledger goes on saying what was queued. */
  abandon(): void {
    this.queue.clear();
  }

  protected abstract decide(entry: Waiting<T>, now: Instant): Decision;

  protected next(_now: Instant): Waiting<T> | undefined {
    return this.queue.shift();
  }

  protected wait(entry: Waiting<T>): 'queued' {
    this.queue.push(entry);
    this.ledger.enters(entry.octets);
    return 'queued';
  }

  protected isFull({ messages, octets }: Limit, adding = 0): boolean {
    const { length } = this.queue;
    return length >= messages || (length > 0 && this.queue.octets + adding > octets);
  }

  /** It leaves the queue, and will not be delivered. */
  protected evict(entry: Waiting<T> | undefined, as: 'dropped' | 'refused', now: Instant): void {
    if (entry === undefined) return;
    const age = Math.max(0, now - entry.bornAt);
    this.ledger.evicted(entry.octets, age, as);
    this.#lost?.(entry.item, as, age);
  }

  /** It never joins the queue. */
  protected turnAway(entry: Waiting<T>, as: 'dropped' | 'refused', now: Instant): void {
    const age = Math.max(0, now - entry.bornAt);
    this.ledger.lost(age, as);
    this.#lost?.(entry.item, as, age);
  }
}
