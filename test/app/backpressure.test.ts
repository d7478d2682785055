// The strategies as they decide: against what real systems do with the same pushes and requests, and by their own words.
import fc from 'fast-check';
import test from 'ava';
import {
  aimd,
  Autoscaler,
  CoDelState,
  consumersFor,
  type Decision,
  formatConsumers,
  formatStrategy,
  Histogram,
  makeStrategy,
  parseConsumers,
  parseStrategy,
  PidRate,
  QuantityError,
  SPARK_PID,
  type Strategy,
  STRATEGY_NAMES,
  Throttle,
} from '../../src/app/index.ts';
import { MICROSECOND, MILLISECOND, NEVER, SECOND } from '../../src/tcp/index.ts';

function strategy(text: string): Strategy<number> {
  return makeStrategy<number>(parseStrategy(text), 0);
}

/** Offers these numbers, one octet each, a microsecond apart; what was decided of each. */
function push(to: Strategy<number>, from: number, upTo: number, at = 0): Decision[] {
  const decisions: Decision[] = [];
  for (let n = from; n <= upTo; n++) decisions.push(to.offer(n, 1, at, at));
  return decisions;
}

function drain(from: Strategy<number>, most = Infinity, now = 0): number[] {
  const taken: number[] = [];
  for (let n = from.take(now); n !== undefined; n = from.take(now)) {
    taken.push(n);
    if (taken.length === most) break;
  }
  return taken;
}

test('a buffer of four that ten are pushed into: what each system keeps', (t) => {
  const kept = (text: string): number[] => {
    const it = strategy(text);
    push(it, 1, 10);
    return drain(it);
  };
  // Reactor 3.8 onBackpressureBuffer(4, …), RxJava 3 onBackpressureBuffer(4, …), Akka 2.6 buffer(4, …).
  t.deepEqual(kept('drop-oldest:4'), [7, 8, 9, 10]); // DROP_OLDEST of both, dropHead
  t.deepEqual(kept('drop-newest:4'), [1, 2, 3, 4]); // Reactor's DROP_LATEST, dropNew
  t.deepEqual(kept('drop-newest:4,victim=waiting'), [1, 2, 3, 10]); // RxJava's DROP_LATEST, dropTail
  const failing = strategy('buffer:4,full=fail'); // Reactor's ERROR: 1 to 4, then an OverflowException
  t.deepEqual(push(failing, 1, 5), ['queued', 'queued', 'queued', 'queued', 'overrun']);
  t.deepEqual(drain(failing), [1, 2, 3, 4]);
});

test('the latest alone: push 1-5, take 2, push 6-10, take 1', (t) => {
  // Reactor's onBackpressureLatest under these requests: 5, 6, 10.
  const latest = strategy('sample:0');
  push(latest, 1, 5);
  const got = drain(latest, 2);
  push(latest, 6, 6);
  got.push(...drain(latest, 1)); // the second request was still open
  push(latest, 7, 10);
  got.push(...drain(latest, 1));
  t.deepEqual(got, [5, 6, 10]);
  t.is(latest.ledger.dropped, 7);
});

test('a sample is the latest of its interval, at the end of it', (t) => {
  const sample = strategy('sample:100ms');
  sample.offer(1, 1, 10 * MILLISECOND, 10 * MILLISECOND);
  sample.offer(2, 1, 60 * MILLISECOND, 60 * MILLISECOND);
  t.is(sample.takesAt(60 * MILLISECOND), 100 * MILLISECOND);
  t.is(sample.take(99 * MILLISECOND), undefined);
  t.is(sample.take(100 * MILLISECOND), 2);
  t.is(sample.takesAt(100 * MILLISECOND), NEVER);
  sample.offer(3, 1, 110 * MILLISECOND, 110 * MILLISECOND);
  t.is(sample.takesAt(110 * MILLISECOND), 200 * MILLISECOND);
  sample.end(); // what waits for the end of an interval that nothing more comes in may go
  t.is(sample.take(120 * MILLISECOND), 3);
  t.is(sample.ledger.dropAges.max, 50 * MILLISECOND);
});

