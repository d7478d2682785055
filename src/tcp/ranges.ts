// Ranges of sequence numbers, in order, apart from each other, and bounded in number, so that a peer that sends (or says it
// has) every second octet cannot make us keep more. What a receiver holds beyond a gap (assembler.ts), and what a sender
// knows to be there (scoreboard.ts).
import { type Seq, seqDiff, seqLeq, seqLt, seqMax, seqMin } from './seq.ts';

export class Ranges {
  /** The most ranges that are held. */
  static readonly MOST = 256;

  protected readonly starts: Seq[] = [];
  protected readonly ends: Seq[] = [];

  get isEmpty(): boolean {
    return this.starts.length === 0;
  }

  get count(): number {
    return this.starts.length;
  }

  start(index: number): Seq {
    return this.starts[index]!;
  }

  end(index: number): Seq {
    return this.ends[index]!;
  }

  /** The ranges [start, end), in order. */
  ranges(): [Seq, Seq][] {
    return this.starts.map((start, index) => [start, this.ends[index]!]);
  }

  /** Where the last range ends. */
  get furthest(): Seq | undefined {
    return this.ends.at(-1);
  }

  /** Octets held in all. */
  get octets(): number {
    let sum = 0;
    for (let i = 0; i < this.starts.length; i++) sum += seqDiff(this.ends[i]!, this.starts[i]!);
    return sum;
  }

  /** The range that `at` lies in, or undefined. */
  indexOf(at: Seq): number | undefined {
    for (let i = 0; i < this.starts.length && seqLeq(this.starts[i]!, at); i++) {
      if (seqLt(at, this.ends[i]!)) return i;
    }
    return undefined;
  }

  /** Notes [start, end); false, and nothing noted, if that would be one range too many. */
  add(start: Seq, end: Seq): boolean {
    const { starts, ends } = this;
    // Ranges that touch or overlap [start, end) are first … last - 1.
    let first = 0;
    while (first < starts.length && seqLt(ends[first]!, start)) first++;
    let last = first;
    while (last < starts.length && seqLeq(starts[last]!, end)) last++;

    if (first === last) {
      if (starts.length >= Ranges.MOST) return false;
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

  /** Forgets what lies left of `at`. */
  forget(at: Seq): void {
    while (this.starts.length > 0 && seqLeq(this.ends[0]!, at)) {
      this.starts.shift();
      this.ends.shift();
    }
    if (this.starts.length > 0 && seqLt(this.starts[0]!, at)) this.starts[0] = at;
  }

  clear(): void {
    this.starts.length = 0;
    this.ends.length = 0;
  }
}
