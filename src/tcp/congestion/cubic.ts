// CUBIC (RFC 9438). The window grows with the cube of the time since the last loss, fast where it is far from the window at
// which that loss was, slowly near it, whatever the round-trip time. Windows are in octets; the RFC's are in segments.
// Left out: HyStart++ (§4.10's hint), spurious retransmissions (§4.9.1), ECN.
import { cbrt } from '../real.ts';
import { type Duration, type Instant, NEVER, SECOND } from '../time.ts';
import { type Congestion } from './congestion.ts';

/** Segments per cubed second (RFC 9438 §5.1). */
export const CUBIC_C = 0.4;
export const CUBIC_BETA = 0.7;
/** α_cubic while W_est lies below the window before the loss: as fair to Reno as β allows (§4.3). */
const ALPHA = (3 * (1 - CUBIC_BETA)) / (1 + CUBIC_BETA);

export class Cubic implements Congestion {
  cwnd = Infinity;
  ssthresh = Infinity;
  #smss = 1;
  #initialWindow = Infinity;

  /** W_max: where growth is slowest; cwnd_prior: cwnd before the last loss. Octets. */
  #wMax = 0;
  #cwndPrior = 0;
  /** Since when this stage of congestion avoidance lasts; NEVER outside one. Time in which cwnd limited nothing is not counted. */
  #epochAt: Instant = NEVER;
  #k: Duration = 0;
  #wEst = 0;
  #lastAt: Instant = 0;

  begin(smss: number, initialWindow: number): void {
    this.#smss = smss;
    this.#initialWindow = initialWindow;
    this.cwnd = initialWindow;
  }

  acknowledged(octets: number, isFull: boolean, srtt: Duration, now: Instant): void {
    const since = now - this.#lastAt;
    this.#lastAt = now;
    if (!isFull) {
      if (this.#epochAt !== NEVER) this.#epochAt += Math.min(since, now - this.#epochAt); // §4.2, §5.8
      return;
    }
    if (this.cwnd < this.ssthresh) {
      this.cwnd += Math.min(octets, this.#smss);
      return;
    }
    if (this.#epochAt === NEVER) this.#beginEpoch(now);
    this.#avoid(octets, srtt === NEVER ? 0 : srtt, now - this.#epochAt);
  }

  /** §4.2 to §4.5; `t` is the time in this stage. */
  #avoid(octets: number, srtt: Duration, t: Duration): void {
    const alpha = this.#wEst < this.#cwndPrior ? ALPHA : 1;
    this.#wEst += (alpha * octets * this.#smss) / this.cwnd;
    if (this.#wCubic(t) < this.#wEst) {
      this.cwnd = Math.max(this.cwnd, this.#wEst); // the Reno-friendly region
      return;
    }
    const target = Math.min(Math.max(this.#wCubic(t + srtt), this.cwnd), 1.5 * this.cwnd);
    this.cwnd += ((target - this.cwnd) / this.cwnd) * this.#smss;
  }

  /** Equation 1. */
  #wCubic(t: Duration): number {
    const seconds = (t - this.#k) / SECOND;
    return CUBIC_C * seconds * seconds * seconds * this.#smss + this.#wMax;
  }

  /** Equation 2. */
  #beginEpoch(now: Instant): void {
    this.#epochAt = now;
    this.#wMax = Math.max(this.#wMax, this.cwnd);
    this.#k = Math.round(cbrt((this.#wMax - this.cwnd) / this.#smss / CUBIC_C) * SECOND);
    this.#wEst = this.cwnd;
  }

  /** §4.6; §4.7: a flow that lost before it got back to W_max makes room. */
  lossFound(flight: number): void {
    this.#wMax = this.cwnd < this.#wMax ? (this.cwnd * (1 + CUBIC_BETA)) / 2 : this.cwnd;
    this.#cwndPrior = this.cwnd;
    this.#epochAt = NEVER;
    this.ssthresh = this.#reduced(flight);
    this.cwnd = this.ssthresh;
  }

  lossMended(flight: number): void {
    this.cwnd = Math.min(this.ssthresh, Math.max(flight, this.#smss) + this.#smss);
  }

  /** §4.8: the stage after a timeout begins with K = 0 and W_max = cwnd. */
  timedOut(flight: number, isAgain: boolean): void {
    if (!isAgain) {
      this.ssthresh = this.#reduced(flight);
      this.#cwndPrior = this.cwnd;
    }
    this.#wMax = 0;
    this.#epochAt = NEVER;
    this.cwnd = this.#smss;
  }

  idled(): void {
    this.cwnd = Math.min(this.cwnd, this.#initialWindow);
    this.#epochAt = NEVER;
  }

  #reduced(flight: number): number {
    return Math.max(Math.round(flight * CUBIC_BETA), 2 * this.#smss); // whole octets: 0.7 is not exact
  }
}
