// What a policy is: the place where somebody else's idea of flow control goes. Six questions a connection asks; each comes
// with plain data and wants a plain answer: a number or a name. `standard` is what the connection would do by itself, so the
// shortest policy there is returns it. Times are nanoseconds, the rest are octets, unless they say otherwise.
//
// A policy that breaks an invariant is stopped with the clause it broke (violation.ts), unless it says so itself in `breaks`.
import { type Congestion } from '../congestion/index.ts';
import { type SendDecision } from '../send-policy.ts';
import { type Duration, type Instant } from '../time.ts';

/**
 * What a policy may break and be stopped for, by RFC 9293's requirement: SHLD-14, the right edge moves left; MUST-36, a zero
 * window is not probed; and, where the RFC has no number, RCV.BUFF, more is offered than the buffer holds; SND.WND, octets
 * are sent beyond what was offered (§3.8.6).
 */
export type Invariant = 'SHLD-14' | 'MUST-36' | 'RCV.BUFF' | 'SND.WND';

export interface Policy {
  readonly name: string;
  /** What it breaks, and so may break; and other requirements it does not meet, for whoever reads it. */
  readonly breaks?: readonly (Invariant | `${'MUST' | 'SHLD' | 'MAY'}-${number}`)[];
}

/** How much to offer. */
export interface WindowFacts {
  /** Octets of the receive buffer that are free. */
  room: number;
  /** Octets in order that the application has not read. */
  unread: number;
  /** RCV.BUFF. */
  capacity: number;
  /** RCV.WND: octets from RCV.NXT to the furthest edge ever promised. */
  promised: number;
  /** The window that the last segment sent said. */
  lastOffer: number;
  /** Eff.snd.MSS, as a measure of the peer's segments. */
  mss: number;
  /** Offers are rounded down to whole units: 2^Rcv.Wind.Shift. */
  unit: number;
  /** Octets received in order, and read by the application, since the connection began. */
  received: number;
  read: number;
  /** Smoothed round-trip time of what we sent ourselves, if only the handshake; NEVER if nothing was answered yet. */
  srtt: Duration;
  now: Instant;
  /** What the connection would offer by itself: silly-window avoidance, and the edge where it was promised (MUST-39, SHLD-14). */
  standard: number;
}

export interface WindowPolicy extends Policy {
  /** The window from RCV.NXT on. Asked when a segment leaves, and when the application has read. */
  offer(it: WindowFacts): number;
  /** Is a window that moves the edge by `moves` octets worth a segment of its own? Where it is not defined, as usual. */
  announces?(it: WindowFacts, moves: number): boolean;
}

/** When to acknowledge text that has come in order. */
export interface AckFacts {
  /** Octets received and not acknowledged. */
  unacknowledged: number;
  mss: number;
  /** How long an acknowledgment may wait (RFC 9293 §3.8.6.3). */
  delay: Duration;
  now: Instant;
  standard: AckDecision;
}

/** At once; or when text leaves, or the delay has passed, whichever is first. */
export type AckDecision = 'now' | 'later';

export interface AckPolicy extends Policy {
  decide(it: AckFacts): AckDecision;
}

/** When to send. */
export interface GateFacts {
  /** Octets of text queued and not sent. */
  unsent: number;
  /** U: octets that the peer's window still allows; negative after it shrank. */
  usable: number;
  /** Octets sent and not acknowledged. */
  flight: number;
  /** SND.WND, and the widest it ever was. */
  wnd: number;
  maxWnd: number;
  mss: number;
  /** The application has closed: the FIN comes after what is unsent. */
  isClosing: boolean;
  /** `'send'`, or why not. */
  standard: SendDecision;
}

export type GateDecision = 'send' | 'wait';

export interface GatePolicy extends Policy {
  /** Asked often, and not only when a segment can leave: it must not count how often it is asked. */
  decide(it: GateFacts): GateDecision;
}

/** How to probe a zero window. */
export interface ProbeFacts {
  /** Probes sent since the window closed. */
  probes: number;
  /** RTO without backoff. */
  rto: Duration;
  /** The longest wait that the options allow. */
  most: Duration;
  now: Instant;
  /** RTO, then twice as long each time, up to `most` (SHLD-29, SHLD-30). */
  standard: Duration;
}

export interface ProbePolicy extends Policy {
  /** How long to wait for the next probe; NEVER for none. */
  wait(it: ProbeFacts): Duration;
}

/** How long to wait for an acknowledgment. */
export interface RtoFacts {
  /** Smoothed round-trip time and its variation (RFC 6298); NEVER before the first sample. */
  srtt: Duration;
  rttvar: Duration;
  /** The latest sample. */
  latest: Duration;
  samples: number;
  /** Timeouts since the last sample. */
  backoff: number;
  /** The floor and the ceiling that the options give. */
  min: Duration;
  max: Duration;
  /** RFC 6298 before it is backed off (§2); and backed off (§5.5), up to the ceiling. */
  base: Duration;
  standard: Duration;
}

export interface RtoPolicy extends Policy {
  rto(it: RtoFacts): Duration;
}

/** What may take the place of what a connection does by itself. */
export interface Policies {
  window: WindowPolicy;
  ack: AckPolicy;
  gate: GatePolicy;
  probe: ProbePolicy;
  rto: RtoPolicy;
  congestion: Congestion;
}

/** By name; or itself; or, where it remembers something, a function that makes one for each connection. */
export type PolicyChoice = { readonly [Kind in keyof Policies]?: Policies[Kind] | (() => Policies[Kind]) | string };
