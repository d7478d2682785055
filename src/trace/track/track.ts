// What a capture shows of one connection: both ends under RFC names, what each packet was, where the capture was taken, and
// who limited whom. Fed packet by packet, in the order of the file; memory is bounded; without the handshake it still works,
// with windows in the header's own units. What it cannot see: packets that the capture missed count as sent and lost.
import {
  ABSENT,
  ACK,
  FIN,
  MAX_WINDOW_SCALE,
  NO_SEQ,
  RST,
  type Segment,
  type Seq,
  seqAdd,
  seqDiff,
  seqMax,
  SYN,
} from '../../tcp/index.ts';
import { notesTimestamp, takesAck } from './accept.ts';
import { Chronograph } from './chronograph.ts';
import { TrackedEnd, UNKNOWN } from './end.ts';
import { kindOfEmpty, kindOfText } from './kind.ts';
import { Observation, type Passing, type Side } from './passing.ts';
import { Vantage } from './vantage.ts';

export class Track {
  readonly ends: readonly [TrackedEnd, TrackedEnd] = [new TrackedEnd(), new TrackedEnd()];
  readonly vantage = new Vantage();
  /** Who limits the octets that end 0 sends, and end 1: inferred from packets alone. */
  readonly limits: readonly [Chronograph, Chronograph];
  /** What the packet taken last was. */
  readonly what = new Observation();
  readonly beganAt: number;
  packets = 0;
  /** When the last packet passed. */
  now: number;
  /** The clock of the capture stepped back so often. */
  clockSteps = 0;
  /** Both ends have sent something other than a SYN. */
  isEstablished = false;
  /** A life that the recording says has ended: what comes after moves nothing. */
  readonly hasEnded: [boolean, boolean] = [false, false];
  /** The end at which the capture was taken does not refuse the packet at hand. */
  #isTaken = true;
  /** Where it begins for SND.WL1: what its receiver had already is trimmed off first (RFC 9293 §3.10.7.4, first). */
  #begins: Seq = NO_SEQ;

  /** @param now when the first packet, or the recording before it, began */
  constructor(now: number) {
    this.beganAt = now;
    this.now = now;
    this.limits = [new Chronograph(now), new Chronograph(now)];
  }

  /** Both SYNs were seen: the scale of the windows is known, and where sequence numbers begin. */
  get hasHandshake(): boolean {
    return this.ends[0].hasSyn && this.ends[1].hasSyn;
  }

  take(packet: Passing): Observation {
    const { what } = this;
    this.packets++;
    if (packet.atNs < this.now) this.clockSteps++;
    else this.now = packet.atNs;
    if (packet.direction !== 'unknown') this.vantage.direction(packet.side, packet.direction);
    const me = this.ends[packet.side];
    const peer = this.ends[packet.side === 0 ? 1 : 0];
    this.#clear(packet, me);
    this.#begin(packet, me);
    if (packet.seg.has(RST)) this.#reset(me);
    else if (packet.seg.has(SYN)) this.#handshake(packet, me, peer);
    else this.#synchronized(packet, me, peer);
    return what;
  }

  /** The life of the end at which a recording was made is over (TIME-WAIT or CLOSED). */
  ended(side: Side, now: number): void {
    this.hasEnded[side] = true;
    this.ends[side].zeroWindow.end(now);
    this.ends[side].offeredZero.end(now);
  }

