// RCV.BUFF: a ring of octets received and not yet read. Octets that arrive beyond a gap are laid where they belong and
// become readable when the gap is filled. Memory is taken as octets come, never more than RCV.BUFF.
import { assert } from './assert.ts';

const FIRST = 4_096;

export class ReceiveBuffer {
  /** RCV.BUFF, octets. */
  readonly capacity: number;
  #ring = new Uint8Array(0);
  /** Where the first unread octet lies in the ring. */
  #start = 0;
  #length = 0;
  /** Octets from the first unread one to the end of the furthest that was laid down. */
  #reach = 0;
  /** All that is unread, from `#lentStart` on, while it lies where it came from and not in the ring. */
  #lent: Uint8Array | undefined;
  #lentStart = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** RCV.USER: octets in order and unread. */
  get length(): number {
    return this.#length;
  }

  /** Octets of memory held. */
  get allocated(): number {
    return this.#ring.length;
  }

  /**
   * As `lay` without a gap, for text that stays as it is for good: while nothing else is here it need not be copied. It is when
   * more comes before it is read. Says whether it was taken so.
   */
  lend(text: Uint8Array, start: number, length: number): boolean {
    if (this.#reach > 0) return false;
    assert(length <= this.capacity, 'nothing beyond the receive buffer is taken');
    if (length > this.#ring.length) this.#grow(length); // as large a ring as if it had been copied: what is read at once follows
    this.#lent = text;
    this.#lentStart = start;
    this.#reach = length;
    return true;
  }

  /** Lays down `length` octets of `text` from `start` on, `gap` octets to the right of RCV.NXT. */
  lay(gap: number, text: Uint8Array, start: number, length: number): void {
    if (this.#lent !== undefined) this.#bring(this.#lent);
    const offset = this.#length + gap;
    assert(offset + length <= this.capacity, 'nothing beyond the receive buffer is taken');
    if (offset + length > this.#ring.length) this.#grow(offset + length);
    this.#reach = Math.max(this.#reach, offset + length);

    const ring = this.#ring;
    let at = this.#start + offset;
    if (at >= ring.length) at -= ring.length;
    const whole = start === 0 && length === text.length ? text : text.subarray(start, start + length);
    const fits = ring.length - at;
    if (length <= fits) {
      ring.set(whole, at);
      return;
    }
    ring.set(whole.subarray(0, fits), at);
    ring.set(whole.subarray(fits), 0);
  }

  /** `count` octets more are in order. */
  advance(count: number): void {
    this.#length += count;
    assert(this.#length <= this.#reach, 'what is in order was laid down');
  }

  /**
   * The first unread octets that lie together: a view, whose octets stay as they are until they are consumed. What arrives
   * meanwhile is laid elsewhere, and a ring that grows leaves the old one behind.
   */
  peek(): Uint8Array {
    if (this.#lent !== undefined) return this.#lent.subarray(this.#lentStart, this.#lentStart + this.#length);
    return this.#ring.subarray(this.#start, this.#start + this.contiguous);
  }

  /** How many octets `peek` would show. */
  get contiguous(): number {
    return Math.min(this.#length, this.#ring.length - this.#start);
  }

  /** Forgets the first `count` octets: the application has them. */
  consume(count: number): void {
    assert(count <= this.#length, 'only what is unread can be read');
    if (this.#lent !== undefined) {
      if (count < this.#length) this.#bring(this.#lent);
      else this.#lent = undefined;
    }
    this.#length -= count;
    this.#reach -= count;
    this.#start += count;
    if (this.#start >= this.#ring.length) this.#start -= this.#ring.length;
    // An empty ring begins at its beginning again, which keeps a fast reader's octets in the processor's cache.
    if (this.#reach === 0) this.#start = 0;
  }

  /** Copies up to `target.length` octets out, and forgets them. Returns how many. */
  read(target: Uint8Array): number {
    let copied = 0;
    while (copied < target.length && this.#length > 0) {
      const view = this.peek();
      const count = Math.min(view.length, target.length - copied);
      target.set(count === view.length ? view : view.subarray(0, count), copied);
      this.consume(count);
      copied += count;
    }
    return copied;
  }

  /** Into the ring, which has room for it, and where nothing is. */
  #bring(lent: Uint8Array): void {
    this.#lent = undefined;
    this.#ring.set(lent.subarray(this.#lentStart, this.#lentStart + this.#reach), 0);
  }

  #grow(needed: number): void {
    const size = Math.min(this.capacity, Math.max(FIRST, needed, this.#ring.length * 2));
    const ring = new Uint8Array(size);
    const first = this.#ring.subarray(this.#start, Math.min(this.#start + this.#reach, this.#ring.length));
    ring.set(first, 0);
    ring.set(this.#ring.subarray(0, this.#reach - first.length), first.length);
    this.#ring = ring;
    this.#start = 0;
  }
}
