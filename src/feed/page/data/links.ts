// What is told of the links between the ends: how much waits in them, what they dropped. Each feed tells of its own; a sample
// holds the latest of all.
import { type FeedLinkState } from '../../../trace/index.ts';

export interface LinkSample {
  at: number;
  /** From the sender to the receiver, and back, where somebody tells. */
  there: FeedLinkState | undefined;
  back: FeedLinkState | undefined;
}

const MOST_SAMPLES = 20_000;

export class LinkTable {
  #samples: LinkSample[] = [];
  /** Names of the links told of last, for whoever may change them. */
  names: string[] = [];

  /** Of the end that tells: a receiver's first link leads back. */
  add(at: number, links: readonly FeedLinkState[], teller: 'sender' | 'receiver' | 'both' = 'both'): void {
    const [first, second] = links;
    if (first === undefined) return;
    this.names = links.map(({ link }) => link);
    const last = this.#samples.at(-1);
    const there = teller === 'receiver' ? last?.there : first;
    const back = teller === 'receiver' ? first : teller === 'both' ? second : last?.back;
    this.#samples.push({ at: Math.max(at, last?.at ?? 0), there, back });
    if (this.#samples.length > MOST_SAMPLES) this.#samples = this.#samples.filter((_, index) => index % 2 === 0);
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
