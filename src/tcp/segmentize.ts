// What leaves next: one segment at a time, in order of urgency.
import { acknowledgmentLeft } from './ack-policy.ts';
import { windowScaleFor } from './options.ts';
import { type LastResort, lastResort, retransmissionDue } from './loss-recovery.ts';
import { decideSend } from './send-policy.ts';
import { ABSENT, ACK, FIN, PSH, type Purpose, RST, type Segment, SYN } from './segment.ts';
import { type Seq, seq, seqAdd, seqDiff, seqMax, seqMin } from './seq.ts';
import { isSynchronized } from './state.ts';
import { type Tcb } from './tcb.ts';
import { type Instant, MILLISECOND } from './time.ts';
import { markUrgent } from './urgent.ts';
import { decideOffer, offer, standingOffer, synOffer } from './window-policy.ts';

/** Octets of options that a header has room for (RFC 9293 §3.1). */
const MAX_OPTIONS = 40;

/** Fills `out` with the next segment that must or may leave; false when there is none. */
export function nextSegment(tcb: Tcb, out: Segment, now: Instant): boolean {
  if (tcb.isHeld) return false;
  const { due } = tcb;
  if (due.resets.length > 0) return compose(tcb, out, due.resets.shift()!, 'reset', now);
  if (tcb.state === 'CLOSED' || tcb.state === 'LISTEN') return false;
  if (due.handshake) return handshake(tcb, out, now);
  if (isSynchronized(tcb.state)) {
    if (due.probe) return windowProbe(tcb, out, now);
    if (tcb.recovery.isActive) {
      if (whileRecovering(tcb, out, now)) return true;
    } else if (decideSend(tcb) === 'send') {
      return text(tcb, out, now);
    }
    if (due.keepalive) return keepalive(tcb, out, now);
  }
  if (due.ack === 'none' || due.ack === 'delayed') return false;
  return acknowledgment(tcb, out, due.ack, now);
}

/** RFC 6675 §4, NextSeg: what is lost, then what is new, then what may be lost. */
function whileRecovering(tcb: Tcb, out: Segment, now: Instant): boolean {
  const lost = retransmissionDue(tcb);
  if (lost > 0) return retransmission(tcb, out, lost, now);
  if (decideSend(tcb) === 'send') return text(tcb, out, now);
  const last = lastResort(tcb);
  return last !== undefined && resort(tcb, out, last, now);
}

/** Empty segments carry SND.NXT, or the right edge if that lies left of it: else a peer that shrank would refuse them. */
function acknowledgment(tcb: Tcb, out: Segment, due: Purpose, now: Instant): boolean {
  // A window update that also acknowledges text is an acknowledgment: only one whose sole news is the window bears the name.
  const purpose = due === 'window-update' && tcb.rcv.nxt !== tcb.rcv.lastAck ? 'ack' : due;
  if (purpose === 'window-update') tcb.tally.windowUpdatesSent++;
  if (purpose === 'challenge-ack') tcb.tally.challengeAcksSent++;
  return compose(tcb, out, seqMin(tcb.snd.nxt, tcb.snd.edge), purpose, now);
}

function text(tcb: Tcb, out: Segment, now: Instant): boolean {
  const { snd } = tcb;
  const unsent = tcb.unsentText;
  const usable = tcb.ignoresWindow ? Infinity : snd.usable;
  if (snd.flight === 0) resume(tcb, now);
  const begunByProbe = snd.max !== snd.nxt;
  begin(out, snd.nxt, 'text');
  if (snd.effSndMss >= 2 * MAX_OPTIONS) reportSacks(tcb, out); // shorter ones would hold more options than text
  const most = snd.effSndMss - sackLength(out); // RFC 9293 §3.7.1: options take from the text
  const length = Math.min(unsent, usable, most);
  const isLast = length === unsent;
  const hasFin = isLast && tcb.sendBuffer.isClosed && usable > length;

  tcb.sendBuffer.fill(out, snd.flight, length);
  // MUST-61: the last of what is queued is pushed.
  out.flags = ACK | (isLast && length > 0 ? PSH : 0) | (hasFin ? FIN : 0);
  snd.advance(out.len);
  if (length < most) snd.sml = snd.nxt;
  tcb.isOverridden = false;
  tcb.sentAt = now;
  tcb.tally.octetsSent += length;
  if (!begunByProbe) tcb.rtt.sent(snd.nxt, now); // Karn: its first octet was sent before, as a probe
  return finish(tcb, out, now);
}

