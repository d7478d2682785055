// What is said of a segment, as bits in one number: Wireshark's flags, and what is known to be so here, which a reader of packets
// can only guess: probes, what was sent again, windows that are shut.
import { RST, SYN } from '../../../tcp/index.ts';
import {
  CapturedPacket,
  Conversation,
  FLAG_NAMES,
  FLAG_TEXTS,
  flagBit,
  type SegmentPasses,
  Wireshark,
} from '../../../trace/index.ts';
import { type Placed } from './fold.ts';

/** Beyond Wireshark's. */
export const MARK = {
  probe: 1 << 20,
  again: 1 << 21,
  zero: 1 << 22,
  update: 1 << 23,
} as const;

const ENDS = [
  { address: 'a', port: 1 },
  { address: 'b', port: 2 },
] as const;

/** Judges the segments of one vantage, in order. */
export class Marks {
  readonly #wireshark = new Wireshark();
  readonly #packet = new CapturedPacket();

  constructor() {
    this.#packet.conversation = new Conversation(0, 0, ENDS);
  }

  of(segment: SegmentPasses, { window, isProbe, isRetransmission }: Placed): number {
    let bits = this.#judge(segment);
    if (isProbe) bits |= MARK.probe;
    if (isRetransmission) bits |= MARK.again;
    if (window === 0 && (segment.flags & (SYN | RST)) === 0) bits |= MARK.zero;
    if (segment.purpose === 'window-update' || (bits & flagBit('window_update')) !== 0) bits |= MARK.update;
    return bits;
  }

  #judge({ direction, packet: number, atNs, flags, seq, ack, wnd, lengthOctets, ...options }: SegmentPasses): number {
    const packet = this.#packet;
    const { seg } = packet;
    seg.clear();
    packet.number = number;
    packet.atNs = atNs;
    packet.stampNs = atNs;
    packet.side = direction === 'out' ? 0 : 1;
    packet.lengthOctets = lengthOctets;
    seg.seq = seq as typeof seg.seq;
    seg.ack = ack as typeof seg.ack;
    seg.flags = flags;
    seg.wnd = wnd;
    const { mss, windowScale, tsVal, tsEcr, sackPermitted, sacks = [] } = options;
    if (mss !== undefined) seg.mss = mss;
    if (windowScale !== undefined) seg.windowScale = windowScale;
    if (tsVal !== undefined) seg.tsVal = tsVal;
    if (tsEcr !== undefined) seg.tsEcr = tsEcr;
    seg.sackPermitted = sackPermitted === true;
    seg.sackCount = Math.min(4, sacks.length);
    for (let block = 0; block < seg.sackCount; block++) {
      seg.sacks[2 * block] = sacks[block]![0] as typeof seg.seq;
      seg.sacks[2 * block + 1] = sacks[block]![1] as typeof seg.seq;
    }
    return this.#wireshark.judge(packet).flags;
  }
}

/** What Wireshark's info column says. */
export function marksOf(bits: number): string[] {
  const isSpecial = (bits & (flagBit('fast_retransmission') | flagBit('spurious_retransmission'))) !== 0;
  return FLAG_NAMES.filter((name, bit) => (bits & (1 << bit)) !== 0 && !(isSpecial && name === 'retransmission')).map(
    (name) => FLAG_TEXTS[name],
  );
}

/** What matters most about it, for its colour. */
export function kindOf(bits: number): 'zero' | 'again' | 'update' | 'plain' {
  if ((bits & (MARK.zero | MARK.probe)) !== 0) return 'zero';
  if ((bits & MARK.again) !== 0) return 'again';
  return (bits & MARK.update) === 0 ? 'plain' : 'update';
}
