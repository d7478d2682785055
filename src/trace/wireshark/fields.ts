// A verdict as tshark prints it: the fields by name, and their texts, to be compared with `tshark -T fields`.
import { type CapturedPacket } from '../capture/index.ts';
import { FLAG_NAMES, type Verdict } from './verdict.ts';

/** What stands in every row, whatever the analysis says. */
const HEADER_FIELDS = [
  'tcp.stream',
  'tcp.seq',
  'tcp.ack',
  'tcp.nxtseq',
  'tcp.len',
  'tcp.window_size',
  'tcp.window_size_scalefactor',
  'tcp.completeness',
] as const;

const ANALYSIS_FIELDS = [
  'tcp.analysis.bytes_in_flight',
  'tcp.analysis.push_bytes_sent',
  'tcp.analysis.acks_frame',
  'tcp.analysis.ack_rtt',
  'tcp.analysis.initial_rtt',
  'tcp.analysis.rto',
  'tcp.analysis.rto_frame',
  'tcp.analysis.duplicate_ack_num',
  'tcp.analysis.duplicate_ack_frame',
] as const;

/** The fields that are compared, one for each flag at the end. */
export const TSHARK_FIELDS: readonly string[] = [
  ...HEADER_FIELDS,
  ...ANALYSIS_FIELDS,
  ...FLAG_NAMES.map((name) => `tcp.analysis.${name}`),
];

/** The texts of TSHARK_FIELDS, `true` for a flag, '' for what is not there. */
export function fieldsOf(packet: CapturedPacket, verdict: Readonly<Verdict>): string[] {
  const header = [
    String(packet.conversation.index),
    String(verdict.seq),
    String(verdict.ack),
    String(verdict.nextSeq),
    String(packet.lengthOctets),
    String(verdict.windowSize),
    count(verdict.scaleFactor),
    String(verdict.completeness),
  ];
  if (!verdict.isShown) return [...header, ...TSHARK_FIELDS.slice(header.length).map(() => '')];
  return [
    ...header,
    count(verdict.bytesInFlight),
    count(verdict.pushBytesSent),
    count(verdict.acksFrame),
    seconds(verdict.ackRttNs),
    seconds(verdict.initialRttNs),
    seconds(verdict.rtoNs),
    count(verdict.rtoFrame),
    count(verdict.duplicateAckNumber),
    // 0 where the flow's very first packets repeat what Wireshark assumes of a flow not seen yet.
    verdict.duplicateAckNumber === 0 ? '' : String(verdict.duplicateAckFrame),
    ...FLAG_NAMES.map((_, bit) => ((verdict.flags & (1 << bit)) === 0 ? '' : 'true')),
  ];
}

/** A row of `tshark -T fields -E occurrence=f` for TSHARK_FIELDS, comparable: flags are `1` in some columns, empty text in others. */
export function comparable(row: readonly string[]): string[] {
  const flagsAt = TSHARK_FIELDS.length - FLAG_NAMES.length;
  return row.map((text, column) => (column >= flagsAt && text !== '' ? 'true' : text));
}

function count(n: number): string {
  return n === 0 ? '' : String(n);
}

function seconds(ns: number): string {
  if (ns === 0) return '';
  const all = Math.abs(ns);
  const whole = Math.floor(all / 1e9);
  return `${ns < 0 ? '-' : ''}${whole}.${String(all - whole * 1e9).padStart(9, '0')}`;
}
