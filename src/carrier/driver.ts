// The driver: one connection over one `node:net` socket.
import { type Socket } from 'node:net';
import { type Connection, type ConnectionOptions } from '../tcp/index.ts';
import { type Clock } from './clock.ts';
import { type NodeError } from './errors.ts';
import { type CarrierAddress, type DriverOwner } from './owner.ts';

export interface DriverOptions {
  socket: Socket;
  clock: Clock;
  connection: ConnectionOptions;
  /** 'actively' sends the first SYN. */
  opens: 'actively' | 'passively';
  /** Milliseconds until preface and handshake must be over. */
  handshakeTimeout: number;
}

export declare class Driver {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly opens: 'actively' | 'passively';
  /** Who is told; may be replaced at any time (a command hands over to a recorder, `net` to a `Socket`). */
  owner: DriverOwner;
  /** What ended the connection otherwise than by two FINs or our own abort; set before 'finished' is told. */
  readonly error: NodeError | undefined;
  /** Socket addresses with the emulated ports; they stay readable after the end. */
  readonly local: CarrierAddress;
  readonly remote: CarrierAddress;
  /** The carrier is gone. */
  readonly isClosed: boolean;

  constructor(options: DriverOptions, opened: (driver: Driver) => DriverOwner);

  /** Lets what the owner's calls (write, consume, close, abort, hold …) caused leave. Cheap: once per turn, however often. */
  pump(): void;
  /** Stops taking segments off the carrier, and letting them leave, until `resume`: the recording is behind. */
  pause(): void;
  resume(): void;
  /** Whether the carrier and the timer hold the event loop (as `net.Socket`'s): referenced at first. */
  ref(): void;
  unref(): void;
  /** Breaks the carrier off without a word: for tests and last resorts. Owners abort the connection and pump. */
  destroy(error?: NodeError): void;
}
