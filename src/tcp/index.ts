// sash/tcp: RFC 9293, pure. Nothing here knows a clock, a socket or a source of randomness.
export { Assembler } from './assembler.ts';
export { checkTcb } from './check-tcb.ts';
export { CONGESTION_NAMES, type Congestion, type CongestionName, Cubic, Reno } from './congestion/index.ts';
export { Connection } from './connection.ts';
export { NO_OCTETS } from './count.ts';
export { type ConnectionEvent, type Failure } from './events.ts';
export {
  type ConnectionOptions,
  connectionOptions,
  DEFAULT_KEEPALIVE,
  DEFAULT_SEND_MSS,
  type Keepalive,
  MAX_WINDOW,
  MAX_WINDOW_SCALE,
  type NagleVariant,
  type ProbeStyle,
  type Profile,
  type ProfileName,
  PROFILES,
  windowScaleFor,
} from './options.ts';
export {
  type AckDecision,
  type AckFacts,
  type AckPolicy,
  BUILT_IN,
  type GateDecision,
  type GateFacts,
  type GatePolicy,
  type Invariant,
  type Policies,
  type Policy,
  type PolicyChoice,
  PolicyViolation,
  type ProbeFacts,
  type ProbePolicy,
  type RtoFacts,
  type RtoPolicy,
  type WindowFacts,
  type WindowPolicy,
} from './policies/index.ts';
export { Onlooker } from './onlooker.ts';
export { Ranges } from './ranges.ts';
export { cbrt, exp, ln, pow } from './real.ts';
export { OFFER_RULES, type OfferRule, type Probe, type Refusal, REFUSALS } from './probe.ts';
export { RECOVERY_PHASES, type RecoveryPhase } from './recovery.ts';
export { ABSENT, ACK, FIN, PSH, type Purpose, PURPOSES, RST, Segment, SYN, type TextLasts, URG } from './segment.ts';
export { NO_SEQ, type Seq, seq, seqAdd, seqDiff, seqInWindow, seqLeq, seqLt, seqMax, seqMin } from './seq.ts';
export {
  type HoldReason,
  type Offering,
  type OfferingDurations,
  OFFERINGS,
  type ReasonDurations,
  REASON_MEANINGS,
  SILENCE_REASONS,
  type SilenceReason,
} from './silence.ts';
export { type Snapshot } from './snapshot.ts';
export { ARROWS, isSynchronized, type State, STATES } from './state.ts';
export { Periods, type Tally } from './tally.ts';
export { type Tcb } from './tcb.ts';
export {
  BEGINNING,
  type Duration,
  HOUR,
  type Instant,
  MICROSECOND,
  MILLISECOND,
  MINUTE,
  NEVER,
  SECOND,
} from './time.ts';
export { type TimerName, TIMERS } from './timers.ts';
