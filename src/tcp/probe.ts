// What an onlooker can hear of a connection: one method per happening. The core calls them only where `tcb.probe` is set,
// so a connection that nobody observes pays one comparison. An onlooker reads the TCB it is given and changes nothing;
// segments and the TCB are live objects, to be copied from before the method returns.
import { type RecoveryPhase } from './recovery.ts';
import { type Segment } from './segment.ts';
import { type Offering, type SilenceReason } from './silence.ts';
import { type State } from './state.ts';
import { type Tcb } from './tcb.ts';
import { type Instant } from './time.ts';
import { type TimerName } from './timers.ts';

/** Why a segment that arrived, or part of it, was not taken. */
export type Refusal =
  | 'old' // wholly left of RCV.NXT: text already here
  | 'beyond-window' // wholly or partly right of the promised edge
  | 'zero-window' // text at RCV.NXT while nothing is offered
  | 'reassembly-full' // in the window, but too many gaps are held already
  | 'ack-unacceptable' // SEG.ACK outside (SND.UNA - MAX.SND.WND) … SND.MAX (RFC 5961 §5)
  | 'no-ack' // ACK bit off where it must be on
  | 'rst-outside-window' // RFC 5961 §3
  | 'rst-challenged' // in the window, not at RCV.NXT
  | 'syn-challenged' // SYN on a synchronized connection (RFC 5961 §4)
  | 'paws' // TSval older than TS.Recent (RFC 7323 §5)
  | 'after-fin' // text beyond the peer's own FIN
  | 'no-connection' // CLOSED
  | 'no-room' // offered by a policy that offers more than the buffer has room for
  | 'checksum'; // it was damaged on the way: what its header says may be wrong

/** Every refusal; its place here is its number in recordings. */
export const REFUSALS: readonly Refusal[] = [
  'old',
  'beyond-window',
  'zero-window',
  'reassembly-full',
  'ack-unacceptable',
  'no-ack',
  'rst-outside-window',
  'rst-challenged',
  'syn-challenged',
  'paws',
  'after-fin',
  'no-connection',
  'no-room',
  'checksum',
];

/** What the window that leaves in a segment follows from. */
export type OfferRule =
  | 'room' // all the room there is
  | 'silly-window' // the edge stays: less than min(RCV.BUFF / 2, MSS) would be gained (MUST-39)
  | 'promised' // the edge stays where it was promised, though the room is less (SHLD-14)
  | 'full' // no room
  | 'policy'; // a window policy other than the standard one says so

export const OFFER_RULES: readonly OfferRule[] = ['room', 'silly-window', 'promised', 'full', 'policy'];

export interface Probe {
  /** Before the segment is processed; SEG.WND is still unscaled. */
  segmentArrives(tcb: Tcb, seg: Segment, now: Instant): void;
  segmentRefused(tcb: Tcb, seg: Segment, refusal: Refusal, now: Instant): void;
  /** `seg.purpose` says why it leaves. */
  segmentLeaves(tcb: Tcb, seg: Segment, now: Instant): void;
  stateChanges(tcb: Tcb, from: State, to: State, now: Instant): void;
  /** The sending side's reason for silence; its numbers are in `tcb.snd` and `tcb.unsent`. */
  reasonChanges(tcb: Tcb, from: SilenceReason, to: SilenceReason, now: Instant): void;
  offeringChanges(tcb: Tcb, from: Offering, to: Offering, now: Instant): void;
  /** SND.WND was taken from a segment and differs from before (`from`, octets). */
  sendWindowChanges(tcb: Tcb, from: number, now: Instant): void;
  /**
   * cwnd as it is used, ssthresh or the phase of loss recovery (`from`) is not what it was: `tcb.told` says what they are now. At
   * most once for each input, and never where there is no congestion control.
   */
  congestionChanges(tcb: Tcb, from: RecoveryPhase, now: Instant): void;
  /** A segment is leaving whose window says something else than the last one's. */
  windowOffered(tcb: Tcb, rule: OfferRule, now: Instant): void;
  /** Not called for the delayed acknowledgment, which starts and stops with every second segment. */
  timerStarts(tcb: Tcb, timer: TimerName, deadline: Instant, now: Instant): void;
  timerStops(tcb: Tcb, timer: TimerName, now: Instant): void;
  timerFires(tcb: Tcb, timer: TimerName, now: Instant): void;
  /** The application wrote `offered` octets and `accepted` of them found room. */
  written(tcb: Tcb, accepted: number, offered: number, now: Instant): void;
  read(tcb: Tcb, octets: number, now: Instant): void;
}
