// The segments of one connection as one vantage saw them: a row each, sequence numbers counted from the ISNs. What few
// segments have (options, comments) stands beside the table. Past the bound every second of the older half goes that nobody
// would look for: plain text and plain acknowledgments.
import { ACK, FIN, PURPOSES, type Purpose, RST, SYN } from '../../../tcp/index.ts';
import { type SegmentPasses } from '../../../trace/index.ts';
import { Headers } from './headers.ts';
import { Table } from './table.ts';

export const MOST_SEGMENTS = 500_000;

const KINDS = {
  /** ns since the run began. */
  at: 'float64',
  /** Number in the file, or the feed's count. */
  packet: 'uint32',
  /** 1: left this vantage; 0: arrived. */
  isOut: 'uint8',
  /** Place in PURPOSES. */
  purpose: 'uint8',
  flags: 'uint8',
  /** Relative to the sender's, and for `ack` the other's, ISN. */
  seq: 'float64',
  ack: 'float64',
  length: 'uint32',
  /** The window field as it stands in the header, and scaled. */
  wnd: 'uint16',
  window: 'float64',
  /** What Wireshark says of it: bits of its flags. */
  marks: 'uint32',
  /** Absolute, as in the header. */
  rawSeq: 'uint32',
  rawAck: 'uint32',
  sourcePort: 'uint16',
  destinationPort: 'uint16',
} as const;

export type SegmentColumn = keyof typeof KINDS;

/** Options and comment of a segment that has any. */
export type Extra = Pick<
  SegmentPasses,
  'up' | 'mss' | 'windowScale' | 'tsVal' | 'tsEcr' | 'sackPermitted' | 'sacks' | 'comment'
>;

/** Octets of headers as they stood in a file are kept up to so many. */
const HEADER_OCTETS = 32 * 1_048_576;
const MOST_EXTRAS = 200_000;

export class SegmentTable extends Table<SegmentColumn> {
  /** By packet number. */
  readonly #extras = new Map<number, Extra>();
  readonly headers = new Headers(HEADER_OCTETS);
  /** What a feed did not send, or this page had to let go, by reason. */
  readonly missed = { skipped: 0, lagged: 0 };

  constructor(limit = MOST_SEGMENTS) {
    super(KINDS, limit);
  }

  /** Takes a segment at its place in time; sequence numbers and window are the caller's, counted and scaled. */
  take(segment: SegmentPasses, atNs: number, seq: number, ack: number, window: number): number {
    if (this.isFull) this.#thin();
    const row = this.push();
    const { column } = this;
    column.at[row] = atNs;
    column.packet[row] = segment.packet;
    column.isOut[row] = segment.direction === 'out' ? 1 : 0;
    column.purpose[row] = PURPOSES.indexOf(segment.purpose);
    column.flags[row] = segment.flags;
    column.seq[row] = seq;
    column.ack[row] = ack;
    column.length[row] = segment.lengthOctets;
    column.wnd[row] = segment.wnd;
    column.window[row] = window;
    column.rawSeq[row] = segment.seq;
    column.rawAck[row] = segment.ack;
    column.sourcePort[row] = segment.sourcePort;
    column.destinationPort[row] = segment.destinationPort;
    const extra = extraOf(segment);
    if (extra !== undefined && this.#extras.size < MOST_EXTRAS) this.#extras.set(segment.packet, extra);
    return row;
  }

  extra(row: number): Extra {
    return this.#extras.get(this.get('packet', row)) ?? {};
  }

  purposeOf(row: number): Purpose {
    return PURPOSES[this.get('purpose', row)] ?? 'arrived';
  }

  /** The row of a packet number; -1 where it is not here. */
  rowOf(packet: number): number {
    const row = this.lastAtMost('packet', packet);
    return row >= 0 && this.get('packet', row) === packet ? row : -1;
  }

  #thin(): void {
    const { column, length } = this;
    const old = length >>> 1;
    const plain = PURPOSES.indexOf('text');
    let at = 0;
    this.thin((row) => {
      if (row >= old) return true;
      const isPlain =
        (column.flags[row]! & (SYN | FIN | RST)) === 0 &&
        column.marks[row] === 0 &&
        column.wnd[row]! > 0 &&
        (column.purpose[row] === plain || column.purpose[row] === 0 || column.purpose[row] === 5);
      if (isPlain) at++;
      return !isPlain || at % 2 === 0;
    });
    // Where nothing was plain: the oldest go, for there must be room.
    if (this.isFull) this.thin((row) => row >= length >>> 2);
  }
}

function extraOf({
  up,
  mss,
  windowScale,
  tsVal,
  tsEcr,
  sackPermitted,
  sacks,
  comment,
}: SegmentPasses): Extra | undefined {
  const isPlain = mss === undefined && tsVal === undefined && sacks === undefined && comment === undefined;
  if (isPlain && up === undefined) return undefined;
  const extra: Extra = {};
  if (up !== undefined) extra.up = up;
  if (mss !== undefined) extra.mss = mss;
  if (windowScale !== undefined) extra.windowScale = windowScale;
  if (tsVal !== undefined) extra.tsVal = tsVal;
  if (tsEcr !== undefined) extra.tsEcr = tsEcr;
  if (sackPermitted !== undefined) extra.sackPermitted = sackPermitted;
  if (sacks !== undefined) extra.sacks = sacks;
  if (comment !== undefined) extra.comment = comment;
  return extra;
}

/** `SYN, ACK` */
export function flagNames(flags: number): string {
  const names: string[] = [];
  if (flags & FIN) names.push('FIN');
  if (flags & SYN) names.push('SYN');
  if (flags & RST) names.push('RST');
  if (flags & 8) names.push('PSH');
  if (flags & ACK) names.push('ACK');
  if (flags & 32) names.push('URG');
  return names.join(', ');
}
