// What the systems are put through: a producer, a path, a consumer, and what happens to them.
import { type Random } from '../../src/link/index.ts';
import { type Duration, type Instant, MILLISECOND, NEVER, SECOND } from '../../src/tcp/index.ts';

export const WORKLOAD_IDS = [
  'slow-consumer',
  'fast-consumer',
  'freeze',
  'lost-feedback',
  'mixed-sizes',
  'shared-connection',
  'chain',
] as const;
export type WorkloadId = (typeof WORKLOAD_IDS)[number];

export interface Consumer {
  /** Items per second of one worker; Infinity takes no time. Of items of different sizes: items of the mean size. */
  perSecond: number;
}

export interface Workload {
  id: WorkloadId;
  about: string;
  /** Items per second; Infinity: whenever one is wanted. */
  produces: number;
  /** One for each stream. */
  consumers: readonly Consumer[];
  /** Octets of an item, the n-th. */
  size: (id: number, random: Random) => number;
  meanSize: number;
  /** Octets per second, and one way's delay. */
  line: number;
  delay: Duration;
  hops: number;
  /** While it holds no consumer begins with anything. */
  freeze?: { from: Instant; to: Instant };
  /** When which part of what the consumer says is lost. */
  losses?: readonly { from: Instant; to: Instant; probability: number }[];
  /** From which on things should become again what they were. */
  healedAt?: Instant;
  disturbedAt?: Instant;
  duration: Duration;
}

const KIB = 1_024;
const MIB = 2 ** 20;

const BASE = {
  size: () => KIB,
  meanSize: KIB,
  line: 12_500_000,
  delay: 10 * MILLISECOND,
  hops: 1,
  duration: 10 * SECOND,
} as const;

/** One item in four is a mebibyte. */
const MIXED = { every: 4, large: MIB, mean: (MIB + 3 * KIB) / 4 } as const;

export const WORKLOADS: Readonly<Record<WorkloadId, Workload>> = {
  'slow-consumer': {
    ...BASE,
    id: 'slow-consumer',
    about: '4000 items a second for a consumer of 1000: where do the other 3000 go?',
    produces: 4_000,
    consumers: [{ perSecond: 1_000 }],
  },
  'fast-consumer': {
    ...BASE,
    id: 'fast-consumer',
    about: 'as many items as are wanted, for a consumer that takes no time: what does the window allow?',
    produces: Infinity,
    consumers: [{ perSecond: Infinity }],
    duration: 5 * SECOND,
  },
  freeze: {
    ...BASE,
    id: 'freeze',
    about:
      '1000 items a second for a consumer of 2000 that stands still from 3 s to 4 s: who remembers it, and how long?',
    produces: 1_000,
    consumers: [{ perSecond: 2_000 }],
    freeze: { from: 3 * SECOND, to: 4 * SECOND },
    disturbedAt: 3 * SECOND,
    healedAt: 4 * SECOND,
  },
  'lost-feedback': {
    ...BASE,
    id: 'lost-feedback',
    about:
      'a tenth of what the consumer says is lost from 2 s to 4 s, and all of it for half a second more: who finds the way back?',
    produces: 500,
    consumers: [{ perSecond: 4_000 }],
    losses: [
      { from: 2 * SECOND, to: 4 * SECOND, probability: 0.1 },
      { from: 4 * SECOND, to: 4.5 * SECOND, probability: 1 },
    ],
    disturbedAt: 2 * SECOND,
    healedAt: 4.5 * SECOND,
    duration: 12 * SECOND,
  },
  'mixed-sizes': {
    ...BASE,
    id: 'mixed-sizes',
    about: 'three items of 1 KiB, then one of 1 MiB, and a consumer of 4 MB/s: what does an item weigh?',
    produces: Infinity,
    consumers: [{ perSecond: 4e6 / MIXED.mean }],
    size: (id) => (id % MIXED.every === MIXED.every - 1 ? MIXED.large : KIB),
    meanSize: MIXED.mean,
  },
  'shared-connection': {
    ...BASE,
    id: 'shared-connection',
    about: 'two streams on one connection, one for a consumer of 100 a second, one for a fast one: who suffers?',
    produces: Infinity,
    consumers: [{ perSecond: 100 }, { perSecond: 4_000 }],
  },
  chain: {
    ...BASE,
    id: 'chain',
    about:
      'three hops of the same kind; the last consumer, of 2000, stands still from 2 s to 4 s: how much is under way?',
    produces: 1_000,
    consumers: [{ perSecond: 2_000 }],
    hops: 3,
    freeze: { from: 2 * SECOND, to: 4 * SECOND },
    disturbedAt: 2 * SECOND,
    healedAt: 4 * SECOND,
  },
};

