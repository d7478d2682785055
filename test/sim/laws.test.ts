// The laws of flow control, from the formulas in the books to the simulator: what theory predicts, the core does.
// Conventions: MSS 1460, no timestamps, no congestion window, no loss; R is the round-trip time.
import test from 'ava';
import { parsePlan } from '../../src/app/index.ts';
import { type LinkSpec, parseLink, parseRule } from '../../src/link/index.ts';
import { type ConnectionOptions, type Duration, type Instant, MILLISECOND, SECOND } from '../../src/tcp/index.ts';
import {
  BulkWriter,
  Client,
  EagerReader,
  Network,
  PlannedReader,
  type Reader,
  Server,
  type Session,
  Silent,
  TimedWriter,
  TwoWay,
  type Writer,
} from '../../sim/index.ts';

const MS = MILLISECOND;
const MSS = 1_460;

interface Pair {
  network: Network;
  sender: Session;
  reader: Reader;
}

interface PairOptions {
  link: string;
  back?: string;
  rules?: string[];
  rulesBack?: string[];
  send?: Partial<ConnectionOptions>;
  receive?: Partial<ConnectionOptions>;
  writer: Writer;
  reader?: Reader;
}

/** Two hosts and a link; the writer's connection is opened at once. */
function pair(o: PairOptions): Pair {
  const network = new Network(1);
  const a = network.host('a');
  const b = network.host('b');
  const there: LinkSpec = parseLink(o.link);
  const back: LinkSpec = parseLink(o.back ?? o.link);
  network.connect(
    a,
    b,
    { spec: there, rules: (o.rules ?? []).map(parseRule) },
    { spec: back, rules: (o.rulesBack ?? []).map(parseRule) },
  );
  const reader = o.reader ?? new EagerReader();
  b.listen(5_001, { connection: { delayedAck: 0, ...o.receive } }, () => new TwoWay(new Silent(), reader));
  const sender = a.connect(b, 5_001, { delayedAck: 0, ...o.send }, () => new TwoWay(o.writer, new EagerReader()));
  return { network, sender, reader };
}

/** Octets a second that were read between two instants. */
function goodput({ network, reader }: Pair, from: Instant, until: Instant): number {
  network.run(from);
  const before = reader.read;
  network.run(until);
  return ((reader.read - before) * SECOND) / (until - from);
}

function near(t: { true(ok: boolean, message: string): void }, measured: number, expected: number, part: number): void {
  const off = Math.abs(measured - expected) / expected;
  t.true(off <= part, `measured ${measured}, expected ${expected}: ${(off * 100).toFixed(2)} % off`);
}

for (const [window, rtt, expected] of [
  [8_760, 100, 87_600],
  [8_760, 50, 175_200],
  [8_760, 10, 876_000],
  // In whole segments: 44 · 1460 of 65536 octets.
  [65_536, 100, 642_400],
] as const) {
  test(`the window law: ${window} octets each ${rtt} ms are ${expected} octets a second`, (t) => {
    const run = pair({
      link: `delay=${rtt / 2}ms`,
      receive: { receiveBuffer: window, windowScale: 0, ...(window > 65_535 && { windowScale: 1 }) },
      writer: new BulkWriter(1e9),
    });
    near(t, goodput(run, SECOND, 11 * SECOND), expected, 0.001);
  });
}

test('above the bandwidth-delay product the link limits, below it the window', (t) => {
  // 10 Mbit/s and 60 ms: a BDP of 75,000 octets on the wire, 73,000 of text in 50 segments of 1,500.
  const rate = (window: number): number =>
    goodput(
      pair({
        link: 'delay=30ms rate=10Mbit/s',
        back: 'delay=30ms',
        receive: { receiveBuffer: window },
        writer: new BulkWriter(1e9),
      }),
      2 * SECOND,
      12 * SECOND,
    );
  const wire = (10_000_000 / 8) * (MSS / (MSS + 40));
  near(t, rate(200 * MSS), wire, 0.002);
  near(t, rate(60 * MSS), wire, 0.002);
  // R is the propagation and one serialization.
  near(t, rate(20 * MSS), (20 * MSS) / 0.0612, 0.01);
});

test('a standing queue: what the window holds beyond the pipe waits in it', (t) => {
  const run = pair({
    link: 'delay=25ms rate=1Mbit/s',
    back: 'delay=25ms',
    receive: { receiveBuffer: 44 * MSS },
    writer: new BulkWriter(1e9),
  });
  run.network.run(10 * SECOND);
  // 44 segments of 1,500 octets at 1 Mbit/s take 528 ms: the round trip is the window over the rate.
  t.is(run.sender.connection.tcb.rtt.latest, 528 * MS);
});

test('a reader of 100 KB/s makes a sender of 100 KB/s', (t) => {
  const run = pair({
    link: 'delay=5ms',
    receive: { receiveBuffer: 65_536 },
    writer: new BulkWriter(1e9),
    reader: new PlannedReader(parsePlan('100KB/s'), { chunk: 1_000 }),
  });
  near(t, goodput(run, SECOND, 21 * SECOND), 100_000, 0.001);
  // All but the handshake is the window's doing: full, or what is left of it too little to be worth a segment.
  const held = run.sender.connection.durations(21 * SECOND);
  t.is(held['zero-window'] + held['window-full'] + held['silly-window'], 21 * SECOND - held.handshake);
});

