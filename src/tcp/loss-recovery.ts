// Loss recovery: what an acknowledgment, or the retransmission timer, says about what was lost, what goes again, and how much
// may be in the network meanwhile. Without SACK: fast retransmit, fast recovery and NewReno (RFC 5681 §3.2, RFC 6582), limited
// transmit (RFC 3042). With SACK: RFC 6675, conservative recovery. After a timeout: slow start over what was lost (RFC 6298 §5.4).
// Left out: F-RTO, RACK-TLP, and anything that answers a D-SACK.
import { type Probe } from './probe.ts';
import { FIN, type Segment, SYN } from './segment.ts';
import { type Seq, seqAdd, seqDiff, seqLeq, seqLt, seqMax, seqMin } from './seq.ts';
import { DUP_THRESH } from './scoreboard.ts';
import { type Tcb } from './tcb.ts';
import { type Instant } from './time.ts';

/**
 * RFC 5681 §2: a duplicate acknowledgment. `isBare`: it came without text. At a zero window the answers to probes look like
 * it, and mean nothing. With SACK, RFC 6675 §2 has another definition: it brings news of what was received.
 */
export function isDuplicateAck(tcb: Tcb, seg: Segment, wnd: number, isBare: boolean): boolean {
  const { snd } = tcb;
  if (!isBare || snd.flight === 0 || seg.ack !== snd.una) return false;
  return wnd === snd.wnd && wnd > 0 && (seg.flags & (SYN | FIN)) === 0;
}

/**
 * An acknowledgment arrived that moved SND.UNA by `count`, or is a duplicate, or carries SACK blocks.
 * `wasFull`: before it, cwnd was what limited us.
 */
export function acknowledgmentArrives(
  tcb: Tcb,
  seg: Segment,
  count: number,
  isDuplicate: boolean,
  wasFull: boolean,
  now: Instant,
): void {
  const { snd, recovery, scoreboard } = tcb;
  let isDup = isDuplicate;
  if (tcb.sack) {
    if (count > 0) scoreboard.acknowledged(snd.una);
    const news = seg.sackCount === 0 ? 'nothing' : scoreboard.update(seg, snd.una, snd.nxt);
    if (news === 'duplicate') tcb.tally.dsacksReceived++;
    isDup = news === 'more';
  }
  switch (recovery.phase) {
    case 'none':
      whileNothingIsLost(tcb, count, isDup, wasFull, now);
      return;
    case 'fast':
      whileFast(tcb, count, isDup);
      return;
    case 'timeout':
      afterTimeout(tcb, count, wasFull, now);
  }
}

function whileNothingIsLost(tcb: Tcb, count: number, isDup: boolean, wasFull: boolean, now: Instant): void {
  const { snd, recovery, scoreboard } = tcb;
  if (count > 0) {
    recovery.dupAcks = 0;
    // RFC 6582 §3.2, step 2, asks for more than the point; RFC 6675 §5.1 for the point.
    if (recovery.isGuarded && (tcb.sack ? seqLeq : seqLt)(recovery.point, snd.una)) recovery.isGuarded = false;
    tcb.congestion.acknowledged(count, wasFull, tcb.rtt.srtt, now);
  }
  if (!isDup) return;
  if (recovery.dupAcks === 0) recovery.flightBefore = snd.flight;
  recovery.dupAcks++;
  const isLost =
    recovery.dupAcks >= DUP_THRESH || (tcb.sack && seqLt(snd.una, scoreboard.lostEdge(snd.una, snd.effSndMss)));
  if (!isLost || recovery.isGuarded) return;
  tcb.congestion.lossFound(Math.min(snd.flight, recovery.flightBefore), now);
  recovery.begin('fast', snd.una, snd.nxt);
  tcb.tally.fastRecoveries++;
  if (tcb.sack) {
    // RFC 6675 §5, (4.3): the first segment is presumed lost, whatever the scoreboard says of it.
    recovery.lostEdge = seqMax(firstSegment(tcb), scoreboard.lostEdge(snd.una, snd.effSndMss));
    return;
  }
  recovery.lostEdge = firstSegment(tcb);
  recovery.inflation = DUP_THRESH * snd.effSndMss;
}

