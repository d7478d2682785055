// The ladder diagram of every textbook: two ends, time downwards, an arrow for each segment from when it left to when it arrived.
// Recordings of both ends say both times, and which segments were lost; one capture says one of the two, and the other is
// estimated by half the round trip of the handshake. Runs of like segments are told as their first, their last and a count.
import { ABSENT, ACK, FIN, RST, type Segment, SYN, URG } from '../../tcp/index.ts';
import { type AlignedConversation } from '../align/index.ts';
import { type CapturedPacket, type CaptureSink, type Conversation } from '../capture/index.ts';
import { SequenceLine } from '../sequence-line.ts';
import { type SegmentKind, Track, UNKNOWN } from '../track/index.ts';
import { type Endpoint, type Happening } from '../vocabulary.ts';
import { type PlotOptions } from './plot-builder.ts';

/** Segments of one capture that are kept to be drawn; of those after them only the number. */
const KEPT = 4_000;
/** A run of so many like segments, one after the other, is shortened. */
const RUN = 5;

/** A segment as it passed where a capture was taken. */
export interface Passage {
  atNs: number;
  side: 0 | 1;
  number: number;
  kind: SegmentKind;
  /** Sequence numbers from the initial ones; the text is [start, end). */
  start: number;
  end: number;
  ack: number;
  flags: number;
  /** The window, scaled where the scale is known; -1 without ACK. */
  window: number;
  label: string;
}

/** An arrow; or, in the place of some of a run, how many they are. */
export interface Rung {
  what: 'segment' | 'more';
  side: 0 | 1;
  kind: SegmentKind;
  label: string;
  sentNs: number;
  arrivedNs: number;
  /** It never arrived: told only where both ends were recorded. */
  isLost: boolean;
  /** Its window is zero. */
  saysZero: boolean;
  /** Its window is not zero. */
  saysOpen: boolean;
  start: number;
  end: number;
}

export interface Ladder {
  /** Left and right: the left one sent more. */
  ends: readonly [Endpoint, Endpoint];
  left: 0 | 1;
  rungs: Rung[];
  /** Segments in the time that was asked for, and how many of them are told here, runs included. */
  segments: number;
  told: number;
  /** Whose times are estimated; `nobody` where both ends were recorded. */
  estimated: 'left' | 'right' | 'both' | 'nobody';
}

export class LadderBuilder implements CaptureSink {
  readonly passages: Passage[] = [];
  segments = 0;
  track: Track | undefined = undefined;
  conversation: Conversation | undefined = undefined;
  readonly #options: PlotOptions;
  readonly #lines = [new SequenceLine(), new SequenceLine()] as const;
  readonly #said: [{ ack: number; window: number }, { ack: number; window: number }] = [
    { ack: -1, window: -1 },
    { ack: -1, window: -1 },
  ];
  #local: Endpoint | undefined = undefined;

  constructor(options: PlotOptions = {}) {
    this.#options = options;
  }

  happening(happening: Happening): void {
    if (happening.type === 'recording') this.#local = happening.local;
  }

  packet(packet: CapturedPacket): void {
    const { stream = 0, clock, fromNs = -Infinity, toNs = Infinity } = this.#options;
    if (packet.conversation.index !== stream) return;
    const track = (this.track ??= this.#begin(packet));
    track.take(packet);
    const atNs = clock === undefined ? packet.atNs : clock(packet.atNs);
    for (const side of [0, 1] as const) if (track.ends[side].hasSyn) this.#lines[side].anchor(track.ends[side].iss, 0);
    if (atNs >= fromNs && atNs <= toNs && this.segments++ < KEPT)
      this.passages.push(this.#passage(packet, track, atNs));
    else this.#follow(packet);
  }

  #begin({ conversation, atNs }: CapturedPacket): Track {
    this.conversation = conversation;
    const track = new Track(atNs);
    const local = this.#local;
    const near = conversation.ends.findIndex((end) => end.port === local?.port && end.address === local.address);
    if (near === 0 || near === 1) track.vantage.is(near, 'recording');
    return track;
  }

  /** Not drawn, but what is drawn after it is counted from here. */
  #follow({ seg, side }: CapturedPacket): void {
    this.#lines[side].offset(seg.seq);
    if (seg.has(ACK)) this.#lines[side === 0 ? 1 : 0].offset(seg.ack);
  }

  #passage({ seg, side, lengthOctets, number }: CapturedPacket, { what, ends }: Track, atNs: number): Passage {
    const start = this.#lines[side].offset(seg.seq);
    const ack = seg.has(ACK) ? this.#lines[side === 0 ? 1 : 0].offset(seg.ack) : -1;
    const isScaled = ends[side].windShift !== UNKNOWN && !seg.has(SYN);
    const window = seg.has(ACK) || seg.has(SYN) ? seg.wnd * (isScaled ? 2 ** ends[side].windShift : 1) : -1;
    const said = this.#said[side];
    const isNews = ack !== said.ack || window !== said.window || lengthOctets === 0;
    this.#said[side] = { ack, window };
    const end = start + lengthOctets;
    const label = labelOf(seg, what.kind, { start, end, ack, window, isNews });
    return { atNs, side, number, kind: what.kind, start, end, ack, flags: seg.flags, window, label };
  }
}

