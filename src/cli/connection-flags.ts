// The flags that `recv` and `send` share: what the connection is made with, and how the command behaves.
import {
  CONGESTION_NAMES,
  type ConnectionOptions,
  connectionOptions,
  DEFAULT_KEEPALIVE,
  NEVER,
  type ProbeStyle,
  type ProfileName,
  PROFILES,
  seq,
} from '../tcp/index.ts';
import { QuantityError } from '../app/index.ts';
import { type ShaperOptions } from '../carrier/index.ts';
import { parseLink, parseRules } from '../link/index.ts';
import { messageOf, usage } from './faults.ts';
import { choiceFlag, durationFlag, flag, sizeFlag, switchFlag, textFlag, type Values } from './flag.ts';

const PROBE_STYLES: readonly ProbeStyle[] = ['rfc', 'linux'];
const PROFILE_NAMES: readonly ProfileName[] = ['rfc', 'linux'];

export const CONNECTION_FLAGS = {
  window: sizeFlag('receive buffer of this end, which bounds the window it offers', 65_536),
  mss: flag('OCTETS', 'most octets of text in a segment', 1_460, readWhole, String),
  nagle: switchFlag('hold short segments back while octets are in flight', true),
  'delayed-ack': durationFlag('how long an acknowledgment may wait for company', undefined, 0, {
    fallbackText: '40ms',
  }),
  'window-scale': flag<number | 'auto' | 'off'>('auto|off|0..14', 'shift count offered', 'auto', readScale, String),
  sws: switchFlag('silly-window avoidance on this side', true),
  probe: choiceFlag(PROBE_STYLES, 'zero-window probe: one new octet at SND.NXT, or none at SND.UNA-1', undefined, {
    fallbackText: 'rfc',
  }),
  sack: switchFlag('selective acknowledgments, where the peer wants them too', true),
  congestion: choiceFlag(CONGESTION_NAMES, 'congestion window of what this end sends', 'none'),
  profile: choiceFlag(PROFILE_NAMES, 'defaults of RFC 9293 or of Linux, as tabled in docs/cli.md', 'rfc'),
  keepalive: durationFlag('ask an idle peer whether it lives, after so long', undefined, undefined, {
    fallbackText: 'off',
  }),
  'user-timeout': durationFlag('give up when octets go unanswered for so long', NEVER, NEVER),
};

/** A link model for what this end sends: docs/links.md. */
export const LINK_FLAGS = {
  link: checkedText('LINK', 'send through a link, as in "delay=20ms rate=10Mbit/s loss=0.5%"', parseLink),
  rule: checkedText('RULE', 'hit just these segments, as in "drop window-update nth 1"; may be repeated', parseRules, {
    joinedBy: '; ',
  }),
  checksums: switchFlag('fill in the TCP checksum of what this end sends, for the other to verify'),
  seed: flag('N', 'the same seed gives each segment the same fate', 0, readSeed, String),
};

export const COMMON_FLAGS = {
  policy: textFlag('FILE.ts|KIND=NAME', 'policies: a module of your own, or built-in ones by name'),
  record: textFlag('FILE.pcapng|-', 'record every segment and reason; opens in Wireshark'),
  snap: choiceFlag(['headers', 'full'] as const, 'what the recording keeps of every segment', 'headers'),
  json: switchFlag('print the summary as one JSON document on standard output'),
  quiet: switchFlag('no status and no summary, only what goes wrong'),
  config: textFlag('FILE.yaml', 'take flags from a file; the command line wins', { isCommandLineOnly: true }),
  'print-config': switchFlag('print the settings that hold, as such a file, and stop', false, {
    isCommandLineOnly: true,
  }),
};

export type ConnectionValues = Values<typeof CONNECTION_FLAGS>;
export type LinkValues = Values<typeof LINK_FLAGS>;
export type CommonValues = Values<typeof COMMON_FLAGS>;

/** What a carrier is asked for. */
export interface ConnectionChoice {
  connection: Partial<ConnectionOptions>;
  profile: ProfileName;
  shape?: ShaperOptions;
  checksums?: boolean;
}

/** @throws Fault where values do not go together */
export function chooseConnection(values: ConnectionValues & LinkValues, sendBuffer?: number): ConnectionChoice {
  const profile = PROFILES[values.profile];
  const connection: Partial<ConnectionOptions> = {
    receiveBuffer: values.window,
    mss: values.mss,
    nagle: values.nagle ? 'nagle' : 'off',
    delayedAck: values['delayed-ack'] ?? profile.delayedAck,
    windowScale: values['window-scale'],
    sillyWindowAvoidance: values.sws,
    probeStyle: values.probe ?? profile.probeStyle,
    sack: values.sack,
    congestion: values.congestion,
    keepalive: values.keepalive === undefined ? undefined : { ...DEFAULT_KEEPALIVE, idle: values.keepalive },
    userTimeout: values['user-timeout'],
    ...(sendBuffer === undefined ? {} : { sendBuffer }),
  };
  try {
    connectionOptions({ ...connection, iss: seq(0) }, values.profile);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw usage(inFlags(messageOf(error)), error);
  }
  return { connection, profile: values.profile, ...chooseLink(values) };
}

function chooseLink({ link, rule, seed, checksums }: LinkValues): Pick<ConnectionChoice, 'shape' | 'checksums'> {
  if (link === undefined && rule === undefined) return { checksums };
  return { checksums, shape: { link: parseLink(link ?? ''), rules: parseRules(rule ?? ''), seed } };
}

/** With what the profile says filled in, for `--print-config`. */
export function withProfile(values: ConnectionValues): ConnectionValues {
  const profile = PROFILES[values.profile];
  return {
    ...values,
    'delayed-ack': values['delayed-ack'] ?? profile.delayedAck,
    probe: values.probe ?? profile.probeStyle,
  };
}

/** The core speaks of its options; a person knows them as flags. */
const FLAG_OF: Readonly<Record<string, string>> = {
  receiveBuffer: '--window',
  sendBuffer: '--send-buffer',
  windowScale: '--window-scale',
  delayedAck: '--delayed-ack',
  mss: '--mss',
};

function inFlags(message: string): string {
  return message.replace(/^\w+/, (option) => FLAG_OF[option] ?? option);
}

function readWhole(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new QuantityError(`"${text}" is not a whole number of octets, as in 1460`);
}

/** Text that is kept as it was written once `parse` has taken it. */
function checkedText(takes: string, about: string, parse: (text: string) => unknown, rest: { joinedBy?: string } = {}) {
  const read = (text: string): string | undefined => {
    parse(text);
    return text;
  };
  return flag<string | undefined>(takes, about, undefined, read, (text) => text, rest);
}

function readSeed(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new QuantityError(`"${text}" is not a seed: write a whole number, as in 42`);
}

function readScale(text: string): number | 'auto' | 'off' {
  if (text === 'auto' || text === 'off') return text;
  if (/^\d+$/.test(text) && Number(text) <= 14) return Number(text);
  throw new QuantityError(`"${text}" is not a shift count: write auto, off, or a whole number from 0 to 14`);
}
