// What a link does to segments: the arithmetic of delay, rate and queue to the nanosecond; the dice by their statistics.
import test from 'ava';
import { Link, type LinkOptions, parseLink, parseRule } from '../../src/link/index.ts';
import {
  ACK,
  FIN,
  type Instant,
  MILLISECOND,
  NEVER,
  SECOND,
  Segment,
  seq,
  seqDiff,
  type TextLasts,
} from '../../src/tcp/index.ts';

const MS = MILLISECOND;

interface Arrival {
  number: number;
  at: Instant;
}

function link(text: string, options: Partial<LinkOptions> = {}): Link {
  return new Link({ spec: parseLink(text), seed: 1, ...options });
}

/** A segment of `size` octets on the wire: 40 of headers, the rest text. Its number is its sequence number. */
function segment(number: number, size = 1_040): Segment {
  const seg = new Segment();
  seg.seq = seq(number);
  seg.flags = ACK;
  seg.text = new Uint8Array(size - 40).fill(number & 0xff);
  seg.textLength = size - 40;
  seg.purpose = 'text';
  return seg;
}

/** Takes out all that arrives until `until`, when it arrives. */
function arrivals(path: Link, until: Instant = NEVER): Arrival[] {
  const out = new Segment();
  const list: Arrival[] = [];
  for (let now = path.nextDeadline(); now <= until && now !== NEVER; now = path.nextDeadline()) {
    while (path.poll(out, now)) list.push({ number: out.seq, at: now });
  }
  return list;
}

/** Sends `count` segments, one every `every`, and takes out all that arrives. */
function stream(path: Link, count: number, every: number, size = 1_040): Arrival[] {
  const list: Arrival[] = [];
  for (let i = 0; i < count; i++) {
    list.push(...arrivals(path, i * every));
    path.send(segment(i, size), i * every);
  }
  return [...list, ...arrivals(path)];
}

test('a link made of nothing delivers at once, text and all', (t) => {
  const path = link('');
  path.send(segment(7), 5);
  const out = new Segment();
  t.true(path.poll(out, 5));
  t.is(out.seq, seq(7));
  t.deepEqual(out.text.subarray(out.textStart, out.textStart + out.textLength), new Uint8Array(1_000).fill(7));
  t.false(path.poll(out, 5));
  t.is(path.nextDeadline(), NEVER);
});

test('only lasting text is shared, and only by a link that is allowed to', (t) => {
  const shares = (path: Link, textLasts: TextLasts): boolean => {
    const seg = segment(1);
    seg.textLasts = textLasts;
    path.send(seg, 0);
    const arrived = path.take(0)!;
    // A copy goes with the link's own segment.
    t.is(arrived.textLasts, arrived.text === seg.text ? 'for-good' : 'briefly');
    return arrived.text === seg.text;
  };
  t.true(shares(link('', { sharesText: true }), 'until-acknowledged'));
  t.false(shares(link('', { sharesText: true }), 'briefly'));
  t.false(shares(link(''), 'until-acknowledged'));
});

test('what was sent stays as it was, though the caller fills its segment again', (t) => {
  const path = link('delay=1ms');
  const seg = segment(7);
  path.send(seg, 0);
  seg.text.fill(0);
  seg.seq = seq(8);
  const out = new Segment();
  t.true(path.poll(out, MS));
  t.is(out.seq, seq(7));
  t.is(out.text[out.textStart], 7);
});

test('the delay is exact', (t) => {
  t.deepEqual(stream(link('delay=20ms'), 2, 5 * MS), [
    { number: 0, at: 20 * MS },
    { number: 1, at: 25 * MS },
  ]);
});

test('a rate serializes: each segment leaves when the one before it is out', (t) => {
  // 1,040 octets at 8.32 Mbit/s take 1 ms.
  t.deepEqual(stream(link('delay=20ms rate=8.32Mbit/s'), 3, 0), [
    { number: 0, at: 21 * MS },
    { number: 1, at: 22 * MS },
    { number: 2, at: 23 * MS },
  ]);
});

test('an idle link begins at once', (t) => {
  t.deepEqual(stream(link('rate=8.32Mbit/s'), 2, 10 * MS), [
    { number: 0, at: MS },
    { number: 1, at: 11 * MS },
  ]);
});

