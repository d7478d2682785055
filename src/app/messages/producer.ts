// The producing end of a message stream: makes messages by its schedule, whatever the window says; a strategy stands between them
// and the connection. It begins when the consumer has asked for the first time, and ends with its ledger, a FIN, and the
// consumer's last report, which says whether anything was lost between the lines.
import { type Connection, type Duration, type Instant, NEVER, SECOND } from '../../tcp/index.ts';
import { type Account, makeStrategy, type Strategy, type StrategySpec } from '../backpressure/index.ts';
import { type Plan } from '../plan.ts';
import { formatSize } from '../quantities.ts';
import { Outbox } from './outbox.ts';
import { RecordReader, type Tap } from './reader.ts';
import { encode, PREFACE, writeField } from './records.ts';
import { decodeReport, type Report } from './report.ts';
import { Schedule } from './schedule.ts';

export interface ProducerOptions {
  /** Messages a second. */
  plan: Plan;
  /** Octets of each, its 32 octets of head included. */
  size: number;
  strategy: StrategySpec;
  /** It stops after so many, or so long; Infinity for neither. */
  count?: number;
  lasts?: Duration;
  /** Sees what is written. */
  tap?: Tap;
}

/** A peer that has not shown by then that it speaks in messages does not. */
const PATIENCE = 5 * SECOND;
/** Made before others get a turn: a millisecond's worth or so. */
const BATCH = 256;

export class MessageProducer {
  readonly options: Readonly<ProducerOptions>;
  readonly strategy: Strategy<Uint8Array>;
  /** Why it gave up, a sentence; the connection is aborted then. */
  fault: string | undefined = undefined;
  /** What the consumer said last. */
  report: Report | undefined = undefined;
  /** Held by hand: makes nothing, as if its plan said stop. */
  isHeld = false;
  beganAt: Instant | undefined = undefined;
  stoppedAt: Instant | undefined = undefined;
  readonly #reader = new RecordReader(['ping', 'request', 'report']);
  readonly #outbox: Outbox;
  readonly #isGated: boolean;
  #schedule: Schedule | undefined;
  #openedAt: Instant | undefined;
  /** It is not let go on before; NEVER where that is for others to tell. */
  #mayAt: Instant | undefined;
  #isStopping = false;
  #hasSaidEnd = false;

  constructor(options: ProducerOptions, now: Instant) {
    this.options = options;
    this.strategy = makeStrategy(options.strategy, now);
    this.#outbox = new Outbox(options.tap);
    const { strategy } = options;
    this.#isGated = strategy.kind === 'block' || strategy.kind === 'throttle' || strategy.kind === 'demand';
  }

  /** The consumer has processed all that was sent, and both ledgers agree. */
  get isConserved(): boolean {
    const { offered, delivered, dropped, refused, queued, inFlight } = this.strategy.ledger;
    return this.report?.isFinal === true && inFlight === 0 && offered === delivered + dropped + refused + queued;
  }

  /** All that it made has left, and its FIN is on its way. */
  get hasSaidEnd(): boolean {
    return this.#hasSaidEnd;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  account(now: Instant): Account {
    return this.strategy.ledger.account(now);
  }

  /** Makes nothing more; what waits may still leave. To be followed by `serve`. */
  stop(): void {
    this.#isStopping = true;
  }

  /** Does what there is to do now; returns when it wants to be called next if nothing else happens before. */
  serve(connection: Connection, now: Instant): Instant {
    if (connection.state === 'SYN-SENT' || connection.state === 'SYN-RECEIVED') return NEVER;
    if (this.fault !== undefined) return NEVER;
    if (this.#openedAt === undefined) {
      this.#openedAt = now;
      this.#outbox.push(PREFACE);
    }
    this.#listen(connection, now);
    if (this.fault !== undefined || connection.state === 'CLOSED' || connection.tcb.sendBuffer.isClosed) return NEVER;
    if (this.#schedule === undefined && !this.#isStopping) {
      this.#outbox.flush(connection, now);
      return this.#waitForConsumer(connection, now);
    }
    this.#pump(connection, now); // first: who waits for room may go on when something has found some
    const wakeAt = this.#schedule === undefined ? NEVER : this.#produce(connection, this.#schedule, now);
    if (this.#isStopping) this.#finish(connection, now);
    const takesAt = this.strategy.takesAt(now);
    return takesAt > now ? Math.min(wakeAt, takesAt) : wakeAt; // what may go now waits for room, and hears of it
  }

  #waitForConsumer(connection: Connection, now: Instant): Instant {
    const until = this.#openedAt! + PATIENCE;
    if (this.#reader.isPrefaced) return NEVER; // it is still setting its clock
    if (now >= until) {
      this.#fail(
        'the receiver takes octets, but no messages: start it with --work, as in: sash recv --work 2ms',
        connection,
        now,
      );
      return NEVER;
    }
    return until;
  }

