// Loss recovery and congestion control, against published numbers: RFC 2416's timeline, slow start, the square-root law.
import test from 'ava';
import { type LinkSpec, parseLink, parseRule } from '../../src/link/index.ts';
import {
  type Connection,
  type ConnectionOptions,
  type Instant,
  MILLISECOND,
  NEVER,
  Onlooker,
  SECOND,
  type Segment,
  seqDiff,
  type Tcb,
} from '../../src/tcp/index.ts';
import { BulkWriter, EagerReader, Network, type Session, Silent, TwoWay } from '../../sim/index.ts';

const MS = MILLISECOND;
const MSS = 1_460;

/** Something passes at a sender, counted from when its first text left. */
interface Passing {
  at: number;
  what: 'sends' | 'again' | 'ack';
  /** Octets before it. */
  octets: number;
}

/** An onlooker that writes down what passes. */
class Log extends Onlooker {
  readonly passings: Passing[] = [];
  #began: Instant = NEVER;

  override segmentLeaves(tcb: Tcb, seg: Segment, now: Instant): void {
    if (seg.textLength === 0) return;
    if (this.#began === NEVER) this.#began = now;
    const what = seg.purpose === 'retransmission' ? 'again' : 'sends';
    this.passings.push({ at: now - this.#began, what, octets: seqDiff(seg.seq, tcb.snd.iss) - 1 });
  }

  override segmentArrives(tcb: Tcb, seg: Segment, now: Instant): void {
    if (this.#began === NEVER || seg.textLength > 0) return;
    this.passings.push({ at: now - this.#began, what: 'ack', octets: seqDiff(seg.ack, tcb.snd.iss) - 1 });
  }
}

interface Run {
  network: Network;
  sender: Session;
  reader: EagerReader;
  log: Log;
}

interface RunOptions {
  link: string;
  back?: string;
  rules?: string[];
  octets?: number;
  seed?: number;
  send?: Partial<ConnectionOptions>;
  receive?: Partial<ConnectionOptions>;
  isLogged?: boolean;
}

function run(o: RunOptions): Run {
  const network = new Network(o.seed ?? 1);
  const [a, b] = [network.host('a'), network.host('b')];
  const there: LinkSpec = parseLink(o.link);
  network.connect(
    a,
    b,
    { spec: there, rules: (o.rules ?? []).map(parseRule) },
    { spec: o.back === undefined ? there : parseLink(o.back) },
  );
  const reader = new EagerReader({ checks: false });
  const receive = { delayedAck: 0, receiveBuffer: 4_194_304, ...o.receive };
  b.listen(5_001, { connection: receive }, () => new TwoWay(new Silent(), reader));
  const log = new Log();
  const writer = new BulkWriter(o.octets ?? 1e12);
  const made = (connection: Connection): TwoWay => {
    if (o.isLogged === true) connection.observe(log);
    return new TwoWay(writer, new EagerReader());
  };
  const sender = a.connect(b, 5_001, { delayedAck: 0, congestion: 'reno', ...o.send }, made);
  return { network, sender, reader, log };
}

// RFC 6928's window, and an acknowledgment for each segment: 14600 · (2^n - 1) octets after n round trips.
test('slow start doubles in each round trip, until the window offered is the lesser one', (t) => {
  const after = (receiveBuffer: number, octets: number): number[] => {
    const { network, reader } = run({ link: 'delay=50ms', octets, receive: { receiveBuffer } });
    return [1, 2, 3, 4, 5].map((round) => {
      network.run(100 * MS + round * 100 * MS); // a round trip for the handshake
      return reader.read;
    });
  };
  t.deepEqual(after(4_194_304, 219_000), [14_600, 43_800, 102_200, 219_000, 219_000]);
  // 32768 octets hold 22 segments: rounds of 10, 20, 22 and what is left.
  t.deepEqual(after(32_768, 100_000), [14_600, 43_800, 75_920, 100_000, 100_000]);
});

// RFC 2416 §2: 3 packets fit before the 9600 bit/s line, the one in service included. Times are to a millisecond. (The RFC
// says packets of 1024 octets, but its times are those of 1000; its "6.111" is a slip for 6.611.)
for (const [initialWindow, acks, duplicates, again] of [
  [1, [1.222, 2.444, 3.278, 4.111, 4.944, 5.778], [6.611, 7.444, 8.278], 7],
  [4, [1.222, 2.055, 2.889], [3.722, 4.555, 5.389], 4],
] as const) {
  test(`RFC 2416: the timeline of an initial window of ${initialWindow}`, (t) => {
    const network = new Network(1);
    const [source, sink] = [network.host('source'), network.host('sink')];
    const [near, far] = [network.router('near'), network.router('far')];
    const lay = (
      from: Parameters<Network['connect']>[0],
      to: Parameters<Network['connect']>[1],
      link: string,
    ): void => {
      network.connect(from, to, { spec: parseLink(link) }, { spec: parseLink(link) });
    };
    lay(source, near, 'rate=100Mbit/s delay=0ms');
    lay(near, far, 'rate=1500kbit/s delay=25ms');
    lay(far, sink, 'rate=9600bit/s delay=150ms queue=3seg');
    const log = new Log();
    const patient = { rtoInitial: 60 * SECOND, rtoMin: 60 * SECOND };
    sink.listen(
      5_001,
      { connection: { delayedAck: 0, ...patient } },
      () => new TwoWay(new Silent(), new EagerReader()),
    );
    const options = { ...patient, congestion: 'reno', mss: 960, initialWindow, sack: false, delayedAck: 0 } as const;
    source.connect(sink, 5_001, options, (connection) => {
      connection.observe(log);
      return new TwoWay(new BulkWriter(100_000), new EagerReader());
    });
    network.run(11 * SECOND);
    const { passings } = log;
    const arrived = passings.filter(({ what }) => what === 'ack').map(({ at, octets }) => [at / SECOND, octets / 960]);
    const expected = [...acks.map((at, index) => [at, index + 1]), ...duplicates.map((at) => [at, acks.length])];
    for (const [index, [at, packet]] of expected.entries()) {
      t.is(arrived[index]![1], packet);
      t.true(Math.abs(arrived[index]![0]! - at!) <= 0.001, `ack ${packet}: ${arrived[index]![0]} s, not ${at} s`);
    }
    const first = passings.find(({ what }) => what === 'again')!;
    t.is(first.octets / 960 + 1, again);
    t.true(Math.abs(first.at / SECOND - duplicates[2]) <= 0.001);
  });
}

// Mathis et al. 1997: MSS / RTT · sqrt(3/2) / sqrt(p), for one acknowledgment a segment.
for (const [p, sack, seconds] of [
  [1e-3, true, 800],
  [1e-3, false, 800],
  [1e-2, true, 1_500],
  [1e-2, false, 1_500],
] as const) {
  test(`the square-root law: a loss of ${p}, ${sack ? 'with' : 'without'} SACK`, (t) => {
    const { network, reader } = run({ link: `delay=50ms loss=${p * 100}%`, back: 'delay=50ms', send: { sack } });
    network.run(20 * SECOND);
    const before = reader.read;
    network.run((20 + seconds) * SECOND);
    const measured = (reader.read - before) / seconds;
    const expected = (MSS / 0.1) * Math.sqrt(3 / 2 / p);
    const off = measured / expected - 1;
    t.log(`${Math.round(measured)} octets a second, the law says ${Math.round(expected)}: ${(off * 100).toFixed(1)} %`);
    t.true(Math.abs(off) <= 0.15);
  });
}

// RFC 9438 §5.1, equation 5: (C (3 + β) / (4 (1 - β)))^(1/4) · RTT^(3/4) / p^(3/4) segments, for losses at even distances;
// these come at random, and about a hundred of them leave a tenth to chance.
test('CUBIC, where losses are rare, holds the window that RFC 9438 says', (t) => {
  const link = { link: 'delay=50ms loss=0.01%', back: 'delay=50ms', receive: { receiveBuffer: 16_000_000 } };
  const window = (congestion: 'cubic' | 'reno'): number => {
    const { network, reader } = run({ ...link, send: { congestion } });
    network.run(20 * SECOND);
    const before = reader.read;
    network.run(520 * SECOND);
    return ((reader.read - before) / MSS / 500) * 0.1;
  };
  const expected = ((0.4 * 3.7) / 1.2) ** 0.25 * 0.1 ** 0.75 * 1e-4 ** -0.75;
  const [cubic, reno] = [window('cubic'), window('reno')];
  t.log(`${cubic.toFixed(1)} segments, by the formula ${expected.toFixed(1)}; Reno ${reno.toFixed(1)}`);
  t.true(Math.abs(cubic / expected - 1) <= 0.25);
  t.true(cubic > 1.3 * reno);
});

// One segment is held until `displacement` others have overtaken it: as many duplicate acknowledgments, and three are a loss.
// SACK sends one segment for nothing. NewReno cannot know better: to it each acknowledgment of what is still in flight is a
// partial one that names the next loss, so all the window goes again (RFC 6582 §3.2, step 3, takes every loss for real).
for (const displacement of [1, 2, 3, 5]) {
  for (const sack of [true, false]) {
    const window = 44; // segments of 1460 octets in 65536
    const again = displacement < 3 ? 0 : sack ? 1 : window - displacement;
    test(`a segment overtaken by ${displacement}, ${sack ? 'with' : 'without'} SACK: ${again} sent again`, (t) => {
      // 1500 octets at 12 Mbit/s: a segment leaves each millisecond.
      const { network, sender, reader } = run({
        link: 'delay=20ms rate=12Mbit/s',
        rules: [`delay data nth 20 by ${displacement}500us`],
        octets: 100_000,
        send: { sack, congestion: 'none' },
        receive: { receiveBuffer: 65_536 },
      });
      network.run(10 * SECOND);
      const { tally } = sender.connection.tcb;
      t.is(reader.read, 100_000);
      t.is(tally.retransmissions, again);
      t.is(tally.dsacksReceived, sack ? again : 0);
    });
  }
}
