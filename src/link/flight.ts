// Segments on a link: objects that are used again, kept in two orders, that of the queue and that of arrival.
import { BEGINNING, type Instant, Segment } from '../tcp/index.ts';

/** Why a segment did not arrive. */
export type Drop =
  | 'queue-full'
  | 'codel'
  | 'loss'
  | 'corruption' // arrives with a flipped bit, which the checksum finds
  | 'outage'
  | 'rule';

export const DROPS: readonly Drop[] = ['queue-full', 'codel', 'loss', 'corruption', 'outage', 'rule'];

export class Flight {
  readonly seg = new Segment();
  /** A number that comes out with the segment: where it is going, say. */
  tag = 0;
  /** Octets on the wire. */
  size = 0;
  enqueuedAt: Instant = BEGINNING;
  arrivesAt: Instant = BEGINNING;
  /** What the dice said when it was sent: it will be lost on the wire. */
  fate: Drop | undefined = undefined;
  /** A rule holds it for so long beyond the link's delay. */
  held = 0;
  /** The number of the rule that says it is to be lost or corrupted, from 1; 0 for none. */
  rule = 0;
  /** One more of what was sent once. */
  isCopy = false;
  #store = new Uint8Array(0);

  /** Takes a segment with its text, which is gone with the next poll unless it is lasting and `sharesText`. */
  load(seg: Segment, sharesText: boolean): void {
    this.seg.copyFrom(seg);
    if (seg.textLength > 0 && !(sharesText && seg.isTextLasting)) this.keepText();
  }

  /** Copies the segment's text, which belongs to another, to where it lasts as long as the flight. */
  keepText(): void {
    const { seg } = this;
    const { text, textStart, textLength } = seg;
    if (text === this.#store) return;
    if (this.#store.length < textLength) this.#store = new Uint8Array(textLength);
    this.#store.set(text.subarray(textStart, textStart + textLength));
    seg.text = this.#store;
    seg.textStart = 0;
    seg.isTextLasting = false;
  }
}

/** First in, first out; a ring that grows. */
export class Fifo {
  #ring: (Flight | undefined)[] = Array.from({ length: 16 });
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(flight: Flight): void {
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = flight;
    this.#length++;
  }

  /** Puts it before all that arrive later than it: segments seldom overtake, and then few. */
  insert(flight: Flight): void {
    this.push(flight);
    const mask = this.#ring.length - 1;
    let at = this.#length - 1;
    while (at > 0) {
      const before = this.#ring[(this.#head + at - 1) & mask]!;
      if (before.arrivesAt <= flight.arrivesAt) break;
      this.#ring[(this.#head + at) & mask] = before;
      at--;
    }
    this.#ring[(this.#head + at) & mask] = flight;
  }

  peek(): Flight | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head];
  }

  /** The one that would leave last. */
  last(): Flight | undefined {
    return this.#ring[(this.#head + this.#length - 1) & (this.#ring.length - 1)];
  }

  shift(): Flight | undefined {
    if (this.#length === 0) return undefined;
    const flight = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#length--;
    return flight;
  }

  #grow(): void {
    const ring: (Flight | undefined)[] = Array.from({ length: this.#ring.length * 2 });
    for (let i = 0; i < this.#length; i++) ring[i] = this.#ring[(this.#head + i) & (this.#ring.length - 1)];
    this.#ring = ring;
    this.#head = 0;
  }
}
