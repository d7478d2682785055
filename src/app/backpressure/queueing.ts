// The strategies that are a queue and a rule for when it is full: block, buffer, drop-newest, drop-oldest, shed.
import { type Duration, type Instant, NEVER } from '../../tcp/index.ts';
import { CoDelState } from './codel.ts';
import { type StrategySpec } from './spec.ts';
import { type Decision, type Lost, Strategy } from './strategy.ts';
import { type Waiting } from './waiting.ts';

type Spec<K> = Extract<StrategySpec, { kind: K }>;

/** The producer waits while anything else does: `write` in a loop, a full `BlockingQueue`. */
export class Block<T> extends Strategy<T> {
  override offersAt(now: Instant): Instant {
    return this.queue.length === 0 ? now : NEVER;
  }

  protected override decide(entry: Waiting<T>): Decision {
    return this.wait(entry);
  }
}

/** Everything waits: up to a limit, then the producer does too, or all ends; without one, as far as a guard of memory lets it. */
export class Buffered<T> extends Strategy<T> {
  readonly #spec: Spec<'buffer'>;

  constructor(spec: Spec<'buffer'>, lost?: Lost<T>) {
    super(lost);
    this.#spec = spec;
  }

  override offersAt(now: Instant): Instant {
    const { full, limit } = this.#spec;
    return full === 'block' && this.isFull(limit) ? NEVER : now;
  }

  protected override decide(entry: Waiting<T>, now: Instant): Decision {
    const { full, limit, guard } = this.#spec;
    const isBeyond = full === 'fail' && this.isFull(limit, entry.octets);
    if (!isBeyond && this.queue.octets + entry.octets <= guard) return this.wait(entry);
    this.turnAway(entry, 'refused', now);
    return 'overrun';
  }
}

/**
 * A full queue takes nothing: what arrives is dropped, as Reactor's DROP_LATEST and Akka's dropNew do; or, with the victim
 * `waiting`, the youngest that waits is, and what arrives takes its place, as RxJava's DROP_LATEST and Akka's dropTail do.
 */
export class DropNewest<T> extends Strategy<T> {
  readonly #spec: Spec<'drop-newest'>;

  constructor(spec: Spec<'drop-newest'>, lost?: Lost<T>) {
    super(lost);
    this.#spec = spec;
  }

  protected override decide(entry: Waiting<T>, now: Instant): Decision {
    if (!this.isFull(this.#spec.limit, entry.octets)) return this.wait(entry);
    if (this.#spec.victim === 'arriving') {
      this.turnAway(entry, 'dropped', now);
      return 'dropped';
    }
    while (this.isFull(this.#spec.limit, entry.octets)) this.evict(this.queue.pop(), 'dropped', now);
    this.wait(entry);
    return 'dropped';
  }
}

/** A full queue forgets what has waited longest: what arrives is fresh (RabbitMQ's drop-head, Akka's dropHead). */
export class DropOldest<T> extends Strategy<T> {
  readonly #spec: Spec<'drop-oldest'>;

  constructor(spec: Spec<'drop-oldest'>, lost?: Lost<T>) {
    super(lost);
    this.#spec = spec;
  }

  protected override decide(entry: Waiting<T>, now: Instant): Decision {
    let decision: Decision = 'queued';
    while (this.isFull(this.#spec.limit, entry.octets)) {
      this.evict(this.queue.shift(), 'dropped', now);
      decision = 'dropped';
    }
    this.wait(entry);
    return decision;
  }
}

/**
 * The producer is told no: by the length of the queue, at once; and by how long what is about to leave has waited. `codel` is RFC
 * 8289's law: above the target throughout an interval one is refused, then ever more often, which suits producers that slow down
 * when they hear of it. `sojourn` is for those that do not: while overloaded, all that waited for twice the target is refused, as
 * folly's executors do (Maurer: Fail at Scale, ACM Queue 2015).
 */
export class Shed<T> extends Strategy<T> {
  readonly #spec: Spec<'shed'>;
  readonly #codel = new CoDelState();
  /** Of `sojourn`: the shortest wait of this interval, and whether the last one's was above the target. */
  #shortest: Duration = Infinity;
  #intervalEnds: Instant = 0;
  #isOverloaded = false;

  constructor(spec: Spec<'shed'>, lost?: Lost<T>) {
    super(lost);
    this.#spec = spec;
  }

  protected override decide(entry: Waiting<T>, now: Instant): Decision {
    if (!this.isFull(this.#spec.limit, entry.octets)) return this.wait(entry);
    this.turnAway(entry, 'refused', now);
    return 'refused';
  }

  protected override next(now: Instant): Waiting<T> | undefined {
    for (let head = this.queue.first; head !== undefined; head = this.queue.first) {
      const isRefused = this.#refuses(now - head.bornAt, now);
      this.queue.shift();
      if (!isRefused) return head;
      this.evict(head, 'refused', now);
    }
    return undefined;
  }

  #refuses(waited: Duration, now: Instant): boolean {
    const { delay } = this.#spec;
    if (delay === undefined) return false;
    if (delay.by === 'sojourn') return this.#isTooOld(waited, delay.target, delay.interval, now);
    // The last one is let go however long it waited, as the RFC does with what is less than a packet's worth.
    return this.#codel.drops(waited >= delay.target && this.queue.length > 1, delay.interval, now);
  }

  #isTooOld(waited: Duration, target: Duration, interval: Duration, now: Instant): boolean {
    if (now >= this.#intervalEnds) {
      this.#isOverloaded = this.#shortest !== Infinity && this.#shortest > target;
      this.#shortest = Infinity;
      this.#intervalEnds = now + interval;
    }
    this.#shortest = Math.min(this.#shortest, waited);
    return this.#isOverloaded && waited > 2 * target;
  }
}
