// A carrier without sockets, for tests: two connections joined in virtual time. Deterministic: the same calls give the same
// segments at the same Instants. Names nothing of Node.
import { type Connection, type ConnectionEvent, type Duration, type Instant, type Segment } from '../tcp/index.ts';

export interface MemoryOptions {
  /** Which way each takes, in order; 0. */
  delay?: Duration;
  /** Lays every segment out in octets and reads it again, as a real carrier does. */
  encode?: boolean;
  /** Sees every segment as it leaves; returning false loses it. */
  passes?: (seg: Segment, from: 'a' | 'b', now: Instant) => boolean;
  /** Told of events of either connection, between two segments. */
  event?: (connection: Connection, event: ConnectionEvent, now: Instant) => void;
}

export declare class MemoryCarrier {
  readonly a: Connection;
  readonly b: Connection;
  /** Virtual time. */
  now: Instant;
  constructor(a: Connection, b: Connection, options?: MemoryOptions);
  /** Goes on until nothing happens before or at `until`; then it is `until`. By default until nothing moves at present. */
  run(until?: Instant): void;
}
