// The fields of a TCP header as it stands in octets: where each lies, what it says, and the clause that defines it. Headers
// that were not kept are laid out from the segment's numbers.
import { ABSENT, Segment, seq } from '../../../tcp/index.ts';
import { encodeHeader, headerLength, readUint16, readUint32 } from '../../../wire/index.ts';
import { type SegmentTable } from '../data/index.ts';

export interface Field {
  name: string;
  /** First and past the last octet. */
  from: number;
  until: number;
  value: string;
  clause: string;
}

export interface Header {
  octets: Uint8Array;
  /** As they stood in the file, or laid out anew. */
  isOriginal: boolean;
  fields: Field[];
}

export function headerOf(segments: SegmentTable, row: number): Header {
  const kept = segments.headers.of(segments.get('packet', row));
  if (kept !== undefined && kept.octets.length - kept.tcpAt >= 20) {
    const octets = kept.octets.subarray(kept.tcpAt);
    return { octets, isOriginal: true, fields: fieldsOf(octets) };
  }
  const octets = laidOut(segments, row);
  return { octets, isOriginal: false, fields: fieldsOf(octets) };
}

function laidOut(segments: SegmentTable, row: number): Uint8Array {
  const seg = new Segment();
  const extra = segments.extra(row);
  seg.seq = seq(segments.get('rawSeq', row));
  seg.ack = seq(segments.get('rawAck', row));
  seg.flags = segments.get('flags', row);
  seg.wnd = segments.get('wnd', row);
  seg.sourcePort = segments.get('sourcePort', row);
  seg.destinationPort = segments.get('destinationPort', row);
  seg.up = extra.up ?? 0;
  seg.mss = extra.mss ?? ABSENT;
  seg.windowScale = extra.windowScale ?? ABSENT;
  seg.tsVal = extra.tsVal ?? ABSENT;
  seg.tsEcr = extra.tsEcr ?? ABSENT;
  seg.sackPermitted = extra.sackPermitted ?? false;
  (extra.sacks ?? []).slice(0, 4).forEach(([start, end], index) => {
    seg.sacks[2 * index] = seq(start);
    seg.sacks[2 * index + 1] = seq(end);
    seg.sackCount = index + 1;
  });
  const octets = new Uint8Array(headerLength(seg));
  encodeHeader(seg, octets, 0);
  return octets;
}

const BITS = ['CWR', 'ECE', 'URG', 'ACK', 'PSH', 'RST', 'SYN', 'FIN'];

function field(name: string, from: number, until: number, value: string | number, clause = 'RFC 9293 §3.1'): Field {
  return { name, from, until, value: String(value), clause };
}

function fieldsOf(octets: Uint8Array): Field[] {
  const flags = octets[13]!;
  const length = (octets[12]! >> 4) * 4;
  const set = BITS.filter((_, bit) => (flags & (128 >> bit)) !== 0).join(' ');
  return [
    field('source port', 0, 2, readUint16(octets, 0)),
    field('destination port', 2, 4, readUint16(octets, 2)),
    field('sequence number', 4, 8, readUint32(octets, 4), 'RFC 9293 §3.4'),
    field('acknowledgment', 8, 12, readUint32(octets, 8), 'RFC 9293 §3.4'),
    field('data offset', 12, 13, `${length} octets`),
    field('control bits', 13, 14, set || 'none'),
    field('window', 14, 16, readUint16(octets, 14), 'RFC 9293 §3.8.6'),
    field(
      'checksum',
      16,
      18,
      `0x${readUint16(octets, 16).toString(16).padStart(4, '0')}`,
      'RFC 9293 §3.1 (MUST-2, MUST-3)',
    ),
    field('urgent pointer', 18, 20, readUint16(octets, 18), 'RFC 9293 §3.8.5'),
    ...optionsOf(octets, Math.min(length, octets.length)),
  ];
}

const OPTIONS: Readonly<Record<number, readonly [string, string]>> = {
  0: ['end of options', 'RFC 9293 §3.2'],
  1: ['no operation', 'RFC 9293 §3.2'],
  2: ['maximum segment size', 'RFC 9293 §3.7.1'],
  3: ['window scale', 'RFC 7323 §2.2'],
  4: ['SACK permitted', 'RFC 2018 §2'],
  5: ['SACK', 'RFC 2018 §3'],
  8: ['timestamps', 'RFC 7323 §3.2'],
};

function optionsOf(octets: Uint8Array, end: number): Field[] {
  const fields: Field[] = [];
  let at = 20;
  while (at < end) {
    const kind = octets[at]!;
    const length = kind < 2 ? 1 : (octets[at + 1] ?? 0);
    if (length < 1 || (kind >= 2 && length < 2) || at + length > end) break;
    const [name, clause] = OPTIONS[kind] ?? [`option ${kind}`, 'RFC 9293 §3.2'];
    fields.push({ name, from: at, until: at + length, value: optionValue(octets, at, kind, length), clause });
    at += length;
    if (kind === 0) break;
  }
  return fields;
}

function optionValue(octets: Uint8Array, at: number, kind: number, length: number): string {
  if (kind === 2 && length === 4) return String(readUint16(octets, at + 2));
  if (kind === 3 && length === 3) return `shift ${octets[at + 2]!}, × ${2 ** Math.min(14, octets[at + 2]!)}`;
  if (kind === 8 && length === 10) return `TSval ${readUint32(octets, at + 2)}, TSecr ${readUint32(octets, at + 6)}`;
  if (kind !== 5) return '';
  const blocks: string[] = [];
  for (let block = at + 2; block + 8 <= at + length; block += 8)
    blocks.push(`${readUint32(octets, block)}–${readUint32(octets, block + 4)}`);
  return blocks.join(', ');
}