test('request(n) adds up, and nothing is made before it', (t) => {
  // Reactive Streams TCK: expectNone; request(1); 1; expectNone; request(1) and request(2); 3; expectNone.
  const demand = strategy('demand');
  const made: number[] = [];
  const make = (): void => {
    while (demand.offersAt(0) === 0 && made.length < 5) {
      made.push(made.length + 1);
      demand.offer(made.length, 1, 0, 0);
    }
  };
  make();
  t.is(made.length, 0);
  demand.request(1);
  make();
  t.is(made.length, 1);
  demand.request(1);
  demand.request(2);
  make();
  t.is(made.length, 4);
  t.is(demand.offersAt(0), NEVER);
});

test('block lets the producer go on when nothing waits any more', (t) => {
  const block = strategy('block');
  t.is(block.offersAt(5), 5);
  block.offer(1, 1, 5, 5);
  t.is(block.offersAt(6), NEVER);
  block.take(7);
  t.is(block.offersAt(7), 7);
});

test('a bounded buffer makes the producer wait, an unbounded one ends at its guard', (t) => {
  const bounded = strategy('buffer:3');
  push(bounded, 1, 3);
  t.is(bounded.offersAt(0), NEVER);
  bounded.take(0);
  t.is(bounded.offersAt(0), 0);
  const guarded = strategy('buffer:guard=10B');
  t.deepEqual(push(guarded, 1, 11).slice(-2), ['queued', 'overrun']);
  t.deepEqual([guarded.ledger.queued, guarded.ledger.refused], [10, 1]);
  t.is(guarded.offersAt(0), 0);
});

test('a limit in octets', (t) => {
  const it = makeStrategy<number>(parseStrategy('drop-oldest:10B'), 0);
  for (const octets of [4, 4, 4]) it.offer(octets, octets, 0, 0);
  t.is(it.ledger.queuedOctets, 8);
  t.is(it.offer(100, 100, 0, 0), 'dropped'); // larger than all there is room for: it waits alone
  t.deepEqual([it.ledger.queued, it.ledger.queuedOctets, it.ledger.dropped], [1, 100, 3]);
});

test('shedding by length tells the producer no', (t) => {
  const told: [number, string][] = [];
  const shed = makeStrategy<number>(parseStrategy('shed:2'), 0, (n, as) => told.push([n, as]));
  t.deepEqual(push(shed, 1, 4), ['queued', 'queued', 'refused', 'refused']);
  t.deepEqual(told, [
    [3, 'refused'],
    [4, 'refused'],
  ]);
});

test("CoDel's control law: 100 ms after the queue stands, then by 100 / √n", (t) => {
  const codel = new CoDelState();
  const drops: number[] = [];
  for (let us = 0; us <= 430_000; us += 100) {
    if (codel.drops(true, 100 * MILLISECOND, us * MICROSECOND + 1)) drops.push(us / 1_000 - 100);
  }
  // RFC 8289 with target 5 ms and interval 100 ms, from the first drop on.
  const wanted = [0, 100, 170.7, 228.4, 278.4, 323.2];
  t.is(drops.length, wanted.length);
  for (const [i, at] of wanted.entries()) t.true(Math.abs(drops[i]! - at) <= 0.2, `${drops[i]} for ${at}`);
});

