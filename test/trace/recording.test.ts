// What is recorded is what is read: every field of every happening, in any pieces, from files that are whole or not.
import test from 'ava';
import fc from 'fast-check';
import {
  ACK,
  connectionOptions,
  Connection,
  PSH,
  PURPOSES,
  RECOVERY_PHASES,
  REFUSALS,
  Segment,
  seq,
  seqDiff,
  SILENCE_REASONS,
  SYN,
  TIMERS,
} from '../../src/tcp/index.ts';
import {
  decodeUtf8,
  encodeUtf8,
  type Happening,
  PcapngReader,
  Recorder,
  type RecorderOptions,
  type SegmentPasses,
  SLAB,
  VOCABULARY_VERSION,
} from '../../src/trace/index.ts';
import { join, Pair, readAll, slowReader } from './pair.ts';

// The same cases every time; with another seed, others.
fc.configureGlobal({ seed: Number(process.env['SASH_SEED'] ?? 1) });

const OPTIONS: Omit<RecorderOptions, 'sink'> = {
  local: { address: '192.0.2.1', port: 40_001 },
  remote: { address: '192.0.2.2', port: 9_293 },
  label: 'sender',
  application: 'sash test',
  anchor: { epochMs: 1_795_288_800_123.25, at: 500 },
  configuration: { mss: 1460, nested: { list: [1, 'zwei', null] } },
};

/** A recorder, and what its file tells once it is finished. */
function recorder(options: Partial<RecorderOptions> = {}): { recorder: Recorder; file: (now?: number) => Uint8Array } {
  const chunks: Uint8Array[] = [];
  const made = new Recorder({ ...OPTIONS, sink: (octets) => chunks.push(octets), ...options }, 1_000);
  return {
    recorder: made,
    file: (now = 9_000_000_000) => {
      made.finish(now, true);
      return join(chunks);
    },
  };
}

/** A sender in the middle of its transfer, so that its numbers differ from each other. */
function busySender(): Connection {
  const pair = new Pair({ receiver: { receiveBuffer: 4_000 } });
  pair.runFor(10_000_000);
  pair.sender.connection.write(new Uint8Array(12_000), pair.now);
  pair.sender.connection.pollSegment(new Segment(), pair.now);
  return pair.sender.connection;
}

function segmentsOf(happenings: readonly Happening[]): SegmentPasses[] {
  return happenings.filter((happening) => happening.type === 'segment');
}

test('a recording begins with who, where, when and how', (t) => {
  const { happenings, report } = readAll(recorder().file());
  t.deepEqual(happenings[0], {
    type: 'recording',
    atNs: 1_000,
    version: VOCABULARY_VERSION,
    application: 'sash test',
    label: 'sender',
    local: { address: '192.0.2.1', port: 40_001 },
    remote: { address: '192.0.2.2', port: 9_293 },
    // 2^-8 µs is what a float holds of milliseconds since 1970; the anchor was taken at Instant 500.
    epochNs: '1795288800123249420',
    configuration: { mss: 1460, nested: { list: [1, 'zwei', null] } },
  });
  t.deepEqual(happenings[1], { type: 'end', atNs: 9_000_000_000, complete: true, why: '', connection: null });
  t.like(report, { format: 'pcapng', packets: 0, segments: 0, records: 2, skippedBlocks: 0, lostOctets: 0 });
  t.deepEqual(report.faults, {});
});