/** What may be said otherwise of a workload. */
export interface WorkloadOptions {
  /** Items per second. */
  produces?: number;
  consumes?: number;
  /** Octets of every item. */
  size?: number;
  /** Octets per second. */
  line?: number;
  delay?: Duration;
  duration?: Duration;
  /** The producer ends after so many. */
  items?: number;
  /** The consumer stops for good. */
  diesAt?: Instant;
  seed?: number;
  /** Octets that may be held in all before a run is ended. */
  memory?: number;
  /** Happenings after which a run is ended: less than what `Run` allows itself, for who has less room. */
  happenings?: number;
}

/** A number that a run cannot be made with; the message is for people. */
export class WorkloadError extends Error {
  readonly key: keyof WorkloadOptions;

  constructor(key: keyof WorkloadOptions, message: string) {
    super(message);
    this.key = key;
  }
}

const LIMITS: readonly { key: keyof WorkloadOptions; least: number; most: number; says: string }[] = [
  { key: 'produces', least: 1e-3, most: 1e9, says: 'a producer makes between one item in 1000 s and 1e9 a second' },
  { key: 'consumes', least: 1e-3, most: 1e9, says: 'a consumer does between one item in 1000 s and 1e9 a second' },
  { key: 'size', least: 1, most: 2 ** 30, says: 'an item has between 1 octet and 1 GiB' },
  { key: 'line', least: 100, most: 1e11, says: 'a line carries between 100 octets and 100 GB a second' },
  { key: 'delay', least: 0, most: 60 * SECOND, says: 'a delay is a minute at most' },
  { key: 'duration', least: MILLISECOND, most: 3_600 * SECOND, says: 'a run lasts between 1 ms and 1 h' },
  { key: 'items', least: 1, most: 1e9, says: 'a producer makes between 1 and 1e9 items' },
  { key: 'diesAt', least: 0, most: 3_600 * SECOND, says: 'a consumer dies within 1 h' },
  { key: 'seed', least: 0, most: 2 ** 53 - 1, says: 'a seed is a whole number from 0 to 2^53 − 1' },
  { key: 'happenings', least: 1, most: 1e9, says: 'a run has between 1 and 1e9 happenings' },
  { key: 'memory', least: KIB, most: 2 ** 40, says: 'the memory is between 1 KiB and 1 TiB' },
];

/** The workload with the options in it. @throws WorkloadError */
export function workloadWith(id: WorkloadId, options: WorkloadOptions): Workload {
  for (const { key, least, most, says } of LIMITS) {
    const value = options[key];
    // Infinity is "as many as are wanted", and "takes no time".
    if (value === undefined || (value === Infinity && (key === 'produces' || key === 'consumes'))) continue;
    if (!(value >= least && value <= most)) throw new WorkloadError(key, says);
  }
  const base = WORKLOADS[id];
  const { size } = options;
  return {
    ...base,
    about: base.about + changesOf(options),
    produces: options.produces ?? base.produces,
    consumers: base.consumers.map((consumer, index) =>
      options.consumes === undefined || index > 0 ? consumer : { perSecond: options.consumes },
    ),
    line: options.line ?? base.line,
    delay: options.delay ?? base.delay,
    duration: options.duration ?? base.duration,
    ...(size === undefined ? {} : { size: () => size, meanSize: size }),
    ...(options.diesAt === undefined
      ? {}
      : { freeze: { from: options.diesAt, to: NEVER }, disturbedAt: options.diesAt, healedAt: NEVER }),
  };
}

/** ` Here: 2500/s made, the consumer dies at 2 s.` */
function changesOf({ produces, consumes, diesAt }: WorkloadOptions): string {
  const changes = [
    ...(produces === undefined ? [] : [produces === Infinity ? 'as many made as are wanted' : `${produces}/s made`]),
    ...(consumes === undefined ? [] : [consumes === Infinity ? 'done in no time' : `${consumes}/s done`]),
    ...(diesAt === undefined ? [] : [`the consumer dies at ${diesAt / SECOND} s`]),
  ];
  return changes.length === 0 ? '' : ` Here: ${changes.join(', ')}.`;
}
