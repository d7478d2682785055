// The consuming end of a message stream: takes a message off the connection when one of its consumers is free, and no sooner, so
// that what waits waits in the receive buffer and closes the window. Each message is worked on for a while; then it is delivered.
// It asks the producer for the time first, then for messages, reports how far it is, and says at last how it went.
import {
  BEGINNING,
  type Connection,
  type Duration,
  type Instant,
  MILLISECOND,
  NEVER,
  SECOND,
} from '../../tcp/index.ts';
import { Autoscaler, Histogram, type ScalingSpec } from '../backpressure/index.ts';
import { ClockEstimate } from './clock-estimate.ts';
import { Outbox } from './outbox.ts';
import { RecordReader, type Tap } from './reader.ts';
import { encode, PREFACE } from './records.ts';
import { encodeReport, type Report } from './report.ts';
import { Workers } from './workers.ts';

export interface ConsumerOptions {
  /** How long a consumer works on a message; 0 for no time. */
  work: Duration;
  /** As many, or as many as the lag needs. */
  consumers: number | ScalingSpec;
  /** Messages that may be under way where the producer heeds requests. More are asked for when three quarters are processed. */
  prefetch?: number;
  /** Sees what is taken. */
  tap?: Tap;
}

/** What the producer said of itself at its end. */
export interface ProducerEnd {
  offered: number;
  dropped: number;
  refused: number;
  queued: number;
  sent: number;
}

/** Reactor's small buffer. */
export const DEFAULT_PREFETCH = 256;
/** Exchanges of the time before the first request, and how far apart those after it are. */
const FIRST_EXCHANGES = 4;
const EXCHANGE_EVERY = SECOND;
const REPORT_EVERY = 100 * MILLISECOND;
/** Changes of the number of consumers that are remembered. */
const MOST_CHANGES = 1_000;

export class MessageConsumer {
  readonly options: Readonly<ConsumerOptions>;
  readonly clock = new ClockEstimate();
  /** From a message's birth to its being processed. */
  readonly latencies = new Histogram();
  /** How many there were, since when; the first thousand changes. */
  readonly changes: { at: Instant; consumers: number }[] = [];
  /** Messages whose last octet has come; that are processed. */
  arrived = 0;
  delivered = 0;
  peakLag = 0;
  peakUnreadOctets = 0;
  /** How long no consumer had anything to do, once messages had begun to come. */
  idle: Duration = BEGINNING;
  end: ProducerEnd | undefined = undefined;
  /** Why it gave up, a sentence; the connection is aborted then. */
  fault: string | undefined = undefined;
  /** Held by hand: the consumers finish what they have, and take nothing more. */
  isHeld = false;
  firstAt: Instant | undefined = undefined;
  lastAt: Instant | undefined = undefined;
  readonly #reader: RecordReader;
  readonly #outbox = new Outbox();
  readonly #workers: Workers;
  readonly #scaler: Autoscaler | undefined;
  readonly #refill: number;
  #openedAt: Instant | undefined;
  #pingedAt: Instant | undefined;
  #pingAt: Instant = NEVER;
  #scaleAt: Instant = NEVER;
  #reportedAt: Instant = BEGINNING;
  #reportedDelivered = -1;
  #sinceRequest = 0;
  #hasRequested = false;
  /** A message's fields are read, and it waits for a free consumer; or its payload is still coming to the one it has. */
  #pending: 'none' | 'held' | 'coming' = 'none';
  #bornAt: Instant = BEGINNING;
  /** All consumers were busy, and since then there was always a message to go on with. */
  #isBehind = false;
  #backlog = 0;
  #octets = 0;
  #idleSince: Instant = NEVER;
  #hasSaidAll = false;

