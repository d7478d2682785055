// Packets as rows of a table: what CSV and Parquet have. The columns and their order are stable: new ones come at the end.
import { URG } from '../../tcp/index.ts';
import { flagLetters } from '../packetdrill.ts';
import { type Happening } from '../vocabulary.ts';
import { Connections, type ConnectionView, opposite, type SegmentSeen } from './connections.ts';

export type ColumnType = 'integer' | 'text' | 'boolean';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Every row has it. */
  readonly isAlways?: true;
  readonly about: string;
}

export const PACKET_COLUMNS: readonly Column[] = [
  {
    name: 'packet',
    type: 'integer',
    isAlways: true,
    about: "the packet's number in the file, from 1, as Wireshark counts",
  },
  {
    name: 'interface',
    type: 'integer',
    isAlways: true,
    about: 'where it was seen: 0, but in files of several points of view',
  },
  { name: 'vantage', type: 'text', about: 'who looked: sender, link, receiver; empty in captures of others' },
  { name: 'conversation', type: 'integer', isAlways: true, about: "from 0, Wireshark's tcp.stream" },
  { name: 'at_ns', type: 'integer', isAlways: true, about: 'nanoseconds since the run, or the capture, began' },
  {
    name: 'direction',
    type: 'text',
    isAlways: true,
    about: 'out or in; on a link, and in captures of others, out is from the end that was seen first',
  },
  {
    name: 'purpose',
    type: 'text',
    isAlways: true,
    about: "why it was sent, by its sender's word; arrived for what came in and for captures of others",
  },
  { name: 'source', type: 'text', isAlways: true, about: 'address' },
  { name: 'source_port', type: 'integer', isAlways: true, about: '' },
  { name: 'destination', type: 'text', isAlways: true, about: 'address' },
  { name: 'destination_port', type: 'integer', isAlways: true, about: '' },
  { name: 'flags', type: 'text', isAlways: true, about: 'control bits as letters: F S R P U .' },
  { name: 'seq', type: 'integer', isAlways: true, about: 'SEG.SEQ from the ISN on; does not wrap' },
  { name: 'ack', type: 'integer', about: 'SEG.ACK from the ISN on; does not wrap; empty without ACK' },
  { name: 'length_octets', type: 'integer', isAlways: true, about: 'octets of text' },
  { name: 'wnd', type: 'integer', isAlways: true, about: 'SEG.WND as the header has it' },
  { name: 'window_octets', type: 'integer', about: 'SEG.WND scaled; empty where the handshake was not seen' },
  { name: 'seq_absolute', type: 'integer', isAlways: true, about: 'SEG.SEQ' },
  { name: 'ack_absolute', type: 'integer', isAlways: true, about: 'the acknowledgment field, with ACK or without' },
  { name: 'mss', type: 'integer', about: 'the option' },
  { name: 'window_scale', type: 'integer', about: 'the option: the shift' },
  { name: 'ts_val', type: 'integer', about: 'the timestamps option' },
  { name: 'ts_ecr', type: 'integer', about: 'the timestamps option' },
  { name: 'sack_permitted', type: 'boolean', about: 'the option' },
  { name: 'sacks', type: 'text', about: 'SACK blocks from the ISN on, as 1461-2921 4381-5841' },
  { name: 'lost', type: 'text', about: 'why it was lost, on a link: queue-full, loss, rule 2 …' },
  { name: 'comment', type: 'text', about: 'what the recorder had to say' },
  {
    name: 'cwnd_octets',
    type: 'integer',
    about: 'the congestion window just then; of recordings of an end with congestion control',
  },
  { name: 'ssthresh_octets', type: 'integer', about: 'the same; empty until something was lost' },
  { name: 'urgent_pointer', type: 'integer', about: 'SEG.UP as the header has it; empty without URG' },
];

export type Cell = number | string | boolean | null;

export class PacketRows {
  readonly #connections = new Connections();

  /** A cell for each column; undefined for what is no packet. */
  take(happening: Happening): Cell[] | undefined {
    const view = this.#connections.take(happening);
    return happening.type === 'segment' ? row(happening, view) : undefined;
  }
}

function row(segment: SegmentSeen, view: ConnectionView): Cell[] {
  const { source, destination } = view.path(segment);
  return [
    segment.packet,
    view.interfaceId,
    view.label === '' ? null : view.label,
    view.conversation,
    segment.atNs,
    segment.direction,
    segment.purpose,
    source.address,
    source.port,
    destination.address,
    destination.port,
    flagLetters(segment.flags),
    view.seq(segment),
    view.ack(segment) ?? null,
    segment.lengthOctets,
    segment.wnd,
    view.windowOctets(segment) ?? null,
    segment.seq,
    segment.ack,
    segment.mss ?? null,
    segment.windowScale ?? null,
    segment.tsVal ?? null,
    segment.tsEcr ?? null,
    segment.sackPermitted ?? null,
    sacks(segment, view),
    segment.lost ?? null,
    segment.comment ?? null,
    ...congestionCells(view),
    (segment.flags & URG) === 0 ? null : (segment.up ?? 0),
  ];
}

function congestionCells({ congestion }: ConnectionView): [Cell, Cell] {
  return [congestion?.cwndOctets ?? null, congestion?.ssthreshOctets ?? null];
}

function sacks({ direction, sacks: blocks }: SegmentSeen, view: ConnectionView): string | null {
  if (blocks === undefined) return null;
  const line = view.lines[opposite(direction)];
  return blocks.map(([start, end]) => `${line.offset(start)}-${line.offset(end)}`).join(' ');
}
