// Segments in the notation of packetdrill scripts (https://github.com/google/packetdrill): `< P. 1:1461(1460) ack 1 win 257`.
// Sequence numbers are relative to each side's ISN, windows as the header has them, unscaled.
import { ACK, FIN, PSH, RST, SYN, URG } from '../tcp/index.ts';
import { SequenceLine } from './sequence-line.ts';
import { type Direction, type SegmentPasses } from './vocabulary.ts';

/** `S.`, `P.`, `.`, `R` …; `-` where no control bit is set. */
export function flagLetters(flags: number): string {
  let letters = '';
  if ((flags & FIN) !== 0) letters += 'F';
  if ((flags & SYN) !== 0) letters += 'S';
  if ((flags & RST) !== 0) letters += 'R';
  if ((flags & PSH) !== 0) letters += 'P';
  if ((flags & URG) !== 0) letters += 'U';
  if ((flags & ACK) !== 0) letters += '.';
  return letters === '' ? '-' : letters;
}

/** What is common to a segment and to a segment refused. */
export interface SegmentNumbers {
  seq: number;
  ack: number;
  flags: number;
  lengthOctets: number;
}

/** Writes the segments of one connection; remembers its ISNs. */
export class PacketdrillNotation {
  readonly #lines: Record<Direction, SequenceLine> = { in: new SequenceLine(), out: new SequenceLine() };

  segment(segment: SegmentPasses): string {
    const { direction, flags, seq } = segment;
    if ((flags & SYN) !== 0) this.#lines[direction].anchor(seq, 0);
    const arrow = direction === 'in' ? '<' : '>';
    const urg = (flags & URG) === 0 ? '' : ` urg ${segment.up ?? 0}`;
    return `${arrow} ${this.numbers(direction, segment)} win ${segment.wnd}${urg}${this.#options(segment)}`;
  }

  /** `P. 1:1461(1460) ack 1` */
  numbers(direction: Direction, { seq, ack, flags, lengthOctets }: SegmentNumbers): string {
    const start = this.#lines[direction].offset(seq);
    const numbers = `${flagLetters(flags)} ${start}:${start + lengthOctets}(${lengthOctets})`;
    if ((flags & ACK) === 0) return numbers;
    const other = this.#lines[direction === 'in' ? 'out' : 'in'];
    return `${numbers} ack ${other.offset(ack)}`;
  }

  #options({ direction, mss, windowScale, tsVal, tsEcr, sackPermitted, sacks }: SegmentPasses): string {
    const other = this.#lines[direction === 'in' ? 'out' : 'in'];
    const list: string[] = [];
    if (mss !== undefined) list.push(`mss ${mss}`);
    if (sackPermitted === true) list.push('sackOK');
    if (windowScale !== undefined) list.push(`wscale ${windowScale}`);
    if (tsVal !== undefined && tsEcr !== undefined) list.push(`TS val ${tsVal} ecr ${tsEcr}`);
    if (sacks !== undefined) {
      list.push(`sack ${sacks.map(([start, end]) => `${other.offset(start)}:${other.offset(end)}`).join(' ')}`);
    }
    return list.length === 0 ? '' : ` <${list.join(',')}>`;
  }
}
