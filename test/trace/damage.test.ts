// Files that are damaged, cut off, or were written by others: what can be read is read, the rest is named, nothing throws.
import test from 'ava';
import fc from 'fast-check';
import { Connection, connectionOptions, seq } from '../../src/tcp/index.ts';
import { audit, type Happening, Recorder, type SegmentPasses, Show, toJsonLine } from '../../src/trace/index.ts';
import { join, readAll, slowReader } from './pair.ts';

// The same cases every time; with another seed, others.
fc.configureGlobal({ seed: Number(process.env['SASH_SEED'] ?? 1) });

/** A short recording of a sender to which nothing has happened yet but what `happens` says. */
function recorded(happens: (recorder: Recorder) => void = () => undefined): Uint8Array {
  const chunks: Uint8Array[] = [];
  const recorder = new Recorder(
    {
      sink: (octets) => chunks.push(octets),
      local: { address: '192.0.2.1', port: 40_001 },
      remote: { address: '192.0.2.2', port: 9_293 },
      label: 'sender',
      application: 'sash test',
      anchor: { epochMs: 1_795_288_800_123.25, at: 500 },
      configuration: {},
    },
    1_000,
  );
  happens(recorder);
  recorder.finish(9_000, true);
  return join(chunks);
}

function segmentsOf(happenings: readonly Happening[]): SegmentPasses[] {
  return happenings.filter((happening) => happening.type === 'segment');
}

test('a truncated file loses its last block only, and says so', (t) => {
  const pair = slowReader();
  const file = pair.recording(pair.sender);
  const { happenings } = readAll(file);
  const { happenings: fewer, report } = readAll(file.subarray(0, file.length - 5));
  t.deepEqual(fewer, happenings.slice(0, -1));
  t.deepEqual(report.faults, { truncated: 1 });
  t.true(report.lostOctets > 0);
});

test('what is not pcapng is told apart from what is broken', (t) => {
  const file = recorded();
  const changed = (at: number, ...octets: number[]): Uint8Array => {
    const copy = file.slice();
    copy.set(octets, at);
    return copy;
  };
  const faults = (octets: Uint8Array): unknown => readAll(octets).report.faults;
  t.deepEqual(faults(new Uint8Array(0)), { 'not-a-capture': 1 });
  t.deepEqual(faults(Uint8Array.from('#!/bin/sh\necho hello', (c) => c.charCodeAt(0))), { 'not-a-capture': 1 });
  t.deepEqual(faults(Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0)), { truncated: 1 }, 'of pcap');
  t.deepEqual(faults(changed(8, 9)), { 'not-a-capture': 1 }, 'byte order');
  t.deepEqual(faults(changed(12, 2)), { 'pcapng-version': 1 });
  t.deepEqual(faults(changed(4, 29)), { 'block-length': 1 });
  t.deepEqual(faults(changed(4, 0, 0, 0, 0x10)), { 'block-too-long': 1 });
  const length = new DataView(file.buffer, file.byteOffset).getUint32(4, true);
  t.deepEqual(faults(changed(length - 4, 0)), { 'block-length': 1 });
});

test('nothing that stands in a file makes anything throw, or reach a terminal as it is', (t) => {
  const pair = slowReader();
  const file = pair.recording(pair.receiver);
  const place = fc.tuple(fc.nat({ max: file.length - 1 }), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(
      fc.array(place, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 5_000 }),
      (changes, size) => {
        const copy = file.slice();
        for (const [at, octet] of changes) copy[at] = octet;
        const { happenings } = readAll(copy, size);
        const show = new Show();
        for (const happening of happenings) {
          t.true(Number.isSafeInteger(happening.atNs));
          const line = show.line(happening);
          // oxlint-disable-next-line no-control-regex
          if (/[\u0000-\u001f\u007f-\u009f]/.test(line)) t.fail(line);
          JSON.parse(toJsonLine(happening));
        }
        t.is(typeof audit(happenings).isSound, 'boolean');
      },
    ),
    { numRuns: 600 },
  );
});

