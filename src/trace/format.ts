// Numbers of the file format: pcapng (draft-ietf-opsawg-pcapng) and what of it is left to local use.
// A record of ours is a block of type RECORD_BLOCK. Its body: kind, two codes, the number of the interface; the Instant as float64; then
// the fields of its kind, each a uint32 (octets and sequence numbers) or a float64 (times); or for the kinds that end in JSON
// or text, UTF-8 to the padding, its length first. Codes are places in lists that only ever grow at the end. All is in the
// byte order of the section, little-endian where we write.

export const SECTION_HEADER_BLOCK = 0x0a0d_0d0a;
export const INTERFACE_BLOCK = 1;
export const PACKET_BLOCK = 6;
/** Local use: the most significant bit is set. 'SAS' follows it. */
export const RECORD_BLOCK = 0x8053_4153;

export const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;

export const OPTION_END = 0;
export const OPTION_COMMENT = 1;
export const OPTION_APPLICATION = 4; // shb_userappl
export const OPTION_NAME = 2; // if_name
export const OPTION_DESCRIPTION = 3; // if_description
export const OPTION_RESOLUTION = 9; // if_tsresol
export const OPTION_DROPPED = 4; // epb_dropcount
export const OPTION_FLAGS = 2; // epb_flags
/**
 * Local use, in packets: the purpose's code in the low 8 bits, and above it by how many nanoseconds the timestamp was
 * delayed so that timestamps strictly increase (24 bits, saturating).
 */
export const OPTION_PURPOSE = 0x8053;
export const MAX_DELAY = 0xff_ffff;

/** epb_flags: the direction in its two lowest bits; 0 where neither end is here. */
export const PASSING = 0;
export const INBOUND = 1;
export const OUTBOUND = 2;

/** Packets begin with an IP header, of the version its first four bits say. */
export const LINK_TYPE_RAW = 101;

/** Octets around a block's body: type and length before it, length after it. */
export const BLOCK_OVERHEAD = 12;
/** Octets of a packet block's body before the packet. */
export const PACKET_FIELDS = 20;
/** Octets of a record's body before its fields. */
export const RECORD_FIELDS = 12;

/** Kinds of records; the places are their codes. */
export const RECORD_KINDS = [
  'recording',
  'refused',
  'offer',
  'send-window',
  'reason',
  'offering',
  'timer',
  'state',
  'written',
  'read',
  'marker',
  'end',
  'congestion',
] as const;

export type RecordKind = (typeof RECORD_KINDS)[number];

export function padded(length: number): number {
  return (length + 3) & ~3;
}
