// Applications: a writer and a reader on one connection; and those whose writing follows from what they read.
import { type Connection, type Duration, type Instant, NEVER } from '../src/tcp/index.ts';
import { type Reader } from './readers.ts';
import { type Application } from './session.ts';
import { octetsAt } from './stream.ts';
import { type Writer } from './writers.ts';

/** Reads and writes independently of each other. */
export class TwoWay implements Application {
  readonly writer: Writer;
  readonly reader: Reader;

  constructor(writer: Writer, reader: Reader) {
    this.writer = writer;
    this.reader = reader;
  }

  serve(connection: Connection, now: Instant): Instant {
    const readAt = this.reader.serve(connection, now);
    return Math.min(readAt, this.writer.serve(connection, now));
  }
}

export interface RequestOptions {
  /** How many requests, one after the other. */
  count: number;
  /** The writes that make up one request, octets each: `[100, 100]` is write, write, read. */
  request: readonly number[];
  /** Octets of a response. */
  response: number;
  /** From a response to the next request. */
  think: Duration;
}

/** Writes a request, waits for the response, thinks, and so on; then closes. */
export class Client implements Application {
  /** How long each request took, from its first write to the last octet of its response. */
  readonly latencies: Duration[] = [];
  readonly #options: RequestOptions;
  #asked = 0;
  /** The next part of the request to write. */
  #part = 0;
  #askedAt: Instant = NEVER;
  #missing = 0;
  #askAt: Instant = 0;

  constructor(options: RequestOptions) {
    this.#options = options;
  }

  serve(connection: Connection, now: Instant): Instant {
    const { count, request, response, think } = this.#options;
    if (connection.state !== 'ESTABLISHED') return NEVER;
    const part = request[this.#part];
    if (this.#missing > 0 && part !== undefined) {
      this.#part++;
      connection.write(octetsAt(0, part), now);
      return now; // each part is a write of its own
    }
    if (this.#missing > 0) {
      this.#missing -= takeAll(connection, now);
      if (this.#missing > 0) return NEVER;
      this.latencies.push(now - this.#askedAt);
      this.#askAt = now + think;
    }
    if (this.#asked === count) {
      connection.close(now);
      return NEVER;
    }
    if (now < this.#askAt) return this.#askAt;
    this.#asked++;
    this.#askedAt = now;
    this.#missing = response;
    this.#part = 0;
    return now;
  }
}

/** Answers every request of so many octets with a response of so many; closes when the peer has. */
export class Server implements Application {
  readonly #request: number;
  readonly #response: number;
  #read = 0;
  #owed = 0;

  constructor(request: number, response: number) {
    this.#request = request;
    this.#response = response;
  }

  serve(connection: Connection, now: Instant): Instant {
    this.#read += takeAll(connection, now);
    while (this.#read >= this.#request) {
      this.#read -= this.#request;
      this.#owed += this.#response;
    }
    if (connection.state === 'CLOSED' || connection.tcb.sendBuffer.isClosed) return NEVER;
    while (this.#owed > 0) {
      const accepted = connection.write(octetsAt(0, Math.min(this.#owed, 65_536)), now);
      this.#owed -= accepted;
      if (accepted === 0) return NEVER; // 'writable' will be the news
    }
    if (connection.isPeerClosed) connection.close(now);
    return NEVER;
  }
}

function takeAll(connection: Connection, now: Instant): number {
  let taken = 0;
  while (connection.readable > 0) {
    const { length } = connection.peek();
    connection.consume(length, now);
    taken += length;
  }
  return taken;
}
