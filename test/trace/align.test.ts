// Two hosts' recordings on one clock. The simulator's hosts share one; here the receiver's recordings get a clock of their own:
// it is ahead, gains or loses, is set while the capture runs. What was done to it must be found again, within the error told.
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readScenario, ScenarioRun } from '../../sim/index.ts';
import {
  align,
  type Alignment,
  alignClocks,
  CaptureReader,
  type CaptureSink,
  type ClockPiece,
  type Exchange,
  type Happening,
  PcapngWriter,
  secondClock,
  Sighter,
  writeRecord,
} from '../../src/trace/index.ts';
import { folder as temporaryFolder, Sash } from '../cli/sash.ts';
import { join as joined } from './pair.ts';

const MS = 1e6;
const SECOND = 1e9;

/** Both ends' recordings of a transfer; `link` and `read` as scenarios say them. */
function recordings(
  link: string,
  reading = 'full',
  octets = '1MB',
  sender: object = {},
  until: object = {},
): { sender: Uint8Array; receiver: Uint8Array; lost: number } {
  const scenario = readScenario({
    title: 't',
    lesson: 'l',
    seed: 7,
    link,
    back: 'delay=10ms',
    flows: [{ write: octets, read: reading, sender }],
    ...until,
    expect: [],
  });
  const chunks: Record<string, Uint8Array[]> = {};
  const run = new ScenarioRun(scenario, { record: (name) => (octet) => (chunks[name] ??= []).push(octet) });
  while (!run.step(100_000));
  run.result();
  return {
    sender: joined(chunks['flow-sender']!),
    receiver: joined(chunks['flow-receiver']!),
    lost: run.network.wires()[0]!.link.tally.dropped.loss,
  };
}

interface Rewriting {
  /** The clock that this one was: what it says when the other says `ns`. */
  clock?: (ns: number) => number;
  /** Whether the packet of this number stays. */
  keeps?: (packet: number) => boolean;
  /** Of another connection: its sequence numbers are others. */
  isOther?: boolean;
  /** Other addresses and another source port, as behind a translator. */
  isTranslated?: boolean;
}

/** The same recording by another clock, or as another host would have seen it. */
function rewritten(
  file: Uint8Array,
  { clock = (ns) => ns, keeps = () => true, isTranslated = false, isOther = false }: Rewriting,
): Uint8Array {
  const chunks: Uint8Array[] = [];
  const writer = new PcapngWriter((octets) => chunks.push(octets), 'full', 946_684_800_000_000_000n);
  writer.begin('sash test', '');
  writer.addInterface('receiver');
  read(file, {
    packet: (packet) => {
      if (!keeps(packet.number)) return;
      const octets = packet.octets.slice(packet.ipAt, packet.endAt);
      if (isOther) octets[packet.tcpAt - packet.ipAt + 4]! ^= 0x55;
      if (isTranslated) {
        const isOut = octets[15] === 1; // from 10.0.0.1
        octets.set([192, 168, 77, 9], isOut ? 12 : 16);
        octets.set([0x9c, 0x40], packet.tcpAt - packet.ipAt + (isOut ? 0 : 2));
      }
      const original = octets.length + packet.lengthOctets - packet.capturedOctets;
      const passage = packet.direction === 'unknown' ? 'passing' : packet.direction;
      writer.copy(octets, 0, octets.length, original, { passage, purpose: packet.seg.purpose }, clock(packet.atNs));
    },
  });
  writer.flush();
  return joined(chunks);
}

/** Gives the wall clock at its beginning. */
function read(file: Uint8Array, sink: CaptureSink): bigint {
  const reader = new CaptureReader(sink);
  reader.push(file);
  reader.end();
  return reader.epochNs!;
}

function aligned(t: ExecutionContext, here: Uint8Array, there: Uint8Array): Alignment {
  const found = alignFiles(here, there);
  if (typeof found === 'string') return t.fail(found);
  return found;
}

function alignFiles(here: Uint8Array, there: Uint8Array): ReturnType<typeof align> {
  const [first, second] = [new Sighter(), new Sighter()];
  const apart = read(there, second) - read(here, first);
  return align(first.conversations, second.conversations, Number(apart));
}

/** `drift` as seen from the clock that is not shifted. */
function isWithin(t: ExecutionContext, piece: ClockPiece, offsetNs: number, drift: number): void {
  const offset = offsetNs + drift * piece.middleNs;
  t.true(Math.abs(piece.offsetNs - offset) <= piece.offsetErrorNs + 2, `offset ${piece.offsetNs}, was ${offset}`);
  t.true(Math.abs(piece.drift - drift) <= piece.driftError, `drift ${piece.drift} ± ${piece.driftError}, was ${drift}`);
}

