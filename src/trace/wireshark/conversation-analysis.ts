// Wireshark's verdict on each packet of one conversation: the conditions in its order, and what it remembers after each
// (4.0.17, dissect_tcp() and tcp_analyze_sequence_number() in epan/dissectors/packet-tcp.c). Wireshark's preferences are taken
// as they are set from the beginning. Not done: multipath TCP, where Wireshark lets some duplicate ACKs pass.
import { ABSENT, ACK, FIN, PSH, RST, seqAdd, seqDiff, seqLt, type Segment, SYN } from '../../tcp/index.ts';
import { type CapturedPacket } from '../capture/index.ts';
import * as when from './conditions.ts';
import { Arrival, Flow, NEUTRALIZED, NONE } from './flow.ts';
import { type Budget } from './unacked-segments.ts';
import {
  ACK_LOST_SEGMENT,
  COMPLETENESS,
  DUPLICATE_ACK,
  FAST_RETRANSMISSION,
  KEEP_ALIVE,
  KEEP_ALIVE_ACK,
  LOST_SEGMENT,
  OUT_OF_ORDER,
  RETRANSMISSION,
  REUSED_PORTS,
  SCALE_UNKNOWN,
  SCALE_UNUSED,
  SPURIOUS_RETRANSMISSION,
  type Verdict,
  WINDOW_FULL,
  WINDOW_UPDATE,
  ZERO_WINDOW,
  ZERO_WINDOW_PROBE,
  ZERO_WINDOW_PROBE_ACK,
} from './verdict.ts';

/** What Wireshark takes for an impossible number of bytes in flight, and does not show. */
const TOO_MUCH = 2_000_000_000;
/** The largest shift (RFC 7323 §2.3). */
const MAX_SHIFT = 14;
/** Of a SACK option's blocks Wireshark remembers the first three. */
const BLOCKS_REMEMBERED = 3;

export class ConversationAnalysis {
  /** What was seen of it so far: a sum of COMPLETENESS. */
  completeness = 0;
  /** 0 as long as it is not known. */
  initialRttNs = -0;
  readonly #flows: readonly [Flow, Flow];
  readonly #p = new Arrival();
  /** When the last SYN was seen, if one was. */
  #synAt = -0;
  #isSynSeen = false;
  #isNew = true;
  /** Wireshark has something to say, be it nothing but the initial round-trip time. */
  #isTold = false;

  constructor(budget: Budget) {
    this.#flows = [new Flow(budget), new Flow(budget)];
  }

  release(): void {
    for (const flow of this.#flows) flow.unacked.release();
  }

  /** Packets must come in the order of the file. */
  judge(packet: CapturedPacket, verdict: Verdict): void {
    const { seg, side, lengthOctets } = packet;
    const fwd = this.#flows[side];
    const rev = this.#flows[1 - side]!;
    const p = this.#p;
    p.take(seg.seq, seg.ack, lengthOctets, seg.wnd, seg.flags, packet.number, packet.stampNs);
    verdict.clear();
    this.#isTold = false;

    this.#open(packet, fwd, verdict);
    verdict.completeness = this.completeness;
    this.#base(p, fwd, rev);
    this.#analyze(p, fwd, rev, verdict);
    this.#measure(p, fwd, rev, verdict);
    this.#complete(p);
    this.#time(packet, fwd);
    this.#takeOptions(packet, fwd, rev);
    if (this.#isTold || verdict.flags !== 0 || verdict.acksFrame !== 0) verdict.initialRttNs = this.initialRttNs;
    if (verdict.bytesInFlight === 0) verdict.pushBytesSent = 0;
    if ((verdict.flags & (FAST_RETRANSMISSION | SPURIOUS_RETRANSMISSION)) !== 0) verdict.flags |= RETRANSMISSION;
    verdict.isShown = packet.isHeaderWhole;
    this.#isNew = false;
  }

  /** SYNs with sequence numbers of their own: ports that are used anew, and handshakes that are repeated. */
  #open({ seg, conversation }: CapturedPacket, fwd: Flow, verdict: Verdict): void {
    if (this.#isNew && conversation.reusesPortsOf !== undefined) {
      verdict.flags |= REUSED_PORTS;
      this.completeness = COMPLETENESS.syn;
    }
    if (!fwd.isBased || !seg.has(SYN)) return;
    const isSame = seg.seq === fwd.base;
    if (seg.has(ACK)) {
      if (isSame) return;
      fwd.base = seg.seq;
      verdict.flags |= REUSED_PORTS;
      return;
    }
    // One with another sequence number has begun another conversation.
    fwd.next = fwd.contiguous;
    this.#isTold = true;
  }

  #base(p: Arrival, fwd: Flow, rev: Flow): void {
    if (!fwd.isBased) {
      fwd.base = (p.control & SYN) !== 0 ? p.seq : seqAdd(p.seq, -1);
      fwd.isBased = true;
    }
    if (!rev.isBased && (p.control & ACK) !== 0) {
      rev.base = seqAdd(p.ack, -1);
      rev.isBased = true;
    }
  }

