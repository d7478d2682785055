// sash/backpressure: the strategies as Node streams, for use with or without a connection of sash. Each call makes one Duplex that
// stands in a `pipeline` between a source and a sink; docs/backpressure-streams.md says what each does with what the sink has no
// room for. All throw ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE or ERR_INVALID_ARG_VALUE where an option is wrong.
import { NO_LIMIT_OF_WAITING, parseStrategy, QuantityError, SPARK_PID, type ThrottleSpec } from '../../app/index.ts';
import { invalidValue } from '../errors.ts';
import {
  type BufferOptions,
  checkNumber,
  type DropNewestOptions,
  limitOf,
  type LimitOptions,
  number,
  oneOf,
  type SampleOptions,
  type ShedOptions,
  type StrategyStreamOptions,
  type ThrottleOptions,
  time,
} from './options.ts';
import { StrategyStream } from './stream.ts';

export { type Account, type Bucket } from '../../app/index.ts';
export {
  type BufferOptions,
  type DropNewestOptions,
  type LimitOptions,
  type SampleOptions,
  type ShedOptions,
  StrategyStream,
  type StrategyStreamOptions,
  type ThrottleOptions,
};

/** Octets, or chunks where nobody says how many octets they have. */
const GUARD = 256 * 2 ** 20;
const GUARD_CHUNKS = 1e6;
const DEFAULT_WAITING = 1_000;
const DEFAULT_WAITING_OCTETS = 1_048_576;

/** The writer waits while anything else does. */
export function block(options: StrategyStreamOptions = {}): StrategyStream {
  return new StrategyStream({ kind: 'block' }, options);
}

/** Everything waits: up to a limit, then the writer does, or the stream is destroyed; without one, as far as the guard. */
export function buffer(options: BufferOptions = {}): StrategyStream {
  const { limit, full, objectMode = true, sizeOf } = options;
  const most = objectMode && sizeOf === undefined ? GUARD_CHUNKS : GUARD;
  const guard = number('guard', options.guard, most, 1, Infinity);
  if (limit === undefined) {
    return new StrategyStream({ kind: 'buffer', limit: NO_LIMIT_OF_WAITING, full: 'fail', guard }, options);
  }
  const whenFull = oneOf('full', full, ['block', 'fail']);
  return new StrategyStream({ kind: 'buffer', limit: limitOf({ ...options, limit }), full: whenFull, guard }, options);
}

/** A full queue takes nothing: `'dropped'` is emitted with what arrives, or with the youngest that waits. */
export function dropNewest(options: DropNewestOptions = {}): StrategyStream {
  const victim = oneOf('victim', options.victim, ['arriving', 'waiting']);
  return new StrategyStream({ kind: 'drop-newest', limit: limitOf(options), victim }, options);
}

/** A full queue forgets what has waited longest; `'dropped'` is emitted with it. */
export function dropOldest(options: LimitOptions = {}): StrategyStream {
  return new StrategyStream({ kind: 'drop-oldest', limit: limitOf(options) }, options);
}

/** The latest of each interval, or whenever the reader wants one. */
export function sample(options: SampleOptions = {}): StrategyStream {
  return new StrategyStream({ kind: 'sample', every: time('every', options.every, 100, 0) }, options);
}

/** The writer is slowed to what the reader takes. */
export function throttle(options: ThrottleOptions = {}): StrategyStream {
  const by = oneOf('by', options.by, ['aimd', 'pid']);
  if (options.step !== undefined) checkNumber('options.step', options.step, 0, 1e9);
  const common = {
    kind: 'throttle' as const,
    every: time('every', options.every, by === 'pid' ? 1_000 : 100, 1),
    least: number('least', options.least, 10, 1e-3, 1e9),
    step: options.step,
    limit: limitOf(options, options.objectMode === false ? DEFAULT_WAITING_OCTETS : DEFAULT_WAITING),
  };
  const spec: ThrottleSpec =
    by === 'aimd'
      ? { ...common, by, factor: number('factor', options.factor, 0.5, 0.01, 0.99) }
      : {
          ...common,
          by,
          proportional: number('kp', options.kp, SPARK_PID.proportional, 0, 100),
          integral: number('ki', options.ki, SPARK_PID.integral, 0, 100),
          derivative: number('kd', options.kd, SPARK_PID.derivative, 0, 100),
        };
  return new StrategyStream(spec, options);
}

/** What there is no room for, or what has waited too long, is refused: `'refused'` is emitted with it. */
export function shed(options: ShedOptions = {}): StrategyStream {
  const by = oneOf('by', options.by, ['length', 'codel', 'sojourn']);
  if (by === 'length') return new StrategyStream({ kind: 'shed', limit: limitOf(options), delay: undefined }, options);
  const target = time('target', options.target, 5, 0.001);
  const interval = time('interval', options.interval, 100, 0.001);
  const limit = limitOf(options, options.objectMode === false ? DEFAULT_WAITING_OCTETS : DEFAULT_WAITING);
  return new StrategyStream({ kind: 'shed', limit, delay: { by, target, interval } }, options);
}

/** Nothing passes before `request(n)` has asked for it. */
export function demand(options: StrategyStreamOptions = {}): StrategyStream {
  return new StrategyStream({ kind: 'demand' }, options);
}

/**
 * The strategy that the text names, as on the command line: `drop-oldest:256`, `sample:100ms`.
 * @throws TypeError ERR_INVALID_ARG_VALUE saying what is wrong with it, and what may have been meant
 */
export function strategy(text: string, options: StrategyStreamOptions = {}): StrategyStream {
  try {
    return new StrategyStream(parseStrategy(text), options);
  } catch (error) {
    if (error instanceof QuantityError) throw invalidValue('text', text, `names no strategy: ${error.message}`);
    throw error;
  }
}