interface Numbers {
  start: number;
  end: number;
  ack: number;
  window: number;
  isNews: boolean;
}

const REMARKS: Partial<Record<SegmentKind, string>> = {
  probe: 'probe',
  keepalive: 'keepalive',
  retransmission: 'sent again',
  'out-of-order': 'out of order',
  'window-update': 'window update',
  'duplicate-ack': 'duplicate',
};

function labelOf(seg: Segment, kind: SegmentKind, numbers: Numbers): string {
  const parts = [...controls(seg), ...sequence(seg, kind, numbers)];
  const { start, ack, window, isNews } = numbers;
  if (ack >= 0 && isNews) parts.push(`ack ${ack}`);
  if (window >= 0 && isNews && !seg.has(RST)) parts.push(`win ${window}`);
  if (seg.has(URG)) parts.push(`up ${start + seg.up}`);
  if (seg.has(SYN) && seg.mss !== ABSENT) parts.push(`mss ${seg.mss}`);
  if (seg.sackCount > 0) parts.push('sack');
  const remark = REMARKS[kind];
  return remark === undefined ? parts.join(' ') : `${parts.join(' ')} · ${remark}`;
}

function controls(seg: Segment): string[] {
  const bits: readonly [string, number][] = [
    ['SYN', SYN],
    ['FIN', FIN],
    ['RST', RST],
    ['URG', URG],
  ];
  return bits.filter(([, bit]) => seg.has(bit)).map(([name]) => name);
}

/** Of an empty segment only where the number says something. */
function sequence(seg: Segment, kind: SegmentKind, { start, end }: Numbers): string[] {
  if (end > start) return [`seq ${start}:${end} (${end - start})`];
  return (seg.flags & (SYN | FIN | RST)) !== 0 || kind === 'probe' || kind === 'keepalive' ? [`seq ${start}`] : [];
}

/** One capture: what it does not say of the other end is estimated. */
export function ladderOf(builder: LadderBuilder, most: number): Ladder | undefined {
  const { conversation, track, passages } = builder;
  if (conversation === undefined || track === undefined) return undefined;
  const away = [track.vantage.trip(0) / 2, track.vantage.trip(1) / 2] as const;
  const { near } = track.vantage;
  const left = leftOf(passages);
  const rungs = passages.map((one) => {
    const other = one.side === 0 ? 1 : 0;
    return rungOf(one, Math.round(one.atNs - away[one.side]), Math.round(one.atNs + away[other]), false);
  });
  const estimated = near === undefined ? 'both' : near === left ? 'right' : 'left';
  return finished(conversation, left, rungs, builder.segments, estimated, most);
}

/** Which packets of two captures are one segment, and when it was seen at the other place, by the clock of both. */
export interface Meetings {
  /** The end, by its number in the first capture, where that was taken. */
  near: 0 | 1;
  /** The second capture numbers the ends the other way round. */
  isTurned: boolean;
  /** By the number of a packet of the first, or the second, capture: when the other saw it. */
  seenThere: ReadonlyMap<number, number>;
  seenHere: ReadonlyMap<number, number>;
  /** When each capture ends: of what left later nothing is known. */
  endsNs: readonly [number, number];
}

/** What an alignment says of the segments of two ladders. `clock` takes the second capture's times to the first's. */
export function meetingsOf(
  { here, there, nearSide, pairs }: AlignedConversation,
  clock: (atNs: number) => number,
  [a, b]: readonly [LadderBuilder, LadderBuilder],
): Meetings {
  const [wantedHere, wantedThere] = [a, b].map(({ passages }) => new Set(passages.map(({ number }) => number))) as [
    Set<number>,
    Set<number>,
  ];
  const seenThere = new Map<number, number>();
  const seenHere = new Map<number, number>();
  let isTurned = false;
  for (let i = 0; i < pairs.here.length; i++) {
    const [row, other] = [pairs.here[i]!, pairs.there[i]!];
    isTurned = here.side[row] !== there.side[other];
    if (wantedHere.has(here.frame[row]!)) seenThere.set(here.frame[row]!, clock(there.atNs[other]!));
    if (wantedThere.has(there.frame[other]!)) seenHere.set(there.frame[other]!, here.atNs[row]!);
  }
  const endsNs = [here.atNs[here.rows - 1]!, clock(there.atNs[there.rows - 1]!)] as const;
  return { near: nearSide, isTurned, seenThere, seenHere, endsNs };
}

