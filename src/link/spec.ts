// What a link is made with: plain data, so that scenarios, command lines and recordings can hold it. Every field may be left
// out; a link made of nothing delivers everything at once.
import { type Duration, NEVER } from '../tcp/index.ts';

/** How delays vary: uniformly within ± amount; normally with that standard deviation; Pareto with that mean excess. */
export type JitterShape = 'uniform' | 'normal' | 'pareto';

export interface Jitter {
  amount: Duration;
  shape: JitterShape;
  /** Whether a segment that drew a short delay may overtake one that drew a long one. */
  mayReorder: boolean;
}

/** Segments that wait for a rate, the one being sent included; one too many is dropped (drop-tail). */
export interface DropTail {
  kind: 'drop-tail';
  /** At most this many segments, and at most this many octets on the wire. */
  segments: number;
  octets: number;
}

/** Controlled delay (RFC 8289), in front of a drop-tail limit. */
export interface CoDel {
  kind: 'codel';
  target: Duration;
  interval: Duration;
  segments: number;
  octets: number;
}

export type QueueSpec = DropTail | CoDel;

/** Each segment is lost with this probability, whatever befell the others. */
export interface BernoulliLoss {
  kind: 'bernoulli';
  probability: number;
}

/** Two states, good and bad, with a chance of changing after each segment, and a loss probability in each (Gilbert 1960, Elliott 1963). */
export interface GilbertElliottLoss {
  kind: 'gilbert-elliott';
  toBad: number;
  toGood: number;
  lossInGood: number;
  lossInBad: number;
}

export type LossSpec = BernoulliLoss | GilbertElliottLoss;

/** With this probability a segment is held for `by` longer, so that later ones overtake it. */
export interface Reordering {
  probability: number;
  by: Duration;
}

/** From `from` until `until` nothing gets through. */
export interface Outage {
  from: Duration;
  until: Duration;
}

export interface LinkState {
  /** One-way propagation delay. */
  delay: Duration;
  jitter: Jitter | undefined;
  /** Bits per second; Infinity serializes in no time, and then nothing ever queues. */
  rate: number;
  queue: QueueSpec;
  loss: LossSpec | undefined;
  reordering: Reordering | undefined;
  /** The probability that a segment arrives twice. */
  duplication: number;
  /** The probability that a bit flips on the way: the checksum finds it, and the segment counts as lost. */
  corruption: number;
  outages: readonly Outage[];
}

/** From `at` on, counted from the run's beginning, these take the place of what was. */
export interface Change {
  at: Duration;
  set: Partial<LinkState>;
}

export interface LinkSpec extends Partial<LinkState> {
  changes?: readonly Change[];
}

export const NO_LIMIT: Readonly<DropTail> = { kind: 'drop-tail', segments: Infinity, octets: Infinity };

export const PERFECT: Readonly<LinkState> = {
  delay: 0,
  jitter: undefined,
  rate: Infinity,
  queue: NO_LIMIT,
  loss: undefined,
  reordering: undefined,
  duplication: 0,
  corruption: 0,
  outages: [],
};

/**
 * The whole of a spec.
 * @throws RangeError naming the field, where a value is impossible.
 */
export function linkState(spec: LinkSpec): LinkState {
  const { changes: _changes, ...given } = spec;
  const state: LinkState = { ...PERFECT, ...given };
  checkState(state);
  return state;
}

/** @throws RangeError */
export function checkSpec(spec: LinkSpec): void {
  linkState(spec);
  for (const { at, set } of spec.changes ?? []) {
    if (!(at >= 0 && at < NEVER)) throw new RangeError('a change comes at a time from 0 on');
    checkState({ ...PERFECT, ...set });
  }
}

function checkState(state: LinkState): void {
  time('delay', state.delay);
  if (!(state.rate > 0)) throw new RangeError('rate must be over 0: for a while without any, use outage=FROM..UNTIL');
  if (!(state.queue.segments >= 1)) throw new RangeError('a queue holds at least the segment being sent');
  if (!(state.queue.octets >= 1)) throw new RangeError('a queue holds at least one octet');
  if (state.queue.kind === 'codel') {
    time("CoDel's target", state.queue.target);
    time("CoDel's interval", state.queue.interval);
  }
  if (state.jitter !== undefined) time('jitter', state.jitter.amount);
  probability('duplicate', state.duplication);
  probability('corrupt', state.corruption);
  if (state.reordering !== undefined) {
    probability('reorder', state.reordering.probability);
    time('reorder', state.reordering.by);
  }
  if (state.loss !== undefined) checkLoss(state.loss);
  for (const { from, until } of state.outages) {
    if (!(from >= 0 && until > from)) throw new RangeError('an outage ends after it begins');
  }
}

function checkLoss(loss: LossSpec): void {
  if (loss.kind === 'bernoulli') {
    probability('loss', loss.probability);
    return;
  }
  probability('loss, good to bad', loss.toBad);
  probability('loss, bad to good', loss.toGood);
  probability('loss while good', loss.lossInGood);
  probability('loss while bad', loss.lossInBad);
}

function probability(name: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`${name} must be a probability from 0 to 1 (0 % to 100 %)`);
}

function time(name: string, t: Duration): void {
  if (!(t >= 0 && t < NEVER)) throw new RangeError(`${name} must be a time of 0 or more`);
}
