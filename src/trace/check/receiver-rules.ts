// Rules for an end that receives octets: what it offers (RFC 9293 §3.8.6), when it acknowledges (§3.8.6.3, RFC 5681 §4.2), and
// what it says in SACK blocks (RFC 2018, RFC 2883).
import { ABSENT, MILLISECOND, type Seq, seqAdd, seqDiff, seqMax } from '../../tcp/index.ts';
import { isDsack, UNKNOWN, type TrackedEnd } from '../track/index.ts';
import { Judge, type Rule, type Seen } from './rule.ts';

/** Its window counts: it is not a reset, and no SYN. */
function offers({ what }: Seen): boolean {
  return what.window >= 0 && what.hadAck && what.kind !== 'reset' && what.kind !== 'handshake' && what.advance >= 0;
}

/** The unit in which it says windows, octets. */
function unitOf(me: TrackedEnd): number {
  return me.windShift === UNKNOWN ? 1 : 2 ** me.windShift;
}

/** Octets of options in every segment: Eff.snd.MSS is without them (RFC 9293 §3.7.1). */
function inEvery({ tsVal }: TrackedEnd): number {
  return tsVal === ABSENT ? 0 : 12;
}

class EdgeStays extends Judge {
  override sent(seen: Seen): void {
    const { me, what, packet, track } = seen;
    if (!offers(seen)) return;
    if (me.windShift === UNKNOWN) return this.wonder('the scale of the windows is not known without the handshake');
    this.tried++;
    const left = seqDiff(what.promisedBefore, seqAdd(packet.seg.ack, what.window));
    if (left < unitOf(me)) return;
    // Elsewhere two that acknowledge the same may have changed places on their way; one that acknowledges more is later.
    if (what.advance > 0 || track.vantage.isNear(packet.side)) {
      this.fail(seen, `the right edge lies ${left} octets left of one offered before`);
    } else {
      this.wonder('the edge moved left in segments that may have changed places on their way');
    }
  }
}

class ReceiverSillyWindow extends Judge {
  #widest = 0;

