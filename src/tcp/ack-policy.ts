// When to acknowledge (RFC 9293 §3.8.6.3): at once for what is out of order, and for every second full-sized segment
// (SHLD-19); otherwise within the delay, which is under half a second (MUST-40), unless text carries it first.
// "An acknowledgment is owed" is one pending mark, so a peer that sends and never reads costs nothing.
import { type AckPolicy } from './policies/index.ts';
import { seqDiff } from './seq.ts';
import { type AckDue, type Tcb } from './tcb.ts';
import { type Instant, SECOND } from './time.ts';
import { DELAYED_ACK } from './timers.ts';

/** Challenge ACKs, and replies to empty unacceptable segments: at most this many a second (RFC 5961 §10). */
const CHALLENGES_PER_SECOND = 10;

/** Text, or a FIN, has come in order. */
export function acknowledgeInOrder(tcb: Tcb, now: Instant): void {
  const { rcv, snd, options } = tcb;
  const unacknowledged = seqDiff(rcv.nxt, rcv.lastAck);
  let isDue = unacknowledged >= 2 * snd.effSndMss || options.delayedAck === 0;
  if (tcb.policies.ack !== undefined) isDue = asked(tcb, tcb.policies.ack, unacknowledged, isDue, now);
  if (isDue) {
    owe(tcb, 'ack');
    return;
  }
  if (tcb.due.ack !== 'none') return;
  tcb.due.ack = 'delayed';
  tcb.timers.start(DELAYED_ACK, now + options.delayedAck);
}

function asked(tcb: Tcb, policy: AckPolicy, unacknowledged: number, isDue: boolean, now: Instant): boolean {
  const { effSndMss: mss } = tcb.snd;
  const facts = { unacknowledged, mss, delay: tcb.options.delayedAck, now, standard: isDue ? 'now' : 'later' } as const;
  return policy.decide(facts) === 'now';
}

/** An acknowledgment leaves at the next poll. A plain one says everything that the others say. */
export function owe(tcb: Tcb, due: Exclude<AckDue, 'none' | 'delayed'>): void {
  if (tcb.due.ack === 'none' || tcb.due.ack === 'delayed' || due === 'ack') tcb.due.ack = due;
}

/** RFC 5961: says where we stand, to whoever may be guessing; limited, so that two ends cannot do it for ever. */
export function challenge(tcb: Tcb, now: Instant): void {
  if (now - tcb.challengesSince >= SECOND) {
    tcb.challengesSince = now;
    tcb.challenges = 0;
  }
  if (tcb.challenges >= CHALLENGES_PER_SECOND) return;
  tcb.challenges++;
  owe(tcb, 'challenge-ack');
}

/** A segment left that says all there is to say. */
export function acknowledgmentLeft(tcb: Tcb): void {
  if (tcb.due.ack === 'none') return;
  tcb.due.ack = 'none';
  tcb.timers.stop(DELAYED_ACK);
}
