// A producer and a consumer of messages on one simulated connection: the same two ends as in live runs, and an eye that sees both,
// so that conservation is checked at every instant, across the wire: what the producer says it sent and the consumer does not have
// must be there as octets.
import {
  type Account,
  MessageConsumer,
  type ConsumerOptions,
  MessageProducer,
  type ProducerOptions,
  type Report,
} from '../src/app/index.ts';
import { type Connection, type Instant } from '../src/tcp/index.ts';
import { type Application } from './session.ts';

/** What a producer writes beside messages, at most: its preface, its end, and a pong for each ping of the consumer. */
const PREFACE_AND_END = 8 + 48;
const PONG = 32;

/** What an end accounts for: of the producer its ledger, of the consumer what it reports and how much waits for it at most. */
export type MessageAccount = ({ end: 'producer' } & Account) | ({ end: 'consumer'; peakLag: number } & Report);

export class Producing implements Application {
  readonly producer: MessageProducer;
  octetsWritten = 0;
  /** The other end, once its connection is made. */
  peer: Consuming | undefined = undefined;

  constructor(options: ProducerOptions, now: Instant) {
    this.producer = new MessageProducer({ ...options, tap: (octets) => (this.octetsWritten += octets.length) }, now);
  }

  account(now: Instant): MessageAccount {
    return { end: 'producer', ...this.producer.account(now) };
  }

  serve(connection: Connection, now: Instant): Instant {
    const at = this.producer.serve(connection, now);
    this.check();
    return at;
  }

  /** @throws Error where a message was lost between the lines of the two ledgers */
  check(): void {
    const { peer, producer } = this;
    if (peer === undefined) return;
    const { consumer } = peer;
    const { ledger } = producer.strategy;
    const onTheWay = ledger.taken - consumer.arrived;
    const { offered, dropped, refused, queued, delivered } = ledger;
    const sum = consumer.delivered + consumer.working + onTheWay + dropped + refused + queued;
    const octets = this.octetsWritten - peer.octetsRead;
    const others = PREFACE_AND_END + PONG * (consumer.clock.exchanges + 1);
    const { size } = producer.options;
    // One message may be in hand and not written yet, and one be read in part.
    const isThere = octets <= onTheWay * size + others && octets > (onTheWay - 2) * size;
    if (sum === offered && delivered <= consumer.delivered && onTheWay >= 0 && isThere) return;
    throw new Error(
      `conservation is broken: ${offered} offered; ${consumer.delivered} delivered, ${consumer.working} in work, ${onTheWay} on the way as ${octets} octets, ${dropped} dropped, ${refused} refused, ${queued} queued`,
    );
  }
}

export class Consuming implements Application {
  readonly consumer: MessageConsumer;
  octetsRead = 0;
  #peer: Producing | undefined;

  constructor(options: ConsumerOptions, now: Instant) {
    this.consumer = new MessageConsumer({ ...options, tap: (octets) => (this.octetsRead += octets.length) }, now);
  }

  /** From now on both ledgers are held against each other. */
  pair(producing: Application): void {
    if (!(producing instanceof Producing)) return;
    this.#peer = producing;
    producing.peer = this;
  }

  account(_now: Instant): MessageAccount {
    return { end: 'consumer', peakLag: this.consumer.peakLag, ...this.consumer.report() };
  }

  serve(connection: Connection, now: Instant): Instant {
    const at = this.consumer.serve(connection, now);
    this.#peer?.check();
    return at;
  }
}
