// Windows other than the standard one: three that show what the rules are for, and one that grows as Linux's does.
import { type Duration, type Instant, NEVER } from '../time.ts';
import { type WindowFacts, type WindowPolicy } from './policy.ts';

/** All the room there is, octet by octet, and every octet is news: the receiver's half of silly window syndrome (RFC 813). */
export const NAIVE: WindowPolicy = {
  name: 'naive',
  breaks: ['MUST-39'],
  offer: ({ room }) => room,
  announces: (_it, moves) => moves > 0,
};

/** Counts what is unread twice, so that its right edge moves left while octets come in and nobody reads (RFC 9293 §3.8.6). */
export const SHRINKING: WindowPolicy = {
  name: 'shrinking',
  breaks: ['SHLD-14', 'MUST-39'],
  offer: ({ room, unread }) => Math.max(0, room - unread),
};

/** Always offers the whole buffer, full or not: what it has no room for is thrown away, and must be sent again. */
export const GREEDY: WindowPolicy = {
  name: 'greedy',
  breaks: ['RCV.BUFF', 'MUST-39'],
  offer: ({ capacity }) => capacity,
};

/** What is offered before anything is known: Linux's half of tcp_rmem[1], 131072 octets. */
const FIRST = 65_536;

/**
 * Receive-buffer autotuning in the manner of Linux (tcp_rcv_space_adjust, "dynamic right-sizing"): in each round trip the
 * octets that the application took are counted; if they are more than ever before, the window becomes twice as many, with
 * some segments on top, so that a sender in slow start, who doubles too, is never held. RCV.BUFF is the cap. The round-trip
 * time is that of the handshake, or how long a window's worth takes to come, whichever is less.
 */
export class Autotuned implements WindowPolicy {
  readonly name = 'autotuned';
  /** What is offered when nothing is unread. */
  #target = FIRST;
  /** The most octets that were read in a round trip. */
  #space = 0;
  #rtt: Duration = NEVER;
  /** When the round trip that is measured now began, and how many octets received end it. */
  #rttSince: Instant = NEVER;
  #rttUntil = 0;
  /** When the round trip whose octets are counted now began, and what had been read by then. */
  #since: Instant = NEVER;
  #readBefore = 0;

  offer(it: WindowFacts): number {
    this.#measure(it);
    this.#count(it);
    const least = Math.min(it.promised, it.room);
    const wide = Math.min(it.room, this.#target - it.unread);
    // Silly-window avoidance (MUST-39): the edge stays until a segment, or half of the window, is gained. The window is never
    // more than the buffer, which may be less than a segment; and a promise that the header's units hide is as good as none.
    const gain = whole(wide, it.unit) - whole(least, it.unit);
    return gain >= Math.min(it.mss, this.#target / 2, it.capacity / 2) ? wide : least;
  }

  #measure(it: WindowFacts): void {
    if (this.#rttSince !== NEVER && it.received < this.#rttUntil) return;
    // The least: what a window takes at the sender's own pace is no round trip.
    this.#rtt = Math.min(this.#rtt, it.srtt);
    if (this.#rttSince !== NEVER) this.#rtt = Math.min(this.#rtt, it.now - this.#rttSince);
    this.#rttSince = it.now;
    this.#rttUntil = it.received + Math.max(it.promised, it.mss);
  }

  #count(it: WindowFacts): void {
    if (this.#since === NEVER) this.#since = it.now;
    if (this.#rtt === NEVER || it.now - this.#since < this.#rtt) return;
    const copied = it.read - this.#readBefore;
    if (this.#space === 0) this.#space = 10 * it.mss; // the sender's initial window
    if (copied > this.#space) {
      const twice = 2 * copied + 16 * it.mss;
      // A wider window is filled a round trip after it was offered: by then a sender in slow start has doubled again.
      const ahead = Math.floor((twice * (copied - this.#space)) / this.#space) * 2;
      this.#target = Math.min(it.capacity, Math.max(this.#target, twice + ahead));
      this.#space = copied;
    }
    this.#since = it.now;
    this.#readBefore = it.read;
  }
}

/** Octets that the header can say: whole units of them. */
function whole(octets: number, unit: number): number {
  return octets - (octets % unit);
}