/** Captures of both ends: every segment as its sender saw it leave and, if it came, the other saw it arrive. */
export function ladderOfBoth(a: LadderBuilder, b: LadderBuilder, meetings: Meetings, most: number): Ladder | undefined {
  const { conversation, passages } = a;
  if (conversation === undefined) return undefined;
  const { near, isTurned, seenThere, seenHere, endsNs } = meetings;
  const far = near === 0 ? 1 : 0;
  const there = isTurned ? b.passages.map(turned) : b.passages;
  const rungs = [...met(passages, near, seenThere, endsNs[1]), ...met(there, far, seenHere, endsNs[0])];
  const left = leftOf(passages.length > 0 ? passages : there);
  return finished(conversation, left, rungs, Math.max(a.segments, b.segments), 'nobody', most);
}

function turned(passage: Passage): Passage {
  return { ...passage, side: passage.side === 0 ? 1 : 0 };
}

/** What `side` sent. What the receiver takes it for is less than what its sender knows. */
function met(passages: readonly Passage[], side: 0 | 1, seen: ReadonlyMap<number, number>, endNs: number): Rung[] {
  return passages.flatMap((one) => {
    if (one.side !== side) return [];
    const arrivedNs = seen.get(one.number);
    if (arrivedNs === undefined && one.atNs > endNs) return []; // nobody looked any more
    return [rungOf(one, one.atNs, arrivedNs ?? one.atNs, arrivedNs === undefined)];
  });
}

function rungOf(
  { side, kind, label, window, flags, start, end }: Passage,
  sentNs: number,
  arrivedNs: number,
  isLost: boolean,
): Rung {
  const counts = window >= 0 && (flags & (SYN | RST)) === 0;
  const [saysZero, saysOpen] = [counts && window === 0, counts && window > 0];
  return { what: 'segment', side, kind, label, sentNs, arrivedNs, isLost, saysZero, saysOpen, start, end };
}

function leftOf(passages: readonly Passage[]): 0 | 1 {
  let balance = 0;
  for (const { side, start, end } of passages) balance += (side === 0 ? 1 : -1) * (end - start);
  return balance < 0 ? 1 : 0;
}

function finished(
  { ends }: Conversation,
  left: 0 | 1,
  all: Rung[],
  segments: number,
  estimated: Ladder['estimated'],
  most: number,
): Ladder {
  const inOrder = all.toSorted((a, b) => a.sentNs - b.sentNs);
  const short = shortened(inOrder);
  const rungs = short.slice(0, most);
  const told = rungs.reduce((sum, rung) => sum + (rung.what === 'more' ? rung.end - rung.start : 1), 0);
  const isCut = short.length > most || segments > KEPT;
  return {
    ends: left === 0 ? ends : [ends[1], ends[0]],
    left,
    rungs,
    segments: isCut ? Math.max(segments, told) : told,
    told,
    estimated,
  };
}

/** The middle of a run becomes one entry, whose `start` and `end` count from 0 to how many they were. */
function shortened(rungs: readonly Rung[]): Rung[] {
  const short: Rung[] = [];
  for (let from = 0; from < rungs.length;) {
    const first = rungs[from]!;
    let to = from + 1;
    while (to < rungs.length && isAlike(rungs[to - 1]!, rungs[to]!)) to++;
    if (to - from < RUN) {
      short.push(...rungs.slice(from, to));
    } else {
      const last = rungs[to - 1]!;
      const [second, before] = [rungs[from + 1]!, rungs[to - 2]!];
      const count = to - from - 2;
      const what = first.kind === 'text' ? `segments, seq ${second.start}:${before.end}` : 'acknowledgments';
      const more: Rung = {
        ...second,
        what: 'more',
        label: `${count} more ${what}`,
        arrivedNs: before.arrivedNs,
        start: 0,
        end: count,
      };
      short.push(first, more, last);
    }
    from = to;
  }
  return short;
}

function isAlike(a: Rung, b: Rung): boolean {
  if (a.side !== b.side || a.kind !== b.kind || a.isLost || b.isLost) return false;
  if (a.kind === 'text') return a.end === b.start && !b.saysZero;
  return a.kind === 'ack' && !a.saysZero && !b.saysZero && b.sentNs - a.sentNs < 1_000_000;
}
