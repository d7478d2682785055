// The strategies as plain data: what each is told when it is made. `text.ts` reads and writes them as people do.
import { type Duration } from '../../tcp/index.ts';

/** As much as may wait; Infinity where that is not counted. */
export interface Limit {
  messages: number;
  octets: number;
}

export type ThrottleSpec = {
  kind: 'throttle';
  /** How often the rate is thought over. */
  every: Duration;
  /** Messages a second, at least. */
  least: number;
  /** Messages a second, added when nothing had to wait; undefined: a fiftieth of what the rate was when something last had to. */
  step: number | undefined;
  /** What may wait; then the producer does. */
  limit: Limit;
} & ({ by: 'aimd'; factor: number } | { by: 'pid'; proportional: number; integral: number; derivative: number });

export type StrategySpec =
  | { kind: 'block' }
  | {
      kind: 'buffer';
      limit: Limit;
      /** At the limit the producer waits, or all ends. */
      full: 'block' | 'fail';
      /** Octets that may wait where there is no limit: then all ends. */
      guard: number;
    }
  | { kind: 'drop-newest'; limit: Limit; victim: 'arriving' | 'waiting' }
  | { kind: 'drop-oldest'; limit: Limit }
  | { kind: 'sample'; every: Duration }
  | ThrottleSpec
  | {
      kind: 'shed';
      limit: Limit;
      /** By how long things wait, and not by the limit alone. */
      delay: { by: 'codel' | 'sojourn'; target: Duration; interval: Duration } | undefined;
    }
  | { kind: 'demand' };

export type StrategyName = StrategySpec['kind'];

export const NO_LIMIT_OF_WAITING: Limit = { messages: Infinity, octets: Infinity };
