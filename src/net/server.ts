// `Server`: listens, and makes a `Socket` of every connection whose handshake has succeeded, in the shape of `node:net`'s.
import { EventEmitter, addAbortListener, captureRejectionSymbol } from 'node:events';
import { type AddressInfo } from 'node:net';
import { getDefaultHighWaterMark } from 'node:stream';
import { promisify } from 'node:util';
import { type CarrierAddress, type Driver, listen, type Listener } from '../carrier/index.ts';
import { type ListenArguments, listenArguments } from './arguments.ts';
import { carrierOptions } from './dial-options.ts';
import * as errors from './errors.ts';
import { Line, type LineHolder } from './line.ts';
import { type ListenOptions as SocketListenOptions, type ServerOptions } from './options.ts';
import { Socket } from './socket.ts';

export type ConnectionListener = (socket: Socket) => void;

/**
 * Events beside Node's: `'opened'` (connection, remote), before the peer's SYN has come: the moment to observe it;
 * `'handshakeError'` (error, remote), for a peer that came and did not become a connection: one that is not sash, say.
 */
export class Server extends EventEmitter implements AsyncDisposable {
  allowHalfOpen: boolean;
  pauseOnConnect: boolean;
  noDelay: boolean;
  keepAlive: boolean;
  keepAliveInitialDelay: number;
  highWaterMark: number;
  /** Connections at one time; one more is closed at once, and 'drop' is emitted. No limit while 0 or undefined. */
  maxConnections: number | undefined = undefined;

  readonly #options: ServerOptions;
  #listener: Listener | undefined;
  /** Lines whose handshake is not over. */
  readonly #pending = new Set<Line>();
  #connections = 0;
  #opened = 0;
  #isReferenced = true;
  readonly #doorman: LineHolder = { turn: (line) => this.#handshakeIsOver(line) };

  /** @throws TypeError or RangeError for options that are impossible. */
  constructor(options?: ServerOptions | ConnectionListener | null, connectionListener?: ConnectionListener) {
    super();
    if (options !== undefined && typeof options !== 'object' && typeof options !== 'function') {
      throw errors.invalidType('options', 'object', options);
    }
    const given: ServerOptions = typeof options === 'object' && options !== null ? options : {};
    const listener = typeof options === 'function' ? options : connectionListener;
    checkNumber('options.keepAliveInitialDelay', given.keepAliveInitialDelay);
    checkNumber('options.highWaterMark', given.highWaterMark);
    this.#options = given;
    this.allowHalfOpen = given.allowHalfOpen ?? false;
    this.pauseOnConnect = Boolean(given.pauseOnConnect);
    this.noDelay = Boolean(given.noDelay);
    this.keepAlive = Boolean(given.keepAlive);
    this.keepAliveInitialDelay = Math.max(0, given.keepAliveInitialDelay ?? 0);
    const mark = given.highWaterMark ?? -1;
    this.highWaterMark = mark < 0 ? getDefaultHighWaterMark(false) : mark;
    if (typeof listener === 'function') this.on('connection', listener);
  }

  get listening(): boolean {
    return this.#listener?.isListening ?? false;
  }

  /**
   * Node's forms: `([port][, host][, backlog][, listening])`, `(options[, listening])`. Without a host it is bound on return,
   * though an error comes later. A path or a descriptor is refused.
   */
  listen(...args: ListenArguments): this {
    const [options, listening] = listenArguments(args);
    if (this.listening) throw errors.serverAlreadyListening();
    if (listening !== undefined) this.once('listening', listening);
    this.#listener?.close();
    this.#observe(options.signal);
    this.#listen(options);
    return this;
  }

  /** Accepts no more; 'close' follows when the last connection has ended. */
  close(closed?: (error?: Error) => void): this {
    if (typeof closed === 'function') {
      if (this.listening) this.once('close', () => closed());
      else this.once('close', () => closed(errors.serverNotRunning()));
    }
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.close();
    for (const line of this.#pending) line.leave('reset', false);
    this.#closeIfDrained();
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.listening) return;
    await promisify((done: (error?: Error) => void) => this.close(done))();
  }

  address(): AddressInfo | string | null {
    return this.listening ? this.#listener!.address() : null;
  }

