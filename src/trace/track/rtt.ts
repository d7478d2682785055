// Round-trip times, as a capture shows them: from octets to the acknowledgment that covers them. Karn's rule: nothing that was
// sent twice is measured, and only the last octets that an acknowledgment covers are, for the others may have waited. At
// the sender this is the round-trip time; elsewhere it is that from here to the receiver and back.
import { NO_SEQ, type Seq, seqLeq, seqLt } from '../../tcp/index.ts';
import { Quantiles } from './quantiles.ts';

/** Segments in flight that are timed at once: of more, some are not. */
const MOST = 256;
const ALPHA = 1 / 8;
const BETA = 1 / 4;

export class RttSampler {
  /** As RFC 6298 §2 smooths it, ns; -1 before the first sample. */
  srtt = -1;
  rttvar = -1;
  latest = -1;
  readonly samples = new Quantiles();
  readonly #ends: Seq[] = [];
  readonly #times: number[] = [];
  #head = 0;
  /** What lies left of this was sent twice, or may have been. */
  #ambiguous: Seq = NO_SEQ;
  #isAmbiguous = false;

  sent(end: Seq, now: number): void {
    if (this.#ends.length - this.#head >= MOST) return;
    if (this.#head > MOST) {
      this.#ends.splice(0, this.#head);
      this.#times.splice(0, this.#head);
      this.#head = 0;
    }
    this.#ends.push(end);
    this.#times.push(now);
  }

  /** Something was sent again: all that is in flight up to `nxt` is ambiguous. */
  sentAgain(nxt: Seq): void {
    this.#isAmbiguous = true;
    this.#ambiguous = nxt;
    this.#ends.length = 0;
    this.#times.length = 0;
    this.#head = 0;
  }

  /** When the first of what is in flight was sent; -1: nothing is, or it was sent twice. */
  get oldestAt(): number {
    if (this.#isAmbiguous) return -1;
    return this.#head < this.#times.length ? this.#times[this.#head]! : -1;
  }

  /** The sample that an acknowledgment gives, ns, or -1. */
  acknowledged(ack: Seq, now: number): number {
    let sentAt = -1;
    while (this.#head < this.#ends.length && seqLeq(this.#ends[this.#head]!, ack)) sentAt = this.#times[this.#head++]!;
    if (this.#isAmbiguous) {
      if (seqLt(ack, this.#ambiguous)) return -1;
      this.#isAmbiguous = false;
    }
    if (sentAt < 0) return -1;
    this.#take(now - sentAt);
    return now - sentAt;
  }

  #take(rtt: number): void {
    this.latest = rtt;
    this.samples.add(rtt);
    if (this.srtt < 0) {
      this.srtt = rtt;
      this.rttvar = rtt / 2;
      return;
    }
    this.rttvar += BETA * (Math.abs(this.srtt - rtt) - this.rttvar);
    this.srtt += ALPHA * (rtt - this.srtt);
  }
}
