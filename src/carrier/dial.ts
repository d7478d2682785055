// Opening a carrier: an ordinary `node:net` connection, on which the emulated connection is opened actively.
import { type LookupFunction } from 'node:net';
import { type ConnectionOptions, type ProfileName } from '../tcp/index.ts';
import { type Clock } from './clock.ts';
import { type Driver } from './driver.ts';
import { type DialOwner, type DriverOwner } from './owner.ts';

export interface CarrierOptions {
  /** What the connections are made with; `iss` is chosen where it is not given (RFC 9293 §3.4.1). */
  connection?: Partial<ConnectionOptions>;
  profile?: ProfileName;
  /** One clock for the whole run; by default one per process. */
  clock?: Clock;
  /** Milliseconds until preface and three-way handshake must be over; 10,000. */
  handshakeTimeout?: number;
}

export interface DialOptions extends CarrierOptions {
  /** 'localhost' by default. */
  host?: string;
  port: number;
  localAddress?: string;
  localPort?: number;
  family?: 0 | 4 | 6;
  hints?: number;
  lookup?: LookupFunction;
  autoSelectFamily?: boolean;
  autoSelectFamilyAttemptTimeout?: number;
  /** Aborting it abandons the dialling, or destroys the carrier with an AbortError. */
  signal?: AbortSignal;
}

/** A carrier on its way. */
export interface Dialing {
  /** Gives up. `failed` is called with `error` if one is given, and with nothing else. No effect once `opened` was called. */
  abandon(error?: Error): void;
  /** Whether it holds the event loop; passes on to the driver. */
  ref(): void;
  unref(): void;
}

/**
 * Opens a carrier and, on it, a connection.
 * @throws RangeError or TypeError for impossible options, as `net.connect` does.
 */
export declare function dial(options: DialOptions, owner: DialOwner): Dialing;

/** As `dial`, for those who wait: resolves when the connection is established, rejects with `driver.error` or the dial's. */
export declare function dialled(options: DialOptions, opened: (driver: Driver) => DriverOwner): Promise<Driver>;
