// The strategies as Node streams: between real streams, in real pipelines.
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as soon, setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import {
  block,
  buffer,
  demand,
  dropNewest,
  dropOldest,
  sample,
  shed,
  strategy,
  type StrategyStream,
  throttle,
} from '../../src/net/backpressure/index.ts';

/** A sink that takes one chunk when it is told to. */
class Valve extends Writable {
  readonly got: unknown[] = [];
  #taken: (() => void) | undefined;

  constructor() {
    super({ objectMode: true, highWaterMark: 1 });
  }

  override _write(chunk: unknown, _encoding: BufferEncoding, taken: () => void): void {
    this.got.push(chunk);
    this.#taken = taken;
  }

  /** Is done with the chunk it has; the next one comes. */
  async open(): Promise<void> {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
    await soon();
  }

  async drainAll(): Promise<void> {
    while (this.#taken !== undefined) await this.open();
  }
}

async function push(stream: StrategyStream, from: number, upTo: number): Promise<void> {
  for (let n = from; n <= upTo; n++) stream.write(n);
  await soon();
}

function sums(stream: StrategyStream): boolean {
  const { offered, delivered, dropped, refused, queued, inFlight } = stream.ledger;
  return inFlight === 0 && offered === delivered + dropped + refused + queued;
}

test('dropOldest keeps the latest of what its reader has no room for', async (t) => {
  const stream = dropOldest({ limit: 4 });
  const lost: number[] = [];
  stream.on('dropped', (n: number, age: number) => {
    lost.push(n);
    t.true(age >= 0);
  });
  const valve = new Valve();
  stream.pipe(valve);
  await push(stream, 1, 20);
  t.true(sums(stream));
  stream.end();
  await valve.drainAll();
  t.deepEqual(valve.got.slice(-4), [17, 18, 19, 20]);
  t.is(valve.got.length + lost.length, 20);
  t.is(stream.ledger.dropped, lost.length);
  t.deepEqual(
    lost,
    [...lost].toSorted((a, b) => a - b),
  );
});

test('dropNewest keeps what came first', async (t) => {
  const stream = dropNewest({ limit: 4 });
  const valve = new Valve();
  stream.pipe(valve);
  await push(stream, 1, 20);
  stream.end();
  await valve.drainAll();
  t.deepEqual(
    valve.got,
    valve.got.map((_, i) => i + 1),
  );
  t.true(valve.got.length >= 4 && valve.got.length <= 7, `${valve.got.length}`);
});

test('nothing is taken out of the strategy before the reader wants it', async (t) => {
  const stream = sample({ every: 0 });
  await push(stream, 1, 9);
  t.is(stream.readableLength, 0);
  t.is(stream.read(), 9);
  await push(stream, 10, 12);
  t.is(stream.ledger.dropped, 8 + 2);
});

test('shed emits what it refuses, and the writer goes on', async (t) => {
  const stream = shed({ limit: 2 });
  const refused: unknown[] = [];
  stream.on('refused', (chunk) => refused.push(chunk));
  await push(stream, 1, 5);
  t.deepEqual(refused, [3, 4, 5]);
  stream.end();
  t.deepEqual(await stream.toArray(), [1, 2]);
  t.true(sums(stream));
});

test('block and a full buffer make the writer wait, and pipeline with it', async (t) => {
  for (const stream of [block(), buffer({ limit: 10 })]) {
    let made = 0;
    const source = new Readable({
      objectMode: true,
      read() {
        this.push(made < 500 ? made++ : null);
      },
    });
    const valve = new Valve();
    const whole = pipeline(source, stream, valve);
    await sleep(10);
    t.true(made < 80, `${made} were made`);
    await valve.drainAll();
    await whole;
    t.is(valve.got.length, 500);
    t.is(stream.ledger.dropped + stream.ledger.refused, 0);
    t.true(stream.ledger.stalls > 0);
  }
});

test('demand lets pass what was asked for', async (t) => {
  const stream = demand();
  const valve = new Valve();
  stream.pipe(valve);
  stream.write(1);
  stream.write(2);
  stream.write(3);
  await soon();
  t.is(stream.ledger.offered, 0);
  stream.request(2);
  await valve.drainAll();
  t.deepEqual(valve.got, [1, 2]);
  stream.end();
  const ended = once(stream, 'end');
  stream.request(5);
  await valve.drainAll();
  await ended;
  t.deepEqual(valve.got, [1, 2, 3]);
  t.throws(() => stream.request(0), { code: 'ERR_OUT_OF_RANGE' });
  t.throws(() => stream.request('1' as unknown as number), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('a sample is taken once in an interval, and the last one at the end', async (t) => {
  const stream = sample({ every: 500 });
  const source = Readable.from(
    (async function* ticks() {
      for (let n = 0; n < 40; n++) {
        yield n;
        await sleep(1);
      }
    })(),
  );
  source.pipe(stream);
  const got = (await stream.toArray()) as number[];
  t.is(got.at(-1), 39);
  t.true(got.length < 40, `${got.length}`);
  t.is(stream.ledger.dropped, 40 - got.length);
  t.true(sums(stream));
});

test('throttle slows the source down to its sink, and memory stays bounded', async (t) => {
  for (const by of ['aimd', 'pid'] as const) {
    const stream = throttle({ by, every: 20, limit: 50 });
    let made = 0;
    const source = new Readable({
      objectMode: true,
      read() {
        this.push(made++);
      },
    });
    const got: unknown[] = [];
    const sink = new Writable({
      objectMode: true,
      highWaterMark: 1,
      write(chunk, _encoding, taken) {
        got.push(chunk);
        setTimeout(taken, 2);
      },
    });
    const abort = new AbortController();
    const whole = pipeline(source, stream, sink, { signal: abort.signal });
    await sleep(400);
    abort.abort();
    await t.throwsAsync(whole, { name: 'AbortError' });
    t.true(made < got.length + 120, `${made} made, ${got.length} taken`);
    t.true(stream.ledger.peakQueued <= 50);
    t.true(sums(stream));
  }
});

test('octets: the limit is counted in octets, and strings become Buffers', async (t) => {
  const stream = dropOldest({ objectMode: false, limit: 10 });
  for (const text of ['aaaa', 'bbbb', 'cccc']) stream.write(text);
  await soon();
  t.is(stream.ledger.queuedOctets, 8);
  stream.end();
  t.is(Buffer.concat((await stream.toArray()) as Buffer[]).toString(), 'bbbbcccc');
});

test('a file passes through whole where nothing may be lost', async (t) => {
  const path = new URL(import.meta.url);
  const octets = async (stream: Readable): Promise<Buffer> => Buffer.concat((await stream.toArray()) as Buffer[]);
  const plain = await octets(createReadStream(path));
  const through = createReadStream(path, { highWaterMark: 1_000 }).pipe(buffer({ objectMode: false, limit: 2_000 }));
  t.deepEqual(await octets(through), plain);
});

test('an unbounded buffer ends at its guard, with a code', async (t) => {
  const stream = buffer({ guard: 100 });
  const source = Readable.from(Array.from({ length: 500 }, (_, n) => n));
  const error = await t.throwsAsync(pipeline(source, stream, new Valve()), { code: 'ERR_BACKPRESSURE_OVERRUN' });
  t.regex(error.message, /100 chunks wait, and no more may/);
  t.is(stream.ledger.queued, 100); // what waited when it ended
  t.true(sums(stream));
});

test('an error on either side destroys the stream, and its ledger stays', async (t) => {
  const stream = dropOldest({ limit: 3 });
  const broken = new Writable({
    objectMode: true,
    write(_chunk, _encoding, done) {
      done(new Error('the sink is broken'));
    },
  });
  await t.throwsAsync(pipeline(Readable.from([1, 2, 3, 4, 5, 6]), stream, broken), { message: 'the sink is broken' });
  t.true(stream.destroyed);
  t.true(sums(stream));

  const aborted = new AbortController();
  const other = buffer({ limit: 5, signal: aborted.signal });
  const error = once(other, 'error');
  other.write(1);
  aborted.abort();
  t.is(((await error) as Error[])[0]!.name, 'AbortError');
  t.is(other.ledger.queued, 1);
});

test('highWaterMark is as Node has it', (t) => {
  t.is(dropOldest().readableHighWaterMark, 0);
  t.is(dropOldest().writableHighWaterMark, new Writable({ objectMode: true }).writableHighWaterMark);
  const stream = dropOldest({ highWaterMark: 3 });
  t.deepEqual([stream.readableHighWaterMark, stream.writableHighWaterMark], [3, 3]);
});

test('a stream can be iterated, and left early', async (t) => {
  const stream = Readable.from([1, 2, 3, 4, 5]).pipe(buffer());
  const got: unknown[] = [];
  for await (const chunk of stream) {
    got.push(chunk);
    if (chunk === 3) break;
  }
  t.deepEqual(got, [1, 2, 3]);
  t.true(stream.destroyed);
});

test('strategies compose', async (t) => {
  const sampled = sample({ every: 0 });
  const got: number[] = [];
  const sink = new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(n: number, _encoding, taken) {
      got.push(n);
      setImmediate(taken);
    },
  });
  await pipeline(Readable.from(Array.from({ length: 1_000 }, (_, n) => n)), dropOldest({ limit: 10 }), sampled, sink);
  t.is(got.at(-1), 999);
  t.true(sums(sampled));
});

test('a listener that throws does not stop the stream, and finds the ledger whole', async (t) => {
  const stream = dropOldest({ limit: 1 });
  stream.once('dropped', () => {
    t.true(sums(stream));
    throw new Error('the listener is broken');
  });
  stream.write(1);
  t.throws(() => stream.write(2), { message: 'the listener is broken' });
  t.true(sums(stream));
  stream.end(3);
  t.deepEqual(await stream.toArray(), [3]);
  t.is(stream.ledger.dropped, 2);
});

test('what is wrong with an option is told with a code of Node', (t) => {
  t.throws(() => dropOldest({ limit: 0 }), { code: 'ERR_OUT_OF_RANGE', message: /"options\.limit".*>= 1/ });
  t.throws(() => dropOldest({ limit: '5' as unknown as number }), { code: 'ERR_INVALID_ARG_TYPE' });
  t.throws(() => sample({ every: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  t.throws(() => throttle({ factor: 2 }), { code: 'ERR_OUT_OF_RANGE' });
  t.throws(() => shed({ by: 'age' as 'codel' }), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /'length', 'codel', 'sojourn'/,
  });
  t.throws(() => strategy('drop-oldst'), { code: 'ERR_INVALID_ARG_VALUE', message: /Did you mean drop-oldest\?/ });
  t.throws(() => strategy(''), { code: 'ERR_INVALID_ARG_VALUE', message: /throttle, shed, demand\. Received ''$/ });
  t.throws(() => dropOldest({ sizeOf: 5 as unknown as () => number }), { code: 'ERR_INVALID_ARG_TYPE' });
  t.throws(() => dropOldest(5 as unknown as object), {
    code: 'ERR_INVALID_ARG_TYPE',
    message: /"options".*type object/,
  });
  t.throws(() => demand().request(1.5), { code: 'ERR_OUT_OF_RANGE', message: /must be an integer/ });
  t.is(strategy('drop-oldest:3').ledger.offered, 0);
});