  #clear({ seg, lengthOctets }: Passing, me: TrackedEnd): void {
    const { what } = this;
    what.kind = 'ack';
    what.cause = 'none';
    what.now = this.now;
    what.text = lengthOctets;
    what.length = lengthOctets + (seg.flags & FIN) + ((seg.flags & SYN) >> 1);
    what.end = seqAdd(seg.seq, what.length);
    what.fresh = 0;
    what.seenBefore = 0;
    what.leavesGap = false;
    what.window = -1;
    what.advance = 0;
    what.hadAck = me.hasAck;
    what.windowBefore = me.hasAck ? me.rcvWnd : -1;
    what.edgeBefore = me.edge;
    what.promisedBefore = me.promised;
    what.waitNs = -1;
    what.changedWindow = false;
    what.rttNs = -1;
    what.flightBefore = me.flight;
    what.wndBefore = me.wnd;
    what.hasDsack = false;
  }

  #begin({ seg }: Passing, me: TrackedEnd): void {
    if (seg.has(SYN) && !(me.hasSyn && me.iss === seg.seq)) me.begin(seg.seq, true);
    else if (!me.isPlaced && !seg.has(RST)) me.begin(seg.seq, false);
    me.isSeen = true;
    if (seg.tsVal !== ABSENT) {
      me.tsVal = seg.tsVal;
      me.tsEcr = seg.tsEcr;
    }
  }

  #reset(me: TrackedEnd): void {
    this.what.kind = 'reset';
    me.hasReset = true;
  }

  #handshake(packet: Passing, me: TrackedEnd, peer: TrackedEnd): void {
    const { what } = this;
    const { seg, side } = packet;
    what.kind = 'handshake';
    if (seqDiff(what.end, me.nxt) > 0) {
      what.fresh = what.length;
      me.rtt.sent(what.end, this.now);
    } else {
      what.cause = 'syn';
      what.seenBefore = what.length;
      me.rtt.sentAgain(me.nxt);
    }
    me.advance(what.end);
    me.passes(seg.seq, what.end);
    me.mss = seg.mss;
    me.offeredShift = seg.windowScale;
    me.sackPermitted = seg.sackPermitted;
    me.offersTimestamps = seg.tsVal !== ABSENT;
    me.synWindow = seg.wnd;
    this.#agree(seg, me, peer);
    if (seg.has(ACK)) this.vantage.synAck(this.now, what.fresh === 0);
    else this.vantage.syn(this.now, what.fresh === 0);
    this.#takeAck(packet, me, peer, seg.wnd);
    this.limits[side].sent(me.nxt, false, false, 1, this.now);
  }

  /** RFC 7323 §2.2: windows are scaled if both SYNs say so. */
  #agree(seg: Segment, me: TrackedEnd, peer: TrackedEnd): void {
    if (me.hasSyn && peer.hasSyn) {
      const isScaled = me.offeredShift !== ABSENT && peer.offeredShift !== ABSENT;
      me.windShift = isScaled ? Math.min(MAX_WINDOW_SCALE, me.offeredShift) : 0;
      peer.windShift = isScaled ? Math.min(MAX_WINDOW_SCALE, peer.offeredShift) : 0;
      return;
    }
    if (me.offeredShift === ABSENT) {
      me.windShift = 0;
      peer.windShift = 0;
    } else if (seg.has(ACK)) {
      me.windShift = Math.min(MAX_WINDOW_SCALE, me.offeredShift); // a SYN-ACK scales only if the SYN did
    }
  }

  #synchronized(packet: Passing, me: TrackedEnd, peer: TrackedEnd): void {
    const { what, now } = this;
    const { seg, side } = packet;
    const window = me.windShift === UNKNOWN ? seg.wnd : seg.wnd * 2 ** me.windShift;
    const other: Side = side === 0 ? 1 : 0;
    this.#isTaken = !this.vantage.isNear(other) || takesAck(peer, me, seg, what.length);
    this.#begins = this.#beginsAt(packet, me);
    if (what.length > 0) {
      this.#octetsPass(packet, me, peer);
    } else {
      what.kind = kindOfEmpty(packet, what, me, peer, window, this.vantage);
    }
    if (what.kind === 'probe' || what.kind === 'keepalive') me.rtt.sentAgain(me.nxt);
    if (!this.isEstablished && me.hasSyn && seg.has(ACK) && !me.hasAck) this.vantage.established(now);
    this.#takeAck(packet, me, peer, window);
    this.isEstablished ||= seg.has(ACK);
    if (this.isEstablished) {
      this.limits[0].established(now);
      this.limits[1].established(now);
    }
    if (what.kind === 'probe') this.limits[side].asked(now);
  }

  /** Where it begins to its receiver, if the capture was taken there: what it has already is trimmed off. */
  #beginsAt({ seg, side }: Passing, me: TrackedEnd): Seq {
    const isTrimmed = seqDiff(seg.seq, me.whole) < 0 && seqDiff(this.what.end, me.whole) > 0;
    return isTrimmed && this.vantage.isNear(side === 0 ? 1 : 0) ? me.whole : seg.seq;
  }

  /** Octets that were sent before: a recovery begins or goes on; a timeout begins it anew (RFC 6582 §4). */
  #again(seg: Segment, me: TrackedEnd): void {
    const { what, now } = this;
    const { oldestAt } = me.rtt;
    if (oldestAt >= 0) what.waitNs = now - Math.max(oldestAt, me.progressAt);
    if (!me.isRecovering || what.cause === 'timeout') {
      me.isRecovering = true;
      me.hasAgain = false;
      me.recoveryPoint = seqMax(me.nxt, what.end);
    }
    me.rtt.sentAgain(me.nxt);
    if (seg.seq !== me.una) return;
    me.hasAgain = true;
    me.againAt = seg.seq;
  }

  #octetsPass(packet: Passing, me: TrackedEnd, peer: TrackedEnd): void {
    const { what } = this;
    what.kind = kindOfText(packet, what, me, peer, this.vantage);
    if (what.kind === 'probe' || what.kind === 'keepalive') this.#asks(packet.seg, me);
    else this.#textPasses(packet, me, peer);
  }

  /** A probe's octet moves SND.MAX alone. */
  #asks(seg: Segment, me: TrackedEnd): void {
    const { end } = this.what;
    if (seqDiff(end, me.max) > 0) me.max = end;
    if (seg.has(FIN) && seqDiff(end, me.nxt) > 0) me.hasProbeFin = true;
  }

  #textPasses({ seg, side }: Passing, me: TrackedEnd, peer: TrackedEnd): void {
    const { what, now } = this;
    what.leavesGap = seqDiff(seg.seq, me.nxt) > 0;
    if (what.leavesGap) me.gapAt = now;
    if (this.#isTaken) what.seenBefore = me.passes(seg.seq, what.end);
    const isAgain = what.kind === 'retransmission';
    if (isAgain) this.#again(seg, me);
    if (what.fresh > 0) {
      // Karn's rule: what begins with a probe's octet was sent before.
      if (!isAgain && me.max === me.nxt) me.rtt.sent(what.end, now);
      me.advance(what.end);
      // While the window is shut as seen here, this was sent before its sender knew.
      if (me.wnd > 0) me.isShut = false;
    }
    me.sentAt = now;
    if (what.text > me.largest) me.largest = what.text;
    if (seg.has(FIN)) me.finEnd = what.end;
    this.limits[side].sent(me.nxt, isAgain, me.finEnd !== undefined, me.segmentSize(peer), now);
  }

  /** What the segment says of what it received: `me` is the receiver, `peer` the sender. */
  #takeAck({ seg, side }: Passing, me: TrackedEnd, peer: TrackedEnd, window: number): void {
    if (!seg.has(ACK)) return;
    const { what, now } = this;
    const other: Side = side === 0 ? 1 : 0;
    what.window = window;
    what.advance = me.hasAck ? seqDiff(seg.ack, me.rcvNxt) : 0;
    if (!peer.isPlaced) peer.begin(seg.ack, false);
    if (this.vantage.isNear(other)) {
      const counts = seg.has(SYN) ? takesAck(peer, me, seg, what.length) : this.#isTaken;
      if (counts && notesTimestamp(peer, me, seg, what)) me.tsRecent = seg.tsVal;
      if (!counts) return;
    }
    this.#says(seg, me, window);
    this.#hears(seg, me, peer, window, other);
    if (this.hasEnded[other]) peer.zeroWindow.end(now);
  }

  #says(seg: Segment, me: TrackedEnd, window: number): void {
    const { what, now } = this;
    const edge = seqAdd(seg.ack, window);
    if (me.hasAck && what.advance < 0) return; // overtaken on its way here by a later one
    me.promised = me.hasAck ? seqMax(me.promised, edge) : edge;
    me.hasAck = true;
    me.rcvNxt = seg.ack;
    me.rcvWnd = window;
    me.edge = edge;
    const isOld = what.kind === 'retransmission' || what.kind === 'probe' || what.kind === 'keepalive';
    if (isOld) return;
    me.lastAck = seg.ack;
    if (seg.has(SYN)) return;
    if (window === 0) me.offeredZero.begin(now);
    else me.offeredZero.end(now);
  }

  #hears(seg: Segment, me: TrackedEnd, peer: TrackedEnd, window: number, other: Side): void {
    const { what, now } = this;
    const before = peer.wnd;
    const isFirst = !peer.hasWindow;
    if (isFirst) peer.firstAcknowledged(seg.ack);
    const edge = peer.sendEdge;
    const count = peer.acknowledged(seg.ack, now);
    if (count > 0) what.rttNs = peer.rtt.acknowledged(seg.ack, now);
    if (isFirst || seg.ack === peer.una) {
      const isTaken = this.#takeWindow(seg, peer, window, isFirst);
      what.changedWindow = isTaken && !isFirst && count <= 0 && this.#isBare(me, peer) && peer.sendEdge !== edge;
    }
    if (what.kind === 'duplicate-ack') peer.dupAcks++;
    if (seg.sackCount > 0) this.#sacks(seg, peer);
    if (isFirst || peer.wnd !== before) this.#windowMoved(peer);
    this.limits[other].acknowledged(peer.una, peer.sendEdge, this.vantage.trip(other), now);
  }

  /** RFC 9293 §3.10.7.4, fifth: SND.WL1 and SND.WL2 keep a segment that was overtaken from bringing back its window. */
  #takeWindow(seg: Segment, peer: TrackedEnd, window: number, isFirst: boolean): boolean {
    const promise = seqAdd(seg.ack, window);
    peer.furthestEdge = isFirst ? promise : seqMax(peer.furthestEdge, promise);
    const begins = seg.has(SYN) ? seg.seq : this.#begins;
    const since = seqDiff(begins, peer.wl1);
    if (!isFirst && (since < 0 || (since === 0 && seqDiff(seg.ack, peer.wl2) < 0))) return false;
    peer.wnd = window;
    peer.wl1 = begins;
    peer.wl2 = seg.ack;
    peer.maxWnd = Math.max(peer.maxWnd, window);
    return true;
  }

  /** It brings nothing that is new to its receiver: no octets, or old ones, or those for which there is no room. */
  #isBare(me: TrackedEnd, peer: TrackedEnd): boolean {
    const { length, end, kind } = this.what;
    if (length === 0 || seqDiff(end, peer.rcvNxt) <= 0) return true;
    return kind === 'probe' && peer.hasAck && seqDiff(peer.promised, me.whole) <= 0;
  }

  #windowMoved(peer: TrackedEnd): void {
    if (peer.wnd === 0) {
      peer.zeroWindow.begin(this.now);
      peer.isShut = true;
    } else {
      peer.zeroWindow.end(this.now);
    }
  }

  /** RFC 2018 §4. */
  #sacks({ sacks, sackCount, ack }: Segment, peer: TrackedEnd): void {
    this.what.hasDsack = isDsack(sacks, sackCount, ack);
    for (let i = this.what.hasDsack ? 1 : 0; i < sackCount; i++) {
      const [from, to] = [sacks[2 * i]!, sacks[2 * i + 1]!];
      if (seqDiff(from, peer.una) >= 0 && seqDiff(to, from) > 0 && seqDiff(to, peer.max) <= 0)
        peer.sacked.add(from, to);
    }
  }
}

/** RFC 2883 §4: a first block left of SEG.ACK, or within the second. */
export function isDsack(sacks: readonly Seq[], count: number, ack: Seq): boolean {
  if (count === 0) return false;
  const [start, end] = [sacks[0]!, sacks[1]!];
  if (seqDiff(start, ack) < 0) return true;
  return count > 1 && seqDiff(start, sacks[2]!) >= 0 && seqDiff(end, sacks[3]!) <= 0;
}
