// What a carrier tells those who own what it carries: plain callbacks, made between two segments, never inside the core.
import { type ConnectionEvent } from '../tcp/index.ts';
import { type Driver } from './driver.ts';

/** An end of a carrier: the emulated port, beside the address of the socket below. */
export interface CarrierAddress {
  address: string;
  port: number;
  family: 'IPv4' | 'IPv6';
}

/** Whoever uses the connection that a driver drives: a `Socket`, a command, a test. */
export interface DriverOwner {
  /**
   * News of the connection, each told once. `'finished'` is the last: then `driver.error` says what went wrong, if anything,
   * and octets that are still unread stay readable. Here the owner may call anything of the connection, and need not `pump()`.
   */
  connectionEvent(event: ConnectionEvent, driver: Driver): void;
  /** The carrier is closed and gone; after this nothing is told. Always after `'finished'`. */
  carrierClosed(driver: Driver): void;
}

/** Who counts drivers. Each is told once, and before the driver's owner. */
export interface DriverKeeper {
  /** The handshake has succeeded, or the carrier ended without it. */
  handshakeOver(driver: Driver): void;
  carrierClosed(driver: Driver): void;
}

/** Whoever dials: exactly one of `opened` and `failed` is called, and never before `dial` has returned. */
export interface DialOwner {
  /** The name was looked up, as `node:net`'s `'lookup'` tells it. Not called where `host` is an address. */
  lookedUp?(error: Error | null, address: string, family: number, host: string): void;
  /**
   * The carrier is connected and the connection is made, but no segment has left: the moment to observe or record it.
   * Returns who owns the driver; the three-way handshake begins at once after, and `'connected'` says that it succeeded.
   */
  opened(driver: Driver): DriverOwner;
  /** There is no carrier; the error is the one `node:net` gives (ECONNREFUSED, ENOTFOUND, ETIMEDOUT, ABORT_ERR …). */
  failed(error: Error): void;
}

/** Whoever listens. */
export interface ListenerOwner {
  /** The address is bound. */
  listening?(): void;
  /**
   * A carrier was accepted and its connection is in LISTEN: the moment to observe or record it. Returns who owns the driver.
   * The peer's SYN has not come yet; `'connected'` says that the handshake succeeded, `'finished'` without it that it did not.
   */
  opened(driver: Driver): DriverOwner;
  /** A carrier was turned away: there are `maxCarriers` already, or `maxPending` that have not completed their handshake. */
  dropped?(local: CarrierAddress, remote: CarrierAddress): void;
  /** The address could not be bound (EADDRINUSE, EACCES, EADDRNOTAVAIL …), or accepting failed. */
  failed(error: Error): void;
  /** Closed, and every carrier it had accepted is gone. */
  closed?(): void;
}
