// Slow start and congestion avoidance as RFC 5681 §3.1 has them; fast recovery's window is loss-recovery.ts's (RFC 6582,
// RFC 6675). Acknowledgments are counted, not octets (no RFC 3465): one for every second segment opens the window half as fast.
import { type Duration, type Instant } from '../time.ts';
import { type Congestion } from './congestion.ts';

export class Reno implements Congestion {
  cwnd = Infinity;
  ssthresh = Infinity;
  #smss = 1;
  #initialWindow = Infinity;

  begin(smss: number, initialWindow: number): void {
    this.#smss = smss;
    this.#initialWindow = initialWindow;
    this.cwnd = initialWindow;
  }

  acknowledged(octets: number, isFull: boolean, _srtt: Duration, _now: Instant): void {
    if (!isFull) return;
    const smss = this.#smss;
    if (this.cwnd < this.ssthresh)
      this.cwnd += Math.min(octets, smss); // (2)
    else this.cwnd += Math.max(1, (smss * smss) / this.cwnd); // (3)
  }

  lossFound(flight: number): void {
    this.ssthresh = this.#half(flight);
    this.cwnd = this.ssthresh;
  }

  /** RFC 6582 §3.2, step 3, a full acknowledgment: option (1), which sends no burst. */
  lossMended(flight: number): void {
    this.cwnd = Math.min(this.ssthresh, Math.max(flight, this.#smss) + this.#smss);
  }

  timedOut(flight: number, isAgain: boolean): void {
    if (!isAgain) this.ssthresh = this.#half(flight);
    this.cwnd = this.#smss; // LW
  }

  idled(): void {
    this.cwnd = Math.min(this.cwnd, this.#initialWindow); // RW
  }

  /** (4) */
  #half(flight: number): number {
    return Math.max(flight / 2, 2 * this.#smss);
  }
}
