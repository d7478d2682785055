// A segment as octets: the header of RFC 9293 §3.1, its options (§3.2; RFC 7323 §2.2 and §3.2; RFC 2018) and the text.
// Decoding never throws on what arrived: it gives a literal reason. The six control bits of RFC 793 are kept; CWR, ECE
// and the reserved bits are ignored on arrival (§3.1, "Rsrvd") and zero when sent.
import { ABSENT, type Segment, seq, SYN } from '../tcp/index.ts';
import { readUint16, readUint32, storeUint16, storeUint32 } from './octets.ts';

/** Octets of a header without options. */
export const MIN_HEADER = 20;
/** Octets of the longest header: the data offset is 4 bits of 32-bit words. */
export const MAX_HEADER = 60;

const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;
const MSS = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const SACK = 5;
const TIMESTAMPS = 8;

/** The most blocks that fit beside no other option, in 40 octets (RFC 2018 §3). */
const MOST_SACKS = 4;

/** NOP, NOP, TIMESTAMPS, 10: how everyone lays out the timestamps option (RFC 7323 Appendix A). */
const ALIGNED_TIMESTAMPS = 0x0101_080a;
/** On a SYN, SACK-permitted takes the place of the two NOPs. */
const PERMITTED_TIMESTAMPS = 0x0402_080a;

const CONTROL_BITS = 0x3f;

/** Why octets are not a segment. */
export type DecodeFault =
  | 'too-short' // under 20 octets
  | 'data-offset-under-5' // the header would end within its own fixed part
  | 'data-offset-beyond-segment'; // the header would be longer than what there is

export const DECODE_FAULTS: readonly DecodeFault[] = ['too-short', 'data-offset-under-5', 'data-offset-beyond-segment'];

/** Octets of the header with the segment's options, padding included. */
export function headerLength(seg: Segment): number {
  let length = MIN_HEADER;
  if (seg.mss !== ABSENT) length += 4;
  if (seg.windowScale !== ABSENT) length += 4;
  if (seg.tsVal !== ABSENT) length += 12;
  else if (seg.sackPermitted) length += 4;
  if (seg.sackCount > 0) length += 4 + 8 * seg.sackCount;
  return length;
}

/** Octets of the whole segment: header, options and text. */
export function segmentLength(seg: Segment): number {
  return headerLength(seg) + seg.textLength;
}

/**
 * Stores header and options from `out[at]` on, with checksum 0; returns how many octets that took.
 * For whoever lays down the text by himself, or not at all.
 */
export function encodeHeader(seg: Segment, out: Uint8Array, at: number): number {
  const length = headerLength(seg);
  storeUint16(out, at, seg.sourcePort);
  storeUint16(out, at + 2, seg.destinationPort);
  storeUint32(out, at + 4, seg.seq);
  storeUint32(out, at + 8, seg.ack);
  out[at + 12] = length << 2; // words in the upper four bits: (length / 4) << 4
  out[at + 13] = seg.flags & CONTROL_BITS;
  storeUint16(out, at + 14, seg.wnd);
  storeUint32(out, at + 16, seg.up); // the checksum, 0, and the urgent pointer
  if (length > MIN_HEADER) encodeOptions(seg, out, at + MIN_HEADER);
  return length;
}

/** Stores the whole segment from `out[at]` on, with checksum 0; returns how many octets that took. */
export function encodeSegment(seg: Segment, out: Uint8Array, at: number): number {
  const textAt = at + encodeHeader(seg, out, at);
  if (seg.textLength > 0) copyText(seg, out, textAt);
  return textAt + seg.textLength - at;
}

/** Below this many octets a loop is quicker than the view that `set` needs. */
const FEW = 32;

function copyText(seg: Segment, out: Uint8Array, at: number): void {
  const { text, textStart, textLength } = seg;
  if (textLength < FEW) {
    for (let i = 0; i < textLength; i++) out[at + i] = text[textStart + i]!;
    return;
  }
  const isWhole = textStart === 0 && textLength === text.length;
  out.set(isWhole ? text : text.subarray(textStart, textStart + textLength), at);
}

function encodeOptions(seg: Segment, out: Uint8Array, start: number): void {
  let at = start;
  if (seg.mss !== ABSENT) {
    out[at] = MSS;
    out[at + 1] = 4;
    storeUint16(out, at + 2, seg.mss);
    at += 4;
  }
  if (seg.windowScale !== ABSENT) {
    out[at] = NO_OPERATION;
    out[at + 1] = WINDOW_SCALE;
    out[at + 2] = 3;
    out[at + 3] = seg.windowScale;
    at += 4;
  }
  if (seg.tsVal !== ABSENT) {
    storeUint32(out, at, seg.sackPermitted ? PERMITTED_TIMESTAMPS : ALIGNED_TIMESTAMPS);
    storeUint32(out, at + 4, seg.tsVal);
    storeUint32(out, at + 8, seg.tsEcr);
    at += 12;
  } else if (seg.sackPermitted) {
    out[at] = NO_OPERATION;
    out[at + 1] = NO_OPERATION;
    out[at + 2] = SACK_PERMITTED;
    out[at + 3] = 2;
    at += 4;
  }
  if (seg.sackCount > 0) encodeSacks(seg, out, at);
}

