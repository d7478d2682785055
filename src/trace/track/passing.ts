// What a track is told of a packet, and what it says of it.
import { type Seq, type Segment } from '../../tcp/index.ts';

/** 0 is the end that sent the first packet seen. */
export type Side = 0 | 1;

/** A segment that passed where the capture was taken: `CapturedPacket` has all of this, and so may others. */
export interface Passing {
  /** Its number in the file, from 1. */
  readonly number: number;
  readonly atNs: number;
  readonly direction: 'in' | 'out' | 'unknown';
  /** The header. Its text need not be there: `lengthOctets` counts. `purpose` counts where a recording says it. */
  readonly seg: Segment;
  /** Octets of text, as they were on the wire. */
  readonly lengthOctets: number;
  /** Who sent it. */
  readonly side: Side;
}

/**
 * What a segment was. The first that holds: RST; SYN, or the acknowledgment that ends the handshake; a question about a shut
 * window; about a silent peer; octets sent before; octets that fill a gap, having been overtaken; a FIN; new octets; of empty
 * ones, a window that changed and nothing else; nothing new at all while octets are in flight; else an acknowledgment.
 */
export type SegmentKind =
  | 'reset'
  | 'handshake'
  | 'probe'
  | 'keepalive'
  | 'retransmission'
  | 'out-of-order'
  | 'fin'
  | 'text'
  | 'window-update'
  | 'duplicate-ack'
  | 'ack';

/**
 * Why octets went again: duplicate acknowledgments or SACKs asked for them; a wait without an answer; they follow one of
 * these in the same recovery; the peer had acknowledged them (as far as was seen here); it is the SYN.
 */
export type Cause = 'none' | 'fast' | 'timeout' | 'follow-up' | 'needless' | 'syn';

/** What the packet at hand was: one object, filled anew for each. What is called `…Before` held just before it. */
export class Observation {
  kind: SegmentKind = 'ack';
  cause: Cause = 'none';
  /** The clock of the capture, which never goes back. */
  now = 0;
  /** Octets of text, and the FIN and the SYN counted too. */
  text = 0;
  length = 0;
  end: Seq = 0 as Seq;
  /** Sequence numbers of it that lie beyond all that was sent before. */
  fresh = 0;
  /** Octets of it (FIN included) that had passed here before. */
  seenBefore = 0;
  /** The octets skip some that have not passed here. */
  leavesGap = false;
  /** Its window in octets, scaled; -1 without ACK. */
  window = -1;
  /** How far its acknowledgment moves; negative when it was overtaken by a later one. 0 without ACK. */
  advance = 0;
  /** Its sender's acknowledgment and window of before: the furthest, and the last said. */
  hadAck = false;
  windowBefore = -1;
  edgeBefore: Seq = 0 as Seq;
  promisedBefore: Seq = 0 as Seq;
  /** The peer took this window (SND.WL1 and SND.WL2), and it was news. */
  changedWindow = false;
  /** Round-trip time that its acknowledgment measures, ns; -1 if it measures none. */
  rttNs = -1;
  /** Sequence numbers of its sender in flight before it, and SND.WND then. */
  flightBefore = 0;
  wndBefore = 0;
  /** For how long what is sent again had waited: since it was sent, or since una moved, ns; -1 where that is not known. */
  waitNs = -1;
  /** It says that octets came twice (RFC 2883). */
  hasDsack = false;
}