test('a clock that is 5 s ahead and gains 200 ppm is found, within an error far below what the queue adds', (t) => {
  const { sender, receiver } = recordings('rate=2Mbit delay=10ms queue=20KB', '2s full, 1s stop, full', '2MB');
  const clock = (ns: number): number => Math.round(ns * (1 + 200e-6) + 5 * SECOND);
  const { clocks, conversations } = aligned(t, sender, rewritten(receiver, { clock }));
  t.is(clocks.length, 1);
  isWithin(t, clocks[0]!, 5 * SECOND, 200e-6);
  const { offsetErrorNs, driftError } = clocks[0]!;
  t.log(`± ${offsetErrorNs / 1e3} us, ± ${driftError * 1e6} ppm`);
  t.true(driftError < 5e-6);
  const { out } = conversations[0]!;
  const queueing = out.delaysNs.most - out.delaysNs.least;
  t.true(offsetErrorNs < queueing, `${offsetErrorNs} and ${queueing}`);
});

test('seen from the other host the same clock is behind, and loses', (t) => {
  const { sender, receiver } = recordings('delay=10ms', '100KB/s', '300KB');
  const clock = (ns: number): number => Math.round(ns * (1 + 200e-6) + 5 * SECOND);
  const { clocks, conversations } = aligned(t, rewritten(receiver, { clock }), sender);
  t.true(clocks[0]!.offsetNs < -4.9 * SECOND);
  t.true(Math.abs(clocks[0]!.drift + 200e-6) < 1e-6 + clocks[0]!.driftError);
  t.true(conversations[0]!.out.isFromHere);
});

test('whatever the clocks, the path and what is lost, the truth is within the error told', (t) => {
  const { sender, receiver } = recordings('rate=5Mbit delay=20ms jitter=5ms loss=1%', 'full', '500KB');
  fc.assert(
    fc.property(
      fc.double({ min: -1e4, max: 1e4, noNaN: true }),
      fc.double({ min: -500, max: 500, noNaN: true }),
      fc.integer({ min: 0, max: 9 }),
      (offsetMs, ppm, missing) => {
        const offsetNs = (1e4 + offsetMs) * MS;
        const clock = (ns: number): number => Math.round(ns * (1 + ppm / 1e6) + offsetNs);
        const keeps = (packet: number): boolean => packet % 10 !== missing;
        const { clocks } = aligned(t, sender, rewritten(receiver, { clock, keeps }));
        isWithin(t, clocks[0]!, offsetNs, ppm / 1e6);
        return true;
      },
    ),
    { numRuns: 30, seed: 4_711 },
  );
});

/** Exchanges over paths of random delays, queues and shapes in time. */
function exchanges(random: () => number, offsetNs: number, drift: number): Exchange[] {
  const span = (0.5 + 60 * random()) * SECOND;
  const count = 20 + Math.floor(2_000 * random());
  const least = [(0.1 + 50 * random()) * MS, (0.1 + 50 * random()) * MS];
  const queue = [random() < 0.5 ? 0 : 20 * MS * random(), random() < 0.5 ? 0 : 5 * MS * random()];
  const early = random() < 0.5 ? 1 : 6;
  const found = Array.from({ length: count }, (): Exchange => {
    const hereNs = Math.floor(random() ** early * span);
    const isFromHere = random() < 0.5;
    const way = isFromHere ? 0 : 1;
    const delay = least[way]! + queue[way]! * random() ** 2;
    const offset = offsetNs + drift * hereNs;
    return { order: 0, hereNs, laterNs: Math.round(isFromHere ? offset + delay : offset - delay), isFromHere };
  });
  return found.toSorted((a, b) => a.hereNs - b.hereNs).map((each, order) => ({ ...each, order }));
}

test('the error told of the drift holds for paths of every kind', (t) => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })), (stream) => {
      const random = (): number => stream.next().value as number;
      const [offsetNs, drift] = [(2 * random() - 1) * 1e10, (2 * random() - 1) * 300e-6];
      const clocks = alignClocks(exchanges(random, offsetNs, drift));
      if (typeof clocks === 'string') return;
      isWithin(t, clocks[0]!, offsetNs, drift);
    }),
    { numRuns: 100, seed: 1 },
  );
});

test('segments that did not arrive are counted, each way', (t) => {
  const { sender, receiver, lost } = recordings('rate=5Mbit delay=10ms loss=3%', 'full', '500KB');
  t.true(lost > 5);
  const { conversations } = aligned(t, sender, receiver);
  const { out, back } = conversations[0]!;
  t.is(out.lost, lost);
  t.is(out.unsent + back.lost + back.unsent, 0);
  t.true(Math.abs(back.delaysNs.most - 10 * MS) < MS);
});