  constructor(options: ConsumerOptions, now: Instant) {
    const { consumers, work, prefetch = DEFAULT_PREFETCH, tap } = options;
    this.options = options;
    this.#reader = new RecordReader(['message', 'end', 'pong'], tap);
    this.#scaler = typeof consumers === 'number' ? undefined : new Autoscaler(consumers);
    this.#workers = new Workers(typeof consumers === 'number' ? consumers : consumers.least, work);
    this.#refill = Math.max(1, prefetch - (prefetch >> 2));
    this.changes.push({ at: now, consumers: this.#workers.count });
  }

  get consumers(): number {
    return this.#workers.count;
  }

  /** Messages that are being worked on. */
  get working(): number {
    return this.#workers.working;
  }

  /** All that was sent is processed, and said to be. */
  get isDone(): boolean {
    return this.#hasSaidAll;
  }

  /** What waits for a consumer, as far as this end can tell: here, under way, and at the producer as it said last. */
  lag(connection: Connection): number {
    const mean = this.arrived === 0 ? Infinity : this.#octets / this.arrived;
    return this.working + Math.ceil(connection.readable / mean) + this.#backlog;
  }

  report(): Report {
    const { clock, latencies } = this;
    return {
      delivered: this.delivered,
      arrived: this.arrived,
      working: this.working,
      consumers: this.consumers,
      p50Ns: latencies.quantile(0.5),
      p99Ns: latencies.quantile(0.99),
      maxNs: latencies.max,
      clockOffsetNs: clock.offset,
      clockErrorNs: Number.isFinite(clock.error) ? clock.error : -1,
      isFinal: this.end !== undefined && this.working === 0,
    };
  }

  /** Does what there is to do now; returns when it wants to be called next if nothing else happens before. */
  serve(connection: Connection, now: Instant): Instant {
    if (connection.state === 'LISTEN' || connection.state === 'SYN-RECEIVED' || connection.state === 'SYN-SENT') {
      return NEVER;
    }
    if (this.fault !== undefined || this.#hasSaidAll) return NEVER;
    if (this.#openedAt === undefined) this.#open(now);
    this.peakUnreadOctets = Math.max(this.peakUnreadOctets, connection.readable);
    do this.#complete(now);
    while (this.#advance(connection, now));
    this.#lookIdle(now);
    if (connection.state === 'CLOSED' || this.fault !== undefined) return NEVER;
    this.#lookWhole(connection, now);
    if (this.fault !== undefined) return NEVER;
    this.#scale(connection, now);
    this.#speak(connection, now);
    return this.#nextAt();
  }

  /** @throws Error where a message was lost between the lines */
  check(): void {
    if (this.arrived === this.delivered + this.working) return;
    throw new Error(
      `sash: broken invariant: conservation: ${this.arrived} arrived, ${this.delivered} delivered, ${this.working} in work`,
    );
  }

  #open(now: Instant): void {
    this.#openedAt = now;
    this.#outbox.push(PREFACE);
    this.#ping(now);
    if (this.#scaler !== undefined) this.#scaleAt = now + this.#scaler.spec.every;
  }

  #ping(now: Instant): void {
    this.#pingedAt = now;
    this.#pingAt = NEVER;
    this.#outbox.push(encode('ping', [now]));
  }

  #complete(now: Instant): void {
    for (let bornAt = this.#workers.complete(now); bornAt !== undefined; bornAt = this.#workers.complete(now)) {
      this.#deliver(bornAt, now);
    }
  }

  #deliver(bornAt: Instant, now: Instant): void {
    this.delivered++;
    this.latencies.record(now + this.clock.offset - bornAt);
    this.lastAt = now;
    this.#sinceRequest++;
    this.check();
  }

  /** Reads on, until there is nothing, or no consumer free; true if a consumer may have finished meanwhile. */
  #advance(connection: Connection, now: Instant): boolean {
    const reader = this.#reader;
    for (;;) {
      if (this.#pending === 'none') {
        if (!reader.next(connection, now)) break;
        if (!this.#take(now)) continue;
        this.#pending = 'held';
      }
      if (this.#pending === 'held') {
        if (this.isHeld || !this.#workers.isAnyFree) {
          this.#isBehind = !this.isHeld;
          return this.#workers.nextAt <= now;
        }
        this.#pending = 'coming';
      }
      if (!reader.skip(connection, now)) {
        this.#isBehind = false;
        return false;
      }
      this.#pending = 'none';
      this.#begin(now);
      if (this.#workers.nextAt <= now) return true;
    }
    this.#isBehind = false;
    if (reader.fault !== undefined) this.#fail(this.#explained(reader.fault), connection, now);
    return false;
  }

  #begin(now: Instant): void {
    this.arrived++;
    this.#octets += this.#reader.length;
    this.firstAt ??= now;
    if (this.#idleSince !== NEVER) {
      this.idle += now - this.#idleSince;
      this.#idleSince = NEVER;
    }
    this.#workers.begin(this.#bornAt, this.#isBehind, now);
    this.check();
  }

  /** A record that is none of a message's is dealt with at once; true if it is a message. */
  #take(now: Instant): boolean {
    const reader = this.#reader;
    const field = (index: number): number => reader.field(index);
    switch (reader.kind) {
      case 'message':
        this.#bornAt = field(1);
        this.#backlog = Math.max(0, field(2));
        return true;
      case 'pong':
        if (this.#pingedAt === field(0)) {
          this.clock.exchanged(field(0), field(1), field(2), now);
          this.#pingedAt = undefined;
          if (this.clock.exchanges < FIRST_EXCHANGES) this.#ping(now);
          else this.#pingAt = now + EXCHANGE_EVERY;
        }
        return false;
      default:
        this.#backlog = 0;
        this.end = { offered: field(0), dropped: field(1), refused: field(2), queued: field(3), sent: field(4) };
        return false;
    }
  }

  #lookIdle(now: Instant): void {
    if (this.working === 0 && this.firstAt !== undefined && this.end === undefined && this.#idleSince === NEVER) {
      this.#idleSince = now;
    }
  }

