// Segments in packetdrill's notation, one line each:
//
//   P. 1:1001(1000) ack 1 win 4000 <mss 1460,sackOK,wscale 7,TS val 1 ecr 2,sack 2001:3001 4001:5001>
//
// Flags are `S F P R U` and `.` for ACK; then first:end(octets of text), where SYN and FIN are not counted; then SEG.ACK; then the
// window field as it stands in the header, before any scaling; `urg N`, after it, is the urgent pointer field. Sequence numbers are relative: SEG.SEQ to the initial
// sequence number of whoever sends, SEG.ACK and SACK blocks to that of the other, so the first octet of text is 1 in either direction.
// What follows the text is optional: what is left out is not compared, and `<>` says that there are no options.
import { ABSENT, ACK, FIN, PSH, RST, type Segment, type Seq, seqAdd, seqDiff, SYN, URG } from '../../src/tcp/index.ts';

const LETTERS: readonly [string, number][] = [
  ['S', SYN],
  ['F', FIN],
  ['P', PSH],
  ['R', RST],
  ['U', URG],
  ['.', ACK],
];

/** Where counting begins: the initial sequence numbers of the sender and of the receiver of a segment. */
export interface Origins {
  sender: Seq;
  receiver: Seq;
}

export interface SegmentOptions {
  mss: number;
  windowScale: number;
  tsVal: number;
  tsEcr: number;
  sackPermitted: boolean;
  /** [start, end) each. */
  sacks: [number, number][];
}

/** A line, taken apart. `undefined` is what it does not state. */
export interface Line {
  flags: number;
  start: number;
  length: number;
  ack: number | undefined;
  win: number | undefined;
  urg: number | undefined;
  options: SegmentOptions | undefined;
}

const LINE = /^([SFPRU.]+) (-?\d+):(-?\d+)\((\d+)\)(?: ack (-?\d+))?(?: win (\d+))?(?: urg (\d+))?(?: <(.*)>)?$/;

/** @throws Error if `text` is not a segment. */
export function parseLine(text: string): Line {
  const found = LINE.exec(text);
  if (found === null) throw new Error(`not a segment: '${text}'`);
  const [, letters, start, end, length, ack, win, urg, options] = found;
  const line: Line = {
    flags: LETTERS.reduce((flags, [letter, flag]) => (letters!.includes(letter) ? flags | flag : flags), 0),
    start: Number(start),
    length: Number(length),
    ack: ack === undefined ? undefined : Number(ack),
    win: win === undefined ? undefined : Number(win),
    urg: urg === undefined ? undefined : Number(urg),
    options: options === undefined ? undefined : parseOptions(options),
  };
  if (line.start + line.length !== Number(end)) throw new Error(`${start} + ${length} is not ${end}: '${text}'`);
  return line;
}

function parseOptions(text: string): SegmentOptions {
  const options: SegmentOptions = {
    mss: ABSENT,
    windowScale: ABSENT,
    tsVal: ABSENT,
    tsEcr: ABSENT,
    sackPermitted: false,
    sacks: [],
  };
  for (const part of text.split(',').filter((each) => each !== '')) {
    const [name, ...rest] = part.trim().split(' ');
    if (name === 'mss') options.mss = Number(rest[0]);
    else if (name === 'wscale') options.windowScale = Number(rest[0]);
    else if (name === 'sackOK') options.sackPermitted = true;
    else if (name === 'sack') options.sacks = rest.map((block) => block.split(':').map(Number) as [number, number]);
    else if (name === 'TS') {
      options.tsVal = Number(rest[1]);
      options.tsEcr = Number(rest[3]);
    } else throw new Error(`not an option: '${part}'`);
  }
  return options;
}

/** Does `seg` say what `line` states? */
export function matches(line: Line, seg: Segment, origins: Origins): boolean {
  const { options } = line;
  return (
    line.flags === seg.flags &&
    seqAdd(origins.sender, line.start) === seg.seq &&
    line.length === seg.textLength &&
    (line.ack === undefined || seqAdd(origins.receiver, line.ack) === seg.ack) &&
    (line.win === undefined || line.win === seg.wnd) &&
    (line.urg === undefined || line.urg === seg.up) &&
    (options === undefined || matchesOptions(options, seg, origins.receiver))
  );
}

function matchesOptions(options: SegmentOptions, seg: Segment, origin: Seq): boolean {
  return (
    options.mss === seg.mss &&
    options.windowScale === seg.windowScale &&
    options.tsVal === seg.tsVal &&
    options.tsEcr === seg.tsEcr &&
    options.sackPermitted === seg.sackPermitted &&
    matchesSacks(options.sacks, seg, origin)
  );
}

function matchesSacks(sacks: [number, number][], seg: Segment, origin: Seq): boolean {
  if (sacks.length !== seg.sackCount) return false;
  return sacks.flat().every((n, index) => seqAdd(origin, n) === seg.sacks[index]);
}

/** The whole of a segment as a line. */
export function describe(seg: Segment, origins: Origins): string {
  const letters = LETTERS.map(([letter, flag]) => (seg.has(flag) ? letter : '')).join('');
  const start = seqDiff(seg.seq, origins.sender);
  const ack = seg.has(ACK) ? ` ack ${seqDiff(seg.ack, origins.receiver)}` : '';
  const urg = seg.has(URG) ? ` urg ${seg.up}` : '';
  const options = describeOptions(seg, origins.receiver);
  return `${letters} ${start}:${start + seg.textLength}(${seg.textLength})${ack} win ${seg.wnd}${urg}${options}`;
}

function describeOptions(seg: Segment, origin: Seq): string {
  const parts: string[] = [];
  if (seg.mss !== ABSENT) parts.push(`mss ${seg.mss}`);
  if (seg.windowScale !== ABSENT) parts.push(`wscale ${seg.windowScale}`);
  if (seg.tsVal !== ABSENT) parts.push(`TS val ${seg.tsVal} ecr ${seg.tsEcr}`);
  if (seg.sackPermitted) parts.push('sackOK');
  const ends = seg.sacks.slice(0, 2 * seg.sackCount).map((each) => seqDiff(each, origin));
  const blocks = ends.flatMap((each, index) => (index % 2 === 0 ? [`${each}:${ends[index + 1]}`] : []));
  if (blocks.length > 0) parts.push(`sack ${blocks.join(' ')}`);
  return parts.length === 0 ? '' : ` <${parts.join(',')}>`;
}