test('what is under way when the other capture ends is not lost', (t) => {
  const { sender, receiver, lost } = recordings(
    'rate=5Mbit delay=100ms loss=1%',
    'full',
    '10MB',
    {},
    { duration: '4s' },
  );
  t.true(lost > 1);
  const { conversations } = aligned(t, sender, receiver);
  const { out, back } = conversations[0]!;
  t.true(out.lost <= lost && out.lost >= lost - 2, `${out.lost} of ${lost}`);
  t.true(out.undecided > 5, `${out.undecided} under way`);
  t.is(out.unsent + back.lost + back.unsent, 0);
});

test('a translator on the way changes addresses and ports, and nothing else', (t) => {
  const { sender, receiver } = recordings('delay=10ms', '100KB/s', '200KB');
  const { conversations } = aligned(t, sender, rewritten(receiver, { isTranslated: true }));
  const [only] = conversations;
  t.is(only!.there.ends[0].address, '192.168.77.9');
  t.is(only!.out.lost + only!.back.lost, 0);
  t.is(only!.out.matched + only!.back.matched, only!.here.rows);
});

test('captures without the handshake are matched by their segments', (t) => {
  const { sender, receiver } = recordings('delay=10ms', '100KB/s', '200KB');
  const late = (packet: number): boolean => packet > 10;
  const { conversations } = aligned(t, rewritten(sender, { keeps: late }), rewritten(receiver, { keeps: late }));
  t.is(conversations.length, 1);
  t.true(conversations[0]!.out.matched > 100);
});

test('a clock that is set while the capture runs is found out, and both parts are aligned', (t) => {
  const { sender, receiver } = recordings('delay=10ms', '100KB/s', '500KB');
  const clock = (ns: number): number => ns + 10 * SECOND + (ns > 2.5 * SECOND ? 3 * SECOND : 0);
  const { clocks, conversations } = aligned(t, sender, rewritten(receiver, { clock }));
  t.is(clocks.length, 2);
  isWithin(t, clocks[0]!, 10 * SECOND, 0);
  isWithin(t, clocks[1]!, 13 * SECOND, 0);
  t.true(Math.abs(clocks[1]!.fromNs - 2.5 * SECOND) < 50 * MS);
  // Segments on their way at the step are the only ones that can be told to have taken any other time.
  t.true(conversations[0]!.out.delaysNs.at(0.9) < 11 * MS);
});

test('what a clock seems to gain in a short capture is not drawn out over a long one', (t) => {
  const { sender, receiver } = recordings('delay=10ms rate=8Mbit/s');
  const here = new Sighter();
  const there = new Sighter();
  // The least delays of the two ways suggest a drift, which so few segments cannot tell for sure.
  const first = read(rewritten(sender, { keeps: (packet) => packet <= 60 }), here);
  let lastNs = 0;
  const second = read(rewritten(receiver, { clock: (ns) => Math.round(ns * (1 + 1e-6)) + 5 * SECOND }), {
    packet: (packet) => {
      lastNs = packet.atNs;
      there.packet(packet);
    },
  });
  const apartNs = Number(second - first);
  const names = { here: 'a', there: 'b' };
  const { alignment, clock, remark } = secondClock(here.conversations, there.conversations, apartNs, names);
  if (typeof alignment === 'string') return t.fail(alignment);
  const [piece] = alignment.clocks;
  t.true(Math.abs(piece!.drift) < piece!.driftError);
  t.true(lastNs > 5 * piece!.toNs, 'nearly all of it is beyond what both saw');
  t.regex(remark!, /^the clock of b was 5.* s ahead \(± [^)]*\): it is drawn on the other$/);
  t.true(Math.abs(clock(lastNs) - (lastNs + apartNs - 5 * SECOND)) <= piece!.offsetErrorNs + 0.001 * SECOND);
});

test('what cannot be aligned is told', (t) => {
  const one = recordings('delay=10ms', 'full', '20KB');
  const other = recordings('delay=10ms', 'full', '30KB');
  t.is(alignFiles(one.sender, one.sender), 'same-place');
  t.is(
    alignFiles(one.sender, rewritten(other.receiver, { keeps: (packet) => packet < 3, isOther: true })),
    'no-conversation',
  );
  const sides: number[] = [];
  read(one.receiver, { packet: ({ side }) => sides.push(side) });
  const oneWay = rewritten(one.receiver, { keeps: (packet) => sides[packet - 1] === 0 });
  t.is(alignFiles(one.sender, oneWay), 'one-way');
});

test('a happening read, written and read again is the same', (t) => {
  const { receiver } = recordings('delay=10ms', '1s stop, full', '100KB');
  const { sender } = recordings('delay=10ms loss=2%', 'full', '100KB', { congestion: 'reno' });
  const records = [...happenings(receiver), ...happenings(sender).filter(({ type }) => type === 'congestion')];
  const chunks: Uint8Array[] = [];
  const writer = new PcapngWriter((octets) => chunks.push(octets), 'full', 946_684_800_000_000_000n);
  writer.begin('sash test', '');
  writer.addInterface('receiver');
  for (const happening of records) writeRecord(writer, happening);
  writer.flush();
  t.true(new Set(records.map(({ type }) => type)).size > 6);
  t.true(records.filter(({ type }) => type === 'congestion').length > 10);
  t.deepEqual(happenings(joined(chunks)), records);
});

