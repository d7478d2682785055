// What must hold of one end whatever befalls the network, seen from outside: by the segments that leave and arrive.
import {
  ACK,
  type Instant,
  Onlooker,
  RST,
  type Segment,
  type Seq,
  seqAdd,
  seqDiff,
  seqLeq,
  SYN,
  type Tcb,
} from '../../src/tcp/index.ts';

/** A law was broken: the core is wrong. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

export class Inspector extends Onlooker {
  /** The furthest edge that a segment of this end has offered. */
  #promised: Seq | undefined;
  /** The furthest edge this end was ever offered. */
  #allowed: Seq | undefined;

  override segmentArrives(tcb: Tcb, seg: Segment, _now: Instant): void {
    if (!seg.has(ACK) || seg.has(RST)) return;
    const shift = seg.has(SYN) ? 0 : tcb.snd.windShift;
    const edge = seqAdd(seg.ack, seg.wnd << shift);
    if (this.#allowed === undefined || seqLeq(this.#allowed, edge)) this.#allowed = edge;
  }

  override segmentLeaves(tcb: Tcb, seg: Segment, _now: Instant): void {
    if (seg.has(RST)) return;
    this.#checkOffer(tcb, seg);
    this.#checkEdge(seg);
  }

  /** SHLD-14; on the wire the edge may lie under 2^shift octets left of where it was promised (RFC 7323 §2.4). */
  #checkOffer(tcb: Tcb, seg: Segment): void {
    if (!seg.has(ACK) || !tcb.mayReceive) return;
    const shift = seg.has(SYN) ? 0 : tcb.rcv.windShift;
    const edge = seqAdd(seg.ack, seg.wnd << shift);
    if (this.#promised !== undefined && seqDiff(edge, this.#promised) <= -(2 ** tcb.rcv.windShift)) {
      throw new Broken(`the promised edge went back by ${seqDiff(this.#promised, edge)} octets (SHLD-14)`);
    }
    if (this.#promised === undefined || seqLeq(this.#promised, edge)) this.#promised = edge;
  }

  /** RFC 9293 §3.8.6: nothing lies beyond the edge but a probe's octet, marked as such. */
  #checkEdge(seg: Segment): void {
    if (seg.len === 0 || seg.has(SYN) || this.#allowed === undefined) return;
    const beyond = seqDiff(seg.end, this.#allowed);
    const most = seg.purpose === 'probe' ? 1 : 0;
    if (beyond > most)
      throw new Broken(`a segment (${seg.purpose}) lies ${beyond} octets beyond what the peer offered`);
  }
}
