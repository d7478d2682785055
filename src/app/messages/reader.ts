// Takes records off a connection as their octets come. It never holds more than the fields of one record: payloads are counted
// and forgotten, so no length a peer may claim costs memory. What is no message stream is told in a sentence, once.
import { type Connection, type Instant } from '../../tcp/index.ts';
import {
  HEAD,
  kindOf,
  LAYOUTS,
  MOST_MESSAGE_OCTETS,
  PREFACE,
  readField,
  readUint32,
  type RecordKind,
  sizeOf,
} from './records.ts';

/** Sees octets as they are taken. */
export type Tap = (octets: Uint8Array) => void;

/** The longest record without payload. */
const SCRATCH = Math.max(...Object.keys(LAYOUTS).map((kind) => sizeOf(kind as RecordKind)));

export class RecordReader {
  /** Of the record that `next` found. */
  kind: RecordKind = 'end';
  /** Its length, payload included. */
  length = 0;
  /** Why nothing more can be read; undefined while all is well. */
  fault: string | undefined = undefined;
  readonly #expected: readonly RecordKind[];
  readonly #tap: Tap | undefined;
  readonly #scratch = new Uint8Array(SCRATCH);
  #held = 0;
  #isPrefaced = false;
  #payload = 0;

  /** @param expected the kinds that may come from this side */
  constructor(expected: readonly RecordKind[], tap?: Tap) {
    this.#expected = expected;
    this.#tap = tap;
  }

  /** The peer has shown that it speaks in messages. */
  get isPrefaced(): boolean {
    return this.#isPrefaced;
  }

  /** Nothing of a further record has come yet. */
  get isBetweenRecords(): boolean {
    return this.#held === 0 && this.#payload === 0;
  }

  /** The next record's fields are there: `kind`, `length` and `field` say what it is. Its payload, if any, is skipped first. */
  next(connection: Connection, now: Instant): boolean {
    if (this.fault !== undefined || !this.skip(connection, now)) return false;
    if (!this.#isPrefaced && !this.#preface(connection, now)) return false;
    if (!this.#fill(HEAD, connection, now) || !this.#head()) return false;
    if (!this.#fill(sizeOf(this.kind), connection, now)) return false;
    this.#payload = this.length - sizeOf(this.kind);
    this.#held = 0;
    return this.#fields();
  }

  /** @param index from 0 */
  field(index: number): number {
    return readField(this.#scratch, index);
  }

  /** Takes what has come of the present record's payload; true when that was all of it. */
  skip(connection: Connection, now: Instant): boolean {
    while (this.#payload > 0 && connection.readable > 0) {
      const view = connection.peek();
      const count = Math.min(view.length, this.#payload);
      this.#tap?.(view.subarray(0, count));
      connection.consume(count, now);
      this.#payload -= count;
    }
    return this.#payload === 0;
  }

  #preface(connection: Connection, now: Instant): boolean {
    if (!this.#fill(PREFACE.length, connection, now)) return false;
    this.#held = 0;
    this.#isPrefaced = PREFACE.every((octet, index) => this.#scratch[index] === octet);
    if (!this.#isPrefaced) this.fault = `what comes is no message stream: it begins with ${shown(this.#scratch)}`;
    return this.#isPrefaced;
  }

  #head(): boolean {
    const kind = kindOf(this.#scratch[4]!);
    const length = readUint32(this.#scratch, 0);
    if (kind === undefined || !this.#expected.includes(kind)) {
      this.fault = `a record of kind ${this.#scratch[4]!} is not expected here: expected are ${this.#expected.join(', ')}`;
      return false;
    }
    const least = sizeOf(kind);
    const most = LAYOUTS[kind].hasPayload ? MOST_MESSAGE_OCTETS : least;
    this.kind = kind;
    this.length = length;
    if (length >= least && length <= most) return true;
    this.fault = `a record of kind ${kind} says that it has ${length} octets: it has ${least === most ? least : `from ${least} to ${most}`}`;
    return false;
  }

  #fields(): boolean {
    for (let index = 0; index < LAYOUTS[this.kind].fields; index++) {
      if (Number.isSafeInteger(this.field(index))) continue;
      this.fault = `field ${index + 1} of a record of kind ${this.kind} is beyond 2^53`;
      return false;
    }
    return true;
  }

  /** The scratch holds the first `count` octets of what comes. */
  #fill(count: number, connection: Connection, now: Instant): boolean {
    while (this.#held < count && connection.readable > 0) {
      const view = connection.peek();
      const taken = view.subarray(0, Math.min(view.length, count - this.#held));
      this.#tap?.(taken);
      this.#scratch.set(taken, this.#held);
      this.#held += taken.length;
      connection.consume(taken.length, now);
    }
    return this.#held >= count;
  }
}

/** The first octets, as they are written in documents of formats. */
function shown(octets: Uint8Array): string {
  return [...octets.subarray(0, PREFACE.length)].map((octet) => octet.toString(16).padStart(2, '0')).join(' ');
}
