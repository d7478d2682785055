// One end of one transfer: what receiver and sender have in common. Each talks to its connection itself, without a Node
// stream between, so that the receive buffer and the send buffer are the only ones there are.
import { createHash, type Hash } from 'node:crypto';
import { type Rate, type Tempo } from '../app/index.ts';
import { type Driver, type DriverOwner } from '../carrier/index.ts';
import {
  type Connection,
  type ConnectionEvent,
  type Duration,
  type Instant,
  MILLISECOND,
  NEVER,
} from '../tcp/index.ts';
import { formatAddress } from './address.ts';
import { codeOf, transferSentence } from './faults.ts';
import { type MessagesNote } from './message-note.ts';
import { Meter } from './meter.ts';
import { type Stored } from './sink.ts';

export type Outcome = 'done' | 'failed' | 'interrupted';

/** What a transfer's end was, for people and for programs. */
export interface Trouble {
  code: string | undefined;
  /** Names the fault and the cure. */
  sentence: string;
}

export interface PartyOptions {
  tempo: Tempo;
  /** The handshake has succeeded. */
  connected(party: Party): void;
  /** Nothing more will happen. */
  ended(party: Party): void;
  /** Something a person would want to know. */
  noted(party: Party, text: string): void;
}

/** The longest a `setTimeout` can be; longer waits are waited for in parts. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

export abstract class Party implements DriverOwner {
  abstract readonly role: 'receiver' | 'sender';
  readonly driver: Driver;
  readonly connection: Connection;
  readonly tempo: Tempo;
  readonly meter = new Meter();
  /** When the handshake succeeded. */
  establishedAt: Instant | undefined = undefined;
  /** Octets of the file: at the receiver read and stored, at the sender written to the connection. */
  octets = 0;
  trouble: Trouble | undefined = undefined;
  stored: Stored | undefined = undefined;
  isInterrupted = false;
  /** Both FINs have been said, or the connection has failed. */
  protected isFinished = false;
  protected readonly options: PartyOptions;
  readonly #hash: Hash = createHash('sha256');
  #digest: string | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #isCarrierClosed = false;
  #isEnded = false;
  #zeroWindowSince: Instant | undefined = undefined;

  constructor(driver: Driver, options: PartyOptions) {
    this.driver = driver;
    this.connection = driver.connection;
    this.options = options;
    this.tempo = options.tempo;
  }

  get now(): Instant {
    return this.driver.clock.now();
  }

  /** The peer's address. */
  get peer(): string {
    const { address, port } = this.driver.remote;
    return formatAddress(address, port);
  }

  get isEstablished(): boolean {
    return this.establishedAt !== undefined;
  }

  /** Of the octets counted in `octets`; to be called at the end. */
  get sha256(): string {
    this.#digest ??= this.#hash.digest('hex');
    return this.#digest;
  }

  get outcome(): Outcome {
    if (this.trouble !== undefined) return 'failed';
    return this.isInterrupted ? 'interrupted' : 'done';
  }

  /** The rate to halve where the pace is "as fast as possible". */
  get measuredRate(): Rate {
    return this.meter.rate;
  }

  /** To be called a few times a second: keeps the rate, and since when nothing is offered to us. */
  sample(): void {
    const { now } = this;
    this.meter.sample(this.role === 'sender' ? this.transferred : this.octets, now);
    const { snd, silence } = this.connection.tcb;
    if (snd.wnd === 0 && this.isEstablished) this.#zeroWindowSince ??= silence.since;
    else this.#zeroWindowSince = undefined;
  }

  /** How long the present reason for silence has held; a probe does not interrupt a zero window. */
  reasonFor(now: Instant): Duration {
    const { silence } = this.connection.tcb;
    const isZero = silence.present === 'zero-window' && this.#zeroWindowSince !== undefined;
    return now - (isZero ? Math.min(silence.since, this.#zeroWindowSince!) : silence.since);
  }

  /** The account of its messages, where it is messages that travel. */
  messages(_now: Instant): MessagesNote | null {
    return null;
  }

  /** Sentences on what came out differently than was asked for. */
  remarks(): string[] {
    return [];
  }

  /** Goes on with whatever can be done now: also after the tempo was changed by hand. */
  abstract go(): void;

  /** Ctrl-C, the first time. */
  abstract interrupt(): void;

  /**
   * Ctrl-C at an end that sends: it gives up what has not begun, by `stop`, and lets the rest arrive. Where all has been sent only that
   * is said.
   */
  protected stopSending(isAllSent: boolean, words: { allSent: string; stopping: string }, stop: () => void): void {
    if (isAllSent && !this.isFinished) {
      this.options.noted(this, words.allSent);
      return;
    }
    this.isInterrupted = true;
    if (this.isFinished) return;
    if (!this.isEstablished) {
      this.abort();
      return;
    }
    stop();
    this.options.noted(this, words.stopping);
    this.go();
  }

  /** Ctrl-C at an end that receives: the connection is reset, unless what is left is to say goodbye. */
  protected stopReceiving(): void {
    if (this.isWhole) return;
    this.isInterrupted = true;
    this.abort();
  }

  /** Ctrl-C, the second time. */
  interruptAtOnce(): void {
    this.isInterrupted = true;
    if (this.isFinished) this.driver.destroy();
    else this.abort();
  }

  connectionEvent(event: ConnectionEvent): void {
    switch (event) {
      case 'connected':
        this.#connected();
        break;
      case 'finished':
        this.isFinished = true;
        if (this.driver.error !== undefined && !this.isWhole) this.fails(this.driver.error);
        this.go();
        break;
      case 'not-delivering':
        this.options.noted(this, `${this.peer} does not acknowledge what is sent; it is sent again and again`);
        break;
      default:
        this.go();
    }
  }

  carrierClosed(): void {
    this.#isCarrierClosed = true;
    this.settle();
  }

  /** What this end still has to do once the connection is finished is done. */
  protected abstract get isSettled(): boolean;

  /** The transfer has succeeded, though the connection may still fail. */
  protected get isWhole(): boolean {
    return false;
  }

  /** Tells the end, if this is it. */
  protected settle(): void {
    if (!this.#isCarrierClosed || !this.isSettled || this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.options.ended(this);
  }

  protected count(octets: Uint8Array): void {
    this.#hash.update(octets);
    this.octets += octets.length;
  }

  /** `go`, at `at` at the latest. */
  protected goAt(at: Instant): void {
    clearTimeout(this.#timer);
    if (at === NEVER) return;
    const wait = Math.min(LONGEST_TIMEOUT, Math.max(0, Math.ceil((at - this.now) / MILLISECOND)));
    this.#timer = setTimeout(() => this.go(), wait);
  }

  /** A RST, now. */
  protected abort(): void {
    this.connection.abort(this.now);
    this.driver.pump();
  }

  /** The first trouble is the one that is told. */
  protected fails(error: Error, sentence = transferSentence(error, this.peer, this.transferred)): void {
    this.trouble ??= { code: codeOf(error), sentence };
  }

  /** Octets that are beyond doubt, as this end sees it. */
  abstract get transferred(): number;

  #connected(): void {
    const { now } = this;
    this.establishedAt = now;
    this.tempo.restart(now);
    this.options.connected(this);
    this.go();
  }
}
