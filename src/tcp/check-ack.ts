// Fifth, check the ACK field (RFC 9293 §3.10.7.4): what is acknowledged, what window comes with it, and what that means
// for a connection that is opening or closing.
import { challenge, owe } from './ack-policy.ts';
import { initialWindow } from './congestion/index.ts';
import { acknowledgmentArrives, isDuplicateAck, isWindowFull } from './loss-recovery.ts';
import { ACK, type Segment } from './segment.ts';
import { seqDiff, seqLeq, seqLt } from './seq.ts';
import { type Tcb } from './tcb.ts';
import { type Instant, SECOND } from './time.ts';
import { KEEPALIVE, RETRANSMISSION } from './timers.ts';
import { enter } from './transition.ts';

/** RFC 6298 §5.7: RTO for data after a SYN that had to be sent again. */
const RTO_AFTER_LOST_SYN = 3 * SECOND;

/** False when the segment is dropped. `wnd` is SEG.WND, scaled; `isBare`: it came without text, SYN and FIN. */
export function checkAck(tcb: Tcb, seg: Segment, wnd: number, isBare: boolean, now: Instant): boolean {
  if (!seg.has(ACK)) {
    tcb.refuse(seg, 'no-ack', now);
    return false;
  }
  if (tcb.state === 'SYN-RECEIVED') {
    if (!establishes(tcb, seg)) {
      tcb.refuse(seg, 'ack-unacceptable', now);
      tcb.oweReset(seg.ack); // <SEQ=SEG.ACK><CTL=RST>
      return false;
    }
    synAcknowledged(tcb, seg, wnd, now);
    enter(tcb, 'ESTABLISHED', now);
    return true;
  }
  if (!isAcceptable(tcb, seg)) {
    tcb.refuse(seg, 'ack-unacceptable', now);
    if (seg.len > 0) owe(tcb, 'ack');
    else challenge(tcb, now);
    return false;
  }
  tcb.heardAt = now;
  tcb.keepalives = 0;

  const isNew = seqLt(tcb.snd.una, seg.ack);
  const before = tcb.snd.wnd;
  if (isNew) acknowledge(tcb, seg, now);
  else acknowledgeAgain(tcb, seg, wnd, isBare, now);
  if (isNew || seg.ack === tcb.snd.una) takeWindow(tcb, seg, wnd, isNew);
  if (tcb.snd.wnd !== before) windowChanged(tcb, before, now);
  if (isNew && tcb.isFinAcknowledged) finAcknowledged(tcb, now);
  return true;
}

function establishes(tcb: Tcb, seg: Segment): boolean {
  return seqLt(tcb.snd.una, seg.ack) && seqLeq(seg.ack, tcb.snd.max);
}

/** RFC 5961 §5; the upper bound is SND.MAX, for a probe's octet may have been taken. */
function isAcceptable(tcb: Tcb, seg: Segment): boolean {
  const { snd } = tcb;
  // Measured from SND.UNA: compared with two bounds that are the same, a number 2^31 away would seem to lie between them.
  const offset = seqDiff(seg.ack, snd.una);
  return -snd.maxWnd <= offset && offset <= seqDiff(snd.max, snd.una);
}

/** Our SYN is acknowledged: the first window of the connection is known. */
export function synAcknowledged(tcb: Tcb, seg: Segment, wnd: number, now: Instant): void {
  const { snd } = tcb;
  const wasLost = tcb.rtt.backoff > 0;
  snd.acknowledge(seg.ack);
  snd.setWindow(seg, wnd);
  tcb.congestion.begin(snd.effSndMss, initialWindow(tcb.options.initialWindow, snd.effSndMss, wasLost));
  tcb.rtt.acknowledged(seg.ack, now);
  if (wasLost) tcb.rtt.afterLostSyn(RTO_AFTER_LOST_SYN);
  tcb.stopTimer(RETRANSMISSION, now);
  tcb.due.handshake = false;
  tcb.progressAt = now;
  tcb.heardAt = now;
  if (wnd === 0) tcb.tally.sendWindowZero.begin(now);
  if (snd.isUrgent) owe(tcb, 'urgent'); // written before there was anybody to tell
  const { keepalive } = tcb.options;
  if (keepalive !== undefined) tcb.startTimer(KEEPALIVE, now + keepalive.idle, now);
}

function acknowledge(tcb: Tcb, seg: Segment, now: Instant): void {
  const { snd, timers, recovery } = tcb;
  const wasFull = tcb.isCongestionControlled && isWindowFull(tcb);
  const guests = seqDiff(seg.ack, snd.nxt); // a probe's octet that the peer took
  const count = snd.acknowledge(seg.ack);
  const octets = tcb.isFinAcknowledged ? count - 1 : count;
  tcb.sendBuffer.acknowledge(octets);
  tcb.tally.octetsAcknowledged += octets;
  if (guests > 0 && !tcb.isFinAcknowledged) tcb.tally.octetsSent += guests;
  tcb.rtt.acknowledged(seg.ack, now);
  const hasSacks = !tcb.scoreboard.isEmpty || seg.sackCount > 0;
  if (tcb.isCongestionControlled || recovery.isEventful || hasSacks) {
    acknowledgmentArrives(tcb, seg, count, false, wasFull, now);
  }
  tcb.progressAt = now;
  // RFC 6298 §5.3: the timer starts again; §5.2: with nothing in flight it stops (timeouts.ts sees to that).
  // RFC 6582 §4, the impatient variant: without SACK, of the acknowledgments in fast recovery only the first restarts it.
  const isImpatient = recovery.phase === 'fast' && !tcb.sack && recovery.partials > 1;
  if (!isImpatient && timers.isRunning(RETRANSMISSION)) timers.start(RETRANSMISSION, now + tcb.rtt.rto);
}

/** SND.UNA stays: is something lost? */
function acknowledgeAgain(tcb: Tcb, seg: Segment, wnd: number, isBare: boolean, now: Instant): void {
  const isDuplicate = isDuplicateAck(tcb, seg, wnd, isBare);
  const hasNews = tcb.sack && seg.sackCount > 0 && seg.ack === tcb.snd.una;
  if (isDuplicate || hasNews) acknowledgmentArrives(tcb, seg, 0, isDuplicate, false, now);
}

/** Takes SND.WND, after SND.UNA. */
function takeWindow(tcb: Tcb, seg: Segment, wnd: number, isNew: boolean): void {
  const { snd } = tcb;
  const { edge } = snd;
  if (snd.updateWindow(seg, wnd) && !isNew && seg.len === 0 && snd.edge !== edge) tcb.tally.windowUpdatesReceived++;
}

/** SND.WND is no longer what it was: by what the peer offers, or by what it acknowledged up to an edge that stayed. */
function windowChanged(tcb: Tcb, before: number, now: Instant): void {
  if (tcb.snd.wnd === 0) tcb.tally.sendWindowZero.begin(now);
  else tcb.tally.sendWindowZero.end(now);
  if (before === 0) tcb.progressAt = now; // what is in flight was not waited for while the window was shut
  if (tcb.probe !== undefined) tcb.probe.sendWindowChanges(tcb, before, now);
}

function finAcknowledged(tcb: Tcb, now: Instant): void {
  switch (tcb.state) {
    case 'FIN-WAIT-1':
      enter(tcb, 'FIN-WAIT-2', now);
      return;
    case 'CLOSING':
      enter(tcb, 'TIME-WAIT', now);
      return;
    case 'LAST-ACK':
      enter(tcb, 'CLOSED', now);
      return;
    default:
  }
}
