// Segments on a link: objects that are used again, kept in two orders, that of the queue and that of arrival.
import { BEGINNING, type Instant, NEVER, Segment } from '../tcp/index.ts';

/** Why a segment did not arrive. */
export type Drop =
  | 'queue-full'
  | 'codel'
  | 'loss'
  | 'corruption' // arrives with a flipped bit, which the checksum finds
  | 'outage'
  | 'rule';

export const DROPS: readonly Drop[] = ['queue-full', 'codel', 'loss', 'corruption', 'outage', 'rule'];

/** A segment on its way, and what its links note of it. One object, not two: in thousands, each costs a miss of the cache. */
export class Flight extends Segment {
  /** A number that comes out with the segment: where it is going, say. */
  tag = 0;
  /** Octets on the wire. */
  size = 0;
  enqueuedAt: Instant = BEGINNING;
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
    this.copyFrom(seg);
    this.keepText(sharesText);
  }

  /**
   * Copies the segment's text, which belongs to another, to where it lasts as long as the flight: but not if it `sharesText`,
   * and the text lies where its sender wrote it and leaves it alone for good.
   */
  keepText(sharesText: boolean): void {
    const { text, textStart, textLength } = this;
    if (textLength === 0 || text === this.#store) return;
    if (sharesText && this.textLasts !== 'briefly') {
      this.textLasts = 'for-good';
      return;
    }
    if (this.#store.length < textLength) this.#store = new Uint8Array(textLength);
    this.#store.set(text.subarray(textStart, textStart + textLength));
    this.text = this.#store;
    this.textStart = 0;
    this.textLasts = 'briefly';
  }
}

/**
 * Flights in order, each with a number: when it arrives, or its octets. A ring that grows. The numbers lie beside the flights, so
 * that a flight itself is looked at when it goes in and when it comes out: thousands on their way are not in the processor's cache.
 */
export class Fifo {
  #ring: (Flight | undefined)[] = Array.from({ length: 16 });
  #numbers = new Float64Array(16);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(flight: Flight, number: number): void {
    if (this.#length === this.#ring.length) this.#grow();
    const at = (this.#head + this.#length) & (this.#ring.length - 1);
    this.#ring[at] = flight;
    this.#numbers[at] = number;
    this.#length++;
  }

  /** Puts it before all whose number is greater: segments seldom overtake, and then few. */
  insert(flight: Flight, number: number): void {
    const isLast = this.#length === 0 || this.lastNumber <= number;
    this.push(flight, number);
    if (!isLast) this.#rise(flight, number);
  }

  /** The first; undefined where there is none. */
  peek(): Flight | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head];
  }

  /** The first one's number; NEVER where there is none. */
  get firstNumber(): number {
    return this.#length === 0 ? NEVER : this.#numbers[this.#head]!;
  }

  /** The number of the one that would leave last. Means nothing where there is none. */
  get lastNumber(): number {
    return this.#numbers[(this.#head + this.#length - 1) & (this.#ring.length - 1)]!;
  }

  /** Takes out the first if its number is at most `limit`. */
  shiftUpTo(limit: number): Flight | undefined {
    if (this.#length === 0 || this.#numbers[this.#head]! > limit) return undefined;
    return this.shift();
  }

  /** Takes out the first: there must be one. */
  shift(): Flight {
    const flight = this.#ring[this.#head]!;
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#length--;
    return flight;
  }

  #rise(flight: Flight, number: number): void {
    const mask = this.#ring.length - 1;
    let at = this.#length - 1;
    for (; at > 0; at--) {
      const from = (this.#head + at - 1) & mask;
      const to = (this.#head + at) & mask;
      if (this.#numbers[from]! <= number) break;
      this.#ring[to] = this.#ring[from];
      this.#numbers[to] = this.#numbers[from]!;
    }
    this.#ring[(this.#head + at) & mask] = flight;
    this.#numbers[(this.#head + at) & mask] = number;
  }

  #grow(): void {
    const ring: (Flight | undefined)[] = Array.from({ length: this.#ring.length * 2 });
    const numbers = new Float64Array(ring.length);
    for (let i = 0; i < this.#length; i++) {
      const from = (this.#head + i) & (this.#ring.length - 1);
      ring[i] = this.#ring[from];
      numbers[i] = this.#numbers[from]!;
    }
    this.#ring = ring;
    this.#numbers = numbers;
    this.#head = 0;
  }
}
