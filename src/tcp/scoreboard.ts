// What the receiver says it holds beyond SND.UNA (RFC 2018), and what that says is lost (RFC 6675 §4).
import { Ranges } from './ranges.ts';
import { type Segment } from './segment.ts';
import { type Seq, seqAdd, seqDiff, seqLeq, seqLt, seqMax, seqMin } from './seq.ts';

/** DupThresh (RFC 6675 §2, RFC 5681 §3.2). */
export const DUP_THRESH = 3;

/** What the SACK blocks of a segment tell. */
export type SackNews = 'nothing' | 'more' | 'duplicate';

export class Scoreboard {
  readonly #sacked = new Ranges();

  get isEmpty(): boolean {
    return this.#sacked.isEmpty;
  }

  get octets(): number {
    return this.#sacked.octets;
  }

  /** Where the last SACKed range ends, and begins. */
  get furthest(): Seq | undefined {
    return this.#sacked.furthest;
  }

  ranges(): [Seq, Seq][] {
    return this.#sacked.ranges();
  }

  /**
   * RFC 6675's Update(): takes the blocks that lie between SND.UNA and SND.NXT. `'more'` if any octet is news: then the
   * segment is a duplicate acknowledgment in the sense of RFC 6675 §2, wherever its SEG.ACK is. `'duplicate'` if the first
   * block reports what came twice (D-SACK, RFC 2883 §4) and nothing is news.
   */
  update(seg: Segment, una: Seq, nxt: Seq): SackNews {
    const before = this.#sacked.octets;
    const flight = seqDiff(nxt, una);
    const first = reportsDuplicate(seg) ? 1 : 0;
    for (let i = first; i < seg.sackCount; i++) {
      const end = seg.sacks[2 * i + 1]!;
      // Both edges are measured from SND.UNA: compared with each other, edges 2^31 apart would each seem left of the other.
      const from = Math.max(0, seqDiff(seg.sacks[2 * i]!, una));
      const to = seqDiff(end, una);
      if (from < to && to <= flight) this.#sacked.add(seqAdd(una, from), end);
    }
    if (this.#sacked.octets > before) return 'more';
    return first === 1 ? 'duplicate' : 'nothing';
  }

  /** SND.UNA has moved. */
  acknowledged(una: Seq): void {
    this.#sacked.forget(una);
  }

  clear(): void {
    this.#sacked.clear();
  }

  /** Octets in [from, to) that are not SACKed. */
  missing(from: Seq, to: Seq): number {
    const sacked = this.#sacked;
    let missing = Math.max(0, seqDiff(to, from));
    for (let i = 0; i < sacked.count && seqLt(sacked.start(i), to); i++) {
      missing -= Math.max(0, seqDiff(seqMin(sacked.end(i), to), seqMax(sacked.start(i), from)));
    }
    return missing;
  }

  /**
   * RFC 6675's IsLost() for all octets at once: what is not SACKed and lies left of this is lost, for above it DupThresh
   * separate ranges or more than (DupThresh - 1) · SMSS octets are SACKed.
   */
  lostEdge(una: Seq, smss: number): Seq {
    const sacked = this.#sacked;
    let octets = 0;
    for (let i = sacked.count - 1, ranges = 1; i >= 0; i--, ranges++) {
      octets += seqDiff(sacked.end(i), sacked.start(i));
      if (ranges >= DUP_THRESH || octets > (DUP_THRESH - 1) * smss) return sacked.start(i);
    }
    return una;
  }

  /** The first octet at or right of `from` that is not SACKed. */
  holeStart(from: Seq): Seq {
    const index = this.#sacked.indexOf(from);
    return index === undefined ? from : this.#sacked.end(index);
  }

  /** Where the hole that `from` lies in ends, or `limit` if that comes first. */
  holeEnd(from: Seq, limit: Seq): Seq {
    const sacked = this.#sacked;
    for (let i = 0; i < sacked.count; i++) {
      if (seqLt(from, sacked.start(i))) return seqMin(sacked.start(i), limit);
    }
    return limit;
  }

  /** The last hole in [from, to) : where it ends, and where it begins; empty where there is none. */
  lastHole(from: Seq, to: Seq): { start: Seq; end: Seq } {
    const sacked = this.#sacked;
    let end = to;
    for (let i = sacked.count - 1; i >= 0; i--) {
      if (seqLt(sacked.end(i), end)) return { start: seqMax(sacked.end(i), from), end };
      end = sacked.start(i);
    }
    return { start: from, end };
  }
}

/** RFC 2883 §4: the first block lies left of SEG.ACK, or within the second. */
function reportsDuplicate(seg: Segment): boolean {
  if (seg.sackCount === 0) return false;
  const { sacks } = seg;
  if (seqLeq(sacks[1]!, seg.ack)) return true;
  return seg.sackCount > 1 && seqLeq(sacks[2]!, sacks[0]!) && seqLeq(sacks[1]!, sacks[3]!);
}
