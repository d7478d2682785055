// One time-sequence graph: the data of one direction, and what the other end says of it. Marks and their order are tcptrace's;
// xplot.ts has the list of them.
import { FIN, PSH, RST, SYN } from '../../tcp/index.ts';
import { type SegmentSeen } from './connections.ts';

/** Gaps in what was seen that are remembered; the earliest are forgotten first. */
const MOST_GAPS = 10_000;

export interface Acknowledged {
  /** From the ISN on. */
  ack: number;
  /** Octets. */
  wnd: number;
  blocks: readonly (readonly [start: number, end: number])[];
}

/** What a segment's text is to whoever has seen those before it. */
type Text = 'none' | 'new' | 'again' | 'late' | 'probe';

export class Graph {
  readonly #tell: (text: string) => void;
  readonly #title: string;
  #hasBegun = false;
  /** What sequence number 0 of the line is on the wire. */
  #origin: number | undefined = undefined;
  /** The end of what was sent, probes apart. */
  #highest = -1;
  /** What lies before the end and was not seen: [start, end). */
  readonly #gaps: [number, number][] = [];
  /** Of the latest acknowledgment. */
  #at = '';
  #ack = -1;
  #edge = -1;
  #repeats = 0;

  constructor(tell: (text: string) => void, title: string) {
    this.#tell = tell;
    this.#title = title;
  }

  /** `seq` is SEG.SEQ from the ISN on. */
  data(at: string, seq: number, segment: SegmentSeen): void {
    this.#origin ??= segment.seq - seq;
    const { flags, lengthOctets } = segment;
    const y = this.#origin;
    const isSyn = (flags & SYN) !== 0;
    const from = seq + (isSyn ? 1 : 0);
    const to = from + lengthOctets;
    const text = this.#judge(from, to, segment);
    const lines: string[] = [];
    if ((flags & RST) !== 0) lines.push('red', `atext ${at} ${y + seq}`, 'RST_OUT');
    if (text === 'late') lines.push('pink', `atext ${at} ${y + to}`, 'O');
    if (text === 'again') lines.push('red', `atext ${at} ${y + to}`, 'R');
    if (text === 'probe') lines.push('orange', `btext ${at} ${y + to}`, 'P');
    if (isSyn) {
      lines.push('orange', `diamond ${at} ${y + seq}`, `atext ${at} ${y + from}`, 'SYN', `uarrow ${at} ${y + from}`);
      lines.push(`line ${at} ${y + seq} ${at} ${y + from}`);
    }
    if (!isSyn || lengthOctets > 0) this.#bar(lines, at, { from: y + from, to: y + to, flags, text });
    if ((flags & FIN) !== 0) {
      lines.push('orange', `line ${at} ${y + to} ${at} ${y + to + 1}`, `box ${at} ${y + to + 1}`);
      lines.push(`atext ${at} ${y + to + 1}`, 'FIN');
    }
    this.#seen(from, to, text);
    this.#write(lines);
  }

