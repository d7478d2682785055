// The core's parts by themselves, against naive models: sequence arithmetic, the assembler, the two buffers, periods, options.
import { Buffer } from 'node:buffer';
import process from 'node:process';
import test from 'ava';
import fc from 'fast-check';
import {
  Assembler,
  type ConnectionOptions,
  connectionOptions,
  FIN,
  MAX_WINDOW,
  Periods,
  Segment,
  seq,
  seqAdd,
  seqDiff,
  seqInWindow,
  seqLeq,
  seqLt,
  seqMax,
  seqMin,
  SYN,
  windowScaleFor,
} from '../../src/tcp/index.ts';
import { ReceiveBuffer } from '../../src/tcp/receive-buffer.ts';
import { SendBuffer } from '../../src/tcp/send-buffer.ts';
import { SendSpace } from '../../src/tcp/send-space.ts';

// The same cases every time; with another seed, others.
fc.configureGlobal({ seed: Number(process.env['SASH_SEED'] ?? 1) });

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const distance = fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 });

test('sequence arithmetic holds wherever a number lies', (t) => {
  fc.assert(
    fc.property(uint32, distance, (start, d) => {
      const a = seq(start);
      const b = seqAdd(a, d);
      t.is(seqDiff(b, a), d === 0 ? 0 : d);
      t.is(seqLt(a, b), d > 0);
      t.is(seqLeq(a, b), d >= 0);
      t.is(seqMax(a, b), d > 0 ? b : a);
      t.is(seqMin(a, b), d > 0 ? a : b);
      t.true(b >= 0 && b < 2 ** 32 && Number.isInteger(b));
    }),
  );
});

test('a window is half open', (t) => {
  fc.assert(
    fc.property(uint32, distance, fc.integer({ min: 0, max: MAX_WINDOW }), (start, d, length) => {
      t.is(seqInWindow(seqAdd(seq(start), d), seq(start), length), d >= 0 && d < length);
    }),
  );
});

test('the assembler equals a set of octets', (t) => {
  const piece = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 12 }));
  fc.assert(
    fc.property(uint32, fc.array(piece, { maxLength: 30 }), fc.integer({ min: 0, max: 70 }), (origin, pieces, upTo) => {
      const assembler = new Assembler();
      const model = new Set<number>();
      for (const [start, length] of pieces) {
        t.true(assembler.add(seqAdd(seq(origin), start), seqAdd(seq(origin), start + length)));
        for (let at = start; at < start + length; at++) model.add(at);
        t.is(assembler.octets, model.size);
        const found = assembler.ranges().flatMap(([from, to]) => places(seqDiff(from, seq(origin)), to - from));
        t.deepEqual(
          found,
          [...model].toSorted((a, b) => a - b),
        );
      }
      const furthest = assembler.furthest;
      if (furthest !== undefined) t.is(seqDiff(furthest, seq(origin)), Math.max(...model) + 1);

      let inOrder = 0;
      while (model.has(upTo + inOrder)) inOrder++;
      t.is(assembler.take(seqAdd(seq(origin), upTo)), inOrder);
      t.is(assembler.octets, [...model].filter((place) => place >= upTo + inOrder).length);
    }),
  );
});

function places(from: number, length: number): number[] {
  return Array.from({ length: (length + 2 ** 32) % 2 ** 32 }, (_, index) => from + index);
}

test('the assembler holds a bounded number of ranges', (t) => {
  const assembler = new Assembler();
  for (let index = 0; index < Assembler.MOST; index++) t.true(assembler.add(seq(index * 2), seq(index * 2 + 1)));
  t.false(assembler.add(seq(10_000), seq(10_001)));
  t.true(assembler.add(seq(1), seq(2)), 'what fills a gap is taken');
  t.is(assembler.ranges().length, Assembler.MOST - 1);
});

const write = fc.record({
  kind: fc.constant('write' as const),
  length: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 5_000 })),
});
const acknowledge = fc.record({
  kind: fc.constant('acknowledge' as const),
  part: fc.double({ min: 0, max: 1, noNaN: true }),
});
const fill = fc.record({
  kind: fc.constant('fill' as const),
  from: fc.double({ min: 0, max: 1, noNaN: true }),
  part: fc.double({ min: 0, max: 1, noNaN: true }),
});

function filled(sends: SendBuffer, offset: number, length: number, seg = new Segment()): Segment {
  sends.fill(seg, offset, length);
  return seg;
}

