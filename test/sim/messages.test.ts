// Message streams in virtual time: what the two ends account for, across the wire and at every instant, whatever the strategy, the
// path and the peer.
import test, { type ExecutionContext } from 'ava';
import {
  encode,
  encodeReport,
  HEAD,
  MessageConsumer,
  parseConsumers,
  parseProduction,
  parseStrategy,
  PREFACE,
  QuantityError,
  formatProduction,
} from '../../src/app/index.ts';
import { parseLink } from '../../src/link/index.ts';
import {
  type Connection,
  type ConnectionOptions,
  type Instant,
  MILLISECOND,
  NEVER,
  SECOND,
} from '../../src/tcp/index.ts';
import { type Application, Consuming, type Host, Network, Producing } from '../../sim/index.ts';

const MS = MILLISECOND;

interface Options {
  link?: string;
  produce?: string;
  strategy?: string;
  size?: number;
  seconds?: number;
  count?: number;
  work?: number;
  consumers?: string;
  prefetch?: number;
  sender?: Partial<ConnectionOptions>;
  receiver?: Partial<ConnectionOptions>;
  seed?: number;
}

interface Run {
  network: Network;
  producing: Producing;
  consuming: Consuming;
  /** Goes on until all is over, or until then. */
  until: (this: void, at: Instant) => void;
}

function hosts(link: string, seed = 1): { network: Network; a: Host; b: Host } {
  const network = new Network(seed);
  const a = network.host('a');
  const b = network.host('b');
  network.connect(a, b, { spec: parseLink(link) }, { spec: parseLink(link) });
  return { network, a, b };
}

function begin(options: Options): Run {
  const { network, a, b } = hosts(options.link ?? 'delay=1ms rate=100Mbit/s', options.seed);
  const { count = Infinity, seconds = Infinity, work = 1 * MS, size = 1_024, prefetch = 256 } = options;
  const strategy = parseStrategy(options.strategy ?? 'block');
  const plan = parseProduction(options.produce ?? '2000/s');
  const producing = new Producing({ plan, size, strategy, count, lasts: seconds * SECOND }, 0);
  const consuming = new Consuming({ work, consumers: parseConsumers(options.consumers ?? '1'), prefetch }, 0);
  b.listen(1, { connection: options.receiver ?? {} }, () => {
    consuming.pair(producing);
    return consuming;
  });
  a.connect(b, 1, options.sender ?? { sendBuffer: 16_384 }, () => producing);
  const until = (at: Instant): void => {
    network.run(at);
  };
  return { network, producing, consuming, until };
}

/** Runs it to its end: `check` of both ends has been called at every instant at which one of them did something. */
function whole(t: ExecutionContext, options: Options): Run {
  const run = begin(options);
  run.until(600 * SECOND);
  const { producer } = run.producing;
  const { consumer } = run.consuming;
  t.is(producer.fault, undefined);
  t.is(consumer.fault, undefined);
  t.true(producer.isConserved, JSON.stringify(producer.account(run.network.now)));
  t.true(consumer.isDone);
  t.is(consumer.delivered, producer.strategy.ledger.delivered);
  return run;
}

const STRATEGIES = [
  'block',
  'buffer',
  'buffer:50',
  'drop-newest:20',
  'drop-newest:20,victim=waiting',
  'drop-oldest:20',
  'drop-oldest:10KiB',
  'sample:20ms',
  'sample:0',
  'throttle:aimd',
  'throttle:pid,every=200ms',
  'shed:20',
  'shed:codel',
  'shed:sojourn',
  'demand',
];

for (const strategy of STRATEGIES) {
  test(`${strategy}: nothing is lost between the lines, at any instant, on a path that loses and reorders`, (t) => {
    whole(t, { strategy, seconds: 2, link: 'delay=5ms rate=20Mbit/s loss=1% reorder=2%', seed: 7 });
    whole(t, {
      strategy,
      count: 300,
      size: 5_000,
      work: 0,
      sender: { sendBuffer: 3_000 },
      receiver: { receiveBuffer: 2_000 },
    });
  });
}

test('a consumer that makes up for the lateness of nobody works exactly as fast as it should', (t) => {
  const { consuming } = whole(t, { produce: '5000/s', strategy: 'drop-oldest:10', seconds: 4, work: 2 * MS });
  const { consumer } = consuming;
  const rate = consumer.delivered / ((consumer.lastAt! - consumer.firstAt!) / SECOND);
  t.true(Math.abs(rate - 500) < 2, `${rate} a second`);
});

test('the clock of the other end is found, and the error is half of the round trip', (t) => {
  const { consuming } = whole(t, { link: 'delay=10ms', count: 10, work: 0, sender: { nagle: 'off' } });
  t.is(consuming.consumer.clock.offset, 0);
  t.is(consuming.consumer.clock.error, 10 * MS);
  // A message takes 10 ms, and is processed at once.
  t.is(consuming.consumer.latencies.max, 10 * MS);
});

