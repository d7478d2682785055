// What a receiver says of what lies beyond a gap: the SACK option (RFC 2018 §4), and of what came twice: D-SACK (RFC 2883).
// The first block is the one that the latest segment belongs to; after it come those that were first before it.
import { type Assembler } from './assembler.ts';
import { type Segment } from './segment.ts';
import { NO_SEQ, type Seq, seqDiff } from './seq.ts';

/** Blocks that 40 octets of options can hold; one less beside timestamps (RFC 2018 §3). */
const MOST_BLOCKS = 4;

export class SackReport {
  /** One sequence number in each range that was reported first, the latest first. */
  readonly #recent: Seq[] = [];
  #hasDuplicate = false;
  #duplicateStart: Seq = NO_SEQ;
  #duplicateEnd: Seq = NO_SEQ;

  /** Text that begins at `start` has come beyond a gap. */
  arrived(start: Seq): void {
    this.#recent.unshift(start);
    if (this.#recent.length > 2 * MOST_BLOCKS) this.#recent.length = 2 * MOST_BLOCKS;
  }

  /** [start, end) has come though it was here. It is told of once (RFC 2883 §4). */
  cameTwice(start: Seq, end: Seq): void {
    if (seqDiff(end, start) <= 0) return;
    this.#hasDuplicate = true;
    this.#duplicateStart = start;
    this.#duplicateEnd = end;
  }

  get hasDuplicate(): boolean {
    return this.#hasDuplicate;
  }

  /** Puts the blocks into `out`. Says whether the first is a D-SACK. */
  fill(out: Segment, held: Assembler, hasTimestamps: boolean): boolean {
    const most = hasTimestamps ? MOST_BLOCKS - 1 : MOST_BLOCKS;
    const tellsDuplicate = this.#hasDuplicate;
    if (tellsDuplicate) {
      out.addSack(this.#duplicateStart, this.#duplicateEnd);
      this.#hasDuplicate = false;
      // RFC 2883 §4: where the duplicate lies beyond the gap, the block that holds it comes next.
      const around = held.indexOf(this.#duplicateStart);
      if (around !== undefined) out.addSack(held.start(around), held.end(around));
    }
    let kept = 0;
    for (const mark of this.#recent) {
      const index = held.indexOf(mark);
      if (index === undefined) continue; // the gap before it was filled
      if (!this.#isNamedAbove(held, index, kept)) this.#recent[kept++] = mark;
      if (out.sackCount < most && !names(out, held.start(index), tellsDuplicate ? 1 : 0)) {
        out.addSack(held.start(index), held.end(index));
      }
    }
    this.#recent.length = kept;
    return tellsDuplicate;
  }

  #isNamedAbove(held: Assembler, index: number, kept: number): boolean {
    for (let i = 0; i < kept; i++) if (held.indexOf(this.#recent[i]!) === index) return true;
    return false;
  }
}

/** Is the range that begins at `start` among the blocks from `first` on? */
function names(out: Segment, start: Seq, first: number): boolean {
  for (let i = first; i < out.sackCount; i++) if (out.sacks[2 * i] === start) return true;
  return false;
}
