// The dice of a link: jitter and loss, drawn from streams of their own, so that the same seed gives each segment the same
// fate whatever else the link is made to do.
import { type Duration } from '../tcp/index.ts';
import { type Random } from './random.ts';
import { type Jitter, type LossSpec } from './spec.ts';

/** Pareto's shape: the mean exists and the variance does not, as measured on the Internet. */
const PARETO_SHAPE = 1.5;

/** What is added to the delay; never so little that the sum would be negative. */
export function drawJitter(jitter: Jitter, delay: Duration, random: Random): Duration {
  switch (jitter.shape) {
    case 'uniform':
      return Math.max(-delay, Math.round((2 * random.real() - 1) * jitter.amount));
    case 'normal':
      return Math.max(-delay, Math.round(random.normal() * jitter.amount));
    case 'pareto':
      // (pareto - 1) has the mean 1 / (shape - 1) = 2
      return Math.round((random.pareto(PARETO_SHAPE) - 1) * (PARETO_SHAPE - 1) * jitter.amount);
  }
}

/** Remembers which state a Gilbert–Elliott channel is in. */
export class LossProcess {
  #isBad = false;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Is the next segment lost? */
  draw(loss: LossSpec): boolean {
    if (loss.kind === 'bernoulli') return this.#random.chance(loss.probability);
    const isLost = this.#random.chance(this.#isBad ? loss.lossInBad : loss.lossInGood);
    if (this.#random.chance(this.#isBad ? loss.toGood : loss.toBad)) this.#isBad = !this.#isBad;
    return isLost;
  }
}