/** The first octets after silence. */
function resume(tcb: Tcb, now: Instant): void {
  tcb.progressAt = now; // R2 counts from here
  // RFC 5681 §4.1: nothing says any more what the network bears.
  if (now - tcb.sentAt > tcb.rtt.rto) tcb.congestion.idled();
}

/** What is held beyond a gap, and what came twice: on all that leaves while there is any (RFC 2018 §4). */
function reportSacks(tcb: Tcb, out: Segment): void {
  const { sackReport, assembler } = tcb;
  if (!tcb.sack || (assembler.isEmpty && !sackReport.hasDuplicate)) return;
  if (sackReport.fill(out, assembler, tcb.timestamps)) tcb.tally.dsacksSent++;
}

function sackLength(out: Segment): number {
  return out.sackCount === 0 ? 0 : 4 + 8 * out.sackCount;
}

function retransmission(tcb: Tcb, out: Segment, lost: number, now: Instant): boolean {
  const { recovery, snd } = tcb;
  begin(out, recovery.cursor, 'retransmission');
  again(tcb, out, Math.min(lost, snd.effSndMss));
  recovery.cursor = out.end;
  recovery.isForced = false;
  return sentAgain(tcb, out, now);
}

function resort(tcb: Tcb, out: Segment, last: LastResort, now: Instant): boolean {
  const { recovery } = tcb;
  begin(out, last.at, 'retransmission');
  again(tcb, out, last.length);
  if (last.isRescue) recovery.hasRescue = false;
  else recovery.cursor = out.end;
  return sentAgain(tcb, out, now);
}

function sentAgain(tcb: Tcb, out: Segment, now: Instant): boolean {
  tcb.sentAt = now;
  tcb.tally.retransmissions++;
  tcb.rtt.retransmitted();
  return finishOld(tcb, out, now);
}

/** Fills `out` with up to `length` sequence numbers that were sent before, from its SEG.SEQ on; the last may be the FIN. */
function again(tcb: Tcb, out: Segment, length: number): void {
  const { snd, sendBuffer } = tcb;
  const textLeft = seqDiff(snd.queued, out.seq) - (sendBuffer.isClosed ? 1 : 0);
  const octets = Math.min(length, textLeft);
  sendBuffer.fill(out, seqDiff(out.seq, snd.una), octets);
  const hasFin = octets === textLeft && sendBuffer.isClosed && length > octets;
  out.flags = ACK | (octets === textLeft && octets > 0 ? PSH : 0) | (hasFin ? FIN : 0);
}

/**
 * A zero-window probe (RFC 9293 §3.8.6.1). In the RFC's style it is one octet, or the FIN: the one at SND.UNA if any is
 * in flight, else a new one that lies beyond the right edge and moves SND.MAX alone. In Linux's it is an empty segment
 * left of what the peer expects, which it must answer.
 */
function windowProbe(tcb: Tcb, out: Segment, now: Instant): boolean {
  const { snd } = tcb;
  tcb.due.probe = false;
  tcb.tally.probesSent++;
  if (tcb.options.probeStyle === 'linux') return question(tcb, out, seqAdd(snd.una, -1), 'probe', now);

  begin(out, snd.una, 'probe');
  again(tcb, out, 1);
  if (snd.flight === 0) snd.max = seqMax(snd.max, seqAdd(snd.nxt, 1));
  tcb.rtt.retransmitted();
  return finishOld(tcb, out, now);
}

/** RFC 9293 §3.8.4: an empty segment at SND.NXT - 1, which the peer must answer. */
function keepalive(tcb: Tcb, out: Segment, now: Instant): boolean {
  tcb.due.keepalive = false;
  return question(tcb, out, seqAdd(tcb.snd.nxt, -1), 'keepalive', now);
}

/** An empty segment left of what the peer expects, which it must answer. */
function question(tcb: Tcb, out: Segment, at: Seq, purpose: Purpose, now: Instant): boolean {
  begin(out, at, purpose);
  out.flags = ACK;
  return finishOld(tcb, out, now);
}