type Recorded = Parameters<typeof writeRecord>[1];

function happenings(file: Uint8Array): Recorded[] {
  const found: Recorded[] = [];
  const isRecord = (happening: Happening): happening is Recorded =>
    happening.type !== 'segment' && happening.type !== 'conversation';
  read(file, { packet: () => {}, happening: (happening) => void (isRecord(happening) && found.push(happening)) });
  return found;
}

test('both recordings go into one file on one clock, records and all', async (t) => {
  const folder = temporaryFolder(t);
  const { sender, receiver } = recordings('delay=10ms', '1s stop, full', '200KB');
  const clock = (ns: number): number => Math.round(ns * (1 - 50e-6) + 3 * SECOND);
  const [a, b, out, lines] = ['a.pcapng', 'b.pcapng', 'both.pcapng', 'segments.jsonl'].map((name) =>
    join(folder, name),
  );
  writeFileSync(a!, sender);
  writeFileSync(b!, rewritten(receiver, { clock }));
  const run = new Sash(t, ['trace', 'align', a!, b!, '-o', out!]);
  t.is((await run.ended).code, 0, run.stderr);
  t.regex(run.stdout.toString(), /is 3\.0\d* s ahead \(± 10 ms\), and loses 50\.?\d* ppm/);

  const times: number[] = [];
  const seen = { 0: 0, 1: 0 } as Record<number, number>;
  const records: Happening[] = [];
  const { readFileSync } = await import('node:fs');
  read(readFileSync(out!), {
    packet: (packet) => {
      times.push(packet.atNs);
      seen[packet.interfaceId]!++;
    },
    happening: (happening) => records.push(happening),
  });
  t.deepEqual(
    times,
    times.toSorted((x, y) => x - y),
  );
  t.is(seen[0], seen[1]);
  t.deepEqual(
    records.map(({ type }) => type),
    happenings(sender).map(({ type }) => type),
  );

  const again = new Sash(t, ['trace', 'align', a!, b!, '-o', lines!, '--json']);
  t.is((await again.ended).code, 0, again.stderr);
  const segments = readFileSync(lines!, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { tookNs: number });
  t.is(segments.length, seen[0]!);
  t.true(segments.every(({ tookNs }) => Math.abs(tookNs - 10 * MS) < 20_000));
});

test('files that have nothing in common, and other mistakes, each get a sentence', async (t) => {
  const folder = temporaryFolder(t);
  const { sender, receiver } = recordings('delay=10ms', 'full', '20KB');
  const [a, b] = ['a.pcapng', 'b.pcapng'].map((name) => join(folder, name)) as [string, string];
  writeFileSync(a, sender);
  writeFileSync(b, receiver);
  const cases: [string[], number, RegExp][] = [
    [[a, a], 1, /taken at one place/],
    [[a, b, '-o', 'x.txt'], 2, /neither a capture nor JSON lines/],
    [[a, b, '-o', a], 2, /is a file that is read: name another/],
    [[a, '-'], 2, /standard input can be read once only/],
    [[a, join(folder, 'none')], 2, /none/],
  ];
  for (const [args, code, words] of cases) {
    const run = new Sash(t, ['trace', 'align', ...args]);
    t.is((await run.ended).code, code, args.join(' '));
    t.regex(run.stderr, words);
  }
});

test('two processes on one host agree on the time: nothing arrives before it left', async (t) => {
  const where = temporaryFolder(t);
  const [a, b] = ['a.pcapng', 'b.pcapng'].map((name) => join(where, name)) as [string, string];
  const receiver = new Sash(t, ['recv', '127.0.0.1:0', '--once', '--read-rate', '2MB/s', '--record', b]);
  const sender = new Sash(t, ['send', await receiver.address(), '--bytes', '1MB', '--record', a]);
  t.is((await sender.ended).code, 0, sender.stderr);
  t.is((await receiver.ended).code, 0, receiver.stderr);
  const run = new Sash(t, ['trace', 'align', a, b, '--json']);
  t.is((await run.ended).code, 0, run.stderr);
  const { clocks } = JSON.parse(run.stdout.toString()) as { clocks: { offsetNs: number; offsetErrorNs: number }[] };
  t.is(clocks.length, 1);
  // Both clocks are the machine's, to the microsecond or so that the anchors are good for where nothing comes between two readings.
  t.true(Math.abs(clocks[0]!.offsetNs) <= clocks[0]!.offsetErrorNs + 1_000_000, JSON.stringify(clocks));
});
