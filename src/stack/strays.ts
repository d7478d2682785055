// Replies to segments that belong to no connection (RFC 9293 §3.10.7.1, and §3.10.7.2 for an ACK that reaches a listener).
import { ACK, RST, type Segment, SYN, seqAdd, seq } from '../tcp/index.ts';

/** How many replies wait at most to be polled: strays beyond that go unanswered, as if the reply were lost. */
const LIMIT = 64;

interface Reply {
  address: string;
  sourcePort: number;
  destinationPort: number;
  seq: number;
  ack: number;
  flags: number;
}

export class Strays {
  readonly #replies: Reply[] = [];

  /** A RST, the only thing a stray is worth, unless it is one itself. */
  answer(seg: Segment, address: string): void {
    if (seg.has(RST) || this.#replies.length >= LIMIT) return;
    const hasAck = seg.has(ACK);
    this.#replies.push({
      address,
      sourcePort: seg.destinationPort,
      destinationPort: seg.sourcePort,
      seq: hasAck ? seg.ack : 0,
      ack: hasAck ? 0 : seqAdd(seg.seq, seg.len),
      flags: hasAck ? RST : RST | ACK,
    });
  }

  /** Fills `out` with the next reply and says where it goes, or undefined. */
  poll(out: Segment): string | undefined {
    if (this.#replies.length === 0) return undefined; // asked at every poll, and `shift` is a call even where there is nothing
    const reply = this.#replies.shift()!;
    out.clear();
    out.sourcePort = reply.sourcePort;
    out.destinationPort = reply.destinationPort;
    out.seq = seq(reply.seq);
    out.ack = seq(reply.ack);
    out.flags = reply.flags;
    out.purpose = 'reset';
    return reply.address;
  }
}

/** What a segment that finds no connection is to a listener. */
export function readsAsOpening(seg: Segment): 'opening' | 'stray' | 'nothing' {
  if (seg.has(RST)) return 'nothing'; //  §3.10.7.2, first
  if (seg.has(ACK)) return 'stray'; //    second
  if (seg.has(SYN)) return 'opening'; //  third
  return 'nothing'; //                    fourth
}
