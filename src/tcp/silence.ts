// Silence has a reason: at every instant of a connection's life its sending side is in exactly one of these, the first
// that holds, and the durations sum to the whole. The receiving side partitions its own time the same way.
// Which one holds is decided in send-policy.ts; here stand the names, their clauses and the clockwork.
import { type Duration, type Instant } from './time.ts';

export type SilenceReason =
  | 'handshake'
  | 'closing'
  | 'recorder'
  | 'carrier'
  | 'sending'
  | 'send-buffer'
  | 'nothing-queued'
  | 'zero-window'
  | 'recovery'
  | 'nagle'
  | 'window-full'
  | 'silly-window'
  | 'congestion'
  | 'policy';

/** What the receiving side offers: octets; none though there is room (silly-window avoidance, rounding); none. */
export type Offering = 'open' | 'withheld' | 'zero';

/** Who keeps segments from leaving: the recording, or the carrier below. */
export type HoldReason = 'recorder' | 'carrier';

/** Every reason; its place here is its number in recordings. Their precedence is in `silenceReason` (send-policy.ts). */
export const SILENCE_REASONS: readonly SilenceReason[] = [
  'handshake',
  'closing',
  'recorder',
  'carrier',
  'sending',
  'send-buffer',
  'nothing-queued',
  'zero-window',
  'recovery',
  'nagle',
  'window-full',
  'silly-window',
  'congestion',
  'policy',
];

export const OFFERINGS: readonly Offering[] = ['open', 'withheld', 'zero'];

/** What each reason means, for people, with its clause. */
export const REASON_MEANINGS: Readonly<Record<SilenceReason, string>> = {
  handshake: 'the connection is not established yet (RFC 9293 §3.5)',
  closing: 'the FIN is sent; what is left is to say goodbye (§3.6)',
  recorder: 'segments could leave, but the recording is behind',
  carrier: 'segments could leave, but the carrier below takes no more',
  sending: 'segments are leaving',
  'send-buffer': 'all that was written is in flight, and a write waits for room in the send buffer',
  'nothing-queued': 'the application gives nothing to send',
  'zero-window': 'the receiver offers nothing: SND.WND is 0 (§3.8.6.1)',
  recovery: 'lost octets are being retransmitted (RFC 6298 §5, RFC 5681 §3.2)',
  nagle: 'a short segment waits for what is in flight (§3.7.4)',
  'window-full': 'the window is full of octets in flight and must slide (§3.8.6)',
  congestion: 'the network is believed to hold as much as it can: the congestion window is full (RFC 5681 §3.1)',
  policy: 'a gate policy other than the standard one waits',
  'silly-window': 'nothing in flight, but the window offered is too small to be worth a segment (§3.8.6.2.1)',
};

export type ReasonDurations = Record<SilenceReason, Duration>;
export type OfferingDurations = Record<Offering, Duration>;

/** Adds up how long each of a few alternatives held, one at a time. */
export class Partition<Name extends string> {
  present: Name;
  since: Instant;
  readonly #names: readonly Name[];
  readonly #totals: Float64Array;

  constructor(names: readonly Name[], present: Name, now: Instant) {
    this.#names = names;
    this.#totals = new Float64Array(names.length);
    this.present = present;
    this.since = now;
  }

  /** The present alternative ends and `next` begins. */
  turn(next: Name, now: Instant): void {
    if (now > this.since) {
      const index = this.#names.indexOf(this.present);
      this.#totals[index] = (this.#totals[index] ?? 0) + (now - this.since);
    }
    this.present = next;
    this.since = now;
  }

  /** How long each held up to `now`; the sum is `now` less the beginning. */
  durations(now: Instant): Record<Name, Duration> {
    const durations = Object.create(null) as Record<Name, Duration>;
    this.#names.forEach((name, index) => {
      const open = name === this.present ? now - this.since : 0;
      durations[name] = (this.#totals[index] ?? 0) + open;
    });
    return durations;
  }
}