test('consumers follow the lag: up at once, down after a while', (t) => {
  const { consuming } = whole(t, {
    produce: '4s 300/s, 6s 2000/s, 300/s',
    seconds: 40,
    strategy: 'buffer',
    work: 2 * MS,
    consumers: 'auto:1..8,down=5s',
  });
  const counts = consuming.consumer.changes.map(({ consumers }) => consumers);
  t.is(counts[0], 1);
  t.is(Math.max(...counts), 8);
  t.is(counts.at(-1), 1);
});

test('with demand no more is under way than was asked for, however large the buffers are', (t) => {
  const { producing, consuming } = whole(t, {
    strategy: 'demand',
    prefetch: 40,
    seconds: 3,
    sender: { sendBuffer: 1_000_000, nagle: 'off' },
    receiver: { receiveBuffer: 1_000_000 },
  });
  t.true(consuming.consumer.latencies.max < 45 * MS, `${consuming.consumer.latencies.max}`);
  t.true(producing.producer.account(0).stalls > 10, `${producing.producer.account(0).stalls}`);
  t.true(consuming.consumer.delivered > 2_500, `${consuming.consumer.delivered}`);
});

test('a drop-oldest queue keeps latency where it is, an unbounded one lets it grow', (t) => {
  const worst = (strategy: string): number[] =>
    [2, 8].map((seconds) => whole(t, { strategy, seconds }).consuming.consumer.latencies.quantile(0.9) / MS);
  const [short = 0, long = 0] = worst('drop-oldest:64');
  t.true(long < short * 1.2 && long < 150, `${short} ms and ${long} ms`);
  const [early = 0, late = 0] = worst('buffer');
  t.true(late > early * 3.5 && late > 5_000, `${early} ms and ${late} ms`);
});

test('a producer faster than memory ends at the guard, and its account says what waited', (t) => {
  const { producing, until } = begin({ strategy: 'buffer:guard=100KiB', produce: '20000/s' });
  until(10 * SECOND);
  t.regex(
    producing.producer.fault!,
    /faster than its consumer for too long: 100 messages, 100 KiB, wait, and that is the/,
  );
  const { offered, delivered, dropped, refused, queued, inFlight } = producing.producer.account(10 * SECOND);
  t.is(queued, 100);
  t.is(refused, 1);
  t.is(offered, delivered + dropped + refused + queued + inFlight);
});

test('stopped in the middle, what waits is still sent', (t) => {
  const run = begin({ strategy: 'drop-oldest:50' });
  run.until(1 * SECOND);
  run.producing.producer.stop();
  run.until(5 * SECOND);
  t.true(run.producing.producer.isConserved);
  t.is(run.producing.producer.account(0).queued, 0);
});

test('held by hand, neither end goes on, and both go on afterwards', (t) => {
  const run = begin({ strategy: 'block', count: 3_000 });
  run.until(1 * SECOND);
  run.producing.producer.isHeld = true;
  run.until(2 * SECOND);
  const { offered } = run.producing.producer.account(0);
  t.true(offered > 800 && offered < 1_200, `${offered}`);
  run.producing.producer.isHeld = false;
  run.until(10 * SECOND);
  t.is(run.producing.producer.account(0).offered, 3_000); // the consumer's question for the time has woken it
});

/** What one end does with a peer that writes these octets and goes on listening. */
function against(
  t: ExecutionContext,
  end: 'consumer' | 'producer',
  octets: readonly Uint8Array[],
  closes = false,
): string {
  const { network, a, b } = hosts('delay=1ms');
  const peer: Application = {
    serve(connection: Connection, now: Instant): Instant {
      if (connection.state !== 'ESTABLISHED' && connection.state !== 'CLOSE-WAIT') return NEVER;
      while (rest.length > 0) connection.write(rest.shift()!, now);
      if (closes) connection.close(now);
      return NEVER;
    },
  };
  const rest = [...octets];
  const consuming = new Consuming({ work: 0, consumers: 1 }, 0);
  const producing = new Producing(
    { plan: parseProduction('100/s'), size: 1_000, strategy: parseStrategy('block'), count: 10 },
    0,
  );
  b.listen(1, { connection: {} }, () => (end === 'consumer' ? consuming : peer));
  a.connect(b, 1, {}, () => (end === 'consumer' ? peer : producing));
  network.run(60 * SECOND);
  const fault = end === 'consumer' ? consuming.consumer.fault : producing.producer.fault;
  t.not(fault, undefined);
  return fault!;
}

