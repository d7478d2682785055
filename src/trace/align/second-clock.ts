// Two captures in one picture: on the clock of the first. Those whose wall clocks agree, as far as their segments can tell, are
// left as they are; others are moved by what the segments say.
import { duration } from '../words.ts';
import { align, type Alignment, type AlignFault } from './align.ts';
import { type ClockPiece, hereTime } from './clocks.ts';
import { type Sightings } from './sightings.ts';

export interface SecondClock {
  /** From the second capture's times to the first's. */
  clock: (atNs: number) => number;
  /** What was found; or why the captures cannot be compared, and their wall clocks are taken for right. */
  alignment: Alignment | AlignFault;
  /** Without its full stop; where the second was moved, or could not be compared. */
  remark: string | undefined;
}

/** @param apartNs what the second one's times are counted from, less what the first one's are, by their wall clocks */
export function secondClock(
  here: readonly Sightings[],
  there: readonly Sightings[],
  apartNs: number,
  names: { here: string; there: string },
): SecondClock {
  const alignment = align(here, there, apartNs);
  const clock = (atNs: number): number => atNs + apartNs;
  if (typeof alignment === 'string') {
    const isOther = alignment === 'no-conversation' || alignment === 'same-place'; // nothing to compare, or to move
    const remark = `the clocks of ${names.here} and ${names.there} cannot be compared by their segments: they are taken for right`;
    return { clock, alignment, remark: isOther ? undefined : remark };
  }
  if (agrees(alignment)) return { clock, alignment, remark: undefined };
  return { clock: movedBy(alignment.clocks, apartNs), alignment, remark: remarkOn(alignment.clocks, names.there) };
}

/** Nothing the segments say speaks against the clocks as they are. */
function agrees({ clocks }: Alignment): boolean {
  const [piece] = clocks;
  if (piece === undefined || clocks.length > 1) return false;
  const half = (piece.toNs - piece.fromNs) / 2;
  return Math.abs(piece.offsetNs) + Math.abs(piece.drift) * half <= piece.offsetErrorNs;
}

/** By the last piece that has begun by then. */
function movedBy(pieces: readonly ClockPiece[], apartNs: number): (atNs: number) => number {
  return (atNs) => {
    let moved = atNs + apartNs;
    for (const [index, piece] of pieces.entries()) {
      const here = knownTime(piece, atNs + apartNs);
      if (index === 0 || here >= piece.fromNs) moved = here;
    }
    return Math.round(moved);
  };
}

/** Where it is not sure that one clock is faster at all, what it seems to gain is not drawn out beyond the time it was seen in. */
function knownTime(piece: ClockPiece, thereNs: number): number {
  const here = hereTime(piece, thereNs);
  if (isSure(piece)) return here;
  const { fromNs, toNs, middleNs, offsetNs, drift } = piece;
  const within = Math.min(toNs, Math.max(fromNs, here));
  return within === here ? here : thereNs - offsetNs - drift * (within - middleNs);
}

function isSure({ drift, driftError }: ClockPiece): boolean {
  return Math.abs(drift) > driftError;
}

function remarkOn([piece]: readonly ClockPiece[], there: string): string {
  const { offsetNs, offsetErrorNs, drift } = piece!;
  const way = offsetNs >= 0 ? 'ahead' : 'behind';
  const rate = `${(Math.abs(drift) * 1e6).toFixed(1)} ppm ${drift >= 0 ? 'fast' : 'slow'}`;
  const run = isSure(piece!) ? ` and ran ${rate}` : '';
  return `the clock of ${there} was ${duration(Math.round(Math.abs(offsetNs)))} ${way} (± ${duration(Math.round(offsetErrorNs))})${run}: it is drawn on the other`;
}
