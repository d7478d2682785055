// By how much the peer's clock is ahead of ours, as NTP finds it (RFC 5905 §8): of four times of a question and its answer, and of
// all exchanges the one that took least. Half of what it took bounds the error, however unequal the two ways are. That the clocks
// drift apart meanwhile is not accounted for: a later exchange counts only where it took less.
import { type Duration, type Instant } from '../../tcp/index.ts';

export class ClockEstimate {
  #offset: Duration = 0;
  #roundTrip: Duration = Infinity;
  exchanges = 0;

  /** The peer's clock minus ours. */
  get offset(): Duration {
    return this.#offset;
  }

  /** The true offset lies within so much of it; Infinity before the first exchange. */
  get error(): Duration {
    return Math.ceil(this.#roundTrip / 2);
  }

  /** We asked at `asked`, the peer heard it at `heard` and answered at `answered` by its clock, and we have the answer `now`. */
  exchanged(asked: Instant, heard: Instant, answered: Instant, now: Instant): void {
    this.exchanges++;
    const roundTrip = Math.max(0, now - asked - (answered - heard));
    if (roundTrip >= this.#roundTrip) return;
    this.#roundTrip = roundTrip;
    this.#offset = Math.round((heard - asked + (answered - now)) / 2);
  }
}
