// Kafka's three backpressures, and the one it is credited with and has not: a consumer that lags slows no producer.
import { NEVER, SECOND } from '../../../src/tcp/index.ts';
import { hop } from '../hop.ts';
import { type Entry, type Feedback, type Gate, type Rule, type View } from '../model.ts';
import { Acknowledging, Watermark } from '../rules.ts';

/** buffer.memory, batch.size, max.block.ms. */
export const PRODUCER = { memory: 32 * 2 ** 20, batch: 16_384, maxBlock: 60 * SECOND } as const;

interface Waiter {
  size: number;
  granted: boolean;
}

/** Kafka's BufferPool: memory in whole slabs, waiters in order, so that a small one waits behind a large one. */
export class BufferPool implements Gate {
  readonly #poolable: number;
  readonly #waiters: Waiter[] = [];
  available: number;

  constructor(total: number, poolable: number) {
    this.available = total;
    this.#poolable = poolable;
  }

  /** Memory for a batch: max(batch.size, the record). Undefined where it would have to wait. */
  allocate(size: number): number | undefined {
    if (this.#waiters.length > 0 || size > this.available) return undefined;
    this.available -= size;
    return size;
  }

  /** Joins the queue; `granted` turns true when its turn and its memory have come. */
  wait(size: number): Readonly<Waiter> {
    const waiter = { size, granted: false };
    this.#waiters.push(waiter);
    this.#serve();
    return waiter;
  }

  free(size: number): void {
    this.available += size;
    this.#serve();
  }

  room(): number {
    return this.#waiters.length > 0 ? 0 : Math.floor(this.available / this.#poolable) * this.#poolable;
  }

  spend(units: number): void {
    this.available -= units;
  }

  hear(feedback: Feedback): void {
    if (feedback.kind === 'grant') this.free(feedback.units);
  }

  opensAt(): number {
    return NEVER;
  }

  /** The first waiter keeps what comes free until it has enough: nobody overtakes it. */
  #serve(): void {
    for (let first = this.#waiters[0]; first !== undefined && first.size <= this.available; first = this.#waiters[0]) {
      this.available -= first.size;
      first.granted = true;
      this.#waiters.shift();
    }
  }
}

/** One partition of a Kafka consumer: `poll` slices what a fetch brought, and fetches anew just before it gives the last slice. */
export class Fetcher {
  readonly #maxPollRecords: number;
  #buffered = 0;
  isFetching = false;

  constructor(maxPollRecords = 500) {
    this.#maxPollRecords = maxPollRecords;
  }