/** SYN or SYN-ACK, with our options (RFC 9293 §3.7.1; RFC 7323 §2.2, §3.2; RFC 2018 §2). */
function handshake(tcb: Tcb, out: Segment, now: Instant): boolean {
  const { snd, options, due } = tcb;
  due.handshake = false;
  const isReply = tcb.state === 'SYN-RECEIVED';
  begin(out, snd.iss, 'handshake');
  out.flags = SYN | (isReply ? ACK : 0);
  out.mss = options.mss;
  out.windowScale = offeredScale(tcb);
  out.sackPermitted = options.sack && (!isReply || tcb.sack);
  if (options.timestamps && (!isReply || tcb.timestamps)) stamp(tcb, out, now);
  const shift = out.windowScale === ABSENT ? 0 : out.windowScale;
  tcb.synOffer = synOffer(tcb, shift);
  if (seqDiff(snd.nxt, snd.iss) === 0) {
    snd.advance(1);
    tcb.rtt.sent(snd.nxt, now);
  } else {
    tcb.rtt.retransmitted();
  }
  out.wnd = tcb.synOffer;
  if (isReply) {
    const { rcv } = tcb;
    out.ack = rcv.nxt;
    rcv.promise(seqMax(rcv.edge, seqAdd(rcv.nxt, tcb.synOffer)));
    rcv.lastAck = rcv.nxt;
    rcv.lastEdge = rcv.edge;
    acknowledgmentLeft(tcb);
  }
  return sent(tcb, out, now);
}

/** The shift count our SYN carries; a SYN-ACK scales only if the SYN did (RFC 7323 §2.2). */
function offeredScale(tcb: Tcb): number {
  const { windowScale, receiveBuffer } = tcb.options;
  if (windowScale === 'off') return ABSENT;
  if (tcb.state === 'SYN-RECEIVED' && !tcb.scales) return ABSENT;
  return windowScale === 'auto' ? windowScaleFor(receiveBuffer) : windowScale;
}

/** An empty segment. */
function compose(tcb: Tcb, out: Segment, at: Seq, purpose: Purpose, now: Instant): boolean {
  begin(out, at, purpose);
  if (purpose !== 'reset') {
    out.flags = ACK;
    reportSacks(tcb, out);
    return finish(tcb, out, now);
  }
  out.flags = RST; // <SEQ=…><CTL=RST> (RFC 9293 §3.10.5, §3.10.7.4)
  return sent(tcb, out, now);
}

function begin(out: Segment, at: Seq, purpose: Purpose): void {
  out.clear();
  out.seq = at;
  out.purpose = purpose;
}

/** Puts in what every segment of a synchronized connection carries: the acknowledgment and the window. */
function finish(tcb: Tcb, out: Segment, now: Instant): boolean {
  const { rcv } = tcb;
  const rule = decideOffer(tcb, now);
  const offered = offer(tcb, rule);
  const edge = seqAdd(rcv.nxt, offered);
  const isNews = seqDiff(edge, rcv.lastEdge) !== 0;
  out.ack = rcv.nxt;
  out.wnd = offered >> rcv.windShift;
  if (tcb.timestamps) stamp(tcb, out, now);
  if (tcb.snd.isUrgent) markUrgent(tcb, out);
  rcv.lastAck = rcv.nxt;
  rcv.lastEdge = edge;
  acknowledgmentLeft(tcb);
  if (offered === 0) tcb.tally.receiveWindowZero.begin(now);
  else tcb.tally.receiveWindowZero.end(now);
  if (isNews && tcb.probe !== undefined) tcb.probe.windowOffered(tcb, rule, now);
  return sent(tcb, out, now);
}

/**
 * The same for a segment that may lie left of what the peer has already: SND.WL1 forbids it to take a window from such a
 * segment, so none is offered that was not promised before, and an acknowledgment or a window update that is owed stays so.
 */
function finishOld(tcb: Tcb, out: Segment, now: Instant): boolean {
  out.ack = tcb.rcv.nxt;
  out.wnd = standingOffer(tcb) >> tcb.rcv.windShift;
  if (tcb.timestamps) stamp(tcb, out, now);
  if (tcb.snd.isUrgent) markUrgent(tcb, out);
  return sent(tcb, out, now);
}

/** RFC 7323 §3.2: TSval is our clock in whole milliseconds; TSecr echoes TS.Recent once there is one. */
function stamp(tcb: Tcb, out: Segment, now: Instant): void {
  out.tsVal = seq(Math.floor(now / MILLISECOND) + tcb.options.timestampOffset);
  out.tsEcr = tcb.state === 'SYN-SENT' ? 0 : tcb.rcv.tsRecent;
}

function sent(tcb: Tcb, out: Segment, now: Instant): boolean {
  out.sourcePort = tcb.localPort;
  out.destinationPort = tcb.remotePort;
  tcb.tally.segmentsSent++;
  if (tcb.probe !== undefined) tcb.probe.segmentLeaves(tcb, out, now);
  return true;
}