test('the send buffer equals an array', (t) => {
  fc.assert(
    fc.property(fc.array(fc.oneof(write, acknowledge, fill), { maxLength: 80, size: 'max' }), (steps) => {
      const sends = new SendBuffer();
      let model: number[] = [];
      let next = 0;
      for (const step of steps) {
        if (step.kind === 'write') {
          const octets = Uint8Array.from({ length: step.length }, () => next++ % 251);
          sends.append(octets);
          model.push(...octets);
        } else if (step.kind === 'acknowledge') {
          const count = Math.floor(step.part * model.length);
          sends.acknowledge(count);
          model = model.slice(count);
        } else {
          const offset = Math.floor(step.from * model.length);
          const length = Math.floor(step.part * (model.length - offset));
          const seg = filled(sends, offset, length);
          t.deepEqual(
            [...seg.text.subarray(seg.textStart, seg.textStart + seg.textLength)],
            model.slice(offset, offset + length),
          );
        }
        t.is(sends.length, model.length);
      }
    }),
    { numRuns: 200 },
  );
});

test('large writes are kept as views, and a cleared buffer is empty', (t) => {
  const sends = new SendBuffer();
  const octets = new Uint8Array(10_000);
  sends.append(octets);
  const seg = filled(sends, 100, 1_000);
  t.is(seg.text, octets);
  t.is(seg.textStart, 100);
  sends.clear();
  t.is(sends.length, 0);
  sends.close();
  t.throws(() => sends.append(octets), { message: /nothing is written after close/ });
});

// A Buffer is a view of a subclass, several of which may share one piece of memory.
test('what a Buffer shows is what is sent, wherever its octets lie', (t) => {
  const sends = new SendBuffer();
  const pool = Buffer.from(Array.from({ length: 6_000 }, (_, index) => index % 251));
  sends.append(pool.subarray(1_000, 5_000));
  const seg = filled(sends, 10, 500);
  t.deepEqual(
    [...seg.text.subarray(seg.textStart, seg.textStart + 500)],
    Array.from({ length: 500 }, (_, index) => (1_010 + index) % 251),
  );
});

test('a segment copies another, and a cleared one says nothing', (t) => {
  const one = new Segment();
  one.sourcePort = 1;
  one.destinationPort = 2;
  one.seq = seq(3);
  one.ack = seq(4);
  one.flags = SYN | FIN;
  one.wnd = 5;
  one.text = Uint8Array.of(1, 2, 3);
  one.textStart = 1;
  one.textLength = 2;
  one.mss = 6;
  one.windowScale = 7;
  one.tsVal = 8;
  one.tsEcr = 9;
  one.sackPermitted = true;
  one.addSack(seq(10), seq(11));
  one.purpose = 'text';
  const other = new Segment();
  other.copyFrom(one);
  t.deepEqual(other, one);
  t.is(other.text, one.text, 'the text is shared');
  t.is(other.len, 4);
  t.is(other.end, seq(7));
  other.clear();
  t.deepEqual(
    [other.len, other.flags, other.mss, other.windowScale, other.tsVal, other.sackCount],
    [0, 0, -1, -1, -1, 0],
  );
  t.is(other.purpose, 'arrived');
});

test('a million small writes cost no million objects', (t) => {
  const sends = new SendBuffer();
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 1_000_000; count++) sends.append(Uint8Array.of(count & 255));
  t.is(sends.length, 1_000_000);
  t.true(process.memoryUsage().heapUsed - before < 100e6);
  for (let count = 0; count < 1_000; count++) sends.acknowledge(1_000);
  t.is(sends.length, 0);
});

const lay = fc.record({
  kind: fc.constant('lay' as const),
  gap: fc.integer({ min: 0, max: 50 }),
  length: fc.integer({ min: 1, max: 60 }),
});
const read = fc.record({ kind: fc.constant('read' as const), count: fc.integer({ min: 0, max: 80 }) });

