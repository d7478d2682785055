// Strategies as people write them: `NAME`, or `NAME:VALUE,KEY=VALUE,…`, as in `drop-oldest:256`, `throttle:pid,every=1s` or
// `shed:codel,target=5ms`. docs/backpressure-live.md lists names and keys.
import { type Duration, MILLISECOND, SECOND } from '../../tcp/index.ts';
import { didYouMean } from '../nearest.ts';
import { parseDuration, parseSize, QuantityError, writeDuration, writeSize } from '../quantities.ts';
import { SPARK_PID } from './rates.ts';
import { type Limit, NO_LIMIT_OF_WAITING, type StrategyName, type StrategySpec } from './spec.ts';

/** What an unbounded buffer may hold before all ends. */
const GUARD = 256 * 2 ** 20;
/** Reactor's small buffer (reactor.bufferSize.small). */
const LIMIT: Limit = { messages: 256, octets: Infinity };
/** Beyond this a queue of messages is a mistake rather than a wish. */
const MOST_MESSAGES = 1e9;

interface Form {
  /** What a bare value is. */
  bare: string;
  /** Words that are bare values of the key `by`. */
  words: readonly string[];
  keys: readonly string[];
  read(given: Given): StrategySpec;
}

const FORMS: Readonly<Record<StrategyName, Form>> = {
  block: form('', [], () => ({ kind: 'block' })),
  buffer: form('limit', ['limit', 'full', 'guard'], readBuffer),
  'drop-newest': form('limit', ['limit', 'victim'], (given) => ({
    kind: 'drop-newest',
    limit: given.limit(LIMIT),
    victim: given.word('victim', ['arriving', 'waiting']),
  })),
  'drop-oldest': form('limit', ['limit'], (given) => ({ kind: 'drop-oldest', limit: given.limit(LIMIT) })),
  sample: form('every', ['every'], (given) => ({ kind: 'sample', every: given.time('every', 100 * MILLISECOND, 0) })),
  throttle: form('limit', ['by', 'every', 'least', 'step', 'factor', 'kp', 'ki', 'kd', 'limit'], readThrottle, [
    'aimd',
    'pid',
  ]),
  shed: form('limit', ['by', 'limit', 'target', 'interval'], readShed, ['codel', 'sojourn', 'length']),
  demand: form('', [], () => ({ kind: 'demand' })),
};

export const STRATEGY_NAMES = Object.keys(FORMS) as StrategyName[];

/** @throws QuantityError naming what is wrong, and what may have been meant */
export function parseStrategy(text: string): StrategySpec {
  const colon = text.indexOf(':');
  const name = (colon < 0 ? text : text.slice(0, colon)).trim();
  if (!Object.hasOwn(FORMS, name)) {
    const hint = didYouMean(name, STRATEGY_NAMES);
    throw new QuantityError(
      `"${name}" is not a strategy: choose ${STRATEGY_NAMES.join(', ')}${hint === '' ? '' : `.${hint}`}`,
    );
  }
  const found = FORMS[name as StrategyName];
  const given = new Given(name, found, colon < 0 ? '' : text.slice(colon + 1), colon >= 0);
  return found.read(given);
}

/** What `parseStrategy` reads back; what is as it would be anyway is left out. */
export function formatStrategy(spec: StrategySpec): string {
  const parts = partsOf(spec);
  return parts.length === 0 ? spec.kind : `${spec.kind}:${parts.join(',')}`;
}

function form(
  bare: string,
  keys: readonly string[],
  read: (given: Given) => StrategySpec,
  words: readonly string[] = [],
): Form {
  return { bare, keys, read, words };
}

function readBuffer(given: Given): StrategySpec {
  const limit = given.limit(NO_LIMIT_OF_WAITING);
  const isBounded = limit !== NO_LIMIT_OF_WAITING;
  if (!isBounded && given.has('full')) throw given.wrong('"full" needs a limit, as in buffer:1000,full=fail');
  const guard = given.size('guard', isBounded && limit.octets !== Infinity ? Math.max(GUARD, limit.octets) : GUARD);
  return { kind: 'buffer', limit, full: isBounded ? given.word('full', ['block', 'fail']) : 'fail', guard };
}

