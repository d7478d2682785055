// What brokers, logs, stream processors and scalers did, and our models of them do; and that no trace is left over.
import test from 'ava';
import {
  BufferPool,
  Channel,
  CreditTowards,
  creditPair,
  CREDIT,
  Debloat,
  DeferringCredit,
  Fetcher,
  FLINK,
  FloatingPool,
  KEDA,
  LinkCredit,
  MSG_STORE_CREDIT,
  PRODUCER,
  pulsarRule,
  quorumGate,
  Quota,
  STREAMS_MARKS,
  streamsPause,
  VegasLimit,
  ZMQ_HWM,
  zmqRule,
} from '../../sim/gallery/index.ts';
import { consumersFor, PidRate, SPARK_PID } from '../../src/app/index.ts';
import { MILLISECOND, SECOND } from '../../src/tcp/index.ts';
import { claimed, grantsOf, range, reproduces, TRACES, units, view } from './trace.ts';

/** Traces that no model of ours is about, with the reason. At present each is about one. */
const NO_MODEL: Readonly<Record<string, string>> = {};

test('every trace belongs to a model that reproduces it, or is listed with the reason', (t) => {
  const ids = claimed('reactive-traces.test.ts', 'connection-traces.test.ts', 'traces.test.ts');
  const left = TRACES.map(({ id }) => id).filter((id) => !ids.has(id) && NO_MODEL[id] === undefined);
  t.deepEqual(left, []);
  t.is(new Set(TRACES.map(({ id }) => id)).size, TRACES.length);
});

/** The sum of what is granted. */
const total = (feedback: Parameters<typeof units>[0]): number => units(feedback).reduce((sum, count) => sum + count, 0);

reproduces('rabbit-credit-400-200', (t, trace) => {
  const sender = new CreditTowards();
  const receiver = new DeferringCredit();
  let sent = 0;
  let most = 0;
  let acked = 0;
  const grants: [number, number][] = [];
  const totals: number[] = [];
  const fill = (): void => {
    for (; !sender.isBlocked; sent++) sender.send();
    most = Math.max(most, sent - acked);
  };
  t.is(total(receiver.start()), sender.credit);
  fill();
  t.deepEqual(sent, trace['blocksAfterSent'] as number);
  while (grants.length < 3) {
    acked++;
    const granted = total(receiver.done(1));
    if (granted === 0) continue;
    sender.bump(granted);
    grants.push([acked, granted]);
    fill();
    totals.push(sent);
  }
  t.deepEqual(grants, trace['grantsAfterAcked']);
  t.deepEqual(totals, trace['sentTotalAfterGrant']);
  t.deepEqual(most, trace['maxInFlight'] as number);
});

reproduces('rabbit-credit-chain', (t, trace) => {
  const a = new CreditTowards();
  const b = { above: new DeferringCredit(), below: new CreditTowards() };
  const c = new DeferringCredit();
  let sentByA = 0;
  let waitsAtB = 0;
  // A sends while it may; B acknowledges to A, then forwards to C, blocked or not.
  const settle = (): void => {
    for (;;) {
      for (; !a.isBlocked; sentByA++) {
        a.send();
        waitsAtB++;
      }
      if (waitsAtB === 0) return;
      waitsAtB--;
      a.bump(total(b.above.done(1)));
      if (b.below.send()) b.above.held(true);
    }
  };
  settle();
  t.deepEqual(sentByA, trace['sentByA'] as number);
  t.deepEqual(b.below.credit, trace['creditBC'] as number);
  let acked = 0;
  let isFreed = false;
  for (; !isFreed; acked++) isFreed = b.below.bump(total(c.done(1)));
  const released = total(b.above.held(false));
  a.bump(released);
  settle();
  t.deepEqual(
    `C must ack ${acked} before B unblocks; then deferred ${released} go to A at once; A sends to ${sentByA}`,
    trace['resume'] as string,
  );
});

reproduces('rabbit-msg-store-4000-800', (t, trace) => {
  const [[, first], ...grants] = grantsOf(creditPair(MSG_STORE_CREDIT), 2_400) as [[number, number], ...number[][]];
  t.deepEqual(first, trace['blocksAfterSent']);
  t.deepEqual(grants, trace['grantsAfterAcked']);
  t.is(CREDIT.moreAfter * 2, CREDIT.initial);
});

