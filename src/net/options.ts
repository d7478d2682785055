// What sockets and servers are made with: Node's own options, and beside them sash's, in one sub-object `tcp`.
import { type LookupFunction } from 'node:net';
import { type DuplexOptions } from 'node:stream';
import { type CarrierAddress, type Clock, type RecordingOptions } from '../carrier/index.ts';
import { invalidType, invalidValue } from './errors.ts';
import { type ConnectionOptions, type ProfileName } from '../tcp/index.ts';

/**
 * What the emulated connection is made with, in the names of `ConnectionOptions`: `receiveBuffer` (the window; 65,536),
 * `sendBuffer`, `mss`, `windowScale`, `nagle`, `delayedAck`, `probeStyle` … Sizes in octets, times in nanoseconds
 * (`40 * MILLISECOND`).
 */
export interface TcpOptions extends Partial<ConnectionOptions> {
  /** The table of defaults: 'rfc' (RFC 9293 and RFC 6298) or 'linux'. */
  profile?: ProfileName;
  /** Milliseconds until the three-way handshake must be over; 10,000. */
  handshakeTimeout?: number;
  /** What is sent has its checksum, and the peer verifies it; false. */
  checksums?: boolean;
  /** One clock for a whole run; by default one per process. */
  clock?: Clock;
}

/** A path, or what `RecordingOptions` says. */
export type RecordOption = string | RecordingOptions;

/** One buffer for all that is read, instead of 'data' events: as in `node:net`. */
export interface OnReadOptions {
  buffer: Uint8Array | (() => Uint8Array);
  /** `octets` holds `count` octets until this returns; false pauses. */
  callback(count: number, octets: Uint8Array): boolean | void;
}

/**
 * `readableHighWaterMark` and `writableHighWaterMark` are what Node's streams hold beyond the connection's own buffers:
 * 16 KiB each unless given, as in `node:net`. At most so many octets are taken out of the receive buffer for a reader who
 * does not read, and the window closes with what stays there; `read(n)` with a larger n raises the mark to n, for good.
 */
export interface SocketOptions extends Omit<DuplexOptions, 'read' | 'write' | 'writev' | 'final' | 'destroy'> {
  noDelay?: boolean | undefined;
  keepAlive?: boolean | undefined;
  /** Milliseconds. */
  keepAliveInitialDelay?: number | undefined;
  onread?: OnReadOptions | undefined;
  /** sash's own: what the connection is made with. */
  tcp?: TcpOptions | undefined;
  /** sash's own: records the connection from its first segment on. */
  record?: RecordOption | undefined;
}

export interface SocketConnectOptions {
  port: number;
  /** 'localhost' by default. */
  host?: string | undefined;
  localAddress?: string | undefined;
  localPort?: number | undefined;
  family?: 0 | 4 | 6 | 'IPv4' | 'IPv6' | undefined;
  hints?: number | undefined;
  lookup?: LookupFunction | undefined;
  autoSelectFamily?: boolean | undefined;
  autoSelectFamilyAttemptTimeout?: number | undefined;
  tcp?: TcpOptions | undefined;
  record?: RecordOption | undefined;
}

export interface ConnectOptions extends SocketOptions, SocketConnectOptions {
  /** Milliseconds, as `socket.setTimeout`. */
  timeout?: number | undefined;
}

export interface ServerOptions {
  allowHalfOpen?: boolean | undefined;
  pauseOnConnect?: boolean | undefined;
  noDelay?: boolean | undefined;
  keepAlive?: boolean | undefined;
  /** Milliseconds. */
  keepAliveInitialDelay?: number | undefined;
  /** Both marks of each socket. */
  highWaterMark?: number | undefined;
  /** sash's own: what the connections are made with. */
  tcp?: TcpOptions | undefined;
  /** sash's own: where to record the connection with this number (1, 2, …), if at all. */
  record?: ((number: number, remote: CarrierAddress) => RecordOption | undefined) | undefined;
  /** sash's own: carriers at one time; 65,536. */
  maxCarriers?: number | undefined;
  /** sash's own: carriers without a completed handshake at one time; 1,024. */
  maxPending?: number | undefined;
}

export interface ListenOptions {
  port?: number | string | null | undefined;
  host?: string | undefined;
  backlog?: number | undefined;
  exclusive?: boolean | undefined;
  ipv6Only?: boolean | undefined;
  signal?: AbortSignal | undefined;
  path?: string | undefined;
}

/** @throws TypeError for object mode, and for a delay that is no number. */
export function checkSocketOptions(options: SocketOptions): void {
  for (const name of ['objectMode', 'readableObjectMode', 'writableObjectMode'] as const) {
    if (options[name]) throw invalidValue(`options.${name}`, options[name], 'is not supported');
  }
  const delay: unknown = options.keepAliveInitialDelay;
  if (delay !== undefined && typeof delay !== 'number') {
    throw invalidType('options.keepAliveInitialDelay', 'number', delay);
  }
}

/** Keepalive delays are counted in whole seconds, as the operating systems count them. */
export function wholeSeconds(milliseconds = 0): number {
  return Math.max(0, Math.trunc(milliseconds / 1_000)) * 1_000 || 0;
}