  /** Has the producer ended as it should? */
  #lookWhole(connection: Connection, now: Instant): void {
    const { end } = this;
    if (end !== undefined && this.#pending === 'none' && end.sent !== this.arrived) {
      this.#fail(`the sender says it sent ${end.sent} messages, and ${this.arrived} came`, connection, now);
    }
    if (end !== undefined || !connection.isPeerClosed || connection.readable > 0 || this.#pending === 'held') return;
    const what = this.#reader.isPrefaced ? 'the sender ended in the middle of its messages' : undefined;
    this.#fail(what ?? this.#explained('the sender sent no messages'), connection, now);
  }

  #scale(connection: Connection, now: Instant): void {
    const lag = this.lag(connection);
    if (lag > this.peakLag) this.peakLag = lag;
    if (this.#scaler === undefined || now < this.#scaleAt) return;
    this.#scaleAt = now + this.#scaler.spec.every;
    const count = this.#scaler.decide(lag, now);
    if (count === this.#workers.count) return;
    this.#workers.count = count;
    if (this.changes.length < MOST_CHANGES) this.changes.push({ at: now, consumers: count });
  }

  /** Pings, requests and reports; none but the last of each matters, so nothing is added while something waits for room. */
  #speak(connection: Connection, now: Instant): void {
    if (connection.tcb.sendBuffer.isClosed || !this.#outbox.flush(connection, now)) return;
    if (now >= this.#pingAt) this.#ping(now);
    this.#request();
    const isDue = now >= this.#reportedAt + REPORT_EVERY && this.delivered !== this.#reportedDelivered;
    const isLast = this.end !== undefined && this.working === 0 && this.#pending === 'none';
    if (isDue || isLast) {
      this.#reportedAt = now;
      this.#reportedDelivered = this.delivered;
      this.#outbox.push(encodeReport(this.report()));
    }
    if (!this.#outbox.flush(connection, now) || !isLast) return;
    this.#hasSaidAll = true;
    connection.close(now);
  }

  #request(): void {
    if (this.clock.exchanges < FIRST_EXCHANGES) return;
    if (!this.#hasRequested) {
      this.#hasRequested = true;
      this.#sinceRequest = 0;
      this.#outbox.push(encode('request', [this.options.prefetch ?? DEFAULT_PREFETCH]));
    } else if (this.#sinceRequest >= this.#refill) {
      this.#outbox.push(encode('request', [this.#sinceRequest]));
      this.#sinceRequest = 0;
    }
  }

  #nextAt(): Instant {
    const reportAt =
      this.delivered === this.#reportedDelivered || this.#openedAt === undefined
        ? NEVER
        : this.#reportedAt + REPORT_EVERY;
    return Math.min(this.#workers.nextAt, this.#scaleAt, this.#pingAt, reportAt);
  }

  #explained(fault: string): string {
    return this.#reader.isPrefaced
      ? `what comes is no message stream: ${fault}`
      : `${fault}; start the sender with --produce, as in: sash send HOST:PORT --produce 1000/s, or this end without --work`;
  }

  #fail(sentence: string, connection: Connection, now: Instant): void {
    this.fault ??= sentence;
    connection.abort(now);
  }
}
