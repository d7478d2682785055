// Accepting carriers: an ordinary `node:net` server; on each carrier one emulated connection is opened passively. A peer that
// never gets to its handshake holds a place for ten seconds, and there are so many places and no more.
import {
  type AddressInfo,
  createServer,
  type ListenOptions as NodeListenOptions,
  type Server,
  type Socket,
} from 'node:net';
import { processClock } from './clock.ts';
import { type CarrierOptions, checked, HANDSHAKE_TIMEOUT, optionsFor } from './dial.ts';
import { Driver } from './driver.ts';
import { accepted, Inlet, readByData } from './inlet.ts';
import { type CarrierAddress, type DriverKeeper, type ListenerOwner } from './owner.ts';

export interface ListenOptions extends CarrierOptions {
  /** As `net.Server#listen` takes them: port, host, backlog, exclusive, ipv6Only, signal. */
  listen: NodeListenOptions;
  /** Carriers at one time, pending ones included; 65,536. One more is dropped at once. */
  maxCarriers?: number;
  /** Carriers that may be without a completed handshake at one time; 1,024. */
  maxPending?: number;
  /** How octets are read from accepted sockets; 'onread' is faster. */
  reading?: 'onread' | 'data';
}

/**
 * Listens. Where no host is given the address is bound before this returns, though an error is told later, as in `node:net`.
 * @throws RangeError or TypeError for impossible options.
 */
export function listen(options: ListenOptions, owner: ListenerOwner): Listener {
  checked(options, 0);
  return new Listener(options, owner);
}

export class Listener {
  maxCarriers: number;
  maxPending: number;
  readonly #options: ListenOptions;
  readonly #owner: ListenerOwner;
  readonly #server: Server;
  readonly #drivers = new Set<Driver>();
  #pending = 0;
  #isClosing = false;
  #isServerClosed = false;
  #isToldClosed = false;

  constructor(options: ListenOptions, owner: ListenerOwner) {
    this.maxCarriers = options.maxCarriers ?? 65_536;
    this.maxPending = options.maxPending ?? 1_024;
    this.#options = options;
    this.#owner = owner;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
    this.#server
      .on('connection', this.#accept)
      .on('listening', () => owner.listening?.())
      .on('error', (error) => owner.failed(error))
      .on('close', () => {
        this.#isClosing = true;
        this.#isServerClosed = true;
        this.#tellClosed();
      });
    this.#server.listen(options.listen);
  }

  /** Carriers there are. */
  get carriers(): number {
    return this.#drivers.size;
  }

  /** Those of them that have not completed their handshake. */
  get pending(): number {
    return this.#pending;
  }

  get isListening(): boolean {
    return this.#server.listening;
  }

  /** As `net.Server#address`. */
  address(): AddressInfo | string | null {
    return this.#server.address();
  }

  /** Takes no more carriers; `closed` is told when those there are are gone. */
  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#server.close();
  }

  /** Whether listening holds the event loop; the carriers have their own. */
  ref(): void {
    this.#server.ref();
  }

  unref(): void {
    this.#server.unref();
  }

  readonly #accept = (socket: Socket): void => {
    if (this.#drivers.size >= this.maxCarriers || this.#pending >= this.maxPending) {
      const family = socket.remoteFamily === 'IPv6' ? 'IPv6' : 'IPv4';
      const local: CarrierAddress = { address: socket.localAddress ?? '', port: socket.localPort ?? 0, family };
      const remote: CarrierAddress = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0, family };
      socket.destroy();
      this.#owner.dropped?.(local, remote);
      return;
    }
    const inlet = new Inlet();
    const byData = this.#options.reading === 'data';
    this.#drive(byData ? readByData(socket, inlet) : accepted(socket, inlet), inlet);
  };

  #drive(socket: Socket, inlet: Inlet): Driver {
    const clock = this.#options.clock ?? processClock();
    const flow = {
      localAddress: socket.localAddress ?? '',
      localPort: this.#options.connection?.localPort ?? socket.localPort ?? 0,
      remoteAddress: socket.remoteAddress ?? '',
      remotePort: socket.remotePort ?? 0,
    };
    // Both ports are the SYN's to say: between the hosts an address translator may have changed those of the socket.
    const connection = optionsFor(this.#options, flow, clock.now());
    const handshakeTimeout = this.#options.handshakeTimeout ?? HANDSHAKE_TIMEOUT;
    this.#pending++;
    return new Driver(
      {
        socket,
        clock,
        connection,
        opens: 'passively',
        handshakeTimeout,
        shape: this.#options.shape,
        checksums: this.#options.checksums,
        keeper: this.#keeper,
      },
      (driver) => {
        inlet.driver = driver;
        this.#drivers.add(driver);
        return this.#owner.opened(driver);
      },
    );
  }

  readonly #keeper: DriverKeeper = {
    handshakeOver: () => {
      this.#pending--;
    },
    carrierClosed: (driver) => {
      this.#drivers.delete(driver);
      this.#tellClosed();
    },
  };

  #tellClosed(): void {
    if (!this.#isServerClosed || this.#drivers.size > 0 || this.#isToldClosed) return;
    this.#isToldClosed = true;
    this.#owner.closed?.();
  }
}
