// Records as octets: read back as they were written however they come in pieces, and no octets whatever can do harm.
import fc from 'fast-check';
import test from 'ava';
import {
  ClockEstimate,
  decodeReport,
  encode,
  encodeReport,
  LAYOUTS,
  PREFACE,
  type RecordKind,
  RecordReader,
  Schedule,
  parseProduction,
  sizeOf,
} from '../../src/app/index.ts';
import { type Connection, MILLISECOND, NEVER, SECOND } from '../../src/tcp/index.ts';

const KINDS = Object.keys(LAYOUTS) as RecordKind[];

/** A connection that has received these octets, and shows them in pieces of so many at a time. */
class Arrived {
  readonly #octets: Uint8Array;
  readonly #piece: number;
  #at = 0;

  constructor(octets: Uint8Array, piece: number) {
    this.#octets = octets;
    this.#piece = piece;
  }

  get readable(): number {
    return this.#octets.length - this.#at;
  }

  peek(): Uint8Array {
    return this.#octets.subarray(this.#at, this.#at + this.#piece);
  }

  consume(count: number): void {
    if (count > this.peek().length) throw new Error('more was consumed than was shown');
    this.#at += count;
  }

  static of(octets: Uint8Array, piece: number): Connection {
    return new Arrived(octets, piece) as unknown as Connection;
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const record = fc.constantFrom(...KINDS).chain((kind) =>
  fc.record({
    kind: fc.constant(kind),
    fields: fc.array(fc.maxSafeInteger(), { minLength: LAYOUTS[kind].fields, maxLength: LAYOUTS[kind].fields }),
    payload: fc.integer({ min: 0, max: 100 }),
  }),
);

test('records are read back as they were written, however they come in pieces', (t) => {
  const property = fc.property(
    fc.array(record, { maxLength: 20 }),
    fc.integer({ min: 1, max: 50 }),
    (records, piece) => {
      const written = records.map(({ kind, fields, payload }) => ({
        kind,
        fields,
        length: sizeOf(kind) + (kind === 'message' ? payload : 0),
      }));
      const octets = concat([PREFACE, ...written.map(({ kind, fields, length }) => encode(kind, fields, length))]);
      let seen = 0;
      const reader = new RecordReader(KINDS, (taken) => (seen += taken.length));
      const connection = Arrived.of(octets, piece);
      const read = [];
      while (reader.next(connection, 0)) {
        const fields = Array.from({ length: LAYOUTS[reader.kind].fields }, (_, index) => reader.field(index));
        read.push({ kind: reader.kind, fields, length: reader.length });
      }
      t.is(reader.fault, undefined);
      t.deepEqual(read, written);
      t.is(seen, octets.length);
      return reader.isBetweenRecords;
    },
  );
  t.notThrows(() => fc.assert(property, { seed: 5, numRuns: 300 }));
});

test('no octets whatever do harm: they wait for more, or are told once', (t) => {
  const noise = fc.uint8Array({ maxLength: 300 });
  const property = fc.property(noise, fc.boolean(), fc.integer({ min: 1, max: 64 }), (octets, hasPreface, piece) => {
    const reader = new RecordReader(KINDS);
    const connection = Arrived.of(hasPreface ? concat([PREFACE, octets]) : octets, piece);
    while (reader.next(connection, 0));
    const { fault } = reader;
    return !reader.next(connection, 0) && reader.fault === fault && (fault !== undefined || connection.readable === 0);
  });
  t.notThrows(() => fc.assert(property, { seed: 6, numRuns: 1_000 }));
});

test('a report is read back as it was written', (t) => {
  const report = {
    delivered: 12,
    arrived: 14,
    working: 2,
    consumers: 3,
    p50Ns: 5 * MILLISECOND,
    p99Ns: 9 * MILLISECOND,
    maxNs: 2 ** 50,
    clockOffsetNs: -(2 ** 45) - 7,
    clockErrorNs: -1,
    isFinal: true,
  };
  const octets = encodeReport(report);
  const reader = new RecordReader(['report']);
  t.true(reader.next(Arrived.of(concat([PREFACE, octets]), 7), 0));
  t.deepEqual(
    decodeReport((index) => reader.field(index)),
    report,
  );
});

test('of all exchanges of the time the one that took least counts', (t) => {
  const clock = new ClockEstimate();
  t.is(clock.error, Infinity);
  // The peer is 1,000 ahead; this way takes 10, that way 30.
  clock.exchanged(0, 1_010, 1_010, 40);
  t.deepEqual([clock.offset, clock.error], [990, 20]);
  clock.exchanged(100, 1_105, 1_106, 111); // 5 each way, and a moment's thought
  t.deepEqual([clock.offset, clock.error], [1_000, 5]);
  clock.exchanged(200, 1_300, 1_300, 900);
  t.deepEqual([clock.offset, clock.error, clock.exchanges], [1_000, 5, 3]);
});

test('a schedule keeps its rate to the message, through its phases', (t) => {
  const schedule = new Schedule(parseProduction('1s 3/s, 2s stop, 1s 1000/s, 2/s'), 0);
  const due: number[] = [];
  for (let i = 0; i < 1_010; i++) {
    due.push(schedule.dueAt);
    schedule.made();
  }
  const within = (from: number, to: number): number =>
    due.filter((at) => at >= from * SECOND && at < to * SECOND).length;
  t.deepEqual([within(0, 1), within(1, 3), within(3, 4), within(4, 5), within(5, 6)], [3, 0, 1_000, 2, 2]);
});

test('a schedule that ends in a stop has nothing due, and one that is held makes up for nothing', (t) => {
  const ended = new Schedule(parseProduction('1s 1/s, stop'), 0);
  ended.made();
  t.is(ended.dueAt, NEVER);
  const held = new Schedule(parseProduction('1s 1/s, 1s stop, 1/s'), 0);
  held.made();
  t.is(held.dueAt, 2 * SECOND);
  held.hold(10 * SECOND);
  t.is(held.dueAt, 10 * SECOND);
  held.made();
  t.is(held.dueAt, 11 * SECOND);
});
