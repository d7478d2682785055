// What two ends of a message stream write to each other, as octets. Either direction begins with a preface of 8; then records
// follow: 8 octets of head (length of it all, uint32; kind, uint8; three of zero), and fields of 8 octets each, two's complement, in
// network order. A message has its payload behind its fields. docs/backpressure-live.md has the table.

export const PREFACE: Uint8Array = Uint8Array.from([0x53, 0x41, 0x53, 0x48, 0x4d, 0x53, 0x47, 0x31]); // SASHMSG1
export const HEAD = 8;
const FIELD = 8;

/** The largest message: a length beyond it is taken for what it is, octets that are no message stream. */
export const MOST_MESSAGE_OCTETS = 16 * 2 ** 20;

export type RecordKind = 'message' | 'end' | 'pong' | 'ping' | 'request' | 'report';

interface Layout {
  code: number;
  fields: number;
  /** Only a message has a payload. */
  hasPayload: boolean;
}

export const LAYOUTS: Readonly<Record<RecordKind, Layout>> = {
  /** Its number, from 0; when it was made, by the producer's clock; how many wait behind it. */
  message: { code: 1, fields: 3, hasPayload: true },
  /** Nothing more comes: offered, dropped, refused, still queued, sent. */
  end: { code: 2, fields: 5, hasPayload: false },
  /** The ping's time, and when it came and this left, by the producer's clock. */
  pong: { code: 3, fields: 3, hasPayload: false },
  /** When it left, by the consumer's clock. */
  ping: { code: 16, fields: 1, hasPayload: false },
  /** So many more messages may come. */
  request: { code: 17, fields: 1, hasPayload: false },
  /** As `Report` has it. */
  report: { code: 18, fields: 10, hasPayload: false },
};

const BY_CODE = new Map(Object.entries(LAYOUTS).map(([kind, { code }]) => [code, kind as RecordKind]));

export function kindOf(code: number): RecordKind | undefined {
  return BY_CODE.get(code);
}

/** Octets of a record without payload: of a message, the least it has. */
export function sizeOf(kind: RecordKind): number {
  return HEAD + LAYOUTS[kind].fields * FIELD;
}

export const LEAST_MESSAGE_OCTETS = sizeOf('message');

/** A record without payload, or a message of `length` octets in all, whose payload is zeros. */
export function encode(kind: RecordKind, fields: readonly number[], length = sizeOf(kind)): Uint8Array {
  const octets = new Uint8Array(length);
  writeUint32(octets, 0, length);
  octets[4] = LAYOUTS[kind].code;
  fields.forEach((value, index) => writeField(octets, index, value));
  return octets;
}

/** @param value a safe integer */
export function writeField(octets: Uint8Array, index: number, value: number): void {
  const at = HEAD + index * FIELD;
  const high = Math.floor(value / 2 ** 32);
  writeUint32(octets, at, high);
  writeUint32(octets, at + 4, value - high * 2 ** 32);
}

/** Not a safe integer where the peer wrote none. */
export function readField(octets: Uint8Array, index: number): number {
  const at = HEAD + index * FIELD;
  return (readUint32(octets, at) | 0) * 2 ** 32 + readUint32(octets, at + 4);
}

export function readUint32(octets: Uint8Array, at: number): number {
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0;
}

function writeUint32(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 24;
  octets[at + 1] = value >>> 16;
  octets[at + 2] = value >>> 8;
  octets[at + 3] = value;
}
