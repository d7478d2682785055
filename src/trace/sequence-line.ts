// Sequence numbers of one direction as plain numbers counted from the ISN, which do not wrap: a transfer may be longer
// than 4 GiB.
import { type Seq, seq, seqDiff } from '../tcp/index.ts';

export class SequenceLine {
  #last: Seq = seq(0);
  #offset = 0;
  isAnchored = false;

  /** The sequence number that counts as `offset`, if none does yet. */
  anchor(number: number, offset: number): void {
    if (this.isAnchored) return;
    this.#last = seq(number);
    this.#offset = offset;
    this.isAnchored = true;
  }

  /** Where `number` lies, within 2^31 of the one that was asked for before it. */
  offset(number: number): number {
    this.anchor(number, 1);
    this.#offset += seqDiff(seq(number), this.#last);
    this.#last = seq(number);
    return this.#offset;
  }
}
