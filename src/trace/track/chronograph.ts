// Who limited whom, one direction of a connection: at each moment of its life the first of these that holds, seen from
// where the capture was taken. What an end knew when it sent what passes here had passed here a trip to that end and back
// before; acknowledgments are therefore looked at that much later. Rules, and what they cannot see:
//   handshake     until both ends have sent something other than a SYN
//   closing       its FIN has passed
//   zero-window   the window is 0 (whether it had anything to send, only its probes tell)
//   idle          nothing in flight: the application gives nothing
//   silly-window  nothing in flight, and the window is less than a segment and less than half of the widest there was
//   recovery      from a retransmission until what was in flight then is acknowledged
//   window-full   octets in flight, and the next segment would pass the right edge
//   unknown       octets in flight, and room for more: the congestion window, Nagle, or an application that has no more
import { type Seq, seqDiff, seqLt, NO_SEQ } from '../../tcp/index.ts';

export type Limit =
  'handshake' | 'closing' | 'zero-window' | 'idle' | 'silly-window' | 'recovery' | 'window-full' | 'unknown';

export const LIMITS: readonly Limit[] = [
  'handshake',
  'closing',
  'zero-window',
  'idle',
  'silly-window',
  'recovery',
  'window-full',
  'unknown',
];

/** Acknowledgments that are on their way at once: of more, the eldest count early. */
const MOST = 1_024;

export class Chronograph {
  present: Limit = 'handshake';
  /** Told each time one has ended, if anybody wants to know; `finish` ends the last. */
  onTurn: ((limit: Limit, fromNs: number, toNs: number) => void) | undefined = undefined;
  #since: number;
  readonly #totals = new Float64Array(LIMITS.length);
  #isEstablished = false;
  #isClosing = false;
  #hasWindow = false;
  // What the sender knows.
  #una: Seq = NO_SEQ;
  #edge: Seq = NO_SEQ;
  // What passed.
  #nxt: Seq = NO_SEQ;
  #isRecovering = false;
  #point: Seq = NO_SEQ;
  #segment = 1;
  #maxWnd = 0;
  #isUnaware = false;
  // Acknowledgments that it does not know yet.
  readonly #dues: number[] = [];
  readonly #unas: Seq[] = [];
  readonly #edges: Seq[] = [];
  #head = 0;

  constructor(now: number) {
    this.#since = now;
  }

  established(now: number): void {
    if (this.#isEstablished) return;
    this.#isEstablished = true;
    this.#turn(now);
  }

  /** Octets, or the FIN, passed, up to `nxt`. `segment`: what a full one is. */
  sent(nxt: Seq, isAgain: boolean, isFin: boolean, segment: number, now: number): void {
    this.pass(now);
    this.#isUnaware = false;
    this.#nxt = nxt;
    this.#segment = segment;
    if (!this.#hasWindow) this.#una = nxt;
    if (isAgain && !this.#isRecovering) {
      this.#isRecovering = true;
      this.#point = nxt;
    }
    if (isFin) this.#isClosing = true;
    this.#turn(now);
  }

  /** The peer's acknowledgment passes here; the sender knows of it, as far as can be seen from here, `trip` later. */
  acknowledged(una: Seq, edge: Seq, trip: number, now: number): void {
    this.pass(now);
    if (this.#dues.length - this.#head >= MOST) this.#know(now);
    if (this.#head > MOST) {
      this.#dues.splice(0, this.#head);
      this.#unas.splice(0, this.#head);
      this.#edges.splice(0, this.#head);
      this.#head = 0;
    }
    this.#dues.push(now + trip);
    this.#unas.push(una);
    this.#edges.push(edge);
    this.pass(now);
  }

  /**
   * A question about a shut window passes, which the window seen here is not: what opened it is lost, or on its way. Since it
   * seemed idle the sender has waited for that.
   */
  asked(now: number): void {
    this.pass(now);
    if (this.present !== 'idle') return;
    this.present = 'zero-window';
    this.#isUnaware = true;
  }

  /** Time passes. */
  pass(now: number): void {
    while (this.#head < this.#dues.length && this.#dues[this.#head]! <= now) this.#know(this.#dues[this.#head]!);
  }

  /** What holds at `when`, if nothing else passes until then: what was on its way has arrived. */
  presentAt(when: number): Limit {
    let latest = this.#head - 1;
    while (latest + 1 < this.#dues.length && this.#dues[latest + 1]! <= when) latest++;
    if (latest < this.#head) return this.present;
    const una = this.#unas[latest]!;
    return this.#isEstablished && !this.#isClosing ? this.#flows(una, this.#edges[latest]!) : this.#holds();
  }

  /** Nothing more comes: the present one ends now. */
  finish(now: number): void {
    this.pass(now);
    this.onTurn?.(this.present, this.#since, Math.max(now, this.#since));
  }

  /** How long each held up to `now`, ns. */
  durations(now: number): Record<Limit, number> {
    this.pass(now);
    const durations = Object.fromEntries(LIMITS.map((name, index) => [name, this.#totals[index]!])) as Record<
      Limit,
      number
    >;
    durations[this.present] += Math.max(0, now - this.#since);
    return durations;
  }

  #know(at: number): void {
    this.#una = this.#unas[this.#head]!;
    this.#edge = this.#edges[this.#head]!;
    this.#head++;
    this.#isUnaware = false;
    if (!this.#hasWindow || seqLt(this.#nxt, this.#una)) this.#nxt = this.#una;
    this.#hasWindow = true;
    this.#maxWnd = Math.max(this.#maxWnd, seqDiff(this.#edge, this.#una));
    if (this.#isRecovering && !seqLt(this.#una, this.#point)) this.#isRecovering = false;
    this.#turn(at);
  }

  #turn(now: number): void {
    const next = this.#holds();
    if (next === this.present) return;
    this.#totals[LIMITS.indexOf(this.present)]! += Math.max(0, now - this.#since);
    this.onTurn?.(this.present, this.#since, Math.max(now, this.#since));
    this.#since = Math.max(now, this.#since);
    this.present = next;
  }

  #holds(): Limit {
    if (!this.#isEstablished) return 'handshake';
    if (this.#isClosing) return 'closing';
    if (!this.#hasWindow) return 'unknown';
    return this.#isUnaware ? 'zero-window' : this.#flows(this.#una, this.#edge);
  }

  /** Of an established connection whose sender knows of these. */
  #flows(una: Seq, edge: Seq): Limit {
    if (seqDiff(edge, una) <= 0) return 'zero-window';
    const usable = seqDiff(edge, seqLt(this.#nxt, una) ? una : this.#nxt);
    if (seqDiff(this.#nxt, una) <= 0) {
      return usable < Math.min(this.#segment, this.#maxWnd / 2) ? 'silly-window' : 'idle';
    }
    if (this.#isRecovering && seqLt(una, this.#point)) return 'recovery';
    return usable < this.#segment ? 'window-full' : 'unknown';
  }
}
