// `Socket`: a Duplex over one emulated connection, in the shape of `node:net`'s. Where Node's documentation is silent, this does
// what Node's own lib/net.js does, down to the order of events; programs depend on that.
//
// Octets wait in the connection's own buffers (those that the window is about) and in the stream's, up to its high-water
// marks; nowhere else.
import { addAbortSignal, Duplex } from 'node:stream';
import { type CarrierAddress, dial, type Dialing, type Driver, type Recording } from '../carrier/index.ts';
import { type Connection, type Snapshot } from '../tcp/index.ts';
import { type ConnectArguments, connectArguments } from './arguments.ts';
import { type Chunk, octetsOf, ownView, queuedOctets } from './chunks.ts';
import { dialOptions } from './dial-options.ts';
import * as errors from './errors.ts';
import { IdleTimer } from './idle-timer.ts';
import { Incoming } from './incoming.ts';
import { type Durations, Line, type LineHolder } from './line.ts';
import {
  checkSocketOptions,
  type RecordOption,
  type SocketConnectOptions,
  type SocketOptions,
  type TcpOptions,
  wholeSeconds,
} from './options.ts';
import { Outgoing } from './outgoing.ts';
import { writeFailsAfterFin } from './write-after-fin.ts';

type Callback = (error?: Error | null) => void;

/** Makes a destroyed stream usable again: Node has it for its own sockets, and its types do not tell. */
const undestroy = Reflect.get(Duplex.prototype, '_undestroy') as (this: Duplex) => void;

/**
 * A connection as a stream. Beside what `net.Socket` has: `snapshot()`, `durations()`, `connection` and `record()`.
 * Not here: descriptors, paths, and calling it without `new`.
 *
 * Events beside Node's: `'opened'` (connection), before the first segment leaves: the moment to observe it; `'urgent'` (length):
 * see `urgentLength`; `'recorded'` (recording), when the file is complete, which is after 'close'.
 */
export class Socket extends Duplex {
  connecting = false;
  /** What `setTimeout` was given last. */
  timeout: number | undefined = undefined;
  /** Always null: there is no libuv handle, and `node:http` must not look for one. */
  readonly _handle: null = null;
  /** node:http's own note that it has told of an error. */
  _hadError = false;
  _parent: unknown = null;
  _host: string | null = null;
  /** The server that accepted it; node:http sets its own. */
  server: unknown = null;

  #dialing: Dialing | undefined;
  #line: Line | undefined;
  /** The line of the life that has ended: what it counted stays readable. */
  #last: Line | undefined;
  #incoming: Incoming;
  readonly #outgoing = new Outgoing();
  readonly #idle = new IdleTimer(() => this.emit('timeout'));
  readonly #holder: LineHolder = { turn: (line) => this.#turn(line) };
  /** Octets given to `_write`, waiting or not. */
  #dispatched = 0;
  #isReferenced = true;
  #isResetting = false;
  #noDelay: boolean;
  #keepAlive: boolean;
  #keepAliveDelay: number;
  #tcp: TcpOptions;
  #record: RecordOption | undefined;
  readonly #signal: AbortSignal | undefined;