  getConnections(told: (error: Error | null, count: number) => void): this {
    const count = this.#connections;
    process.nextTick(() => told(null, count));
    return this;
  }

  ref(): this {
    this.#isReferenced = true;
    this.#listener?.ref();
    return this;
  }

  unref(): this {
    this.#isReferenced = false;
    this.#listener?.unref();
    return this;
  }

  /** A 'connection' listener that rejects (`captureRejections`) costs its own connection, and no other. */
  override [captureRejectionSymbol](error: Error, event: string, ...args: unknown[]): void {
    const [socket] = args;
    if (event === 'connection' && socket instanceof Socket) socket.destroy(error);
    else this.emit('error', error);
  }

  #observe(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const aborted = (): void => void this.close();
    if (signal.aborted) {
      process.nextTick(aborted);
      return;
    }
    const listening = addAbortListener(signal, aborted);
    this.once('close', () => listening[Symbol.dispose]());
  }

  #listen(options: SocketListenOptions): void {
    const { port, host, backlog, exclusive, ipv6Only } = options;
    const asked = Object.entries({ port, host, backlog, exclusive, ipv6Only }).filter(
      ([, value]) => value !== undefined,
    );
    const { maxCarriers, maxPending, tcp } = this.#options;
    const listener: Listener = listen(
      {
        ...carrierOptions(tcp ?? {}, this.noDelay),
        listen: Object.fromEntries(asked),
        ...(maxCarriers === undefined ? {} : { maxCarriers }),
        ...(maxPending === undefined ? {} : { maxPending }),
      },
      {
        listening: () => {
          if (this.#listener === listener) this.emit('listening');
        },
        opened: (driver) => this.#driverOpened(driver),
        dropped: (local, remote) => this.#drop(local, remote),
        failed: (error) => {
          if (this.#listener !== listener) return;
          if (!listener.isListening) this.#listener = undefined;
          this.emit('error', error);
        },
      },
    );
    this.#listener = listener;
    if (!this.#isReferenced) listener.unref();
  }

  #driverOpened(driver: Driver): Line {
    const line = new Line(driver, this.#doorman);
    this.#pending.add(line);
    line.left = () => this.#pending.delete(line);
    const record = this.#options.record?.(++this.#opened, driver.remote);
    if (record !== undefined) line.record(record);
    this.emit('opened', driver.connection, driver.remote);
    return line;
  }

  #handshakeIsOver(line: Line): void {
    if (!line.isConnected && !line.isFinished) return;
    this.#pending.delete(line);
    const { error, local, remote } = line.driver;
    if (!line.isConnected) {
      line.leave('reset', false);
      if (error !== undefined) this.emit('handshakeError', error, remote);
      return;
    }
    if (this.maxConnections && this.#connections >= this.maxConnections) {
      line.leave('close', true);
      this.#drop(local, remote);
      return;
    }
    this.emit('connection', this.#accept(line));
  }

  #accept(line: Line): Socket {
    const { allowHalfOpen, highWaterMark, noDelay, keepAlive, keepAliveInitialDelay } = this;
    const marks = { readableHighWaterMark: highWaterMark, writableHighWaterMark: highWaterMark };
    const socket = new Socket({ allowHalfOpen, ...marks, noDelay, keepAlive, keepAliveInitialDelay }, line);
    socket.server = this;
    this.#connections++;
    line.left = () => {
      this.#connections--;
      this.#closeIfDrained();
    };
    if (keepAlive) socket.setKeepAlive(true, keepAliveInitialDelay);
    if (this.pauseOnConnect) socket.pause();
    else socket.read(0);
    return socket;
  }

  #drop(local: CarrierAddress, remote: CarrierAddress): void {
    this.emit('drop', {
      localAddress: local.address,
      localPort: local.port,
      localFamily: local.family,
      remoteAddress: remote.address,
      remotePort: remote.port,
      remoteFamily: remote.family,
    });
  }

  #closeIfDrained(): void {
    if (this.listening || this.#connections > 0) return;
    process.nextTick(() => this.emit('close'));
  }
}

function checkNumber(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'number') throw errors.invalidType(name, 'number', value);
}
