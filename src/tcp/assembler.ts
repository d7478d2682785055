// Which octets beyond RCV.NXT are here: ranges only (the octets lie in the receive buffer), in order, apart from each
// other, and bounded in number, so that a peer that sends every second octet cannot make us keep more.
import { type Seq, seqDiff, seqLeq, seqLt, seqMax, seqMin } from './seq.ts';

export class Assembler {
  /** The most ranges that are held. */
  static readonly MOST = 256;

  readonly #starts: Seq[] = [];
  readonly #ends: Seq[] = [];

  get isEmpty(): boolean {
    return this.#starts.length === 0;
  }

  /** The ranges [start, end), in order. */
  ranges(): [Seq, Seq][] {
    return this.#starts.map((start, index) => [start, this.#ends[index]!]);
  }

  /** Where the last range ends. */
  get furthest(): Seq | undefined {
    return this.#ends.at(-1);
  }

  /** Octets held in all. */
  get octets(): number {
    return this.ranges().reduce((sum, [start, end]) => sum + seqDiff(end, start), 0);
  }

  /** Notes that [start, end) is here; false, and nothing noted, if that would be one range too many. */
  add(start: Seq, end: Seq): boolean {
    const starts = this.#starts;
    const ends = this.#ends;
    // Ranges that touch or overlap [start, end) are first … last - 1.
    let first = 0;
    while (first < starts.length && seqLt(ends[first]!, start)) first++;
    let last = first;
    while (last < starts.length && seqLeq(starts[last]!, end)) last++;

    if (first === last) {
      if (starts.length >= Assembler.MOST) return false;
      starts.splice(first, 0, start);
      ends.splice(first, 0, end);
      return true;
    }
    const joinedStart = seqMin(start, starts[first]!);
    const joinedEnd = seqMax(end, ends[last - 1]!);
    starts.splice(first, last - first, joinedStart);
    ends.splice(first, last - first, joinedEnd);
    return true;
  }

  /** RCV.NXT has reached `nxt`: takes out what is no longer beyond it, and returns the octets now in order after it. */
  take(nxt: Seq): number {
    while (this.#starts.length > 0 && seqLeq(this.#ends[0]!, nxt)) {
      this.#starts.shift();
      this.#ends.shift();
    }
    if (this.#starts.length === 0 || seqLt(nxt, this.#starts[0]!)) return 0;
    this.#starts.shift();
    return seqDiff(this.#ends.shift()!, nxt);
  }
}
