// The calls of an application (RFC 9293 §3.10.1 to §3.10.6). What the application does wrong throws an Error in the RFC's
// words; what the peer does wrong never does. Left out: precedence and security.
import { owe } from './ack-policy.ts';
import { type HoldReason } from './silence.ts';
import { mayWrite } from './state.ts';
import { type Tcb } from './tcb.ts';
import { seqAdd, seqDiff } from './seq.ts';
import { type Instant } from './time.ts';
import { RETRANSMISSION } from './timers.ts';
import { enter, fail } from './transition.ts';
import { leaveUrgentMode, urge } from './urgent.ts';
import { isWindowUpdateDue } from './window-policy.ts';

/** OPEN, active (§3.10.1): the SYN leaves at the next poll. */
export function openActively(tcb: Tcb, now: Instant): void {
  if (tcb.state !== 'LISTEN' && tcb.opened !== 'not') throw new Error('connection already exists');
  tcb.opened = 'actively';
  tcb.progressAt = now;
  enter(tcb, 'SYN-SENT', now);
  tcb.due.handshake = true;
}

/** OPEN, passive. */
export function openPassively(tcb: Tcb, now: Instant): void {
  if (tcb.opened !== 'not') throw new Error('connection already exists');
  tcb.opened = 'passively';
  enter(tcb, 'LISTEN', now);
}

/** SEND (§3.10.2): takes as many octets as there is room for, and returns how many. */
export function write(tcb: Tcb, octets: Uint8Array, now: Instant): number {
  if (tcb.sendBuffer.isClosed) throw new Error('connection closing');
  if (!mayWrite(tcb.state)) throw new Error('connection does not exist');
  const accepted = Math.min(octets.length, tcb.sendRoom);
  if (accepted > 0) {
    tcb.sendBuffer.append(accepted === octets.length ? octets : octets.subarray(0, accepted));
    tcb.snd.queued = seqAdd(tcb.snd.queued, accepted);
  }
  tcb.isWriteWaiting = accepted < octets.length;
  if (tcb.probe !== undefined) tcb.probe.written(tcb, accepted, octets.length, now);
  return accepted;
}

/** SEND with the URGENT flag: of what found room, the last octet is where SND.UP comes after. */
export function writeUrgent(tcb: Tcb, octets: Uint8Array, now: Instant): number {
  const accepted = write(tcb, octets, now);
  if (accepted > 0) urge(tcb);
  return accepted;
}

/**
 * A write waits for room: is there enough to tell? By the quarter of the buffer, so that a bulk transfer is not written in
 * slivers; or any at all, as soon as there is no whole segment left to send.
 */
export function tellRoom(tcb: Tcb): void {
  const room = tcb.sendRoom;
  if (room * 4 < tcb.sendCapacity && !(room > 0 && tcb.snd.unsent < tcb.snd.effSndMss)) return;
  tcb.isWriteWaiting = false; // from now on it is the application that gives nothing
  tcb.events.add('writable');
}

/** RECEIVE (§3.10.3), after the application has taken `count` octets: room has come, and perhaps it is worth telling. */
export function consumed(tcb: Tcb, count: number, now: Instant): void {
  tcb.tally.octetsRead += count;
  if (tcb.probe !== undefined) tcb.probe.read(tcb, count, now);
  if (tcb.rcv.isUrgent) leaveUrgentMode(tcb);
  if (isWindowUpdateDue(tcb, now)) owe(tcb, 'window-update');
}

/** CLOSE (§3.10.4): what is queued is still sent, then the FIN. Closing twice is not an error. */
export function close(tcb: Tcb, now: Instant): void {
  if (tcb.sendBuffer.isClosed) return;
  switch (tcb.state) {
    case 'CLOSED':
      return;
    case 'LISTEN':
    case 'SYN-SENT':
      fail(tcb, 'aborted', now);
      return;
    default:
  }
  tcb.sendBuffer.close();
  tcb.isWriteWaiting = false;
  tcb.snd.queued = seqAdd(tcb.snd.queued, 1);
  if (tcb.state === 'ESTABLISHED') enter(tcb, 'FIN-WAIT-1', now);
  if (tcb.state === 'CLOSE-WAIT') enter(tcb, 'LAST-ACK', now);
}

/**
 * ABORT (§3.10.5): a RST, and all is forgotten but what is unread. Where a probe's octet is out, the peer may have taken
 * it or not, and a RST counts only exactly at its RCV.NXT (RFC 5961 §3): so one leaves at either place.
 */
export function abort(tcb: Tcb, now: Instant): void {
  const { snd } = tcb;
  switch (tcb.state) {
    case 'CLOSED':
      return;
    case 'SYN-RECEIVED':
    case 'ESTABLISHED':
    case 'FIN-WAIT-1':
    case 'FIN-WAIT-2':
    case 'CLOSE-WAIT':
      tcb.due.resets.push(snd.nxt);
      if (seqDiff(snd.max, snd.nxt) !== 0) tcb.due.resets.push(snd.max);
      break;
    case 'TIME-WAIT':
      enter(tcb, 'CLOSED', now);
      return;
    default: // LISTEN, SYN-SENT, CLOSING, LAST-ACK: nobody needs telling
  }
  fail(tcb, 'aborted', now);
}

/** The carrier is gone, without a FIN or a RST: as good as a RST from the peer. */
export function carrierLost(tcb: Tcb, now: Instant): void {
  if (tcb.state === 'CLOSED') return;
  tcb.due.resets.length = 0;
  if (tcb.state === 'TIME-WAIT') enter(tcb, 'CLOSED', now);
  else fail(tcb, 'reset', now);
}

/** Nothing leaves until `release`: the recording is behind, or the carrier takes no more. */
export function hold(tcb: Tcb, reason: HoldReason): void {
  tcb.holds[reason] = true;
}

/** While nothing could leave nothing went unanswered: R2 counts from now, and the retransmission timer starts again. */
export function release(tcb: Tcb, reason: HoldReason, now: Instant): void {
  const wasHeld = tcb.isHeld;
  tcb.holds[reason] = false;
  if (!wasHeld || tcb.isHeld) return;
  tcb.progressAt = now;
  tcb.askedAt = now;
  if (tcb.timers.isRunning(RETRANSMISSION)) tcb.timers.start(RETRANSMISSION, now + tcb.rtt.rto);
}
