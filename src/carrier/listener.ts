// Accepting carriers: an ordinary `node:net` server; on each carrier one emulated connection is opened passively.
import { type AddressInfo, type ListenOptions as NodeListenOptions } from 'node:net';
import { type CarrierOptions } from './dial.ts';
import { type ListenerOwner } from './owner.ts';

export interface ListenOptions extends CarrierOptions {
  /** As `net.Server#listen` takes them: port, host, backlog, exclusive, ipv6Only, signal, path. */
  listen: NodeListenOptions;
  /** Carriers at one time, pending ones included; 65,536. One more is dropped at once. */
  maxCarriers?: number;
  /** Carriers that may be without a completed handshake at one time; 1,024. */
  maxPending?: number;
}

export declare class Listener {
  maxCarriers: number;
  maxPending: number;
  /** Carriers there are; of these, without a completed handshake. */
  readonly carriers: number;
  readonly pending: number;
  readonly isListening: boolean;
  /** As `net.Server#address`. */
  address(): AddressInfo | string | null;
  /** Takes no more carriers; `closed` is told when those there are are gone. */
  close(): void;
  ref(): void;
  unref(): void;
}

/** Listens. Where no host is given the address is bound before this returns, though an error is told later, as in `node:net`. */
export declare function listen(options: ListenOptions, owner: ListenerOwner): Listener;