test('shedding by CoDel lets a burst pass and breaks a standing queue', (t) => {
  const burst = strategy('shed:codel');
  push(burst, 1, 50);
  for (let ms = 1; ms <= 50; ms++) t.not(burst.take(ms * MILLISECOND), undefined); // over in half an interval
  t.is(burst.ledger.refused, 0);

  // 1,250 a second for 1,000 taken: 250 too many each second. How long the queue is after 20 s, and how it was before.
  const standing = (text: string): number[] => {
    const shed = strategy(text);
    const peaks = [0, 0];
    for (let ms = 1; ms <= 20_000; ms++) {
      shed.offer(ms, 1, ms * MILLISECOND, ms * MILLISECOND);
      if (ms % 4 === 0) shed.offer(ms, 1, ms * MILLISECOND, ms * MILLISECOND);
      shed.take(ms * MILLISECOND);
      peaks[ms > 19_000 ? 1 : 0] = Math.max(peaks[ms > 19_000 ? 1 : 0]!, shed.ledger.queued);
    }
    t.is(shed.ledger.dropAges.count, shed.ledger.refused);
    return peaks;
  };
  const [before = 0, after = 0] = standing('shed:codel');
  t.true(before > 500 && after < before / 2, `CoDel's law takes a while: ${before}, then ${after}`);
  const [worst = 0] = standing('shed:sojourn');
  t.true(worst < 60, `all that is too old goes at once: ${worst}`);
});

test("Spark's estimator: a cap of 1,000 a second, 4,000 offered, batches of a second", (t) => {
  // org.apache.spark.streaming.scheduler.rate.PIDRateEstimator with 1, 0.2, 0 and at least 100, told before the next batch.
  const pid = new PidRate({ ...SPARK_PID, interval: SECOND });
  const rates: (number | undefined)[] = [];
  let rate: number | undefined;
  let behind = 0; // what the batches before this one still need
  for (let batch = 1; rates.length < 12; batch++) {
    const elements = Math.min(4_000, rate ?? 4_000);
    const processing = (elements / 1_000) * SECOND;
    const scheduling = behind;
    behind = Math.max(0, behind + processing - SECOND);
    const next = pid.compute(batch * SECOND, elements, processing, scheduling);
    rates.push(next);
    rate = next ?? rate;
  }
  t.is(rates[0], undefined);
  const wanted = [400, 100, 100, 100, 280, 460, 604, 712, 791.2, 848.8, 890.6];
  for (const [i, value] of wanted.entries()) {
    t.true(Math.abs(rates[i + 1]! - value) < 0.5, rates.slice(1).join(', '));
  }
});

test("Spark's estimator says nothing of the first batch, of none, and of one told twice", (t) => {
  const pid = new PidRate({ ...SPARK_PID, interval: 20 * MILLISECOND });
  t.is(pid.compute(10, 10, 10, 0), undefined);
  t.is(pid.compute(10, 10, 10, 0), undefined);
  t.is(pid.compute(20, 0, 10, 0), undefined);
  t.is(pid.compute(20, 10, 0, 0), undefined);
  t.is(typeof pid.compute(20, 10, 10, 0), 'number');
});

test('AIMD: additive up, multiplicative down, and from no bound to a share of what was measured', (t) => {
  const options = { step: 20, factor: 0.5, least: 10 };
  t.is(aimd(100, false, 90, options), 120);
  t.is(aimd(100, true, 90, options), 45);
  t.is(aimd(Infinity, true, 800, options), 400);
  t.is(aimd(Infinity, false, 800, options), Infinity);
  t.is(aimd(12, true, 12, options), 10);
});

/** A producer that offers whenever it may, over a sink that takes `perSecond`. */
function throttled(text: string, perSecond: number, seconds: number): { taken: number; peak: number; rate: number } {
  const it = strategy(text);
  const until = seconds * SECOND;
  const gap = SECOND / perSecond;
  let free = 0;
  let taken = 0;
  for (let now = 0; now < until; now += 200 * MICROSECOND) {
    if (it.offersAt(now) <= now) it.offer(1, 1, now, now); // 5,000 a second at most
    if (now >= free && it.take(now) !== undefined) {
      free = now + gap;
      if (now > until / 2) taken++;
    }
  }
  return { taken: taken / (seconds / 2), peak: it.ledger.peakQueued, rate: (it as Throttle<number>).rate };
}

