// The tempo of an application at one end: its plan, and the hand of whoever sits at the keyboard, who may stop it, step it
// chunk by chunk, and set, double or halve the pace of the present phase. The plan's clock goes on meanwhile.
import { type Instant, NEVER } from '../tcp/index.ts';
import { Pace } from './pace.ts';
import { type Plan, type PlanPlace } from './plan.ts';
import { type Rate } from './quantities.ts';

/** Octets of a single step where no chunk was asked for. */
const STEP = 4_096;

export class Tempo {
  readonly plan: Plan;
  readonly #chunk: number | undefined;
  #beganAt: Instant;
  readonly #pace: Pace;
  #phase = 0;
  #isStopped = false;
  /** Octets that may still be moved though stopped. */
  #steps = 0;

  /** The plan begins `now`. */
  constructor(plan: Plan, chunk: number | undefined, now: Instant) {
    this.plan = plan;
    this.#chunk = chunk;
    this.#beganAt = now;
    this.#pace = new Pace(plan.at(0).rate, chunk, now);
  }

  /** Begins the plan anew. */
  restart(now: Instant): void {
    this.#beganAt = now;
    this.#phase = 0;
    this.#pace.setRate(this.plan.at(0).rate, now);
  }

  /** Stopped by hand; a plan's own stop is a rate of 0. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** The present rate, the hand's changes included. */
  rate(now: Instant): Rate {
    if (this.#isStopped) return 0;
    const place = this.place(now);
    return place.index === this.#phase ? this.#pace.rate : place.rate; // changes nothing: whoever looks may ask
  }

  place(now: Instant): PlanPlace {
    return this.plan.at(now - this.#beganAt);
  }

  /** Octets that may be moved at once now; 0 until `nextAt`. To be asked again after each move. */
  allowance(now: Instant): number {
    this.#follow(now);
    if (this.#steps > 0) return this.#steps;
    return this.#isStopped ? 0 : this.#pace.allowance(now);
  }

  moved(count: number): void {
    if (this.#steps > 0) this.#steps = Math.max(0, this.#steps - count);
    else this.#pace.moved(count);
  }

  /** When to ask again, if nothing else happens before. */
  nextAt(now: Instant): Instant {
    const place = this.#follow(now);
    const phaseEnds = place.left === NEVER ? NEVER : now + place.left;
    if (this.#steps > 0) return now;
    return this.#isStopped ? NEVER : Math.min(phaseEnds, this.#pace.nextAt(now));
  }

  stopOrResume(): void {
    if (this.#isStopped) this.resume();
    else this.stop();
  }

  stop(): void {
    this.#isStopped = true;
    this.#steps = 0;
  }

  resume(): void {
    this.#isStopped = false;
    this.#steps = 0;
  }

  /** By hand, until the plan's next phase; 0 is not at all. */
  setRate(rate: Rate, now: Instant): void {
    this.#follow(now);
    this.#pace.setRate(rate, now);
  }

  /** While nothing moves by itself, one chunk may. */
  step(now: Instant): void {
    if (this.rate(now) === 0) this.#steps += this.#chunk ?? STEP;
  }

  double(now: Instant): void {
    this.#follow(now);
    this.#pace.setRate(this.#pace.rate * 2, now);
  }

  /** Half of "as fast as possible" is half of what was `measured`, in octets per second. */
  halve(measured: Rate, now: Instant): void {
    this.#follow(now);
    const { rate } = this.#pace;
    const half = (rate === Infinity ? measured : rate) / 2;
    if (rate > 0 && half > 0) this.#pace.setRate(Math.max(1, half), now);
  }

  /** Into the phase that holds now, if it is another: its rate replaces what the hand had set. */
  #follow(now: Instant): PlanPlace {
    const place = this.place(now);
    if (place.index !== this.#phase) {
      this.#phase = place.index;
      this.#pace.setRate(place.rate, now);
    }
    return place;
  }
}
