// One timer for one deadline that keeps moving away. A connection's next deadline changes with nearly every segment, so the
// timer is left alone when the deadline moves to later, or off: it finds that out when it fires, and is set again then.
// After a while in which the whole process stood still, what has arrived meanwhile comes first: it may be what is waited for.
import { type Instant, MILLISECOND, NEVER } from '../tcp/index.ts';
import { type Clock } from './clock.ts';

/** The longest time that setTimeout can wait for, milliseconds. */
const LONGEST = 2 ** 31 - 1;
/** So late the event loop was held up, by Ctrl-Z, by a busy machine or by its own work, and its sockets are yet to be read. */
const LATE = 10 * MILLISECOND;

export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #deadline: Instant = NEVER;
  #timer: NodeJS.Timeout | undefined;
  #timerAt: Instant = NEVER;
  #holdsLoop = true;
  /** Rings when the sockets have been read: the loop polls them after its timers, and before this. */
  #reading: NodeJS.Immediate | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings once when it is `deadline`, and not if this is called again before; NEVER stops it. */
  set(deadline: Instant): void {
    this.#deadline = deadline;
    if (deadline < this.#timerAt) this.#arm();
  }

  /** Stops it, and holds the event loop no longer. */
  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#reading);
    this.#timer = undefined;
    this.#reading = undefined;
    this.#timerAt = NEVER;
    this.#deadline = NEVER;
  }

  /** Whether it keeps the process alive while it is set. */
  holdLoop(holds: boolean): void {
    this.#holdsLoop = holds;
    if (holds) this.#timer?.ref();
    else this.#timer?.unref();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const wait = Math.max(0, Math.ceil((this.#deadline - this.#clock.now()) / MILLISECOND));
    this.#timerAt = this.#deadline;
    this.#timer = setTimeout(this.#fired, Math.min(wait, LONGEST));
    if (!this.#holdsLoop) this.#timer.unref();
  }

  readonly #fired = (): void => {
    this.#timer = undefined;
    this.#timerAt = NEVER;
    if (this.#deadline === NEVER) return;
    const late = this.#clock.now() - this.#deadline;
    if (late < 0) this.#arm();
    else if (late > LATE) this.#reading ??= setImmediate(this.#read);
    else this.#ringNow();
  };

  readonly #read = (): void => {
    this.#reading = undefined;
    if (this.#deadline <= this.#clock.now()) this.#ringNow(); // else it was set again, which armed it
  };

  #ringNow(): void {
    this.#deadline = NEVER;
    this.#ring();
  }
}
