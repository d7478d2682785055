// Which slots of the follower's rings go into a message: all, the newest, the latest pending, or an even selection.
import { type Ring } from './ring.ts';

/** A slot of a ring. */
export interface Place {
  numbers: Float64Array;
  at: number;
}

export function everything(ring: Ring, isSegment: boolean): (Place & { isSegment: boolean })[] {
  return Array.from(ring.all(), (at) => ({ numbers: ring.numbers, at, isSegment }));
}

export function newest<T extends Place>(places: T[], most: number): T[] {
  return most <= 0 ? [] : places.toSorted(bySerial).slice(-most);
}

export function bySerial(a: Place, b: Place): number {
  return a.numbers[a.at]! - b.numbers[b.at]!;
}

/** The `most` that came last. */
export function latest(ring: Ring, most: number): Place[] {
  const places: Place[] = [];
  let spare = ring.present - Math.max(0, most);
  for (const at of ring.pending()) if (spare-- <= 0) places.push({ numbers: ring.numbers, at });
  return places;
}

/** As many as `most`, evenly spread. */
export function evenly(ring: Ring, most: number): Place[] {
  const places: Place[] = [];
  const { present } = ring;
  let credit = 0;
  for (const at of ring.pending()) {
    credit += Math.min(present, Math.max(0, most));
    if (credit < present) continue;
    credit -= present;
    places.push({ numbers: ring.numbers, at });
  }
  return places;
}
