// The Internet checksum (RFC 1071) over a TCP segment and the pseudo-header of RFC 9293 §3.1 (IPv4) or RFC 8200 §8.1 (IPv6).
// The sum does not care for byte order (RFC 1071 §2 (B)), so whole 32-bit words of the machine are added where they are
// aligned, and swapped once at the end.
import { storeUint16 } from './octets.ts';

const TCP = 6;
const CHECKSUM_AT = 16;

const IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** The words of the buffer that was summed last: slabs and reads come again and again, and a view costs more than a sum. */
let wordsBuffer: ArrayBufferLike = new ArrayBuffer(0);
let words: Uint32Array = new Uint32Array(0);

/** Under this many octets, single octets are quicker. */
const FEW = 64;

/** Carries wrapped around: 16 bits. Takes any whole sum below 2^53. */
function fold(sum: number): number {
  const high = Math.floor(sum / 0x1_0000_0000);
  const low = sum - high * 0x1_0000_0000;
  const folded = (low & 0xffff) + (low >>> 16) + (high & 0xffff) + (high >>> 16);
  const once = (folded & 0xffff) + (folded >>> 16);
  return (once & 0xffff) + (once >>> 16);
}

function swap(sum: number): number {
  return ((sum & 0xff) << 8) | (sum >>> 8);
}

/** The one's complement sum, 16 bits and not complemented, of `length` octets; an odd last one is padded with zero. */
export function onesSum(octets: Uint8Array, start: number, length: number): number {
  if (length < FEW) return fold(sumOctets(octets, start, start + length, 0));
  const address = octets.byteOffset + start;
  const lead = (4 - (address & 3)) & 3;
  const count = (length - lead) >>> 2;
  const tailAt = start + lead + count * 4;

  // Each word is two 16-bit words in the machine's order; after an odd number of leading octets they are swapped already.
  const middle = fold(sumWords(octets.buffer, (address + lead) >>> 2, count));
  const isSwapped = IS_LITTLE_ENDIAN !== ((lead & 1) === 1);
  const edges = sumOctets(octets, start, start + lead, 0) + sumOctets(octets, tailAt, start + length, lead & 1);
  return fold(edges + (isSwapped ? swap(middle) : middle));
}

function sumOctets(octets: Uint8Array, start: number, end: number, parity: number): number {
  let sum = 0;
  let shift = parity === 0 ? 8 : 0;
  for (let at = start; at < end; at++) {
    sum += octets[at]! << shift;
    shift ^= 8;
  }
  return sum;
}

function sumWords(buffer: ArrayBufferLike, first: number, count: number): number {
  if (buffer !== wordsBuffer) {
    wordsBuffer = buffer;
    words = new Uint32Array(buffer, 0, buffer.byteLength >>> 2);
  }
  // As floating-point numbers, in which 2^21 words are exact, and in four sums that do not wait for each other.
  let a = -0;
  let b = -0;
  let c = -0;
  let d = -0;
  const end = first + count;
  let at = first;
  for (; at < end - 3; at += 4) {
    a += words[at]!;
    b += words[at + 1]!;
    c += words[at + 2]!;
    d += words[at + 3]!;
  }
  for (; at < end; at++) a += words[at]!;
  return a + b + c + d;
}

/** The part of the pseudo-header that all segments from one address to another share: addresses and protocol. */
export function pseudoHeaderSum(source: Uint8Array, destination: Uint8Array): number {
  return fold(onesSum(source, 0, source.length) + onesSum(destination, 0, destination.length) + TCP);
}

/**
 * `pseudoHeaderSum` on a stream carrier, where the addresses are taken to be 0.0.0.0: each end sees others, if they are translated
 * between the two. The ports, which an end knows its connection by, stand in the segment itself.
 */
export const CARRIER_PSEUDO = pseudoHeaderSum(new Uint8Array(4), new Uint8Array(4));

/** Fills the checksum field (RFC 9293 §3.1, MUST-2). `pseudo` is `pseudoHeaderSum` of the two addresses. */
export function fillChecksum(pseudo: number, octets: Uint8Array, start: number, length: number): void {
  storeUint16(octets, start + CHECKSUM_AT, 0);
  storeUint16(octets, start + CHECKSUM_AT, 0xffff - fold(pseudo + length + onesSum(octets, start, length)));
}

/** Whether a segment's checksum is right (RFC 9293 §3.1, MUST-3). */
export function isChecksumRight(pseudo: number, octets: Uint8Array, start: number, length: number): boolean {
  return fold(pseudo + length + onesSum(octets, start, length)) === 0xffff;
}
