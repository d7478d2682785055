// Two captures in one picture: on the clock of the first (src/trace/align/second-clock.ts), for one connection of it.
import { type AlignedConversation, CaptureReader, secondClock, Sighter, type Sightings } from '../trace/index.ts';
import { captureName, feedCapture } from './capture-file.ts';
import { usage } from './faults.ts';

export interface OtherFile {
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
export async function otherFile({ file, stream }: FirstFile, second: string): Promise<OtherFile> {
  const here = await sight(file);
  const there = await sight(second);
  const apartNs = Number((there.epochNs ?? 0n) - (here.epochNs ?? 0n));
  const chosen = here.conversations.filter(({ index }) => index === stream);
  const names = { here: captureName(file), there: captureName(second) };
  const { clock, alignment, remark } = secondClock(chosen, there.conversations, apartNs, names);
  const both = `${names.here} and ${names.there}`;
  if (alignment === 'no-conversation')
    throw usage(`${both} have no connection in common: they are not of one transfer`);
  if (alignment === 'same-place') throw usage(`${both} were taken at one place: one of them has all that both have`);
  const aligned = typeof alignment === 'string' ? undefined : alignment.conversations[0];
  const theirs = aligned?.there ?? there.conversations[0];
  return { clock, theirStream: theirs?.index ?? 0, aligned, remark };
}

async function sight(file: string): Promise<{ conversations: Sightings[]; epochNs: bigint | undefined }> {
  const sighter = new Sighter();
  const reader = new CaptureReader(sighter);
  await feedCapture(file, reader);
  return { conversations: sighter.conversations, epochNs: reader.epochNs };
}
