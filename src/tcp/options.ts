// What a connection is made with. Every default carries its clause; the two profiles are tables, so that they can be
// read beside each other (docs/cli.md prints them).
import { CONGESTION_NAMES, type CongestionName } from './congestion/index.ts';
import { choosePolicies, type PolicyChoice } from './policies/index.ts';
import { type Seq } from './seq.ts';
import { type Duration, HOUR, MILLISECOND, MINUTE, NEVER, SECOND } from './time.ts';

/** A zero-window probe's style: one new octet at SND.NXT (RFC 9293 §3.8.6.1), or an empty segment at SND.UNA - 1. */
export type ProbeStyle = 'rfc' | 'linux';

/** When a short segment waits: RFC 9293 §3.7.4, Minshall's variant (Appendix A.3), or never. */
export type NagleVariant = 'nagle' | 'minshall' | 'off';

/** The values in which the two profiles differ. */
export interface Profile {
  /** RTO before the first sample (RFC 6298 §2.1; Linux TCP_TIMEOUT_INIT). */
  rtoInitial: Duration;
  /** RTO's floor (RFC 6298 §2.4, SHOULD 1 s; Linux TCP_RTO_MIN 200 ms). */
  rtoMin: Duration;
  /** RTO's ceiling (RFC 6298 §2.5, at least 60 s; Linux TCP_RTO_MAX 120 s). */
  rtoMax: Duration;
  /** Delayed acknowledgment (RFC 9293 §3.8.6.3: under 500 ms, MUST-40; Linux TCP_DELACK_MIN 40 ms). */
  delayedAck: Duration;
  probeStyle: ProbeStyle;
  /**
   * The longest wait between two zero-window probes (§3.8.6.1; 60 s since 4.2BSD; Linux TCP_RTO_MAX). 0: no probe is ever
   * sent, against MUST-36; only to show what a lost window update does then.
   */
  persistMax: Duration;
  /** Maximum segment lifetime (§3.4.2: 2 minutes; Linux TCP_TIMEWAIT_LEN is 2 × 30 s). */
  msl: Duration;
}

export type ProfileName = 'rfc' | 'linux';

export const PROFILES: Readonly<Record<ProfileName, Readonly<Profile>>> = {
  rfc: {
    rtoInitial: SECOND,
    rtoMin: SECOND,
    rtoMax: MINUTE,
    delayedAck: 40 * MILLISECOND,
    probeStyle: 'rfc',
    persistMax: MINUTE,
    msl: 2 * MINUTE,
  },
  linux: {
    rtoInitial: SECOND,
    rtoMin: 200 * MILLISECOND,
    rtoMax: 2 * MINUTE,
    delayedAck: 40 * MILLISECOND,
    probeStyle: 'linux',
    persistMax: 2 * MINUTE,
    msl: 30 * SECOND,
  },
};

/** When an idle connection is asked whether its peer still lives (RFC 9293 §3.8.4). */
export interface Keepalive {
  /** Idle time before the first question (MUST-27); MUST-28: at least two hours unless asked for otherwise. */
  idle: Duration;
  interval: Duration;
  /** Unanswered questions before the connection is given up (MUST-29: never after one alone). */
  count: number;
}

export const DEFAULT_KEEPALIVE: Readonly<Keepalive> = { idle: 2 * HOUR, interval: 75 * SECOND, count: 9 };