test('drop-tail by segments counts the one being sent', (t) => {
  const dropped: number[] = [];
  const path = link('rate=8.32Mbit/s queue=3seg', { dropped: (seg, why) => dropped.push(seg.seq, why.length) });
  t.deepEqual(
    stream(path, 5, 0).map(({ number }) => number),
    [0, 1, 2],
  );
  t.deepEqual(dropped, [3, 'queue-full'.length, 4, 'queue-full'.length]);
  t.is(path.tally.dropped['queue-full'], 2);
});

test('drop-tail by octets', (t) => {
  const path = link('rate=8.32Mbit/s queue=2500B');
  t.is(stream(path, 5, 0).length, 2);
  t.is(path.tally.peakQueue, 2_080);
});

test('the peak of the queue is told', (t) => {
  const path = link('rate=8.32Mbit/s');
  stream(path, 5, 0);
  t.is(path.tally.peakQueue, 5 * 1_040);
  t.is(path.inFlight, 0);
});

test('loss by chance comes out at its probability', (t) => {
  const path = link('loss=10%');
  const arrived = stream(path, 20_000, 1_000).length;
  t.true(Math.abs(arrived / 20_000 - 0.9) < 0.01, `${arrived} of 20,000 arrived`);
  t.is(arrived + path.tally.dropped.loss, 20_000);
});

test('loss in bursts comes out at its stationary probability, in runs of its mean length', (t) => {
  // Bad for 1/0.25 = 4 segments on average, a fraction 0.01 / (0.01 + 0.25) of the time.
  const lost: number[] = [];
  const path = link('loss=bursts:1%,25%', { dropped: (seg) => lost.push(seg.seq) });
  stream(path, 100_000, 1_000, 41);
  const runs = lost.filter((number, i) => number !== lost[i - 1]! + 1).length;
  t.true(Math.abs(lost.length / 100_000 - 0.01 / 0.26) < 0.005, `${lost.length} lost`);
  t.true(Math.abs(lost.length / runs - 4) < 0.4, `runs of ${lost.length / runs}`);
});

test('what is lost on the wire has used its share of the rate', (t) => {
  const path = link('rate=8.32Mbit/s', { rules: [parseRule('drop data nth 1')] });
  t.deepEqual(stream(path, 2, 0), [{ number: 1, at: 2 * MS }]);
});

test('jitter keeps the order unless it may break it', (t) => {
  const inOrder = stream(link('delay=20ms jitter=10ms'), 1_000, MS);
  t.true(inOrder.every(({ number }, i) => number === i));
  t.true(inOrder.every(({ number, at }) => at >= number * MS + 10 * MS));

  const path = link('delay=20ms jitter=10ms:uniform:reorder');
  const mixed = stream(path, 1_000, MS);
  t.is(mixed.length, 1_000);
  t.false(mixed.every(({ number }, i) => number === i));
  t.true(mixed.every(({ number, at }) => at >= number * MS + 10 * MS && at <= number * MS + 30 * MS));
  t.true(path.tally.overtook > 0);
});

for (const [shape, tolerance] of [
  ['normal', 0.3],
  ['pareto', 2],
] as const) {
  test(`${shape} jitter has the spread it was given`, (t) => {
    const delays = stream(link(`delay=100ms jitter=10ms:${shape}:reorder`), 20_000, 200 * MS, 41).map(
      ({ number, at }) => at / MS - number * 200 - 100,
    );
    const mean = delays.reduce((a, b) => a + b) / delays.length;
    const spread = Math.sqrt(delays.reduce((a, b) => a + (b - mean) ** 2, 0) / delays.length);
    if (shape === 'normal') {
      t.true(Math.abs(mean) < tolerance && Math.abs(spread - 10) < tolerance, `mean ${mean}, spread ${spread}`);
      return;
    }
    // The excess has mean 10 ms and never falls below 0.
    t.true(Math.min(...delays) >= 0 && Math.abs(mean - 10) < tolerance, `mean ${mean}`);
  });
}

test('a segment that is reordered arrives so much later, and the others are not held up by it', (t) => {
  const path = link('delay=10ms', { rules: [parseRule('delay data nth 1 by 5ms')] });
  t.deepEqual(stream(path, 3, 2 * MS), [
    { number: 1, at: 12 * MS },
    { number: 2, at: 14 * MS },
    { number: 0, at: 15 * MS },
  ]);
  t.is(stream(link('delay=10ms reorder=10%:5ms'), 1_000, MS).length, 1_000);
});

