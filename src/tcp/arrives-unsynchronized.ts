// SEGMENT ARRIVES in LISTEN and SYN-SENT (RFC 9293 §3.10.7.2, §3.10.7.3): no sequence numbers are agreed on yet.
import { owe } from './ack-policy.ts';
import { synAcknowledged } from './check-ack.ts';
import { checkSequence } from './check-sequence.ts';
import { DEFAULT_SEND_MSS, MAX_WINDOW_SCALE, windowScaleFor } from './options.ts';
import { checkFin, processText } from './process-text.ts';
import { ABSENT, ACK, RST, type Segment, SYN, URG } from './segment.ts';
import { seqAdd, seqLeq, seqLt } from './seq.ts';
import { type Tcb } from './tcb.ts';
import { type Instant } from './time.ts';
import { enter, fail } from './transition.ts';
import { takeUrgent } from './urgent.ts';

/** Octets that the timestamps option takes from every segment's text: 10, and 2 of padding (RFC 7323 Appendix A). */
const TIMESTAMPS_LENGTH = 12;

/** §3.10.7.2. Text that comes with the SYN is not kept: the peer sends it again. */
export function arrivesListen(tcb: Tcb, seg: Segment, now: Instant): void {
  if (seg.has(RST)) return; // first
  tcb.remotePort = seg.sourcePort;
  tcb.localPort = seg.destinationPort;
  if (seg.has(ACK)) {
    tcb.refuse(seg, 'ack-unacceptable', now); // second: nothing was sent that could be acknowledged
    tcb.oweReset(seg.ack);
    return;
  }
  if (!seg.has(SYN)) return; // fourth: anything else is dropped
  takeSyn(tcb, seg, now); // third
  tcb.snd.setWindow(seg, seg.wnd);
  tcb.progressAt = now; // R2 counts from here
  enter(tcb, 'SYN-RECEIVED', now);
  tcb.due.handshake = true;
}

/** §3.10.7.3. */
export function arrivesSynSent(tcb: Tcb, seg: Segment, now: Instant): void {
  const { snd } = tcb;
  if (seg.has(ACK) && (seqLeq(seg.ack, snd.iss) || seqLt(snd.nxt, seg.ack))) {
    tcb.refuse(seg, 'ack-unacceptable', now); // first
    if (!seg.has(RST)) tcb.oweReset(seg.ack);
    return;
  }
  if (seg.has(RST)) {
    if (seg.has(ACK))
      fail(tcb, 'refused', now); // second: it acknowledges our SYN, so it is no old duplicate
    else tcb.refuse(seg, 'rst-outside-window', now);
    return;
  }
  if (!seg.has(SYN)) return; // fifth: neither SYN nor RST

  takeSyn(tcb, seg, now); // fourth
  if (!seg.has(ACK)) {
    enter(tcb, 'SYN-RECEIVED', now); // simultaneous open (§3.5): our SYN goes again, with an ACK
    snd.setWindow(seg, seg.wnd);
    tcb.due.handshake = true;
    return;
  }
  synAcknowledged(tcb, seg, seg.wnd, now);
  tcb.rcv.promise(seqAdd(tcb.rcv.nxt, tcb.synOffer));
  tcb.rcv.lastEdge = tcb.rcv.edge; // our SYN said so
  enter(tcb, 'ESTABLISHED', now);
  owe(tcb, 'ack');
  seg.seq = seqAdd(seg.seq, 1); // text may have come with it
  seg.up -= 1;
  seg.flags &= ~SYN;
  checkSequence(tcb, seg, now); // no more of it than our SYN offered
  if (seg.has(URG)) takeUrgent(tcb, seg);
  processText(tcb, seg, now);
  checkFin(tcb, seg, now);
}

/** Takes IRS and what the SYN's options say (RFC 9293 §3.7.1; RFC 7323 §2.2, §3.2; RFC 2018 §2). */
function takeSyn(tcb: Tcb, seg: Segment, now: Instant): void {
  const { snd, rcv, options } = tcb;
  rcv.begin(seg.seq);
  tcb.scales = options.windowScale !== 'off' && seg.windowScale !== ABSENT;
  if (tcb.scales) {
    snd.windShift = Math.min(seg.windowScale, MAX_WINDOW_SCALE);
    rcv.windShift =
      options.windowScale === 'auto' ? windowScaleFor(options.receiveBuffer) : Number(options.windowScale);
  }
  tcb.sack = options.sack && seg.sackPermitted;
  tcb.timestamps = options.timestamps && seg.tsVal !== ABSENT;
  if (tcb.timestamps) {
    rcv.tsRecent = seg.tsVal;
    rcv.tsRecentAt = now;
  }
  // MUST-15: without the option the peer can take 536. MUST-16: the least of both, less our options.
  const peerMss = seg.mss === ABSENT || seg.mss === 0 ? DEFAULT_SEND_MSS : seg.mss;
  snd.effSndMss = Math.max(1, Math.min(peerMss, options.mss) - (tcb.timestamps ? TIMESTAMPS_LENGTH : 0));
}
