// What pictures are drawn from: columns of handmade captures, exact; bounded columns that keep what a picture shows; and what
// stands in the figures.
import test from 'ava';
import fc from 'fast-check';
import { ACK, PSH, seq, SYN } from '../../src/tcp/index.ts';
import {
  align,
  CapturedPacket,
  CaptureReader,
  Conversation,
  FIGURE_KINDS,
  figureOf,
  joinedSeries,
  type Ladder,
  LadderBuilder,
  ladderFigure,
  ladderMermaid,
  ladderOf,
  ladderOfBoth,
  ladderText,
  mainFlow,
  meetingsOf,
  PlotBuilder,
  type PlotOptions,
  type PlotSeries,
  Rows,
  Sighter,
  Slices,
  Spans,
} from '../../src/trace/index.ts';
import { Pair, slowReader } from './pair.ts';

// The same cases every time; with another seed, others.
fc.configureGlobal({ seed: Number(process.env['SASH_SEED'] ?? 1) });

const MS = 1_000_000;

interface Given {
  side: 0 | 1;
  at: number;
  flags?: number;
  seq: number;
  ack?: number;
  length?: number;
  wnd: number;
  sack?: [number, number];
}

/** Segments as they pass a sender, times in milliseconds, sequence numbers from these initial ones. */
function drawn(given: readonly Given[], options: PlotOptions = {}, [iss, irs] = [1_000, 5_000]): PlotSeries {
  const builder = new PlotBuilder(options);
  const conversation = new Conversation(0, 0, [
    { address: '192.0.2.1', port: 40_001 },
    { address: '192.0.2.2', port: 9_293 },
  ]);
  given.forEach((one, index) => {
    const packet = new CapturedPacket();
    packet.number = index + 1;
    packet.atNs = one.at * MS;
    packet.side = one.side;
    packet.direction = one.side === 0 ? 'out' : 'in';
    packet.conversation = conversation;
    packet.lengthOctets = one.length ?? 0;
    const { seg } = packet;
    seg.flags = one.flags ?? ACK;
    const [own, other] = one.side === 0 ? [iss, irs] : [irs, iss];
    seg.seq = seq(own + one.seq);
    if (one.ack !== undefined) seg.ack = seq(other + one.ack);
    seg.wnd = one.wnd;
    if (one.sack !== undefined) seg.addSack(seq(other + one.sack[0]), seq(other + one.sack[1]));
    builder.packet(packet);
  });
  return builder.finish()!;
}

function cells(rows: Rows): number[][] {
  return Array.from({ length: rows.length }, (_, row) =>
    Array.from({ length: rows.width }, (__, column) => (column === 0 ? rows.at(row, 0) / MS : rows.at(row, column))),
  );
}

const SHUT: readonly Given[] = [
  { side: 0, at: 0, flags: SYN, seq: 0, wnd: 8_000 },
  { side: 1, at: 10, flags: SYN | ACK, seq: 0, ack: 1, wnd: 2_000 },
  { side: 0, at: 10, seq: 1, ack: 1, wnd: 8_000 },
  { side: 0, at: 11, seq: 1, ack: 1, length: 1_000, wnd: 8_000 },
  { side: 0, at: 12, flags: ACK | PSH, seq: 1_001, ack: 1, length: 1_000, wnd: 8_000 },
  { side: 1, at: 21, seq: 1, ack: 1_001, wnd: 1_000 },
  { side: 1, at: 22, seq: 1, ack: 2_001, wnd: 0 },
  { side: 0, at: 222, seq: 2_001, ack: 1, length: 1, wnd: 8_000 },
  { side: 1, at: 232, seq: 1, ack: 2_001, wnd: 0 },
  { side: 1, at: 300, seq: 1, ack: 2_001, wnd: 2_000 },
  { side: 0, at: 301, seq: 2_001, ack: 1, length: 500, wnd: 8_000 },
  { side: 1, at: 311, seq: 1, ack: 2_501, wnd: 1_500 },
];