reproduces('rabbit-amqp10-link-credit', (t, trace) => {
  const link = new LinkCredit();
  let [limit] = units(link.start());
  const flows: [number, number][] = [[0, limit!]];
  let sent = 0;
  while (sent < limit!) {
    sent++;
    for (const upTo of units(link.arrived(1))) {
      flows.push([sent, upTo - sent]); // link-credit, beside the delivery count
      limit = upTo;
    }
  }
  t.deepEqual(flows, trace['flowAfterTransfers']);
  t.deepEqual(sent, trace['clientStopsAt']);
});

reproduces('rabbit-quorum-soft-limit', (t, trace) => {
  const gate = quorumGate();
  while (gate.isOpen) gate.spend(1);
  t.deepEqual(gate.pending, trace['blocksAfterEnqueued']);
  while (!gate.isOpen) gate.hear({ kind: 'grant', units: 1 });
  t.deepEqual(gate.pending + 1, trace['unblocksWhenPendingBelow']);
});

reproduces('kafka-bufferpool-64K', (t, trace) => {
  const pool = new BufferPool(65_536, PRODUCER.batch);
  const left: number[] = [];
  while (pool.allocate(PRODUCER.batch) !== undefined) left.push(pool.available);
  t.deepEqual(
    `${left.length} succeed (${left.join(',')} left); ${left.length + 1}th blocks, BufferExhaustedException after max.block.ms`,
    trace['alloc'],
  );
  const big = pool.wait(32_768);
  const small = pool.wait(1_000);
  const served: string[] = [];
  for (let freed = 16_384; freed <= 49_152; freed += 16_384) {
    const before = [big.granted, small.granted];
    pool.free(16_384);
    const who =
      !before[0] && big.granted ? 'big' : !before[1] && small.granted ? 'small' : 'nobody (big waiter holds it)';
    served.push(`free ${freed} -> ${who}`);
  }
  t.deepEqual(`waiters FIFO: 32768-byte waiter then 1000-byte waiter; ${served.join('; ')}`, trace['fairness']);
});

reproduces('kafka-quota', (t, trace) => {
  const spec = { bound: 1e6, samples: 11, windowMs: 1_000 };
  const burst = new Quota(spec).record(20e6, 0);
  t.deepEqual({ O: burst.rate, W: burst.windowMs, throttleMs: burst.throttleMs }, trace['burst20MBatT0']);
  const steady = new Quota(spec);
  for (let request = 1; ; request++) {
    const nowMs = (request - 1) * 100;
    const { rate, throttleMs } = steady.record(200_000, nowMs);
    if (throttleMs === 0) continue;
    t.deepEqual(
      `first throttle at request ${request} (t=${nowMs} ms, total ${(request * 0.2).toFixed(1)}e6): O=${rate}, ${throttleMs} ms`,
      trace['steady2MBps'],
    );
    return;
  }
});

reproduces('kafka-consumer-poll', (t, trace) => {
  const fetcher = new Fetcher();
  fetcher.fetch();
  const sizes: number[] = [];
  const fetchedAt: number[] = [];
  for (let poll = 1; poll <= 6; poll++) {
    if (fetcher.isFetching) fetcher.responded(1_200);
    const { records, fetches } = fetcher.poll();
    sizes.push(records);
    if (fetches) fetchedAt.push(poll);
  }
  t.deepEqual(sizes, trace['pollSizes']);
  t.deepEqual(fetchedAt, trace['fetchSentAtEndOfPoll']);
});

reproduces('kafka-streams-pause', (t, trace) => {
  const rule = streamsPause();
  const sizes = trace['sizes'] as number[];
  const said = sizes.map((queuedItems) => rule.arrived(500, view({ queuedItems })));
  t.deepEqual(said.slice(0, 2), [[], []]);
  t.deepEqual(said[2], [{ kind: 'gate', open: false }]);
  t.deepEqual(`size>${STREAMS_MARKS.shutsFrom - 1} (at ${sizes[2]})`, trace['pauseWhen']);
  let queuedItems = 1_500;
  while (rule.taken(1, view({ queuedItems: --queuedItems })).length === 0) t.true(queuedItems > 0);
  t.deepEqual(`size==${queuedItems} after processing`, trace['resumeWhen']);
});

