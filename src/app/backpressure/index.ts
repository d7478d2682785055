// The backpressure strategies: pure policies, as plain data and as people write them.
import { type Instant } from '../../tcp/index.ts';
import { Demand, Sample, Throttle } from './pacing.ts';
import { Block, Buffered, DropNewest, DropOldest, Shed } from './queueing.ts';
import { type StrategySpec } from './spec.ts';
import { type Lost, type Strategy } from './strategy.ts';

export { Autoscaler, consumersFor, formatConsumers, parseConsumers, type ScalingSpec } from './autoscale.ts';
export { CoDelState } from './codel.ts';
export { type Bucket, Histogram } from './histogram.ts';
export { type Account, Ledger } from './ledger.ts';
export { Demand, Sample, Throttle } from './pacing.ts';
export { Block, Buffered, DropNewest, DropOldest, Shed } from './queueing.ts';
export { aimd, type AimdOptions, type PidOptions, PidRate, SPARK_PID } from './rates.ts';
export { type Limit, NO_LIMIT_OF_WAITING, type StrategyName, type StrategySpec, type ThrottleSpec } from './spec.ts';
export { type Decision, type Lost, Strategy } from './strategy.ts';
export { formatStrategy, parseStrategy, STRATEGY_NAMES } from './text.ts';

/** The strategy that is described, beginning `now`. */
export function makeStrategy<T>(spec: StrategySpec, now: Instant, lost?: Lost<T>): Strategy<T> {
  switch (spec.kind) {
    case 'block':
      return new Block(lost);
    case 'buffer':
      return new Buffered(spec, lost);
    case 'drop-newest':
      return new DropNewest(spec, lost);
    case 'drop-oldest':
      return new DropOldest(spec, lost);
    case 'sample':
      return new Sample(spec, now, lost);
    case 'throttle':
      return new Throttle(spec, now, lost);
    case 'shed':
      return new Shed(spec, lost);
    case 'demand':
      return new Demand(lost);
  }
}