test('every kind of record keeps its numbers', (t) => {
  const { tcb } = busySender();
  const { recorder: made, file } = recorder();
  const seg = new Segment();
  seg.seq = seq(0xfff0_0001);
  seg.ack = seq(7);
  seg.flags = ACK | PSH;
  seg.textLength = 99;
  const now = tcb.silence.since + 12_345;
  made.segmentRefused(tcb, seg, 'paws', now);
  made.stateChanges(tcb, 'SYN-SENT', 'ESTABLISHED', now);
  made.reasonChanges(tcb, 'nagle', 'recovery', now);
  made.offeringChanges(tcb, 'withheld', 'zero', now);
  made.sendWindowChanges(tcb, 77, now);
  Object.assign(tcb.told, { cwnd: 14_600, ssthresh: Infinity, pipe: 1_460, phase: 'timeout' });
  made.congestionChanges(tcb, 'fast', now);
  made.windowOffered(tcb, 'promised', now);
  made.timerStarts(tcb, 'persist', 5e15, now);
  made.timerStops(tcb, 'override', now);
  made.timerFires(tcb, 'time-wait', now);
  made.written(tcb, 5, 2 ** 40, now);
  made.read(tcb, 123, now);
  made.marker('Größe ✓ 🧣', now);

  const { snd, rcv } = tcb;
  const [, ...happenings] = readAll(file()).happenings;
  t.deepEqual(happenings.slice(0, -1), [
    { type: 'refused', atNs: now, refusal: 'paws', seq: 0xfff0_0001, ack: 7, flags: 24, lengthOctets: 99 },
    { type: 'state', atNs: now, from: 'SYN-SENT', to: 'ESTABLISHED' },
    {
      type: 'reason',
      atNs: now,
      from: 'nagle',
      to: 'recovery',
      heldNs: 12_345,
      flightOctets: 1_460,
      wndOctets: 4_000,
      unsentOctets: 10_540,
      mssOctets: 1_460,
      roomOctets: 262_144 - 12_000,
    },
    {
      type: 'offering',
      atNs: now,
      from: 'withheld',
      to: 'zero',
      heldNs: now - tcb.offering.since,
      roomOctets: 65_536,
      capacityOctets: 65_536,
    },
    { type: 'send-window', atNs: now, fromOctets: 77, toOctets: 4_000, flightOctets: 1_460 },
    {
      type: 'congestion',
      atNs: now,
      from: 'fast',
      to: 'timeout',
      cwndOctets: 14_600,
      ssthreshOctets: null,
      pipeOctets: 1_460,
    },
    {
      type: 'offer',
      atNs: now,
      rule: 'promised',
      edge: rcv.lastEdge,
      wndOctets: seqDiff(rcv.lastEdge, rcv.lastAck),
      roomOctets: 65_536,
      capacityOctets: 65_536,
    },
    { type: 'timer', atNs: now, timer: 'persist', event: 'starts', deadlineNs: 5e15 },
    { type: 'timer', atNs: now, timer: 'override', event: 'stops' },
    { type: 'timer', atNs: now, timer: 'time-wait', event: 'fires' },
    { type: 'written', atNs: now, offeredOctets: 0xffff_ffff, acceptedOctets: 5, roomOctets: 262_144 - 12_000 },
    { type: 'read', atNs: now, octets: 123, unreadOctets: 0 },
    { type: 'marker', atNs: now, text: 'Größe ✓ 🧣' },
  ]);
  t.is(snd.flight, 1_460);
});

test('every code survives', (t) => {
  const { tcb } = busySender();
  const { recorder: made, file } = recorder();
  const seg = new Segment();
  for (const refusal of REFUSALS) made.segmentRefused(tcb, seg, refusal, 1e9);
  for (const reason of SILENCE_REASONS) made.reasonChanges(tcb, reason, reason, 1e9);
  for (const timer of TIMERS) made.timerFires(tcb, timer, 1e9);
  for (const phase of RECOVERY_PHASES) made.congestionChanges(tcb, phase, 1e9);
  for (const purpose of PURPOSES) {
    seg.purpose = purpose;
    made.segmentLeaves(tcb, seg, 1e9);
  }
  const { happenings } = readAll(file());
  t.deepEqual(
    happenings.flatMap((it) => (it.type === 'refused' ? it.refusal : [])),
    [...REFUSALS],
  );
  t.deepEqual(
    happenings.flatMap((it) => (it.type === 'reason' ? it.to : [])),
    [...SILENCE_REASONS],
  );
  t.deepEqual(
    happenings.flatMap((it) => (it.type === 'timer' ? it.timer : [])),
    [...TIMERS],
  );
  t.deepEqual(
    happenings.flatMap((it) => (it.type === 'congestion' ? it.from : [])),
    [...RECOVERY_PHASES],
  );
  t.deepEqual(
    segmentsOf(happenings).map((it) => it.purpose),
    [...PURPOSES],
  );
});

test('a connection is recorded from its first segment to its end, tally and partitions included', (t) => {
  const pair = slowReader();
  for (const end of [pair.sender, pair.receiver]) {
    const { tally } = end.connection.tcb;
    const { happenings, report } = readAll(pair.recording(end));
    t.deepEqual(report.faults, {});
    const segments = segmentsOf(happenings);
    t.is(segments.filter(({ direction }) => direction === 'out').length, tally.segmentsSent);
    t.is(segments.filter(({ direction }) => direction === 'in').length, tally.segmentsReceived);
    t.like(segments[0], { flags: SYN, packet: 1, mss: 1_460, wnd: 65_535 & ~(2 ** segments[0]!.windowScale! - 1) });

    const last = happenings.at(-1)!;
    if (last.type !== 'end' || last.connection === null) return t.fail('the recording has an end');
    const { connection } = last;
    t.is(connection.tally.octetsReceived, end.name === 'receiver' ? 12_000 : 0);
    t.is(connection.tally.probesSent, end.name === 'sender' ? 3 : 0);
    const zero = end.name === 'sender' ? connection.tally.sendWindowZero : connection.tally.receiveWindowZero;
    t.is(zero.count, 1);
    t.true(zero.totalNs > 7e9 && zero.longestNs === zero.totalNs);
    t.deepEqual(connection.reasonsNs, { ...end.connection.durations(pair.now) });
  }
});

