// Opening a carrier: an ordinary `node:net` connection, on which the emulated connection is opened actively.
import { connect, type LookupFunction, type Socket, type TcpNetConnectOpts } from 'node:net';
import { checkSpec } from '../link/index.ts';
import { type Flow, initialSequenceNumber } from '../stack/index.ts';
import { type ConnectionOptions, connectionOptions, type Instant, NO_SEQ, type ProfileName } from '../tcp/index.ts';
import { type Clock, processClock } from './clock.ts';
import { Driver } from './driver.ts';
import { Inlet } from './inlet.ts';
import { type DialOwner, type DriverOwner } from './owner.ts';
import { processSecret } from './secret.ts';
import { type ShaperOptions } from './shaper.ts';

export interface CarrierOptions {
  /** What the connections are made with; `iss` is chosen where it is not given (RFC 9293 §3.4.1). */
  connection?: Partial<ConnectionOptions>;
  profile?: ProfileName;
  /** One clock for the whole run; by default one per process. */
  clock?: Clock;
  /** Milliseconds until preface and three-way handshake must be over; 10,000. */
  handshakeTimeout?: number;
  /**
   * Fills in the checksum of each segment that is sent; the peer is told so, verifies it, and drops what is damaged (RFC 9293 §3.1,
   * MUST-2, MUST-3). Each direction by itself: what comes is verified wherever the peer fills it in. False by default.
   */
  checksums?: boolean;
  /** A link model that everything sent goes through: delay, rate, queue, loss and the like, in userland. */
  shape?: ShaperOptions;
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
  /** Aborting it abandons the dialling, or destroys the carrier, with an AbortError. */
  signal?: AbortSignal;
}

/** A carrier on its way. */
export interface Dialing {
  /** Gives up: `failed` is called with `error` if one is given, else nothing is. No effect once `opened` was called. */
  abandon(error?: Error): void;
  /** Whether it holds the event loop. No effect once `opened` was called: the driver has its own. */
  ref(): void;
  unref(): void;
}

export const HANDSHAKE_TIMEOUT = 10_000;

/**
 * Opens a carrier and, on it, a connection. Without other wishes the segments' ports are those of the socket.
 * @throws RangeError or TypeError for impossible options, as `net.connect` does.
 */
export function dial(options: DialOptions, owner: DialOwner): Dialing {
  return new RealDialing(options, owner);
}

/** As `dial`, for those who wait: resolves when the connection is established; rejects with the dial's or the driver's error. */
export function dialled(options: DialOptions, opened: (driver: Driver) => DriverOwner): Promise<Driver> {
  return new Promise((resolve, reject) => {
    dial(options, {
      failed: reject,
      opened: (driver) => {
        const owner = opened(driver);
        const waiting: DriverOwner = {
          connectionEvent(event, of) {
            if (driver.owner === waiting) driver.owner = owner;
            if (event === 'connected') resolve(driver);
            else if (event === 'finished') reject(driver.error ?? new Error('the connection was aborted'));
            owner.connectionEvent(event, of);
          },
          carrierClosed: (of) => owner.carrierClosed(of),
        };
        return waiting;
      },
    });
  });
}

class RealDialing implements Dialing {
  readonly #options: DialOptions;
  readonly #owner: DialOwner;
  readonly #socket: Socket;
  readonly #inlet = new Inlet();
  #isOver = false;
  #holdsLoop = true;

  constructor(options: DialOptions, owner: DialOwner) {
    this.#options = options;
    this.#owner = owner;
    checked(options, 0);
    const { host, port, localAddress, localPort, family, hints, lookup, signal } = options;
    const { autoSelectFamily, autoSelectFamilyAttemptTimeout } = options;
    const asked = { host, localAddress, localPort, family, hints, lookup, signal };
    this.#socket = connect({
      ...(given({ ...asked, autoSelectFamily, autoSelectFamilyAttemptTimeout }) as Partial<TcpNetConnectOpts>),
      port,
      noDelay: true, // the kernel's Nagle would spoil ours
      allowHalfOpen: true,
      onread: this.#inlet.onread,
    });
    this.#socket.once('connect', this.#connected).once('error', this.#failed);
    if (owner.lookedUp !== undefined) {
      this.#socket.once('lookup', (error, address, kind, name) => {
        if (!this.#isOver) owner.lookedUp!(error, address, Number(kind), name);
      });
    }
  }

  abandon(error?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.on('error', () => {});
    this.#socket.destroy();
    if (error !== undefined) process.nextTick(() => this.#owner.failed(error));
  }

  ref(): void {
    this.#holdsLoop = true;
    if (!this.#isOver) this.#socket.ref();
  }

  unref(): void {
    this.#holdsLoop = false;
    if (!this.#isOver) this.#socket.unref();
  }

  readonly #connected = (): void => {
    if (this.#isOver) return;
    this.#isOver = true;
    const socket = this.#socket;
    const clock = this.#options.clock ?? processClock();
    const flow = {
      localAddress: socket.localAddress ?? '',
      localPort: this.#options.connection?.localPort ?? socket.localPort ?? 0,
      remoteAddress: socket.remoteAddress ?? '',
      remotePort: this.#options.connection?.remotePort ?? this.#options.port,
    };
    const driver = new Driver(
      {
        socket,
        clock,
        connection: optionsFor(this.#options, flow, clock.now()),
        opens: 'actively',
        handshakeTimeout: this.#options.handshakeTimeout ?? HANDSHAKE_TIMEOUT,
        shape: this.#options.shape,
        checksums: this.#options.checksums,
      },
      (made) => {
        socket.off('error', this.#failed);
        this.#inlet.driver = made;
        return this.#owner.opened(made);
      },
    );
    if (!this.#holdsLoop) driver.unref();
  };

  readonly #failed = (error: Error): void => {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.failed(error);
  };
}

/** The options of one connection, its initial sequence number chosen if the caller has no wish. */
export function optionsFor(options: CarrierOptions, flow: Flow, now: Instant): ConnectionOptions {
  const { localPort, remotePort } = flow;
  const iss = options.connection?.iss ?? initialSequenceNumber(flow, processSecret(), now);
  return connectionOptions({ ...options.connection, localPort, remotePort, iss }, options.profile);
}

/** Impossible options throw where they were given, not when the first carrier is there. */
export function checked(options: CarrierOptions, port: number): void {
  connectionOptions({ localPort: port, ...options.connection, iss: NO_SEQ }, options.profile);
  if (options.shape !== undefined) checkSpec(options.shape.link);
}

/** Node tells an option that is undefined from one that is missing. */
function given(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
