// Moving from state to state: what every arrow has in common.
import { assert } from './assert.ts';
import { type Failure } from './events.ts';
import { ARROWS, type State } from './state.ts';
import { type Tcb } from './tcb.ts';
import { type Instant } from './time.ts';
import { TIME_WAIT, type Timer, TIMERS } from './timers.ts';

export function enter(tcb: Tcb, to: State, now: Instant): void {
  const from = tcb.state;
  assert(to === 'CLOSED' || ARROWS[from].includes(to), 'the state diagram has this arrow');
  tcb.state = to;
  if (tcb.probe !== undefined) tcb.probe.stateChanges(tcb, from, to, now);

  if (to === 'ESTABLISHED') {
    tcb.events.add('connected');
    // A close that came before: its FIN was queued for now (§3.10.4, SYN-RECEIVED).
    if (tcb.sendBuffer.isClosed) enter(tcb, 'FIN-WAIT-1', now);
  }
  if (to === 'TIME-WAIT') {
    end(tcb, now);
    tcb.startTimer(TIME_WAIT, now + 2 * tcb.options.msl, now);
  }
  if (to === 'CLOSED') end(tcb, now);
}

/** CLOSED otherwise than by two FINs. What is unread stays readable; what is unsent is gone. */
export function fail(tcb: Tcb, failure: Failure, now: Instant): void {
  tcb.failure = failure;
  tcb.sendBuffer.clear();
  tcb.isWriteWaiting = false;
  tcb.recovery.end();
  tcb.due.handshake = false;
  tcb.due.ack = 'none';
  enter(tcb, 'CLOSED', now);
}

function end(tcb: Tcb, now: Instant): void {
  for (let timer = 0; timer < TIMERS.length; timer++) tcb.stopTimer(timer as Timer, now);
  tcb.due.probe = false;
  tcb.due.keepalive = false;
  if (tcb.endedAt <= now) return; // from TIME-WAIT to CLOSED: told already
  tcb.endedAt = now;
  tcb.isWriteWaiting = false;
  tcb.events.drop('writable'); // an ACK may have made room just before the RST that came with it
  tcb.tally.sendWindowZero.end(now);
  tcb.tally.receiveWindowZero.end(now);
  tcb.events.add('finished');
}
