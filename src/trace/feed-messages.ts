// What the live feed and its observers say to each other: one JSON object in each WebSocket text message, subprotocol
// `sash.v1`. The feed speaks the recording's vocabulary (vocabulary.ts), so that a page needs one store for live runs,
// recordings and simulations. Types only; what checks what an observer says is in src/feed.
//
// The page's address says whom it watches, in its fragment, which browsers keep to themselves: `#token=TOKEN` for the feed it
// came from, `#feed=HOST:PORT` or `#feed=TOKEN@HOST:PORT` for one more, as often as wanted: `http://h:9294/#token=a&feed=b@i:9294`.
// The token is shown as a second subprotocol: `new WebSocket(url, ['sash.v1', 'token.TOKEN'])`.
//
// Units stand in the names: `…Ns` are whole nanoseconds, instants (`atNs`) since the run began, virtual ones in a simulation;
// `…Octets` are octets. Sequence numbers are absolute; `flags` are the header's control bits as a number, as in the vocabulary.
// What is only added does not raise the version: observers ignore fields and kinds that they do not know.
import { type Offering, type SilenceReason, type Snapshot } from '../tcp/index.ts';
import { type Endpoint, type Happening, type Json, type SegmentPasses, type TallySummary } from './vocabulary.ts';

export const FEED_VERSION = 1;
export const FEED_SUBPROTOCOL = 'sash.v1';
/** The path of the feed beside the page: `ws://HOST:PORT/feed`. */
export const FEED_PATH = '/feed';
export const FEED_DEFAULT_PORT = 9_294;

/** What every message of the feed begins with. */
export interface FeedMessageBase {
  v: typeof FEED_VERSION;
  /**
   * Counts the messages of this `kind`, the same for all observers. In `events` and `segments` a gap means that this observer
   * has missed some: `lag` says how many, and `resync` brings the present. In `state` it means nothing: the latest wins.
   * `hello`, `snapshot`, `lag`, `pong` and `answer`, which are said to one observer alone, have 0.
   */
  n: number;
  /** The run's clock when this was said. */
  atNs: number;
}

/** One end of one connection. Its number is what every other message calls it by; numbers are never used again. */
export interface FeedConnection {
  connection: number;
  /** `sender`, `receiver`, or in a simulation `flow-sender`, `flow-receiver`. */
  label: string;
  role: 'sender' | 'receiver';
  /** The two ends, as in a recording's packets. A listening end learns the remote port from the SYN: until then 0. */
  local: Endpoint;
  remote: Endpoint;
  /** When its life began. */
  openedNs: number;
  /** All that it was made with, as in a recording. */
  configuration: Json;
}

/** The first message, at once. */
export interface FeedHello extends FeedMessageBase {
  kind: 'hello';
  /** Tells one run from another at the same address: after a reconnection, whether it is still the same. */
  run: string;
  /** `sash 0.1.0`. */
  application: string;
  /** Whose feed this is. */
  command: 'send' | 'recv' | 'sim' | 'demo';
  /** A line for people: `sash send → 127.0.0.1:9293`, or the scenario's title. */
  title: string;
  /** Virtual: the simulator's; `atNs` stands still when it is paused. */
  clock: 'real' | 'virtual';
  /** The wall clock at Instant 0: nanoseconds since 1970, in decimal, for they are too many for a number. */
  epochNs: string;
  connections: FeedConnection[];
  /** What this observer may do; empty for one that may only look. */
  operations: ControlOperation['operation'][];
  /** The scenario that is simulated; absent in live runs. */
  scenario?: { name: string; seed: number; parameters: { [name: string]: string } };
  limits: FeedLimits;
}

/** What bounds an observer; told, so that nobody has to find out. */
export interface FeedLimits {
  /** Octets that may wait for one observer before segments are thinned, states coalesced and events dropped. */
  queueOctets: number;
  /** An observer that has taken nothing for so long is closed (1013). */
  stuckMs: number;
  /** States a second: the default and the most that can be subscribed to. */
  defaultHz: number;
  mostHz: number;
  /** Octets of one message of an observer (1009), and messages a second (1008). */
  messageOctets: number;
  messagesPerSecond: number;
  /** Events that a snapshot brings. */
  ringEvents: number;
  /** Connections that are followed at once; others are not shown (`hello`, `state`: `unfollowed`). */
  connections: number;
}