  override sent(seen: Seen): void {
    const { me, peer, what, packet } = seen;
    if (me.windShift === UNKNOWN) return;
    const { window } = what;
    if (offers(seen) && me.finEnd === undefined && peer.finEnd === undefined) {
      const unit = unitOf(me);
      const gain = seqDiff(seqAdd(packet.seg.ack, window), what.promisedBefore);
      const least = Math.min(this.#widest / 2, peer.largest, (peer.mss === ABSENT ? 536 : peer.mss) - inEvery(peer));
      if (gain > 0) this.tried++;
      // Small steps of a wide window make nobody send small segments; those of a narrow one do. Where it stays shut, a
      // probe's octet was taken.
      if (gain >= unit && gain < least - unit && window > 0 && window < least) {
        this.fail(
          seen,
          `the edge moves by ${gain}, to a window of ${window}: less than a segment, and less than half of ${this.#widest}`,
        );
      }
    }
    if (what.kind !== 'reset' && window > this.#widest) this.#widest = window;
  }
}

/** Elsewhere than in a recording, an acknowledgment may have been on its way before what came was looked at. */
const ON_ITS_WAY = 10 * MILLISECOND;

/** What it has offered room for it takes. */
class KeepsRoom extends Judge {
  #arrivedAt = -1;
  /** Where what came in order and within the window ends. */
  #next: Seq | undefined = undefined;

  override heard({ me, peer, what, packet }: Seen): void {
    if (what.text === 0 || what.kind === 'probe' || !me.hasAck || me.windShift === UNKNOWN) return;
    const next = this.#next === undefined ? me.rcvNxt : seqMax(this.#next, me.rcvNxt);
    const end = seqAdd(packet.seg.seq, what.text);
    if (seqDiff(packet.seg.seq, next) > 0 || seqDiff(end, next) <= 0) return;
    const isTaken = seqDiff(peer.whole, end) >= 0 && seqDiff(end, me.promised) <= 0;
    if (!isTaken) return;
    this.#next = end;
    if (this.#arrivedAt < 0) this.#arrivedAt = what.now;
  }

  override sent(seen: Seen): void {
    const { me, what, isOwn } = seen;
    if (this.#arrivedAt < 0 || what.window < 0 || what.kind === 'handshake') return;
    const left = seqDiff(this.#next!, me.rcvNxt);
    if (left > 0 && !isOwn && what.now - this.#arrivedAt < ON_ITS_WAY) return;
    this.tried++;
    this.#arrivedAt = -1;
    const isClosed = what.kind === 'reset' || me.finEnd !== undefined;
    if (left > 0 && !isClosed) {
      this.fail(seen, `it does not acknowledge ${left} octets that came in order and within the window it had offered`);
    }
  }
}

/** A receiver has its own bound for the gaps it remembers. */
const FEW = 4;

/** What came beyond a gap is kept until the gap is filled. */
class KeepsBeyondGap extends Judge {
  /** The first of what lies beyond the gap, before the packet at hand. */
  #start: Seq | undefined = undefined;
  #end: Seq | undefined = undefined;
  /** The gap was filled: what must be acknowledged now. */
  #dueAt = -1;
  #due: Seq | undefined = undefined;
  #filled: Seq | undefined = undefined;
  #isTooMany = false;

  override heard({ me, peer, what, packet }: Seen): void {
    const { islands } = peer;
    const [start, end] = [this.#start, this.#end];
    this.#isTooMany ||= islands.count > FEW;
    const isKept = !islands.isEmpty && me.hasAck && seqDiff(islands.end(0), me.promised) <= 0;
    this.#start = isKept ? islands.start(0) : undefined;
    this.#end = isKept ? islands.end(0) : undefined;
    if (islands.isEmpty) {
      if (this.#isTooMany) this.#dueAt = -1;
      const fills = start !== undefined && what.text > 0 && seqDiff(packet.seg.seq, me.rcvNxt) <= 0;
      if (fills && !this.#isTooMany && seqDiff(peer.whole, end!) >= 0 && this.#dueAt < 0) {
        this.#dueAt = what.now;
        this.#due = end;
        this.#filled = start;
      }
      this.#isTooMany = false;
    }
  }

  override sent(seen: Seen): void {
    const { me, what, isOwn } = seen;
    if (this.#dueAt < 0 || what.window < 0 || what.kind === 'handshake') return;
    if (seqDiff(this.#filled!, me.rcvNxt) > 0) return; // the filling itself was not looked at yet, or not taken
    const left = seqDiff(this.#due!, me.rcvNxt);
    if (left > 0 && !isOwn && what.now - this.#dueAt < ON_ITS_WAY) return;
    this.#dueAt = -1;
    this.tried++;
    if (left > 1 && me.finEnd === undefined)
      this.fail(
        seen,
        `${left} octets that came beyond a gap were thrown away: the gap is filled, and they are not acknowledged`,
      );
  }
}

/** RFC 9293 §3.8.6.3: under 0.5 s. */
const LONGEST_DELAY = 500 * MILLISECOND;

class DelayedAck extends Judge {
  #arrivedAt = -1;

  override heard(seen: Seen): void {
    const { me, peer, what } = seen;
    this.#look(seen);
    if (what.length === 0 || what.kind === 'probe' || what.kind === 'reset' || what.kind === 'handshake') return;
    if (this.#arrivedAt < 0 && me.hasAck && seqDiff(peer.whole, me.rcvNxt) > 0) this.#arrivedAt = what.now;
  }

  override sent(seen: Seen): void {
    this.#look(seen);
    if (this.#arrivedAt >= 0) this.tried++;
    this.#arrivedAt = -1;
  }

  override ends(seen: Seen): void {
    this.#look(seen);
  }

  #look(seen: Seen): void {
    const { me, peer, what, track } = seen;
    if (this.#arrivedAt < 0 || me.hasReset || peer.hasReset) return;
    const side = track.ends[0] === me ? 0 : 1;
    const late = what.now - this.#arrivedAt;
    if (track.hasEnded[side] || late < LONGEST_DELAY) return;
    this.#arrivedAt = -1;
    this.tried++;
    this.fail(seen, `octets in order have waited ${Math.round(late / MILLISECOND)} ms for an acknowledgment`);
  }
}

class EverySecond extends Judge {
  /** Octets that wait for an acknowledgment, and since when there are two segments of them. */
  #dueAt = -1;

  override heard(seen: Seen): void {
    const { me, peer, what, isOwn } = seen;
    if (what.text === 0 || !me.hasAck || what.kind === 'probe' || !peer.islands.isEmpty) return;
    if (this.#dueAt >= 0 && what.now > this.#dueAt) {
      this.#dueAt = -1;
      if (isOwn) this.fail(seen, 'more text comes, and two full segments are not acknowledged yet');
      else
        this.wonder(
          'some acknowledgments cover more than two segments: a receiver may merge those that come together (GRO)',
        );
    }
    const full = Math.max(peer.largest, peer.mss === ABSENT ? 536 : peer.mss, me.mss);
    const waiting = seqDiff(peer.whole, me.rcvNxt);
    if (waiting >= 2 * full && this.#dueAt < 0) {
      this.#dueAt = what.now;
      this.tried++;
    }
  }

  override sent({ what }: Seen): void {
    if (what.window >= 0) this.#dueAt = -1;
  }
}

/** RFC 5681 §4.2: at once. Some stacks gather a few within a millisecond. */
const AT_ONCE = 50 * MILLISECOND;

class DuplicateAckAtOnce extends Judge {
  #gapAt = -1;

  override heard(seen: Seen): void {
    const { me, peer, what } = seen;
    this.#look(seen);
    if (what.text === 0 || !me.hasAck || peer.islands.isEmpty || what.kind === 'probe') return;
    if (seqDiff(what.end, me.promised) > 0 || seqDiff(what.end, peer.whole) <= 0) return;
    if (me.rcvWnd === 0) return; // what looks like a gap may be the octet of a probe, which may have been taken
    this.tried++;
    if (this.#gapAt < 0) this.#gapAt = what.now;
  }

  override sent({ what }: Seen): void {
    if (what.window >= 0 || what.kind === 'reset') this.#gapAt = -1;
  }

  override ends(seen: Seen): void {
    this.#look(seen);
  }

  #look(seen: Seen): void {
    const { what, me, track } = seen;
    const side = track.ends[0] === me ? 0 : 1;
    if (this.#gapAt < 0 || what.now - this.#gapAt < AT_ONCE || me.hasReset || track.hasEnded[side]) return;
    this.#gapAt = -1;
    this.fail(seen, 'text beyond a gap is not answered at once');
  }
}

class SackBlocks extends Judge {
  override sent(seen: Seen): void {
    const { me, peer, packet } = seen;
    const { sacks, sackCount, ack } = packet.seg;
    if (sackCount === 0 || !peer.hasWindow) return;
    this.tried++;
    if (peer.hasSyn && !peer.sackPermitted) this.fail(seen, 'SACK blocks, and the peer never said that it wants them');
    if (me.missed + peer.missed > 0) return this.wonder('the capture missed packets');
    for (let i = isDsack(sacks, sackCount, ack) ? 1 : 0; i < sackCount; i++) {
      const [start, end] = [sacks[2 * i]!, sacks[2 * i + 1]!];
      if (seqDiff(end, start) <= 0) this.fail(seen, 'a SACK block that ends before it begins');
      else if (seqDiff(start, ack) <= 0)
        this.fail(seen, 'a SACK block of what is acknowledged, and not the first: no D-SACK');
      else if (seqDiff(end, peer.max) > 0) this.fail(seen, 'a SACK block of octets that were never sent');
    }
  }
}

class AckForward extends Judge {
  override sent(seen: Seen): void {
    const { what, packet } = seen;
    if (!what.hadAck || what.window < 0) return;
    this.tried++;
    if (what.advance >= 0) return;
    this.fail(seen, `it acknowledges ${-what.advance} octets less than before (SEG.ACK ${packet.seg.ack})`);
  }
}

export const RECEIVER_RULES: readonly Rule[] = [
  {
    id: 'SHLD-14',
    clause: 'RFC 9293 §3.8.6, RFC 7323 §2.4',
    what: 'the right edge of the window never moves left, but for what the scale rounds off',
    where: 'anywhere',
    make: () => new EdgeStays(),
  },
  {
    id: 'MUST-39',
    clause: 'RFC 9293 §3.8.6.2.2',
    what: 'a narrow window opens by a segment or half the buffer at a time, and not in slivers',
    where: 'anywhere',
    make: () => new ReceiverSillyWindow(),
  },
  {
    id: 'RCV.BUFF',
    clause: 'RFC 9293 §3.8.6',
    what: 'what was offered room is taken: octets in order and within the window are acknowledged',
    where: 'at-the-end',
    make: () => new KeepsRoom(),
  },
  {
    id: 'SHLD-31',
    clause: 'RFC 9293 §3.10.7.4',
    what: 'what comes beyond a gap is kept until the gap is filled',
    where: 'at-the-end',
    make: () => new KeepsBeyondGap(),
  },
  {
    id: 'MUST-40',
    clause: 'RFC 9293 §3.8.6.3',
    what: 'an acknowledgment is delayed by less than half a second',
    where: 'at-the-end',
    make: () => new DelayedAck(),
  },
  {
    id: 'SHLD-19',
    clause: 'RFC 9293 §3.8.6.3',
    what: 'at least every second full-sized segment is acknowledged',
    where: 'at-the-end',
    make: () => new EverySecond(),
  },
  {
    id: 'duplicate-ack',
    clause: 'RFC 5681 §4.2',
    what: 'text beyond a gap is answered at once by a duplicate acknowledgment',
    where: 'at-the-end',
    make: () => new DuplicateAckAtOnce(),
  },
  {
    id: 'sack-blocks',
    clause: 'RFC 2018 §3 and §4, RFC 2883 §4',
    what: 'SACK blocks tell of octets sent and not acknowledged; the first alone may tell of what came twice',
    where: 'anywhere',
    make: () => new SackBlocks(),
  },
  {
    id: 'ack-forward',
    clause: 'RFC 9293 §3.4',
    what: 'the acknowledgment field never goes back',
    where: 'at-the-end',
    make: () => new AckForward(),
  },
];
