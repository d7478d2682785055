// The feed without sockets: what observers are told, what they miss, and that none of it changes the run.
import test from 'ava';
import { type Happening, PcapngReader, type SegmentPasses } from '../../src/trace/index.ts';
import { QUEUE_OCTETS, STUCK_MS } from '../../src/feed/observer.ts';
import { Sink, Watched } from './support.ts';

/** Losses, a reader that stops, a link with a rate: all kinds of happenings, some 8,000 segments in 15 s. */
const BUSY = {
  link: 'delay=5ms rate=8Mbit/s queue=64KiB loss=0.2%',
  back: 'delay=5ms',
  flows: [
    { write: '6MB', sender: { congestion: 'reno' }, receiver: { window: '128KiB' }, read: '5s full, 3s stop, full' },
  ],
};
const CALM = {
  link: 'delay=20ms rate=2Mbit/s',
  flows: [{ write: '300KB', receiver: { window: '16KiB' }, read: '500ms full, 4s stop, full' }],
};

function recorded(capture: Buffer): Happening[] {
  const found: Happening[] = [];
  const reader = new PcapngReader((happening) => {
    const { comment: _comment, ...rest } = happening as SegmentPasses;
    found.push(structuredClone(rest));
  });
  reader.push(capture);
  reader.end();
  return found;
}

// S21: the observers' own slowness is theirs alone.
test('the captures of a run are the same octets with 0, 1 and 50 observers, some of which never read', (t) => {
  const alone = new Watched({ scenario: BUSY, isUnwatched: true }).play();
  t.is(Object.keys(alone.hashes).length, 2);

  const none = new Watched({ scenario: BUSY }).play();
  const one = new Watched({ scenario: BUSY, sinks: [new Sink()] }).play();
  t.deepEqual(none.hashes, alone.hashes);
  t.deepEqual(one.hashes, alone.hashes);

  const deaf = Array.from({ length: 10 }, () => new Sink(0));
  const slow = Array.from({ length: 10 }, () => new Sink(20_000));
  const keen = Array.from({ length: 30 }, () => new Sink());
  for (const sink of keen) sink.write = () => {}; // what one is sent is checked above
  const many = new Watched({ scenario: BUSY, sinks: [...deaf, ...slow, ...keen], sliceMs: 7 }).play();
  t.deepEqual(many.hashes, alone.hashes);
  for (const sink of [...deaf, ...slow]) {
    t.true(sink.most <= QUEUE_OCTETS, `${sink.most} octets waited for one observer`);
    const { missed } = many.observers.get(sink)!;
    t.true(missed.segments > 0 && missed.states > 0, JSON.stringify(missed));
  }
});

test('an observer that keeps up is told of every segment and event once, as the recording has them', (t) => {
  const sink = new Sink();
  const watched = new Watched({ scenario: CALM, sinks: [sink] }).play();
  watched.wait(100);
  for (const [connection, vantage] of [
    [1, 'flow-sender'],
    [2, 'flow-receiver'],
  ] as const) {
    const written = recorded(watched.capture(vantage));
    const segments = sink.of('segments').filter((message) => message.connection === connection);
    const events = sink.of('events').filter((message) => message.connection === connection);
    const told = [
      ...sink
        .of('snapshot')[0]!
        .ring.filter((one) => one.connection === connection)
        .map((one) => one.happening),
      ...segments.flatMap((message) => message.segments),
      ...events.flatMap((message) => message.events),
    ];
    const isSegment = ({ type }: Happening): boolean => type === 'segment';
    const isEvent = ({ type }: Happening): boolean => !['segment', 'recording', 'end'].includes(type);
    t.deepEqual(told.filter(isSegment), written.filter(isSegment));
    t.deepEqual(told.filter(isEvent), written.filter(isEvent));
    t.true([...segments, ...events].every(({ skipped }) => skipped === 0));
  }
});

