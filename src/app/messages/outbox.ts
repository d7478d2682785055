// What one end writes to the other, in order: records that are there are written before anything else is, and what found no room
// is kept until there is some.
import { type Connection, type Instant } from '../../tcp/index.ts';
import { type Tap } from './reader.ts';

/** Records that may wait for room: a peer that asks and does not read is not listened to any further. */
const MOST_WAITING = 64;
const ONE = new Uint8Array(1);

export class Outbox {
  readonly #tap: Tap | undefined;
  #rest: Uint8Array = ONE.subarray(1);
  #waiting: Uint8Array[] = [];

  constructor(tap?: Tap) {
    this.#tap = tap;
  }

  /** All is written. */
  get isEmpty(): boolean {
    return this.#rest.length === 0 && this.#waiting.length === 0;
  }

  get isFull(): boolean {
    return this.#waiting.length >= MOST_WAITING;
  }

  push(octets: Uint8Array): void {
    this.#waiting.push(octets);
  }

  /** Writes what there is room for; true when that was all. If not, 'writable' will be the news. */
  flush(connection: Connection, now: Instant): boolean {
    for (;;) {
      while (this.#rest.length > 0) {
        const accepted = connection.write(this.#rest, now);
        if (accepted > 0) this.#tap?.(this.#rest.subarray(0, accepted));
        this.#rest = this.#rest.subarray(accepted);
        if (this.#rest.length > 0) return false;
      }
      const next = this.#waiting.shift();
      if (next === undefined) return true;
      this.#rest = next;
    }
  }

  /** There is room for the beginning of something; if not, 'writable' will be the news. */
  static hasRoom(connection: Connection, now: Instant): boolean {
    if (connection.sendRoom > 0) return true;
    connection.write(ONE, now); // finds no room, and so asks to be told of some
    return false;
  }
}