for (const [where, isns] of [
  ['from small initial sequence numbers', [1_000, 5_000]],
  ['across 2^32', [0xffff_fff0, 0xffff_f000]],
  ['across 2^31', [0x7fff_ff00, 0x7fff_ffff]],
] as const) {
  test(`a window that closes, column by column, ${where}`, (t) => {
    const series = drawn(SHUT, {}, [...isns]);
    const flow = mainFlow(series);
    t.is(flow.from, 0);
    t.is(series.vantage, 'sender');
    t.true(series.hasHandshake);
    t.deepEqual(cells(flow.segments.text), [
      [11, 1, 1_001],
      [12, 1_001, 2_001],
      [301, 2_001, 2_501],
    ]);
    t.deepEqual(cells(flow.segments.probe), [[222, 2_001, 2_002]]);
    t.is(flow.segments.retransmission.length, 0);
    t.deepEqual(cells(flow.acks), [
      [10, 1],
      [21, 1_001],
      [22, 2_001],
      [311, 2_501],
    ]);
    t.deepEqual(cells(flow.edges), [
      [10, 2_001],
      [300, 4_001],
    ]);
    t.deepEqual(cells(flow.window), [
      [10, 2_000],
      [21, 1_000],
      [22, 0],
      [300, 2_000],
      [311, 1_500],
    ]);
    t.deepEqual(cells(flow.flight), [
      [10, 0],
      [11, 1_000],
      [12, 2_000],
      [21, 1_000],
      [22, 0],
      [301, 500],
      [311, 0],
    ]);
    t.deepEqual(flow.zero.list, [{ fromNs: 22 * MS, toNs: 300 * MS, name: 'zero' }]);
    t.deepEqual(cells(flow.marks.Z), [
      [22, 2_001],
      [232, 2_001],
    ]);
    t.deepEqual(cells(flow.marks.P), [[222, 2_002]]);
    t.deepEqual(
      cells(flow.rtt).map(([at, ns]) => [at, ns! / MS]),
      [
        [10, 10],
        [21, 10],
        [22, 10],
      ],
      'what begins with a probe’s octet was sent before, and is no sample (Karn)',
    );
    t.is(flow.sentOctets, 2_501);
    t.is(flow.deliveredOctets, 2_500);
    t.deepEqual(cells(flow.sent).at(-1), [301, 2_501]);
    t.deepEqual(cells(flow.delivered).at(-1), [311, 2_500]);
    const limits = Object.fromEntries(flow.limits.list.map(({ name, fromNs, toNs }) => [name, (toNs - fromNs) / MS]));
    t.is(limits['zero-window'], 278);
    t.is(
      flow.limits.list.reduce((sum, { fromNs, toNs }) => sum + toNs - fromNs, 0),
      311 * MS,
      'who limited whom covers the whole time',
    );
  });
}

test('what is lost: retransmission, third duplicate ACK, blocks held out of order', (t) => {
  const lost: Given[] = [
    ...SHUT.slice(0, 3).map((one) => ({ ...one, wnd: 20_000 })),
    ...[0, 1, 2, 3, 4].map((n): Given => ({ side: 0, at: 11, seq: 1 + 1_000 * n, ack: 1, length: 1_000, wnd: 8_000 })),
    { side: 1, at: 21, seq: 1, ack: 1_001, wnd: 20_000 },
    ...[2, 3, 4].map((n): Given => {
      return { side: 1, at: 20 + n, seq: 1, ack: 1_001, wnd: 20_000, sack: [2_001, 1_001 + 1_000 * n] };
    }),
    { side: 0, at: 25, seq: 1_001, ack: 1, length: 1_000, wnd: 8_000 },
    { side: 1, at: 35, seq: 1, ack: 5_001, wnd: 20_000 },
  ];
  const flow = mainFlow(drawn(lost));
  t.deepEqual(cells(flow.segments.retransmission), [[25, 1_001, 2_001]]);
  t.deepEqual(cells(flow.marks.R), [[25, 2_001]]);
  t.deepEqual(cells(flow.marks[3]), [[24, 1_001]]);
  t.deepEqual(
    cells(flow.sacks),
    [2, 3, 4].map((n) => [20 + n, 2_001, 1_001 + 1_000 * n]),
  );
  t.deepEqual(cells(flow.outOfOrder).at(-1), [35, 0]);
  t.is(Math.max(...cells(flow.outOfOrder).map(([, held]) => held!)), 3_000);
  const { spec, subtitle } = figureOf('sequence', drawn(lost));
  t.regex(subtitle.join('\n'), /R retransmission ×1 · S selective ACK ×3 · 3 third duplicate ACK ×1/);
  t.true(JSON.stringify(spec).includes('"letter":"R"'));
});