test('the comments say what is special about a packet, and no other has one', (t) => {
  const pair = slowReader();
  const comments = segmentsOf(readAll(pair.recording(pair.receiver)).happenings).map(({ comment }) => comment);
  t.is(comments.filter((comment) => comment === "the peer's zero-window probe").length, 3);
  t.is(comments.filter((comment) => comment === 'zero window: 5840 of 5840 octets unread').length, 4);
  t.true(comments.includes('window update: 4000 octets offered, 1840 unread'));
  const ours = segmentsOf(readAll(pair.recording(pair.sender)).happenings);
  const probes = ours.filter(({ purpose }) => purpose === 'probe');
  t.deepEqual(
    probes.map(({ comment }) => comment),
    [1, 2, 3].map((count) => `zero-window probe ${count} since the window closed`),
  );
  t.true(ours.some(({ comment }) => comment === 'the peer opens its window: 4000 octets'));
  t.true(ours.filter(({ purpose }) => purpose === 'text').every(({ comment }) => comment === undefined));
});

test('packets strictly increase in time in the file, and keep their true instant', (t) => {
  const { tcb } = busySender();
  const { recorder: made, file } = recorder();
  const seg = new Segment();
  for (let count = 0; count < 5; count++) made.segmentLeaves(tcb, seg, 2_000);
  made.segmentLeaves(tcb, seg, 2_001);
  made.segmentLeaves(tcb, seg, 3_000);
  const octets = file();
  t.deepEqual(
    segmentsOf(readAll(octets).happenings).map(({ atNs }) => atNs),
    [2_000, 2_000, 2_000, 2_000, 2_000, 2_001, 3_000],
  );
  const stamps = packetBlocks(octets).map((at) => {
    const view = new DataView(octets.buffer, octets.byteOffset + at);
    return (BigInt(view.getUint32(12, true)) << 32n) | BigInt(view.getUint32(16, true));
  });
  const zero = 1_795_288_800_123_249_420n;
  t.deepEqual(
    stamps.map((stamp) => Number(stamp - zero)),
    [2_000, 2_001, 2_002, 2_003, 2_004, 2_005, 3_000],
  );
});

/** Where the packet blocks begin. */
function packetBlocks(octets: Uint8Array): number[] {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const found: number[] = [];
  for (let at = 0; at < octets.length; at += view.getUint32(at + 4, true)) {
    if (view.getUint32(at, true) === 6) found.push(at);
  }
  return found;
}

test('the text is kept only if it is asked for, whatever its length, and over IPv6 as well', (t) => {
  const { tcb } = busySender();
  for (const address of ['192.0.2.9', '2001:db8::9']) {
    const ends = { local: { address, port: 1 }, remote: { address: address.replace('9', '8'), port: 2 } };
    for (const snap of ['headers', 'full'] as const) {
      const { recorder: made, file } = recorder({ ...ends, snap });
      const seg = new Segment();
      const lengths = [0, 1, 2, 3, 1_460, 65_495];
      for (const length of lengths) {
        seg.text = Uint8Array.from({ length: length + 5 }, (_, index) => index * 7);
        seg.textStart = 5;
        seg.textLength = length;
        made.segmentLeaves(tcb, seg, 5_000);
      }
      const texts: (Uint8Array | undefined)[] = [];
      const reader = new PcapngReader((it) => {
        if (it.type === 'segment') texts.push(it.text?.slice());
      });
      reader.push(file());
      t.deepEqual(reader.end().faults, {});
      t.deepEqual(
        texts,
        lengths.map((length) =>
          snap === 'full' && length > 0 ? Uint8Array.from({ length }, (_, index) => (index + 5) * 7) : undefined,
        ),
      );
    }
  }
});

test('an IPv4-mapped address is recorded as IPv4, and what is no address is refused by name', (t) => {
  const { file } = recorder({
    local: { address: '::ffff:192.0.2.1', port: 1 },
    remote: { address: '::ffff:192.0.2.2', port: 2 },
  });
  t.is(readAll(file()).happenings.length, 2);
  t.throws(() => recorder({ local: { address: 'localhost', port: 1 } }), {
    instanceOf: RangeError,
    message: /'localhost'/,
  });
});

