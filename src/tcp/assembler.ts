// Which octets beyond RCV.NXT are here: ranges only, for the octets lie in the receive buffer.
import { Ranges } from './ranges.ts';
import { type Seq, seqDiff, seqLt } from './seq.ts';

export class Assembler extends Ranges {
  /** RCV.NXT has reached `nxt`: takes out what is no longer beyond it, and returns the octets now in order after it. */
  take(nxt: Seq): number {
    this.forget(nxt);
    if (this.starts.length === 0 || seqLt(nxt, this.starts[0]!)) return 0;
    this.starts.shift();
    return seqDiff(this.ends.shift()!, nxt);
  }
}