/** Where the segment at SND.UNA ends. */
function firstSegment(tcb: Tcb): Seq {
  return seqMin(seqAdd(tcb.snd.una, tcb.snd.effSndMss), tcb.recovery.point);
}

function whileFast(tcb: Tcb, count: number, isDup: boolean): void {
  const { snd, recovery, scoreboard, congestion } = tcb;
  if (seqLeq(recovery.point, snd.una)) {
    recovery.end();
    recovery.isGuarded = !tcb.sack && recovery.point === snd.una;
    congestion.lossMended(tcb.sack ? Infinity : snd.flight);
    return;
  }
  if (count > 0) {
    recovery.partials++;
    recovery.cursor = seqMax(recovery.cursor, snd.una);
  }
  if (tcb.sack) {
    const lost = scoreboard.lostEdge(snd.una, snd.effSndMss);
    recovery.lostEdge = seqMax(seqMax(recovery.lostEdge, lost), snd.una);
    return;
  }
  if (count > 0) {
    // A partial acknowledgment (RFC 6582 §3.2, step 3): the next segment is lost too.
    recovery.cursor = snd.una;
    recovery.lostEdge = firstSegment(tcb);
    recovery.isForced = true;
    recovery.inflation -= count;
    if (count >= snd.effSndMss) recovery.inflation += snd.effSndMss;
    return;
  }
  if (isDup) recovery.inflation += snd.effSndMss; // a segment has left the network
}

function afterTimeout(tcb: Tcb, count: number, wasFull: boolean, now: Instant): void {
  const { snd, recovery } = tcb;
  if (count > 0) {
    recovery.allowance += count;
    recovery.cursor = seqMax(recovery.cursor, snd.una);
    tcb.congestion.acknowledged(count, wasFull, tcb.rtt.srtt, now);
  }
  if (seqLeq(recovery.point, snd.una)) {
    recovery.end();
    recovery.isGuarded = !tcb.sack && recovery.point === snd.una;
  }
}

/**
 * The retransmission timer expired: all that is in flight is deemed lost. RFC 2018 §5, RFC 6675 §5.1: what was SACKed is forgotten, for the
 * receiver may have thrown it away; what it acknowledges from now on tells of it again.
 */
export function retransmissionTimesOut(tcb: Tcb, now: Instant): void {
  const { snd, recovery } = tcb;
  const isAgain = recovery.phase === 'timeout' && recovery.timedOutAt === snd.una;
  tcb.congestion.timedOut(recovery.phase === 'timeout' ? outstanding(tcb) : snd.flight, isAgain, now);
  tcb.scoreboard.clear();
  recovery.begin('timeout', snd.una, snd.nxt);
  recovery.dupAcks = 0;
  recovery.timedOutAt = snd.una;
  recovery.lostEdge = recovery.point;
  recovery.allowance = snd.effSndMss;
}

/** Octets believed to be in the network: RFC 6675's pipe; FlightSize where nothing better is known. */
export function outstanding(tcb: Tcb): number {
  const { snd, recovery, scoreboard } = tcb;
  if (recovery.phase === 'none') return scoreboard.isEmpty ? snd.flight : snd.flight - scoreboard.octets;
  if (recovery.phase === 'fast' && !tcb.sack) return snd.flight;
  return scoreboard.missing(recovery.lostEdge, snd.nxt) + scoreboard.missing(snd.una, recovery.cursor);
}

/** cwnd as it is used: in NewReno's fast recovery with its inflation (RFC 5681 §3.2, steps 3 and 4). */
export function congestionWindow(tcb: Tcb): number {
  return tcb.congestion.cwnd + tcb.recovery.inflation;
}

/**
 * Tells `probe` of congestion control if something has changed: once an input is dealt with, not in the midst of it, for an
 * acknowledgment that ends a recovery moves cwnd twice. To be called where there is congestion control only.
 */