test('the receive buffer equals an array, and one that is lent text where it lies equals one that copies it', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.array(fc.oneof(lay, read), { maxLength: 60 }),
      (capacity, steps) => {
        const buffer = new ReceiveBuffer(capacity);
        const borrower = new ReceiveBuffer(capacity);
        const assembler = new Assembler();
        const unread: number[] = [];
        let nxt = seq(0);
        for (const step of steps) {
          if (step.kind === 'read') {
            const target = new Uint8Array(step.count);
            const count = buffer.read(target);
            t.deepEqual([...target.subarray(0, count)], unread.splice(0, step.count));
            t.is(borrower.read(new Uint8Array(step.count)), count);
          } else {
            const room = capacity - buffer.length - step.gap;
            const length = Math.min(step.length, room);
            if (length <= 0) continue;
            const start = seqAdd(nxt, step.gap);
            const padded = new Uint8Array(length + 3).map((_, index) => (start + index - 1) & 255);
            buffer.lay(step.gap, padded, 1, length);
            const isLent = step.gap === 0 && borrower.lend(padded, 1, length);
            if (!isLent) borrower.lay(step.gap, padded, 1, length);
            if (step.gap > 0) {
              assembler.add(start, seqAdd(start, length));
            } else {
              const count = length + assembler.take(seqAdd(nxt, length));
              for (let index = 0; index < count; index++) unread.push((nxt + index) & 255);
              buffer.advance(count);
              borrower.advance(count);
              nxt = seqAdd(nxt, count);
            }
          }
          t.is(buffer.length, unread.length);
          t.true(buffer.allocated <= capacity);
          t.deepEqual([...buffer.peek()], unread.slice(0, buffer.peek().length));
          t.deepEqual(borrower.peek(), buffer.peek());
          t.is(borrower.contiguous, buffer.contiguous);
        }
      },
    ),
  );
});

// SND.SML of long ago would, 2^31 octets later, seem to lie ahead, and hold back every short segment.
test('the last short segment is forgotten once it is acknowledged', (t) => {
  const snd = new SendSpace(seq(0));
  for (let gone = 0; gone < 6; gone++) {
    snd.advance(2 ** 29);
    snd.acknowledge(snd.nxt);
    t.false(seqLt(snd.una, snd.sml));
  }
});

test('periods are counted, added up and compared', (t) => {
  const periods = new Periods();
  periods.end(5);
  periods.begin(10);
  periods.begin(15);
  t.is(periods.total(30), 20);
  periods.end(40);
  periods.begin(100);
  t.is(periods.count, 2);
  t.is(periods.total(110), 40);
  t.is(periods.longest(110), 30);
  t.is(periods.longest(200), 100);
});

test('the least shift that can say a buffer', (t) => {
  t.is(windowScaleFor(65_535), 0);
  t.is(windowScaleFor(65_536), 1);
  t.is(windowScaleFor(131_071), 1);
  t.is(windowScaleFor(1_048_576), 5);
  t.is(windowScaleFor(MAX_WINDOW), 14);
});

function options(given: Partial<ConnectionOptions>): ConnectionOptions {
  return connectionOptions({ iss: seq(0), ...given });
}

test('impossible options are named', (t) => {
  t.throws(() => options({ receiveBuffer: 0 }), { instanceOf: RangeError, message: /receiveBuffer/ });
  t.throws(() => options({ receiveBuffer: MAX_WINDOW + 1 }), { message: /receiveBuffer/ });
  t.throws(() => options({ receiveBuffer: 1.5 }), { message: /receiveBuffer/ });
  t.throws(() => options({ sendBuffer: 0 }), { message: /sendBuffer/ });
  t.throws(() => options({ mss: 0 }), { message: /mss/ });
  t.throws(() => options({ mss: 65_496 }), { message: /mss/ });
  t.throws(() => options({ windowScale: 15 }), { message: /windowScale/ });
  t.throws(() => options({ windowScale: -1 }), { message: /windowScale/ });
  t.throws(() => options({ delayedAck: 500_000_000 }), { message: /MUST-40/ });
  t.throws(() => options({ delayedAck: Number.NaN }), { message: /delayedAck/ });
});

// RFC 7323 §2.3: a unit larger than the buffer could never say that there is room.
test('a shift whose unit exceeds the buffer is refused', (t) => {
  t.throws(() => options({ receiveBuffer: 100, windowScale: 7 }), { message: /units of 128 octets.*100/ });
  t.notThrows(() => options({ receiveBuffer: 128, windowScale: 7 }));
});

test('a profile is a table, and what is given wins over it', (t) => {
  const linux = connectionOptions({ iss: seq(0) }, 'linux');
  t.is(linux.rtoMin, 200_000_000);
  t.is(linux.probeStyle, 'linux');
  t.is(connectionOptions({ iss: seq(0), rtoMin: 5 }, 'linux').rtoMin, 5);
  t.is(options({}).rtoMin, 1_000_000_000);
});
