// What a connection counts of itself, for summaries.
import { NO_OCTETS } from './count.ts';
import { BEGINNING, type Duration, type Instant, NEVER } from './time.ts';

/** Periods during which something held: how many, how long in all, and the longest. */
export class Periods {
  count = 0;
  #total: Duration = BEGINNING;
  #longest: Duration = BEGINNING;
  #since: Instant = NEVER;

  begin(now: Instant): void {
    if (this.#since !== NEVER) return;
    this.count++;
    this.#since = now;
  }

  end(now: Instant): void {
    if (this.#since === NEVER) return;
    this.#total += now - this.#since;
    this.#longest = Math.max(this.#longest, now - this.#since);
    this.#since = NEVER;
  }

  /** Total up to `now`, one still open included. */
  total(now: Instant): Duration {
    return this.#total + this.#open(now);
  }

  longest(now: Instant): Duration {
    return Math.max(this.#longest, this.#open(now));
  }

  #open(now: Instant): Duration {
    return this.#since === NEVER ? 0 : now - this.#since;
  }
}

export class Tally {
  segmentsSent = 0;
  segmentsReceived = 0;
  /** Octets of text sent for the first time, probe octets that were refused not counted. */
  octetsSent = NO_OCTETS;
  /** Octets of text the peer has acknowledged. */
  octetsAcknowledged = NO_OCTETS;
  /** Octets of text received in order. */
  octetsReceived = NO_OCTETS;
  octetsRead = NO_OCTETS;
  /** Segments sent again because an acknowledgment did not come; probes not counted. */
  retransmissions = 0;
  probesSent = 0;
  probesReceived = 0;
  /** Segments whose only news was the window. */
  windowUpdatesSent = 0;
  windowUpdatesReceived = 0;
  challengeAcksSent = 0;
  /** Recoveries that duplicate acknowledgments began, before the retransmission timer could. */
  fastRecoveries = 0;
  /** Reports that text came twice (D-SACK, RFC 2883): ours of the peer's, and the peer's of ours. */
  dsacksSent = 0;
  dsacksReceived = 0;
  /** Segments that arrived and of which something was refused. */
  segmentsRefused = 0;
  /** SND.WND was 0: the peer held us. */
  readonly sendWindowZero = new Periods();
  /** The last window we sent was 0: we held the peer. */
  readonly receiveWindowZero = new Periods();
}
