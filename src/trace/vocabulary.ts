// All that a recording can tell, one type per happening. Every later format, and the live feed, speaks these names.
// Units stand in the names: `…Ns` are whole nanoseconds, instants (`atNs`) since the run began; `…Octets` are octets.
// TCP's own fields keep their names and the header's units: `wnd` is SEG.WND, not scaled. Sequence numbers are absolute.
import {
  type Failure,
  type Offering,
  type OfferRule,
  type Purpose,
  type RecoveryPhase,
  type Refusal,
  type SilenceReason,
  type State,
  type TimerName,
} from '../tcp/index.ts';

/** Raised when the meaning of something changes; what is only added does not raise it. */
export const VOCABULARY_VERSION = 1;

export type Direction = 'in' | 'out';
export const DIRECTIONS: readonly Direction[] = ['in', 'out'];

export type TimerEvent = 'starts' | 'stops' | 'fires';
/** Every event of a timer; its place here is its number in recordings. */
export const TIMER_EVENTS: readonly TimerEvent[] = ['starts', 'stops', 'fires'];

export interface Endpoint {
  /** IPv4 or IPv6, as text without a zone. */
  address: string;
  port: number;
}

/** Anything JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** The first happening of every recording. */
export interface RecordingBegins {
  type: 'recording';
  atNs: number;
  /** VOCABULARY_VERSION of whoever wrote it. */
  version: number;
  /** What wrote it: `sash 0.1.0`. */
  application: string;
  /** Whose point of view it is: `sender`, `receiver`. */
  label: string;
  local: Endpoint;
  remote: Endpoint;
  /** The wall clock at Instant 0: nanoseconds since 1970, in decimal, for they are too many for a number. */
  epochNs: string;
  /** All that the connection was made with. */
  configuration: Json;
  /** How to run it again: a scenario whole with all that was asked for, or a command's settings. Absent where nobody said. */
  run?: Json;
}

/** Segments of a conversation follow, in a capture that is no recording of ours: the first is `local`'s. */
export interface ConversationBegins {
  type: 'conversation';
  atNs: number;
  /** From 0, as Wireshark's tcp.stream. */
  conversation: number;
  local: Endpoint;
  remote: Endpoint;
}

/** A segment arrived, before anything was done with it, or left. */
export interface SegmentPasses {
  type: 'segment';
  atNs: number;
  /** Its number in the file, from 1, as Wireshark counts. */
  packet: number;
  /** Which conversation of the file; absent is the first. */
  conversation?: number;
  direction: Direction;
  purpose: Purpose;
  sourcePort: number;
  destinationPort: number;
  seq: number;
  ack: number;
  /** Control bits of the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32. */
  flags: number;
  wnd: number;
  /** The urgent pointer field, counted from `seq`; absent where it is 0. It means something while URG is set. */
  up?: number;
  /** Octets of text. */
  lengthOctets: number;
  /** Options; absent where the segment has none. */
  mss?: number;
  windowScale?: number;
  tsVal?: number;
  tsEcr?: number;
  sackPermitted?: boolean;
  /** SACK blocks, [start, end) each, absolute. */
  sacks?: [number, number][];
  /** What the recorder had to say about it. */
  comment?: string;
  /** It was lost where it was seen, on a link: why, as `queue-full`, `loss` or `rule 2`. */
  lost?: string;
  /** The text, in recordings that keep it: a view, valid until the next happening. */
  text?: Uint8Array;
}

/** Something of the segment that arrived last was not taken; or, by `checksum`, one was damaged, and is not recorded otherwise. */
export interface SegmentRefused {
  type: 'refused';
  atNs: number;
  refusal: Refusal;
  seq: number;
  ack: number;
  flags: number;
  lengthOctets: number;
}

/** A segment is leaving, the next one recorded, whose right edge is not the last one's. */
export interface WindowOffered {
  type: 'offer';
  atNs: number;
  rule: OfferRule;
  /** The right edge offered: SEG.ACK + SEG.WND, scaled. */
  edge: number;
  /** What the window field says, scaled. */
  wndOctets: number;
  /** Room in the receive buffer, and its size: what lies between the two is unread. */
  roomOctets: number;
  capacityOctets: number;
}

/** The segment that arrived last changed SND.WND: the edge has moved, or octets were acknowledged and it has not. */
export interface SendWindowChanges {
  type: 'send-window';
  atNs: number;
  fromOctets: number;
  toOctets: number;
  /** SND.NXT - SND.UNA. */
  flightOctets: number;
}

