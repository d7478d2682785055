// One segment, as RFC 9293 §3.1 lays it out and §3.4 names it: SEG.SEQ, SEG.ACK, SEG.LEN, SEG.WND.
// Objects of this class are reused: `pollSegment` and the decoder fill the one they are given.
import { NO_SEQ, type Seq, seq, seqAdd } from './seq.ts';

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;
export const URG = 0x20;

/** Why a segment leaves; what arrives is `'arrived'`. */
export type Purpose =
  | 'arrived'
  | 'handshake'
  | 'text'
  | 'retransmission'
  | 'probe'
  | 'ack'
  | 'window-update'
  | 'challenge-ack'
  | 'keepalive'
  | 'reset'
  | 'urgent';

/** Every purpose; its place here is its number in recordings. */
export const PURPOSES: readonly Purpose[] = [
  'arrived',
  'handshake',
  'text',
  'retransmission',
  'probe',
  'ack',
  'window-update',
  'challenge-ack',
  'keepalive',
  'reset',
  'urgent',
];

/**
 * How long the octets of a segment's text stay as they are: until the segment is filled again; until they are acknowledged, for
 * they lie where the application wrote them; or for good, and whoever gets them may keep them where they are.
 */
export type TextLasts = 'briefly' | 'until-acknowledged' | 'for-good';

/** The value of an option that a segment does not carry. */
export const ABSENT = -1;

const NO_TEXT = new Uint8Array(0);

export class Segment {
  sourcePort = 0;
  destinationPort = 0;
  seq: Seq = NO_SEQ;
  ack: Seq = NO_SEQ;
  /** Control bits: FIN | SYN | … */
  flags = 0;
  /** The header's window field, 16 bits, not yet scaled. */
  wnd = 0;
  /** SEG.UP: the urgent pointer field, counted from SEG.SEQ; it means something while URG is set (RFC 9293 §3.8.5). */
  up = 0;

  /** The text is `text[textStart … textStart + textLength)`; valid until the segment is filled again. */
  text: Uint8Array = NO_TEXT;
  textStart = 0;
  textLength = 0;
  textLasts: TextLasts = 'briefly';

  /** MSS option (RFC 9293 §3.7.1), or ABSENT. */
  mss = ABSENT;
  /** Window scale option's shift count (RFC 7323 §2.2), or ABSENT. */
  windowScale = ABSENT;
  /** Timestamps option (RFC 7323 §3.2): TSval and TSecr as uint32, or both ABSENT. */
  tsVal = ABSENT;
  tsEcr = ABSENT;
  /** SACK-permitted option (RFC 2018 §2). */
  sackPermitted = false;
  /** SACK option (RFC 2018 §3): block `i` is [sacks[2i], sacks[2i + 1]). What lies beyond `sackCount` blocks means nothing. */
  readonly sacks: Seq[] = [];
  sackCount = 0;

  purpose: Purpose = 'arrived';

  /** Makes it an empty segment with no options again. */
  clear(): void {
    this.ack = seq(0); // a SYN has none, and must not carry another connection's
    this.flags = 0;
    this.wnd = 0;
    this.up = 0;
    this.text = NO_TEXT;
    this.textStart = 0;
    this.textLength = 0;
    this.textLasts = 'briefly';
    this.mss = ABSENT;
    this.windowScale = ABSENT;
    this.tsVal = ABSENT;
    this.tsEcr = ABSENT;
    this.sackPermitted = false;
    this.sackCount = 0;
    this.purpose = 'arrived';
  }

  /** One more block of the SACK option. */
  addSack(start: Seq, end: Seq): void {
    const at = 2 * this.sackCount++;
    this.sacks[at] = start;
    this.sacks[at + 1] = end;
  }

  /** Takes everything from another; the text stays where it is, shared. */
  copyFrom(other: Segment): void {
    this.sourcePort = other.sourcePort;
    this.destinationPort = other.destinationPort;
    this.seq = other.seq;
    this.ack = other.ack;
    this.flags = other.flags;
    this.wnd = other.wnd;
    this.up = other.up;
    this.text = other.text;
    this.textStart = other.textStart;
    this.textLength = other.textLength;
    this.textLasts = other.textLasts;
    this.mss = other.mss;
    this.windowScale = other.windowScale;
    this.tsVal = other.tsVal;
    this.tsEcr = other.tsEcr;
    this.sackPermitted = other.sackPermitted;
    this.sackCount = other.sackCount;
    for (let at = 0; at < 2 * other.sackCount; at++) this.sacks[at] = other.sacks[at]!;
    this.purpose = other.purpose;
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  /** SEG.LEN: the octets of text, counting SYN and FIN (RFC 9293 §3.4). */
  get len(): number {
    return this.textLength + ((this.flags & SYN) >> 1) + (this.flags & FIN);
  }

  /** The sequence number after the segment's last: SEG.SEQ + SEG.LEN. */
  get end(): Seq {
    return seqAdd(this.seq, this.len);
  }
}