test('throttling finds what the sink takes, without a standing queue at the end', (t) => {
  const byAimd = throttled('throttle:aimd', 1_000, 40);
  t.true(byAimd.taken > 650 && byAimd.taken <= 1_000, JSON.stringify(byAimd));
  const byPid = throttled('throttle:pid', 1_000, 40);
  t.true(byPid.taken > 850 && byPid.taken <= 1_000, JSON.stringify(byPid));
});

test('consumers for a lag, as KEDA has it: ⌈lag / 10⌉, at most one for each of 6 partitions', (t) => {
  const bounds = { least: 0, most: 6, target: 10 };
  t.deepEqual(
    [0, 3, 25, 95].map((lag) => consumersFor(lag, bounds)),
    [0, 1, 3, 6],
  );
});

test('consumers go up at once, and down when the whole of the last while allows it', (t) => {
  const scaler = new Autoscaler({ least: 1, most: 8, target: 10, every: SECOND, down: 3 * SECOND });
  const counts = [5, 45, 10, 10, 10, 10].map((lag, i) => scaler.decide(lag, i * SECOND));
  t.deepEqual(counts, [1, 5, 5, 5, 1, 1]);
});

test('quantiles are at most 3.2 % above the truth, and the largest is exact', (t) => {
  const histogram = new Histogram();
  for (let us = 1; us <= 10_000; us++) histogram.record(us * MICROSECOND);
  for (const q of [0.01, 0.5, 0.99]) {
    const truth = q * 10_000 * MICROSECOND;
    const found = histogram.quantile(q);
    t.true(found >= truth && found <= truth * 1.032 + MICROSECOND, `${q}: ${found}`);
  }
  t.is(histogram.max, 10 * MILLISECOND);
  t.is(histogram.quantile(1), 10 * MILLISECOND);
  t.is(
    histogram.octaves().reduce((sum, { count }) => sum + count, 0),
    10_000,
  );
  histogram.record(-5);
  histogram.record(2 ** 53);
  t.is(histogram.max, 2 ** 53);
});

test('nothing is lost between the lines, whatever is offered, taken and asked for', (t) => {
  const texts = fc.constantFrom(
    ...STRATEGY_NAMES,
    'drop-oldest:3',
    'drop-newest:3,victim=waiting',
    'drop-oldest:20B',
    'shed:codel,target=1us,interval=10us',
    'shed:sojourn,target=1us,interval=10us',
    'sample:0',
    'throttle:pid,every=1ms',
    'buffer:guard=40B',
  );
  const step = fc.oneof(
    fc.record({ do: fc.constant('offer' as const), octets: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ do: fc.constant('take' as const) }),
    fc.record({ do: fc.constant('request' as const), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ do: fc.constant('wait' as const), us: fc.integer({ min: 1, max: 5_000 }) }),
  );
  t.notThrows(() =>
    fc.assert(
      fc.property(texts, fc.array(step, { maxLength: 200 }), (text, steps) => {
        const lost: number[] = [];
        const it = makeStrategy<number>(parseStrategy(text), 0, (n) => lost.push(n));
        const taken: number[] = [];
        let now = 0;
        let next = 0;
        for (const one of steps) {
          if (one.do === 'wait') now += one.us * MICROSECOND;
          else if (one.do === 'request') it.request(one.count);
          else if (one.do === 'offer') it.offer(next++, one.octets, now, now);
          else {
            const n = it.take(now);
            if (n !== undefined) taken.push(n);
          }
          const { offered, dropped, refused, queued } = it.ledger;
          if (offered !== next || lost.length !== dropped + refused || taken.length !== it.ledger.taken) return false;
          if (offered !== taken.length + dropped + refused + queued) return false;
        }
        it.end();
        taken.push(...drain(it, Infinity, now));
        // Each is taken or lost, once; what is taken is in order.
        const all = [...taken, ...lost].toSorted((a, b) => a - b);
        return (
          all.length === next && all.every((n, i) => n === i) && taken.every((n, i) => i === 0 || n > taken[i - 1]!)
        );
      }),
      { seed: 6, numRuns: 600 },
    ),
  );
});