export function tellCongestion(tcb: Tcb, probe: Probe, now: Instant): void {
  const { told, recovery } = tcb;
  const cwnd = Math.floor(congestionWindow(tcb));
  const ssthresh = Math.floor(tcb.congestion.ssthresh);
  const { phase } = recovery;
  if (cwnd === told.cwnd && ssthresh === told.ssthresh && phase === told.phase) return;
  const from = told.phase;
  told.cwnd = cwnd;
  told.ssthresh = ssthresh;
  told.pipe = outstanding(tcb);
  told.phase = phase;
  probe.congestionChanges(tcb, from, now);
}

/** Octets that the network may take now; Infinity without congestion control. */
export function congestionRoom(tcb: Tcb): number {
  if (!tcb.isCongestionControlled) return Infinity;
  const { recovery, snd } = tcb;
  // RFC 3042: the first two duplicate acknowledgments let a segment each go. With SACK, pipe has shrunk instead (RFC 6675 §5, (3)).
  const limited = tcb.sack || recovery.phase !== 'none' ? 0 : Math.min(recovery.dupAcks, 2) * snd.effSndMss;
  return congestionWindow(tcb) + limited - outstanding(tcb);
}

/** Is cwnd what limits us? Asked before an acknowledgment is taken (RFC 9438 §5.8; RFC 5681 leaves it open). */
export function isWindowFull(tcb: Tcb): boolean {
  return congestionRoom(tcb) < tcb.snd.effSndMss;
}

/**
 * Octets of lost text, or the lost FIN, that go again now from `recovery.cursor` on, which is moved over what is SACKed:
 * never beyond the right edge (SHLD-16), nor more than the network may take. RFC 6675 §4, NextSeg (1).
 */
export function retransmissionDue(tcb: Tcb): number {
  const { snd, recovery, scoreboard } = tcb;
  if (recovery.phase === 'none' || !seqLt(recovery.cursor, recovery.lostEdge)) return 0;
  if (!scoreboard.isEmpty) recovery.cursor = scoreboard.holeStart(recovery.cursor);
  const lost = seqDiff(scoreboard.holeEnd(recovery.cursor, recovery.lostEdge), recovery.cursor);
  const length = Math.min(lost, snd.effSndMss, recovery.room(snd.edge, recovery.cursor));
  if (length <= 0) return 0;
  return recovery.isForced || recoveryRoom(tcb) >= length ? length : 0;
}

/** Without congestion control, what follows a timeout still doubles each round trip, as in slow start. */
function recoveryRoom(tcb: Tcb): number {
  const { recovery } = tcb;
  if (recovery.phase === 'timeout' && !tcb.isCongestionControlled) {
    return recovery.allowance - seqDiff(recovery.cursor, tcb.snd.una);
  }
  return congestionRoom(tcb);
}

/** What else may go again when nothing lost and nothing new can, to keep acknowledgments coming. */
export interface LastResort {
  at: Seq;
  length: number;
  isRescue: boolean;
}

/**
 * RFC 6675 §4, NextSeg (3) and (4): what lies below the furthest SACK and is not known to be lost; then, once, the last
 * octets of all. Without a congestion window there is nothing to keep going: both would be sent at once and for nothing.
 */
export function lastResort(tcb: Tcb): LastResort | undefined {
  const { snd, recovery, scoreboard } = tcb;
  const { furthest } = scoreboard;
  if (recovery.phase !== 'fast' || !tcb.sack || furthest === undefined) return undefined;
  if (!tcb.isCongestionControlled || congestionRoom(tcb) < snd.effSndMss) return undefined;
  const at = scoreboard.holeStart(recovery.cursor);
  const held = Math.min(seqDiff(furthest, at), recovery.room(snd.edge, at));
  if (held > 0) {
    const hole = seqDiff(scoreboard.holeEnd(at, furthest), at);
    return { at, length: Math.min(hole, held, snd.effSndMss), isRescue: false };
  }
  if (!recovery.hasRescue) return undefined;
  // Not what this recovery sent again already: RFC 6675 would let it, but the chance is for what it could not know.
  const { start, end } = scoreboard.lastHole(seqMax(snd.una, recovery.cursor), snd.nxt);
  const from = seqMax(start, seqAdd(end, -snd.effSndMss));
  const length = Math.min(seqDiff(end, from), recovery.room(snd.edge, from));
  return length > 0 ? { at: from, length, isRescue: true } : undefined;
}
