// What Reactor, RxJava, Akka, Reactive Streams and RSocket did, and our models of them do.
import test from 'ava';
import {
  AKKA_BUFFER,
  akkaBoundary,
  CreditGate,
  CumulativeDemand,
  ENTRIES,
  flatMap,
  limitRate,
  type Overflow,
  observeOn,
  OVERFLOW,
  OverflowOperator,
  PrefetchOperator,
  REACTOR_BUFFER,
  reactorRefill,
  RXJAVA_BUFFER,
  Store,
  TokenBucket,
} from '../../sim/gallery/index.ts';
import { MILLISECOND, SECOND } from '../../src/tcp/index.ts';
import { grantsOf, range, reproduces, spans, units } from './trace.ts';

const buffer4 = (overflow: Overflow) => ({ capacity: 4, unit: 'items', overflow }) as const;

/** An operator that is pushed 1 to 10 while nothing is asked of it, and is then asked for everything. */
function pushTen(overflow: Overflow) {
  const delivered: number[] = [];
  const operator = new OverflowOperator(buffer4(overflow), (id) => delivered.push(id));
  let cancelledAt: number | undefined;
  for (const id of range(1, 10)) {
    operator.push(id);
    if (operator.state !== 'open') cancelledAt ??= id;
  }
  operator.request(Infinity);
  return { delivered, dropped: operator.dropped, state: operator.state, cancelledAt };
}

for (const [id, rule, items] of [
  ['reactor-limitRate-10', () => limitRate(10), 30],
  ['reactor-limitRate-10-5', () => limitRate(10, 5), 30],
  ['reactor-limitRate-10-0', () => limitRate(10, 0), 30],
  ['reactor-limitRate-14-hi10-lo2', () => limitRate(10, 2), 14],
  ['reactor-publishOn-default', () => limitRate(256), 1_000],
  ['rxjava-observeOn-default', () => observeOn(), 300],
  ['rxjava-observeOn-8', () => observeOn(8), 12],
  ['akka-async-boundary-16', () => akkaBoundary(), 24],
] as const) {
  reproduces(id, (t, { requestsAfterConsumed }) => {
    t.deepEqual(grantsOf(rule(), items), requestsAfterConsumed);
  });
}

test('limitRate asks the same whether its subscriber wants everything or one at a time', (t) => {
  const runs = [Infinity, 1].map((step) => {
    let asked = 0;
    let pushed = 0;
    const limiter = new PrefetchOperator(
      limitRate(10),
      () => {},
      (count) => (asked += count),
    );
    limiter.start();
    for (let i = 0; i < 30; i++) {
      limiter.request(step);
      while (pushed < asked && pushed < 30) limiter.push(++pushed);
    }
    return limiter.requests;
  });
  t.deepEqual(runs[0], [
    [0, 10],
    [8, 8],
    [16, 8],
    [24, 8],
  ]);
  t.deepEqual(runs[1], runs[0]);
});

reproduces('reactor-limitRate-small', (t, { refill }) => {
  for (const [prefetch, expected] of Object.entries(refill as Record<string, number>)) {
    t.deepEqual(reactorRefill(Number(prefetch)), expected, prefetch);
  }
});

reproduces('reactor-flatMap-4', (t, { requests }) => {
  const told = grantsOf(flatMap(4), 6);
  t.deepEqual(told, [[0, 4], ...range(1, 6).map((done): [number, number] => [done, 1])]);
  const [fallback] = units(flatMap().start());
  t.deepEqual(
    `request(${told[0]![1]}) then request(${told[1]![1]}) per completed inner; default concurrency ${fallback}`,
    requests,
  );
});

reproduces('reactor-drop-then-limitRate-synchronous', (t, trace) => {
  const received: number[] = [];
  const drop = new OverflowOperator(OVERFLOW.onBackpressureDrop!, (id) => limiter.push(id));
  const limiter: PrefetchOperator = new PrefetchOperator(
    limitRate(10),
    (id) => received.push(id),
    (n) => drop.request(n),
  );
  limiter.request(Infinity);
  limiter.start();
  for (const id of range(1, 1_000)) drop.push(id); // the operator has asked its source for MAX: it pushes all
  t.deepEqual(received.length, trace['received']);
  t.deepEqual(drop.dropped.length, trace['dropped']);
  const [first, ...rest] = limiter.requests.map(([, count]) => count);
  t.deepEqual([...new Set(rest)], [8]);
  t.deepEqual(`${first} then ${rest[0]} each ${limiter.requests[1]![0]}`, trace['limitRateRequests']);
});

