// Which segment that left one end is which that arrived at the other: for arrows in the ladder and dots on the link. By
// direction, SEQ, ACK, flags, window and length; what has no partner was lost, or is on its way.
import { type SegmentTable } from './segments.ts';

export interface Matches {
  /** For each row of the first table, the row of the second that is the same segment; -1 without. */
  ofFirst: Int32Array;
  ofSecond: Int32Array;
  /** Both tables hold all that passed: what has no partner did not arrive. */
  isWhole: boolean;
}

/** Segments are matched within so many ns of each other. */
const PATIENCE = 120e9;
/** Among so many that look the same is looked for the right one. */
const MOST_ALIKE = 64;

/** @param first as one end saw them, `second` as the other did */
export function matched(first: SegmentTable, second: SegmentTable): Matches {
  const ofFirst = new Int32Array(first.length).fill(-1);
  const ofSecond = new Int32Array(second.length).fill(-1);
  join(first, second, ofFirst, ofSecond);
  join(second, first, ofSecond, ofFirst);
  const isWhole = [first, second].every(({ spared, missed }) => spared + missed.skipped === 0);
  return { ofFirst, ofSecond, isWhole };
}

/** What leaves `from` arrives at `to`. */
function join(from: SegmentTable, to: SegmentTable, ofFrom: Int32Array, ofTo: Int32Array): void {
  const waiting = new Map<string, number[]>();
  for (let row = 0; row < from.length; row++) {
    if (from.get('isOut', row) !== 1) continue;
    const key = keyOf(from, row);
    const list = waiting.get(key);
    if (list === undefined) waiting.set(key, [row]);
    else list.push(row);
  }
  let typical = NaN;
  for (let row = 0; row < to.length; row++) {
    if (to.get('isOut', row) !== 0) continue;
    const list = waiting.get(keyOf(to, row));
    const place = list === undefined ? -1 : likeliest(list, from, to.get('at', row), typical);
    if (list === undefined || place < 0) continue;
    const [sent] = list.splice(place, 1);
    typical = to.get('at', row) - from.get('at', sent!);
    ofFrom[sent!] = row;
    ofTo[row] = sent!;
  }
}

/** Of several that look the same, the one whose time on the way is most like the last one's: an earlier copy was lost. */
function likeliest(list: readonly number[], from: SegmentTable, at: number, typical: number): number {
  let best = -1;
  let bestOff = Infinity;
  for (let place = 0; place < Math.min(list.length, MOST_ALIKE); place++) {
    const delay = at - from.get('at', list[place]!);
    if (delay < 0) break;
    if (delay > PATIENCE) continue;
    const off = Number.isNaN(typical) ? 0 : Math.abs(delay - typical);
    if (off < bestOff) [best, bestOff] = [place, off];
  }
  return best;
}

function keyOf(table: SegmentTable, row: number): string {
  const { column } = table;
  return `${column.rawSeq[row]!},${column.rawAck[row]!},${column.flags[row]!},${column.length[row]!},${column.wnd[row]!}`;
}