test('a part of the time: stairs begin where they stood', (t) => {
  const flow = mainFlow(drawn(SHUT, { fromNs: 100 * MS, toNs: 305 * MS }));
  t.deepEqual(cells(flow.window), [
    [100, 0],
    [300, 2_000],
  ]);
  t.deepEqual(cells(flow.acks), [[100, 2_001]]);
  t.deepEqual(flow.zero.list, [{ fromNs: 100 * MS, toNs: 300 * MS, name: 'zero' }]);
  t.deepEqual(cells(flow.segments.text), [[301, 2_001, 2_501]]);
});

test('without the handshake windows are as the header has them, and counting begins at what is seen', (t) => {
  const series = drawn(SHUT.slice(3));
  t.false(series.hasHandshake);
  t.deepEqual(cells(mainFlow(series).segments.text)[0], [11, 1, 1_001]);
  t.is(mainFlow(series).zero.count, 1);
});

test('a sender that never sees its window, a capture of one packet: every picture can be drawn', (t) => {
  for (const given of [SHUT.slice(0, 1), SHUT.slice(1, 2), SHUT.slice(4, 5)]) {
    for (const kind of FIGURE_KINDS) {
      const figure = figureOf(kind, drawn(given));
      t.false(/NaN|Infinity|null,null/.test(JSON.stringify(figure)), kind);
      t.true(figure.table.rows.every((row) => row.length === figure.table.columns.length));
    }
  }
});

// ---- columns are bounded ----

test('a million rows: a bounded number stays, with the first, the last, and all extremes', (t) => {
  const rows = new Rows(2, { limit: 1_000 });
  const spikes = new Map([
    [123_456, 1e9],
    [777_777, -1e9],
  ]);
  for (let at = 0; at < 1_000_000; at++) rows.push(at, spikes.get(at) ?? at % 97);
  t.true(rows.length <= 1_000);
  t.is(rows.length + rows.thinned, 1_000_000);
  const kept = Array.from({ length: rows.length }, (_, row) => [rows.at(row, 0), rows.at(row, 1)] as const);
  t.deepEqual(kept[0], [0, 0]);
  t.deepEqual(kept.at(-1), [999_999, 999_999 % 97]);
  for (const [at, value] of spikes) t.true(kept.some((row) => row[0] === at && row[1] === value));
  t.true(kept.every((row, index) => index === 0 || row[0] > kept[index - 1]![0]));
});

test('rows that are few are untouched, and thinning for a picture leaves them', (t) => {
  const rows = new Rows(3);
  for (let at = 0; at < 5_000; at++) rows.push(at, at * 2, at * 3);
  t.is(rows.thinned, 0);
  const thin = rows.thinnedTo(100);
  t.true(thin.length <= 400);
  t.is(rows.length, 5_000);
  for (let row = 0; row < thin.length; row++) t.is(thin.at(row, 2), thin.at(row, 0) * 3);
});

test('slices add up, however long time becomes', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1_000_000_000), fc.nat(5_000)), { minLength: 1, maxLength: 200 }), (given) => {
      const slices = new Slices(1);
      let [now, sum] = [0, 0];
      for (const [wait, amount] of given) {
        now += wait;
        sum += amount;
        slices.add(now, 0, amount);
      }
      t.true(slices.length <= 2_048);
      t.is(slices.between(-1, now + slices.widthNs + 1, 0), sum);
    }),
    { numRuns: 50 },
  );
});

