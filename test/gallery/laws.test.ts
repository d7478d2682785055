// What must hold of every system: no item is lost from sight, credit bounds what is out, Little's law, limits that never fall; and
// the closed form for grants in batches, which the simulator and the formula have to agree on.
import test from 'ava';
import fc from 'fast-check';
import { parseLink } from '../../src/link/index.ts';
import { SECOND } from '../../src/tcp/index.ts';
import {
  Batched,
  type Entry,
  GALLERY,
  hop,
  type Ledger,
  Run,
  runGallery,
  WORKLOAD_IDS,
  type WorkloadId,
  workloadWith,
} from '../../sim/gallery/index.ts';
import { BulkWriter, EagerReader, Network, Silent, TwoWay } from '../../sim/index.ts';

function accounted(it: Ledger): number {
  return it.delivered + it.dropped + it.refused + it.backlog + it.front + it.inFlight + it.queued + it.inService;
}

/** A system of one hop under a rule of ours. */
function system(id: string, hops: Entry['hops']): Entry {
  return { ...GALLERY[0]!, id, hops };
}

/**
 * Items per second of "W at first, m more whenever m are consumed" before a consumer that takes no time: item W + i·m + 1 needs
 * the grant i + 1, which is said when item (i + 1)·m is consumed.
 */
function batchedRate(w: number, m: number, rtt: number, tau: number): number {
  const p = Math.ceil((w + 1 - m) / m);
  const j = m - w - 1 + p * m;
  return Math.min(1 / tau, (p * m) / (rtt + (j + 1) * tau));
}

test('batches of grants cost what the closed form says, within 1 %', (t) => {
  const size = 1_024;
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 40 }),
      (window, part, delayMs) => {
        const refill = Math.max(1, Math.round(window * part));
        const entry = system('law', () => [hop('items', { rule: () => new Batched({ window, refill }) })]);
        const run = new Run(entry, workloadWith('fast-consumer', { delay: delayMs * 1e6, duration: 3 * SECOND }));
        run.step();
        const law = batchedRate(window, refill, (2 * delayMs) / 1e3, size / run.workload.line);
        // Over the second half; a sample falls anywhere into a round, of which each brings p·m items.
        const { time, delivered } = run.tally.series;
        const half = Math.floor(time.length / 2);
        const count = delivered.at(-1)! - delivered[half]!;
        const rate = count / ((time.at(-1)! - time[half]!) / SECOND);
        const round = Math.ceil((window + 1 - refill) / refill) * refill;
        return Math.abs(rate / law - 1) < 0.01 + round / Math.max(1, count);
      },
    ),
    { numRuns: 15, seed: 6 },
  );
  t.pass();
});

test('a refill of one is the classic law of the window, W / (R + τ)', (t) => {
  const [tau, rtt] = [1_024 / 12.5e6, 0.02];
  t.is(batchedRate(10, 1, rtt, tau), 10 / (rtt + tau));
  const [run] = runGallery(['10/1'], 'fast-consumer', { duration: 10 * SECOND });
  t.true(Math.abs(run!.goodput.items / batchedRate(10, 1, rtt, tau) - 1) < 0.01);
});

// The window law of the books: what `sash sim s01` measures with the real core, the gallery's TCP has to give, too.
test('the gallery’s TCP and the simulator’s go at the same rate', (t) => {
  const network = new Network(1);
  const [a, b] = [network.host('a'), network.host('b')];
  const spec = parseLink('delay=10ms rate=100Mbit/s');
  network.connect(a, b, { spec, rules: [] }, { spec, rules: [] });
  const reader = new EagerReader();
  b.listen(5_001, { connection: { delayedAck: 0 } }, () => new TwoWay(new Silent(), reader));
  a.connect(b, 5_001, { delayedAck: 0 }, () => new TwoWay(new BulkWriter(1e9), new EagerReader()));
  network.run(5 * SECOND);
  const ours = runGallery(['tcp'], 'fast-consumer', { size: 1_460, duration: 5 * SECOND })[0]!.goodput.octets;
  const law = (Math.floor(65_536 / 1_460) * 1_460) / 0.02;
  const theirs = reader.read / 5;
  t.true(Math.abs(ours / theirs - 1) < 0.02, `${ours} and ${theirs} octets per second`);
  // An ACK leaves before the application has read what it is for, so a segment of the window is always a step behind.
  t.true(ours < law && ours > 0.95 * law, `${ours} octets per second, and ${law} by the law`);
});