test('states come at the rate that was asked for, and say where the connection stands', (t) => {
  const [usual, fast, slow, none] = [new Sink(), new Sink(), new Sink(), new Sink()];
  const watched = new Watched({ scenario: CALM, sinks: [usual, fast, slow, none] });
  const say = (sink: Sink, message: object): void =>
    watched.feed.heard(watched.observers.get(sink)!, { kind: 'subscribe', ...message });
  say(fast, { hz: 60 });
  say(slow, { hz: 5 });
  say(none, { kinds: ['events'] });
  watched.play();
  const seconds = watched.nowMs / 1_000;
  for (const [sink, hz] of [
    [usual, 30],
    [fast, 60],
    [slow, 5],
  ] as const) {
    const rate = sink.of('state').length / seconds;
    t.true(Math.abs(rate - hz) <= 0.05 * hz, `${rate} states a second, not ${hz}`);
  }
  t.is(none.of('state').length + none.of('segments').length, 0);
  t.true(none.of('events').length > 10);

  const held = usual.of('state').find(({ atNs }) => atNs > 3e9)!.states;
  t.is(held[0]!.tcb.reason, 'zero-window');
  t.true(held[0]!.tcb.timers.persist! > 3e9);
  t.true(held[0]!.probes > 0);
  const shut = usual
    .of('events')
    .flatMap(({ events }) => events)
    .find((one) => one.type === 'reason' && one.to === 'zero-window');
  t.is(held[0]!.reasonSinceNs, shut!.atNs); // whatever was probed since
  t.is(held[1]!.tcb.offering, 'zero');
  t.is(held[1]!.tcb['RCV.USER'], 16_384);
  const { reasonsNs } = held[0]!;
  t.is(
    Object.values(reasonsNs).reduce((a, b) => a + b, 0),
    usual.of('state').find(({ atNs }) => atNs > 3e9)!.atNs,
  );
});

test('who joins late is told the present and the past, and then what is new, without a gap', (t) => {
  const late = new Sink();
  const watched = new Watched({
    scenario: BUSY,
    meanwhile: ({ observers }, ms) => {
      if (ms >= 5_000 && observers.size === 0) watched.join(late);
    },
  });
  watched.play();
  t.deepEqual(
    late.messages.slice(0, 2).map(({ kind }) => kind),
    ['hello', 'snapshot'],
  );
  const snapshot = late.of('snapshot')[0]!;
  t.true(snapshot.ring.length > 1_800 && snapshot.ring.length <= 2_000, `${snapshot.ring.length}`);
  t.deepEqual(
    snapshot.ring.map(({ happening }) => happening.atNs),
    snapshot.ring.map(({ happening }) => happening.atNs).toSorted((a, b) => a - b),
  );
  // The handshake is long gone from the ring of ordinary segments, and yet it is there.
  t.true(snapshot.ring.some(({ happening }) => happening.type === 'segment' && happening.purpose === 'handshake'));
  for (const kind of ['segments', 'events'] as const) {
    const told = late.of(kind);
    told.forEach(({ n }, i) => t.is(n, snapshot.after[kind] + 1 + i));
    const [first] = kind === 'segments' ? late.of('segments')[0]!.segments : late.of('events')[0]!.events;
    t.true(first!.atNs > snapshot.atNs);
  }
});

test('a slow observer is told exactly what it missed: what it got and what it missed is all there was', (t) => {
  const [slow, keen] = [new Sink(40_000), new Sink()];
  const watched = new Watched({ scenario: BUSY, sinks: [slow, keen] }).play();
  watched.wait(60_000);
  const count = (sink: Sink): { segments: number; events: number } => ({
    segments: sink.of('segments').reduce((sum, { segments }) => sum + segments.length, 0),
    events: sink.of('events').reduce((sum, { events }) => sum + events.length, 0),
  });
  const [got, all] = [count(slow), count(keen)];
  const missed = slow
    .of('lag')
    .reduce((sum, lag) => ({ segments: sum.segments + lag.missed.segments, events: sum.events + lag.missed.events }), {
      segments: 0,
      events: 0,
    });
  t.true(missed.segments > 1_000, JSON.stringify(missed));
  t.deepEqual({ segments: got.segments + missed.segments, events: got.events + missed.events }, all);
  t.is(watched.observers.get(slow)!.missed.segments, missed.segments);
  // The order in which things are given up: segments first, and few events if any.
  t.true(missed.events / all.events < missed.segments / all.segments);
  // A gap in the numbers is always told, and before what comes after it.
  let last = slow.of('snapshot')[0]!.after.segments;
  let isTold = false;
  for (const message of slow.messages) {
    if (message.kind === 'lag') isTold = true;
    if (message.kind !== 'segments') continue;
    t.true(message.n === last + 1 || isTold, `${last} is followed by ${message.n}, and nothing was said`);
    [last, isTold] = [message.n, false];
  }
});