test('a strategy is read back as it is written', (t) => {
  for (const text of [
    'block',
    'buffer',
    'buffer:1000,full=block',
    'buffer:64MiB,full=fail',
    'buffer:guard=1MiB',
    'drop-newest:256',
    'drop-newest:5,victim=waiting',
    'drop-oldest:64KiB',
    'sample:0',
    'sample:100ms',
    'throttle:aimd,1000',
    'throttle:aimd,50,every=20ms,least=1,step=5,factor=0.7',
    'throttle:pid,1000,every=2s,kp=2',
    'shed:256',
    'shed:sojourn',
    'shed:codel,target=10ms,interval=1s,99',
    'demand',
  ]) {
    const spec = parseStrategy(text);
    t.deepEqual(parseStrategy(formatStrategy(spec)), spec, `${text}: ${formatStrategy(spec)}`);
  }
  for (const name of STRATEGY_NAMES)
    t.deepEqual(parseStrategy(formatStrategy(parseStrategy(name))), parseStrategy(name));
  for (const text of ['4', 'auto:1..8', 'auto:2..4,target=50,every=500ms,down=2s']) {
    t.deepEqual(parseConsumers(formatConsumers(parseConsumers(text))), parseConsumers(text));
  }
});

test('a strategy that is wrong is told with what may have been meant', (t) => {
  for (const [text, message] of [
    ['drop-oldst', /"drop-oldst" is not a strategy: choose block, buffer, .*\. Did you mean drop-oldest\?$/],
    ['', /"" is not a strategy/],
    ['block:3', /^block takes no parameters: write just block$/],
    ['drop-oldest:0', /a limit of 0 is none: from 1 to 1000000000 messages, as in drop-oldest:256$/],
    ['drop-oldest:many', /"many" is not a value of "limit", which is written as in drop-oldest:256/],
    ['drop-oldest:limt=3', /there is no "limt": there are limit\. Did you mean limit\?$/],
    ['drop-oldest:3,limit=4', /"limit" is given twice/],
    ['drop-oldest:', /a value is missing, as in drop-oldest:256$/],
    ['shed:codl', /"codl" is not a value: write codel, sojourn, length, .* Did you mean codel\?$/],
    ['shed:64,target=5ms', /"target" is of codel and sojourn: write shed:codel,target=…/],
    ['throttle:pid,factor=0.5', /"factor" does not go with pid/],
    ['throttle:factor=2', /"factor" is a number from 0\.01 to 0\.99, and not "2"/],
    ['throttle:every=0', /"every" is 1ms at least/],
    ['sample:often', /"often" is not a value/],
    ['sample:5', /every: "5" is not a time/],
    ['buffer:full=fail', /"full" needs a limit, as in buffer:1000,full=fail/],
    ['buffer:10,full=panic', /"full" is block or fail, and not "panic"/],
    ['buffer:64Mb', /limit: "64Mb" is not a size: a small b may mean bits/],
  ] as const) {
    t.throws(() => parseStrategy(text), { instanceOf: QuantityError, message }, text);
  }
  for (const [text, message] of [
    ['0', /"0" is not a number of consumers: a whole number from 1 to 1000$/],
    ['many', /"many" is not a number of consumers: write a number, or auto:1\.\.8/],
    ['auto:8..1', /ends before it begins/],
    ['auto:1..8,every=0', /"every" is 10ms at least$/],
    ['auto:1..8,tarhet=5', /there is no "tarhet" here/],
  ] as const) {
    t.throws(() => parseConsumers(text), { instanceOf: QuantityError, message }, text);
  }
});
