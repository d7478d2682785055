// How fast something has grown lately.
import { type Instant, SECOND } from '../tcp/index.ts';

const WINDOW = SECOND;

export class Meter {
  #samples: { at: Instant; total: number }[] = [];

  /** To be called a few times a second. */
  sample(total: number, now: Instant): void {
    this.#samples.push({ at: now, total });
    // One sample from before the window's beginning stays, so that there is always a whole window to look back on.
    while (this.#samples.length > 2 && this.#samples[1]!.at <= now - WINDOW) this.#samples.shift();
  }

  /** Per second, over the last second or what there was of it. */
  get rate(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at === first.at) return 0;
    return ((last.total - first.total) / (last.at - first.at)) * SECOND;
  }
}