  /**
   * @param line An accepted connection: a server's business.
   * @throws TypeError for object mode, and for a delay that is no number.
   */
  constructor(options: SocketOptions = {}, line?: Line) {
    checkSocketOptions(options);
    const { signal, ...rest } = options;
    super({
      ...rest,
      allowHalfOpen: Boolean(options.allowHalfOpen),
      emitClose: false,
      autoDestroy: true,
      decodeStrings: false,
    });
    this.#noDelay = Boolean(options.noDelay);
    this.#keepAlive = Boolean(options.keepAlive);
    this.#keepAliveDelay = wholeSeconds(options.keepAliveInitialDelay);
    this.#tcp = options.tcp ?? {};
    this.#record = options.record;
    this.#incoming = new Incoming(this, options.onread);
    this.on('end', () => writeFailsAfterFin(this));
    if (line !== undefined) this.#adopt(line);
    this.#signal = signal ?? undefined;
    if (this.#signal !== undefined) addAbortSignal(this.#signal, this);
  }

  // ---- opening and closing ----

  /** Node's forms: `(port[, host][, connected])`, `(options[, connected])`. A path is refused. */
  connect(...args: ConnectArguments): this {
    const [options, connected] = connectArguments(args);
    if (connected !== undefined) this.once('connect', connected);
    if (options.port === undefined) throw errors.missingArguments();
    Reflect.deleteProperty(this, 'write'); // `writeAfterFin`, from a former life
    if (this.#signal?.aborted) return this; // its error is on the way
    if (this.#isUnderWay) {
      const where = { address: options.host ?? 'localhost', port: options.port };
      this.destroy(errors.systemError(this.connecting ? 'EALREADY' : 'EISCONN', 'connect', where));
      return this;
    }
    this.#renew();
    this.#idle.refresh();
    this.connecting = true;
    this.#dial(options as SocketConnectOptions);
    return this;
  }

  /** A RST, once connected; 'close' follows. */
  resetAndDestroy(): this {
    if (!this.#isUnderWay) return this.destroy(errors.socketClosed());
    if (this.connecting) this.once('connect', () => this.#reset());
    else this.#reset();
    return this;
  }

  /** Destroys it when all that was written has been handed over. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  // ---- settings ----

  setTimeout(milliseconds: number, expired?: () => void): this {
    if (this.destroyed) return this;
    this.timeout = milliseconds;
    this.#idle.set(milliseconds);
    if (expired === undefined) return this;
    if (typeof expired !== 'function') throw errors.invalidType('callback', 'function', expired);
    if (milliseconds === 0) this.removeListener('timeout', expired);
    else this.once('timeout', expired);
    return this;
  }

  /** Nagle's algorithm (RFC 9293 §3.7.4) off, or on again. */
  setNoDelay(noDelay = true): this {
    this.#noDelay = noDelay;
    if (!this.connecting) this.#line?.setNoDelay(this.#noDelay);
    return this;
  }

  /** Keepalive (RFC 9293 §3.8.4): after `initialDelay` ms, whole seconds, ten questions a second apart; 0: the defaults. */
  setKeepAlive(enable = false, initialDelay = 0): this {
    this.#keepAlive = enable;
    this.#keepAliveDelay = wholeSeconds(initialDelay);
    if (!this.connecting) this.#line?.setKeepAlive(this.#keepAlive, this.#keepAliveDelay);
    return this;
  }

  ref(): this {
    if (!this.#isUnderWay) return this.once('connect', () => this.ref());
    this.#isReferenced = true;
    this.#dialing?.ref();
    this.#holdLoop();
    return this;
  }

  unref(): this {
    if (!this.#isUnderWay) return this.once('connect', () => this.unref());
    this.#isReferenced = false;
    this.#dialing?.unref();
    this.#holdLoop();
    return this;
  }

  // ---- what Node tells ----

  get pending(): boolean {
    return this.#line === undefined || this.connecting;
  }

  get _connecting(): boolean {
    return this.connecting;
  }

  get readyState(): 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.connecting) return 'opening';
    if (this.readable) return this.writable ? 'open' : 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  // Node's getters may be asked of the prototype, where there is nothing to tell; hence `#line in this`.

  get bytesRead(): number | undefined {
    return #line in this ? (this.#known?.octetsRead ?? 0) : undefined;
  }

  /** What was given to `write`, whether it has left or not. */
  get bytesWritten(): number | undefined {
    if (!(#line in this)) return undefined;
    return this.#dispatched + queuedOctets(this);
  }

  get bufferSize(): number | undefined {
    return #line in this && this.#isUnderWay ? this.writableLength : undefined;
  }

  get remoteAddress(): string | undefined {
    return #line in this ? this.#remote?.address : undefined;
  }

  get remotePort(): number | undefined {
    return #line in this ? this.#remote?.port : undefined;
  }

  get remoteFamily(): string | undefined {
    return #line in this ? this.#remote?.family : undefined;
  }

  get localAddress(): string | undefined {
    return #line in this ? this.#local?.address : undefined;
  }

  get localPort(): number | undefined {
    return #line in this ? this.#local?.port : undefined;
  }

  get localFamily(): string | undefined {
    return #line in this ? this.#local?.family : undefined;
  }

  address(): CarrierAddress | Record<string, never> {
    return this.#local ?? {};
  }

  // ---- what sash tells ----

  /** The emulated connection, from 'opened' on, and after 'close' too. To be read, observed, and configured, not written to. */
  get connection(): Connection | undefined {
    return this.#known?.driver.connection;
  }

  /** The TCB at this moment, under the RFCs' names: `{ state, reason, 'SND.UNA', 'RCV.WND', … }`. */
  snapshot(): Snapshot | undefined {
    return this.connection?.snapshot();
  }

  /**
   * As `write`, and asks the peer to hurry up to the last octet of `chunk` (RFC 9293 §3.8.5): it is told at once, though the
   * window be shut; the octets stay in line. An empty chunk asks nothing. New applications should not use it (SHLD-13).
   */
  writeUrgent(chunk: string | Uint8Array, encoding?: BufferEncoding | Callback, written?: Callback): boolean {
    const [named, told] = typeof encoding === 'function' ? [undefined, encoding] : [encoding, written];
    const octets = ownView(chunk, named);
    this.#outgoing.urge(octets);
    return this.write(octets, told);
  }

  /**
   * Octets that are left to read up to the end of the peer's urgent data, arrived or not; 0 where nothing is urgent. Counted from
   * the last `'data'` or `read()`, in octets: not after `setEncoding`. No `'data'` has octets from both sides of that end.
   */
  get urgentLength(): number {
    return this.#known?.urgentLength(this.readableLength) ?? 0;
  }

  /** How long each end of this side spent in what, nanoseconds: why nothing left, and what was offered to the peer. */
  durations(): Durations | undefined {
    return this.#known?.durations();
  }

  /** Writes a pcapng recording: before `connect`, or in 'opened', from the first segment on; later, from then on. */
  record(asked: RecordOption): this {
    if (this.#line === undefined) this.#record = asked;
    else this.#line.record(asked);
    return this;
  }

  get recording(): Recording | undefined {
    return this.#known?.recording;
  }

  // ---- what streams call ----

  override _read(): void {
    const line = this.#line;
    if (this.connecting || line === undefined) this.once('connect', () => this.#startReading(this.#line));
    else this.#startReading(line);
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, callback: Callback): void {
    const octets = octetsOf({ chunk, encoding });
    this.#dispatched += octets.length;
    this.#send([octets], octets.length, callback);
  }

  override _writev(chunks: Chunk[], callback: Callback): void {
    const all = chunks.map(octetsOf);
    const octets = all.reduce((sum, chunk) => sum + chunk.length, 0);
    this.#dispatched += octets;
    this.#send(all, octets, callback);
  }

  override _final(callback: Callback): void {
    if (this.pending) this.once('connect', () => this.#finish(callback));
    else this.#finish(callback);
  }

  override _destroy(error: Error | null, callback: Callback): void {
    const line = this.#line;
    const wasUnderWay = this.#isUnderWay;
    this.connecting = false;
    this.#idle.stop();
    this.#dialing?.abandon();
    this.#dialing = undefined;
    this.#line = undefined;
    if (line !== undefined) {
      this.#last = line;
      line.leave(this.#isResetting ? 'reset' : 'close', this.#isReferenced);
    }
    callback(error);
    if (!wasUnderWay) {
      process.nextTick(() => this.emit('close'));
      return;
    }
    setImmediate(() => {
      // As Node has it: the write under way is called back without an error, those behind it by the stream with one.
      this.#outgoing.settle(null);
      this.emit('close', error !== null);
    });
  }

  override pause(): this {
    if (this.#incoming.isOwnBuffer && !this.connecting) {
      this.#incoming.stop();
      this.#holdLoop();
    }
    return super.pause();
  }

  override resume(): this {
    this.#resumeOwnBuffer();
    return super.resume();
  }

  // Streams give what `setEncoding` makes of octets; the type is theirs.
  override read(size?: number): ReturnType<Duplex['read']> {
    this.#resumeOwnBuffer();
    return super.read(size);
  }

  /** For node:http and http-like servers, which see activity that is none of the stream's. */
  _unrefTimer(): void {
    this.#idle.refresh();
  }

  // ---- within ----

  /** What can be told of this life or the last. */
  get #known(): Line | undefined {
    return this.#line ?? this.#last;
  }

  /** Connecting or connected: where Node has a handle. */
  get #isUnderWay(): boolean {
    return this.#dialing !== undefined || this.#line !== undefined;
  }

  get #remote(): CarrierAddress | undefined {
    return this.connecting ? undefined : this.#known?.driver.remote;
  }

  get #local(): CarrierAddress | undefined {
    return this.connecting ? undefined : this.#line?.driver.local;
  }

  /** A socket that was closed begins another life. */
  #renew(): void {
    undestroy.call(this);
    this.#last = undefined;
    this.#dispatched = 0;
    this.#isResetting = false;
    this.#incoming.renew();
    this.#outgoing.renew();
  }

  #dial(options: SocketConnectOptions): void {
    const dialing = dial(dialOptions(options, this.#tcp, this.#noDelay), {
      lookedUp: (error, address, family, host) => this.emit('lookup', error, address, family, host),
      opened: (driver) => this.#opened(driver, options.record),
      failed: (error) => {
        if (this.#dialing === dialing) this.destroy(error);
      },
    });
    this.#dialing = dialing;
    if (!this.#isReferenced) dialing.unref();
  }

  #opened(driver: Driver, asked: RecordOption | undefined): Line {
    const line = new Line(driver, this.#holder);
    this.#dialing = undefined;
    this.#adopt(line);
    const record = asked ?? this.#record;
    if (record !== undefined) line.record(record);
    this.emit('opened', driver.connection);
    return line;
  }

  #adopt(line: Line): void {
    this.#line = line;
    line.holder = this.#holder;
    line.recorded = (recording) => this.emit('recorded', recording);
    if (line.hasUrgentNews) line.wake();
  }

  #reset(): void {
    this.#isResetting = true;
    this.destroy();
  }

  /** Once for everything that happened since the last turn; what is delivered is delivered one at a time. */
  #turn(line: Line): void {
    if (this.connecting) {
      this.#turnConnecting(line);
      return;
    }
    if (line.hasUrgentNews) {
      this.#turnUrgent(line);
      return;
    }
    if (this.#outgoing.isPending) this.#turnWriting(line);
    if (this.#incoming.isReading && !this.destroyed) this.#turnReading(line);
    this.#holdLoop();
  }

  #turnConnecting(line: Line): void {
    if (!line.isConnected) {
      if (line.isFinished) this.destroy(errors.connectError(line.driver));
      return;
    }
    this.connecting = false;
    this.#idle.refresh();
    if (this.#noDelay) line.setNoDelay(true);
    if (this.#keepAlive) line.setKeepAlive(true, this.#keepAliveDelay);
    this.emit('connect');
    this.emit('ready');
    if (!this.isPaused()) this.read(0);
    this.#holdLoop();
    if (line.hasNews || line.hasUrgentNews) line.wake();
  }

  /** In a turn of its own, before the octets: whoever is to hurry can do so from the first on. */
  #turnUrgent(line: Line): void {
    line.hasUrgentNews = false;
    line.wake();
    if (this.urgentLength > 0) this.emit('urgent', this.urgentLength);
  }

  #turnWriting(line: Line): void {
    if (!line.isFinished) {
      if (this.#outgoing.advance(line)) this.#idle.refresh();
      return;
    }
    // Who reads first gets what had come, and then the one error there is.
    if (!this.#incoming.isReading) this.#outgoing.settle(errors.writeError(line.driver));
  }

  #turnReading(line: Line): void {
    try {
      if (this.#incoming.deliver(line)) this.#idle.refresh();
      else if (line.isFinished) this.destroy(errors.readError(line.driver));
    } finally {
      // Though a listener throws, what is left must come.
      const isMoreDue = this.#incoming.isReading ? line.hasNews : line.isFinished && this.#outgoing.isPending;
      if (isMoreDue && !this.destroyed) line.wake();
    }
  }

  #startReading(line: Line | undefined): void {
    if (line === undefined || !this.#incoming.start()) return;
    this.#holdLoop();
    if (line.hasNews) line.wake();
  }

  #finish(callback: Callback): void {
    if (this.#line?.isFinished === false) this.#line.end();
    // As libuv's shutdown does, and node:http counts on it: 'finish' comes after the callbacks of the writes.
    setImmediate(callback);
  }

  #resumeOwnBuffer(): void {
    const line = this.#line;
    if (line !== undefined && !this.connecting && this.#incoming.isOwnBuffer) this.#startReading(line);
  }

  #send(chunks: readonly Uint8Array[], octets: number, callback: Callback): void {
    if (this.connecting) {
      const closed = (): void => callback(errors.closedBeforeConnection());
      this.once('connect', () => {
        this.off('close', closed);
        this.#send(chunks, octets, callback);
      });
      this.once('close', closed);
      return;
    }
    const line = this.#line;
    if (line === undefined) {
      callback(errors.socketClosed());
      return;
    }
    this.#idle.refresh();
    if (line.isFinished) {
      callback(errors.writeError(line.driver));
      return;
    }
    this.#outgoing.begin(chunks, octets, callback);
    this.#outgoing.advance(line);
    if (!this.#incoming.isReading) this.#holdLoop();
  }

  /** As libuv holds it: while connecting, reading, or with writes pending; and until what was written is delivered. */
  #holdLoop(): void {
    const isActive = this.connecting || this.#incoming.isReading || this.#outgoing.isPending;
    if (!this.#isReferenced) this.#line?.holdLoop('no');
    else this.#line?.holdLoop(isActive ? 'yes' : 'until-delivered');
  }
}