test('spans beyond the limit of the list are in the totals and in the shares', (t) => {
  const spans = new Spans(['a', 'b'], 10);
  for (let n = 0; n < 1_000; n++) spans.push(n % 2 === 0 ? 'a' : 'b', n * 1_000, (n + 1) * 1_000);
  t.is(spans.list.length, 10);
  t.is(spans.count, 1_000);
  t.deepEqual(spans.totalsNs, [500_000, 500_000]);
  t.is(spans.shares.between(0, 1e9, 0) + spans.shares.between(0, 1e9, 1), 1_000_000);
  t.false(spans.isWhole);
});

// ---- recordings ----

function seriesOf(file: Uint8Array, options: PlotOptions = {}): PlotSeries {
  const builder = new PlotBuilder(options);
  const reader = new CaptureReader(builder);
  reader.push(file);
  reader.end();
  return builder.finish()!;
}

function ladderBuilder(file: Uint8Array, options: PlotOptions = {}): LadderBuilder {
  const builder = new LadderBuilder(options);
  const reader = new CaptureReader(builder);
  reader.push(file);
  reader.end();
  return builder;
}

function sighted(file: Uint8Array): Sighter {
  const sighter = new Sighter();
  const reader = new CaptureReader(sighter);
  reader.push(file);
  reader.end();
  return sighter;
}

/** Of two recordings whose clocks are one. */
function ladderOfFiles(here: Uint8Array, there: Uint8Array, options: PlotOptions = {}): Ladder {
  const alignment = align(sighted(here).conversations, sighted(there).conversations, 0);
  if (typeof alignment === 'string') throw new Error(alignment);
  const builders = [ladderBuilder(here, options), ladderBuilder(there, options)] as const;
  const meetings = meetingsOf(alignment.conversations[0]!, (atNs) => atNs, builders);
  return ladderOfBoth(...builders, meetings, 500)!;
}

test('records say what packets do not: reasons, the buffer, the reader, the timeout', (t) => {
  const pair = slowReader();
  const [sender, receiver] = [seriesOf(pair.recording(pair.sender)), seriesOf(pair.recording(pair.receiver))];
  t.deepEqual(sender.hasRecords, { sender: true, receiver: false });
  t.deepEqual(receiver.hasRecords, { sender: false, receiver: true });
  t.is(receiver.vantage, 'receiver');
  const both = joinedSeries(sender, receiver);
  t.is(both.vantage, 'both');
  const flow = mainFlow(both);
  t.is(flow.reads.last(1), 12_000, 'all that was written is read');
  for (let row = 0; row < flow.buffer.length; row++) {
    const [unread, offered, withheld] = [1, 2, 3].map((column) => flow.buffer.at(row, column)) as [
      number,
      number,
      number,
    ];
    t.is(unread + offered + withheld, 5_840, 'the parts of the buffer are the whole of it');
    t.true(Math.min(unread, offered, withheld) >= 0);
  }
  t.is(Math.max(...cells(flow.buffer).map((row) => row[1]!)), 5_840);
  t.is(flow.rto.at(0, 1), 1e9);
  t.true(flow.limits.totalsNs[flow.limits.names.indexOf('zero-window')]! > 7e9);
  t.true(flow.offerings.totalsNs[2]! > 7e9);
  const inferred = mainFlow(receiver).limits;
  const share = inferred.totalsNs[inferred.names.indexOf('zero-window')]!;
  t.true(
    Math.abs(share - flow.limits.totalsNs[flow.limits.names.indexOf('zero-window')]!) < 1e8,
    'packets alone say nearly the same',
  );
});

test('the marks in a picture are those in the capture', (t) => {
  const pair = slowReader();
  const series = seriesOf(pair.recording(pair.sender));
  const flow = mainFlow(series);
  const text = JSON.stringify(figureOf('sequence', series).spec);
  t.is(text.split('"letter":"P"').length - 1, flow.marks.P.length);
  t.true(flow.marks.P.length >= 3);
  t.is(flow.segments.probe.length, flow.marks.P.length);
  const bands = JSON.stringify(figureOf('window', series).spec).split('"name":"zero window"').length - 1;
  t.is(bands, flow.zero.list.filter(({ fromNs, toNs }) => toNs - fromNs > 1e9).length);
});

