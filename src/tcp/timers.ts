// A table of named deadlines: all the timers a connection has. Whoever drives it asks for `next()` and sleeps.
import { type Instant, NEVER } from './time.ts';

export type TimerName =
  'retransmission' | 'persist' | 'delayed-ack' | 'override' | 'keepalive' | 'user-timeout' | 'time-wait';

/** Every timer; its place here is its slot in the table and its number in recordings. */
export const TIMERS: readonly TimerName[] = [
  'retransmission',
  'persist',
  'delayed-ack',
  'override',
  'keepalive',
  'user-timeout',
  'time-wait',
];

export const RETRANSMISSION = 0;
export const PERSIST = 1;
export const DELAYED_ACK = 2;
export const OVERRIDE = 3;
export const KEEPALIVE = 4;
export const USER_TIMEOUT = 5;
export const TIME_WAIT = 6;

/** A slot of the table. */
export type Timer = 0 | 1 | 2 | 3 | 4 | 5 | 6;

export class Timers {
  readonly #deadlines: [Instant, Instant, Instant, Instant, Instant, Instant, Instant] = [
    NEVER,
    NEVER,
    NEVER,
    NEVER,
    NEVER,
    NEVER,
    NEVER,
  ];
  /** A bit for each that runs: seldom more than one does, and all is asked after every segment. */
  #running = 0;

  deadline(timer: Timer): Instant {
    return this.#deadlines[timer];
  }

  isRunning(timer: Timer): boolean {
    return (this.#running & (1 << timer)) !== 0;
  }

  start(timer: Timer, deadline: Instant): void {
    if (deadline === NEVER) {
      this.stop(timer);
      return;
    }
    this.#deadlines[timer] = deadline;
    this.#running |= 1 << timer;
  }

  stop(timer: Timer): void {
    if (!this.isRunning(timer)) return;
    this.#deadlines[timer] = NEVER;
    this.#running &= ~(1 << timer);
  }

  /** The earliest deadline, or NEVER. */
  next(): Instant {
    const d = this.#deadlines;
    const running = this.#running;
    if (running === 0) return NEVER;
    if ((running & (running - 1)) === 0) return d[31 - Math.clz32(running)]!;
    return Math.min(d[0], d[1], d[2], d[3], d[4], d[5], d[6]);
  }
}
