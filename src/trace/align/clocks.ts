// How one clock ran against another, from segments that both timestamped. A segment that went from here to there gives an upper
// bound of the offset, offset + delay; one that came back a lower bound, offset - delay. Any straight line between the two clouds
// is possible, and the line in the middle of the widest strip is the estimate: exact where the least delays of the two ways are
// equal, and else off by half their difference, which nothing can tell from the timestamps alone.
// Where no line fits, a clock was set while the capture ran: the time is cut into pieces, as few as will do.
import { heightAt, hullOf, type Points, slopeRange, widestStrip } from './hull.ts';

/** One segment that both saw: when it was seen here, and how much later there, by the clocks as they are. */
export interface Exchange {
  /** Where it stands in the order of the file here. */
  order: number;
  hereNs: number;
  laterNs: number;
  isFromHere: boolean;
}

/** A stretch of time in which the two clocks ran evenly. Time there = time here + offset + drift · (time here - middle). */
export interface ClockPiece {
  /** It begins with this row of the exchanges' order. */
  fromOrder: number;
  fromNs: number;
  toNs: number;
  middleNs: number;
  /** What the clock there says more than the clock here, in the middle. */
  offsetNs: number;
  /** It is within this of the truth: half of what the two ways take at least. */
  offsetErrorNs: number;
  /** Seconds a second that the clock there gains. */
  drift: number;
  driftError: number;
  exchanges: number;
}

export type ClockFault =
  | 'no-exchange' // no segment was seen by both
  | 'one-way' // all of them went the same way: then any offset is possible
  | 'unsteady'; // the clocks step again and again, or the files are of different times

const MOST_PIECES = 32;
/** Timestamps are of whole microseconds at the worst: what a line may be off by. */
const TOLERANCE_NS = 2_000;
const WINDOWS = 16;
/** How much wider than what the windows' least delays suggest the error is told: found by trying (test/trace/align.test.ts). */
const CAUTION = 3;

/** @param exchanges by ascending `order` */
export function alignClocks(exchanges: readonly Exchange[]): ClockPiece[] | ClockFault {
  if (exchanges.length === 0) return 'no-exchange';
  if (exchanges.every(({ isFromHere }) => isFromHere === exchanges[0]!.isFromHere)) return 'one-way';
  const pieces: ClockPiece[] = [];
  for (let from = 0; from < exchanges.length;) {
    if (pieces.length === MOST_PIECES) return 'unsteady';
    const to = steadyUntil(exchanges, from);
    const piece = describe(exchanges.slice(from, to));
    if (piece !== undefined) pieces.push(piece);
    else if (to === exchanges.length && pieces.length === 0) return 'one-way';
    from = to;
  }
  return pieces;
}

/** How much wider than it must be the strip between the two clouds is; negative where no line fits. For telling which end is which. */
export function fit(exchanges: readonly Exchange[]): number {
  const { upper, lower } = clouds(exchanges);
  return upper.x.length === 0 || lower.x.length === 0 ? 0 : widestStrip(upper, lower).width;
}

