// Sequence numbers of one direction as plain numbers from the ISN on, which do not wrap.
import { seq, seqDiff } from '../../../tcp/index.ts';

export class Offsets {
  #last = 0;
  #offset = 0;
  isAnchored = false;

  /** The number that counts as `offset`, if none does yet. */
  anchor(number: number, offset: number): void {
    if (this.isAnchored) return;
    this.#last = number;
    this.#offset = offset;
    this.isAnchored = true;
  }

  /** Where `number` lies, within 2^31 of the one that was asked for before; the first of all is 1, as after a SYN. */
  of(number: number): number {
    this.anchor(number, 1);
    this.#offset += seqDiff(seq(number), seq(this.#last));
    this.#last = number;
    return this.#offset;
  }

  /** The same, without moving what later ones are counted from: for numbers that may be anything. */
  near(number: number): number {
    if (!this.isAnchored) return this.of(number);
    return this.#offset + seqDiff(seq(number), seq(this.#last));
  }
}
