// Which segment here is which there. Conversations are matched by their initial sequence numbers, or, where a handshake is
// missing, by the segments they have in common; never by addresses, for there may be a translator between. Segments are matched
// by all that nobody changes on the way: direction, SEG.SEQ, SEG.ACK, length, control bits, window and TSval.
import { type Sightings } from './sightings.ts';

/** One conversation as two vantages saw it. `sideThere[s]` is what the end that is side `s` here is called there. */
export interface Both {
  here: Sightings;
  there: Sightings;
  sideThere: readonly [0 | 1, 0 | 1];
}

/** Pairs of rows: `here[i]` is the segment that `there[i]` is too. */
export interface Pairs {
  here: number[];
  there: number[];
}

const STRAIGHT = [0, 1] as const;
const CROSSED = [1, 0] as const;
/** Segments looked at to tell whether two conversations are one, and how many of them must be common. */
const SAMPLE = 2_000;
const ENOUGH = 3;

/** The conversations that both saw. */
export function matchConversations(here: readonly Sightings[], there: readonly Sightings[]): Both[] {
  const found: Both[] = [];
  const left = new Set(there);
  for (const ours of here) {
    for (const theirs of left) {
      const sideThere = sidesOf(ours, theirs);
      if (sideThere === undefined) continue;
      found.push({ here: ours, there: theirs, sideThere });
      left.delete(theirs);
      break;
    }
  }
  return found;
}

function sidesOf(here: Sightings, there: Sightings): Both['sideThere'] | undefined {
  for (const sides of [STRAIGHT, CROSSED]) {
    const verdict = byNumbers(here, there, sides);
    if (verdict === 'same') return sides;
  }
  // Without a handshake at either vantage there is nothing to say against it, and the segments decide.
  for (const sides of [STRAIGHT, CROSSED]) {
    if (byNumbers(here, there, sides) === 'other') continue;
    if (unambiguous({ here, there, sideThere: sides }, SAMPLE).here.length >= ENOUGH) return sides;
  }
  return undefined;
}

function byNumbers(here: Sightings, there: Sightings, sides: Both['sideThere']): 'same' | 'other' | 'unknown' {
  let known = 0;
  for (const side of STRAIGHT) {
    const [ours, theirs] = [here.isn[side], there.isn[sides[side]]];
    if (ours === undefined || theirs === undefined) continue;
    if (ours !== theirs) return 'other';
    known++;
  }
  return known === 2 ? 'same' : 'unknown';
}

/** The rows of one vantage by what tells segments apart: of each kind its first row, and of each row the next of its kind. */
class Index {
  readonly #first = new Map<number, number>();
  readonly #next: Int32Array;

  constructor(sightings: Sightings, sideAs: readonly [number, number], rows: number) {
    this.#next = new Int32Array(rows);
    for (let row = rows - 1; row >= 0; row--) {
      const key = keyOf(sightings, row, sideAs[sightings.side[row]!]!);
      this.#next[row] = this.#first.get(key) ?? -1;
      this.#first.set(key, row);
    }
  }

  /** All rows of a kind, in order. */
  rows(key: number): number[] {
    const rows: number[] = [];
    for (let row = this.#first.get(key) ?? -1; row >= 0; row = this.#next[row]!) rows.push(row);
    return rows;
  }

  /** The only row of a kind; undefined where there is none, or more than one. */
  only(key: number): number | undefined {
    const row = this.#first.get(key);
    return row === undefined || this.#next[row]! >= 0 ? undefined : row;
  }

  keys(): Iterable<number> {
    return this.#first.keys();
  }
}

/** 53 bits of all that tells a segment from others. */
function keyOf(of: Sightings, row: number, side: number): number {
  const text = Math.imul(of.lengthOctets[row]!, 0x9e37_79b1) ^ Math.imul((of.flags[row]! << 1) | side, 0x85eb_ca6b);
  const a = mixed(of.seq[row]! ^ mixed(text ^ Math.imul(of.wnd[row]!, 0xc2b2_ae35)));
  const b = mixed(of.ack[row]! ^ mixed(of.tsVal[row]! ^ a));
  return a * 2 ** 21 + (b >>> 11);
}

function mixed(value: number): number {
  let z = Math.imul(value ^ (value >>> 16), 0x21f0_aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a_2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

function inverse(sides: Both['sideThere']): Both['sideThere'] {
  return sides[0] === 0 ? STRAIGHT : CROSSED;
}

/** Segments that are the only one of their kind at both vantages. */
export function unambiguous(both: Both, most = Infinity): Pairs {
  const { here, there, sideThere } = both;
  const ours = new Index(here, STRAIGHT, Math.min(here.rows, most));
  const theirs = new Index(there, inverse(sideThere), Math.min(there.rows, most));
  const pairs: Pairs = { here: [], there: [] };
  for (const key of ours.keys()) {
    const [a, b] = [ours.only(key), theirs.only(key)];
    if (a === undefined || b === undefined) continue;
    pairs.here.push(a);
    pairs.there.push(b);
  }
  return pairs;
}

/**
 * All that can be matched once the clocks are known: `delay(row here, row there)` is what that pair would have taken from the end
 * that sent it to the other, and `usual` what segments from that end take. Of segments that look the same, those are paired whose
 * delay is nearest to the usual; none arrives before it left.
 */
export function matchAll(
  both: Both,
  isFromHere: (side: number) => boolean,
  delay: (here: number, there: number) => number,
  usual: (side: number) => number,
): Pairs {
  const { here, there, sideThere } = both;
  const ours = new Index(here, STRAIGHT, here.rows);
  const theirs = new Index(there, inverse(sideThere), there.rows);
  const pairs: Pairs = { here: [], there: [] };
  const add = (a: number, b: number): void => {
    pairs.here.push(a);
    pairs.there.push(b);
  };
  for (const key of ours.keys()) {
    const [x, y] = [ours.only(key), theirs.only(key)];
    if (x !== undefined && y !== undefined) {
      add(x, y);
      continue;
    }
    const [a, b] = [ours.rows(key), theirs.rows(key)];
    if (a.length === b.length) {
      for (let i = 0; i < a.length; i++) add(a[i]!, b[i]!);
      continue;
    }
    if (b.length === 0) continue;
    const side = here.side[a[0]!]!;
    const fromHere = isFromHere(side);
    const [left, arrived] = fromHere ? [a, b] : [b, a];
    const took = (from: number, to: number): number => (fromHere ? delay(from, to) : delay(to, from));
    for (const [from, to] of nearest(left, arrived, took, usual(side))) add(fromHere ? from : to, fromHere ? to : from);
  }
  return pairs;
}

/** Each that arrived with the one that left before it and fits best, in order. What came twice of one that left once is a copy. */
function nearest(
  left: readonly number[],
  arrived: readonly number[],
  took: (from: number, to: number) => number,
  usual: number,
): [number, number][] {
  const found: [number, number][] = [];
  let from = 0;
  for (let to = 0; to < arrived.length && from < left.length; to++) {
    // As many must stay as are still to be matched, if there are enough.
    const spare = Math.max(0, left.length - from - (arrived.length - to));
    let best = from;
    for (let i = from; i <= from + spare; i++) {
      const better = Math.abs(took(left[i]!, arrived[to]!) - usual) < Math.abs(took(left[best]!, arrived[to]!) - usual);
      if (better) best = i;
    }
    found.push([left[best]!, arrived[to]!]);
    from = best + 1;
  }
  return found;
}
