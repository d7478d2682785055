// The octets written and not yet acknowledged, from SND.UNA on. What the application writes is kept as views, not copied:
// it must leave those octets alone until they are acknowledged. Small writes are gathered into blocks, so that a million
// one-octet writes do not become a million objects.
import { assert } from './assert.ts';
import { type Segment } from './segment.ts';

/** Writes shorter than this are copied into blocks. */
const SMALL = 2_048;
const BLOCK = 16_384;

/** The place of the first octet: a floating-point number from the beginning, for the reason `BEGINNING` (time.ts) gives. */
const ORIGIN = 2 ** 31;

/** Consecutive octets of the stream: the places `start` to `end`, lying in `octets` from `offset` on. */
interface Piece {
  readonly octets: Uint8Array;
  readonly offset: number;
  /** Places in the stream, counted from ORIGIN: a run stays under 2^53 octets. */
  readonly start: number;
  end: number;
}

export class SendBuffer {
  #first = ORIGIN;
  #end = ORIGIN;
  #closed = false;

  /** In order; those before `#head` are acknowledged. */
  #pieces: (Piece | undefined)[] = [];
  #head = 0;
  /** Where the last look-up ended: the next one usually goes on from there. */
  #cursor = 0;

  #block: Uint8Array | undefined;
  #blockUsed = 0;
  /** The last piece, if it lies in the block and may grow there. */
  #growing: Piece | undefined;

  /** Text that spans pieces is put together here; valid until the next segment is filled. */
  #seam: Uint8Array | undefined;

  /** Octets held. */
  get length(): number {
    return this.#end - this.#first;
  }

  /** The application has closed: after the last octet comes the FIN. */
  get isClosed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
  }

  append(octets: Uint8Array): void {
    assert(!this.#closed, 'nothing is written after close');
    if (octets.length >= SMALL) this.#push(plain(octets), 0, octets.length);
    else this.#gather(octets);
  }

  /** Drops the first `count` octets: they are acknowledged. */
  acknowledge(count: number): void {
    assert(count <= this.length, 'only what is held can be acknowledged');
    this.#first += count;
    while (this.#head < this.#pieces.length && this.#piece(this.#head).end <= this.#first) {
      if (this.#pieces[this.#head] === this.#growing) this.#growing = undefined;
      this.#pieces[this.#head++] = undefined;
    }
    if (this.#head > 64 && this.#head * 2 > this.#pieces.length) this.#compact();
  }

  /** Drops everything: the connection was reset or aborted. */
  clear(): void {
    this.#first = this.#end;
    this.#pieces = [];
    this.#head = 0;
    this.#cursor = 0;
    this.#block = undefined;
    this.#growing = undefined;
  }

  /** Points `seg`'s text at `length` octets, beginning `offset` octets after SND.UNA. */
  fill(seg: Segment, offset: number, length: number): void {
    assert(offset + length <= this.length, 'only what is held can be sent');
    seg.textLength = length;
    if (length === 0) return;
    const place = this.#first + offset;
    const piece = this.#find(place);
    if (place + length <= piece.end) {
      seg.text = piece.octets;
      seg.textStart = within(piece, place);
      seg.textLasts = 'until-acknowledged';
      return;
    }
    seg.text = this.#join(place, length);
    seg.textStart = 0;
    seg.textLasts = 'briefly';
  }

  #join(place: number, length: number): Uint8Array {
    if (this.#seam === undefined || this.#seam.length < length) this.#seam = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const piece = this.#find(place + filled);
      const from = within(piece, place + filled);
      const taken = Math.min(piece.end - place - filled, length - filled);
      this.#seam.set(piece.octets.subarray(from, from + taken), filled);
      filled += taken;
    }
    return this.#seam;
  }

  #find(place: number): Piece {
    let index = Math.max(this.#cursor, this.#head);
    if (index >= this.#pieces.length) index = this.#head;
    while (index > this.#head && this.#piece(index).start > place) index--;
    while (this.#piece(index).end <= place) index++;
    this.#cursor = index;
    return this.#piece(index);
  }

  #piece(index: number): Piece {
    const piece = this.#pieces[index];
    assert(piece !== undefined, 'the octet is held');
    return piece;
  }

  #push(octets: Uint8Array, offset: number, length: number): Piece {
    const piece = { octets, offset, start: this.#end, end: this.#end + length };
    this.#pieces.push(piece);
    this.#end += length;
    this.#growing = undefined;
    return piece;
  }

  #gather(octets: Uint8Array): void {
    if (octets.length === 0) return;
    if (this.#block === undefined || this.#blockUsed + octets.length > BLOCK) {
      this.#block = new Uint8Array(BLOCK);
      this.#blockUsed = 0;
      this.#growing = undefined;
    }
    const offset = this.#blockUsed;
    this.#block.set(octets, offset);
    this.#blockUsed += octets.length;
    if (this.#growing === undefined) {
      this.#growing = this.#push(this.#block, offset, octets.length);
      return;
    }
    this.#growing.end += octets.length;
    this.#end += octets.length;
  }

  #compact(): void {
    this.#pieces = this.#pieces.slice(this.#head);
    this.#cursor = Math.max(0, this.#cursor - this.#head);
    this.#head = 0;
  }
}

/** Where in its octets a piece has that place of the stream: a small integer, though what it is made of are large ones. */
function within(piece: Piece, place: number): number {
  return (piece.offset + (place - piece.start)) >>> 0;
}

/** The same octets as a plain Uint8Array: views of a subclass, such as Node's Buffer, take twice as long to make. */
function plain(octets: Uint8Array): Uint8Array {
  if (octets.constructor === Uint8Array) return octets;
  return new Uint8Array(octets.buffer, octets.byteOffset, octets.length);
}