  acknowledged(at: string, said: Acknowledged, segment: SegmentSeen): void {
    const { ack, wnd, blocks } = said;
    this.#origin ??= segment.ack - ack;
    const y = this.#origin;
    const edge = ack + wnd;
    const lines: string[] = [];
    if ((segment.flags & RST) !== 0) lines.push('red', `atext ${at} ${y + ack}`, 'RST_IN');
    if (this.#ack >= 0) {
      const isZero = segment.wnd === 0 && (segment.flags & (SYN | RST | FIN)) === 0;
      if (isZero) lines.push(`atext ${at} ${y + edge} magenta`, 'Z');
      lines.push('green', ...this.#stair(at, this.#ack, ack, 'dtick'));
      if (this.#isThirdDuplicate(ack, edge, segment)) lines.push(`atext ${at} ${y + ack}`, '3');
      lines.push('yellow', ...this.#stair(at, this.#edge, edge, 'utick'));
      this.#sacks(lines, at, blocks);
    }
    this.#at = at;
    this.#ack = ack;
    this.#edge = edge;
    this.#write(lines);
  }

  end(): void {
    if (this.#hasBegun) this.#tell('go\n');
  }

  /** On from where it was to now, and up, or a tick where it is what it was. */
  #stair(at: string, before: number, now: number, tick: string): string[] {
    const y = this.#origin!;
    const on = `line ${this.#at} ${y + before} ${at} ${y + before}`;
    return [on, before === now ? `${tick} ${at} ${y + now}` : `line ${at} ${y + before} ${at} ${y + now}`];
  }

  #bar(
    lines: string[],
    at: string,
    { from, to, flags, text }: { from: number; to: number; flags: number; text: Text },
  ): void {
    lines.push(text === 'again' ? 'red' : 'white', `darrow ${at} ${from}`);
    if ((flags & (PSH | FIN)) === PSH) lines.push(`diamond ${at} ${to} white`, `dot ${at} ${to} white`);
    else if ((flags & FIN) === 0) lines.push(`uarrow ${at} ${to}`);
    if (to > from) lines.push(`line ${at} ${from} ${at} ${to}`);
  }

  #sacks(lines: string[], at: string, blocks: Acknowledged['blocks']): void {
    const [first] = blocks;
    if (first === undefined) return;
    const y = this.#origin!;
    lines.push('purple');
    blocks.forEach(([start, end], index) => {
      lines.push(`line ${at} ${y + start} ${at} ${y + end}`, `htick ${at} ${y + start}`, `htick ${at} ${y + end}`);
      if (blocks.length > 1) lines.push(`rtext ${at} ${y + end}`, String(index + 1));
    });
    lines.push(`atext ${at} ${y + first[1]}`, 'S');
  }

  /** Of those that repeat and say nothing else. Whether anything is unacknowledged (RFC 5681 §2) tcptrace does not ask. */
  #isThirdDuplicate(ack: number, edge: number, { lengthOctets }: SegmentSeen): boolean {
    if (ack !== this.#ack) this.#repeats = 0;
    if (ack !== this.#ack || edge !== this.#edge || lengthOctets > 0) return false;
    this.#repeats++;
    return this.#repeats === 3;
  }

  #judge(from: number, to: number, { purpose }: SegmentSeen): Text {
    const length = to - from;
    if (length === 0) return 'none';
    if (length === 1 && (purpose === 'probe' || this.#isAtShutWindow(from))) return 'probe';
    if (from >= this.#highest) return 'new';
    return this.#fillsGap(from, to) ? 'late' : 'again';
  }

  /** One octet there is a zero-window probe. */
  #isAtShutWindow(from: number): boolean {
    return this.#ack >= 0 && this.#edge === this.#ack && from >= this.#edge;
  }

  #seen(from: number, to: number, text: Text): void {
    // A probe's octet goes again when the window opens, and is not sent again for that.
    if (text === 'probe') return;
    if (this.#highest >= 0 && from > this.#highest) this.#gaps.push([this.#highest, from]);
    if (this.#gaps.length > MOST_GAPS) this.#gaps.shift();
    this.#highest = Math.max(this.#highest, to);
  }

  /** Whether none of it was seen; if so, it is seen from now on. */
  #fillsGap(from: number, to: number): boolean {
    const at = this.#gaps.findIndex(([start, end]) => start <= from && to <= end);
    if (at < 0) return false;
    const [start, end] = this.#gaps[at]!;
    const rest: [number, number][] = [];
    if (start < from) rest.push([start, from]);
    if (to < end) rest.push([to, end]);
    this.#gaps.splice(at, 1, ...rest);
    return true;
  }

  #write(lines: readonly string[]): void {
    if (lines.length === 0) return;
    const head = this.#hasBegun
      ? ''
      : `timeval double\ntitle\n${this.#title} (time sequence graph)\nxlabel\ntime\nylabel\nsequence number\n`;
    this.#hasBegun = true;
    this.#tell(`${head}${lines.join('\n')}\n`);
  }
}
