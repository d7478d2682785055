// Timeouts (RFC 9293 §3.10.8): what each timer does when it expires, and which of them run. Of retransmission, persist and
// override only one runs at a time: octets in flight under an open window, a zero window, a window too silly to use.
import { owe } from './ack-policy.ts';
import { retransmissionTimesOut } from './loss-recovery.ts';
import { PolicyViolation } from './policies/index.ts';
import { decideSend } from './send-policy.ts';
import { snapshot } from './snapshot.ts';
import { isSynchronized } from './state.ts';
import { type Tcb } from './tcb.ts';
import { type Duration, type Instant, NEVER } from './time.ts';
import {
  DELAYED_ACK,
  KEEPALIVE,
  OVERRIDE,
  PERSIST,
  RETRANSMISSION,
  TIME_WAIT,
  type Timer,
  TIMERS,
  USER_TIMEOUT,
} from './timers.ts';
import { enter, fail } from './transition.ts';

/** R1: after this many retransmissions the application is told (SHLD-9; SHLD-10: at least 3). */
const R1 = 3;

export function timePasses(tcb: Tcb, now: Instant): void {
  const { timers } = tcb;
  if (now < timers.next()) return;
  for (let timer = 0; timer < TIMERS.length; timer++) {
    const slot = timer as Timer;
    if (timers.deadline(slot) > now) continue;
    timers.stop(slot);
    if (tcb.probe !== undefined) tcb.probe.timerFires(tcb, TIMERS[timer]!, now);
    expire(tcb, slot, now);
  }
}

function expire(tcb: Tcb, timer: Timer, now: Instant): void {
  switch (timer) {
    case RETRANSMISSION:
      retransmissionTimeout(tcb, now);
      return;
    case PERSIST:
      persistTimeout(tcb, now);
      return;
    case DELAYED_ACK:
      owe(tcb, 'ack');
      return;
    case OVERRIDE:
      tcb.isOverridden = true;
      return;
    case KEEPALIVE:
      keepaliveTimeout(tcb, now);
      return;
    case USER_TIMEOUT:
      fail(tcb, 'user-timeout', now);
      return;
    case TIME_WAIT:
      enter(tcb, 'CLOSED', now);
      return;
  }
}

function retransmissionTimeout(tcb: Tcb, now: Instant): void {
  const { rtt, options } = tcb;
  // Held: nothing could leave, so nothing went unanswered.
  if (tcb.isHeld) {
    tcb.timers.start(RETRANSMISSION, now + rtt.rto);
    return;
  }
  const isOpening = !isSynchronized(tcb.state);
  if (now - tcb.progressAt >= (isOpening ? options.r2Syn : options.r2)) {
    fail(tcb, 'timed-out', now);
    return;
  }
  rtt.backOff();
  if (rtt.backoff === R1) tcb.events.add('not-delivering');
  tcb.startTimer(RETRANSMISSION, now + rtt.rto, now);
  if (isOpening) {
    tcb.due.handshake = true;
    tcb.tally.retransmissions++;
    return;
  }
  retransmissionTimesOut(tcb, now);
}

/** SHLD-29, SHLD-30: the first probe after one RTO, each further one after twice as long. MUST-37: for ever, if answered. */
function persistTimeout(tcb: Tcb, now: Instant): void {
  const { rtt, options } = tcb;
  if (tcb.isHeld) {
    tcb.timers.start(PERSIST, now + rtt.base);
    return;
  }
  const isAnswered = tcb.probes === 0 || tcb.heardAt >= tcb.askedAt;
  if (!isAnswered && now - tcb.askedAt >= options.r2) {
    fail(tcb, 'timed-out', now);
    return;
  }
  if (isAnswered) tcb.askedAt = now; // the wait for an answer begins here: R2 counts from now
  tcb.probes++;
  tcb.due.probe = true;
  startProbing(tcb, now);
}

function startProbing(tcb: Tcb, now: Instant): void {
  const wait = probeWait(tcb, now);
  if (wait !== NEVER) tcb.startTimer(PERSIST, now + wait, now);
}

/** RTO, then twice as long with each probe. */
function probeWait(tcb: Tcb, now: Instant): Duration {
  const { probes, rtt, options } = tcb;
  const { probe } = tcb.policies;
  const standard = probes === 0 ? rtt.base : Math.min(rtt.base * 2 ** probes, options.persistMax);
  if (probe === undefined) return standard;
  const wait = probe.wait({ probes, rto: rtt.base, most: options.persistMax, now, standard });
  if (wait === NEVER && !tcb.neverProbes) {
    throw new PolicyViolation(probe.name, 'MUST-36', `after ${probes} probes it sends no more`, snapshot(tcb));
  }
  // A second probe at the instant of the first would let no time pass.
  return Math.max(probes === 0 ? 0 : 1, Math.round(wait));
}

