// Seventh, process the segment text, and eighth, check the FIN bit (RFC 9293 §3.10.7.4).
// What comes here begins at RCV.NXT or beyond and ends at or before the promised edge.
import { acknowledgeInOrder, owe } from './ack-policy.ts';
import { FIN, type Segment } from './segment.ts';
import { type Seq, seqAdd, seqDiff, seqLt, seqMax, seqMin } from './seq.ts';
import { type Tcb } from './tcb.ts';
import { type Instant } from './time.ts';
import { enter } from './transition.ts';
import { leaveUrgentMode } from './urgent.ts';

export function processText(tcb: Tcb, seg: Segment, now: Instant): void {
  if (seg.textLength === 0) return;
  if (!tcb.mayReceive) {
    tcb.refuse(seg, 'after-fin', now);
    seg.flags &= ~FIN;
    return;
  }
  const { rcv } = tcb;
  if (rcv.finAt !== undefined) cutAfterFin(tcb, seg, now);
  if (seg.textLength === 0) return;
  const gap = seqDiff(seg.seq, rcv.nxt);
  if (gap > 0) outOfOrder(tcb, seg, gap, now);
  else inOrder(tcb, seg, now);
}

function inOrder(tcb: Tcb, seg: Segment, now: Instant): void {
  const { rcv, receiveBuffer, assembler } = tcb;
  const isLent = seg.textLasts === 'for-good' && receiveBuffer.lend(seg.text, seg.textStart, seg.textLength);
  if (!isLent) receiveBuffer.lay(0, seg.text, seg.textStart, seg.textLength);
  let count = seg.textLength;
  const fillsGap = !assembler.isEmpty;
  if (fillsGap) count += assembler.take(seqAdd(rcv.nxt, count));
  rcv.advance(count);
  receiveBuffer.advance(count);
  tcb.tally.octetsReceived += count;
  tcb.events.add('readable');
  if (fillsGap)
    owe(tcb, 'ack'); // RFC 5681 §4.2: at once, so that the sender can go on
  else acknowledgeInOrder(tcb, now);
}

/** SHLD-31: text beyond a gap is kept, and MAY-13: said to be here by a duplicate acknowledgment. */
function outOfOrder(tcb: Tcb, seg: Segment, gap: number, now: Instant): void {
  owe(tcb, 'ack');
  const end = seqAdd(seg.seq, seg.textLength);
  if (tcb.sack) report(tcb, seg.seq, end);
  if (!tcb.assembler.add(seg.seq, end)) {
    tcb.refuse(seg, 'reassembly-full', now);
    seg.flags &= ~FIN;
    return;
  }
  tcb.receiveBuffer.lay(gap, seg.text, seg.textStart, seg.textLength);
}

/** RFC 2018 §4: the block it belongs to is the first; RFC 2883 §4: what of it was here already comes before that. */
function report(tcb: Tcb, start: Seq, end: Seq): void {
  const { assembler, sackReport } = tcb;
  sackReport.arrived(start);
  for (let i = 0; i < assembler.count; i++) {
    const from = seqMax(start, assembler.start(i));
    const to = seqMin(end, assembler.end(i));
    if (!seqLt(from, to)) continue;
    sackReport.cameTwice(from, to);
    return;
  }
}

/** A peer that sends on after its own FIN. */
function cutAfterFin(tcb: Tcb, seg: Segment, now: Instant): void {
  const room = Math.max(0, seqDiff(tcb.rcv.finAt!, seg.seq));
  if (seg.textLength <= room) return;
  seg.textLength = room;
  seg.flags &= ~FIN;
  tcb.refuse(seg, 'after-fin', now);
}

/** The FIN counts once everything before it is here; until then its place is remembered. */
export function checkFin(tcb: Tcb, seg: Segment, now: Instant): void {
  const { rcv } = tcb;
  if (!tcb.mayReceive) return;
  if (seg.has(FIN) && rcv.finAt === undefined) noteFin(tcb, seg);
  if (rcv.finAt === undefined || seqDiff(rcv.finAt, rcv.nxt) !== 0) return;

  rcv.advance(1);
  tcb.events.add('peer-closed');
  owe(tcb, 'ack');
  switch (tcb.state) {
    case 'ESTABLISHED':
      enter(tcb, 'CLOSE-WAIT', now);
      return;
    case 'FIN-WAIT-1':
      // Had our FIN been acknowledged, perhaps in this segment, the state would be FIN-WAIT-2 already.
      enter(tcb, 'CLOSING', now);
      return;
    case 'FIN-WAIT-2':
      enter(tcb, 'TIME-WAIT', now);
      return;
    default:
  }
}

/** Notes where the stream ends, unless octets beyond that have come already: then the FIN is not to be believed. */
function noteFin(tcb: Tcb, seg: Segment): void {
  const at = seqAdd(seg.seq, seg.textLength);
  const furthest = tcb.assembler.furthest;
  if (furthest !== undefined && seqLt(at, furthest)) return;
  tcb.rcv.finAt = at;
  if (tcb.rcv.isUrgent) leaveUrgentMode(tcb); // unless something urgent lies before it
  if (seqLt(tcb.rcv.nxt, at)) owe(tcb, 'ack');
}