/** After `hello`, and in answer to `resync`: the present, and the latest of the past. What came before is void. */
export interface FeedSnapshot extends FeedMessageBase {
  kind: 'snapshot';
  connections: FeedConnection[];
  states: FeedConnectionState[];
  links: FeedLinkState[];
  /** The last events and segments of all connections (`limits.ringEvents` at the most), in the order of their instants. */
  ring: FeedHappening[];
  /** The `n` after which `events`, `segments` and `state` go on. */
  after: { events: number; segments: number; state: number };
  run: FeedRunState;
}

/** A happening and whose it is. */
export interface FeedHappening {
  /** 0 for markers, which are nobody's. */
  connection: number;
  happening: Happening;
}

/** A connection begins; its life is told from the beginning. */
export interface FeedConnectionOpens extends FeedMessageBase {
  kind: 'connection';
  opened: FeedConnection;
}

/** The present, 30 times a second: the latest wins. Connections of which nothing has changed since the last may be left out. */
export interface FeedState extends FeedMessageBase {
  kind: 'state';
  states: FeedConnectionState[];
  links: FeedLinkState[];
  run: FeedRunState;
}

export interface FeedConnectionState {
  connection: number;
  /** The TCB under the RFC's names; deadlines of timers are Instants of the run's clock. */
  tcb: Snapshot;
  /** Since when the present reason, and the present offering, has held; a probe does not interrupt `zero-window`. */
  reasonSinceNs: number;
  offeringSinceNs: number;
  /** How long each held, up to `atNs`; the sum is the connection's life. */
  reasonsNs: Record<SilenceReason, number>;
  offeringsNs: Record<Offering, number>;
  tally: TallySummary;
  /** Probes since the window closed; when the peer was last heard. */
  probes: number;
  heardNs: number;
  application: FeedApplicationState;
}

/** What uses the connection. */
export interface FeedApplicationState {
  /** How fast it reads (receiver) or writes (sender), octets a second; null: as fast as it can; 0: not at all. */
  paceOctetsPerSecond: number | null;
  /** Stopped by hand, not by its plan. */
  isStopped: boolean;
  /** Octets read and stored, or written. */
  octets: number;
  /** How many there will be; null where nobody knows. */
  totalOctets: number | null;
  /** What a backpressure strategy counts, where there is one. */
  ledger?: Json;
}

/** One direction of a link model. */
export interface FeedLinkState {
  /** `out` for a live run's own model, `client>server` in a simulation. */
  link: string;
  /** Segments on their way, those that wait for the rate included. */
  inFlight: number;
  /** Octets that wait for the rate. */
  queuedOctets: number;
  delivered: number;
  duplicated: number;
  /** By what: queue-full, codel, loss, corruption, outage, rule. */
  dropped: { [cause: string]: number };
  /** One-way delay, and bits a second; null without a limit. */
  delayNs: number;
  bitsPerSecond: number | null;
}

export interface FeedRunState {
  /** `paused`: a simulation that stands still; `over`: nothing more happens. */
  stage: 'running' | 'paused' | 'over';
  /** Virtual time over wall time: 1 in live runs; null: as fast as it can. */
  speed: number | null;
  observers: number;
  /** Connections that are not followed, because `limits.connections` are. */
  unfollowed: number;
}

/** Events of one connection, in order: everything of the vocabulary but segments. */
export interface FeedEvents extends FeedMessageBase {
  kind: 'events';
  connection: number;
  /** Not among them because there were too many for everybody, since the last such message: the oldest of them. */
  skipped: number;
  events: Exclude<Happening, SegmentPasses>[];
}