/** NOP, NOP, and the blocks: how everyone lays them out (RFC 2018 §3). */
function encodeSacks(seg: Segment, out: Uint8Array, at: number): void {
  out[at] = NO_OPERATION;
  out[at + 1] = NO_OPERATION;
  out[at + 2] = SACK;
  out[at + 3] = 2 + 8 * seg.sackCount;
  for (let i = 0; i < 2 * seg.sackCount; i++) storeUint32(out, at + 4 + 4 * i, seg.sacks[i]!);
}

/**
 * Fills `seg` from the `length` octets at `octets[start]`, and says what is wrong with them, if anything is: then `seg`
 * holds nothing to rely on. The text is not copied: it is a place in `octets`.
 */
export function decodeSegment(
  octets: Uint8Array,
  start: number,
  length: number,
  seg: Segment,
): DecodeFault | undefined {
  if (length < MIN_HEADER || start + length > octets.length) return 'too-short';
  const header = (octets[start + 12]! >>> 4) << 2;
  if (header < MIN_HEADER) return 'data-offset-under-5';
  if (header > length) return 'data-offset-beyond-segment';

  seg.sourcePort = readUint16(octets, start);
  seg.destinationPort = readUint16(octets, start + 2);
  seg.seq = seq(readUint32(octets, start + 4));
  seg.ack = seq(readUint32(octets, start + 8));
  seg.flags = octets[start + 13]! & CONTROL_BITS;
  seg.wnd = readUint16(octets, start + 14);
  seg.up = readUint16(octets, start + 18);
  seg.text = octets;
  seg.textStart = start + header;
  seg.textLength = length - header;
  seg.mss = ABSENT;
  seg.windowScale = ABSENT;
  seg.tsVal = ABSENT;
  seg.tsEcr = ABSENT;
  seg.sackPermitted = false;
  seg.sackCount = 0;
  seg.purpose = 'arrived';
  if (header > MIN_HEADER) decodeOptions(octets, start + MIN_HEADER, start + header, seg);
  return undefined;
}

function decodeOptions(octets: Uint8Array, start: number, end: number, seg: Segment): void {
  let at = start;
  while (at < end) {
    const kind = octets[at]!;
    if (kind === END_OF_OPTIONS) return;
    if (kind === NO_OPERATION) {
      at++;
      continue;
    }
    // MUST-7: an illegal length, which would lead nowhere or out of the header, ends the list; what came before it counts.
    const length = at + 1 < end ? octets[at + 1]! : 0;
    if (length < 2 || at + length > end) return;
    takeOption(octets, at, kind, length, seg);
    at += length;
  }
}

/** An option of a known kind and another length than its own is skipped like an unknown one. */
function takeOption(octets: Uint8Array, at: number, kind: number, length: number, seg: Segment): void {
  if (kind === TIMESTAMPS && length === 10) {
    seg.tsVal = readUint32(octets, at + 2);
    seg.tsEcr = readUint32(octets, at + 6);
    return;
  }
  if (kind === SACK) {
    decodeSacks(octets, at, length, seg);
    return;
  }
  // These mean something on a SYN only (RFC 9293 §3.7.1; RFC 7323 §2.2, "MUST be ignored" elsewhere; RFC 2018 §2).
  if ((seg.flags & SYN) === 0) return;
  if (kind === MSS && length === 4) seg.mss = readUint16(octets, at + 2);
  if (kind === WINDOW_SCALE && length === 3) seg.windowScale = octets[at + 2]!;
  if (kind === SACK_PERMITTED && length === 2) seg.sackPermitted = true;
}

/** A second SACK option, or one that is not whole blocks, is skipped. */
function decodeSacks(octets: Uint8Array, at: number, length: number, seg: Segment): void {
  const blocks = (length - 2) / 8;
  if (seg.sackCount > 0 || !Number.isInteger(blocks) || blocks > MOST_SACKS) return;
  for (let i = 0; i < blocks; i++) {
    const start = at + 2 + 8 * i;
    seg.addSack(seq(readUint32(octets, start)), seq(readUint32(octets, start + 4)));
  }
}
