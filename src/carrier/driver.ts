// The driver: one connection over one `node:net` socket. What is read is cut into frames; each frame is one arrival, after
// which the connection is polled; what that makes leave is laid into a slab, and one read causes one write. Then the owner
// hears the news, and one timer is set. Segments are taken off the socket at once, whatever the emulated receive buffer
// holds, so that only the advertised window holds the peer back.
//
// The carrier ends in this order: the connection is finished, its last segments are laid, `end()`, reading to the end for at
// most two seconds, lest the kernel reset the last frames away, and the socket is gone.
import { type Socket } from 'node:net';
import {
  Connection,
  type ConnectionOptions,
  type HoldReason,
  type Instant,
  isSynchronized,
  MILLISECOND,
  NEVER,
  SECOND,
  Segment,
} from '../tcp/index.ts';
import { Alarm } from './alarm.ts';
import { Arrival, type SegmentSink } from './arrival.ts';
import { type Clock } from './clock.ts';
import { Departure, type DepartureOptions } from './departure.ts';
import { carrierError, type CarrierFaultName, failureError, faultMessage, type NodeError } from './errors.ts';
import { type CarrierAddress, type DriverKeeper, type DriverOwner } from './owner.ts';
import { type Shaper } from './shaper.ts';

export interface DriverOptions extends DepartureOptions {
  /** Connected, with `allowHalfOpen`; what it reads goes to `octetsArrive`. */
  socket: Socket;
  clock: Clock;
  connection: ConnectionOptions;
  /** 'actively' sends the first SYN. */
  opens: 'actively' | 'passively';
  /** Milliseconds until preface and handshake must be over. */
  handshakeTimeout: number;
  keeper?: DriverKeeper;
}

/** How long the end of the carrier is waited for once ours is said. */
const LINGER = 2 * SECOND;
/** What one turn of the event loop may lay down before others have theirs: octets of text, and so many for each segment. */
const TURN = 4 * 1_048_576;
const SEGMENT_COST = 256;

// Filled and emptied again within one call of the core, so one serves all drivers.
const leaving = new Segment();

/** Where the carrier stands. */
type Stage =
  | 'running'
  | 'finishing' // the connection is finished, and its last segments may have to wait for the kernel
  | 'lingering' // our end is said; the peer's is awaited
  | 'closed';

export class Driver implements SegmentSink {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly opens: 'actively' | 'passively';
  /** Who is told; may be replaced at any time. */
  owner: DriverOwner;
  /** What ended the connection otherwise than by two FINs or our own abort; set before 'finished' is told. */
  error: NodeError | undefined = undefined;

  /** Segments that came with a wrong checksum, and were dropped. */
  checksumFaults = 0;

  readonly #socket: Socket;
  readonly #arrival = new Arrival(this);
  readonly #departure: Departure;
  readonly #alarm: Alarm;
  readonly #localAddress: string;
  readonly #remoteAddress: string;
  readonly #family: 'IPv4' | 'IPv6';
  readonly #keeper: DriverKeeper | undefined;
  readonly #handshakeTimeout: number;
  /** When the handshake must be over; NEVER once it is. */
  #handshakeLimit: Instant;
  #lingerLimit: Instant = NEVER;
  #stage: Stage = 'running';
  #isBusy = false;
  #isPumpDue = false;
  /** What is left of this turn's TURN. */
  #budget = TURN;

