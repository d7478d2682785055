// Controlled delay (RFC 8289): drops at the head of a queue when segments have waited longer than `target` throughout an
// `interval`, and then ever more often, by the inverse square root of how many it has dropped.
import { type Duration, type Instant } from '../tcp/index.ts';
import { type CoDel } from './spec.ts';

export class CoDelState {
  /** When the wait will have been over target for an interval; 0 while it is not over target (first_above_time). */
  #firstAbove: Instant = 0;
  #dropNext: Instant = 0;
  #count = 0;
  #lastCount = 0;
  #isDropping = false;

  /**
   * A segment reaches the head after waiting for `sojourn`: shall it be dropped? (RFC 8289 §5.5; asked anew for the next one.)
   * @param backlog octets queued behind it, itself included; with no more than one segment's worth nothing is dropped
   */
  drops(spec: CoDel, sojourn: Duration, backlog: number, longest: number, now: Instant): boolean {
    const isOver = this.#isOverTarget(spec, sojourn, backlog, longest, now);
    if (this.#isDropping) return this.#whileDropping(spec, isOver, now);
    if (!isOver) return false;
    this.#isDropping = true;
    // Where dropping stopped a short while ago, it goes on near the rate that had controlled the queue (§5.5).
    const delta = this.#count - this.#lastCount;
    this.#count = delta > 1 && now - this.#dropNext < 16 * spec.interval ? delta : 1;
    this.#dropNext = controlLaw(now, spec.interval, this.#count);
    this.#lastCount = this.#count;
    return true;
  }

  #whileDropping(spec: CoDel, isOver: boolean, now: Instant): boolean {
    if (!isOver) {
      this.#isDropping = false;
      return false;
    }
    if (now < this.#dropNext) return false;
    this.#count++;
    this.#dropNext = controlLaw(this.#dropNext, spec.interval, this.#count);
    return true;
  }

  #isOverTarget(spec: CoDel, sojourn: Duration, backlog: number, longest: number, now: Instant): boolean {
    if (sojourn < spec.target || backlog <= longest) {
      this.#firstAbove = 0;
      return false;
    }
    if (this.#firstAbove === 0) {
      this.#firstAbove = now + spec.interval;
      return false;
    }
    return now >= this.#firstAbove;
  }
}

function controlLaw(from: Instant, interval: Duration, count: number): Instant {
  return from + Math.round(interval / Math.sqrt(count));
}