reproduces('flink-buffers', (t, trace) => {
  const pool = new FloatingPool(14);
  const channel = new Channel(2, pool);
  t.is(channel.occupy(), 'exclusive');
  t.true(pool.take() && pool.take());
  const told = (trace['steps'] as [string, string][]).map(([step], index) => {
    if (step.startsWith('backlog')) channel.backlog(Number(step.slice(8)));
    else if (step === 'recycle exclusive') channel.recycleExclusive();
    else channel.recycleFloating();
    const waiting = channel.isWaiting ? 'waiting' : 'not waiting';
    if (index < 2) return [step, `avail ${channel.available} required ${channel.required} ${waiting}`];
    const inPool = pool.available > 0 ? `, ${pool.available} in pool` : '';
    return [step, `${channel.available}/${channel.required} ${waiting}${inPool}`];
  });
  t.deepEqual(told, trace['steps']);
});

reproduces('flink-credit-default', (t, { credit }) => {
  let added = 0;
  const channel = new Channel(FLINK.exclusive, new FloatingPool(FLINK.floating), (count) => (added += count));
  const after = FLINK.exclusive - 1;
  channel.occupy();
  const { available } = channel;
  channel.backlog(5);
  t.deepEqual(
    `${FLINK.exclusive} -> ${after} after send; receiver required=5+${FLINK.exclusive}, available=${available}, takes ${channel.floating} floating, AddCredit(${added}) -> ${after + added}`,
    credit,
  );
});

reproduces('flink-debloat-shrink', (t, { throughput0 }) => {
  const size = new Debloat();
  t.deepEqual(
    range(1, 5).map(() => size.next(0)),
    throughput0,
  );
});

reproduces('spark-pid', (t, { rates }) => {
  const pid = new PidRate({ ...SPARK_PID, interval: SECOND });
  let admits = 4_000; // what is offered, until there is a rate
  let free = 0; // when the batch before is done
  const told = (rates as unknown[]).map((_, batch) => {
    const cut = batch * SECOND;
    const began = Math.max(cut, free);
    const elements = Math.min(4_000, admits);
    const takes = elements * MILLISECOND; // 1000 a second
    free = began + takes;
    const rate = pid.compute(free, elements, takes, began - cut) ?? null;
    if (rate !== null) admits = rate;
    return rate === null ? null : Math.round(rate * 10) / 10;
  });
  t.deepEqual(told, rates);
});

reproduces('spark-pid-unit', (t, { steps }) => {
  const pid = new PidRate({ proportional: 1, integral: 1, derivative: 0, least: 10, interval: 20 * MILLISECOND });
  const compute = (at: number, elements: number, takes: number, late: number): number | undefined =>
    pid.compute(at * MILLISECOND, elements, takes * MILLISECOND, late * MILLISECOND);
  const said = (rate: number | undefined): string => (rate === undefined ? 'None' : String(rate));
  const first = compute(0, 10, 10, 0);
  const second = compute(10, 10, 10, 0);
  const again = compute(10, 10, 10, 0);
  const empty = compute(20, 0, 10, 0);
  t.deepEqual(
    `first compute -> ${said(first)}; second (10,10,10,0) -> ${said(second)}; same time -> ${said(again)}; numElements 0 -> ${said(empty)}; never below minRate`,
    steps,
  );
  t.is(compute(1_000, 1, 1_000, 1_000), 10);
});

reproduces('zmq-hwm-1000', (t, trace) => {
  const [[, first], [consumed, limit]] = grantsOf(zmqRule(), ZMQ_HWM) as [[number, number], [number, number]];
  t.deepEqual(first, trace['blocksAfter']);
  t.deepEqual(consumed, trace['resumeAfterRead']);
  t.is(limit, ZMQ_HWM + consumed);
});

reproduces('pulsar-receiver-queue-1000', (t, { permits }) => {
  t.deepEqual(grantsOf(pulsarRule(), 1_000), permits);
});

reproduces('keda-kafka', (t, { replicas }) => {
  for (const [lag, expected] of Object.entries(replicas as Record<string, number>)) {
    t.is(consumersFor(Number(lag), { ...KEDA, least: 0 }), expected, `lag ${lag}`);
  }
});

reproduces('netflix-vegas', (t, trace) => {
  const vegas = new VegasLimit(20, 10);
  t.deepEqual(
    (trace['rtt'] as number[]).map((rtt) => vegas.sample(rtt)),
    trace['limit'],
  );
});
