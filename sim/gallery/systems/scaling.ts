// What does not slow the producer: drop what waited too long, admit by measured delay, add consumers; and the queue without a bound.
import { type Duration, type Instant, ln, MILLISECOND, SECOND } from '../../../src/tcp/index.ts';
import { Autoscaler, CoDelState, type ScalingSpec } from '../../../src/app/index.ts';
import { type CoDel } from '../../../src/link/index.ts';
import { hop } from '../hop.ts';
import { type Entry, type Feedback, type HeadDrop, type Pool, type Rule, type View } from '../model.ts';

/** RFC 8289 §4.2, §4.3. */
export const CODEL: CoDel = {
  kind: 'codel',
  target: 5 * MILLISECOND,
  interval: 100 * MILLISECOND,
  segments: Infinity,
  octets: Infinity,
};

/** CoDel at the head of a queue, in octets; one packet that waits is never dropped. */
export class CoDelHead implements HeadDrop {
  readonly #state = new CoDelState();

  /** When it drops next, should the wait stay over target. */
  get dropsAt(): Instant {
    return this.#state.dropsAt;
  }

  drops(sojourn: Duration, backlogOctets: number, now: Instant): boolean {
    return this.#state.drops(sojourn >= CODEL.target && backlogOctets > 1_500, CODEL.interval, now);
  }
}

/** KEDA's Kafka scaler, as the HPA sees it: ⌈lag / 10⌉ consumers, no more than partitions; up at once, down after five minutes. */
export const KEDA: ScalingSpec = { least: 1, most: 6, target: 10, every: 15 * SECOND, down: 300 * SECOND };

class Replicas implements Pool {
  readonly every = KEDA.every;
  readonly most = KEDA.most;
  readonly #autoscaler = new Autoscaler(KEDA);

  size(lagItems: number, _workers: number, now: Instant): number {
    return this.#autoscaler.decide(lagItems, now);
  }
}

/** Netflix's VegasLimit: a limit on what is under way, by how much of the time is waiting. */
export class VegasLimit {
  limit: number;
  readonly #noLoad: Duration | undefined;
  #least: Duration = Infinity;

  /** @param noLoad the round trip without waiting, where it is known; else the least that was seen */
  constructor(limit = 20, noLoad?: Duration) {
    this.limit = limit;
    this.#noLoad = noLoad;
  }

  sample(rtt: Duration): number {
    this.#least = Math.min(this.#least, rtt);
    const noLoad = this.#noLoad ?? this.#least;
    const queue = Math.ceil(this.limit * (1 - noLoad / rtt));
    const step = logStep(this.limit);
    if (queue <= step) this.limit += 6 * step;
    else if (queue < 3 * step) this.limit += step;
    else if (queue > 6 * step) this.limit -= step;
    this.limit = Math.max(1, Math.min(1_000, this.limit));
    return this.limit;
  }
}

/** Log10RootIntFunction: the whole part of the decimal logarithm, 1 at least. */
function logStep(limit: number): number {
  return Math.max(1, Math.floor(ln(limit) / ln(10) + 1e-9));
}

/** The limit, told with each answer: what is done, and as many more as may be under way. */
class VegasRule implements Rule {
  readonly #vegas = new VegasLimit();
  #done = 0;
  #upTo = 20;

  start(): Feedback[] {
    return this.standing();
  }

  done(units: number, view: View): Feedback[] {
    this.#done += units;
    this.#upTo = Math.max(this.#upTo, this.#done + this.#vegas.sample(view.sojourn + view.rtt / 2));
    return this.standing();
  }

  standing(): Feedback[] {
    return [{ kind: 'limit', upTo: this.#upTo }];
  }
}

export const SCALING: readonly Entry[] = [
  {
    id: 'codel',
    name: 'CoDel',
    family: 'shedding',
    signal: 'drops (which a TCP would take for congestion)',
    unit: 'octets',
    window: null,
    refill: null,
    grants: 'none',
    whenFull: 'drops at the head, ever more often, while the wait stays over 5 ms',
    mechanism:
      'It asks how long, not how much: when items have waited over 5 ms throughout 100 ms, one is dropped at the head, the next after 100/√2 ms, 100/√3 ms … A producer that does not react keeps its queue: CoDel is half of a loop.',
    numbers: ['target 5 ms', 'interval 100 ms'],
    sources: [
      { where: 'Linux include/net/codel_impl.h', how: 'derived' },
      { where: 'RFC 8289 §5', how: 'specification' },
    ],
    leavesOut: 'ECN, flow queueing. The rule is the one of this project’s link model.',
    hops: () => [hop('items', { head: () => new CoDelHead() })],
  },
  {
    id: 'vegas',
    name: 'Netflix concurrency limit, Vegas',
    family: 'shedding',
    signal: 'the answer, by when it comes',
    unit: 'requests',
    window: 20,
    refill: 1 / 20,
    grants: 'absolute',
    whenFull: 'refused at the client',
    mechanism:
      'The client estimates the queue from its own delays, L·(1 − least/present), and lets the limit rise while it is short, fall while it is long.',
    numbers: ['initial 20, at most 1000', 'alpha 3·log10(L), beta 6·log10(L)'],
    sources: [{ where: 'concurrency-limits 78a74b9 VegasLimit.java', how: 'derived' }],
    leavesOut: 'probing for a new least delay, smoothing, dropped requests as a signal.',
    hops: () => [
      hop('requests', {
        rule: () => new VegasRule(),
        front: { capacity: 0, unit: 'items', overflow: 'refuse' },
      }),
    ],
  },
  {
    id: 'keda',
    name: 'KEDA and the HPA',
    family: 'scaling',
    signal: 'the number of consumers',
    unit: 'items',
    window: null,
    refill: null,
    grants: 'none',
    whenFull: 'the log grows until there are consumers enough, or partitions are used up',
    mechanism:
      'Every 15 s there shall be ⌈lag / 10⌉ consumers, no more than partitions; up at once, down after five quiet minutes. Nobody slows down meanwhile.',
    numbers: ['lagThreshold 10', 'pollingInterval 30 s, HPA every 15 s', 'stabilization 300 s', '6 partitions here'],
    sources: [{ where: 'keda-docs a55c5d34 scalers/apache-kafka, scaling-deployments', how: 'derived' }],
    leavesOut: 'starting times, cooldown to zero, the HPA’s 10 % tolerance, rebalancing.',
    hops: () => [hop('items', { pool: new Replicas() })],
  },
  {
    id: 'unbounded',
    name: 'a queue without bound',
    family: 'contrast',
    signal: 'none',
    unit: 'items',
    window: null,
    refill: null,
    grants: 'none',
    whenFull: 'it is never full; the memory is',
    mechanism: 'The producer never hears of the consumer.',
    numbers: ['none'],
    sources: [{ where: 'for comparison', how: 'specification' }],
    leavesOut: 'nothing.',
    hops: () => [hop('items')],
  },
];
