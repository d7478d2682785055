// Controlled delay (RFC 8289): removes from the head of a queue when what stands there has waited longer than `target`
// throughout an `interval`, and then ever more often, by the inverse square root of how many it has removed. One control law
// for segments on a link and for messages in front of a window: who asks says what "too long" is.
import { type Duration, type Instant, NEVER } from '../../tcp/index.ts';

export class CoDelState {
  /** When the wait will have been over target for an interval; 0 while it is not over target (first_above_time). */
  #firstAbove: Instant = 0;
  #dropNext: Instant = 0;
  #count = 0;
  #lastCount = 0;
  #isDropping = false;

  /** When the next drop is due, should the wait stay over target until then; NEVER while it is not over it. */
  get dropsAt(): Instant {
    if (this.#firstAbove === 0) return NEVER;
    return this.#isDropping ? this.#dropNext : this.#firstAbove;
  }

  /**
   * Something reaches the head of the queue: shall it be dropped? (RFC 8289 §5.5; asked anew for the next.)
   * @param isAbove it waited for `target` or longer, and there is enough behind it to be worth dropping
   */
  drops(isAbove: boolean, interval: Duration, now: Instant): boolean {
    const isOver = this.#isOverTarget(isAbove, interval, now);
    if (this.#isDropping) return this.#whileDropping(isOver, interval, now);
    if (!isOver) return false;
    this.#isDropping = true;
    // Where dropping stopped a short while ago, it goes on near the rate that had controlled the queue (§5.5).
    const delta = this.#count - this.#lastCount;
    this.#count = delta > 1 && now - this.#dropNext < 16 * interval ? delta : 1;
    this.#dropNext = controlLaw(now, interval, this.#count);
    this.#lastCount = this.#count;
    return true;
  }

  #whileDropping(isOver: boolean, interval: Duration, now: Instant): boolean {
    if (!isOver) {
      this.#isDropping = false;
      return false;
    }
    if (now < this.#dropNext) return false;
    this.#count++;
    this.#dropNext = controlLaw(this.#dropNext, interval, this.#count);
    return true;
  }

  #isOverTarget(isAbove: boolean, interval: Duration, now: Instant): boolean {
    if (!isAbove) {
      this.#firstAbove = 0;
      return false;
    }
    if (this.#firstAbove === 0) {
      this.#firstAbove = now + interval;
      return false;
    }
    return now >= this.#firstAbove;
  }
}

function controlLaw(from: Instant, interval: Duration, count: number): Instant {
  return from + Math.round(interval / Math.sqrt(count));
}
