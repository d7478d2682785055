// What is told of the links between the ends: how much waits in them, what they dropped.
import { type FeedLinkState } from '../../../trace/index.ts';

export interface LinkSample {
  at: number;
  links: readonly FeedLinkState[];
}

const MOST_SAMPLES = 20_000;

export class LinkTable {
  #samples: LinkSample[] = [];

  add(at: number, links: readonly FeedLinkState[]): void {
    if (links.length === 0) return;
    this.#samples.push({ at, links });
    if (this.#samples.length > MOST_SAMPLES) this.#samples = this.#samples.filter((_, index) => index % 2 === 0);
  }

  get isEmpty(): boolean {
    return this.#samples.length === 0;
  }

  at(ns: number): LinkSample | undefined {
    let low = 0;
    let high = this.#samples.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#samples[middle]!.at <= ns) low = middle + 1;
      else high = middle;
    }
    return this.#samples[low - 1];
  }
}