function readThrottle(given: Given): StrategySpec {
  const by = given.word('by', ['aimd', 'pid']);
  const others = by === 'aimd' ? ['kp', 'ki', 'kd'] : ['factor'];
  for (const key of others) if (given.has(key)) throw given.wrong(`"${key}" does not go with ${by}`);
  const common = {
    kind: 'throttle' as const,
    every: given.time('every', by === 'pid' ? SECOND : 100 * MILLISECOND, MILLISECOND),
    least: given.number('least', 10, 1e-3, 1e9),
    step: given.has('step') ? given.number('step', 0, 0, 1e9) : undefined,
    limit: given.limit({ messages: 1_000, octets: Infinity }),
  };
  if (by === 'aimd') return { ...common, by, factor: given.number('factor', 0.5, 0.01, 0.99) };
  return {
    ...common,
    by,
    proportional: given.number('kp', SPARK_PID.proportional, 0, 100),
    integral: given.number('ki', SPARK_PID.integral, 0, 100),
    derivative: given.number('kd', SPARK_PID.derivative, 0, 100),
  };
}

function readShed(given: Given): StrategySpec {
  const by = given.word('by', ['length', 'codel', 'sojourn']);
  if (by === 'length') {
    for (const key of ['target', 'interval']) {
      if (given.has(key)) throw given.wrong(`"${key}" is of codel and sojourn: write shed:codel,${key}=…`);
    }
    return { kind: 'shed', limit: given.limit(LIMIT), delay: undefined };
  }
  // RFC 8289 §4.3 and §4.4: 5 ms and 100 ms; folly's are the same.
  const target = given.time('target', 5 * MILLISECOND, 1);
  const interval = given.time('interval', 100 * MILLISECOND, 1);
  return { kind: 'shed', limit: given.limit({ messages: 1_000, octets: Infinity }), delay: { by, target, interval } };
}

/** What stands behind the colon, key by key. */
class Given {
  readonly #name: string;
  readonly #form: Form;
  readonly #values = new Map<string, string>();

  constructor(name: string, found: Form, text: string, isGiven: boolean) {
    this.#name = name;
    this.#form = found;
    if (!isGiven) return;
    if (found.keys.length === 0) throw new QuantityError(`${name} takes no parameters: write just ${name}`);
    for (const part of text.split(',')) this.#take(part.trim());
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** As many messages, or as many octets where there is a unit. */
  limit(fallback: Limit): Limit {
    const text = this.#values.get('limit');
    if (text === undefined) return fallback;
    if (/^\d+$/.test(text)) {
      const messages = Number(text);
      if (messages >= 1 && messages <= MOST_MESSAGES) return { messages, octets: Infinity };
      throw this.wrong(`a limit of ${text} is none: from 1 to 1000000000 messages, as in ${this.#name}:256`);
    }
    const octets = this.#told('limit', () => parseSize(text));
    if (octets < 1) throw this.wrong('a limit is one octet at least');
    return { messages: Infinity, octets };
  }

  size(key: string, fallback: number): number {
    const text = this.#values.get(key);
    return text === undefined ? fallback : this.#told(key, () => parseSize(text));
  }

  time(key: string, fallback: Duration, least: Duration): Duration {
    const text = this.#values.get(key);
    if (text === undefined) return fallback;
    const time = this.#told(key, () => parseDuration(text));
    if (time < least) throw this.wrong(`"${key}" is ${writeDuration(least)} at least`);
    return time;
  }

  number(key: string, fallback: number, least: number, most: number): number {
    const text = this.#values.get(key);
    if (text === undefined) return fallback;
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw this.wrong(`"${key}" is a number from ${least} to ${most}, and not "${text}"`);
  }

  /** The first of `words` where it is not given. */
  word<W extends string>(key: string, words: readonly [W, ...W[]]): W {
    const text = this.#values.get(key);
    if (text === undefined) return words[0];
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw this.wrong(`"${key}" is ${words.join(' or ')}, and not "${text}"`);
    return word;
  }

  wrong(message: string): QuantityError {
    return new QuantityError(`${this.#name}: ${message}`);
  }

  #take(part: string): void {
    const { bare, keys, words } = this.#form;
    const equals = part.indexOf('=');
    const value = part.slice(equals + 1).trim();
    const key = equals < 0 ? (words.includes(part) ? 'by' : bare) : part.slice(0, equals).trim();
    if (value === '') throw this.wrong(`a value is missing, as in ${this.#example}`);
    if (!keys.includes(key)) {
      throw this.wrong(`there is no "${key}": there are ${keys.join(', ')}.${didYouMean(key, keys)}`);
    }
    if (equals < 0 && key !== 'by' && !/^\d/.test(value)) {
      if (words.length === 0 && keys.length === 1) {
        throw this.wrong(`"${value}" is not a value of "${bare}", which is written as in ${this.#example}`);
      }
      const meant = [...words, ...keys.map((name) => `${name}=…`)].join(', ');
      throw this.wrong(`"${value}" is not a value: write ${meant}.${didYouMean(value, words)}`);
    }
    if (this.#values.has(key)) throw this.wrong(`"${key}" is given twice`);
    this.#values.set(key, value);
  }

  #told<V>(key: string, parse: () => V): V {
    try {
      return parse();
    } catch (error) {
      if (error instanceof QuantityError) throw this.wrong(`${key}: ${error.message}`);
      throw error;
    }
  }