reproduces('reactor-drop-then-limitRate-slow', (t, trace) => {
  const received: number[] = [];
  const drop = new OverflowOperator(OVERFLOW.onBackpressureDrop!, (id) => limiter.push(id));
  const limiter: PrefetchOperator = new PrefetchOperator(
    limitRate(10),
    (id) => received.push(id),
    (n) => drop.request(n),
  );
  limiter.start();
  for (const id of range(1, 60)) {
    drop.push(id);
    if (id % 4 === 0) limiter.request(1);
  }
  t.deepEqual(received, trace['received']);
  t.deepEqual(limiter.queued, trace['queuedAtEnd']);
  t.deepEqual(spans(drop.dropped), trace['dropped']);
});

reproduces('reactor-buffer4-dropOldest', (t, trace) => {
  const { delivered, dropped } = pushTen(REACTOR_BUFFER.DROP_OLDEST);
  t.deepEqual({ delivered, dropped }, { delivered: trace['delivered'], dropped: trace['dropped'] });
});

reproduces('reactor-buffer4-dropLatest', (t, trace) => {
  const { delivered, dropped } = pushTen(REACTOR_BUFFER.DROP_LATEST);
  t.deepEqual({ delivered, dropped }, { delivered: trace['delivered'], dropped: trace['dropped'] });
});

reproduces('reactor-buffer4-error', (t, trace) => {
  const { delivered, cancelledAt, state } = pushTen(REACTOR_BUFFER.ERROR);
  t.deepEqual(delivered, trace['delivered']);
  t.deepEqual(state, 'failed');
  t.deepEqual(
    `cancel upstream at ${cancelledAt}; OverflowException after the ${delivered.length} buffered were delivered`,
    trace['then'],
  );
});

reproduces('reactor-latest', (t, trace) => {
  const delivered: number[] = [];
  const latest = new OverflowOperator(OVERFLOW.onBackpressureLatest!, (id) => delivered.push(id));
  range(1, 5).forEach((id) => latest.push(id));
  latest.request(2);
  range(6, 10).forEach((id) => latest.push(id));
  latest.request(1);
  t.deepEqual(delivered, trace['delivered']);
});

reproduces('reactor-drop', (t, trace) => {
  const delivered: number[] = [];
  const drop = new OverflowOperator(OVERFLOW.onBackpressureDrop!, (id) => delivered.push(id));
  drop.request(2);
  range(1, 5).forEach((id) => drop.push(id));
  drop.request(1);
  range(6, 10).forEach((id) => drop.push(id));
  t.deepEqual({ delivered, dropped: drop.dropped }, { delivered: trace['delivered'], dropped: trace['dropped'] });
});

reproduces('reactor-netty-send', (t, { requestsAfterWritten }) => {
  const [hop] = ENTRIES.find(({ id }) => id === 'webflux')!.hops({ serves: 1, rtt: 0, size: 1 });
  t.deepEqual(grantsOf(hop!.rule(), 128), requestsAfterWritten);
});

reproduces('rxjava-missing-backpressure', (t, { outcome }) => {
  // What ignores demand meets a queue of 128 whose overflow overtakes what it holds.
  const [hop] = ENTRIES.find(({ id }) => id === 'rxjava-missing')!.hops({ serves: 1, rtt: 0, size: 1 });
  const delivered: number[] = [];
  const queue = new OverflowOperator(hop!.inbox!, (id) => delivered.push(id));
  range(1, 128).forEach((id) => queue.push(id));
  t.deepEqual(queue.state, 'open');
  range(129, 200).forEach((id) => queue.push(id));
  queue.request(Infinity); // the consumer runs
  t.deepEqual(queue.state, 'failed');
  t.deepEqual(`MissingBackpressureException, ${delivered.length} values delivered`, outcome);
});

