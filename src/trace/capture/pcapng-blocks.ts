// The blocks of a pcapng file (draft-ietf-opsawg-pcapng §3.1), in either byte order.
import { BYTE_ORDER_MAGIC, SECTION_HEADER_BLOCK } from '../format.ts';
import { PieceReader } from './piece-reader.ts';

/** One block: `type`, and its body of `length` octets at `at`. Reused: valid while it is being taken. */
export class Block {
  type = 0;
  octets: Uint8Array = new Uint8Array(0);
  view = new DataView(this.octets.buffer);
  at = 0;
  length = 0;
  isLittleEndian = true;
}

const MAX_BLOCK = 16 * 1_048_576;
/** Type, length, and of a section header the byte order: what is needed to know how long a block is. */
const HEAD = 12;
/** The shortest section header: byte order, version and the section's length in a block. */
const MIN_SECTION = 28;

export class PcapngBlocks extends PieceReader {
  readonly #take: (block: Block) => void;
  readonly #block = new Block();

  constructor(take: (block: Block) => void) {
    super(HEAD);
    this.#take = take;
  }

  protected override lengthOf(at: number): number {
    const isSection = this.view.getUint32(at) === SECTION_HEADER_BLOCK; // reads the same in either order
    if (isSection && !this.#takeByteOrder(at)) return 0;
    const length = this.view.getUint32(at + 4, this.#block.isLittleEndian);
    if (length < (isSection ? MIN_SECTION : HEAD) || length % 4 !== 0) return this.fail('block-length');
    return length > MAX_BLOCK ? this.fail('block-too-long') : length;
  }

  #takeByteOrder(at: number): boolean {
    const isLittleEndian = this.view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
    if (!isLittleEndian && this.view.getUint32(at + 8) !== BYTE_ORDER_MAGIC) {
      this.fail('not-a-capture');
      return false;
    }
    this.#block.isLittleEndian = isLittleEndian;
    return true;
  }

  protected override take(at: number, length: number): void {
    const block = this.#block;
    const { view } = this;
    const little = block.isLittleEndian;
    if (view.getUint32(at + length - 4, little) !== length) {
      this.fail('block-length');
      return;
    }
    block.type = view.getUint32(at, little);
    if (block.type === SECTION_HEADER_BLOCK && view.getUint16(at + 12, little) !== 1) {
      this.fail('pcapng-version');
      return;
    }
    block.octets = this.chunk;
    block.view = view;
    block.at = at + 8;
    block.length = length - HEAD;
    this.#take(block);
  }
}
