// Two recordings on one clock, in one file: a capture with an interface for each, or JSON lines of what each segment took.
import { closeSync, openSync, writeSync } from 'node:fs';
import {
  type AlignedConversation,
  type Alignment,
  type CapturedPacket,
  CaptureReader,
  type CopyOptions,
  flagLetters,
  PcapngWriter,
  type RecordHappening,
  type Sightings,
  writeRecord,
} from '../trace/index.ts';
import { feedCapture } from './capture-file.ts';
import { type AlignedFile } from './trace-align.ts';

/** One segment of a file, or one record of sash's, and when it happened by the clock of both. */
interface Item {
  atNs: number;
  write(writer: PcapngWriter): void;
}

/** When something of a file happened by the clock of both: a conversation's next segment, or a record after it. */
type Clock = (conversation: number | undefined, atNs: number) => number;

/** Items of a file that wait while those of the other have their turn. */
const MOST_WAITING = 65_536;

/** Writes both files' packets and records by time, all of it by the first one's clock. */
export async function writeAligned(
  out: string,
  alignment: Alignment,
  here: AlignedFile,
  there: AlignedFile,
): Promise<void> {
  const firstNs = Math.floor(Math.min(0, ...alignment.conversations.map((it) => alignment.hereTime(it.there, 0))));
  const epochNs = here.epochNs + BigInt(firstNs);
  const file = openSync(out, 'w');
  try {
    const writer = new PcapngWriter((octets) => void writeSync(file, octets), 'full', epochNs);
    writer.begin('sash', `two captures on one clock, that of ${here.name}; the other is ${there.name}`);
    const ours = new Replay(here, writer.addInterface(label(here)), epochNs, (_conversation, atNs) => atNs - firstNs);
    const clock = movedClock(alignment, there);
    const theirs = new Replay(there, writer.addInterface(label(there)), epochNs, (conversation, atNs) =>
      Math.round(clock(conversation, atNs) - firstNs),
    );
    await merge(ours, theirs, writer);
    writer.flush();
  } finally {
    closeSync(file);
  }
}

