// What stands at the sender: credit that is granted or limited, a mark that what is pending must fall below, a pace.
import { type Duration, type Instant, NEVER, SECOND } from '../../src/tcp/index.ts';
import { type Feedback, type Gate } from './model.ts';

/** Two marks, both inclusive: shut from one level up, open again from another down. */
export interface Marks {
  shutsFrom: number;
  opensFrom: number;
}

/** Shut or open, with memory: between the marks it stays what it was. */
export class Hysteresis {
  isOpen = true;
  readonly #marks: Marks;

  constructor(marks: Marks) {
    this.#marks = marks;
  }

  /** Says whether it has changed. */
  isTurnedBy(level: number): boolean {
    const was = this.isOpen;
    if (level >= this.#marks.shutsFrom) this.isOpen = false;
    else if (level <= this.#marks.opensFrom) this.isOpen = true;
    return was !== this.isOpen;
  }
}

/** Obeys whatever it hears: the strictest of credit, limit, gate and rate. Of what it has never heard it knows no bound. */
export class CreditGate implements Gate {
  /** Units that relative grants have left; undefined before the first. */
  credit: number | undefined;
  /** Absolute: how far it may go, and how far it has gone. */
  upTo = Infinity;
  sent = 0;
  #fetch: number | undefined;
  #isOpen = true;
  #interval: Duration = 0;
  #next: Instant = 0;

  room(now: Instant): number {
    if (!this.#isOpen || now < this.#next) return 0;
    const room = Math.min(this.credit ?? Infinity, this.upTo - this.sent, this.#fetch ?? Infinity);
    return this.#interval === 0 ? room : Math.min(1, room);
  }

  spend(units: number, now: Instant): void {
    this.sent += units;
    if (this.credit !== undefined) this.credit -= units;
    if (this.#fetch !== undefined) this.#fetch = 0; // one answer for one fetch
    if (this.#interval > 0) this.#next = Math.max(now, this.#next) + Math.round(units * this.#interval);
  }

  hear(feedback: Feedback, now: Instant): void {
    switch (feedback.kind) {
      case 'grant':
        this.credit = (this.credit ?? 0) + feedback.units;
        return;
      case 'limit': // one that was overtaken on its way says less than is known already
        this.upTo = this.upTo === Infinity ? feedback.upTo : Math.max(this.upTo, feedback.upTo);
        return;
      case 'gate':
        this.#isOpen = feedback.open;
        return;
      case 'rate':
        this.#interval = feedback.perSecond === Infinity ? 0 : SECOND / feedback.perSecond;
        this.#next = Math.min(this.#next, now + this.#interval);
        return;
      case 'fetch':
        this.#fetch = feedback.units;
        return;
    }
  }

  opensAt(now: Instant): Instant {
    const isPaced = this.#interval > 0 && now < this.#next && this.#isOpen;
    return isPaced ? this.#next : NEVER;
  }
}

/** Counts what is pending, at the sender's own end: shut by what is written, opened by what is acknowledged. */
export class WatermarkGate implements Gate {
  pending = 0;
  readonly #turn: Hysteresis;

  constructor(marks: Marks) {
    this.#turn = new Hysteresis(marks);
  }

  get isOpen(): boolean {
    return this.#turn.isOpen;
  }

  room(): number {
    return this.#turn.isOpen ? Infinity : 0;
  }

  spend(units: number): void {
    this.pending += units;
    this.#turn.isTurnedBy(this.pending);
  }

  hear(feedback: Feedback): void {
    if (feedback.kind !== 'grant') return;
    this.pending -= feedback.units;
    this.#turn.isTurnedBy(this.pending);
  }

  opensAt(): Instant {
    return NEVER;
  }
}
