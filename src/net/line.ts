// A connection in the hands of a `Socket`, or, before it is established, of a `Server`. It keeps what the driver tells until
// its holder has a turn: users' code never runs inside the driver, and each turn is a macrotask of its own, so that
// `process.nextTick` runs between two reads, and between the last octets and the end of the stream.
//
// Once its holder has left, the connection lingers as an operating system's would: what was accepted is delivered, then the
// FIN; octets that still arrive are answered by a RST (RFC 9293 §3.10.4 leaves that to the implementation; RFC 1122 §4.2.2.13
// asks for it, so that the peer learns that they are lost).
import { type Driver, type DriverOwner, record, type Recording, type RecordingOptions } from '../carrier/index.ts';
import {
  type ConnectionEvent,
  DEFAULT_KEEPALIVE,
  type Keepalive,
  MILLISECOND,
  type NagleVariant,
  type OfferingDurations,
  type ReasonDurations,
  SECOND,
} from '../tcp/index.ts';
import { type RecordOption } from './options.ts';

/** Who holds a line. */
export interface LineHolder {
  /** Something happened, or `wake` was called. Made from the event loop, never from inside the driver. */
  turn(line: Line): void;
}

/** How long each end of this side spent in what, nanoseconds. */
export interface Durations {
  sending: ReasonDurations;
  receiving: OfferingDurations;
}

/** How a holder leaves: as `close` does (a RST if anything is unread), or with a RST in any case. */
export type Leaving = 'close' | 'reset';

/** How long a connection that nobody holds may wait for the peer's FIN, milliseconds (Linux: tcp_fin_timeout). */
const FIN_TIMEOUT = 60_000;
/** The first and the longest wait between two looks at what is not acknowledged yet, milliseconds. */
const FIRST_LOOK = 5;
const LONGEST_LOOK = 250;

export class Line implements DriverOwner {
  readonly driver: Driver;
  holder: LineHolder | undefined;
  /** Called once, when the holder leaves. */
  left: (() => void) | undefined = undefined;
  isConnected = false;
  /** The peer's FIN has come: what is readable is the rest. */
  isPeerClosed = false;
  isFinished = false;
  /** The peer has urgent data, or more of it, and the holder has not been told. */
  hasUrgentNews = false;
  /** Octets taken out of the receive buffer. */
  octetsRead = 0;
  /** Octets given to the send buffer. */
  octetsWritten = 0;
  recording: Recording | undefined = undefined;
  /** Called when the recording is complete: the carrier is gone, and all of it is written. */
  recorded: ((recording: Recording) => void) | undefined = undefined;

  readonly #nagle: NagleVariant;
  #isTurnDue = false;
  #holdsLoop = true;
  #look: NodeJS.Timeout | undefined;
  /** The end of the peer's urgent data, counted as `octetsRead` is. */
  #urgentEnd = 0;

  constructor(driver: Driver, holder: LineHolder) {
    this.driver = driver;
    this.holder = holder;
    const { nagle } = driver.connection.tcb.options;
    this.#nagle = nagle === 'off' ? 'nagle' : nagle;
  }

  // ---- what the driver tells ----

  connectionEvent(event: ConnectionEvent): void {
    switch (event) {
      case 'connected':
        this.isConnected = true;
        break;
      case 'peer-closed':
        this.isPeerClosed = true;
        break;
      case 'finished':
        this.isFinished = true;
        break;
      case 'readable':
        if (this.holder === undefined) this.#abort();
        break;
      case 'writable':
        break;
      case 'urgent':
        this.hasUrgentNews = true;
        break;
      case 'not-delivering':
        return;
    }
    if (this.holder !== undefined) this.wake();
  }

