// A feed tells who comes late of the handshake, of what was worth a look, and of the last while: what the page does not see it
// does not draw, and does not count.
import test from 'ava';
import { Continuity, Flow, rates, sharesOf, verdictAt } from '../../src/feed/page/data/index.ts';
import { PcapngReader } from '../../src/trace/index.ts';
import { Sink, Watched } from './support.ts';

const SCENARIO = {
  link: 'delay=5ms rate=20Mbit/s',
  flows: [{ write: '5MB', receiver: { window: '64KiB' }, read: '1MB/s' }],
};
const CAME = 2e9;
const LAST = 3e9;

for (const [label, side] of [
  ['sender', 0],
  ['receiver', 1],
] as const) {
  test(`what was not seen is not drawn as if it had been: at the ${label}`, (t) => {
    const watched = new Watched({ scenario: SCENARIO, isUnwatched: true }).play();
    const flow = new Flow('flow', [false, false]);
    const vantage = flow.look(label, side, true);
    const continuity = new Continuity(0);
    const reader = new PcapngReader((happening) => {
      const isSeen = happening.type === 'segment' ? happening.packet <= 3 : happening.type !== 'read';
      if (happening.atNs > LAST || (!isSeen && happening.atNs < CAME)) return;
      const gap = happening.type === 'segment' ? continuity.segment(happening) : undefined;
      if (gap !== undefined) flow.misses(vantage, gap, 1_900_000);
      flow.take(vantage, happening);
    });
    reader.push(watched.capture(`flow-${label}`));
    reader.end();

    const { rows, unseen } = flow.ends[0].fold;
    t.is(unseen.all.length, 1);
    const [{ fromNs, untilNs } = { fromNs: 0, untilNs: 0 }] = unseen.all;
    t.true(fromNs < 0.2e9 && untilNs >= CAME && untilNs < CAME + 0.1e9, `${fromNs} to ${untilNs}`);
    const flights = Array.from({ length: rows.length }, (_, row) => rows.get('nxt', row) - rows.get('una', row));
    const most = Math.max(...flights);
    t.true(most > 1_000 && most <= 65_536, `${most} in flight`);

    const [seconds, acknowledged, read] = rates(flow, 0, LAST).columns;
    seconds.forEach((at, i) => {
      if (at > 0.2 && at < 2) t.is(acknowledged![i], null);
      for (const values of [acknowledged!, read!])
        t.true((values[i] ?? 0) < 4e6, `${values[i]} octets a second at ${at} s`);
    });
    t.true(acknowledged!.some((value) => (value ?? 0) > 500_000));
    t.regex(verdictAt(flow, 1e9, true).sentence, /^This was not seen: the page looks on only from 1\S* s later/);
    const all = sharesOf(flow, 0, untilNs).reduce((sum, [, share]) => sum + share, 0);
    t.true(Math.abs(all - 1) < 1e-9);
  });
}

test('reads that a feed does not remember are not drawn as one: only what they came to is known', (t) => {
  const sink = new Sink();
  const watched = new Watched({ scenario: SCENARIO, sinks: [sink] }).play();
  const flow = new Flow('flow', [false, false]);
  const vantage = flow.look('receiver', 1, true);
  // Whoever comes late learns all segments, and from the first state what was read.
  const told = sink.of('state').find(({ atNs }) => atNs >= CAME)!;
  const state = told.states.find(({ tally }) => tally.octetsRead > 0)!;
  let hasCome = false;
  const reader = new PcapngReader((happening) => {
    if (happening.atNs > LAST || (happening.type === 'read' && happening.atNs <= told.atNs)) return;
    if (!hasCome && happening.atNs > told.atNs) flow.ends[1].fold.snapshot(state, told.atNs);
    hasCome ||= happening.atNs > told.atNs;
    flow.take(vantage, happening);
  });
  reader.push(watched.capture('flow-receiver'));
  reader.end();
  const [seconds, , read] = rates(flow, 0, LAST).columns;
  seconds.forEach((at, i) => {
    if (at > 0.2 && at < 1.9) t.is(read![i], null);
    t.true((read![i] ?? 0) < 2e6, `${read![i]} octets a second at ${at} s`);
  });
  t.true(read!.some((value) => (value ?? 0) > 500_000));
});

test('where segments are remembered from earlier on than reads, it is not said that nothing was read', (t) => {
  const flow = new Flow('flow', [false, false]);
  const vantage = flow.look('receiver', 1, true);
  const reads = (atNs: number): void => flow.take(vantage, { type: 'read', atNs, octets: 10_000, unreadOctets: 0 });
  const text = { sourcePort: 1, destinationPort: 2, flags: 16, wnd: 1_000, purpose: 'arrived', ack: 1 } as const;
  const arrives = (atNs: number, seq: number): void =>
    flow.take(vantage, { type: 'segment', atNs, packet: seq, direction: 'in', seq, lengthOctets: 1_000, ...text });
  arrives(0, 1);
  flow.misses(vantage, { fromNs: 0, untilNs: 1e9 }, 500_000);
  for (let n = 0; n < 20; n++) arrives(1e9 + n * 0.1e9, 1_001 + 1_000 * n);
  for (let n = 0; n < 10; n++) reads(3e9 + n * 0.1e9);
  const [seconds, , read] = rates(flow, 0, 4e9).columns;
  seconds.slice(0, -1).forEach((at, i) => {
    if (at < 2.9) t.is(read![i], null, `at ${at} s`);
    else if (at > 3.1 && at < 3.8) t.not(read![i], null, `at ${at} s`);
  });
});