test('a peer that speaks otherwise is told in a sentence, and the connection is reset', (t) => {
  const long = encode('message', [0, 0, 0]);
  long.set([0xff, 0xff, 0xff, 0xff]);
  const wrongKind = encode('message', [0, 0, 0]);
  wrongKind[4] = 99;
  const beyond = encode('message', [0, 0, 0]);
  beyond.fill(0x7f, HEAD, HEAD + 8);
  const text = new Uint8Array([71, 69, 84, 32, 47, 32, 72, 84, 84, 80]);
  for (const [octets, sentence] of [
    [[text], /^what comes is no message stream: it begins with 47 45 54 20 .*start the sender with --produce/],
    [[PREFACE, wrongKind], /a record of kind 99 is not expected here: expected are message, end, pong/],
    [[PREFACE, long], /a record of kind message says that it has 4294967295 octets: it has from 32 to 16777216/],
    [[PREFACE, beyond], /field 1 of a record of kind message is beyond 2\^53/],
    [[PREFACE, encode('request', [5])], /a record of kind 17 is not expected here/],
    [[PREFACE, encode('end', [5, 0, 0, 0, 5])], /the sender says it sent 5 messages, and 0 came/],
  ] as const) {
    t.regex(against(t, 'consumer', octets), sentence);
  }
  t.regex(against(t, 'consumer', [PREFACE, encode('message', [0, 0, 0], 100).subarray(0, 50)], true), /in the middle/);
  t.regex(against(t, 'consumer', [], true), /the sender sent no messages; start the sender with --produce/);

  const report = {
    arrived: 0,
    working: 0,
    consumers: 1,
    p50Ns: 0,
    p99Ns: 0,
    maxNs: 0,
    clockOffsetNs: 0,
    clockErrorNs: -1,
  };
  const lie = encodeReport({ ...report, delivered: 7, isFinal: false });
  for (const [octets, closes, sentence] of [
    [[text], false, /no message stream: it begins with 47 45 .*; start the receiver with --work/],
    [[], false, /takes octets, but no messages: start it with --work, as in: sash recv --work 2ms/],
    [[], true, /takes octets, but no messages/],
    [[PREFACE], true, /the receiver has ended without its last account/],
    [[PREFACE, encode('request', [256]), lie], false, /says it has processed 7 messages, which cannot be/],
    [[PREFACE, encode('pong', [1, 2, 3])], false, /a record of kind 3 is not expected here/],
  ] as const) {
    t.regex(against(t, 'producer', octets, closes), sentence);
  }
});

test('a peer that asks for the time without end and reads nothing costs no memory', (t) => {
  const { network, a, b } = hosts('delay=1ms');
  const pings = 200_000;
  let asked = 0;
  const peer: Application = {
    serve(connection: Connection, now: Instant): Instant {
      if (connection.state !== 'ESTABLISHED') return NEVER;
      if (asked === 0) connection.write(PREFACE, now);
      while (asked < pings) {
        const ping = encode('ping', [asked]);
        if (connection.sendRoom < ping.length) {
          connection.write(ping.subarray(0, 0), now);
          return now + MS;
        }
        connection.write(ping, now);
        asked++;
      }
      return NEVER;
    },
  };
  const producing = new Producing(
    { plan: parseProduction('100/s'), size: 1_000, strategy: parseStrategy('block'), count: 10 },
    0,
  );
  b.listen(1, { connection: { receiveBuffer: 1_000 } }, () => peer);
  a.connect(b, 1, { sendBuffer: 4_000 }, () => producing);
  network.run(4 * SECOND);
  // What the buffers on the way hold, 320 KiB of pings, and no more: nobody listens to one who does not read.
  t.true(asked < 25_000, `${asked} were taken`);
});

test('a consumer alone checks its own ledger', (t) => {
  const consumer = new MessageConsumer({ work: 0, consumers: 1 }, 0);
  t.notThrows(() => consumer.check());
  consumer.arrived++;
  t.throws(() => consumer.check(), { message: /conservation: 1 arrived, 0 delivered, 0 in work/ });
});

test('rates of messages, as they are written and read back', (t) => {
  for (const text of ['5000/s', '2.5k/s', '90/min', '2s 5000/s, 3s stop, 100/s']) {
    const plan = parseProduction(text);
    t.deepEqual(parseProduction(formatProduction(plan)), plan);
  }
  for (const [text, message] of [
    ['fast', /"fast" is not a rate of messages: write how many a second, as in 5000\/s$/],
    ['5MB/s', /as in 5000\/s, and their size with --message$/],
    ['0/s', /is no rate at all/],
    ['2M/s', /more than a process can make: 1M\/s at most/],
    ['0s 5/s, 5/s', /phase 1 of the plan is no time at all/],
    ['2s, 5/s', /phase 1 of the plan: write a time and a rate/],
  ] as const) {
    t.throws(() => parseProduction(text), { instanceOf: QuantityError, message });
  }
});