function label({ name }: AlignedFile): string {
  return name.replace(/^.*\//, '').replace(/\.p?cap(?:ng)?(?:\.gz)?$/, '');
}

/** Counts the rows of each conversation as they come by, for it is by them that a clock which was set is told. */
function movedClock(alignment: Alignment, there: AlignedFile): Clock {
  const known = new Map(there.sighter.conversations.map((sightings) => [sightings.index, { sightings, row: -1 }]));
  let last: { sightings: Sightings; row: number } | undefined;
  return (conversation, atNs) => {
    const found = conversation === undefined ? undefined : known.get(conversation);
    if (found !== undefined) {
      found.row++;
      last = found;
    }
    last ??= known.values().next().value!;
    return alignment.hereTime(last.sightings, Math.max(0, last.row), atNs);
  };
}

async function merge(ours: Replay, theirs: Replay, writer: PcapngWriter): Promise<void> {
  let [a, b] = [await ours.next(), await theirs.next()];
  while (a !== undefined || b !== undefined) {
    if (b === undefined || (a !== undefined && a.atNs <= b.atNs)) {
      a!.write(writer);
      a = await ours.next();
    } else {
      b.write(writer);
      b = await theirs.next();
    }
  }
}

/** Reads a file once more, item by item, no further ahead than it must. */
class Replay {
  #items: Item[] = [];
  #head = 0;
  #isOver = false;
  #failure: unknown = undefined;
  #resume: (() => void) | undefined = undefined;
  #arrived: (() => void) | undefined = undefined;

  constructor(of: AlignedFile, at: number, epochNs: bigint, clock: Clock) {
    const reader = new CaptureReader({
      packet: (packet) => this.#items.push(packetItem(packet, at, clock(packet.conversation.index, packet.atNs))),
      happening: (happening) => {
        if (happening.type === 'segment' || happening.type === 'conversation') return;
        this.#items.push(recordItem(happening, at, epochNs, (atNs) => clock(undefined, atNs)));
      },
    });
    feedCapture(of.file, reader, { between: () => this.#between() })
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#isOver = true;
        this.#arrived?.();
      });
  }

  async next(): Promise<Item | undefined> {
    while (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
      if (this.#isOver) {
        if (this.#failure !== undefined) throw this.#failure;
        return undefined;
      }
      this.#resume?.();
      this.#resume = undefined;
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    return this.#items[this.#head++];
  }

  #between(): Promise<'go-on'> {
    this.#arrived?.();
    if (this.#items.length - this.#head < MOST_WAITING) return Promise.resolve('go-on');
    return new Promise((resolve) => {
      this.#resume = () => resolve('go-on');
    });
  }
}

function packetItem(packet: CapturedPacket, at: number, atNs: number): Item {
  const octets = packet.octets.slice(packet.ipAt, packet.endAt);
  const original = packet.endAt - packet.ipAt + packet.lengthOctets - packet.capturedOctets;
  const { direction, comment, seg } = packet;
  const options: CopyOptions = {
    passage: direction === 'unknown' ? 'passing' : direction,
    purpose: seg.purpose,
    comment,
  };
  return {
    atNs,
    write: (writer) => {
      writer.at = at;
      writer.copy(octets, 0, octets.length, original, options, atNs);
    },
  };
}

function recordItem(happening: RecordHappening, at: number, epochNs: bigint, clock: (atNs: number) => number): Item {
  const atNs = clock(happening.atNs);
  const moved: RecordHappening = { ...happening, atNs };
  if (moved.type === 'recording') moved.epochNs = `${epochNs}`;
  if (moved.type === 'timer' && moved.deadlineNs !== undefined) moved.deadlineNs = clock(moved.deadlineNs);
  if (moved.type === 'end' && moved.connection !== null) {
    moved.connection = { ...moved.connection, endedNs: clock(moved.connection.endedNs) };
  }
  return {
    atNs,
    write: (writer) => {
      writer.at = at;
      writeRecord(writer, moved);
    },
  };
}

/** A line for each segment that either saw, in the order in which they left: when, when it arrived, and what it took. */
export function* matchedLines(alignment: Alignment): Generator<string> {
  for (const conversation of alignment.conversations) {
    for (const line of linesOf(alignment, conversation)) yield `${JSON.stringify(line)}\n`;
  }
}

interface MatchedLine {
  stream: number;
  from: 'here' | 'there';
  /** By the clock of the first file; absent where it was not seen. */
  leftNs?: number;
  arrivedNs?: number;
  tookNs?: number;
  seq: number;
  ack: number;
  flags: string;
  wnd: number;
  lengthOctets: number;
  packetHere?: number;
  packetThere?: number;
}

function linesOf(alignment: Alignment, { here, there, nearSide, pairs }: AlignedConversation): MatchedLine[] {
  const partner = new Map<number, number>();
  pairs.here.forEach((row, i) => partner.set(row, pairs.there[i]!));
  const matchedThere = new Set(pairs.there);
  const isSame = pairs.here.length === 0 || here.side[pairs.here[0]!] === there.side[pairs.there[0]!];
  const lines: MatchedLine[] = [];
  for (let row = 0; row < here.rows; row++) {
    const other = partner.get(row);
    lines.push(line(here.side[row] === nearSide, here.atNs[row], row, other));
  }
  for (let row = 0; row < there.rows; row++) {
    if (matchedThere.has(row)) continue;
    lines.push(line((there.side[row] === nearSide) === isSame, undefined, undefined, row));
  }
  return lines.toSorted((a, b) => time(a) - time(b));

  function line(isFromHere: boolean, hereNs: number | undefined, ours: number | undefined, theirs: number | undefined) {
    const thereNs = theirs === undefined ? undefined : Math.round(alignment.hereTime(there, theirs));
    const [left, arrived] = isFromHere ? [hereNs, thereNs] : [thereNs, hereNs];
    const [of, row] = ours === undefined ? [there, theirs!] : [here, ours];
    const found: MatchedLine = {
      stream: here.index,
      from: isFromHere ? 'here' : 'there',
      seq: of.seq[row]!,
      ack: of.ack[row]!,
      flags: flagLetters(of.flags[row]!),
      wnd: of.wnd[row]!,
      lengthOctets: of.lengthOctets[row]!,
    };
    if (left !== undefined) found.leftNs = left;
    if (arrived !== undefined) found.arrivedNs = arrived;
    if (left !== undefined && arrived !== undefined) found.tookNs = arrived - left;
    if (ours !== undefined) found.packetHere = here.frame[ours]!;
    if (theirs !== undefined) found.packetThere = there.frame[theirs]!;
    return found;
  }
}

function time({ leftNs, arrivedNs }: MatchedLine): number {
  return leftNs ?? arrivedNs ?? 0;
}
