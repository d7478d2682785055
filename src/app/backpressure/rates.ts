// Two ways to find the rate a consumer can bear. AIMD: a little more each interval, much less when something had to wait
// (Chiu and Jain 1989; with a factor of 1/2 it is TCP's congestion avoidance, RFC 5681 §3.1). PID: Spark Streaming's estimator.
import { type Duration, type Instant, SECOND } from '../../tcp/index.ts';

export interface AimdOptions {
  /** Messages a second, added after each interval in which nothing waited at its end. */
  step: number;
  /** What the rate is multiplied by when something did; under 1. */
  factor: number;
  /** Messages a second, at least. */
  least: number;
}

/** The next rate. `measured` is what was taken, per second: where the rate was unbounded, the decrease begins there. */
export function aimd(rate: number, isCongested: boolean, measured: number, options: AimdOptions): number {
  if (!isCongested) return rate + options.step;
  return Math.max(options.least, Math.min(rate, Math.max(measured, options.least)) * options.factor);
}

export interface PidOptions {
  proportional: number;
  integral: number;
  derivative: number;
  /** Messages a second, at least. */
  least: number;
  /** The length of a batch. */
  interval: Duration;
}

/** Spark's: 1, 0.2 and 0, and no less than 100 a second (spark.streaming.backpressure.pid.*). */
export const SPARK_PID: Omit<PidOptions, 'interval'> = { proportional: 1, integral: 0.2, derivative: 0, least: 100 };

/**
 * org.apache.spark.streaming.scheduler.rate.PIDRateEstimator. The error is how far the rate is above the rate of processing, its
 * integral is what has piled up meanwhile (the scheduling delay, in elements, per interval), its derivative how it has changed.
 */
export class PidRate {
  readonly #options: PidOptions;
  #isFirst = true;
  #latestAt: Instant = -1;
  #latestRate = -1;
  #latestError = -1;

  constructor(options: PidOptions) {
    this.#options = options;
  }

  /**
   * A batch is done: the rate for the next, in elements a second; undefined for the first, whose rate of processing is where it
   * starts from, and for a batch of nothing, or one that is not later than the last.
   */
  compute(at: Instant, elements: number, processing: Duration, scheduling: Duration): number | undefined {
    if (at <= this.#latestAt || elements <= 0 || processing <= 0) return undefined;
    const { proportional, integral, derivative, least, interval } = this.#options;
    const sinceUpdate = (at - this.#latestAt) / SECOND;
    const processingRate = (elements / processing) * SECOND;
    const error = this.#latestRate - processingRate;
    const historical = (scheduling * processingRate) / interval;
    const change = (error - this.#latestError) / sinceUpdate;
    const rate = Math.max(least, this.#latestRate - proportional * error - integral * historical - derivative * change);
    this.#latestAt = at;
    if (this.#isFirst) {
      this.#isFirst = false;
      this.#latestRate = processingRate;
      this.#latestError = 0;
      return undefined;
    }
    this.#latestRate = rate;
    this.#latestError = error;
    return rate;
  }
}
