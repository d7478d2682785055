// The lines that fit between two clouds of points: below all of one and above all of the other. Seen from one clock, what a
// segment took one way plus the other clock's offset lies above the offset's line, and what one took the other way, taken from
// it, below (Paxson 1998; Moon, Skelly and Towsley 1999: "Estimation and removal of clock skew from network delay measurements").

/** Points by ascending x. */
export interface Points {
  x: readonly number[];
  y: readonly number[];
}

/** The corners of the convex hull's lower side, or of its upper side (`sign` -1): Andrew's monotone chain. */
export function hullOf({ x, y }: Points, sign: 1 | -1): Points {
  const hx: number[] = [];
  const hy: number[] = [];
  for (let i = 0; i < x.length; i++) {
    const px = x[i]!;
    const py = y[i]!;
    while (hx.length > 0) {
      const last = hx.length - 1;
      const isAbove = hx[last] === px && sign * (hy[last]! - py) >= 0;
      if (!isAbove && !(last > 0 && turns(hx, hy, last, px, py, sign))) break;
      hx.pop();
      hy.pop();
    }
    if (hx.at(-1) === px) continue; // beside a lower one
    hx.push(px);
    hy.push(py);
  }
  return { x: hx, y: hy };
}

/** Whether the last corner lies on or above the line from the one before it to the new point. */
function turns(hx: number[], hy: number[], last: number, px: number, py: number, sign: 1 | -1): boolean {
  const ax = hx[last]! - hx[last - 1]!;
  const ay = hy[last]! - hy[last - 1]!;
  return sign * (ay * (px - hx[last - 1]!) - ax * (py - hy[last - 1]!)) >= 0;
}

/** The least intercept of lines of this slope through the points (`sign` 1), or the greatest (-1). */
export function intercept({ x, y }: Points, slope: number, sign: 1 | -1): number {
  let best = sign * Infinity;
  for (let i = 0; i < x.length; i++) {
    const at = y[i]! - slope * x[i]!;
    if (sign * (best - at) > 0) best = at;
  }
  return best;
}

/** How wide a strip of this slope fits between the upper points and the lower ones; negative where none does. */
export function stripWidth(upper: Points, lower: Points, slope: number): number {
  return intercept(upper, slope, 1) - intercept(lower, slope, -1);
}

/** The widest strip that fits between two hulls: its width is a concave function of its slope, and bends at the hulls' edges. */
export function widestStrip(upper: Points, lower: Points): { slope: number; width: number } {
  const slopes = [...edgeSlopes(upper), ...edgeSlopes(lower)].toSorted((a, b) => a - b);
  if (slopes.length === 0) return { slope: 0, width: stripWidth(upper, lower, 0) };
  let [first, last] = [0, slopes.length - 1];
  while (last - first > 2) {
    const left = first + Math.floor((last - first) / 3);
    const right = last - Math.floor((last - first) / 3);
    if (stripWidth(upper, lower, slopes[left]!) < stripWidth(upper, lower, slopes[right]!)) first = left;
    else last = right;
  }
  let best = { slope: slopes[first]!, width: -Infinity };
  for (let i = first; i <= last; i++) {
    const width = stripWidth(upper, lower, slopes[i]!);
    if (width > best.width) best = { slope: slopes[i]!, width };
  }
  return best;
}

function edgeSlopes({ x, y }: Points): number[] {
  const slopes: number[] = [];
  for (let i = 1; i < x.length; i++) slopes.push((y[i]! - y[i - 1]!) / (x[i]! - x[i - 1]!));
  return slopes;
}

/** Where the hull's side runs at `at`; beyond its ends, infinitely far: `sign` as for the hull. */
export function heightAt({ x, y }: Points, at: number, sign: 1 | -1): number {
  const right = x.findIndex((each) => each >= at);
  if (right < 0) return sign * Infinity;
  if (x[right] === at) return y[right]!;
  if (right === 0) return sign * Infinity;
  const share = (at - x[right - 1]!) / (x[right]! - x[right - 1]!);
  return y[right - 1]! + share * (y[right]! - y[right - 1]!);
}

/** The least and the greatest slope of which any line fits between; infinite where nothing bounds it. `best` must fit. */
export function slopeRange(upper: Points, lower: Points, best: number): [number, number] {
  return [-furthest(-1), furthest(1)];

  function furthest(sign: 1 | -1): number {
    const fits = (distance: number): boolean => stripWidth(upper, lower, best + sign * distance) >= 0;
    let out = 1e-12;
    while (fits(out)) {
      if (out > 1) return Infinity;
      out *= 2;
    }
    let inside = out / 2;
    for (let i = 0; i < 40; i++) {
      const middle = (inside + out) / 2;
      if (fits(middle)) inside = middle;
      else out = middle;
    }
    return sign * best + out;
  }
}
