// `socket.setTimeout`: one timer that is put off at every activity and never keeps the process alive.
import { invalidType, outOfRange } from './errors.ts';

/** What Node's timers can wait for at most, milliseconds. */
const LONGEST = 2 ** 31 - 1;

export class IdleTimer {
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(expired: () => void) {
    this.#expired = expired;
  }

  /** 0 stops it. @throws TypeError or RangeError as Node's timers do. */
  set(milliseconds: number): void {
    if (typeof milliseconds !== 'number') throw invalidType('msecs', 'number', milliseconds);
    if (!(milliseconds >= 0) || !Number.isFinite(milliseconds)) {
      throw outOfRange('msecs', 'a non-negative finite number', milliseconds);
    }
    clearTimeout(this.#timer);
    this.#timer = milliseconds === 0 ? undefined : this.#start(Math.min(milliseconds, LONGEST));
  }

  /** Something happened: counts from now. */
  refresh(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #start(milliseconds: number): NodeJS.Timeout {
    return setTimeout(this.#expired, milliseconds).unref();
  }
}