  #listen(connection: Connection, now: Instant): void {
    while (!this.#outbox.isFull && this.#reader.next(connection, now)) this.#take(connection, now);
    if (this.#reader.fault !== undefined) {
      const cure = this.#reader.isPrefaced ? '' : '; start the receiver with --work, as in: sash recv --work 2ms';
      this.#fail(`${this.#reader.fault}${cure}`, connection, now);
      return;
    }
    if (connection.isPeerClosed && connection.readable === 0 && this.report?.isFinal !== true) {
      const said = this.#reader.isPrefaced
        ? 'the receiver has ended without its last account: see what it says there'
        : 'the receiver takes octets, but no messages: start it with --work, as in: sash recv --work 2ms';
      this.#fail(said, connection, now);
    }
  }

  #take(connection: Connection, now: Instant): void {
    const reader = this.#reader;
    switch (reader.kind) {
      case 'ping':
        if (!connection.tcb.sendBuffer.isClosed) this.#outbox.push(encode('pong', [reader.field(0), now, now]));
        return;
      case 'request':
        this.strategy.request(Math.max(0, reader.field(0)));
        if (this.#schedule === undefined) this.#begin(now);
        return;
      default: {
        const report = decodeReport((index) => reader.field(index));
        if (!this.strategy.ledger.deliveredSoFar(report.delivered)) {
          this.#fail(
            `the receiver says it has processed ${report.delivered} messages, which cannot be`,
            connection,
            now,
          );
          return;
        }
        this.report = report;
      }
    }
  }

  #begin(now: Instant): void {
    this.beganAt = now;
    this.#schedule = new Schedule(this.options.plan, now);
  }

  /** Makes what is due; says when the next is. */
  #produce(connection: Connection, schedule: Schedule, now: Instant): Instant {
    for (let made = 0; made < BATCH; made++) {
      const nextAt = this.#nextAt(schedule, now);
      if (this.#isStopping || nextAt > now) return nextAt;
      this.#make(this.#isGated ? now : schedule.dueAt, connection, now);
      if (this.fault !== undefined) return NEVER;
      schedule.made();
      this.#pump(connection, now);
    }
    return now;
  }

  /** When the next may be made, as schedule, hand and strategy have it; NEVER where that is for others to tell, or the end. */
  #nextAt(schedule: Schedule, now: Instant): Instant {
    const { strategy } = this;
    const { count = Infinity, lasts = Infinity } = this.options;
    const { dueAt } = schedule;
    const endsAt = this.beganAt! + lasts;
    if (strategy.ledger.offered >= count || dueAt >= endsAt || now >= endsAt) this.#isStopping = true; // a plan's last stop too
    if (this.#isStopping) return NEVER;
    if (this.isHeld) schedule.hold(now);
    if (this.isHeld) return endsAt;
    if (dueAt > now) return dueAt;
    const offersAt = strategy.offersAt(now);
    if (offersAt <= now) {
      strategy.ledger.resume(now);
      if (this.#mayAt !== undefined) schedule.hold(Math.min(now, this.#mayAt));
      this.#mayAt = undefined;
      return now;
    }
    strategy.ledger.stall(now);
    this.#mayAt = offersAt;
    return Math.min(offersAt, endsAt);
  }

  #make(bornAt: Instant, connection: Connection, now: Instant): void {
    const { size } = this.options;
    const { ledger } = this.strategy;
    const message = encode('message', [ledger.offered, bornAt], size);
    if (this.strategy.offer(message, size, bornAt, now) !== 'overrun') return;
    const held = `${ledger.queued} messages, ${formatSize(ledger.queuedOctets)}, wait`;
    this.#fail(
      `the producer is faster than its consumer for too long: ${held}, and that is the most; bound what may wait, as in --on-full drop-oldest:256, or raise the guard, as in --on-full buffer:guard=1GiB`,
      connection,
      now,
    );
  }

  /** From the strategy to the connection, while there is room. */
  #pump(connection: Connection, now: Instant): void {
    while (this.fault === undefined && this.#outbox.flush(connection, now)) {
      if (this.strategy.takesAt(now) > now || !Outbox.hasRoom(connection, now)) return;
      const message = this.strategy.take(now);
      if (message === undefined) return;
      writeField(message, 2, this.strategy.ledger.queued);
      this.#outbox.push(message);
    }
  }

  #finish(connection: Connection, now: Instant): void {
    const { strategy } = this;
    if (this.stoppedAt === undefined) {
      this.stoppedAt = now;
      strategy.ledger.resume(now);
      strategy.end();
      this.#pump(connection, now);
    }
    const { ledger } = strategy;
    if (ledger.queued > 0 || !this.#outbox.isEmpty) return;
    if (!this.#hasSaidEnd) {
      this.#hasSaidEnd = true;
      const { offered, dropped, refused, queued, taken } = ledger;
      this.#outbox.push(encode('end', [offered, dropped, refused, queued, taken]));
    }
    if (this.#outbox.flush(connection, now)) connection.close(now);
  }

  #fail(sentence: string, connection: Connection, now: Instant): void {
    this.fault ??= sentence;
    this.strategy.ledger.resume(now);
    this.stoppedAt ??= now;
    connection.abort(now);
  }
}