/** The first exchange that no line fits together with all from `from` on; doubling, then halving, for one more never fits better. */
function steadyUntil(exchanges: readonly Exchange[], from: number): number {
  const isSteady = (to: number): boolean => {
    const { upper, lower } = clouds(exchanges.slice(from, to));
    return upper.x.length === 0 || lower.x.length === 0 || widestStrip(upper, lower).width >= -TOLERANCE_NS;
  };
  if (isSteady(exchanges.length)) return exchanges.length;
  let good = from + 1;
  let bad = exchanges.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isSteady(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

interface Clouds {
  upper: Points;
  lower: Points;
  originX: number;
  originY: number;
}

/** The hulls of what bounds the offset from above and from below; from an origin among them, so that no digit is lost. */
function clouds(exchanges: readonly Exchange[]): Clouds {
  const sorted = isSorted(exchanges) ? exchanges : exchanges.toSorted((a, b) => a.hereNs - b.hereNs);
  const originX = sorted[0]?.hereNs ?? 0;
  const originY = sorted[0]?.laterNs ?? 0;
  const above = { x: [] as number[], y: [] as number[] };
  const below = { x: [] as number[], y: [] as number[] };
  for (const { hereNs, laterNs, isFromHere } of sorted) {
    const cloud = isFromHere ? above : below;
    cloud.x.push(hereNs - originX);
    cloud.y.push(laterNs - originY);
  }
  return { upper: hullOf(above, 1), lower: hullOf(below, -1), originX, originY };
}

function isSorted(exchanges: readonly Exchange[]): boolean {
  for (let i = 1; i < exchanges.length; i++) if (exchanges[i]!.hereNs < exchanges[i - 1]!.hereNs) return false;
  return true;
}

function describe(exchanges: readonly Exchange[]): ClockPiece | undefined {
  const { upper, lower, originX, originY } = clouds(exchanges);
  if (upper.x.length === 0 || lower.x.length === 0) return undefined;
  const { slope, width } = widestStrip(upper, lower);
  const from = Math.max(upper.x[0]!, lower.x[0]!);
  const to = Math.min(upper.x.at(-1)!, lower.x.at(-1)!);
  const at = (from + to) / 2;
  const [above, below] = [height(upper, at, slope, 1), height(lower, at, slope, -1)];
  const bounds = slopeRange(upper, lower, slope);
  const certain = width < 0 ? Infinity : Math.max(bounds[1] - slope, slope - bounds[0]);
  return {
    fromOrder: exchanges[0]!.order,
    fromNs: exchanges.reduce((found, { hereNs }) => Math.min(found, hereNs), Infinity),
    toNs: exchanges.reduce((found, { hereNs }) => Math.max(found, hereNs), -Infinity),
    middleNs: originX + at,
    offsetNs: originY + (above + below) / 2,
    offsetErrorNs: Math.max(TOLERANCE_NS / 2, (above - below) / 2),
    drift: slope,
    driftError: Math.min(certain, likelyError(exchanges, slope)),
    exchanges: exchanges.length,
  };
}

/** The hull's height, or where it does not reach that far the line of this slope. */
function height(hull: Points, at: number, slope: number, sign: 1 | -1): number {
  const found = heightAt(hull, at, sign);
  if (Number.isFinite(found)) return found;
  return hull.y[0]! - slope * hull.x[0]! + slope * at;
}

/**
 * How far the slope may be off, by how much the least delays of stretches of the time differ once the slope is taken away. The way
 * whose least delays are the steadier tells: a queue that stands in the other does not matter.
 */
function likelyError(exchanges: readonly Exchange[], slope: number): number {
  const first = exchanges[0]!;
  const span = exchanges.at(-1)!.hereNs - first.hereNs;
  if (!(span > 0)) return Infinity;
  let steadiest = Infinity;
  for (const isFromHere of [true, false]) {
    const minima: number[] = Array.from({ length: WINDOWS }, () => Infinity);
    for (const each of exchanges) {
      if (each.isFromHere !== isFromHere) continue;
      const x = each.hereNs - first.hereNs;
      const delay = (isFromHere ? 1 : -1) * (each.laterNs - first.laterNs - slope * x);
      const window = Math.min(WINDOWS - 1, Math.max(0, Math.floor((x / span) * WINDOWS)));
      if (delay < minima[window]!) minima[window] = delay;
    }
    const met = minima.filter(Number.isFinite);
    // Some at the beginning, some at the end, and some between to compare them with.
    if (met.length < 5 || minima[0] === Infinity || minima.at(-1) === Infinity) continue;
    const floor = Math.min(...met);
    steadiest = Math.min(steadiest, Math.max(...met) - floor);
  }
  return (CAUTION * (steadiest + TOLERANCE_NS / 2)) / span;
}

/** What the clock here said when the one there said `thereNs`. */
export function hereTime({ middleNs, offsetNs, drift }: ClockPiece, thereNs: number): number {
  // there = here + offset + drift · (here - middle)
  return (thereNs - offsetNs + drift * middleNs) / (1 + drift);
}
