// The two ends of a message stream as parties of a transfer. All that is decided is decided in src/app/messages; here are the
// clock, the timers and the account.
import {
  formatConsumers,
  formatProduction,
  formatStrategy,
  MessageConsumer,
  MessageProducer,
  type Plan,
  type Report,
} from '../app/index.ts';
import { type Driver } from '../carrier/index.ts';
import { type Instant, NEVER, SECOND } from '../tcp/index.ts';
import { type Consumption, type Production } from './message-flags.ts';
import { type ConsumerNote, type Latency, type ProducerNote } from './message-note.ts';
import { Party, type PartyOptions } from './party.ts';

abstract class MessageParty extends Party {
  /** Why it gave up, a sentence. */
  protected abstract readonly fault: string | undefined;
  #isTurnAsked = false;

  go(): void {
    if (!this.isEstablished) {
      if (this.isFinished) this.settle();
      return;
    }
    const at = this.serve(this.now);
    if (this.fault !== undefined) this.fails(new Error(this.fault), this.fault);
    this.driver.pump();
    if (this.isFinished) {
      this.goAt(NEVER);
      this.settle();
    } else if (at <= this.now) {
      this.goAt(NEVER);
      this.#goSoon();
    } else {
      this.goAt(at);
    }
  }

  /** After what has come meanwhile, and sooner than any timer. */
  #goSoon(): void {
    if (this.#isTurnAsked) return;
    this.#isTurnAsked = true;
    setImmediate(() => {
      this.#isTurnAsked = false;
      if (!this.isFinished) this.go();
    });
  }

  protected abstract serve(now: Instant): Instant;

  protected get isSettled(): boolean {
    return this.isFinished;
  }

  protected get peakMemoryOctets(): number {
    return process.resourceUsage().maxRSS * 1_024;
  }
}

export class ProducingParty extends MessageParty {
  readonly role = 'sender';
  readonly producer: MessageProducer;

  constructor(driver: Driver, production: Production, options: PartyOptions) {
    super(driver, options);
    this.producer = new MessageProducer({ ...production, tap: (octets) => this.count(octets) }, this.now);
  }

  get transferred(): number {
    return this.connection.tcb.tally.octetsAcknowledged;
  }

  interrupt(): void {
    const { producer } = this;
    const words = {
      allSent: 'all is sent already, and is being processed; Ctrl-C again breaks it off',
      stopping: 'stopping: nothing more is made, and what waits is still sent; Ctrl-C again breaks it off',
    };
    this.stopSending(producer.hasSaidEnd, words, () => producer.stop());
  }

  override messages(now: Instant): ProducerNote {
    const { producer } = this;
    const { strategy, plan, size } = producer.options;
    const { report, beganAt, stoppedAt = now } = producer;
    return {
      end: 'producer',
      strategy: formatStrategy(strategy),
      produce: formatProduction(plan),
      messageOctets: size,
      ...producer.account(now),
      producedForNs: beganAt === undefined ? 0 : stoppedAt - beganAt,
      isConserved: report?.isFinal === true ? producer.isConserved : null,
      latencyNs: report === undefined || report.delivered === 0 ? null : latencyOf(report),
      peakMemoryOctets: this.peakMemoryOctets,
    };
  }

  override remarks(): string[] {
    const { producedForNs, offered, strategy } = this.messages(this.now);
    const asked = steadyRate(this.producer.options.plan);
    const made = (offered / producedForNs) * SECOND;
    const isFree = !/^(?:block|throttle|demand|buffer:.*full=block)/.test(strategy);
    if (!isFree || asked === undefined || producedForNs < SECOND / 10 || made > asked * 0.9) return [];
    return [`${Math.round(made)} messages a second were made of the ${asked} asked for: this machine makes no more`];
  }

  protected override get fault(): string | undefined {
    return this.producer.fault;
  }

  protected override get isWhole(): boolean {
    return this.producer.isConserved;
  }

  protected override serve(now: Instant): Instant {
    this.producer.isHeld = this.tempo.isStopped;
    const at = this.producer.serve(this.connection, now);
    if (this.isFinished) this.#judge();
    return at;
  }

  /** All is over: does it add up? */
  #judge(): void {
    const { producer } = this;
    if (producer.isConserved || producer.fault !== undefined || this.isInterrupted || this.trouble !== undefined)
      return;
    const sentence =
      producer.report?.isFinal === true
        ? 'the ledgers of the two ends do not agree: messages were lost between the lines'
        : `${this.peer} ended without its last account: see what it says there`;
    this.fails(new Error(sentence), sentence);
  }
}

export class ConsumingParty extends MessageParty {
  readonly role = 'receiver';
  readonly consumer: MessageConsumer;

  constructor(driver: Driver, consumption: Consumption, options: PartyOptions) {
    super(driver, options);
    this.consumer = new MessageConsumer({ ...consumption, tap: (octets) => this.count(octets) }, this.now);
  }

  get transferred(): number {
    return this.connection.tcb.tally.octetsReceived;
  }

  interrupt(): void {
    this.stopReceiving();
  }

  override messages(): ConsumerNote {
    const { consumer } = this;
    const { work, consumers } = consumer.options;
    const { arrived, delivered, working, end } = consumer;
    return {
      end: 'consumer',
      workNs: work,
      consumers: formatConsumers(consumers),
      arrived,
      delivered,
      inFlight: working,
      isConserved:
        end === undefined || !consumer.isDone
          ? null
          : end.offered === delivered + end.dropped + end.refused + end.queued && arrived === delivered,
      latencyNs: delivered === 0 ? null : latencyOf(consumer.report()),
      latencyBucketsNs: consumer.latencies.octaves(),
      clockExchanges: consumer.clock.exchanges,
      peakLag: consumer.peakLag,
      peakUnreadOctets: consumer.peakUnreadOctets,
      idleNs: consumer.idle,
      consumersOverTime: consumer.changes.map(({ at, consumers: there }) => ({ atNs: at, consumers: there })),
      producer: end ?? null,
      peakMemoryOctets: this.peakMemoryOctets,
    };
  }

  protected override get fault(): string | undefined {
    return this.consumer.fault;
  }

  protected override get isWhole(): boolean {
    return this.consumer.isDone;
  }

  protected override serve(now: Instant): Instant {
    this.consumer.isHeld = this.tempo.isStopped;
    return this.consumer.serve(this.connection, now);
  }
}

function latencyOf({ p50Ns, p99Ns, maxNs, clockOffsetNs, clockErrorNs }: Report): Latency {
  const clockError = clockErrorNs < 0 ? null : clockErrorNs;
  return { p50: p50Ns, p99: p99Ns, max: maxNs, clockOffset: clockOffsetNs, clockError };
}

function steadyRate({ phases }: Plan): number | undefined {
  return phases.length === 1 ? phases[0]!.rate : undefined;
}
