// Message streams in a scenario: `write: { produce, message, on-full, count, for }` and `read: { work, consumers, prefetch }`, in the
// words of the command line; and what is measured of them.
import {
  LEAST_MESSAGE_OCTETS,
  MOST_MESSAGE_OCTETS,
  parseConsumers,
  parseProduction,
  parseStrategy,
  type Plan,
  type ScalingSpec,
  type StrategySpec,
} from '../../src/app/index.ts';
import { type Duration, type Instant, SECOND } from '../../src/tcp/index.ts';
import { Consuming, Producing } from '../messages.ts';
import { type Place } from './place.ts';

export interface ProducePlan {
  kind: 'produce';
  plan: Plan;
  size: number;
  strategy: StrategySpec;
  count: number;
  lasts: Duration;
}

export interface ConsumePlan {
  kind: 'consume';
  work: Duration;
  consumers: number | ScalingSpec;
  prefetch: number;
}

export const PRODUCE_KEYS = ['produce', 'message', 'on-full', 'for'] as const;
export const CONSUME_KEYS = ['work', 'consumers', 'prefetch'] as const;

/** @throws ScenarioFault */
export function readProducing(given: Record<(typeof PRODUCE_KEYS)[number] | 'count', Place>): ProducePlan {
  const { produce, message, count } = given;
  const lasts = given.for.isAbsent ? Infinity : given.for.duration('10s');
  const most = count.isAbsent ? Infinity : count.whole(1, 1e9, '10000');
  if (lasts === Infinity && most === Infinity) throw produce.wrong('it would never end: "for" or "count" is needed');
  const size = message.isAbsent ? 1_024 : message.size('1KiB');
  if (size < LEAST_MESSAGE_OCTETS || size > MOST_MESSAGE_OCTETS) {
    throw message.wrong(`a message has from ${LEAST_MESSAGE_OCTETS} octets to ${MOST_MESSAGE_OCTETS}`);
  }
  return {
    kind: 'produce',
    plan: produce.parsed(parseProduction, '5000/s'),
    size,
    strategy: given['on-full'].isAbsent ? { kind: 'block' } : given['on-full'].parsed(parseStrategy, 'drop-oldest:256'),
    count: most,
    lasts,
  };
}

/** @throws ScenarioFault */
export function readConsuming(place: Place): ConsumePlan {
  if (place.isAbsent) throw place.wrong('messages need whoever processes them, as in "read: { work: 2ms }"');
  const { work, consumers, prefetch } = place.mapping(CONSUME_KEYS, 'work: 2ms');
  return {
    kind: 'consume',
    work: work.duration('2ms'),
    consumers: consumers.isAbsent ? 1 : consumers.parsed(parseConsumers, 'auto:1..8'),
    prefetch: prefetch.isAbsent ? 256 : prefetch.whole(1, 1e9, '256'),
  };
}

/** Both ends of a flow of messages. */
export interface MessageEnds {
  producing: Producing;
  consuming: Consuming;
  now: Instant;
}

/** What can be measured of messages, by name; each a whole run's. */
export const MESSAGE_MEASURES: Readonly<
  Record<string, { kind: 'number' | 'size' | 'time'; about: string; of: (ends: MessageEnds) => number }>
> = {
  offered: {
    kind: 'number',
    about: 'messages the producer made',
    of: ({ producing }) => producing.producer.strategy.ledger.offered,
  },
  delivered: {
    kind: 'number',
    about: 'messages that were processed',
    of: ({ consuming }) => consuming.consumer.delivered,
  },
  dropped: {
    kind: 'number',
    about: 'messages that were dropped',
    of: ({ producing }) => producing.producer.strategy.ledger.dropped,
  },
  refused: {
    kind: 'number',
    about: 'messages that were refused',
    of: ({ producing }) => producing.producer.strategy.ledger.refused,
  },
  'message-queue-peak': {
    kind: 'number',
    about: 'the most messages that waited in front of the send buffer',
    of: ({ producing }) => producing.producer.strategy.ledger.peakQueued,
  },
  'latency-p50': latency('half of all messages were processed so soon after they were made', 0.5),
  'latency-p99': latency('99 % of all messages were processed so soon after they were made', 0.99),
  'latency-max': latency('the longest time from a message being made to its being processed', 1),
  'drop-age-p50': {
    kind: 'time',
    about: 'how old half of what was dropped or refused had become',
    of: ({ producing }) => producing.producer.strategy.ledger.dropAges.quantile(0.5) / SECOND,
  },
  'stalled-time': {
    kind: 'time',
    about: 'how long the producer was not let go on',
    of: ({ producing, now }) => producing.producer.strategy.ledger.stalledFor(now) / SECOND,
  },
  'consumers-peak': {
    kind: 'number',
    about: 'the most consumers there were',
    of: ({ consuming }) => Math.max(...consuming.consumer.changes.map(({ consumers }) => consumers)),
  },
  'clock-error': {
    kind: 'time',
    about: "within what the consumer knew the producer's clock, which in a simulation is its own",
    of: ({ consuming }) => consuming.consumer.clock.error / SECOND,
  },
};

function latency(about: string, q: number): (typeof MESSAGE_MEASURES)[string] {
  return { kind: 'time', about, of: ({ consuming }) => consuming.consumer.latencies.quantile(q) / SECOND };
}
