// Acknowledgments, gates, probes and timeouts other than the standard ones, each with what it teaches.
import { NEVER } from '../time.ts';
import { type AckPolicy, type GatePolicy, type ProbePolicy, type RtoPolicy } from './policy.ts';

/** An acknowledgment for every segment (RFC 5681 §4.2 allows it): twice the segments, half the waiting. */
export const QUICK: AckPolicy = { name: 'quick', breaks: ['SHLD-18'], decide: () => 'now' };

/** One for every eight segments, or when the delay has passed: the sender's window must hold that many, or it stalls. */
export const STRETCHED: AckPolicy = {
  name: 'stretched',
  breaks: ['SHLD-19'],
  decide: ({ unacknowledged, mss }) => (unacknowledged >= 8 * mss ? 'now' : 'later'),
};

/** One segment in each round trip: what a window is for. */
export const STOP_AND_WAIT: GatePolicy = {
  name: 'stop-and-wait',
  decide: ({ flight, standard }) => (flight === 0 && standard === 'send' ? 'send' : 'wait'),
};

/** Whatever the window allows leaves at once: the sender's half of silly window syndrome, and no Nagle. */
export const EAGER: GatePolicy = {
  name: 'eager',
  breaks: ['MUST-38', 'SHLD-7'],
  decide: ({ usable }) => (usable > 0 ? 'send' : 'wait'),
};

/** Does not look at the window: what the receiver has no room for is lost. */
export const BLIND: GatePolicy = {
  name: 'blind',
  breaks: ['SND.WND', 'MUST-38', 'SHLD-15'],
  decide: ({ flight, maxWnd }) => (flight < 2 * maxWnd ? 'send' : 'wait'),
};

/** Never asks a closed window: one lost window update, and both ends wait for ever. */
export const NO_PERSIST: ProbePolicy = { name: 'no-persist', breaks: ['MUST-36'], wait: () => NEVER };

/** "A zero window counts as one, and no backoff" (Stanford CS 144's TCP sender): an octet at once, and again each RTO. */
export const CS144: ProbePolicy = {
  name: 'cs144',
  breaks: ['SHLD-29', 'SHLD-30'],
  wait: ({ probes, rto }) => (probes === 0 ? 0 : rto),
};

/** RFC 793 §3.7: twice the smoothed round-trip time, its variation ignored; Jacobson (1988) shows what that costs. */
export const RFC_793: RtoPolicy = {
  name: 'rfc793',
  rto: ({ srtt, samples, backoff, min, max, standard }) =>
    samples === 0 ? standard : Math.min(Math.max(2 * srtt, min) * 2 ** backoff, max),
};

/** RFC 6298 without §5.5: on a path whose round-trip time has grown, every segment is sent again and again. */
export const NO_BACKOFF: RtoPolicy = {
  name: 'no-backoff',
  breaks: ['MUST-19'],
  rto: ({ base }) => base,
};