  #analyze(p: Arrival, fwd: Flow, rev: Flow, verdict: Verdict): void {
    if ((p.control & ACK) !== 0) rev.isFlightKnown = true;
    if (when.isZeroWindowProbe(p, fwd, rev)) verdict.flags |= ZERO_WINDOW_PROBE;
    else this.#judgeWindow(p, fwd, rev, verdict);
    this.#judgeAck(p, fwd, rev, verdict);
    if (when.occupiesSequence(p) && (verdict.flags & KEEP_ALIVE) === 0) this.#judgeOld(p, fwd, rev, verdict);
    this.#remember(p, fwd, verdict);
    rev.unacked.acknowledge(p.ack, verdict, p.at);
    if (p.length > 0 && fwd.unacked.count > 0 && fwd.isFlightKnown) this.#tellFlight(p, fwd, rev, verdict);
  }

  /** Everything that is tried of what is no zero-window probe. */
  #judgeWindow(p: Arrival, fwd: Flow, rev: Flow, verdict: Verdict): void {
    if (when.isZeroWindow(p)) verdict.flags |= ZERO_WINDOW;
    if (when.isAfterLostSegment(p, fwd)) {
      verdict.flags |= LOST_SEGMENT;
      fwd.isFlightKnown = false;
    }
    if (when.isKeepAlive(p, fwd)) verdict.flags |= KEEP_ALIVE;
    if (when.isWindowUpdate(p, fwd)) verdict.flags |= WINDOW_UPDATE;
    if (when.isWindowFull(p, rev)) verdict.flags |= WINDOW_FULL;
    if (when.isKeepAliveAck(p, fwd, rev)) verdict.flags |= KEEP_ALIVE_ACK;
    else if (when.isZeroWindowProbeAck(p, fwd, rev)) verdict.flags |= ZERO_WINDOW_PROBE_ACK;
    else if (when.isDuplicateAck(p, fwd)) {
      fwd.duplicates = fwd.duplicates === NEUTRALIZED ? 1 : fwd.duplicates + 1;
      verdict.flags |= DUPLICATE_ACK;
      verdict.duplicateAckNumber = fwd.duplicates;
      verdict.duplicateAckFrame = fwd.lastNewAckFrame;
    }
  }

  #judgeAck(p: Arrival, fwd: Flow, rev: Flow, verdict: Verdict): void {
    if (p.ack !== fwd.lastAck) {
      fwd.lastNewAckFrame = p.frame;
      fwd.duplicates = 0;
    }
    if (!when.acknowledgesUnseen(p, rev)) return;
    this.#isTold = true;
    // Told once for each thing that was missed: the other side's flow is moved on, or marked.
    if (seqDiff(rev.contiguous, rev.next) < 0) {
      rev.contiguous = rev.next;
      verdict.flags |= ACK_LOST_SEGMENT;
      return;
    }
    if (rev.duplicates === 0) verdict.flags |= ACK_LOST_SEGMENT;
    rev.duplicates = NEUTRALIZED;
  }

  #judgeOld(p: Arrival, fwd: Flow, rev: Flow, verdict: Verdict): void {
    if (when.isSpuriousRetransmission(p, rev)) verdict.flags |= SPURIOUS_RETRANSMISSION;
    else if (!when.isOld(p, fwd)) return;
    else if (when.isFastRetransmission(p, rev)) verdict.flags |= FAST_RETRANSMISSION;
    else if (when.isOutOfOrder(p, fwd, this.initialRttNs)) verdict.flags |= OUT_OF_ORDER;
    else {
      verdict.flags |= RETRANSMISSION;
      const { unacked } = fwd;
      verdict.rtoNs = p.at - (unacked.count > 0 ? unacked.oldestAt : fwd.nextAt);
      // Where no time has passed, Wireshark shows neither.
      if (verdict.rtoNs !== 0) verdict.rtoFrame = unacked.count > 0 ? unacked.oldestFrame : fwd.nextFrame;
    }
  }

  #remember(p: Arrival, fwd: Flow, verdict: Verdict): void {
    let { end } = p;
    if (when.occupiesSequence(p) && !fwd.unacked.isFull) {
      if ((p.control & (SYN | FIN)) !== 0) end = seqAdd(end, 1);
      fwd.unacked.add(p.seq, end, p.frame, p.at);
    }
    const isProbe = (verdict.flags & ZERO_WINDOW_PROBE) !== 0;
    if (!isProbe && (fwd.next === NONE || seqLt(fwd.next, end))) {
      fwd.next = end;
      fwd.nextFrame = p.frame;
      fwd.nextAt = p.at;
    }
    if (!isProbe && (fwd.contiguous === NONE || fwd.contiguous === p.seq)) fwd.contiguous = fwd.next;
    fwd.window = p.window;
    fwd.lastAck = p.ack;
    fwd.lastAt = p.at;
    fwd.lastFlags = verdict.flags;
  }

  #tellFlight(p: Arrival, fwd: Flow, rev: Flow, verdict: Verdict): void {
    this.#isTold = true;
    const flight = (fwd.unacked.span(fwd.base) - rev.sackedOctets) >>> 0;
    if (flight > 0 && flight < TOO_MUCH) {
      verdict.bytesInFlight = (p.control & (SYN | FIN)) === 0 ? flight : flight - 1;
    }
    const isPush = (p.control & PSH) !== 0;
    fwd.pushedOctets = fwd.isPushLast ? p.length : (fwd.pushedOctets + p.length) >>> 0;
    fwd.isPushLast = isPush;
    verdict.pushBytesSent = fwd.pushedOctets;
  }

  /** Numbers for people: relative, and scaled. */
  #measure(p: Arrival, fwd: Flow, rev: Flow, verdict: Verdict): void {
    const isSyn = (p.control & SYN) !== 0;
    verdict.seq = seqDiff(p.seq, fwd.base) >>> 0;
    verdict.ack = (p.control & ACK) === 0 ? p.ack : seqDiff(p.ack, rev.base) >>> 0;
    verdict.nextSeq = (verdict.seq + p.length + ((p.control & (SYN | FIN)) === 0 ? 0 : 1)) >>> 0;
    const isScaled = !isSyn && fwd.shift >= 0;
    verdict.windowSize = isScaled ? p.window << fwd.shift : p.window;
    if (isSyn) verdict.scaleFactor = 0;
    else verdict.scaleFactor = fwd.shift >= 0 ? 1 << fwd.shift : fwd.shift;
  }

  #complete({ control, length }: Arrival): void {
    const handshake = control & (SYN | ACK);
    if (this.#isNew && this.completeness === 0) {
      // Of a conversation's first packet only a SYN counts.
      if (handshake === SYN) this.completeness = COMPLETENESS.syn | (length > 0 ? COMPLETENESS.data : 0);
      return;
    }
    if (handshake === (SYN | ACK)) this.completeness |= COMPLETENESS.synAck;
    if (handshake === ACK) this.completeness |= length > 0 ? COMPLETENESS.data : COMPLETENESS.ack;
    if ((control & FIN) !== 0 && (control & ACK) !== 0) this.completeness |= COMPLETENESS.fin;
    if ((control & RST) !== 0) this.completeness |= COMPLETENESS.rst;
  }

  /** From the last SYN to the first ACK after it, whoever sends that. */
  #time({ seg, stampNs, isUndated }: CapturedPacket, fwd: Flow): void {
    if (seg.has(SYN)) {
      fwd.isBeforeFirstAck = true;
      if (seg.has(ACK)) return;
      this.#synAt = stampNs;
      this.#isSynSeen = !isUndated;
      return;
    }
    if (!seg.has(ACK)) return;
    if (this.#isSynSeen && this.initialRttNs === 0) this.initialRttNs = stampNs - this.#synAt;
    fwd.isBeforeFirstAck = false;
  }

  #takeOptions({ seg, isHeaderWhole }: CapturedPacket, fwd: Flow, rev: Flow): void {
    fwd.sackedOctets = seg.sackCount === 0 ? 0 : sacked(seg);
    if (!seg.has(SYN)) return;
    if (seg.windowScale !== ABSENT) fwd.shift = Math.min(seg.windowScale, MAX_SHIFT);
    // Scaling needs the option in both SYNs (RFC 7323 §2.2): one without ends it.
    if (!isHeaderWhole) return;
    if (fwd.shift === SCALE_UNKNOWN) {
      fwd.shift = SCALE_UNUSED;
      rev.shift = SCALE_UNUSED;
    } else if (seg.has(ACK) && rev.shift === SCALE_UNUSED) fwd.shift = SCALE_UNUSED;
  }
}

function sacked(seg: Segment): number {
  let octets = 0;
  for (let block = 0; block < Math.min(seg.sackCount, BLOCKS_REMEMBERED); block++) {
    octets += seqDiff(seg.sacks[2 * block + 1]!, seg.sacks[2 * block]!);
  }
  return octets >>> 0;
}
