// All that the page knows of one run, whatever it came from: its flows, of each flow the two ends, and from where it was seen.
import { type Endpoint, type Happening, isRemarkable } from '../../../trace/index.ts';
import { EventList } from './events.ts';
import { EndFold } from './fold.ts';
import { LinkTable } from './links.ts';
import { Marks } from './marks.ts';
import { type Stretch } from './stretches.ts';
import { SegmentTable } from './segments.ts';

/** The end that sends the octets we look at, and the one that takes them. */
export type Side = 0 | 1;
export const SIDE_NAMES = ['sender', 'receiver'] as const;

export interface End {
  side: Side;
  endpoint: Endpoint | undefined;
  fold: EndFold;
}

/** A place from which packets were seen: one of the ends, or a capture somewhere between. */
export interface Vantage {
  /** `sender`, `receiver`, `capture`. */
  label: string;
  /** Whose segments leave here. */
  side: Side;
  /** What its packets are folded into: the end's own state, or, where that is known better, one that nobody looks at. */
  fold: EndFold;
  segments: SegmentTable;
  events: EventList;
  marks: Marks;
  /** To be added to its instants, so that all vantages share a clock. */
  shiftNs: number;
  /** Where a shift is not all there is between its clock and the others': from its instants to theirs. */
  clock: ((atNs: number) => number) | undefined;
  /** All that its connection was made with, where that is known. */
  configuration: unknown;
}

export class Flow {
  readonly name: string;
  readonly ends: [End, End];
  readonly vantages: Vantage[] = [];
  beginNs = Infinity;
  endNs = 0;

  constructor(name: string, exact: readonly [boolean, boolean] = [false, false]) {
    this.name = name;
    this.ends = [
      { side: 0, endpoint: undefined, fold: new EndFold(exact[0]) },
      { side: 1, endpoint: undefined, fold: new EndFold(exact[1]) },
    ];
  }

  /** Begins to look from one more place. An end that tells of itself is known exactly from now on. */
  look(label: string, side: Side, isExact: boolean, shiftNs = 0): Vantage {
    const end = this.ends[side];
    const isTaken = end.fold.isExact || this.vantages.some(({ fold }) => fold === end.fold);
    if (isExact && !end.fold.isExact) end.fold = new EndFold(true);
    const vantage: Vantage = {
      label,
      side,
      fold: isExact || !isTaken ? end.fold : new EndFold(false),
      segments: new SegmentTable(),
      events: new EventList(),
      marks: new Marks(),
      shiftNs,
      clock: undefined,
      configuration: undefined,
    };
    this.vantages.push(vantage);
    return vantage;
  }

  take(vantage: Vantage, happening: Happening): void {
    const { segments } = vantage;
    // Clocks of captures step; what is shown goes on.
    const latest = segments.length === 0 ? 0 : segments.get('at', segments.length - 1);
    const at = Math.max(latest, instantOf(vantage, happening.atNs));
    this.beginNs = Math.min(this.beginNs, at);
    this.endNs = Math.max(this.endNs, at);
    const own = vantage.fold;
    if (happening.type === 'segment') {
      const isOut = happening.direction === 'out';
      const placed = own.segment(happening, at, isOut);
      const peer = this.ends[vantage.side === 0 ? 1 : 0].fold;
      // Of two that look at the same, the first tells of the end that does not tell of itself.
      const isTelling = !peer.isExact && vantage === this.vantages[0];
      const seen = isTelling ? peer.segment(happening, at, !isOut) : placed;
      const row = segments.take(happening, at, placed.seq, placed.ack, placed.window);
      segments.set('marks', row, vantage.marks.of(happening, isOut ? placed : seen));
      return;
    }
    own.happening(happening, at);
    if (isRemarkable(happening)) vantage.events.add({ at, happening });
  }

  /** Of what a vantage looks at not everything was seen; `read` as in `EndFold.misses`. */
  misses(vantage: Vantage, stretch: Stretch, read?: number): void {
    const fromNs = instantOf(vantage, stretch.fromNs);
    const untilNs = Math.max(fromNs, instantOf(vantage, stretch.untilNs));
    this.beginNs = Math.min(this.beginNs, fromNs);
    vantage.fold.misses({ fromNs, untilNs }, read);
    const peer = this.ends[vantage.side === 0 ? 1 : 0].fold;
    if (!peer.isExact && vantage === this.vantages[0]) peer.misses({ fromNs, untilNs });
  }

  /** Where an end was seen best: its own vantage, or a capture that tells of it. */
  seenAt(side: Side): Vantage | undefined {
    return this.vantages.find((vantage) => vantage.side === side && vantage.fold === this.ends[side].fold);
  }

  /** The vantage whose packets are listed: the sender's, where there is one. */
  get first(): Vantage | undefined {
    return this.seenAt(0) ?? this.vantages[0];
  }
}

function instantOf({ clock, shiftNs }: Vantage, atNs: number): number {
  return clock === undefined ? atNs + shiftNs : clock(atNs);
}

export interface Outcome {
  measure: string;
  measured: string;
  expected: string;
  verdict: 'met' | 'missed' | 'not judged';
  source: string;
}

export class Run {
  readonly title: string;
  readonly kind: 'live' | 'recording' | 'simulation';
  readonly flows: Flow[] = [];
  readonly links = new LinkTable();
  /** What went wrong or was left out, in sentences. */
  readonly notes: string[] = [];
  /** What the scenario's measures gave. */
  outcomes: Outcome[] = [];
  /** More may come. */
  isGrowing: boolean;
  /** Counts changes, so that whoever drew it knows whether to draw again. */
  version = 0;
  /** Files that hold it, for saving. */
  files: { name: string; octets: Uint8Array[]; blob?: Blob }[] = [];

  constructor(title: string, kind: Run['kind'], isGrowing = false) {
    this.title = title;
    this.kind = kind;
    this.isGrowing = isGrowing;
  }

  get beginNs(): number {
    return Math.min(...this.flows.map(({ beginNs }) => beginNs), Infinity);
  }

  get endNs(): number {
    return Math.max(...this.flows.map(({ endNs }) => endNs), 0);
  }

  note(sentence: string): void {
    if (!this.notes.includes(sentence) && this.notes.length < 20) this.notes.push(sentence);
    this.version++;
  }
}
