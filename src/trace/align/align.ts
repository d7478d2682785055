// Two captures of the same connections, taken at two places by two clocks, on one clock: that of the first.
import { type ClockFault, type ClockPiece, alignClocks, type Exchange, fit, hereTime } from './clocks.ts';
import { type Both, matchAll, matchConversations, type Pairs, unambiguous } from './match.ts';
import { type Sightings } from './sightings.ts';
import { Quantiles } from '../track/index.ts';

export type AlignFault =
  | 'no-conversation' // no conversation was seen by both
  | 'same-place' // nothing takes any time from one to the other: they were taken side by side
  | ClockFault;

/** What segments of one end took to the other, and how many did not get there. */
export interface Way {
  /** Whether they leave where the first capture was taken. */
  isFromHere: boolean;
  /** Seen at both. */
  matched: number;
  /** Seen where they left, and never at the other, although it saw what happened later. */
  lost: number;
  /** The same, but so late that they may have been under way when the other capture ended. */
  undecided: number;
  /** Seen at the other alone: the capture where they left missed them, or they were made on the way. */
  unsent: number;
  delaysNs: Quantiles;
}

export interface AlignedConversation {
  here: Sightings;
  there: Sightings;
  /** The end, by its number here, at whose place the first capture was taken. */
  nearSide: 0 | 1;
  /** From that end and to it. */
  out: Way;
  back: Way;
  pairs: Pairs;
}

export interface Alignment {
  clocks: ClockPiece[];
  conversations: AlignedConversation[];
  /** Conversations that only one of the two saw. */
  onlyHere: number;
  onlyThere: number;
  /** When what the second capture saw at `atNs`, or with this row of a conversation, happened by the first one's clock. */
  hereTime(there: Sightings, row: number, atNs?: number): number;
}

/** Exchanges by which it is told which capture was taken at which end. */
const TELLING = 400;
const FEWEST = 4;
/** Two captures taken in one place see segments within this of each other. */
const SIDE_BY_SIDE_NS = 2_000;

/** @param apartNs what the second file's times are counted from, less what the first file's are */
export function align(
  here: readonly Sightings[],
  there: readonly Sightings[],
  apartNs: number,
): Alignment | AlignFault {
  const matched = matchConversations(here, there);
  if (matched.length === 0) return 'no-conversation';
  const sure = matched.map((both) => ({ both, pairs: unambiguous(both) }));
  const near = sure.map(({ both, pairs }) => nearSide(both, pairs, apartNs));
  if (near.every((side) => side === 'same-place')) return 'same-place';

  const exchanges: Exchange[] = [];
  sure.forEach(({ both, pairs }, i) => {
    if (near[i] !== 'same-place') collect(both, pairs, near[i]!, apartNs, exchanges);
  });
  exchanges.sort((a, b) => a.order - b.order);
  const clocks = alignClocks(exchanges);
  if (typeof clocks === 'string') return clocks;

  const timeline = new Timeline(clocks, apartNs);
  const conversations = sure.map(({ both, pairs }, i) => {
    const side = near[i] === 'same-place' ? 0 : near[i]!;
    return settle(both, pairs, side, timeline);
  });
  return {
    clocks,
    conversations,
    onlyHere: here.length - matched.length,
    onlyThere: there.length - matched.length,
    hereTime: (sightings, row, atNs) => timeline.hereTime(sightings, row, atNs),
  };
}

/** The end nearer to the first capture: with the other one, segments would arrive before they left. */
function nearSide(both: Both, pairs: Pairs, apartNs: number): 0 | 1 | 'same-place' {
  const sides = new Set(pairs.here.map((row) => both.here.side[row]));
  if (sides.size < 2) return 0; // nothing tells; that it is too little is found out later
  // If a clock was set among them no line fits, so fewer are tried.
  for (let count = TELLING; count >= FEWEST; count = Math.floor(count / 2)) {
    const [first, second] = [width(0, count), width(1, count)];
    if (Math.max(first, second) >= SIDE_BY_SIDE_NS) return first >= second ? 0 : 1;
  }
  return 'same-place';

  function width(side: 0 | 1, count: number): number {
    const exchanges: Exchange[] = [];
    const few = { here: pairs.here.slice(0, count), there: pairs.there.slice(0, count) };
    collect(both, few, side, apartNs, exchanges);
    return fit(exchanges.toSorted((a, b) => a.order - b.order));
  }
}

