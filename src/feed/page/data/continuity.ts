// Whether what a feed tells of a connection is without a gap: its packets are numbered, and its states are exact.
import { type SegmentPasses } from '../../../trace/index.ts';
import { type Stretch } from './stretches.ts';

/** Shorter gaps, as thinning for many observers makes them, hide nothing that the states between do not tell. */
export const LEAST_UNSEEN_NS = 100e6;

export class Continuity {
  #packet = 0;
  /** Everything is known up to here, or what it came to. */
  knownNs: number;

  constructor(openedNs: number) {
    this.knownNs = openedNs;
  }

  /** A state tells what everything came to. */
  state(atNs: number): void {
    this.knownNs = atNs;
  }

  /** What was not seen before this segment. */
  segment({ packet, atNs }: SegmentPasses): Stretch | undefined {
    const isNext = packet <= this.#packet + 1;
    const gap = { fromNs: this.knownNs, untilNs: atNs };
    this.#packet = Math.max(this.#packet, packet);
    this.knownNs = Math.max(this.knownNs, atNs);
    return !isNext && gap.untilNs - gap.fromNs >= LEAST_UNSEEN_NS ? gap : undefined;
  }
}
