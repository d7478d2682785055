// Files dropped on the page: two hosts' recordings become one run on one clock, whatever their wall clocks said.
import test from 'ava';
import { readFiles } from '../../src/feed/page/source/file.ts';
import { type Flow, type Run } from '../../src/feed/page/data/index.ts';
import { CaptureReader, PcapngWriter, writeRecord } from '../../src/trace/index.ts';
import { join } from '../trace/pair.ts';
import { simulated } from '../trace/vantages.ts';

const MS = 1_000_000;
const EPOCH = 946_684_800_000_000_000n;

interface Clock {
  aheadNs?: number;
  drift?: number;
}

/** The same recording, records and all, by a clock that was ahead and gained. */
function byClock(file: Uint8Array, { aheadNs = 0, drift = 0 }: Clock): Uint8Array {
  const parts: Uint8Array[] = [];
  const writer = new PcapngWriter((octets) => void parts.push(octets.slice()), 'full', EPOCH + BigInt(aheadNs));
  writer.begin('sash test', '');
  writer.addInterface('receiver');
  const there = (atNs: number): number => Math.round(atNs * (1 + drift));
  const reader = new CaptureReader({
    packet: ({ octets, ipAt, endAt, lengthOctets, capturedOctets, direction, seg, atNs }) => {
      const original = endAt - ipAt + lengthOctets - capturedOctets;
      const passage = direction === 'unknown' ? 'passing' : direction;
      writer.copy(octets, ipAt, endAt, original, { passage, purpose: seg.purpose }, there(atNs));
    },
    happening: (happening) => {
      if (happening.type === 'segment' || happening.type === 'conversation') return;
      const moved = { ...happening, atNs: there(happening.atNs) };
      writeRecord(writer, moved.type === 'recording' ? { ...moved, epochNs: `${EPOCH + BigInt(aheadNs)}` } : moved);
    },
  });
  reader.push(file);
  reader.end();
  writer.flush();
  return join(parts);
}

function named(name: string, octets: Uint8Array): File {
  return new File([Buffer.from(octets)], name);
}

async function replayed(clock: Clock | undefined, isTurned = false): Promise<Run> {
  const files = await simulated('s05', { until: 3e9 });
  const receiver = files.get('flow-receiver')!;
  const both = [
    named('a.pcapng', files.get('flow-sender')!),
    named('b.pcapng', clock === undefined ? receiver : byClock(receiver, clock)),
  ];
  return readFiles(isTurned ? both.toReversed() : both, () => {});
}

/** What each segment with text took from the sender to the receiver, in ns; each left once. */
function delays(flow: Flow): number[] {
  const times = flow.vantages.map(({ segments, side }) => {
    const at = new Map<number, number>();
    for (let row = 0; row < segments.length; row++) {
      const isText = segments.get('length', row) > 1 && segments.get('isOut', row) === (side === 0 ? 1 : 0);
      if (isText && !at.has(segments.get('seq', row))) at.set(segments.get('seq', row), segments.get('at', row));
    }
    return { side, at };
  });
  const [left, arrived] = [0, 1].map((side) => times.find((one) => one.side === side)!.at);
  return [...left!].flatMap(([seq, at]) => (arrived!.has(seq) ? arrived!.get(seq)! - at : []));
}

test('clocks that agree are left alone, and nothing is said', async (t) => {
  const run = await replayed(undefined);
  t.deepEqual(run.notes, []);
  t.is(run.flows.length, 1);
  t.is(run.flows[0]!.vantages.length, 2);
  t.is(run.beginNs, 0);
});

for (const [what, clock, isTurned, told] of [
  [
    '5 s ahead',
    { aheadNs: 5e9 },
    false,
    /^The clock of b\.pcapng was 5\.?\d* s ahead \(± [\d.]+ ms\): it is drawn on the other\.$/,
  ],
  ['5 s behind', { aheadNs: -5e9 }, false, /^The clock of b\.pcapng was (?:5|4\.9\d*) s behind \(± /],
  ['5 s ahead, dropped first', { aheadNs: 5e9 }, true, /^The clock of a\.pcapng was (?:5|4\.9\d*) s behind \(± /],
  ['5 s ahead and 200 ppm fast', { aheadNs: 5e9, drift: 200e-6 }, false, /ahead .* ran (?:199|200|201)\.\d ppm fast/],
] as const) {
  test(`two recordings, one of them ${what}: one flow, both ends exact, and the error is told`, async (t) => {
    const straight = await replayed(undefined);
    const run = await replayed(clock, isTurned);
    t.is(run.flows.length, 1);
    const flow = run.flows[0]!;
    t.true(flow.ends.every(({ fold }) => fold.isExact));
    t.is(run.notes.length, 1);
    t.regex(run.notes[0]!, told);
    const errorNs = Number(/± ([\d.]+) ms/.exec(run.notes[0]!)![1]) * MS;
    const [expected, found] = [delays(straight.flows[0]!), delays(flow)];
    t.true(found.length > 20);
    t.is(found.length, expected.length);
    for (const [index, ns] of found.entries()) {
      t.true(
        ns >= 0 && Math.abs(ns - expected[index]!) <= errorNs + 2_000,
        `${index}: ${ns} ns, was ${expected[index]}`,
      );
    }
    const life = straight.endNs - straight.beginNs;
    t.true(Math.abs(run.endNs - run.beginNs - life) < errorNs + 0.001 * life, 'no gap of 5 s in it');
    t.true(run.beginNs >= 0);
  });
}

test('recordings of different connections are shown side by side by their wall clocks', async (t) => {
  const [one, other] = [await simulated('s05', { until: 1e9 }), await simulated('s06', { until: 1e9 })];
  const run = await readFiles(
    [named('a.pcapng', one.get('flow-sender')!), named('b.pcapng', other.get('flow-receiver')!)],
    () => {},
  );
  t.deepEqual(run.notes, []);
  t.is(run.flows.length, 2);
});