function collect(both: Both, pairs: Pairs, near: 0 | 1, apartNs: number, exchanges: Exchange[]): void {
  const { here, there } = both;
  for (let i = 0; i < pairs.here.length; i++) {
    const row = pairs.here[i]!;
    const hereNs = here.atNs[row]!;
    const laterNs = there.atNs[pairs.there[i]!]! - hereNs + apartNs;
    exchanges.push({ order: here.frame[row]!, hereNs, laterNs, isFromHere: here.side[row] === near });
  }
}

/** Where the pieces of the clocks begin in the order of the second file, and its times by the first one's clock. */
class Timeline {
  readonly #pieces: readonly ClockPiece[];
  readonly #apartNs: number;
  /** By conversation there: from which of its rows on which piece holds. */
  readonly #cuts = new Map<Sightings, number[]>();

  constructor(pieces: readonly ClockPiece[], apartNs: number) {
    this.#pieces = pieces;
    this.#apartNs = apartNs;
  }

  /** Learns from segments that both saw which rows there belong to which piece. */
  learn({ here, there }: Both, pairs: Pairs): void {
    const cuts = this.#pieces.map((_, piece) => (piece === 0 ? 0 : there.rows));
    for (let i = 0; i < pairs.here.length; i++) {
      const order = here.frame[pairs.here[i]!]!;
      for (let piece = 1; piece < cuts.length; piece++) {
        if (order >= this.#pieces[piece]!.fromOrder) cuts[piece] = Math.min(cuts[piece]!, pairs.there[i]!);
      }
    }
    this.#cuts.set(there, cuts);
  }

  hereTime(there: Sightings, row: number, atNs = there.atNs[row]!): number {
    const cuts = this.#cuts.get(there);
    let piece = 0;
    if (cuts !== undefined) while (piece + 1 < cuts.length && row >= cuts[piece + 1]!) piece++;
    return hereTime(this.#pieces[piece]!, atNs + this.#apartNs);
  }
}

function settle(both: Both, sure: Pairs, near: 0 | 1, timeline: Timeline): AlignedConversation {
  const { here, there, sideThere } = both;
  timeline.learn(both, sure);
  const isFromHere = (side: number): boolean => side === near;
  const delay = (a: number, b: number): number => {
    const apart = timeline.hereTime(there, b) - here.atNs[a]!;
    return isFromHere(here.side[a]!) ? apart : -apart;
  };
  const usual = [usualDelay(0), usualDelay(1)];
  const pairs = matchAll(both, isFromHere, delay, (side) => usual[side]!);
  const far = near === 0 ? 1 : 0;
  return { here, there, nearSide: near, out: way(near), back: way(far), pairs };

  function usualDelay(side: number): number {
    const delays = new Quantiles();
    sure.here.forEach((row, i) => {
      if (here.side[row] === side) delays.add(Math.max(0, delay(row, sure.there[i]!)));
    });
    return delays.count === 0 ? 0 : delays.at(0.5);
  }

  function way(side: 0 | 1): Way {
    const delaysNs = new Quantiles();
    pairs.here.forEach((row, i) => {
      if (here.side[row] === side) delaysNs.add(Math.max(0, delay(row, pairs.there[i]!)));
    });
    const matched = delaysNs.count;
    const seenHere = countOf(here, side) - matched;
    const seenThere = countOf(there, sideThere[side]) - matched;
    const fromHere = isFromHere(side);
    const missed = fromHere ? seenHere : seenThere;
    const undecided = Math.min(missed, matched === 0 ? 0 : late(side, fromHere, delaysNs.most));
    return {
      isFromHere: fromHere,
      matched,
      lost: missed - undecided,
      undecided,
      unsent: fromHere ? seenThere : seenHere,
      delaysNs,
    };
  }

  /** How many left after all that arrived, and less than `most` before the other capture's last segment. */
  function late(side: 0 | 1, fromHere: boolean, most: number): number {
    const left = fromHere ? here : there;
    const isSide = fromHere ? side : sideThere[side];
    const timeOf = (row: number, at: Sightings): number =>
      at === here ? here.atNs[row]! : timeline.hereTime(there, row);
    const other = fromHere ? there : here;
    const ended = timeOf(other.rows - 1, other);
    const arrived = new Uint8Array(left.rows);
    for (const row of fromHere ? pairs.here : pairs.there) arrived[row] = 1;
    let count = 0;
    for (let row = left.rows - 1; row >= 0 && timeOf(row, left) + most > ended; row--) {
      if (left.side[row] !== isSide) continue;
      if (arrived[row] === 1) break; // what left before one that arrived had its time
      count++;
    }
    return count;
  }
}

function countOf(sightings: Sightings, side: number): number {
  let count = 0;
  for (let row = 0; row < sightings.rows; row++) if (sightings.side[row] === side) count++;
  return count;
}