test('however many come one after another, a snapshot is made five times a second at the most', (t) => {
  const came: Sink[] = [];
  const watched = new Watched({
    scenario: CALM,
    meanwhile: (run) => {
      if (came.length === 200) return;
      came.push(new Sink());
      run.join(came.at(-1)!);
    },
  });
  watched.play();
  const snapshots = new Set(came.map((sink) => sink.of('snapshot')[0]!.atNs));
  t.true(snapshots.size >= 5 && snapshots.size <= 7, `${snapshots.size} in a second`);
  for (const sink of came) t.is(sink.of('events')[0]!.n, sink.of('snapshot')[0]!.after.events + 1);
});

test('a resync brings a snapshot, after which nothing is missing', (t) => {
  const sink = new Sink(60_000);
  let asked = 0;
  const watched = new Watched({
    scenario: BUSY,
    sinks: [sink],
    meanwhile: ({ feed, observers }) => {
      if (sink.of('lag').length <= asked || asked > 1) return;
      asked++;
      feed.heard(observers.get(sink)!, { kind: 'resync' });
      if (asked === 2) sink.rate = 1e9;
    },
  });
  watched.play();
  watched.wait(60_000);
  t.is(sink.of('snapshot').length, 3);
  const at = sink.messages.findLastIndex(({ kind }) => kind === 'snapshot');
  const snapshot = sink.of('snapshot').at(-1)!;
  const next = sink.messages.slice(at).find(({ kind }) => kind === 'events')!;
  t.is(next.n, snapshot.after.events + 1);
});

test('who takes nothing for half a minute is closed, and who takes a little is not', (t) => {
  const [deaf, slow] = [new Sink(0), new Sink(5_000)];
  const watched = new Watched({ scenario: BUSY, sinks: [deaf, slow] }).play();
  t.is(deaf.closed, undefined);
  watched.nowMs += 10 * STUCK_MS;
  watched.wait(10);
  t.is(deaf.closed, undefined, 'a while in which this process itself was stopped is not held against it');
  watched.wait(STUCK_MS);
  t.deepEqual(deaf.closed, { code: 1013, reason: 'nothing was taken for 30 s' });
  t.is(slow.closed, undefined);
  t.is(watched.observers.get(deaf)!.waiting - deaf.pending, 0); // nothing is kept for it
});

test('where there is too much for everybody, ordinary segments are thinned evenly and all others are told', (t) => {
  const sinks = Array.from({ length: 400 }, () => new Sink());
  for (const sink of sinks.slice(1)) sink.write = () => {};
  const scenario = {
    ...BUSY,
    link: 'delay=5ms rate=100Mbit/s queue=256KiB',
    flows: [{ ...BUSY.flows[0]!, write: '40MB' }],
  };
  const watched = new Watched({ scenario, sinks }).play();
  watched.wait(100);
  const all = recorded(watched.capture('flow-sender')).filter((one): one is SegmentPasses => one.type === 'segment');
  const told = sinks[0]!.of('segments').filter(({ connection }) => connection === 1);
  const segments = told.flatMap((message) => message.segments);
  const skipped = told.reduce((sum, message) => sum + message.skipped, 0);
  const before = sinks[0]!.of('snapshot')[0]!.ring.filter(({ happening }) => happening.type === 'segment').length;
  t.true(skipped > 5_000, `${skipped}`);
  t.is(before + segments.length + skipped, all.length);
  const isOf = (purpose: string) => (one: SegmentPasses) => one.purpose === purpose;
  for (const purpose of ['probe', 'window-update', 'retransmission']) {
    t.is(segments.filter(isOf(purpose)).length, all.filter(isOf(purpose)).length, purpose);
  }
  const [first, last] = [segments.slice(0, segments.length >> 1), segments.slice(segments.length >> 1)];
  t.true(Math.abs(first.length - last.length) <= 1);
});