test('a damaged record is skipped and counted by its fault', (t) => {
  const faultOf = (damage: (view: DataView, at: number) => void, kind: 'state' | 'end' = 'state'): unknown => {
    const { tcb } = new Connection(connectionOptions({ iss: seq(1) }), 0);
    const octets = recorded((recorder) => {
      if (kind === 'state') recorder.stateChanges(tcb, 'CLOSED', 'LISTEN', 2_000);
    });
    const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
    let last = 0;
    for (let at = 0; at < octets.length; at += view.getUint32(at + 4, true)) {
      if (view.getUint8(at + 8) === (kind === 'state' ? 7 : 11) && view.getUint32(at, true) === 0x8053_4153) last = at;
    }
    damage(view, last + 8);
    return readAll(octets).report.faults;
  };
  t.deepEqual(
    faultOf((view, at) => view.setUint8(at, 200)),
    { 'record-kind': 1 },
  );
  t.deepEqual(
    faultOf((view, at) => view.setUint8(at + 1, 200)),
    { 'record-code': 1 },
  );
  t.deepEqual(
    faultOf((view, at) => view.setUint8(at, 4)),
    { 'record-length': 1 },
  );
  t.deepEqual(
    faultOf((view, at) => view.setFloat64(at + 4, Number.NaN)),
    { 'record-time': 1 },
  );
  t.deepEqual(
    faultOf((view, at) => view.setUint8(at + 16, 0x5d), 'end'),
    { 'record-content': 1 },
  );
  t.deepEqual(
    faultOf((view, at) => view.setUint8(at + 18, 0x58), 'end'),
    { 'record-content': 1 },
    'another name',
  );
});

/** A big-endian file of others: microseconds, a custom block, which is a frame to Wireshark, and packets of several kinds. */
function foreign(): Uint8Array {
  const octets = new Uint8Array(1_000);
  const view = new DataView(octets.buffer);
  let at = 0;
  const block = (type: number, body: (start: number) => number): void => {
    const length = 12 + body(at + 8);
    view.setUint32(at, type);
    view.setUint32(at + 4, length);
    view.setUint32(at + length - 4, length);
    at += length;
  };
  const packet = (nic: number, micros: number, captured: number): void =>
    block(6, (start) => {
      [nic, 0, micros, captured, 40].forEach((value, index) => view.setUint32(start + 4 * index, value));
      const ip = [0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
      octets.set([...ip, 0, 80, 0, 81, 0, 0, 0, 5, 0, 0, 0, 6, 0x50, 0x10, 1, 0], start + 20);
      return 20 + 40;
    });
  block(0x0a0d_0d0a, (start) => {
    view.setUint32(start, 0x1a2b_3c4d);
    view.setUint16(start + 4, 1);
    return 16;
  });
  for (const linkType of [101, 1]) {
    block(1, (start) => {
      view.setUint16(start, linkType);
      return 8;
    });
  }
  block(0x0bad, () => 4);
  packet(0, 1_000_000, 40);
  packet(0, 1_000_250, 40);
  packet(1, 2_000_000, 40); // Ethernet, of which this is none
  packet(7, 2_000_000, 40); // an interface nobody described
  packet(0, 2_000_000, 400); // longer than its block
  block(3, () => 24);
  return octets.slice(0, at);
}

test("others' captures are read in either byte order, and what is no segment is counted", (t) => {
  const { happenings, report } = readAll(foreign());
  t.deepEqual(
    segmentsOf(happenings).map(({ atNs, packet, seq: number, ack, wnd, lengthOctets, purpose }) => [
      atNs,
      packet,
      number,
      ack,
      wnd,
      lengthOctets,
      purpose,
    ]),
    [
      [0, 2, 5, 6, 256, 0, 'arrived'],
      [250_000, 3, 5, 6, 256, 0, 'arrived'],
    ],
  );
  t.deepEqual(report, {
    format: 'pcapng',
    packets: 7,
    segments: 2,
    conversations: 1,
    forgottenConversations: 0,
    records: 0,
    skippedBlocks: 0,
    faults: { 'packet-kind': 1, 'not-ip': 1, 'packet-interface': 1, 'packet-length': 1, 'ip-too-short': 1 },
    lostOctets: 0,
  });
});
