// Frames come out whole and in order however the stream was cut.
import test from 'ava';
import fc from 'fast-check';
import { FrameReader, type FrameSink } from '../../src/carrier/frame-reader.ts';
import { encodePreface, MAX_FRAME, MIN_FRAME } from '../../src/wire/index.ts';
import { generator, pattern } from './ends.ts';

class Sink implements FrameSink {
  readonly frames: Buffer[] = [];
  readonly faults: string[] = [];
  takes = Infinity;

  frameArrives(octets: Uint8Array, start: number, length: number): boolean {
    this.frames.push(Buffer.from(octets.subarray(start, start + length)));
    return this.frames.length < this.takes;
  }

  streamFails(fault: string, what: string): void {
    this.faults.push(`${fault}: ${what}`);
  }
}

/** Feeds the stream cut at these places, each piece in memory that is written over afterwards. */
function feed(reader: FrameReader, sink: Sink, stream: Buffer, cuts: number[]): void {
  const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)).toSorted((a, b) => a - b), stream.length];
  for (let i = 1; i < places.length; i++) {
    const piece = Buffer.from(stream.subarray(places[i - 1], places[i]));
    reader.read(piece, piece.length, sink);
    piece.fill(0xee);
  }
}

function streamOf(lengths: number[]): Buffer {
  const frames = lengths.map((length, i) => {
    const frame = Buffer.alloc(2 + length);
    frame.writeUInt16BE(length);
    pattern(length, i * 7).copy(frame, 2);
    return frame;
  });
  return Buffer.concat([encodePreface(), ...frames]);
}

test('any frames, cut anywhere', (t) => {
  const length = fc.oneof(fc.integer({ min: MIN_FRAME, max: 3_000 }), fc.constantFrom(MIN_FRAME, 16_404, MAX_FRAME));
  fc.assert(
    fc.property(fc.array(length, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 30 }), (lengths, cuts) => {
      const reader = new FrameReader();
      const sink = new Sink();
      feed(reader, sink, streamOf(lengths), cuts);
      t.deepEqual(sink.faults, []);
      t.deepEqual(
        sink.frames.map((frame) => frame.length),
        lengths,
      );
      t.true(sink.frames.every((frame, i) => frame.equals(pattern(frame.length, i * 7))));
      t.true(reader.isSash);
      t.is(reader.unfinished, undefined);
    }),
    { numRuns: 200, seed: 1 },
  );
});

test('octet by octet, two readers by turns', (t) => {
  const lengths = [20, 3_000, 65_515, 21];
  const stream = streamOf(lengths);
  const readers = [new FrameReader(), new FrameReader()];
  const sinks = [new Sink(), new Sink()];
  const next = generator(3);
  const at = [0, 0];
  while (at[0]! < stream.length || at[1]! < stream.length) {
    const which = next() % 2;
    if (at[which]! >= stream.length) continue;
    const count = Math.min(stream.length - at[which]!, 1 + (next() % 40));
    readers[which]!.read(Buffer.from(stream.subarray(at[which], at[which]! + count)), count, sinks[which]!);
    at[which]! += count;
  }
  for (const sink of sinks)
    t.deepEqual(
      sink.frames.map((frame) => frame.length),
      lengths,
    );
  t.true(sinks.every((sink) => sink.frames[2]!.equals(pattern(65_515, 14))));
});

test('a stranger is described by what came together with its first octets', (t) => {
  const sink = new Sink();
  const reader = new FrameReader();
  const octets = Buffer.from('SSH-2.0-OpenSSH_9.2\r\n');
  reader.read(octets.subarray(0, 1), 1, sink); // so far it may be a preface
  t.deepEqual(sink.faults, []);
  t.is(reader.unfinished, 'inside the preface, after 1 octets');
  reader.read(octets.subarray(1), octets.length - 1, sink);
  t.deepEqual(sink.faults, ['stranger: an SSH banner ("SSH-2.0-OpenSSH_9.2")']);
  t.false(reader.isSash);
});

test('after a fault, or when the sink has enough, nothing more is read', (t) => {
  const sink = new Sink();
  const reader = new FrameReader();
  feed(reader, sink, Buffer.concat([streamOf([20]), Buffer.from([0, 1]), Buffer.alloc(100)]), []);
  t.is(sink.frames.length, 1);
  t.deepEqual(sink.faults, [`malformed: a frame of 1 octets, where 20 to ${MAX_FRAME} are possible`]);
  reader.read(Buffer.alloc(50), 50, sink);
  t.is(sink.faults.length, 1);

  const sated = new Sink();
  sated.takes = 2;
  feed(new FrameReader(), sated, streamOf([20, 30, 40]), [50]);
  t.deepEqual(
    sated.frames.map((frame) => frame.length),
    [20, 30],
  );
});
