// One observer on its WebSocket: what is written to it, and what of its words is heard, within limits.
import { type Socket } from 'node:net';
import { type WebSocket } from 'ws';
import { Bucket } from './bucket.ts';
import { type Feed } from './feed.ts';
import { hear, MESSAGE_OCTETS, MESSAGES_PER_SECOND, Unheard } from './hear.ts';
import { type Observer, type ObserverSink } from './observer.ts';

/** Milliseconds that a goodbye may take. */
export const GOODBYE_MS = 1_000;
/** Octets a second that are heard of all observers together, each having its share; of one at once; and what a message costs. */
export const HEARD_PER_SECOND = 524_288;
const HEARD_AT_ONCE = 65_536;
const MESSAGE_COST = 256;

export interface GuestOptions {
  mayControl: boolean;
  /** Milliseconds. */
  now: () => number;
  /** Octets a second that this one may say. */
  heardPerSecond: () => number;
}

/** An observer's WebSocket. */
export class Guest implements ObserverSink {
  readonly observer: Observer;
  readonly #feed: Feed;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #options: GuestOptions;
  readonly #messages: Bucket;
  readonly #octets: Bucket;
  #isUnheard = false;
  /** Something was heard since the last ping. */
  #isAlive = true;

  constructor(feed: Feed, webSocket: WebSocket, socket: Socket, options: GuestOptions) {
    const { mayControl, now } = options;
    this.#feed = feed;
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#options = options;
    this.#messages = new Bucket(MESSAGES_PER_SECOND, MESSAGES_PER_SECOND, now());
    this.#octets = new Bucket(HEARD_PER_SECOND, HEARD_AT_ONCE, now());
    socket.setNoDelay(true);
    socket.on('data', ({ length }: Buffer) => this.#costs(length));
    webSocket.on('error', () => {}); // 'close' follows
    webSocket.on('message', (data: Buffer, isBinary) => this.#hear(data, isBinary));
    webSocket.on('pong', () => {
      this.#isAlive = true;
      this.#costs(MESSAGE_COST);
    });
    webSocket.on('ping', (data: Buffer) => {
      // Not by itself: whoever pings without reading would make us remember all the answers.
      if (this.#mayGoOn() && this.pending < MESSAGE_OCTETS) webSocket.pong(data);
    });
    this.observer = feed.join(this, mayControl, now());
  }

  get pending(): number {
    return this.#socket.writableLength;
  }

  write(octets: Buffer): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#socket.write(octets);
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason);
    setTimeout(() => this.terminate(), GOODBYE_MS).unref();
  }

  terminate(): void {
    this.#webSocket.terminate();
  }

  ping(): void {
    if (!this.#isAlive) {
      this.terminate();
      return;
    }
    this.#isAlive = false;
    if (this.pending < MESSAGE_OCTETS) this.#webSocket.ping();
  }

  #hear(data: Buffer, isBinary: boolean): void {
    if (this.observer.isClosed || !this.#mayGoOn()) return;
    if (isBinary) {
      this.observer.close(1003, 'messages are JSON text');
      return;
    }
    try {
      this.#feed.heard(this.observer, hear(data.toString('utf8')));
    } catch (error) {
      if (!(error instanceof Unheard)) throw error;
      this.observer.close(1008, error.message.slice(0, 120));
    }
  }

  /** Whether another message is within the rate that is told; closes if it is not. */
  #mayGoOn(): boolean {
    this.#isAlive = true;
    this.#costs(MESSAGE_COST);
    if (this.#messages.take(1, this.#options.now())) return true;
    this.observer.close(1008, `at most ${MESSAGES_PER_SECOND} messages a second are heard`);
    return false;
  }

  /** Whoever says more than its share is not read for a while: its own TCP makes it wait, and nobody else. */
  #costs(octets: number): void {
    const { heardPerSecond, now } = this.#options;
    const waitMs = this.#octets.owe(octets, heardPerSecond(), now());
    if (waitMs === 0 || this.#isUnheard) return;
    this.#isUnheard = true;
    this.#webSocket.pause();
    setTimeout(() => {
      this.#isUnheard = false;
      this.#webSocket.resume();
    }, waitMs).unref();
  }
}