  /** Sends a fetch, unless one is out or something of the partition is buffered still (AbstractFetch.fetchablePartitions). */
  fetch(): boolean {
    if (this.isFetching || this.#buffered > 0) return false;
    this.isFetching = true;
    return true;
  }

  responded(records: number): void {
    this.isFetching = false;
    this.#buffered += records;
  }

  poll(): { records: number; fetches: boolean } {
    const records = Math.min(this.#maxPollRecords, this.#buffered);
    this.#buffered -= records;
    return { records, fetches: this.fetch() };
  }
}

/** The consumer's half of the fetch loop: an answer comes as one piece, and is polled slice by slice. */
class FetchLoop implements Rule {
  readonly #fetcher = new Fetcher(CONSUMER.maxPollRecords);
  /** Records of the present slice that the application has not begun with. */
  #slice = 0;

  start(): Feedback[] {
    return this.#fetcher.fetch() ? this.#say() : [];
  }

  arrived(): Feedback[] {
    this.#fetcher.responded(1);
    return [];
  }

  taken(): Feedback[] {
    if (this.#slice > 0) {
      this.#slice--;
      return [];
    }
    const { records, fetches } = this.#fetcher.poll();
    this.#slice = records - 1;
    return fetches ? this.#say() : [];
  }

  #say(): Feedback[] {
    return [{ kind: 'fetch', units: CONSUMER.partitionBytes }];
  }
}

export const CONSUMER = { partitionBytes: 2 ** 20, maxPollRecords: 500 } as const;

/** buffered.records.per.partition: paused above, resumed when exactly so many are left. */
export const STREAMS_MARKS = { shutsFrom: 1_001, opensFrom: 1_000 } as const;

export function streamsPause(): Watermark {
  return new Watermark(STREAMS_MARKS, (view: View) => view.queuedItems);
}

export const KAFKA: readonly Entry[] = [
  {
    id: 'kafka-producer',
    name: 'Kafka producer, and a consumer that lags',
    family: 'log',
    signal: 'none from the consumer; its own memory, freed by the broker’s acks',
    unit: 'batches',
    window: PRODUCER.memory / PRODUCER.batch,
    refill: PRODUCER.batch / PRODUCER.memory,
    grants: 'relative',
    whenFull: 'send() blocks for 60 s, then BufferExhaustedException; the log grows, and nobody slows for it',
    mechanism:
      'send() takes a slab of 16 KiB from a pool of 32 MiB, and it is freed when the broker has appended the batch to its log. What the consumer does with the log is no matter: its lag grows until retention deletes what it has not read.',
    numbers: [
      'buffer.memory 32 MiB: 2048 slabs',
      'batch.size 16384',
      'linger.ms 0 (5 from 4.0 on)',
      'max.block.ms 60000',
      'log.retention.hours 168',
    ],
    sources: [
      { where: 'kafka 1eb7644349c BufferPool.java, RecordAccumulator.java', how: 'executed' },
      { where: 'kafka 1eb7644349c ProducerConfig.java:369-458, LogConfig.java:175', how: 'derived' },
      { where: 'KIP-1030 (linger.ms)', how: 'specification' },
    ],
    leavesOut:
      'linger, one pool for all partitions, five requests in flight, quotas (its rule is Quota), retention within a run.',
    hops: () => [
      hop('batches', {
        cost: (octets) => Math.max(PRODUCER.batch, octets),
        frame: PRODUCER.batch,
        gate: () => new BufferPool(PRODUCER.memory, PRODUCER.batch),
        rule: () => new Acknowledging('arrived'),
        patience: PRODUCER.maxBlock,
      }),
    ],
  },
  {
    id: 'kafka-consumer',
    name: 'Kafka consumer',
    family: 'log',
    signal: 'the next Fetch',
    unit: 'octets',
    window: CONSUMER.partitionBytes,
    refill: 1,
    grants: 'none',
    whenFull: 'it does not fetch; the lag grows at the broker',
    mechanism:
      'Pull. One fetch is out at a time, and none while records of the partition are buffered; poll() hands out 500 at a time, and the next fetch leaves just before the last slice is handed out.',
    numbers: [
      'max.partition.fetch.bytes 1 MiB',
      'fetch.max.bytes 50 MiB',
      'max.poll.records 500',
      'fetch.max.wait.ms 500',
      'max.poll.interval.ms 300000',
    ],
    sources: [
      { where: 'kafka 1eb7644349c AbstractFetch.java:317-335, FetchCollector.java:98', how: 'derived' },
      { where: 'kafka 1eb7644349c ConsumerConfig.java:93-222,595; ClassicKafkaConsumer.java:625', how: 'derived' },
    ],
    leavesOut: 'groups and rebalancing, several partitions, fetch.min.bytes. The producer here is the broker’s log.',
    hops: () => [
      hop('octets', { frame: CONSUMER.partitionBytes, packs: true, divides: false, rule: () => new FetchLoop() }),
    ],
  },
  {
    id: 'kafka-streams',
    name: 'Kafka Streams',
    family: 'stream processor',
    signal: 'pause and resume of a partition',
    unit: 'items',
    window: 1_000,
    refill: null,
    grants: 'gate',
    whenFull: 'the partition is not fetched',
    mechanism:
      'A partition is paused when more than 1000 of its records are buffered, and resumed when exactly 1000 are left: the marks are next to each other.',
    numbers: ['buffered.records.per.partition 1000', 'poll.ms 100', 'polls of 500: it pauses at 1500'],
    sources: [{ where: 'kafka 1eb7644349c StreamTask.java:797,1123', how: 'derived' }],
    leavesOut: 'polls: really the gate is local, and overshoots by max.poll.records; on the link by a round trip.',
    hops: () => [hop('items', { rule: streamsPause })],
  },
];
