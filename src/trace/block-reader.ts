// Cuts a stream of octets into the blocks of a pcapng file, in whatever pieces it comes, either byte order, holding at most
// one block. Where the framing itself is broken there is no finding the next block, so reading ends there.
import { BYTE_ORDER_MAGIC, SECTION_HEADER_BLOCK } from './format.ts';

export type FramingFault =
  | 'not-pcapng' // it does not begin with a section header
  | 'pcapng-version' // a major version other than 1
  | 'block-length' // a length that no block has, or two that differ
  | 'block-too-long' // over 16 MiB: nothing we read has such blocks
  | 'truncated'; // the file ends within a block

/** One block: `type`, and its body of `length` octets at `at`. Reused: valid while it is being taken. */
export class Block {
  type = 0;
  octets: Uint8Array = new Uint8Array(0);
  view = new DataView(this.octets.buffer);
  at = 0;
  length = 0;
  isLittleEndian = true;
  /** Where the block begins in the file. */
  fileOffset = 0;
}

const MAX_BLOCK = 16 * 1_048_576;
/** Type, length, and of a section header the byte order: what is needed to know how long a block is. */
const HEAD = 12;

export class BlockReader {
  fault: FramingFault | undefined = undefined;
  /** Octets of whole blocks read. */
  octets = 0;
  readonly #take: (block: Block) => void;
  readonly #block = new Block();
  /** A block of which not all has come. */
  #held = new Uint8Array(HEAD);
  #heldLength = 0;
  #isFirst = true;

  constructor(take: (block: Block) => void) {
    this.#take = take;
  }

  /** Octets of a block that has begun. */
  get pending(): number {
    return this.#heldLength;
  }

  push(chunk: Uint8Array): void {
    this.#look(chunk);
    let at = 0;
    while (at < chunk.length && this.fault === undefined) {
      if (this.#heldLength > 0) {
        at += this.#collect(chunk, at);
        if (this.#heldLength === 0) this.#look(chunk);
        continue;
      }
      const left = chunk.length - at;
      const length = left < HEAD ? left + 1 : this.#lengthOf(at);
      if (this.fault !== undefined) return;
      if (length <= left) {
        this.#deliver(at, length);
        at += length;
        continue;
      }
      at += this.#hold(chunk, at, length);
    }
  }

  /** There is no more: was that the end of a block? */
  end(): void {
    if (this.fault !== undefined) return;
    if (this.#heldLength > 0) this.fault = 'truncated';
    else if (this.#isFirst) this.fault = 'not-pcapng';
  }

  #look(octets: Uint8Array): void {
    this.#block.octets = octets;
    this.#block.view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  }

  /** Keeps what there is of a block; its length may not be known yet. */
  #hold(chunk: Uint8Array, at: number, length: number): number {
    const left = chunk.length - at;
    if (this.#held.length < length) this.#held = new Uint8Array(length);
    this.#held.set(chunk.subarray(at), 0);
    this.#heldLength = left;
    return left;
  }

  /** Adds to the block that is held, and delivers it once it is whole. Returns how many octets were taken. */
  #collect(chunk: Uint8Array, at: number): number {
    const taken = this.#fill(chunk, at, HEAD);
    if (this.#heldLength < HEAD) return taken;
    this.#look(this.#held);
    const length = this.#lengthOf(0);
    if (this.fault !== undefined) return taken;
    const more = this.#fill(chunk, at + taken, length);
    if (this.#heldLength < length) return taken + more;
    this.#look(this.#held);
    this.#heldLength = 0;
    this.#deliver(0, length);
    return taken + more;
  }

  #fill(chunk: Uint8Array, at: number, length: number): number {
    const count = Math.min(chunk.length - at, length - this.#heldLength);
    if (count <= 0) return 0;
    if (this.#held.length < length) {
      const larger = new Uint8Array(length);
      larger.set(this.#held.subarray(0, this.#heldLength));
      this.#held = larger;
    }
    this.#held.set(chunk.subarray(at, at + count), this.#heldLength);
    this.#heldLength += count;
    return count;
  }

  /** The length that the block at `at` gives itself, or a fault. */
  #lengthOf(at: number): number {
    const block = this.#block;
    const { view } = block;
    const isSection = view.getUint32(at) === SECTION_HEADER_BLOCK; // reads the same in either order
    if (isSection && !this.#takeByteOrder(at)) return 0;
    if (!isSection && this.#isFirst) return this.#fail('not-pcapng');
    const length = view.getUint32(at + 4, block.isLittleEndian);
    if (length < (isSection ? 28 : HEAD) || length % 4 !== 0) return this.#fail('block-length');
    return length > MAX_BLOCK ? this.#fail('block-too-long') : length;
  }

  #takeByteOrder(at: number): boolean {
    const { view } = this.#block;
    const isLittleEndian = view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
    if (!isLittleEndian && view.getUint32(at + 8) !== BYTE_ORDER_MAGIC) {
      this.#fail('not-pcapng');
      return false;
    }
    this.#block.isLittleEndian = isLittleEndian;
    this.#isFirst = false;
    return true;
  }

  #deliver(at: number, length: number): void {
    const block = this.#block;
    const { view, isLittleEndian } = block;
    if (view.getUint32(at + length - 4, isLittleEndian) !== length) {
      this.#fail('block-length');
      return;
    }
    block.type = view.getUint32(at, isLittleEndian);
    if (block.type === SECTION_HEADER_BLOCK && view.getUint16(at + 12, isLittleEndian) !== 1) {
      this.#fail('pcapng-version');
      return;
    }
    block.at = at + 8;
    block.length = length - HEAD;
    block.fileOffset = this.octets;
    this.octets += length;
    this.#take(block);
  }

  #fail(fault: FramingFault): number {
    this.fault = fault;
    return 0;
  }
}
