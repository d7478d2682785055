// Marks on segments: what a reader of captures would call them. Bits, so that a row of the table holds them.
import { ACK, FIN, RST, SYN } from '../../../tcp/index.ts';
import { type SegmentPasses } from '../../../trace/index.ts';
import { type Placed } from './fold.ts';

export const MARK_NAMES = [
  'retransmission',
  'zero window',
  'zero-window probe',
  'zero-window probe ACK',
  'window update',
  'window full',
  'duplicate ACK',
  'keep-alive',
] as const;
export type MarkName = (typeof MARK_NAMES)[number];

export function markBit(name: MarkName): number {
  return 1 << MARK_NAMES.indexOf(name);
}

interface Last {
  ack: number;
  window: number;
  edge: number;
  isProbe: boolean;
}

/** Judges the segments of one vantage, in order. */
export class Marks {
  readonly #last: Record<'in' | 'out', Last> = {
    in: { ack: -1, window: -1, edge: NaN, isProbe: false },
    out: { ack: -1, window: -1, edge: NaN, isProbe: false },
  };

  of({ direction, flags, lengthOctets }: SegmentPasses, placed: Placed): number {
    const own = this.#last[direction];
    const other = this.#last[direction === 'in' ? 'out' : 'in'];
    let bits = 0;
    if (placed.isRetransmission) bits |= markBit('retransmission');
    if (placed.isProbe) bits |= markBit('zero-window probe');
    if (placed.window === 0 && (flags & (SYN | RST)) === 0) bits |= markBit('zero window');
    if (lengthOctets === 0 && (flags & (SYN | FIN | RST | ACK)) === ACK) bits |= ackMark(placed, own, other);
    const end = placed.seq + lengthOctets;
    if (lengthOctets > 0 && !placed.isProbe && end === other.edge) bits |= markBit('window full');
    if ((flags & (ACK | RST)) === ACK) {
      own.ack = placed.ack;
      own.edge = placed.ack + placed.window;
      own.window = placed.window;
    }
    own.isProbe = placed.isProbe;
    if (lengthOctets > 0) other.isProbe = false;
    return bits;
  }
}

/** An empty segment that acknowledges no more than the last one did. */
function ackMark({ ack, window }: Placed, own: Last, other: Last): number {
  if (ack !== own.ack) return 0;
  if (other.isProbe && window === 0) return markBit('zero-window probe ACK');
  if (window !== own.window) return markBit('window update');
  return window > 0 ? markBit('duplicate ACK') : 0;
}