reproduces('rxjava-create-strategies', (t, trace) => {
  const emitter = (strategy: string): number[] | string => {
    const delivered: number[] = [];
    if (strategy === 'MISSING') {
      [...range(1, 6), 7, 8].forEach((id) => delivered.push(id)); // emit() is onNext(): nothing stands between
      return delivered;
    }
    const name = { ERROR: 'Error', BUFFER: 'Buffer', DROP: 'Drop', LATEST: 'Latest' }[strategy]!;
    const operator = new OverflowOperator(OVERFLOW[`onBackpressure${name}`]!, (id) => delivered.push(id));
    operator.request(2);
    range(1, 6).forEach((id) => operator.push(id));
    operator.request(2);
    range(7, 8).forEach((id) => operator.push(id));
    return operator.state === 'failed' ? `[${delivered.join(',')}] then MissingBackpressureException` : delivered;
  };
  for (const [strategy, expected] of Object.entries(trace['delivered'] as Record<string, unknown>)) {
    t.deepEqual(emitter(strategy), expected, strategy);
  }
});

reproduces('rxjava-buffer4-dropLatest', (t, trace) => {
  t.deepEqual(pushTen(RXJAVA_BUFFER.DROP_LATEST).delivered, trace['delivered']);
});

reproduces('rxjava-buffer4-dropOldest', (t, trace) => {
  t.deepEqual(pushTen(RXJAVA_BUFFER.DROP_OLDEST).delivered, trace['delivered']);
});

reproduces('akka-streamref-32', (t, trace) => {
  t.deepEqual(grantsOf(new CumulativeDemand(), 51), trace['cumulativeDemandAfterConsumed']);
  const [hop] = ENTRIES.find(({ id }) => id === 'akka-streamref')!.hops({ serves: 1, rtt: 0, size: 1 });
  t.deepEqual(hop!.repeatEvery, (trace['redeliverEverySeconds'] as number) * SECOND);
});

reproduces('akka-buffer4', (t, trace) => {
  const { backpressure, fail, ...left } = trace['left'] as Record<string, unknown>;
  for (const [strategy, expected] of Object.entries(left)) {
    const operator = new OverflowOperator(buffer4(AKKA_BUFFER[strategy as keyof typeof AKKA_BUFFER]), () => {});
    range(1, 10).forEach((id) => operator.push(id));
    t.deepEqual(operator.stored, expected, strategy);
  }
  t.deepEqual(`BufferOverflowException at ${pushTen(AKKA_BUFFER.fail).cancelledAt}`, fail);
  // `backpressure` is a store that its stage fills only while there is room.
  const store = new Store(buffer4('fail'));
  while (store.length < store.spec.capacity) store.put({ octets: 1 });
  t.deepEqual(`stops pulling after ${store.length}`, backpressure);
});

reproduces('akka-token-bucket', (t, { delaysMs }) => {
  const bucket = new TokenBucket(5, 100 * MILLISECOND);
  let now = 0;
  const delays = (delaysMs as number[]).map(() => {
    const delay = bucket.offer(now);
    now += delay; // the element goes on then, and the next is pulled
    return delay / MILLISECOND;
  });
  t.deepEqual(delays, delaysMs);
});

/** A publisher of so many, under what is asked of it: how many come after each request. */
function published(total: number, requests: readonly number[][]): number[] {
  const gate = new CreditGate();
  gate.hear({ kind: 'grant', units: 0 }, 0);
  let left = total;
  return requests.map((together) => {
    for (const count of together) gate.hear({ kind: 'grant', units: count }, 0);
    let emitted = 0;
    for (; left > 0 && gate.room(0) >= 1; left--, emitted++) gate.spend(1, 0);
    return emitted;
  });
}

reproduces('rs-tck-101', (t, { steps }) => {
  const [none, one, still, three, end] = published(5, [[], [1], [], [1, 2], []]);
  t.deepEqual([none, still, end], [0, 0, 0]);
  t.deepEqual(
    `expectNone; request(1); ${one} element; expectNone; request(1); request(2); ${three} elements; expectNone (publisher of 5)`,
    steps,
  );
});

reproduces('rsocket-request-n', (t, { steps }) => {
  const [first, waiting, second] = published(5, [[3], [], [3]]);
  t.deepEqual([first, waiting, second], [3, 0, 2]);
  t.deepEqual(
    `REQUEST_STREAM(n=3); ${first} payloads; wait; REQUEST_N(3); ${Array<string>(second!).fill('payload').join('; ')}+COMPLETE`,
    steps,
  );
});

test('a request adds to those before it, and overtakes nothing', (t) => {
  const told = grantsOf(limitRate(3), 9);
  t.deepEqual(told, [
    [0, 3],
    [3, 3],
    [6, 3],
    [9, 3],
  ]);
  t.deepEqual(limitRate(3).taken?.(1), []);
});
