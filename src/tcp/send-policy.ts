// When to send (RFC 9293 §3.8.6.2.1, sender silly-window avoidance; §3.7.4, Nagle), and, from the same decision, why not.
// Every write is a push, so condition (2), "PUSHed and D =< U", asks only whether everything queued fits.
import { congestionRoom, congestionWindow, lastResort, retransmissionDue } from './loss-recovery.ts';
import { type GatePolicy, PolicyViolation } from './policies/index.ts';
import { seqLt } from './seq.ts';
import { type SilenceReason } from './silence.ts';
import { snapshot } from './snapshot.ts';
import { isSynchronized } from './state.ts';
import { type Tcb } from './tcb.ts';

export type SendDecision =
  'send' | 'nothing-queued' | 'zero-window' | 'congestion' | 'nagle' | 'window-full' | 'silly-window' | 'policy';

/** May new octets, or the FIN, leave now? */
export function decideSend(tcb: Tcb): SendDecision {
  const { gate } = tcb.policies;
  return gate === undefined ? decideByRule(tcb) : decideByPolicy(tcb, gate);
}

function decideByRule(tcb: Tcb): SendDecision {
  const { snd } = tcb;
  if (snd.unsent === 0) return 'nothing-queued';
  if (snd.wnd === 0) return 'zero-window';

  const usable = snd.usable;
  const flight = snd.flight;
  if (tcb.isCongestionControlled && congestionHolds(tcb, usable)) {
    return usable > 0 || congestionWindow(tcb) < snd.wnd ? 'congestion' : 'window-full';
  }
  if (usable <= 0) return 'window-full';

  const text = tcb.unsentText;
  const sendable = Math.min(text, usable);
  if (sendable >= snd.effSndMss) return 'send'; // (1)
  if (!isWorthwhile(tcb, text, sendable, usable)) return flight > 0 ? 'window-full' : 'silly-window';
  if (flight > 0 && nagleHolds(tcb, sendable)) return 'nagle';
  return 'send';
}

/** What a gate other than the standard one says. Where there is nothing to send it is not asked. */
function decideByPolicy(tcb: Tcb, gate: GatePolicy): SendDecision {
  const { snd } = tcb;
  const standard = decideByRule(tcb);
  if (standard === 'nothing-queued') return standard;
  const { usable, flight, wnd, maxWnd, effSndMss: mss } = snd;
  const isClosing = tcb.sendBuffer.isClosed;
  const decision = gate.decide({ unsent: tcb.unsentText, usable, flight, wnd, maxWnd, mss, isClosing, standard });
  if (decision === 'wait') return standard === 'send' ? 'policy' : standard;
  if (usable > 0 || tcb.ignoresWindow) return 'send';
  throw new PolicyViolation(gate.name, 'SND.WND', `it sends while the usable window is ${usable}`, snapshot(tcb));
}

/** Would the next segment, as the peer's window lets it be, be more than the network may take? A FIN counts as an octet. */
function congestionHolds(tcb: Tcb, usable: number): boolean {
  const next = Math.min(tcb.unsentText, usable, tcb.snd.effSndMss);
  return congestionRoom(tcb) < Math.max(1, next);
}

/** Conditions (2) to (4): all of it, half the widest window, or the override timer. */
function isWorthwhile(tcb: Tcb, text: number, sendable: number, usable: number): boolean {
  if (text <= usable) return true;
  if (2 * sendable >= tcb.snd.maxWnd) return true;
  return tcb.isOverridden || !tcb.options.sillyWindowAvoidance;
}

/** With octets in flight: must this short segment wait for them? */
function nagleHolds(tcb: Tcb, sendable: number): boolean {
  const { snd, options } = tcb;
  if (options.nagle === 'off') return false;
  // Nor do urgent octets wait, as in BSD and Linux: what they hurry past is exactly what is in flight.
  if (snd.isUrgent) return false;
  // The FIN ends the stream: waiting could gather nothing more. (Every stack does this; RFC 9293 does not speak of it.)
  if (tcb.sendBuffer.isClosed && sendable < snd.usable) return false;
  return options.nagle === 'nagle' || seqLt(snd.una, snd.sml);
}

/** Something lost may go again now. */
function isMending(tcb: Tcb): boolean {
  return retransmissionDue(tcb) > 0 || lastResort(tcb) !== undefined;
}

/** Why the sending side is silent, or 'sending' where it is not: the first that holds, in the order of docs/architecture.md. */
export function silenceReason(tcb: Tcb): SilenceReason {
  if (!isSynchronized(tcb.state)) return 'handshake';
  if (tcb.isFinSent) return 'closing';

  const decision = decideSend(tcb);
  if (decision === 'send' || tcb.due.probe || (tcb.recovery.isActive && isMending(tcb))) {
    if (tcb.holds.recorder) return 'recorder';
    return tcb.holds.carrier ? 'carrier' : 'sending';
  }
  if (decision === 'nothing-queued') return tcb.isWriteWaiting ? 'send-buffer' : 'nothing-queued';
  if (decision === 'zero-window') return 'zero-window';
  return tcb.recovery.isActive ? 'recovery' : decision;
}
