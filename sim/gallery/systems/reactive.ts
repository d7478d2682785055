// Reactive Streams and who speaks it: request(n), in items. Reactor, RxJava, WebFlux, Akka Streams, RSocket differ in how much they
// ask for, when, and what they do with what comes unasked.
import { SECOND } from '../../../src/tcp/index.ts';
import { hop, batched } from '../hop.ts';
import { type Entry, type Feedback, type Hop, type Rule } from '../model.ts';
import { Batched } from '../rules.ts';
import { type StoreSpec } from '../store.ts';

/** When Reactor's prefetching operators ask again (Operators.unboundedOrLimit): a low tide that is none is 75 % of it. */
export function reactorRefill(prefetch: number, lowTide?: number): number {
  if (lowTide === undefined || lowTide >= prefetch) return prefetch - (prefetch >> 2);
  return lowTide <= 0 ? prefetch : lowTide;
}

/** `limitRate(high, low)`, `publishOn(…, high)`. */
export function limitRate(high: number, low?: number): Batched {
  return new Batched({ window: high, refill: reactorRefill(high, low) });
}

/** `flatMap(f, concurrency)`: as many at first, then one for each inner stream that completes. */
export function flatMap(concurrency = 256): Batched {
  return new Batched({ window: concurrency, refill: 1, on: 'done' });
}

/** RxJava's observeOn and rebatchRequests: limit = n − (n >> 2). */
export function observeOn(prefetch = 128): Batched {
  return new Batched({ window: prefetch, refill: prefetch - (prefetch >> 2) });
}

/** An asynchronous boundary of Akka Streams: half of its buffer at a time. */
export function akkaBoundary(size = 16): Batched {
  return new Batched({ window: size, refill: Math.max(1, size / 2) });
}

/** Akka's StreamRefs: demand in total, raised to the high mark when less than half of it is outstanding (WatermarkRequestStrategy). */
export class CumulativeDemand implements Rule {
  readonly #high: number;
  #taken = 0;
  #demand: number;

  constructor(high = 32) {
    this.#high = high;
    this.#demand = high;
  }

  start(): Feedback[] {
    return this.standing();
  }