export interface ConnectionOptions extends Profile {
  localPort: number;
  remotePort: number;
  /** ISS, chosen by the caller (RFC 9293 §3.4.1): the core has no clock and no randomness. */
  iss: Seq;
  /** RCV.BUFF, octets. */
  receiveBuffer: number;
  /** The send buffer's size in octets; 'auto' is the larger of 256 KiB and twice the widest window the peer offered. */
  sendBuffer: number | 'auto';
  /** The MSS option sent, octets of text without options (RFC 9293 §3.7.1); SHLD-5: always sent. */
  mss: number;
  /** Shift count offered (RFC 7323 §2.2); 'auto' is the least with which 16 bits can say RCV.BUFF; 'off' offers none. */
  windowScale: number | 'auto' | 'off';
  nagle: NagleVariant;
  /** Silly-window avoidance on this side, sending (MUST-38) and receiving (MUST-39). */
  sillyWindowAvoidance: boolean;
  /** The override of sender silly-window avoidance, 0.1 to 1 s (RFC 9293 §3.8.6.2.1). */
  sillyWindowOverride: Duration;
  /** Timestamps and PAWS (RFC 7323 §3 to §5). */
  timestamps: boolean;
  /** Added to TSval, mod 2^32, so that it does not tell the uptime (RFC 7323 §7.1). */
  timestampOffset: number;
  /** Selective acknowledgments (RFC 2018, RFC 6675), with reports of duplicates (RFC 2883). */
  sack: boolean;
  /** The congestion window: none where the carrier below has one of its own; RFC 5681; RFC 9438. */
  congestion: CongestionName;
  /** The initial congestion window in segments; 'auto' is RFC 6928's: ten, and about 14600 octets. */
  initialWindow: number | 'auto';
  /** What takes the place of what a connection does by itself: when to send, how much to offer … See `Policies`. */
  policies: PolicyChoice;
  keepalive: Keepalive | undefined;
  /** How long octets or probes may go unanswered (RFC 9293 §3.9.1, §3.10.8); NEVER leaves R2 alone. */
  userTimeout: Duration;
  /** R2: how long retransmission goes on (§3.8.3, MUST-20, MUST-21; at least 100 s, SHLD-11). */
  r2: Duration;
  /** R2 for SYN (MUST-23: at least 3 minutes). */
  r2Syn: Duration;
}

/** RFC 9293 §3.7.1, MUST-15: what to assume of a peer that sends no MSS option over IPv4. */
export const DEFAULT_SEND_MSS = 536;

/** RFC 7323 §2.3: a larger shift count is read as this one. */
export const MAX_WINDOW_SCALE = 14;

/** The largest window there is: 65535 scaled by 14. */
export const MAX_WINDOW = 65_535 * 2 ** MAX_WINDOW_SCALE;

/** The least shift with which the header's 16 bits can say `buffer` octets. */
export function windowScaleFor(buffer: number): number {
  let shift = 0;
  while (shift < MAX_WINDOW_SCALE && Math.floor(buffer / 2 ** shift) > 65_535) shift++;
  return shift;
}

/**
 * Fills in what is not given.
 * @throws RangeError naming the option, where a value is impossible.
 */
export function connectionOptions(
  given: Partial<ConnectionOptions> & Pick<ConnectionOptions, 'iss'>,
  profile: ProfileName = 'rfc',
): ConnectionOptions {
  const options: ConnectionOptions = {
    ...PROFILES[profile],
    localPort: 0,
    remotePort: 0,
    receiveBuffer: 65_536,
    sendBuffer: 'auto',
    mss: 1_460,
    windowScale: 'auto',
    nagle: 'nagle',
    sillyWindowAvoidance: true,
    sillyWindowOverride: 200 * MILLISECOND,
    timestamps: false,
    timestampOffset: 0,
    sack: true,
    congestion: 'none',
    initialWindow: 'auto',
    policies: {},
    keepalive: undefined,
    userTimeout: NEVER,
    r2: 100 * SECOND,
    r2Syn: 3 * MINUTE,
    ...given,
  };
  checkOptions(options);
  return options;
}

function checkOptions(o: ConnectionOptions): void {
  within('receiveBuffer', o.receiveBuffer, 1, MAX_WINDOW);
  if (o.sendBuffer !== 'auto') within('sendBuffer', o.sendBuffer, 1, 2 ** 32 - 1);
  within('mss', o.mss, 1, 65_495);
  if (o.initialWindow !== 'auto') within('initialWindow', o.initialWindow, 1, 1_000_000);
  if (!CONGESTION_NAMES.includes(o.congestion)) {
    throw new RangeError(`congestion must be one of ${CONGESTION_NAMES.join(', ')}, and is ${o.congestion as string}`);
  }
  choosePolicies(o.policies, o.congestion); // for its complaints
  if (typeof o.windowScale === 'number') {
    within('windowScale', o.windowScale, 0, MAX_WINDOW_SCALE);
    if (2 ** o.windowScale > o.receiveBuffer) {
      throw new RangeError(
        `windowScale ${o.windowScale} counts in units of ${2 ** o.windowScale} octets, more than the receive buffer's ${o.receiveBuffer}`,
      );
    }
  }
  if (!(o.delayedAck >= 0 && o.delayedAck < 500 * MILLISECOND)) {
    throw new RangeError('delayedAck must be under 500 ms (RFC 9293 §3.8.6.3, MUST-40)');
  }
  if (!(o.persistMax > 0))
    throw new RangeError('persistMax must be more than 0: never to probe is the policy no-persist');
}

function within(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}, and is ${value}`);
}
