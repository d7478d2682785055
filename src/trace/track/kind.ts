// What a segment was, from what passed before it. In a recording the end's own word for what it sent (its purpose) counts;
// otherwise these rules, which are those of passing.ts in order.
import { FIN, type Purpose, type Segment, type Seq, seqAdd, seqDiff, seqLeq } from '../../tcp/index.ts';
import { type TrackedEnd } from './end.ts';
import { type Cause, type Observation, type Passing, type SegmentKind, type Side } from './passing.ts';
import { type Vantage } from './vantage.ts';

/** Octets that fill a gap sooner than this, ns, were overtaken on their way; or within a round trip, where that is longer. */
const OVERTAKEN = 3_000_000;
/** No timer is as short as this, ns. */
const AT_ONCE = 1_000_000;
/** RFC 5681 §3.2, RFC 6675 §2: DupThresh. */
const DUP_THRESH = 3;

/** A segment with text or FIN, not SYN. Fills in `fresh` and `cause`. */
export function kindOfText(
  packet: Passing,
  what: Observation,
  me: TrackedEnd,
  peer: TrackedEnd,
  vantage: Vantage,
): SegmentKind {
  const { seg, side } = packet;
  const isNear = vantage.isNear(side);
  const purpose = isNear ? seg.purpose : 'arrived';
  const isAsking = purpose === 'arrived' ? isProbe(packet, what, me, isNear) : purpose === 'probe';
  if (isAsking) return 'probe';
  if (what.length === 1 && what.text === 1 && isKeepalive(packet, me)) return 'keepalive';

  what.fresh = Math.max(0, Math.min(what.length, seqDiff(what.end, me.nxt)));
  const isOld = what.fresh < what.length && seqDiff(seg.seq, me.nxt) < 0;
  if (isOld && isAgain(what, me, packet, isNear)) {
    what.cause = causeOf(packet, what, me, peer);
    return 'retransmission';
  }
  if (isOld) return 'out-of-order';
  return seg.has(FIN) ? 'fin' : 'text';
}

/** One octet, or the FIN, for which there is no window: the next one, or the first of those in flight (RFC 9293 §3.8.6.1). */
function isProbe({ seg }: Passing, what: Observation, me: TrackedEnd, isNear: boolean): boolean {
  if (what.length !== 1 || !me.hasWindow) return false;
  return isShut(me, isNear) && (seg.seq === me.nxt || (seg.seq === me.una && me.una !== me.nxt));
}

/** Is the window shut, for all it knows? Elsewhere a window may have passed that it never got, or did not know of yet. */
function isShut(me: TrackedEnd, isNear: boolean): boolean {
  return isNear ? me.wnd === 0 : me.isShut;
}

/** All acknowledged, and the last octet comes once more: RFC 9293 §3.8.4, the form with an octet of garbage. */
function isKeepalive({ seg }: Passing, me: TrackedEnd): boolean {
  return me.hasWindow && me.una === me.nxt && seqAdd(seg.seq, 1) === me.nxt;
}

/** Sent again, and not overtaken on its way? */
function isAgain(what: Observation, me: TrackedEnd, { seg }: Passing, isNear: boolean): boolean {
  if (isNear || seqLeq(what.end, me.una)) return true;
  if (seqLeq(what.end, me.whole)) return true;
  for (let i = 0; i < me.islands.count; i++) {
    if (seqDiff(seg.seq, me.islands.start(i)) >= 0 && seqLeq(what.end, me.islands.end(i))) return true;
  }
  // It fills a gap, whole or in part.
  const wait = Math.max(OVERTAKEN, me.rtt.samples.count > 0 ? me.rtt.samples.least : 0);
  return me.gapAt >= 0 && what.now - me.gapAt > wait;
}

function causeOf({ seg }: Passing, what: Observation, me: TrackedEnd, peer: TrackedEnd): Cause {
  if (me.hasWindow && seqLeq(what.end, me.una)) return 'needless';
  if (me.isRecovering) {
    // Once more what this recovery has sent already: nothing but a timeout does that.
    return me.hasAgain && me.againAt === seg.seq && seg.seq === me.una ? 'timeout' : 'follow-up';
  }
  const isReported = me.dupAcks >= DUP_THRESH || me.sacked.octets > (DUP_THRESH - 1) * me.segmentSize(peer);
  if (isReported) return 'fast';
  // What follows an acknowledgment at once answers that, and no timer.
  return what.now - me.progressAt < AT_ONCE ? 'follow-up' : 'timeout';
}

/** A segment without text, SYN, FIN and RST. */
export function kindOfEmpty(
  packet: Passing,
  what: Observation,
  me: TrackedEnd,
  peer: TrackedEnd,
  window: number,
  vantage: Vantage,
): SegmentKind {
  const { seg, side } = packet;
  if (endsHandshake(me, peer, side)) return 'handshake';
  const named = vantage.isNear(side) ? ownKind(seg.purpose) : undefined;
  if (named !== undefined) return named;
  if (!me.hasAck || !me.hasWindow) return 'ack';
  const advance = seqDiff(seg.ack, me.rcvNxt);
  const isNear = vantage.isNear(side);
  const isNamed = isNear && seg.purpose !== 'arrived';
  if (!isNamed && advance >= 0 && isQuestion(seg.seq, me)) return isShut(me, isNear) ? 'probe' : 'keepalive';
  if (advance !== 0) return 'ack';
  return kindOfRepeat(seg, what, me, peer, window, isNamed);
}

function endsHandshake(me: TrackedEnd, peer: TrackedEnd, side: Side): boolean {
  return side === 0 && me.hasSyn && !me.hasAck && peer.hasSyn;
}

/** The same acknowledgment once more. Where purposes are recorded, a window update is called so, and nothing else is one. */
function kindOfRepeat(
  seg: Segment,
  what: Observation,
  me: TrackedEnd,
  peer: TrackedEnd,
  window: number,
  isNamed: boolean,
): SegmentKind {
  if (window !== what.windowBefore) return isNamed ? 'ack' : 'window-update';
  const isWaiting = seqDiff(peer.max, seg.ack) > 0 && window > 0;
  // One left of what was received already has been overtaken, or asks something.
  return isWaiting && seqLeq(me.whole, seg.seq) ? 'duplicate-ack' : 'ack';
}

/** It lies left of what the peer expects, so that the peer must answer (RFC 9293 §3.8.4). */
function isQuestion(at: Seq, me: TrackedEnd): boolean {
  const next = seqAdd(at, 1);
  return next === me.nxt || (next === me.una && me.isShut);
}

/** The kinds that a recording names. */
function ownKind(purpose: Purpose): SegmentKind | undefined {
  return purpose === 'probe' || purpose === 'keepalive' || purpose === 'window-update' ? purpose : undefined;
}