  /** `opened` may observe the connection before anything happens to it, and says who owns the driver. */
  constructor(options: DriverOptions, opened: (driver: Driver) => DriverOwner) {
    const { socket, clock } = options;
    const now = clock.now();
    this.clock = clock;
    this.opens = options.opens;
    this.connection = new Connection(options.connection, now);
    this.#socket = socket;
    this.#departure = new Departure(socket, this.#drained, options);
    this.#alarm = new Alarm(clock, this.#rang);
    this.#localAddress = socket.localAddress ?? '';
    this.#remoteAddress = socket.remoteAddress ?? '';
    this.#family = socket.remoteFamily === 'IPv6' ? 'IPv6' : 'IPv4';
    this.#keeper = options.keeper;
    this.#handshakeTimeout = options.handshakeTimeout;
    this.#handshakeLimit = now + options.handshakeTimeout * MILLISECOND;
    socket.on('end', this.#ended).on('error', this.#failed).on('close', this.#closed);
    this.owner = opened(this);
    this.#begin();
  }

  /** Our end: the socket's address, and the port that segments name. */
  get local(): CarrierAddress {
    return { address: this.#localAddress, port: this.connection.tcb.localPort, family: this.#family };
  }

  /** The peer's; a passive connection learns the port from the SYN, until then it is 0. */
  get remote(): CarrierAddress {
    return { address: this.#remoteAddress, port: this.connection.tcb.remotePort, family: this.#family };
  }

  /** What leaves has its checksum. */
  get fillsChecksums(): boolean {
    return this.#departure.fillsChecksums;
  }

  /** The peer fills in the checksums of what it sends, and they are verified here (RFC 9293 §3.1, MUST-3). */
  get verifiesChecksums(): boolean {
    return this.#arrival.hasChecksums;
  }

  /** The link model that what leaves goes through, if there is one. */
  get shaper(): Shaper | undefined {
    return this.#departure.shaper;
  }

  /** From now on what leaves goes through a link model, a perfect one until it is changed. */
  shape(): Shaper {
    return this.#departure.shape();
  }

  /** The carrier is gone. */
  get isClosed(): boolean {
    return this.#stage === 'closed';
  }

  /** Lets what the owner's calls (write, consume, close, abort …) caused leave. Cheap: once per turn, however often. */
  pump(): void {
    if (this.#isBusy || this.#isPumpDue || this.#stage === 'closed') return;
    this.#isPumpDue = true;
    process.nextTick(pumpNow, this);
  }

  /** What is due in this turn is done now. For the driver's own modules; owners call `pump`. */
  pumpNow(): void {
    this.#isPumpDue = false;
    if (this.#isBusy) return;
    this.#budget = TURN;
    this.#settle();
  }

  /** Takes no more segments off the carrier and lets none leave, until `resume`: the recording is behind. */
  pause(): void {
    if (this.#stage !== 'running' || this.connection.tcb.holds.recorder) return;
    this.#hold('recorder');
    this.#socket.pause();
  }

  resume(): void {
    if (!this.connection.tcb.holds.recorder) return;
    this.#release('recorder');
    this.#socket.resume();
    this.pump();
  }

  /** Whether the carrier and its timer hold the event loop, as they do at first. */
  ref(): void {
    this.#socket.ref();
    this.#alarm.holdLoop(true);
  }

  unref(): void {
    this.#socket.unref();
    this.#alarm.holdLoop(false);
  }

  /** Breaks the carrier off without a word: a last resort. Owners abort the connection, and pump. */
  destroy(error?: NodeError): void {
    if (this.#stage === 'closed') return;
    this.error ??= error;
    this.#socket.destroy();
    this.#lose();
  }

  /** The first `length` octets were read from the socket; they are valid until this returns. */
  octetsArrive(octets: Uint8Array, length: number): void {
    if (this.#stage !== 'running') return; // only the end is awaited
    this.#isBusy = true;
    this.#budget = TURN;
    this.clock.now(); // what has come is of now: `tick` alone would count on from the last turn, however long ago that was
    try {
      this.#arrival.read(octets, length);
    } finally {
      this.#isBusy = false; // an owner that throws must not stop the connection
    }
    this.#settle();
  }

  /** For the arrival: one frame is one. */
  segmentArrives(seg: Segment): boolean {
    const { connection } = this;
    const { tcb } = connection;
    // Segments between other ports belong to no connection here, and there is only this one: they are lost.
    const isOurs = seg.destinationPort === tcb.localPort && seg.sourcePort === tcb.remotePort;
    if (!isOurs && tcb.state !== 'LISTEN') return true;

    const now = this.clock.tick();
    connection.segmentArrives(seg, now);
    this.#letLeave(now);
    // Otherwise an owner who always reads at once would seem slow whenever one read of the carrier brings a whole window.
    if (connection.readable * 2 > tcb.options.receiveBuffer) this.#tell();
    return this.#stage === 'running';
  }

  /** For the arrival: the peer does not keep to the format, and nothing it sends can be understood any more. */
  streamFails(fault: CarrierFaultName, what: string): void {
    this.#fail(fault, what);
  }

  /** For the arrival: nothing of it is believed, and what there is of it is told. */
  damageArrives(seg: Segment): void {
    this.checksumFaults++;
    this.connection.damageArrives(seg, this.clock.tick());
  }

  #begin(): void {
    const now = this.clock.now();
    if (this.opens === 'actively') this.connection.connect(now);
    else this.connection.listen(now);
    this.#settle();
  }

  /** After whatever happened: segments leave, the owner is told, what that caused leaves; then the next deadline is set. */
  #settle(): void {
    this.#isBusy = true;
    try {
      do this.#letLeave(this.clock.now());
      while (this.#tell());
    } finally {
      this.#isBusy = false;
    }
    if (this.isClosed) return; // the owner may have broken it off
    if (this.shaper !== undefined) this.#passOn();
    this.#departure.flush();
    if (this.#stage === 'finishing') this.#finish();
    const { connection } = this;
    this.#alarm.set(
      Math.min(connection.nextDeadline(), this.#departure.nextDeadline(), this.#handshakeLimit, this.#lingerLimit),
    );
  }

  /** Polls the connection until it has nothing to send; every poll after the first takes a fresh `now`. */
  #letLeave(now: Instant): void {
    const { connection } = this;
    const departure = this.#departure;
    let at = now;
    while (this.#stage !== 'closed') {
      if (departure.isBlocked) {
        if (!connection.tcb.holds.carrier) connection.hold('carrier', at);
        return;
      }
      if (this.#budget <= 0) {
        this.#goOnLater();
        return;
      }
      if (!connection.pollSegment(leaving, at)) return;
      departure.leave(leaving, at);
      this.#budget -= SEGMENT_COST + leaving.textLength;
      at = this.clock.tick();
    }
  }

  #passOn(): void {
    const now = this.clock.now();
    this.#departure.passOn(now);
    // What is still on its way to the peer is waited for, however long the model's delay.
    if (this.#stage === 'finishing' && this.#departure.inFlight > 0) this.#lingerLimit = now + LINGER;
  }

  /** Tells all events there are, and says whether there were any. */
  #tell(): boolean {
    let told = false;
    for (;;) {
      const event = this.connection.pollEvent();
      if (event === undefined) return told;
      told = true;
      if (event === 'connected') this.#handshakeIsOver();
      if (event === 'finished') this.#conclude();
      this.owner.connectionEvent(event, this);
    }
  }

  /** The connection is finished: what is left is to see the last segments off. */
  #conclude(): void {
    const { connection } = this;
    if (connection.failure !== undefined) this.error ??= failureError(connection.failure, this.remote);
    this.#handshakeIsOver();
    if (this.#stage !== 'running') return;
    if (this.shaper !== undefined && connection.state === 'TIME-WAIT') {
      // The link model may lose our last ACK: a FIN that comes again is answered, until the peer ends the carrier.
      this.#lingerLimit = this.clock.now() + Math.max(LINGER, 4 * connection.tcb.rtt.rto);
      return;
    }
    this.#beginFinishing();
    if (connection.tcb.holds.recorder) {
      this.#release('recorder'); // a RST has only the carrier to wait for
      this.#socket.resume();
    }
  }

  #beginFinishing(): void {
    this.#stage = 'finishing';
    this.#lingerLimit = this.clock.now() + LINGER;
  }

  #handshakeIsOver(): void {
    if (this.#handshakeLimit === NEVER) return;
    this.#handshakeLimit = NEVER;
    this.#keeper?.handshakeOver(this);
  }

  #finish(): void {
    if (this.connection.tcb.holds.carrier || !this.#departure.isOver) return; // `#drained` comes back here, and the alarm
    this.#stage = 'lingering';
    this.#arrival.stop();
    this.#socket.end();
  }

  #fail(fault: CarrierFaultName, what: string): void {
    this.error ??= carrierError(fault, faultMessage(fault, what, this.#remoteAddress));
    this.#socket.destroy();
    this.#lose();
  }

  /** The carrier carries nothing any more. What was received stays readable. */
  #lose(): void {
    if (this.#stage === 'closed') return;
    this.#stage = 'closed';
    this.#arrival.stop();
    this.#departure.discard();
    this.#alarm.clear();
    this.connection.carrierLost(this.clock.now());
    if (this.#isBusy) return; // whoever is busy tells
    this.#isBusy = true;
    this.#tell();
    this.#isBusy = false;
  }

  #hold(reason: HoldReason): void {
    this.connection.hold(reason, this.clock.now());
  }

  #release(reason: HoldReason): void {
    this.connection.release(reason, this.clock.now());
  }

  #goOnLater(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    setImmediate(pumpNow, this);
  }

  readonly #drained = (): void => {
    if (this.#stage === 'closed') return;
    if (!this.#departure.isBlocked && this.connection.tcb.holds.carrier) this.#release('carrier');
    this.pump();
  };

  readonly #rang = (): void => {
    const now = this.clock.now();
    if (this.#lingerLimit <= now) {
      if (this.#stage !== 'running') {
        this.#socket.destroy();
        return;
      }
      this.#beginFinishing();
    }
    if (this.#handshakeLimit <= now && !isSynchronized(this.connection.state)) {
      const awaited = this.#arrival.isSash ? 'the three-way handshake was not completed' : 'no preface came';
      this.#fail('silent', `${awaited} within ${this.#handshakeTimeout / 1_000} s`);
      return;
    }
    this.connection.timePasses(now);
    this.pumpNow();
  };

  /** The peer has ended the carrier. */
  readonly #ended = (): void => {
    if (this.#stage !== 'running') return; // Node ends the socket when our end is said too
    if (this.connection.state === 'TIME-WAIT') {
      this.#beginFinishing();
      this.pumpNow();
      return;
    }
    const { unfinished } = this.#arrival;
    if (unfinished !== undefined) this.#fail('truncated', unfinished);
    else if (this.#isDeclined) this.#fail('declined', '');
    else this.#fail('ended', 'before both ends of the connection had said FIN');
  };

  /** A sash that knows no flags breaks off when it reads of checksums. */
  get #isDeclined(): boolean {
    return this.fillsChecksums && !this.#arrival.hasChecksums && !isSynchronized(this.connection.state);
  }

  readonly #failed = (error: Error): void => {
    if (this.#stage !== 'running') return;
    if (this.#isDeclined) this.#fail('declined', '');
    this.error ??= error as NodeError;
  };

  readonly #closed = (): void => {
    this.#lose();
    this.#handshakeIsOver();
    this.#keeper?.carrierClosed(this);
    this.owner.carrierClosed(this);
  };
}

function pumpNow(driver: Driver): void {
  driver.pumpNow();
}
