// What is counted of one end of a connection: of the segments that it sent. Beside each stands what sash's own core counts of
// the same (Tally in src/tcp); at the vantage of that end the two are equal, and a test holds them together.
import { ACK, FIN, RST, SYN } from '../../tcp/index.ts';
import { type Observation, type Passing, type TrackedEnd } from '../track/index.ts';

export class Counts {
  /** segmentsSent. */
  segments = 0;
  /** Segments with text, and the octets of text in all of them, sent again or not. */
  textSegments = 0;
  wireOctets = 0;
  /** Segments sent again, probes not counted, by what made it so. Together: retransmissions. */
  timeouts = 0;
  fast = 0;
  followUps = 0;
  needless = 0;
  syns = 0;
  retransmittedOctets = 0;
  /** Segments that were overtaken on their way here. */
  outOfOrder = 0;
  /** probesSent. */
  probes = 0;
  keepalives = 0;
  /** windowUpdatesSent. */
  windowUpdates = 0;
  duplicateAcks = 0;
  /** dsacksSent. */
  dsacks = 0;
  /** Segments that say a window of zero, SYN and RST apart. */
  zeroWindowSegments = 0;
  resets = 0;
  fins = 0;
  /** Windows of the peer that came alone and were taken: windowUpdatesReceived. */
  windowUpdatesTaken = 0;
  /** When its first text passed, and when its latest was acknowledged; -1: never. */
  firstTextAt = -1;
  lastTextAt = -1;

  take({ seg }: Passing, what: Observation): void {
    this.segments++;
    if (what.text > 0) this.#text(what);
    if (what.cause !== 'none') this.#again(what);
    if (what.hasDsack) this.dsacks++;
    if ((seg.flags & FIN) !== 0) this.fins++;
    if (seg.wnd === 0 && (seg.flags & (RST | ACK | SYN)) === ACK) this.zeroWindowSegments++;
    switch (what.kind) {
      case 'out-of-order':
        this.outOfOrder++;
        return;
      case 'probe':
        this.probes++;
        return;
      case 'keepalive':
        this.keepalives++;
        return;
      case 'window-update':
        this.windowUpdates++;
        return;
      case 'duplicate-ack':
        this.duplicateAcks++;
        return;
      case 'reset':
        this.resets++;
        return;
      default:
    }
  }

  get retransmissions(): number {
    return this.timeouts + this.fast + this.followUps + this.needless + this.syns;
  }

  #text({ text, kind, now }: Observation): void {
    this.textSegments++;
    this.wireOctets += text;
    if (kind === 'retransmission') this.retransmittedOctets += text;
    if (this.firstTextAt < 0) this.firstTextAt = now;
    this.lastTextAt = now;
  }

  #again({ cause }: Observation): void {
    switch (cause) {
      case 'timeout':
        this.timeouts++;
        return;
      case 'fast':
        this.fast++;
        return;
      case 'follow-up':
        this.followUps++;
        return;
      case 'needless':
        this.needless++;
        return;
      case 'syn':
        this.syns++;
        return;
      case 'none':
    }
  }
}

/** How long the end sent octets for: from its first text to the last acknowledgment of any, ns. */
export function sendingSpan(counts: Counts, end: TrackedEnd): number {
  return counts.firstTextAt < 0 ? 0 : Math.max(0, Math.max(counts.lastTextAt, end.progressAt) - counts.firstTextAt);
}
