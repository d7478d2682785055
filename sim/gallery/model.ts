// One small abstraction for every way in which a consumer that cannot keep up reaches its producer. A system is a row of hops;
// a hop is a gate at the sender, a link, a buffer at the receiver, and a rule by which the receiver speaks back:
//
//     producer → [front] → gate ──── link ────▶ [inbox] → consumer, or the next hop
//                            ▲                     │
//                            └───── feedback ── rule
//
// Grants are relative or absolute, gates are mandatory or advice, rates, refusals and pools of workers complete the set; hops
// stand in series, share what they have among streams, or nest a stream's window in its connection's.
import { type Duration, type Instant } from '../../src/tcp/index.ts';
import { type StoreSpec } from './store.ts';

/** What a grant is counted in. `buffers`, `batches` are filled with as many items as fit. */
export type Unit = 'octets' | 'items' | 'buffers' | 'batches' | 'requests';

/** Everything that a consumer can tell its producer. */
export type Feedback =
  /** That many units more: request(n), WINDOW_UPDATE, bump_credit, AddCredit, permits. If it is lost, so is the capacity. */
  | { kind: 'grant'; units: number }
  /** Up to so many units in all, counted from the beginning: an ACK and its window, MAX_DATA, a cumulative demand. */
  | { kind: 'limit'; upTo: number }
  /** Go on, or stop: pause and resume, a memory alarm. */
  | { kind: 'gate'; open: boolean }
  /** So many units in a second at most. */
  | { kind: 'rate'; perSecond: number }
  /** One answer's worth: what there is, up to so many units; what is not used lapses. */
  | { kind: 'fetch'; units: number };

/** What a rule can see of its end of the hop. */
export interface View {
  now: Instant;
  /** Items and octets that have arrived and that nobody has taken yet. */
  queuedItems: number;
  queuedOctets: number;
  /** Pieces that the sender had waiting when it sent what has just arrived: Flink's backlog. */
  backlog: number;
  /** The round trip of the hop, without the time on the line. */
  rtt: Duration;
  /** How long what this is about took from its leaving the sender until now. */
  sojourn: Duration;
}

/** The receiver's side of a hop. Units are what the sender was charged. A method that is missing has nothing to say. */
export interface Rule {
  /** What is said when the two have met. */
  start(): Feedback[];
  /** Units have come in. */
  arrived?(units: number, view: View): Feedback[];
  /** Units have left the buffer, for the consumer or for the next hop. */
  taken?(units: number, view: View): Feedback[];
  /** Units are processed. */
  done?(units: number, view: View): Feedback[];
  /** What this end sends on to has become full, or is open again. */
  held?(isHeld: boolean): Feedback[];
  /** `every` has passed. */
  ticked?(view: View): Feedback[];
  /** What a probe is answered with; an absolute limit as it stands. */
  standing?(): Feedback[];
  readonly every?: Duration;
}

/** The sender's side of a hop. */
export interface Gate {
  /** Units that may leave now; `Infinity` where nothing bounds them. */
  room(now: Instant): number;
  spend(units: number, now: Instant): void;
  hear(feedback: Feedback, now: Instant): void;
  /** When time alone will make room; NEVER if it will not. */
  opensAt(now: Instant): Instant;
}

/** The receiver's door: turns away, or keeps waiting, what has come. */
export interface Door {
  /** How long what arrives now waits at the door, or that it is refused. */
  arrives(now: Instant): Duration | 'refused';
}

/** At the head of the queue: is this one dropped instead of taken? */
export interface HeadDrop {
  drops(sojourn: Duration, backlogOctets: number, now: Instant): boolean;
}

/** How many workers the consumer has, by what waits for it; asked every so often. */
export interface Pool {
  every: Duration;
  most: number;
  size(lagItems: number, workers: number, now: Instant): number;
}

export interface Hop {
  unit: Unit;
  /** What a part of a piece costs, in units; with `charge: 'piece'` what a whole piece of so many octets costs. */
  cost(octets: number): number;
  charge: 'part' | 'piece';
  /** The most octets that leave in one piece; an item that may not be divided leaves whole even so. */
  frame: number;
  /** May an item leave in parts? Only then can a grant be used to the last unit, and an item be larger than the window. */
  divides: boolean;
  /** May several items share a piece? */
  packs: boolean;
  /** Is the gate obeyed? A mandatory one is a rule of the protocol; advice may be taken, or not. */
  enforcement: 'mandatory' | 'advisory' | 'ignored';
  /** Makes the two ends, anew for each stream. */
  gate(): Gate;
  rule(): Rule;
  /** What stands before the gate. Without it the producer waits, and what it makes meanwhile waits with it. */
  front?: StoreSpec;
  /** What bounds the receiver's buffer besides the gate. */
  inbox?: StoreSpec;
  door?: () => Door;
  head?: () => HeadDrop;
  /** How long the producer waits at a shut gate before it is given an error. */
  patience?: Duration;
  /** A sender that is held asks again, ever more rarely: TCP's persist timer. */
  persist?: { first: Duration; most: Duration };
  /** The receiver says its limit again, every so often. */
  repeatEvery?: Duration;
  /** A signal that was lost goes again after so many round trips: a transport that repairs its signals. */
  resendAfter?: (rtt: Duration) => Duration;
  /** Items that came in an interval are taken in the next one: micro-batches. */
  batchEvery?: Duration;
  /** Does a hop in the middle send on although the next one is shut, and tell its rule of it? */
  sendsOn: 'when-open' | 'regardless';
  pool?: Pool;
  /** Two streams on one connection: one window and one queue for both, a window each, or windows nested in a common one. */
  streams: 'shared' | 'separate' | { connection: { gate(): Gate; rule(): Rule; isCoupled: boolean } };
  /** `local` hops lie within a machine: no delay, and no line. */
  place: 'link' | 'local';
}

/** What an operator would know when configuring a system for a workload. */
export interface Setup {
  /** What the consumer can do, items per second; Infinity if it takes no time. */
  serves: number;
  rtt: Duration;
  /** Of an item, in octets. */
  size: number;
}

/** How a fact was established. */
export type How =
  /** By running the system's own code. */
  | 'executed'
  /** By the system's own unit tests, or by an example that its documents give. */
  | 'test'
  /** By reading its source. */
  | 'derived'
  /** On the wire, or in a kernel's state. */
  | 'measured'
  /** It says so itself: an RFC, a reference manual. */
  | 'specification';

export interface Source {
  /** Repository and file with its line, or the section of a document. */
  where: string;
  how: How;
}

export const FAMILIES = [
  'transport',
  'multiplexed',
  'runtime',
  'reactive',
  'broker',
  'log',
  'stream processor',
  'shedding',
  'scaling',
  'contrast',
] as const;
export type Family = (typeof FAMILIES)[number];

/** A system of the gallery. */
export interface Entry {
  id: string;
  name: string;
  family: Family;
  /** What the consumer says, in its own words. */
  signal: string;
  unit: Unit;
  /** What may be outstanding at first, in units; null where nothing bounds it. */
  window: number | null;
  /** Consumed units after which it is told, as a part of `window`; null where that is not how it works. */
  refill: number | null;
  /** Does a signal say "so many more", "so many in all", or something else? */
  grants: 'relative' | 'absolute' | 'gate' | 'rate' | 'none';
  whenFull: string;
  mechanism: string;
  numbers: readonly string[];
  sources: readonly Source[];
  leavesOut: string;
  hops: (setup: Setup) => Hop[];
}