test('every kind says the same in light and in dark, and the same each time', (t) => {
  const pair = slowReader();
  const series = seriesOf(pair.recording(pair.sender));
  for (const kind of FIGURE_KINDS) {
    const [light, again, dark] = [undefined, undefined, 'dark' as const].map((theme) =>
      figureOf(kind, series, theme === undefined ? {} : { theme }),
    );
    t.deepEqual(light, again);
    t.deepEqual(light!.table, dark!.table);
    t.notDeepEqual(light!.spec, dark!.spec);
    t.false(/NaN|Infinity/.test(JSON.stringify(light)));
  }
});

// ---- the ladder ----

test('with both recordings a lost window update ends in a cross, and nothing else is lost', (t) => {
  let updates = 0;
  const pair = slowReader({ loses: (from, count) => from === 'receiver' && count === 12 && ++updates > 0 });
  t.is(updates, 1);
  const files = [pair.recording(pair.sender), pair.recording(pair.receiver)] as const;
  const ladder = ladderOfFiles(files[0], files[1]);
  t.is(ladder.rungs.filter(({ isLost }) => isLost).length, 1);
  t.is(ladder.estimated, 'nobody');
  const took = ladder.rungs.filter(({ isLost }) => !isLost).map(({ sentNs, arrivedNs }) => arrivedNs - sentNs);
  t.deepEqual([...new Set(took)], [500_000], 'each takes half a millisecond');
  t.deepEqual(ladderOfFiles(files[1], files[0]).rungs, ladder.rungs, 'in whatever order they are given');
  // A part of the time: what arrives after it, or left before, is not lost.
  const part = ladderOfFiles(files[0], files[1], { fromNs: 9.9 * MS, toNs: 10.4 * MS });
  t.true(part.rungs.length >= 3);
  t.true(part.rungs.every(({ isLost }) => !isLost));
  t.regex(ladderText(ladder), /lost \|\s+X-+ ack \d+ win \d+/);
  t.regex(ladderMermaid(ladder), /^sequenceDiagram\n(?:.*\n)* {2}B-xA: .*lost/);
  const text = JSON.stringify(ladderFigure(ladder).spec);
  t.is(text.split('"sign":"×"').length - 1, 1);
});

test('one recording estimates the other end, and says so', (t) => {
  const pair = slowReader();
  const ladder = ladderOf(ladderBuilder(pair.recording(pair.sender)), 500)!;
  t.is(ladder.estimated, 'right');
  t.true(ladder.rungs.every(({ sentNs, arrivedNs }) => arrivedNs - sentNs === 500_000));
  t.regex(ladderText(ladder), /times at 192\.0\.2\.2:9293 are estimated/);
  t.regex(ladderText(ladder), /1 s\s+:/, 'a wait is told by its length');
});

test('runs are shortened, and the number of segments stays', (t) => {
  const pair = new Pair({ receiver: { receiveBuffer: 65_535 } });
  pair.runFor(10 * MS);
  pair.sender.connection.write(new Uint8Array(40_000), pair.now);
  pair.runFor(100 * MS);
  const builder = ladderBuilder(pair.recording(pair.sender));
  const ladder = ladderOf(builder, 500)!;
  t.true(ladder.rungs.some(({ what, label }) => what === 'more' && /^\d+ more segments, seq \d+:\d+$/.test(label)));
  const told = ladder.rungs.reduce((sum, rung) => sum + (rung.what === 'more' ? rung.end - rung.start : 1), 0);
  t.is(told, builder.passages.length);
  const cut = ladderOf(builder, 3)!;
  t.is(cut.rungs.length, 3);
  t.regex(ladderText(cut), /the first \d+ of \d+ segments/);
});
