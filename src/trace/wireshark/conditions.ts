// The conditions of Wireshark 4.0.17, one function each, in the order in which tcp_analyze_sequence_number() of
// epan/dissectors/packet-tcp.c tries them. `fwd` is the direction of the packet `p`, `rev` the other.
import { ACK, FIN, MILLISECOND, RST, type Seq, seqAdd, seqDiff, seqLeq, seqLt, SYN } from '../../tcp/index.ts';
import { type Arrival, type Flow, NONE } from './flow.ts';
import { KEEP_ALIVE, SCALE_UNKNOWN, SCALE_UNUSED, ZERO_WINDOW_PROBE } from './verdict.ts';

/** "Fast" is what comes so soon after the other side's last packet. */
const FAST_NS = 20 * MILLISECOND;
/** What counts as reordering where the round-trip time is not known. */
const REORDERING_NS = 3 * MILLISECOND;

function isPlain(p: Arrival): boolean {
  return (p.control & (SYN | FIN | RST)) === 0;
}

/** One octet where the next is expected, while the other side's window is closed. */
export function isZeroWindowProbe(p: Arrival, fwd: Flow, rev: Flow): boolean {
  return p.length === 1 && p.seq === fwd.next && rev.window === 0;
}

/** A window of 0, on data and on answers to probes too. */
export function isZeroWindow(p: Arrival): boolean {
  return p.window === 0 && isPlain(p);
}

/** Beyond what is expected: something was missed. */
export function isAfterLostSegment(p: Arrival, fwd: Flow): boolean {
  return fwd.next !== NONE && seqLt(fwd.next, p.seq) && (p.control & RST) === 0;
}

/** No octet, or one, just before what is expected. */
export function isKeepAlive(p: Arrival, fwd: Flow): boolean {
  return p.length <= 1 && p.seq === seqAdd(fwd.next, -1) && isPlain(p);
}

/** Says the same as the packet before it, but perhaps for the window. */
function repeats(p: Arrival, fwd: Flow): boolean {
  return p.length === 0 && p.seq === fwd.next && p.ack === fwd.lastAck && isPlain(p);
}

/** Only the window is new; it may have shrunk, but is not closed. */
export function isWindowUpdate(p: Arrival, fwd: Flow): boolean {
  return p.window !== 0 && p.window !== fwd.window && repeats(p, fwd);
}

/** The text reaches just to the edge of the window last seen. Where the SYN was not, that is never known. */
export function isWindowFull(p: Arrival, rev: Flow): boolean {
  return p.length > 0 && rev.shift !== SCALE_UNKNOWN && p.end === edgeOf(rev) && isPlain(p);
}

/** A SYN's window is not scaled, and counts until the first ACK after it. */
function edgeOf(flow: Flow): Seq {
  const isScaled = !flow.isBeforeFirstAck && flow.shift !== SCALE_UNUSED;
  return seqAdd(flow.lastAck, (flow.window << (isScaled ? flow.shift : 0)) >>> 0);
}

/** Repeats all after the other side sent a keep-alive. */
export function isKeepAliveAck(p: Arrival, fwd: Flow, rev: Flow): boolean {
  return p.window !== 0 && p.window === fwd.window && (rev.lastFlags & KEEP_ALIVE) !== 0 && repeats(p, fwd);
}

/** Repeats all, the closed window too, after the other side sent a probe. */
export function isZeroWindowProbeAck(p: Arrival, fwd: Flow, rev: Flow): boolean {
  return p.window === 0 && fwd.window === 0 && (rev.lastFlags & ZERO_WINDOW_PROBE) !== 0 && repeats(p, fwd);
}

/** Repeats all, and the window is open: another window makes it an update instead. */
export function isDuplicateAck(p: Arrival, fwd: Flow): boolean {
  return p.window !== 0 && p.window === fwd.window && repeats(p, fwd);
}

/** Acknowledges what was not seen. */
export function acknowledgesUnseen(p: Arrival, rev: Flow): boolean {
  return rev.contiguous !== NONE && seqLt(rev.contiguous, p.ack) && (p.control & ACK) !== 0;
}

/** It can be something sent again: it has text, SYN or FIN. */
export function occupiesSequence(p: Arrival): boolean {
  return p.length > 0 || (p.control & (SYN | FIN)) !== 0;
}

/**
 * It begins before what is expected. But more than one octet, one before what is expected, is what follows a probe whose octet
 * nobody took.
 */
export function isOld(p: Arrival, fwd: Flow): boolean {
  if (p.length > 1 && p.seq === seqAdd(fwd.next, -1)) return false;
  return fwd.next !== NONE && seqLt(p.seq, fwd.next);
}

/** All of it was acknowledged before. */
export function isSpuriousRetransmission(p: Arrival, rev: Flow): boolean {
  return p.length > 0 && rev.lastAck !== NONE && seqLeq(p.end, rev.lastAck);
}

/** Just what two or more duplicate ACKs ask for, and soon after the last of them. Of what is old. */
export function isFastRetransmission(p: Arrival, rev: Flow): boolean {
  return rev.duplicates >= 2 && rev.lastAck === p.seq && isWithin(p.at - rev.lastAt, FAST_NS);
}

/** Sooner after what overtook it than a round trip, and not the highest segment itself. Of what is old. */
export function isOutOfOrder(p: Arrival, fwd: Flow, initialRttNs: number): boolean {
  const limit = initialRttNs === 0 ? REORDERING_NS : initialRttNs;
  const virtual = (p.control & (SYN | FIN)) === 0 ? 0 : 1;
  return isWithin(p.at - fwd.nextAt, limit) && seqDiff(fwd.next, p.end) !== virtual;
}

/** Wireshark compares times as unsigned numbers: one that steps back is later than any. */
function isWithin(ns: number, limitNs: number): boolean {
  if (ns < 0 !== limitNs < 0) return limitNs < 0;
  return ns < limitNs;
}