  taken(units: number): Feedback[] {
    this.#taken += units;
    if (this.#demand - this.#taken >= this.#high / 2) return [];
    this.#demand = this.#taken + this.#high;
    return this.standing();
  }

  standing(): Feedback[] {
    return [{ kind: 'limit', upTo: this.#demand }];
  }
}

/** Stores before a gate, by the names their systems give them. */
export const OVERFLOW: Readonly<Record<string, StoreSpec>> = {
  onBackpressureDrop: { capacity: 0, unit: 'items', overflow: 'drop-incoming' },
  onBackpressureLatest: { capacity: 1, unit: 'items', overflow: 'drop-oldest' },
  onBackpressureBuffer: { capacity: Infinity, unit: 'items', overflow: 'drop-incoming' },
  onBackpressureError: { capacity: 0, unit: 'items', overflow: 'fail' },
};

/** Reactor names its strategies by what is dropped. */
export const REACTOR_BUFFER = { DROP_OLDEST: 'drop-oldest', DROP_LATEST: 'drop-incoming', ERROR: 'fail' } as const;
/** RxJava's DROP_LATEST is another one. */
export const RXJAVA_BUFFER = { DROP_OLDEST: 'drop-oldest', DROP_LATEST: 'drop-youngest', ERROR: 'fail' } as const;
export const AKKA_BUFFER = {
  dropHead: 'drop-oldest',
  dropTail: 'drop-youngest',
  dropBuffer: 'clear',
  dropNew: 'drop-incoming',
  fail: 'fail',
} as const;

const REACTOR_SOURCES = [
  { where: 'reactor-core c4900cdb4 Flux.java:6387,6429,6875-7116', how: 'executed' },
  { where: 'reactor-core c4900cdb4 FluxPublishOn.java runAsync; Operators.java:1511', how: 'executed' },
] as const;

const REQUESTED = {
  family: 'reactive',
  signal: 'request(n)',
  unit: 'items',
  grants: 'relative',
} as const;

/** What a Reactor pipeline puts on the link: a store before the gate, and publishOn's 256/192 behind it. */
function prefetching(front?: StoreSpec, size = 256): Hop {
  return hop('items', { rule: () => limitRate(size), ...(front === undefined ? {} : { front }) });
}

const OPERATORS: readonly { id: string; operator: string; front: StoreSpec; whenFull: string; note: string }[] = [
  {
    id: 'reactor-drop',
    operator: 'onBackpressureDrop',
    front: OVERFLOW.onBackpressureDrop!,
    whenFull: 'what comes unasked is dropped',
    note: 'The operator asks its source for everything, and drops what comes while nothing is asked of it: fresh items, while stale ones wait below it.',
  },
  {
    id: 'reactor-latest',
    operator: 'onBackpressureLatest',
    front: OVERFLOW.onBackpressureLatest!,
    whenFull: 'the latest is kept, older ones are dropped',
    note: 'The operator asks its source for everything, and keeps the latest of what nobody asks for.',
  },
  {
    id: 'reactor-buffer',
    operator: 'onBackpressureBuffer',
    front: OVERFLOW.onBackpressureBuffer!,
    whenFull: 'grows without bound',
    note: 'The operator asks its source for everything, and keeps it: backpressure ends here.',
  },
  {
    id: 'reactor-buffer-oldest',
    operator: 'onBackpressureBuffer(256, DROP_OLDEST)',
    front: { capacity: 256, unit: 'items', overflow: REACTOR_BUFFER.DROP_OLDEST },
    whenFull: 'the oldest is dropped',
    note: 'The operator asks its source for everything, and keeps the youngest 256.',
  },
  {
    id: 'reactor-buffer-latest',
    operator: 'onBackpressureBuffer(256, DROP_LATEST)',
    front: { capacity: 256, unit: 'items', overflow: REACTOR_BUFFER.DROP_LATEST },
    whenFull: 'what comes is dropped',
    note: 'The operator asks its source for everything, and keeps the oldest 256: Reactor’s “latest” is the one that comes.',
  },
];

export const REACTIVE: readonly Entry[] = [
  {
    ...REQUESTED,
    id: 'reactive-streams',
    name: 'Reactive Streams, one by one',
    window: 1,
    refill: 1,
    whenFull: 'the publisher must not emit (§1.1)',
    mechanism:
      'No more onNext than were requested, ever (§1.1); requests add up (§3.8); 2^63−1 is as good as unbounded (§3.17). How much to ask for is the subscriber’s business: here one at a time.',
    numbers: ['no default: the subscriber decides'],
    sources: [
      { where: 'reactive-streams-jvm a625d3a README.md §1.1, §3.8, §3.17', how: 'specification' },
      { where: 'reactive-streams-jvm a625d3a tck PublisherVerification.java:203', how: 'test' },
    ],
    leavesOut: 'cancellation, errors, the rules of threads.',
    hops: () => [batched('items', { window: 1, refill: 1, on: 'done' })],
  },
  {
    ...REQUESTED,
    id: 'reactor',
    name: 'Project Reactor, publishOn',
    window: 256,
    refill: 192 / 256,
    whenFull: 'an error if the source ignores demand; else the source waits',
    mechanism:
      'publishOn and limitRate(n) keep a queue, ask for n, and again for n − (n >> 2) when so many are consumed: limitRate(10) is 10, then 8 after every 8.',
    numbers: ['SMALL_BUFFER 256', 'XS_BUFFER 32', 'refill 75 %', 'flatMap 256 at once, then 1 for 1'],
    sources: REACTOR_SOURCES,
    leavesOut: 'fusion, and that source and consumer share a process.',
    hops: () => [prefetching()],
  },
  ...OPERATORS.map(({ id, operator, front, whenFull, note }): Entry => ({
    ...REQUESTED,
    id,
    name: `Reactor, ${operator}`,
    window: 256,
    refill: 192 / 256,
    whenFull,
    mechanism: `${note} Below it stands publishOn with its 256/192.`,
    numbers: ['upstream: request(unbounded)', 'downstream: 256, then 192s'],
    sources: [
      ...REACTOR_SOURCES,
      { where: 'reactor-core c4900cdb4 FluxOnBackpressureBufferStrategy.java', how: 'executed' },
    ],
    leavesOut: 'onDrop callbacks, eviction by age (onBackpressureBuffer(ttl, …)).',
    hops: () => [prefetching(front)],
  })),
  {
    ...REQUESTED,
    id: 'webflux',
    name: 'Spring WebFlux over Reactor Netty',
    window: 128,
    refill: 64 / 128,
    whenFull: 'the publisher waits; inbound, the socket is not read',
    mechanism:
      'A response body is asked for 128 items, and for 64 more when at most 64 are unflushed. Inbound, autoRead is on only while something is asked for: request(n) becomes TCP’s window.',
    numbers: ['outbound 128 / 64', 'inbound queue 32', 'codecs aggregate 256 KiB at most'],
    sources: [
      { where: 'reactor-netty da0f55072 MonoSend.java:61-64, MonoSendMany.java:590-610', how: 'derived' },
      { where: 'reactor-netty da0f55072 FluxReceive.java:47,85,262-350', how: 'derived' },
      { where: 'spring-framework 91eb42645 AbstractDataBufferDecoder.java:51', how: 'derived' },
    ],
    leavesOut: 'the inbound side and TCP below; an item counts as flushed when the consumer has taken it.',
    hops: () => [batched('items', { window: 128, refill: 64 })],
  },
  {
    ...REQUESTED,
    id: 'rxjava',
    name: 'RxJava 3, observeOn',
    window: 128,
    refill: 96 / 128,
    whenFull: 'MissingBackpressureException if the source ignores demand; else it waits',
    mechanism: 'Asks for 128, then for 96 after every 96. An Observable has no backpressure at all.',
    numbers: ['rx3.buffer-size 128', 'limit 96'],
    sources: [{ where: 'RxJava 1eca072ba FlowableObserveOn.java:101,406; Flowable.java:160', how: 'executed' }],
    leavesOut: 'fusion, and that source and consumer share a process.',
    hops: () => [hop('items', { rule: () => observeOn() })],
  },
  {
    ...REQUESTED,
    id: 'rxjava-missing',
    name: 'RxJava 3, observeOn under a source that ignores demand',
    family: 'contrast',
    window: 128,
    refill: 96 / 128,
    whenFull: 'MissingBackpressureException, and what is queued is lost',
    mechanism:
      'A PublishProcessor emits whether asked or not; the queue of 128 overflows, and the error overtakes what waits.',
    numbers: ['rx3.buffer-size 128'],
    sources: [{ where: 'RxJava 1eca072ba FlowableObserveOn.java, PublishProcessor.java', how: 'executed' }],
    leavesOut: 'delayError, with which what waits is delivered first.',
    hops: () => [
      hop('items', {
        rule: () => observeOn(),
        enforcement: 'ignored',
        inbox: { capacity: 128, unit: 'items', overflow: 'fail-at-once' },
      }),
    ],
  },
  {
    ...REQUESTED,
    id: 'akka',
    name: 'Akka Streams, asynchronous boundary',
    window: 16,
    refill: 8 / 16,
    whenFull: 'the stage above is not pulled',
    mechanism:
      'Fused stages pass pull and push and hold nothing; only an asynchronous boundary has a buffer: 16, and 8 more after every 8.',
    numbers: ['max-input-buffer 16', 'output-burst 1000'],
    sources: [{ where: 'akka 9892c5e415 ActorGraphInterpreter.scala requestBatchSize', how: 'derived' }],
    leavesOut: 'fusing; the boundary lies inside one JVM, where 16 is plenty: the link here is the counterfactual.',
    hops: () => [hop('items', { rule: () => akkaBoundary() })],
  },
  {
    ...REQUESTED,
    id: 'akka-buffer',
    name: 'Akka Streams, buffer(256, dropHead)',
    window: 16,
    refill: 8 / 16,
    whenFull: 'the oldest of 256 is dropped (dropTail, dropBuffer, dropNew, fail, backpressure: as named)',
    mechanism: 'buffer(n, strategy) pulls without end and stores n; behind it stands a boundary of 16.',
    numbers: ['no default size'],
    sources: [{ where: 'akka 9892c5e415 fusing/Ops.scala:927-1002', how: 'derived' }],
    leavesOut: 'conflate and expand.',
    hops: () => [
      hop('items', {
        rule: () => akkaBoundary(),
        front: { capacity: 256, unit: 'items', overflow: AKKA_BUFFER.dropHead },
      }),
    ],
  },
  {
    ...REQUESTED,
    id: 'akka-streamref',
    name: 'Akka StreamRefs',
    signal: 'CumulativeDemand',
    window: 32,
    refill: 17 / 32,
    grants: 'absolute',
    whenFull: 'the far source is not pulled; an overflow is an error',
    mechanism:
      'Demand over a network: in total, not in addition; raised to 32 ahead when fewer than 16 are outstanding; said again every second, so that one that was lost is healed.',
    numbers: ['buffer-capacity 32', 'demand-redelivery-interval 1 s'],
    sources: [{ where: 'akka 9892c5e415 SourceRefImpl.scala:32-70,463', how: 'derived' }],
    leavesOut: 'sequence numbers of elements, subscription timeouts.',
    hops: () => [hop('items', { rule: () => new CumulativeDemand(), repeatEvery: SECOND })],
  },
  {
    ...REQUESTED,
    id: 'rsocket',
    name: 'RSocket, one lump of 64',
    signal: 'REQUEST_N',
    unit: 'items',
    window: 64,
    refill: 1,
    whenFull: 'the responder waits; a LEASE bounds new requests, beyond it REJECTED',
    mechanism:
      'REQUEST_N of 31 bits, without a value that means “unbounded”; fragments count as one. How many to ask for is the application’s: here 64 when 64 are done.',
    numbers: ['no default', 'LEASE: n requests within a time; a new one replaces the old'],
    sources: [
      {
        where: 'rsocket 0f6e555 Protocol.md, Flow Control, Reactive Streams Semantics and Lease',
        how: 'specification',
      },
    ],
    leavesOut: 'resumption, fragmentation; leases are in `rsocket-lease`.',
    hops: () => [batched('items', { window: 64, refill: 64, on: 'done' })],
  },
];