test('duplication delivers the same segment twice', (t) => {
  const path = link('delay=1ms', { rules: [parseRule('duplicate data nth 2')] });
  t.deepEqual(
    stream(path, 3, 10 * MS).map(({ number }) => number),
    [0, 1, 1, 2],
  );
  t.is(path.tally.duplicated, 1);
  const many = stream(link('duplicate=50%'), 10_000, 1_000).length;
  t.true(Math.abs(many - 15_000) < 300, `${many} arrived`);
});

test('corruption is loss that says its name', (t) => {
  const path = link('corrupt=100%');
  t.is(stream(path, 3, 0).length, 0);
  t.is(path.tally.dropped.corruption, 3);
});

test('during an outage nothing gets through', (t) => {
  const path = link('outage=2s..3s');
  t.deepEqual(
    stream(path, 5, SECOND).map(({ number }) => number),
    [0, 1, 3, 4],
  );
  t.is(path.tally.dropped.outage, 1);
});

test('changes come when they are due, and at the head of the queue', (t) => {
  // 1 ms each at first, 2 ms each from 1.5 ms on: the second has begun by then, the third has not.
  t.deepEqual(stream(link('rate=8.32Mbit/s; at 1.5ms rate=4.16Mbit/s delay=10ms'), 3, 0), [
    { number: 0, at: MS },
    { number: 1, at: 12 * MS },
    { number: 2, at: 14 * MS },
  ]);
});

test('a change from outside takes effect at once', (t) => {
  const path = link('delay=10ms');
  path.send(segment(0), 0);
  path.change({ delay: 30 * MS }, MS);
  path.send(segment(1), MS);
  t.deepEqual(arrivals(path), [
    { number: 0, at: 10 * MS },
    { number: 1, at: 31 * MS },
  ]);
  t.throws(() => path.change({ delay: -1 }, MS), { instanceOf: RangeError });
});

test('CoDel lets a burst pass and breaks a standing queue', (t) => {
  const burst = link('rate=8.32Mbit/s codel');
  t.is(stream(burst, 50, 0).length, 50); // 50 ms of queue, gone within an interval

  // Twice the rate for 3 s: CoDel drops, ever faster, where drop-tail would let 3,000 segments stand.
  const path = link('rate=8.32Mbit/s codel');
  stream(path, 6_000, MS / 2);
  t.true(path.tally.dropped.codel > 50, `${path.tally.dropped.codel} dropped`);
  const dropTail = link('rate=8.32Mbit/s');
  stream(dropTail, 6_000, MS / 2);
  t.is(dropTail.tally.delivered, 6_000);
  t.true(path.tally.peakQueue < dropTail.tally.peakQueue);
});

test('the same seed gives each segment the same fate; another seed another', (t) => {
  const run = (seed: number): Arrival[] =>
    stream(link('delay=20ms jitter=5ms:normal rate=10Mbit/s loss=5% duplicate=1%', { seed }), 500, MS);
  t.deepEqual(run(7), run(7));
  t.notDeepEqual(run(7), run(8));
});

test('one more rule does not shift what the others get', (t) => {
  const lost = (rules: string[]): number[] => {
    const list: number[] = [];
    const dropped: LinkOptions['dropped'] = (seg, why) => {
      if (why === 'loss') list.push(seg.seq);
    };
    stream(link('loss=5%', { rules: rules.map(parseRule), dropped }), 500, MS);
    return list;
  };
  const without = lost([]);
  t.deepEqual(
    lost(['drop data nth 1,2,3']),
    without.filter((number) => number > 2),
  );
});

test('rules count the segments of their class while they are in force', (t) => {
  const path = link('', { rules: [parseRule('drop fin nth 2'), parseRule('drop data between 10ms and 12ms')] });
  const out = new Segment();
  const passes = (seg: Segment, now: Instant): boolean => {
    path.send(seg, now);
    return path.poll(out, now);
  };
  const fin = segment(1, 40);
  fin.flags |= FIN;
  t.deepEqual([passes(fin, 0), passes(segment(2), 1), passes(fin, 2), passes(fin, 3)], [true, true, false, true]);
  t.deepEqual([passes(segment(3), 10 * MS), passes(segment(4), 12 * MS)], [false, true]);
});

test('segments that overtake each other still come out in order of arrival', (t) => {
  const list = stream(link('delay=50ms jitter=50ms:uniform:reorder'), 2_000, 100_000);
  t.true(list.every(({ at }, i) => i === 0 || at >= list[i - 1]!.at));
  t.is(new Set(list.map(({ number }) => number)).size, 2_000);
  t.true(list.some(({ number }, i) => i > 0 && seqDiff(seq(number), seq(list[i - 1]!.number)) < 0));
});
