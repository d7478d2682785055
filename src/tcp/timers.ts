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

  deadline(timer: Timer): Instant {
    return this.#deadlines[timer];
  }

  isRunning(timer: Timer): boolean {
    return this.#deadlines[timer] !== NEVER;
  }

  start(timer: Timer, deadline: Instant): void {
    this.#deadlines[timer] = deadline;
  }

  stop(timer: Timer): void {
    this.#deadlines[timer] = NEVER;
  }

  /** The earliest deadline, or NEVER. */
  next(): Instant {
    const d = this.#deadlines;
    return Math.min(d[0], d[1], d[2], d[3], d[4], d[5], d[6]);
  }
}