test('the send buffer limits too, and no window says so', (t) => {
  const run = pair({
    link: 'delay=10ms',
    send: { sendBuffer: 16_384, nagle: 'off' },
    receive: { receiveBuffer: 1_048_576 },
    writer: new BulkWriter(1e9),
  });
  near(t, goodput(run, SECOND, 11 * SECOND), 16_384 / 0.02, 0.02);
  t.is(run.sender.connection.tcb.tally.sendWindowZero.count, 0);
  t.true(run.sender.connection.durations(11 * SECOND)['send-buffer'] > 9 * SECOND);
});

test('a window of one segment waits for the delayed ACK in every round', (t) => {
  for (const [delayedAck, expected] of [
    [40, 16_222],
    [200, 5_840],
    [0, 29_200],
  ] as const) {
    // One segment offered from a larger buffer: the reader keeps all but one segment of it full.
    const run = pair({
      link: 'delay=25ms',
      send: { sendBuffer: MSS, nagle: 'off' },
      receive: { receiveBuffer: 65_536, delayedAck: delayedAck * MS },
      writer: new BulkWriter(1e9, { chunk: MSS }),
    });
    near(t, goodput(run, SECOND, 21 * SECOND), expected, 0.01);
  }
});

test('probes at RTO · (2^(k+1) - 1), and a stall of one interval when the window update is lost', (t) => {
  const writer = new BulkWriter(100_000);
  const run = pair({
    link: 'delay=25ms',
    rulesBack: ['drop window-update nth 1'],
    receive: { receiveBuffer: 10 * MSS },
    writer,
    reader: new PlannedReader(parsePlan('5s stop, full')),
  });
  run.network.run(4.9 * SECOND);
  const { tally } = run.sender.connection.tcb;
  t.is(tally.probesSent, 2); // 1 s and 3 s after the window closed
  run.network.run(60 * SECOND);
  // The update of 5 s was lost: the probe that follows, 7 s after the window closed, finds the window open.
  t.is(tally.probesSent, 3);
  t.is(run.reader.read, 100_000);
  const stalled = run.sender.connection.durations(60 * SECOND)['zero-window'];
  near(t, stalled / SECOND, 7.05, 0.01);
});

test('Nagle and the delayed ACK: two writes and a read take two round trips and the delay', (t) => {
  const latency = (nagle: 'nagle' | 'off' | 'minshall', delayedAck: Duration): number => {
    const network = new Network(1);
    const a = network.host('a');
    const b = network.host('b');
    const wire = { spec: parseLink('delay=50ms') };
    network.connect(a, b, wire, wire);
    b.listen(5_001, { connection: { delayedAck } }, () => new Server(200, 100));
    const client = new Client({ count: 5, request: [100, 100], response: 100, think: SECOND });
    a.connect(b, 5_001, { nagle, delayedAck }, () => client);
    network.run(30 * SECOND);
    t.is(client.latencies.length, 5);
    return client.latencies.at(-1)! / MS;
  };
  t.is(latency('nagle', 40 * MS), 240);
  t.is(latency('nagle', 200 * MS), 400);
  t.is(latency('off', 200 * MS), 100);
});

for (const [every, rtt, segments] of [
  [200, 50, 26], // each keystroke is acknowledged before the next
  [20, 100, 11], // 1, then five or so a round trip
] as const) {
  test(`keystrokes every ${every} ms at a round trip of ${rtt} ms under Nagle`, (t) => {
    const count = every === 200 ? 26 : 50;
    const run = pair({ link: `delay=${rtt / 2}ms`, writer: TimedWriter.keystrokes(count, every * MS, 1, false) });
    run.network.run(20 * SECOND);
    t.is(run.reader.read, count);
    // Less the SYN: the first keystroke acknowledges the SYN-ACK.
    t.is(run.sender.connection.tcb.tally.segmentsSent - 1, segments);
  });
}

test('RFC 896: at a round trip of 5 s one character leaves, then one segment with the rest', (t) => {
  const run = pair({
    link: 'delay=2500ms',
    send: { rtoInitial: 20 * SECOND },
    receive: { rtoInitial: 20 * SECOND },
    writer: TimedWriter.keystrokes(25, 200 * MS, 1, false),
  });
  run.network.run(30 * SECOND);
  t.is(run.reader.read, 25);
  t.is(run.sender.connection.tcb.tally.segmentsSent - 1, 2);
});

test('the sequence numbers wrap, and nothing else changes', (t) => {
  const run = (iss: number): unknown[] => {
    const { network, sender, reader } = pair({
      link: 'delay=5ms loss=1%',
      send: { iss: iss as never },
      receive: { receiveBuffer: 20 * MSS },
      writer: new BulkWriter(500_000),
    });
    network.run(600 * SECOND);
    return [reader.read, reader.lastAt, sender.connection.tcb.tally.segmentsSent, network.events];
  };
  t.deepEqual(run(2 ** 32 - 1_000), run(1_000_000));
});

test('the same seed gives the same run, to the nanosecond', (t) => {
  const run = (): unknown[] => {
    const { network, sender, reader } = pair({
      link: 'delay=20ms jitter=5ms:normal:reorder rate=5Mbit/s queue=20seg loss=2% duplicate=1%',
      receive: { receiveBuffer: 40 * MSS },
      writer: new BulkWriter(1_000_000),
      reader: new PlannedReader(parsePlan('1s full, 2s stop, full')),
    });
    network.run(600 * SECOND);
    t.is(reader.read, 1_000_000);
    return [network.events, reader.lastAt, sender.connection.snapshot(), sender.connection.durations(network.now)];
  };
  t.deepEqual(run(), run());
});