/** What congestion control allows has changed: told once for each input at the most, and never where there is none. */
export interface CongestionChanges {
  type: 'congestion';
  atNs: number;
  /** What is being done about losses: nothing, fast recovery, recovery after a timeout. */
  from: RecoveryPhase;
  to: RecoveryPhase;
  /** cwnd as it is used, with what fast recovery adds to it; null: no limit. */
  cwndOctets: number | null;
  /** null: nothing has been lost yet. */
  ssthreshOctets: number | null;
  /** What cwnd is compared with: octets believed to be in the network (RFC 6675's pipe, else FlightSize). */
  pipeOctets: number;
}

/** The sending side's reason for silence changes; the numbers are those that decide it. */
export interface ReasonChanges {
  type: 'reason';
  atNs: number;
  from: SilenceReason;
  to: SilenceReason;
  /** How long `from` held. */
  heldNs: number;
  flightOctets: number;
  /** SND.WND. */
  wndOctets: number;
  /** Queued and not sent yet, the FIN counted as one. */
  unsentOctets: number;
  /** Eff.snd.MSS. */
  mssOctets: number;
  /** Room in the send buffer. */
  roomOctets: number;
}

/** What the receiving side offers changes in kind. */
export interface OfferingChanges {
  type: 'offering';
  atNs: number;
  from: Offering;
  to: Offering;
  /** How long `from` held. */
  heldNs: number;
  roomOctets: number;
  capacityOctets: number;
}

export interface TimerHappening {
  type: 'timer';
  atNs: number;
  timer: TimerName;
  event: TimerEvent;
  /** When it will fire; on `starts` only. */
  deadlineNs?: number;
}

export interface StateChanges {
  type: 'state';
  atNs: number;
  from: State;
  to: State;
}

/** The application wrote. */
export interface Written {
  type: 'written';
  atNs: number;
  offeredOctets: number;
  /** How many of them found room. */
  acceptedOctets: number;
  /** Room left in the send buffer. */
  roomOctets: number;
}

/** The application read. */
export interface Read {
  type: 'read';
  atNs: number;
  octets: number;
  /** What is still unread. */
  unreadOctets: number;
}

/** A person, or a program, marked this moment. */
export interface Marker {
  type: 'marker';
  atNs: number;
  text: string;
}

/** The last happening. */
export interface RecordingEnds {
  type: 'end';
  atNs: number;
  /** The recording holds all that happened; if not, `why` says what is missing. */
  complete: boolean;
  why: string;
  /** Null where nothing ever happened. */
  connection: ConnectionSummary | null;
}

export interface ConnectionSummary {
  state: State;
  failure: Failure | null;
  /** When the connection's life ended, or the recording if that came first. */
  endedNs: number;
  /** The partitions of its life. */
  reasonsNs: Record<SilenceReason, number>;
  offeringsNs: Record<Offering, number>;
  tally: TallySummary;
}

/** The counters of `Tally` in src/tcp, each meaning what it means there. */
export const TALLY_COUNTERS = [
  'segmentsSent',
  'segmentsReceived',
  'octetsSent',
  'octetsAcknowledged',
  'octetsReceived',
  'octetsRead',
  'retransmissions',
  'probesSent',
  'probesReceived',
  'windowUpdatesSent',
  'windowUpdatesReceived',
  'challengeAcksSent',
  'segmentsRefused',
  'fastRecoveries',
  'dsacksSent',
  'dsacksReceived',
] as const;

export type TallyCounter = (typeof TALLY_COUNTERS)[number];

export interface TallySummary extends Record<TallyCounter, number> {
  sendWindowZero: PeriodsSummary;
  receiveWindowZero: PeriodsSummary;
}

export interface PeriodsSummary {
  count: number;
  totalNs: number;
  longestNs: number;
}

/** Where several points of view share a file. */
export interface Seen {
  /** The interface it was seen at, from 0 in the file's order; absent is the first. */
  interfaceId?: number;
}

export type Happening = (
  | RecordingBegins
  | ConversationBegins
  | SegmentPasses
  | SegmentRefused
  | WindowOffered
  | SendWindowChanges
  | CongestionChanges
  | ReasonChanges
  | OfferingChanges
  | TimerHappening
  | StateChanges
  | Written
  | Read
  | Marker
  | RecordingEnds
) &
  Seen;