  get #example(): string {
    return this.#form.bare === 'every' ? `${this.#name}:100ms` : `${this.#name}:256`;
  }
}

function partsOf(spec: StrategySpec): string[] {
  const by = spec.kind === 'throttle' ? spec.by : spec.kind === 'shed' ? spec.delay?.by : undefined;
  const plain = FORMS[spec.kind].read(new Given(spec.kind, FORMS[spec.kind], by ?? '', by !== undefined));
  const differs = (key: string): boolean => JSON.stringify(field(spec, key)) !== JSON.stringify(field(plain, key));
  const others = PLAIN.filter(([, name]) => differs(name)).map(([key, name]) => `${key}=${String(field(spec, name))}`);
  return [...(by === undefined ? [] : [by]), ...limitOf(spec), ...timesOf(spec), ...bufferOf(spec, differs), ...others];
}

function limitOf(spec: StrategySpec): string[] {
  const text = 'limit' in spec ? writeLimit(spec.limit) : undefined;
  return text === undefined ? [] : [text];
}

function timesOf(spec: StrategySpec): string[] {
  if (spec.kind === 'sample') return [writeDuration(spec.every)];
  if (spec.kind === 'throttle') return [`every=${writeDuration(spec.every)}`];
  if (spec.kind !== 'shed' || spec.delay === undefined) return [];
  return [`target=${writeDuration(spec.delay.target)}`, `interval=${writeDuration(spec.delay.interval)}`];
}

function bufferOf(spec: StrategySpec, differs: (key: string) => boolean): string[] {
  if (spec.kind !== 'buffer') return [];
  const full = writeLimit(spec.limit) === undefined ? [] : [`full=${spec.full}`];
  return differs('guard') ? [...full, `guard=${writeSize(spec.guard)}`] : full;
}

/** Keys and the fields that hold their plain values. */
const PLAIN: readonly [key: string, field: string][] = [
  ['victim', 'victim'],
  ['least', 'least'],
  ['step', 'step'],
  ['factor', 'factor'],
  ['kp', 'proportional'],
  ['ki', 'integral'],
  ['kd', 'derivative'],
];

function field(spec: StrategySpec, name: string): unknown {
  return (spec as unknown as Readonly<Record<string, unknown>>)[name];
}

function writeLimit({ messages, octets }: Limit): string | undefined {
  if (messages !== Infinity) return String(messages);
  return octets === Infinity ? undefined : writeSize(octets);
}
