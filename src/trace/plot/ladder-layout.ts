// Where the rungs of a ladder stand, in points from the top. Time runs downwards, but not to scale: what happens at one moment
// stands apart far enough to be read, and a long wait takes little more room than a short one and says how long it was.
import { type Ladder, type Rung } from './ladder.ts';

/** Apart on one side, at the least. */
const LINE = 18;
/** More room where time passes: any; half a trip; much more. */
const STEPS = [5, 12, 26] as const;
/** What counts as a wait worth saying: so many trips from end to end. */
const WAIT_TRIPS = 4;

export interface PlacedRung {
  rung: Rung;
  fromY: number;
  toY: number;
  /** It leaves the left end. */
  isRightward: boolean;
}

export interface PlacedTime {
  isLeft: boolean;
  y: number;
  atNs: number;
}

export interface PlacedWait {
  y: number;
  ns: number;
}

export interface PlacedBand {
  fromY: number;
  toY: number;
  ns: number;
}

export interface Layout {
  rungs: PlacedRung[];
  times: PlacedTime[];
  waits: PlacedWait[];
  /** Where the left end was offered nothing. */
  bands: PlacedBand[];
  height: number;
}

interface Moment {
  atNs: number;
  /** Where it happens: at the left or the right end. */
  isLeft: boolean;
  rung: number;
  isArrival: boolean;
}

export function layoutOf(ladder: Ladder): Layout {
  const { rungs, left } = ladder;
  const moments = momentsOf(rungs, left);
  const trip = typicalTrip(rungs);
  const fromY = rungs.map(() => 0);
  const toY = rungs.map(() => 0);
  const times: PlacedTime[] = [];
  const waits: PlacedWait[] = [];
  let y = 0;
  let previous: Moment | undefined;
  const last = { left: 0, right: 0 };
  for (const moment of moments) {
    const side = moment.isLeft ? 'left' : 'right';
    const passed = previous === undefined ? 0 : moment.atNs - previous.atNs;
    const step = stepOf(passed, trip);
    if (passed > WAIT_TRIPS * trip && passed >= 1_000) waits.push({ y: y + step / 2 + LINE, ns: passed });
    y = Math.max(y + step + (passed > WAIT_TRIPS * trip ? 1.5 * LINE : 0), last[side] + LINE);
    last[side] = y;
    if (moment.isArrival) toY[moment.rung] = y;
    else fromY[moment.rung] = y;
    times.push({ isLeft: moment.isLeft, y, atNs: moment.atNs });
    previous = moment;
    if (rungs[moment.rung]?.isLost === true) y += LINE; // room for where it ends
  }
  const placed = rungs.map((rung, index) => place(rung, fromY[index] ?? 0, toY[index] ?? 0, rung.side === left));
  return { rungs: placed, times: spoken(times), waits, bands: bandsOf(placed, y), height: y + LINE };
}

function momentsOf(rungs: readonly Rung[], left: 0 | 1): Moment[] {
  const moments = rungs.flatMap((rung, index): Moment[] => {
    const isLeft = rung.side === left;
    const leaves = { atNs: rung.sentNs, isLeft, rung: index, isArrival: false };
    return rung.isLost ? [leaves] : [leaves, { atNs: rung.arrivedNs, isLeft: !isLeft, rung: index, isArrival: true }];
  });
  // At one moment an arrival comes before what it causes.
  return moments.toSorted((a, b) => a.atNs - b.atNs || Number(b.isArrival) - Number(a.isArrival) || a.rung - b.rung);
}

/** The middle one of the times that segments took. */
function typicalTrip(rungs: readonly Rung[]): number {
  const trips = rungs.filter((rung) => !rung.isLost).map((rung) => rung.arrivedNs - rung.sentNs);
  const sorted = trips.toSorted((a, b) => a - b);
  return Math.max(1, sorted[Math.floor(sorted.length / 2)] ?? 1);
}

function stepOf(passed: number, trip: number): number {
  if (passed <= 0) return 0;
  if (passed < trip / 4) return STEPS[0];
  return passed < 2 * trip ? STEPS[1] : STEPS[2];
}

/** A lost one ends halfway, as steep as it began. */
function place(rung: Rung, fromY: number, toY: number, isRightward: boolean): PlacedRung {
  return { rung, fromY, toY: rung.isLost ? fromY + LINE : Math.max(toY, fromY), isRightward };
}

/** Of equal times beneath each other the first. */
function spoken(times: readonly PlacedTime[]): PlacedTime[] {
  const last = { left: NaN, right: NaN };
  return times.filter(({ isLeft, atNs }) => {
    const side = isLeft ? 'left' : 'right';
    const isNew = last[side] !== atNs;
    last[side] = atNs;
    return isNew;
  });
}

/** From the arrival of a zero window at the left end to that of an open one. */
function bandsOf(rungs: readonly PlacedRung[], bottom: number): PlacedBand[] {
  const arrivals = rungs
    .filter(({ isRightward, rung }) => !isRightward && !rung.isLost && rung.what === 'segment')
    .toSorted((a, b) => a.toY - b.toY);
  const bands: PlacedBand[] = [];
  let open: PlacedRung | undefined;
  for (const arrival of arrivals) {
    if (arrival.rung.saysZero) open ??= arrival;
    if (!arrival.rung.saysOpen || open === undefined) continue;
    bands.push({ fromY: open.toY, toY: arrival.toY, ns: arrival.rung.arrivedNs - open.rung.arrivedNs });
    open = undefined;
  }
  if (open !== undefined) bands.push({ fromY: open.toY, toY: bottom, ns: NaN });
  return bands;
}