test('slabs that are given back are used again, and hold only what is new', (t) => {
  const { tcb } = busySender();
  const record = (recycles: boolean): { file: Uint8Array; buffers: number } => {
    const chunks: Uint8Array[] = [];
    const buffers = new Set<ArrayBufferLike>();
    const made: Recorder = new Recorder(
      {
        ...OPTIONS,
        sink: (octets) => {
          chunks.push(octets.slice());
          buffers.add(octets.buffer);
          if (recycles) {
            octets.fill(0xee);
            made.recycle(octets);
          }
        },
      },
      0,
    );
    const seg = new Segment();
    for (let count = 0; count < 5_000; count++) made.segmentArrives(tcb, seg, count);
    made.finish(6_000, true);
    t.is(
      made.octets,
      chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    );
    t.true(chunks.every((chunk) => chunk.length <= SLAB));
    return { file: join(chunks), buffers: buffers.size };
  };
  const kept = record(false);
  const recycled = record(true);
  t.deepEqual(recycled.file, kept.file);
  t.true(kept.buffers > 5);
  t.true(recycled.buffers <= 2);
});

test('a file may come in pieces of any size', (t) => {
  const pair = slowReader({ snap: 'full' });
  const file = pair.recording(pair.sender);
  const plain = (happenings: Happening[]): unknown => happenings.map((it) => ({ ...it, text: undefined }));
  const whole = readAll(file);
  for (const size of [1, 3, 7, 100, 1_499, 65_536]) {
    const pieces = readAll(file, size);
    t.deepEqual(plain(pieces.happenings), plain(whole.happenings), `${size} octets at a time`);
    t.deepEqual(pieces.report, whole.report);
  }
});

test('what is flushed can be read while the recording goes on', (t) => {
  const chunks: Uint8Array[] = [];
  const { recorder: made } = recorder({ sink: (octets) => chunks.push(octets) });
  made.marker('now', 2_000);
  t.is(chunks.length, 0);
  made.flush();
  made.flush();
  t.is(chunks.length, 1);
  const told: Happening[] = [];
  const reader = new PcapngReader((happening) => told.push(happening));
  reader.push(join(chunks));
  t.deepEqual(
    told.map(({ type }) => type),
    ['recording', 'marker'],
  );
  t.is(reader.report.records, 2);
  t.deepEqual(reader.end().faults, {}, 'a recording may end at any block');
});

test('sections may follow each other, each with its own time', (t) => {
  const first = recorder().file(5_000);
  const second = recorder({ anchor: { epochMs: 2_000_000_000_000, at: 0 } }).file(6_000);
  const { happenings, report } = readAll(join([first, second]));
  t.deepEqual(
    happenings.map(({ type, atNs }) => `${type} ${atNs}`),
    ['recording 1000', 'end 5000', 'recording 1000', 'end 6000'],
  );
  t.deepEqual(report.faults, {});
});

test('a transfer that fails is recorded as such', (t) => {
  const pair = new Pair();
  pair.runFor(10_000_000);
  pair.receiver.connection.abort(pair.now);
  pair.runFor(10_000_000);
  const { happenings } = readAll(pair.recording(pair.sender, false, 'disk full'));
  t.is(segmentsOf(happenings).at(-1)!.comment, 'reset: sent by the peer');
  const last = happenings.at(-1)!;
  t.like(last, { type: 'end', complete: false, why: 'disk full', connection: { state: 'CLOSED', failure: 'reset' } });
});

test('UTF-8 is what the platform makes of it, both ways', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      t.deepEqual(encodeUtf8(text), new TextEncoder().encode(text));
      t.is(decodeUtf8(encodeUtf8(text), 0, encodeUtf8(text).length), text);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
      const text = decodeUtf8(octets, 0, octets.length);
      if (!text.includes('\ufffd')) t.deepEqual(encodeUtf8(text), octets);
    }),
    { numRuns: 2_000 },
  );
  t.is(decodeUtf8(Uint8Array.of(0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf5, 0x41), 0, 7), '\ufffd'.repeat(6) + 'A');
  t.deepEqual(encodeUtf8('\ud800'), new TextEncoder().encode('\ud800'));
});

test('the options of a connection are kept as its configuration', (t) => {
  const options = connectionOptions({ iss: seq(1), mss: 1_000 });
  const [first] = readAll(recorder({ configuration: options }).file()).happenings;
  if (first?.type !== 'recording') return t.fail('a recording begins');
  t.like(first.configuration, { mss: 1_000, nagle: 'nagle', userTimeout: null });
});
