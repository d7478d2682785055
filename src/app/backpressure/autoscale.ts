// How many consumers there shall be, by what waits for them. The rule is KEDA's and the Horizontal Pod Autoscaler's: ⌈lag / target⌉
// between a least and a most; up at once, down only to what all of the last `down` would have allowed (HPA's stabilization window).
import { type Duration, type Instant, MILLISECOND, SECOND } from '../../tcp/index.ts';
import { parseDuration, QuantityError, writeDuration } from '../quantities.ts';

export interface ScalingSpec {
  least: number;
  most: number;
  /** Messages that one consumer may have waiting; 10 is KEDA's lagThreshold. */
  target: number;
  /** How often the lag is looked at. KEDA: 30 s, the autoscaler: 15 s. */
  every: Duration;
  /** How far back a decrease looks. The autoscaler: 300 s. */
  down: Duration;
}

/** More than a thousand timers in one process say nothing more about scaling. */
export const MOST_CONSUMERS = 1_000;

/** Timers of Node are late by a millisecond or two. */
const LEAST_EVERY: Duration = 10 * MILLISECOND;

const A_NUMBER = 'a number of consumers';

/** ⌈lag / target⌉, no less than `least` and no more than `most`: with Kafka, the number of partitions. */
export function consumersFor(
  lag: number,
  { least, most, target }: Pick<ScalingSpec, 'least' | 'most' | 'target'>,
): number {
  return Math.min(most, Math.max(least, Math.ceil(lag / target)));
}

export class Autoscaler {
  readonly spec: ScalingSpec;
  #recent: { at: Instant; wanted: number }[] = [];

  constructor(spec: ScalingSpec) {
    this.spec = spec;
  }

  /** The lag was looked at `now`: how many there shall be. To be called every `every`, which bounds what is remembered. */
  decide(lag: number, now: Instant): number {
    const wanted = consumersFor(lag, this.spec);
    this.#recent = this.#recent.filter(({ at }) => at > now - this.spec.down);
    this.#recent.push({ at: now, wanted });
    return this.#recent.reduce((most, entry) => Math.max(most, entry.wanted), wanted);
  }
}

/** `4`, or `auto:1..8` with `target=10`, `every=1s` and `down=10s` behind it, as in `auto:1..8,target=50`. @throws QuantityError */
export function parseConsumers(text: string): number | ScalingSpec {
  const example = 'a number, or auto:1..8, or auto:1..8,target=10,every=1s,down=10s';
  if (/^\d+$/.test(text)) return whole(text, A_NUMBER);
  const [range = '', ...rest] = text.replace(/^auto:/, '').split(',');
  const bounds = /^(\d+)\.\.(\d+)$/.exec(range.trim());
  if (bounds === null || !text.startsWith('auto:')) {
    throw new QuantityError(`"${text}" is not a number of consumers: write ${example}`);
  }
  const spec: ScalingSpec = {
    least: whole(bounds[1]!, A_NUMBER),
    most: whole(bounds[2]!, A_NUMBER),
    target: 10,
    every: SECOND,
    down: 10 * SECOND,
  };
  if (spec.most < spec.least) throw new QuantityError(`"${range}" ends before it begins: write ${example}`);
  for (const part of rest) {
    const [key = '', value = ''] = part.split('=').map((side) => side.trim());
    if (key === 'target') spec.target = whole(value, 'a target');
    else if (key === 'every') spec.every = parseDuration(value);
    else if (key === 'down') spec.down = parseDuration(value);
    else throw new QuantityError(`there is no "${key}" here: write ${example}`);
  }
  if (spec.every < LEAST_EVERY) throw new QuantityError('"every" is 10ms at least');
  if (spec.down > 1_000 * spec.every) throw new QuantityError('"down" is at most a thousand times "every"');
  return spec;
}

/** What `parseConsumers` reads back. */
export function formatConsumers(consumers: number | ScalingSpec): string {
  if (typeof consumers === 'number') return String(consumers);
  const { least, most, target, every, down } = consumers;
  return `auto:${least}..${most},target=${target},every=${writeDuration(every)},down=${writeDuration(down)}`;
}

function whole(text: string, what: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  const most = what === A_NUMBER ? MOST_CONSUMERS : 1e9;
  if (value >= 1 && value <= most) return value;
  throw new QuantityError(`"${text}" is not ${what}: a whole number from 1 to ${most}`);
}
