// The clock of a feed's run against this page's: from pings, the one that came back soonest (as NTP does).

export class FeedClock {
  /** This page's clock, ms, when the run's was 0; NaN before the first pong. */
  zeroMs = NaN;
  #best = Infinity;

  pong(sentAtMs: number, nowMs: number, receivedNs: number): void {
    const trip = nowMs - sentAtMs;
    if (trip < 0 || trip > this.#best) return;
    this.#best = trip;
    this.zeroMs = sentAtMs + trip / 2 - receivedNs / 1e6;
  }

  /** The run's clock now. */
  nowNs(nowMs: number): number {
    return Number.isNaN(this.zeroMs) ? NaN : (nowMs - this.zeroMs) * 1e6;
  }
}