  carrierClosed(): void {
    clearTimeout(this.#look);
    const { recording, recorded } = this;
    if (recording !== undefined) void recording.finish().then(() => recorded?.(recording));
  }

  // ---- what the holder does ----

  /** Gives the holder a turn. */
  wake(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    setImmediate(giveTurn, this);
  }

  /** Given a turn; for `wake` alone. */
  takeTurn(): void {
    this.#isTurnDue = false;
    this.holder?.turn(this);
  }

  /** A reader would be given something: octets, the end, or an error. */
  get hasNews(): boolean {
    return this.isPeerClosed || this.isFinished || this.readable > 0;
  }

  get readable(): number {
    return this.driver.connection.readable;
  }

  /** Octets that `write` would take now. */
  get sendRoom(): number {
    return this.driver.connection.sendRoom;
  }

  /** Takes octets out of the receive buffer, as many as there are and fit. */
  take(target: Uint8Array): number {
    const { driver } = this;
    this.#noteUrgent();
    const count = driver.connection.read(target, driver.clock.now());
    this.octetsRead += count;
    driver.pump();
    return count;
  }

  /** Gives octets to the send buffer, which keeps the view. If it takes fewer, a turn comes when there is room again. */
  write(octets: Uint8Array): number {
    const { driver } = this;
    const accepted = driver.connection.write(octets, driver.clock.now());
    this.octetsWritten += accepted;
    driver.pump();
    return accepted;
  }

  /** The same, and the peer's application is asked to hurry up to its end. */
  writeUrgent(octets: Uint8Array): number {
    const { driver } = this;
    const accepted = driver.connection.writeUrgent(octets, driver.clock.now());
    this.octetsWritten += accepted;
    driver.pump();
    return accepted;
  }

  /** Octets up to the end of the peer's urgent data, for a reader who has yet to see the last `buffered` of those taken. */
  urgentLength(buffered: number): number {
    this.#noteUrgent();
    return Math.max(0, this.#urgentEnd - (this.octetsRead - buffered));
  }

  /** Those of them that the connection needs no more. */
  get octetsAcknowledged(): number {
    return this.octetsWritten - this.driver.connection.tcb.sendBuffer.length;
  }

  durations(): Durations {
    const { connection, clock } = this.driver;
    const now = clock.now();
    return { sending: connection.durations(now), receiving: connection.offeringDurations(now) };
  }

  /** FIN, after what was written. */
  end(): void {
    this.driver.connection.close(this.driver.clock.now());
    this.driver.pump();
  }

  setNoDelay(noDelay: boolean): void {
    const { driver } = this;
    driver.connection.setNagle(noDelay ? 'off' : this.#nagle, driver.clock.now());
    driver.pump();
  }

  /** `delay` in milliseconds; 0 leaves the idle time at its default. Where it is given, libuv asks ten times, every second. */
  setKeepAlive(enable: boolean, delay: number): void {
    const { driver } = this;
    const asked: Keepalive = { idle: delay * MILLISECOND, interval: SECOND, count: 10 };
    driver.connection.setKeepalive(enable ? (delay > 0 ? asked : DEFAULT_KEEPALIVE) : undefined, driver.clock.now());
    driver.pump();
  }

  /** Records from now on. @throws Error where it is recorded already. A recording that fails is reported once, by a warning of the process unless the options say how. */
  record(asked: RecordOption): Recording {
    if (this.recording !== undefined) throw new Error(`this connection is recorded already, to ${this.recording.file}`);
    const options: RecordingOptions = typeof asked === 'string' ? { file: asked } : asked;
    const failed = (error: Error): void => process.emitWarning(`recording ${options.file}: ${error.message}`);
    const recording = record(this.driver, { failed, ...options });
    this.recording = recording;
    return recording;
  }

  /**
   * Whether the connection keeps the process alive: 'no', 'yes', or 'until-delivered', since what a kernel would deliver
   * after its process has ended is lost here.
   */
  holdLoop(holds: 'yes' | 'no' | 'until-delivered'): void {
    if (holds === 'yes' && this.#holdsLoop && this.#look === undefined) return;
    clearTimeout(this.#look);
    this.#look = undefined;
    if (holds === 'until-delivered' && !this.isDelivered) {
      this.#setHold(true);
      this.#lookAgain(FIRST_LOOK);
      return;
    }
    this.#setHold(holds === 'yes');
  }

  /** All that was written, and the FIN if it is queued, is acknowledged, or never will be. */
  get isDelivered(): boolean {
    const { tcb } = this.driver.connection;
    return this.isFinished || (tcb.sendBuffer.length === 0 && (!tcb.sendBuffer.isClosed || tcb.isFinAcknowledged));
  }

  /** The holder goes. `isReferenced`: whether what is not delivered yet keeps the process alive. */
  leave(how: Leaving, isReferenced: boolean): void {
    if (this.holder === undefined) return;
    this.holder = undefined;
    if (!this.isFinished) {
      if (how === 'reset' || !this.isConnected || this.readable > 0) this.#abort();
      else this.end();
      this.holdLoop(isReferenced ? 'until-delivered' : 'no');
      if (this.#look === undefined) this.#lookAgain(FIRST_LOOK);
    }
    this.left?.();
  }

  #abort(): void {
    this.driver.connection.abort(this.driver.clock.now());
    this.driver.pump();
  }

  #noteUrgent(): void {
    const { urgent } = this.driver.connection;
    if (urgent > 0) this.#urgentEnd = this.octetsRead + urgent;
  }

  #setHold(holds: boolean): void {
    if (holds === this.#holdsLoop) return;
    this.#holdsLoop = holds;
    if (holds) this.driver.ref();
    else this.driver.unref();
  }

  /** The core tells nobody that the last octet is acknowledged; so it is looked at, ever more seldom. */
  #lookAgain(wait: number): void {
    this.#look = setTimeout(() => {
      this.#look = undefined;
      if (!this.isDelivered) {
        this.#lookAgain(Math.min(2 * wait, LONGEST_LOOK));
        return;
      }
      this.#setHold(false);
      if (this.holder === undefined && !this.isFinished) this.#waitForFin();
    }, wait).unref();
  }

  #waitForFin(): void {
    this.#look = setTimeout(() => {
      if (!this.isFinished) this.#abort();
    }, FIN_TIMEOUT).unref();
  }
}

function giveTurn(line: Line): void {
  line.takeTurn();
}
