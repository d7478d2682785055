// The flags of message streams: what a sender makes and what it does when there is no room, and how a receiver processes.
import {
  DEFAULT_PREFETCH,
  formatConsumers,
  formatProduction,
  formatStrategy,
  LEAST_MESSAGE_OCTETS,
  MOST_MESSAGE_OCTETS,
  parseConsumers,
  parseDuration,
  parseProduction,
  parseSize,
  parseStrategy,
  type Plan,
  QuantityError,
  type ScalingSpec,
  type StrategySpec,
  writeDuration,
  writeSize,
} from '../app/index.ts';
import { usage } from './faults.ts';
import { type Flag, flag, type Values } from './flag.ts';

export const PRODUCING_FLAGS = {
  produce: flag<Plan | undefined>(
    'RATE',
    'make messages at this rate and do not wait, as in 5000/s or "2s 5000/s, 3s stop, 100/s"',
    undefined,
    parseProduction,
    (plan) => (plan === undefined ? undefined : formatProduction(plan)),
  ),
  message: flag<number | undefined>('SIZE', 'octets of each message', undefined, readMessageSize, written(writeSize), {
    fallbackText: '1KiB',
  }),
  'on-full': flag<StrategySpec | undefined>(
    'STRATEGY',
    'when the send buffer is full: block, buffer, drop-newest, drop-oldest, sample, throttle, shed, demand',
    undefined,
    parseStrategy,
    written(formatStrategy),
    { fallbackText: 'block' },
  ),
  for: flag<number | undefined>('TIME', 'make messages for so long', undefined, readTime, written(writeDuration), {
    fallbackText: 'until Ctrl-C',
  }),
  count: flag<number | undefined>('N', 'make so many messages', undefined, readCount, written(String)),
};

export const CONSUMING_FLAGS = {
  work: flag<number | undefined>(
    'TIME',
    'process messages, each for so long',
    undefined,
    parseDuration,
    written(writeDuration),
  ),
  consumers: flag<number | ScalingSpec | undefined>(
    'N|auto:MIN..MAX',
    'how many process at a time; auto goes by what waits',
    undefined,
    parseConsumers,
    written(formatConsumers),
    { fallbackText: '1' },
  ),
  prefetch: flag<number | undefined>(
    'N',
    'messages asked for ahead, which --on-full demand heeds',
    undefined,
    readCount,
    written(String),
    { fallbackText: String(DEFAULT_PREFETCH) },
  ),
};

/** What a producer is made with. */
export interface Production {
  plan: Plan;
  size: number;
  strategy: StrategySpec;
  count: number;
  lasts: number;
}

/** What a consumer is made with. */
export interface Consumption {
  work: number;
  consumers: number | ScalingSpec;
  prefetch: number;
}

/** Undefined where octets are sent. @throws Fault where flags do not go together */
export function chooseProduction(values: Values<typeof PRODUCING_FLAGS>, others: Readonly<Record<string, boolean>>) {
  const { produce, message, 'on-full': onFull, for: lasts, count } = values;
  if (produce === undefined) {
    rejectAll({ message, 'on-full': onFull, for: lasts, count }, '--produce, which says how fast to make messages');
    return undefined;
  }
  const [other] = Object.entries(others).find(([, isGiven]) => isGiven) ?? [];
  if (other !== undefined) throw usage(`${other} is for octets, and --produce makes messages: give one of the two`);
  const production: Production = {
    plan: produce,
    size: message ?? 1_024,
    strategy: onFull ?? { kind: 'block' },
    count: count ?? Infinity,
    lasts: lasts ?? Infinity,
  };
  return production;
}

/** Undefined where octets are received. @throws Fault where flags do not go together */
export function chooseConsumption(values: Values<typeof CONSUMING_FLAGS>, others: Readonly<Record<string, boolean>>) {
  const { work, consumers, prefetch } = values;
  if (work === undefined) {
    rejectAll({ consumers, prefetch }, '--work, which says how long a message is processed, as in --work 2ms');
    return undefined;
  }
  const [other] = Object.entries(others).find(([, isGiven]) => isGiven) ?? [];
  if (other !== undefined) throw usage(`${other} is for octets, and --work for messages: give one of the two`);
  const consumption: Consumption = { work, consumers: consumers ?? 1, prefetch: prefetch ?? DEFAULT_PREFETCH };
  return consumption;
}

function rejectAll(given: Readonly<Record<string, unknown>>, needs: string): void {
  const [name] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  if (name !== undefined) throw usage(`--${name} is about messages: give it with ${needs}`);
}

function written<V>(write: (value: V) => string): Flag<V | undefined>['write'] {
  return (value) => (value === undefined ? undefined : write(value));
}

function readMessageSize(text: string): number {
  const octets = parseSize(text);
  if (octets >= LEAST_MESSAGE_OCTETS && octets <= MOST_MESSAGE_OCTETS) return octets;
  const bounds = `from ${LEAST_MESSAGE_OCTETS} octets, which its head takes, to ${writeSize(MOST_MESSAGE_OCTETS)}`;
  throw new QuantityError(`"${text}" is no size of a message: it has ${bounds}`);
}

function readTime(text: string): number {
  const time = parseDuration(text);
  if (time > 0) return time;
  throw new QuantityError(`"${text}" is no time at all: write a time, as in 10s`);
}

function readCount(text: string): number {
  const count = /^\d{1,12}$/.test(text) ? Number(text) : 0;
  if (count >= 1) return count;
  throw new QuantityError(`"${text}" is not a number of messages: a whole number from 1 on, as in 1000`);
}