/** Segments of one connection, in order. `packet` counts all of its segments, sent or thinned, from 1. */
export interface FeedSegments extends FeedMessageBase {
  kind: 'segments';
  connection: number;
  /**
   * Not among them because there were too many for everybody, since the last such message. Those worth a look stay longest:
   * handshake, FIN, RST, probes, retransmissions, window updates, zero windows.
   */
  skipped: number;
  segments: SegmentPasses[];
}

/** What this observer alone has missed since the last such message, because it took too slowly what it was sent. */
export interface FeedLag extends FeedMessageBase {
  kind: 'lag';
  missed: {
    /** Segments and events, not messages. */
    segments: number;
    events: number;
    /** States that a later one took the place of. */
    states: number;
  };
  /** Octets that wait for this observer now. */
  queuedOctets: number;
}

/** Somebody, or something, marked this moment; every control does. It stands in the recording too. */
export interface FeedMarker extends FeedMessageBase {
  kind: 'marker';
  text: string;
  /** What made it: a control of an observer, or the command's own keyboard. */
  by: 'observer' | 'keyboard';
}

/** The last message; the feed closes after it (1000). */
export interface FeedEnd extends FeedMessageBase {
  kind: 'end';
  /** A sentence. */
  reason: string;
}

/** To `ping`. With `sentAtMs` and when this arrived, the run's clock is known to half the way there and back (as NTP does). */
export interface FeedPong extends FeedMessageBase {
  kind: 'pong';
  /** As in the `ping`. */
  sentAtMs: number;
  /** The run's clock when the `ping` was read; `atNs` is when this was written. */
  receivedNs: number;
}

/** To `control`. */
export interface FeedAnswer extends FeedMessageBase {
  kind: 'answer';
  /** As in the `control`. */
  id: number;
  isDone: boolean;
  /** Why it was not done; '' if it was. */
  error: string;
}

export type FeedMessage =
  | FeedHello
  | FeedSnapshot
  | FeedConnectionOpens
  | FeedState
  | FeedEvents
  | FeedSegments
  | FeedLag
  | FeedMarker
  | FeedEnd
  | FeedPong
  | FeedAnswer;

export type FeedKind = FeedMessage['kind'];

// ---- what an observer says ----

/** What to send. Without it: all three kinds, states at `limits.defaultHz`. May be said again at any time. */
export interface ObserverSubscribes {
  kind: 'subscribe';
  /** Of `state`, `events`, `segments`; the other kinds always come. */
  kinds?: ('state' | 'events' | 'segments')[];
  /** States a second, from 1 to `limits.mostHz`. */
  hz?: number;
}

/** A `snapshot`, please. */
export interface ObserverResyncs {
  kind: 'resync';
}

export interface ObserverPings {
  kind: 'ping';
  /** The observer's own clock, any number; comes back in `pong`. */
  sentAtMs: number;
}

/** Only where `hello.operations` says so. Answered by `answer`; what was done is a `marker` for all. */
export type ObserverControls = { kind: 'control'; id: number } & ControlOperation;

export type ControlOperation =
  /** How fast the application of a connection reads or writes; null is as fast as it can, 0 not at all. */
  | { operation: 'pace'; connection: number; octetsPerSecond: number | null }
  /** Stops the application, lets it go on; while it stands, one chunk. */
  | { operation: 'stop'; connection: number }
  | { operation: 'resume'; connection: number }
  | { operation: 'chunk'; connection: number }
  /** From now on the link is so: `delay=20ms loss=1%` (docs/links.md). What is on its way arrives as it would have. */
  | { operation: 'link'; link: string; text: string }
  /** One more rule: `drop window-update nth 1`. */
  | { operation: 'rule'; link: string; text: string }
  /** A marker in the feed and the recording. */
  | { operation: 'marker'; text: string }
  /** Simulations: stand still, go on, so many happenings of the network (from 1 to 100,000), virtual over wall time. */
  | { operation: 'pause' }
  | { operation: 'play' }
  | { operation: 'step'; happenings: number }
  | { operation: 'speed'; speed: number | null };

export type ObserverMessage = ObserverSubscribes | ObserverResyncs | ObserverPings | ObserverControls;
