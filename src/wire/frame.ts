// How segments travel on a stream carrier: a preface of 8 octets from each side, `SASH`, version and flags, and then
// frames, a uint16 length in network order before each segment, as RFC 4571 does for datagrams. Cutting a stream into
// frames is the carrier's business; here stand the rules, and what to say of a peer that follows others.
import { MIN_HEADER } from './header.ts';
import { MAX_SEGMENT } from './ip.ts';
import { readUint16, storeUint16 } from './octets.ts';

const MAGIC: readonly number[] = [0x53, 0x41, 0x53, 0x48]; // 'SASH'

/** The version of this format. */
export const CARRIER_VERSION = 1;
export const PREFACE_LENGTH = 8;
/** The preface's one flag: whoever sends it fills in the checksum of each segment it sends, for the other to verify. */
export const CHECKSUMS = 0x0001;
/** Flags that this version knows. */
const KNOWN_FLAGS = CHECKSUMS;

/** Octets of a frame before its segment. */
export const FRAME_HEADER = 2;
/** The shortest and the longest segment a frame may hold: a bare header, and what fits an IPv4 packet. */
export const MIN_FRAME = MIN_HEADER;
export const MAX_FRAME = MAX_SEGMENT;

/** The octets each side sends first; a fresh copy. */
export function encodePreface(flags = 0): Uint8Array {
  const octets = new Uint8Array(PREFACE_LENGTH);
  octets.set(MAGIC);
  storeUint16(octets, 4, CARRIER_VERSION);
  storeUint16(octets, 6, flags);
  return octets;
}

/** What the first octets from a peer are. */
export type PrefaceVerdict =
  | 'sash' // the preface; frames follow it
  | 'incomplete' // the beginning of a preface
  | 'other-version' // a sash that speaks another version of the format
  | 'unknown-flags' // a sash that asks for something this one does not know
  | 'stranger'; // something else: see describeStranger

/** Judges the octets that came first, however few. */
export function checkPreface(octets: Uint8Array): PrefaceVerdict {
  for (let at = 0; at < MAGIC.length && at < octets.length; at++) {
    if (octets[at] !== MAGIC[at]) return 'stranger';
  }
  if (octets.length < PREFACE_LENGTH) return 'incomplete';
  if (readUint16(octets, 4) !== CARRIER_VERSION) return 'other-version';
  return (readUint16(octets, 6) & ~KNOWN_FLAGS) === 0 ? 'sash' : 'unknown-flags';
}

/** The flags of a whole preface. */
export function prefaceFlags(octets: Uint8Array): number {
  return readUint16(octets, 6);
}

export type FrameFault =
  | 'frame-too-short' // a length under 20: no header fits
  | 'frame-too-long'; // a length over 65515: no IPv4 packet could hold it

/** What is wrong with a frame's length, if anything is. */
export function checkFrameLength(length: number): FrameFault | undefined {
  if (length < MIN_FRAME) return 'frame-too-short';
  return length > MAX_FRAME ? 'frame-too-long' : undefined;
}

const HTTP_METHODS = /^(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH) \S/;

/** What a peer that is not sash, or not this sash, sent, in one phrase: `an HTTP request ("GET / HTTP/1.1")`. */
export function describeStranger(octets: Uint8Array): string {
  if (octets.length === 0) return 'nothing';
  const verdict = checkPreface(octets);
  if (verdict !== 'stranger') return describeSash(octets, verdict);
  return describeBinary(octets) ?? describeText(octets) ?? `${octets.length} octets of no known kind (${hex(octets)})`;
}

function describeSash(octets: Uint8Array, verdict: Exclude<PrefaceVerdict, 'stranger'>): string {
  if (verdict === 'incomplete') return `the first ${octets.length} of the ${PREFACE_LENGTH} octets of a sash preface`;
  if (verdict === 'other-version') {
    return `version ${readUint16(octets, 4)} of the sash carrier format (this is version ${CARRIER_VERSION})`;
  }
  if (verdict === 'unknown-flags') {
    return `a sash preface with flags ${hex16(readUint16(octets, 6))}, of which this version knows ${hex16(KNOWN_FLAGS)}`;
  }
  return 'a sash preface';
}

function describeBinary(octets: Uint8Array): string | undefined {
  const [first, second, third] = octets;
  if (first === 0x16 && second === 0x03) return 'a TLS ClientHello';
  if (first === 0x15 && second === 0x03) return 'a TLS alert';
  if (first === 0x0d && second === 0x0a && third === 0x0d) return 'a PROXY protocol header, version 2';
  if (first === 0x03 && second === 0x00 && third === 0x00) return 'a remote desktop (RDP) request';
  return isLikeFrame(octets) ? 'what may be a segment in a frame, without the preface that comes first' : undefined;
}

/** A frame of ours without its preface: a length, and a header of which the data offset is possible. */
function isLikeFrame(octets: Uint8Array): boolean {
  if (octets.length < FRAME_HEADER + MIN_HEADER) return false;
  const length = readUint16(octets, 0);
  const header = (octets[FRAME_HEADER + 12]! >>> 4) << 2;
  // Text would give lengths from 0x2020 on, and an offset as likely as not.
  return length < 0x2020 && checkFrameLength(length) === undefined && header >= MIN_HEADER && header <= length;
}

function describeText(octets: Uint8Array): string | undefined {
  const line = firstLine(octets);
  if (line === undefined) return undefined;
  const quoted = JSON.stringify(line.length > 60 ? `${line.slice(0, 59)}…` : line);
  if (line.startsWith('PRI * HTTP/2')) return 'an HTTP/2 connection preface';
  if (HTTP_METHODS.test(line)) return `an HTTP request (${quoted})`;
  if (line.startsWith('HTTP/')) return `an HTTP response (${quoted})`;
  if (line.startsWith('SSH-')) return `an SSH banner (${quoted})`;
  if (line.startsWith('PROXY ')) return `a PROXY protocol header (${quoted})`;
  if (/^220[ -]/.test(line)) return `a mail or FTP server's greeting (${quoted})`;
  return `text (${quoted})`;
}

/** The first line, if all of it is printable ASCII: a peer's octets go to a terminal, so nothing else may pass. */
function firstLine(octets: Uint8Array): string | undefined {
  let line = '';
  for (const octet of octets.subarray(0, 256)) {
    if (octet === 0x0a || octet === 0x0d) break;
    if ((octet < 0x20 && octet !== 0x09) || octet > 0x7e) return undefined;
    line += String.fromCharCode(octet);
  }
  return line.trim() === '' ? undefined : line;
}

function hex16(n: number): string {
  return `0x${n.toString(16).padStart(4, '0')}`;
}

function hex(octets: Uint8Array): string {
  const shown = Array.from(octets.subarray(0, 8), (octet) => octet.toString(16).padStart(2, '0')).join(' ');
  return octets.length > 8 ? `${shown} …` : shown;
}
