// What is said on a packet, for whoever opens a recording in Wireshark: only where the packet is worth a word.
import { RST, type Segment, seqDiff, SYN, type Tcb, URG } from '../tcp/index.ts';
import { type Note, piece } from './note.ts';

const PROBE = piece('zero-window probe ');
const PROBE_SINCE = piece(' since the window closed');
const PEER_PROBE = piece("the peer's zero-window probe");
const RETRANSMISSION = piece('retransmission; RTO ');
const RTO_UNIT = piece(' us');
const UPDATE = piece('window update: ');
const OFFERED = piece(' octets offered, ');
const UNREAD = piece(' unread');
const CLOSES = piece('zero window: ');
const OF = piece(' of ');
const UNREAD_OCTETS = piece(' octets unread');
const PEER_CLOSES = piece('the peer offers nothing: zero window, ');
const UNSENT = piece(' octets wait here');
const PEER_OPENS = piece('the peer opens its window: ');
const OCTETS = piece(' octets');
const CHALLENGE = piece('challenge ACK (RFC 5961)');
const KEEPALIVE = piece('keepalive');
const RESET = piece('reset: sent here');
const URGENT = piece('urgent pointer ');
const PEER_RESET = piece('reset: sent by the peer');

/** A window whose value means nothing to flow control (RFC 9293 §3.10.7.4 takes none from a RST), or not yet. */
function isWindowMeant(seg: Segment): boolean {
  return (seg.flags & (SYN | RST)) === 0;
}

/** Before the segment is processed. */
export function commentArrival(note: Note, tcb: Tcb, seg: Segment): void {
  if (seg.has(RST)) note.begin(PEER_RESET);
  if (seg.has(URG)) note.begin(URGENT).number(seg.up);
  if (!isWindowMeant(seg)) return;
  if (tcb.rcv.wnd === 0 && isProbe(tcb, seg)) note.begin(PEER_PROBE);
  if (seg.wnd === 0) {
    note.begin(PEER_CLOSES).number(Math.max(0, tcb.unsentText)).add(UNSENT);
    return;
  }
  if (tcb.snd.wnd === 0 && tcb.snd.maxWnd > 0) {
    note
      .begin(PEER_OPENS)
      .number(seg.wnd * 2 ** tcb.snd.windShift)
      .add(OCTETS);
  }
}

/** One octet at RCV.NXT, in the RFC's style, or nothing new left of it, in Linux's. */
function isProbe(tcb: Tcb, seg: Segment): boolean {
  const offset = seqDiff(seg.seq, tcb.rcv.nxt);
  return offset === 0 ? seg.len === 1 : offset === -1 && seg.len <= 1;
}

/** After the TCB has taken note of it. */
export function commentDeparture(note: Note, tcb: Tcb, seg: Segment): void {
  const { receiveBuffer } = tcb;
  switch (seg.purpose) {
    case 'probe':
      note.begin(PROBE).number(tcb.probes).add(PROBE_SINCE);
      break;
    case 'retransmission':
      note
        .begin(RETRANSMISSION)
        .number(Math.round(tcb.rtt.rto / 1_000))
        .add(RTO_UNIT);
      break;
    case 'window-update':
      note
        .begin(UPDATE)
        .number(seg.wnd * 2 ** tcb.rcv.windShift)
        .add(OFFERED)
        .number(receiveBuffer.length)
        .add(UNREAD);
      break;
    case 'challenge-ack':
      note.begin(CHALLENGE);
      break;
    case 'keepalive':
      note.begin(KEEPALIVE);
      break;
    case 'reset':
      note.begin(RESET);
      break;
    default:
  }
  if (seg.has(URG)) note.begin(URGENT).number(seg.up);
  if (seg.wnd === 0 && isWindowMeant(seg)) {
    note.begin(CLOSES).number(receiveBuffer.length).add(OF).number(receiveBuffer.capacity).add(UNREAD_OCTETS);
  }
}
