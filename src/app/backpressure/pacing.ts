// The strategies that are a matter of time or of leave: sample, throttle, demand.
import { BEGINNING, type Duration, type Instant, MILLISECOND, NEVER, SECOND } from '../../tcp/index.ts';
import { aimd, PidRate } from './rates.ts';
import { type StrategySpec, type ThrottleSpec } from './spec.ts';
import { type Decision, type Lost, Strategy } from './strategy.ts';
import { type Waiting } from './waiting.ts';

/**
 * The latest of each interval, at its end; with an interval of 0, the latest whenever there is room (Reactor's
 * onBackpressureLatest, Akka's conflate). What comes after it takes its place.
 */
export class Sample<T> extends Strategy<T> {
  readonly #every: Duration;
  readonly #beganAt: Instant;
  #nextAt: Instant;

  constructor(spec: Extract<StrategySpec, { kind: 'sample' }>, now: Instant, lost?: Lost<T>) {
    super(lost);
    this.#every = spec.every;
    this.#beganAt = now;
    this.#nextAt = now + spec.every;
  }

  override takesAt(now: Instant): Instant {
    if (this.queue.length === 0) return NEVER;
    return this.hasEnded ? now : Math.max(now, this.#nextAt);
  }

  protected override decide(entry: Waiting<T>, now: Instant): Decision {
    const isTaking = this.queue.length > 0;
    if (isTaking) this.evict(this.queue.shift(), 'dropped', now);
    this.wait(entry);
    return isTaking ? 'dropped' : 'queued';
  }

  protected override next(now: Instant): Waiting<T> | undefined {
    if (this.queue.length === 0 || (now < this.#nextAt && !this.hasEnded)) return undefined;
    const passed = this.#every === 0 ? 0 : Math.floor((now - this.#beganAt) / this.#every) + 1;
    this.#nextAt = this.#beganAt + passed * this.#every;
    return this.queue.shift();
  }
}

/** Offers that are late by less are made up for afterwards. */
const FORGIVEN = 50 * MILLISECOND;
/** With a factor of a half, it takes half as many intervals to come back to the rate at which something had to wait. */
const STEPS = 50;

/**
 * The producer is slowed to a rate that is thought over each interval: by AIMD, or by Spark's PID from how fast things are taken
 * while something waits. An interval in which nothing waited says nothing of what the sink could bear, so the rate grows by a step.
 */
export class Throttle<T> extends Strategy<T> {
  readonly #spec: ThrottleSpec;
  readonly #pid: PidRate | undefined;
  /** Messages a second. */
  #rate = Infinity;
  /** What it was when something last had to wait. */
  #congestedAt = 0;
  #lastLength = 0;
  #dueAt: Instant;
  #intervalAt: Instant;
  /** Of this interval: what was taken, and that only which had waited; and how long something did. */
  #taken = 0;
  #takenLate = 0;
  #waited: Duration = BEGINNING;
  #waitingSince: Instant = NEVER;

  constructor(spec: ThrottleSpec, now: Instant, lost?: Lost<T>) {
    super(lost);
    this.#spec = spec;
    this.#pid = spec.by === 'pid' ? new PidRate({ ...spec, interval: spec.every }) : undefined;
    this.#dueAt = now;
    this.#intervalAt = now;
  }

  /** What the producer is allowed at present, in messages a second; Infinity until something has had to wait. */
  get rate(): number {
    return this.#rate;
  }

  override offersAt(now: Instant): Instant {
    this.#follow(now);
    if (this.isFull(this.#spec.limit)) return NEVER;
    return Math.max(now, Math.ceil(this.#dueAt));
  }

  protected override decide(entry: Waiting<T>, now: Instant): Decision {
    this.#follow(now);
    if (this.#waitingSince === NEVER) this.#waitingSince = now;
    this.#dueAt = this.#rate === Infinity ? now : Math.max(this.#dueAt + SECOND / this.#rate, now - FORGIVEN);
    return this.wait(entry);
  }

  protected override next(now: Instant): Waiting<T> | undefined {
    this.#follow(now);
    const entry = this.queue.shift();
    if (entry === undefined) return undefined;
    this.#taken++;
    if (now > this.#waitingSince) this.#takenLate++;
    if (this.queue.length === 0) {
      this.#waited += now - this.#waitingSince;
      this.#waitingSince = NEVER;
    }
    return entry;
  }

  /** Thinks the rate over, once, when the interval has passed. */
  #follow(now: Instant): void {
    const elapsed = now - this.#intervalAt;
    if (elapsed < this.#spec.every) return;
    if (this.#waitingSince !== NEVER) {
      this.#waited += now - this.#waitingSince;
      this.#waitingSince = now;
    }
    const wasBounded = this.#rate !== Infinity;
    this.#rate = this.#thinkOver(now, elapsed);
    if (!wasBounded) this.#dueAt = now;
    this.#intervalAt = now;
    this.#taken = 0;
    this.#takenLate = 0;
    this.#waited = BEGINNING;
  }

  #thinkOver(now: Instant, elapsed: Duration): number {
    const spec = this.#spec;
    const measured = (this.#taken / elapsed) * SECOND;
    const { length } = this.queue;
    const isShrinking = length < this.#lastLength;
    this.#lastLength = length;
    // What waits now and then is a burst; what waits throughout an interval is a queue that stands (RFC 8289 §3).
    const isStanding = length > 0 && this.#waited >= elapsed;
    if (isStanding && !isShrinking) this.#congestedAt = this.#rate === Infinity ? measured : this.#rate;
    const step = spec.step ?? Math.max(1, this.#congestedAt / STEPS);
    if (spec.by === 'aimd') {
      if (isStanding && isShrinking) return this.#rate; // it was lowered enough
      return aimd(this.#rate, isStanding, measured, { ...spec, step });
    }
    if (this.#waited <= 0 || this.#takenLate === 0) return this.#rate + step;
    const delay = (this.queue.length / this.#takenLate) * this.#waited;
    return this.#pid!.compute(now, this.#takenLate, this.#waited, delay) ?? this.#rate;
  }
}

/** Nothing is made before it is asked for: Reactive Streams' request(n). What was asked for twice is owed twice (§3.8). */
export class Demand<T> extends Strategy<T> {
  #outstanding = 0;

  get outstanding(): number {
    return this.#outstanding;
  }

  override offersAt(now: Instant): Instant {
    return this.#outstanding > 0 ? now : NEVER;
  }

  override request(count: number): void {
    this.#outstanding = Math.min(Number.MAX_SAFE_INTEGER, this.#outstanding + count);
  }

  protected override decide(entry: Waiting<T>): Decision {
    this.#outstanding = Math.max(0, this.#outstanding - 1);
    return this.wait(entry);
  }
}
