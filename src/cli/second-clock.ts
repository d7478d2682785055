// Two captures in one picture: on the clock of the first. Recordings whose wall clocks agree, as far as their segments can tell,
// are left as they are; others are moved by what `sash trace align` finds.
import {
  align,
  type AlignedConversation,
  type Alignment,
  CaptureReader,
  type ClockPiece,
  duration,
  hereTime,
  Sighter,
  type Sightings,
} from '../trace/index.ts';
import { captureName, feedCapture } from './capture-file.ts';
import { usage } from './faults.ts';

export interface SecondClock {
  /** From the second file's times to the first's. */
  clock: (atNs: number) => number;
  /** The number in the second file of the connection that was chosen in the first. */
  theirStream: number;
  /** The segments that both saw; undefined where the captures cannot be compared. */
  aligned: AlignedConversation | undefined;
  /** A sentence, where the second was moved. */
  remark: string | undefined;
}

export interface FirstFile {
  file: string;
  stream: number;
}

/** @throws Fault where the second file knows nothing of the connection */
export async function secondClock({ file, stream }: FirstFile, second: string): Promise<SecondClock> {
  const here = await sight(file);
  const there = await sight(second);
  const apartNs = Number((there.epochNs ?? 0n) - (here.epochNs ?? 0n));
  const chosen = here.conversations.filter(({ index }) => index === stream);
  const alignment = align(chosen, there.conversations, apartNs);
  const both = `${captureName(file)} and ${captureName(second)}`;
  if (alignment === 'no-conversation')
    throw usage(`${both} have no connection in common: they are not of one transfer`);
  if (alignment === 'same-place') throw usage(`${both} were taken at one place: one of them has all that both have`);
  const byWall = (atNs: number): number => atNs + apartNs;
  if (typeof alignment === 'string') {
    const remark = `the clocks of ${both} cannot be compared by their segments: they are taken for right`;
    return { clock: byWall, theirStream: there.conversations[0]?.index ?? 0, aligned: undefined, remark };
  }
  const [aligned] = alignment.conversations;
  const theirStream = aligned?.there.index ?? 0;
  if (agrees(alignment)) return { clock: byWall, theirStream, aligned, remark: undefined };
  return {
    clock: movedBy(alignment.clocks, apartNs),
    theirStream,
    aligned,
    remark: remarkOn(alignment.clocks, second),
  };
}

async function sight(file: string): Promise<{ conversations: Sightings[]; epochNs: bigint | undefined }> {
  const sighter = new Sighter();
  const reader = new CaptureReader(sighter);
  await feedCapture(file, reader);
  return { conversations: sighter.conversations, epochNs: reader.epochNs };
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
      const here = hereTime(piece, atNs + apartNs);
      if (index === 0 || here >= piece.fromNs) moved = here;
    }
    return Math.round(moved);
  };
}

function remarkOn([piece]: readonly ClockPiece[], second: string): string {
  const { offsetNs, offsetErrorNs, drift } = piece!;
  const way = offsetNs >= 0 ? 'ahead' : 'behind';
  const rate = `${(Math.abs(drift) * 1e6).toFixed(1)} ppm ${drift >= 0 ? 'fast' : 'slow'}`;
  return `the clock of ${captureName(second)} was ${duration(Math.round(Math.abs(offsetNs)))} ${way} (± ${duration(Math.round(offsetErrorNs))}) and ran ${rate}: it is drawn on the other`;
}
