// The retransmission timeout: RFC 6298, with Karn's rule (§3): one segment at a time is timed, and never one that was sent
// twice. The clock's granularity G is taken as 0: Instants are nanoseconds.
import { type RtoPolicy } from './policies/index.ts';
import { NO_SEQ, type Seq, seqLeq } from './seq.ts';
import { type Duration, type Instant, NEVER } from './time.ts';

const ALPHA = 1 / 8;
const BETA = 1 / 4;
const K = 4;

export class Rtt {
  /** Smoothed round-trip time and its variation, ns; NEVER before the first sample. */
  srtt: Duration = NEVER;
  rttvar: Duration = NEVER;
  /** The latest sample and the least of all. */
  latest: Duration = NEVER;
  least: Duration = NEVER;
  samples = 0;

  readonly #min: Duration;
  readonly #max: Duration;
  #base: Duration;
  #backoff = 0;
  /** An ACK of this sequence number ends the measurement that began at `#timedAt`. */
  #timedEnd: Seq = NO_SEQ;
  #timedAt: Instant = NEVER;

  readonly #policy: RtoPolicy | undefined;

  constructor(initial: Duration, min: Duration, max: Duration, policy?: RtoPolicy) {
    this.#policy = policy;
    this.#base = initial;
    this.#min = min;
    this.#max = max;
  }

  /** RTO, backed off as often as retransmissions went unanswered (§5.5). */
  get rto(): Duration {
    const backedOff = this.#backoff === 0 ? this.#base : this.#base * 2 ** this.#backoff; // a power costs 20 ns, and each ACK asks
    const standard = Math.min(backedOff, this.#max);
    return this.#policy === undefined ? standard : this.#asked(this.#policy, standard);
  }

  /** RTO without backoff: what the zero-window probes begin with (RFC 9293 §3.8.6.1, SHLD-29). */
  get base(): Duration {
    return this.#base;
  }

  get backoff(): number {
    return this.#backoff;
  }

  /** A segment that ends at `end` leaves for the first time. */
  sent(end: Seq, now: Instant): void {
    if (this.#timedAt !== NEVER) return;
    this.#timedEnd = end;
    this.#timedAt = now;
  }

  /** Something was sent again: what is being timed is ambiguous from now on. */
  retransmitted(): void {
    this.#timedAt = NEVER;
  }

  /** The timer expired (§5.5). */
  backOff(): void {
    this.#backoff++;
    this.retransmitted();
  }

  /** New octets up to `ack` are acknowledged. */
  acknowledged(ack: Seq, now: Instant): void {
    if (this.#timedAt === NEVER || !seqLeq(this.#timedEnd, ack)) return;
    this.#sample(now - this.#timedAt);
    this.#timedAt = NEVER;
  }

  /** §5.7: the SYN was retransmitted; the RTO for data begins at no less than 3 s. */
  afterLostSyn(atLeast: Duration): void {
    if (this.samples > 0) return;
    this.#base = Math.max(this.#base, atLeast);
    this.#backoff = 0;
  }

  /** Whole nanoseconds, and some: a timeout of none would never let time pass. */
  #asked(policy: RtoPolicy, standard: Duration): Duration {
    const { srtt, rttvar, latest, samples, base } = this;
    const facts = {
      srtt,
      rttvar,
      latest,
      samples,
      backoff: this.#backoff,
      min: this.#min,
      max: this.#max,
      base,
      standard,
    };
    return Math.max(1, Math.round(policy.rto(facts)));
  }

  #sample(r: Duration): void {
    this.latest = r;
    this.least = Math.min(this.least, r);
    this.samples++;
    this.#backoff = 0; // only a sample collapses the backed-off RTO (§5, last paragraph)
    if (this.samples === 1) {
      this.srtt = r;
      this.rttvar = r / 2;
    } else {
      this.rttvar += BETA * (Math.abs(this.srtt - r) - this.rttvar);
      this.srtt += ALPHA * (r - this.srtt);
    }
    const rto = Math.round(this.srtt + K * this.rttvar);
    this.#base = Math.min(Math.max(rto, this.#min), this.#max);
  }
}