for (const workload of WORKLOAD_IDS) {
  test(`every item is accounted for at every instant: ${workload}`, (t) => {
    for (const { id } of GALLERY) {
      const run = new Run(entryOf(id), workloadWith(workload, { duration: durationOf(workload) }));
      for (let look = 0; !run.step(1); look++) {
        const ledger = run.stock.ledger(run.now);
        if (accounted(ledger) !== ledger.offered) return t.fail(`${id}: ${JSON.stringify(ledger)}`);
        if (look % 16_384 > 0) continue;
        // What is counted lies there; what waits at a door is counted already.
        const parts = run.hops.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.inbox.toArray()));
        const ends = parts.filter(({ isLast }) => isLast).length;
        if (ends > ledger.queued) return t.fail(`${id}: ${ends} items lie in buffers, ${ledger.queued} are counted`);
      }
    }
    t.pass();
  });
}

function entryOf(id: string): Entry {
  return GALLERY.find((entry) => entry.id === id)!;
}

/** Long enough for the disturbance to come. */
function durationOf(workload: WorkloadId): number {
  if (workload === 'lost-feedback') return 5 * SECOND;
  return workload === 'chain' || workload === 'freeze' ? 3.5 * SECOND : SECOND / 2;
}

test('mandatory credit bounds what is queued and under way', (t) => {
  let checked = 0;
  for (const entry of GALLERY) {
    const hops = entry.hops({ serves: 1_000, rtt: 2e7, size: 1_024 });
    // A window that stays as it is, whose units come back only when the consumer has taken or done them.
    const isFixed = hops.length === 1 && hops[0]!.enforcement === 'mandatory' && entry.window !== null;
    if (!isFixed || !['relative', 'absolute'].includes(entry.grants) || GROWING.has(entry.id)) continue;
    checked++;
    const run = new Run(entry, workloadWith('slow-consumer', { duration: 3 * SECOND }));
    while (!run.step(50)) {
      const [lane] = run.hops[0]!.lanes;
      const octets = lane!.octetsInFlight + lane!.inbox.octets;
      const items = lane!.itemsInFlight + lane!.itemsQueued;
      const out = entry.unit === 'octets' ? octets : items;
      // Of an item that is worked on, a rule that grants when things are taken has had the units back already.
      if (out > entry.window!) return t.fail(`${entry.id}: ${out} ${entry.unit}, and ${entry.window} are allowed`);
    }
  }
  t.true(checked >= 15, `${checked} systems`);
});

/** Windows that grow, or that come back on other terms: gRPC and QUIC grow, Kafka's memory comes back on arrival, and so on. */
const GROWING = new Set([
  'grpc',
  'quic',
  'kafka-producer',
  'flink',
  'vegas',
  'rsocket-lease',
  'rabbitmq-amqp10',
  'akka-streamref',
]);

test('Little: the mean queue is the rate times the mean wait', (t) => {
  for (const id of ['reactor', 'rabbitmq', 'tcp', 'ssh', 'yamux', 'zeromq', 'unbounded']) {
    const run = new Run(entryOf(id), workloadWith('slow-consumer', { items: 8_000, duration: 60 * SECOND }), {
      items: 8_000,
    });
    run.step();
    const { queueArea, waitedTotal, delivered } = run.tally;
    t.is(delivered, 8_000);
    // All have come and gone, so the area under the queue is what all waited, exactly; by the end of each item for octets.
    t.true(Math.abs(queueArea / waitedTotal - 1) < 1e-9, `${id}: ${queueArea} and ${waitedTotal}`);
  }
});

test('an absolute limit never falls, whatever is lost', (t) => {
  for (const entry of GALLERY.filter(({ grants }) => grants === 'absolute')) {
    const run = new Run(entry, workloadWith('lost-feedback', {}));
    const gates = run.hops.flatMap(({ lanes }) => lanes.map(({ gate }) => gate as { upTo?: number }));
    let before = gates.map(({ upTo }) => upTo ?? 0);
    while (!run.step(20)) {
      const after = gates.map(({ upTo }) => upTo ?? 0);
      if (after.some((limit, i) => limit < before[i]!))
        return t.fail(`${entry.id}: ${before.join()} then ${after.join()}`);
      before = after;
    }
  }
  t.pass();
});

test('what is lost leaks from relative grants only', (t) => {
  const [absolute, relative, bare] = runGallery(['akka-streamref', 'akka', 'tcp-without-persist'], 'lost-feedback');
  t.not(absolute!.recovery, null);
  t.is(relative!.recovery, null);
  t.is(bare!.recovery, null); // absolute, but nobody asks, and nobody says it again
  const [tcp, quic] = runGallery(['tcp', 'quic'], 'lost-feedback');
  t.true(tcp!.signals.probes > 0);
  t.not(tcp!.recovery, null);
  t.not(quic!.recovery, null);
});

test('the same seed gives the same run', (t) => {
  const twice = [0, 0].map(() => runGallery(['tcp', 'reactor-drop'], 'lost-feedback', { seed: 7 }));
  t.deepEqual(twice[0], twice[1]);
  const other = runGallery(['tcp', 'reactor-drop'], 'lost-feedback', { seed: 8 });
  t.notDeepEqual(twice[0], other);
});