/** §3.8.4 (MUST-26): only while something can leave, nothing is in flight and nothing was heard for as long as was asked. */
function keepaliveTimeout(tcb: Tcb, now: Instant): void {
  const { keepalive } = tcb.options;
  if (keepalive === undefined) return;
  const idleUntil = tcb.heardAt + keepalive.idle + tcb.keepalives * keepalive.interval;
  if (tcb.isHeld || tcb.snd.flight > 0 || now < idleUntil) {
    tcb.startTimer(KEEPALIVE, Math.max(idleUntil, now + keepalive.interval), now);
    return;
  }
  if (tcb.keepalives >= keepalive.count) {
    fail(tcb, 'timed-out', now);
    return;
  }
  tcb.keepalives++;
  tcb.due.keepalive = true;
  tcb.startTimer(KEEPALIVE, now + keepalive.interval, now);
}

/** Lets those timers run that should, after anything has happened. */
export function superviseTimers(tcb: Tcb, now: Instant): void {
  if (tcb.state === 'CLOSED' || tcb.state === 'LISTEN' || tcb.state === 'TIME-WAIT') return;
  const isWaiting = isSynchronized(tcb.state) ? superviseSending(tcb, now) : superviseOpening(tcb, now);
  if (tcb.options.userTimeout !== NEVER) superviseUserTimeout(tcb, isWaiting, now);
}

function superviseOpening(tcb: Tcb, now: Instant): boolean {
  if (tcb.snd.flight > 0 && !tcb.timers.isRunning(RETRANSMISSION)) {
    tcb.startTimer(RETRANSMISSION, now + tcb.rtt.rto, now);
  }
  return true;
}

/** Retransmission, persist or override. Says whether the peer owes us anything. */
function superviseSending(tcb: Tcb, now: Instant): boolean {
  const { snd, timers, rtt } = tcb;
  const flight = snd.flight;
  if (snd.wnd === 0) {
    tcb.stopTimer(RETRANSMISSION, now);
    tcb.stopTimer(OVERRIDE, now);
    const isBlocked = flight > 0 || snd.unsent > 0;
    if (!isBlocked) stopProbing(tcb, now);
    else if (!timers.isRunning(PERSIST)) startProbing(tcb, now);
    return tcb.probes > 0 && tcb.heardAt < tcb.askedAt;
  }
  if (timers.isRunning(PERSIST)) {
    stopProbing(tcb, now);
    tcb.progressAt = now; // what is in flight was not waited for while the window was shut
  }
  if (flight > 0) {
    if (!timers.isRunning(RETRANSMISSION)) tcb.startTimer(RETRANSMISSION, now + rtt.rto, now);
    tcb.stopTimer(OVERRIDE, now);
    return true;
  }
  tcb.stopTimer(RETRANSMISSION, now);
  const isSilly = snd.unsent > 0 && decideSend(tcb) === 'silly-window';
  if (!isSilly) tcb.stopTimer(OVERRIDE, now);
  else if (!timers.isRunning(OVERRIDE)) tcb.startTimer(OVERRIDE, now + tcb.options.sillyWindowOverride, now);
  return false;
}

function stopProbing(tcb: Tcb, now: Instant): void {
  tcb.stopTimer(PERSIST, now);
  tcb.probes = 0;
  tcb.due.probe = false;
}

/** §3.10.8: from the last progress on, or from the first probe that was not answered. */
function superviseUserTimeout(tcb: Tcb, isWaiting: boolean, now: Instant): void {
  if (!isWaiting) {
    tcb.stopTimer(USER_TIMEOUT, now);
    return;
  }
  const { userTimeout } = tcb.options;
  if (!tcb.timers.isRunning(USER_TIMEOUT)) {
    tcb.startTimer(USER_TIMEOUT, now + userTimeout, now);
    return;
  }
  const since = isSynchronized(tcb.state) && tcb.snd.wnd === 0 ? tcb.askedAt : tcb.progressAt;
  if (since + userTimeout > tcb.timers.deadline(USER_TIMEOUT)) tcb.timers.start(USER_TIMEOUT, since + userTimeout);
}
