// From a capture's file to the columns of its pictures: which connection of it, and, of two files, on whose clock.
import {
  type AlignedConversation,
  CaptureReader,
  type CapturedPacket,
  type CaptureSink,
  type Happening,
  joinedSeries,
  type Ladder,
  LadderBuilder,
  ladderOf,
  ladderOfBoth,
  meetingsOf,
  PlotBuilder,
  type PlotOptions,
  type PlotSeries,
  type ReadReport,
} from '../trace/index.ts';
import { noStream, noTcp } from './capture-choice.ts';
import { captureName, feedCapture } from './capture-file.ts';
import { type Fault, usage } from './faults.ts';
import { otherFile } from './second-clock.ts';

/** Connections whose octets are counted; of more, the first. */
const SURVEYED = 100_000;

/** What was asked to be drawn. */
export interface Wanted extends Omit<PlotOptions, 'clock'> {
  /** Of a ladder, rungs at the most; none if there is to be no ladder. */
  rungs?: number;
}

export interface Drawn {
  series: PlotSeries;
  ladder: Ladder | undefined;
  /** What could not be read, of each file, to be told in the end. */
  reports: { file: string; report: ReadReport }[];
  /** How many connections the first file has. */
  connections: number;
  /** Which of them was taken; of each file, for the other may number them otherwise. */
  stream: number;
  streams: number[];
  /** Of two files: how their clocks stood to each other. */
  remark?: string | undefined;
}

/** Takes one connection's packets for every picture that is wanted of it. */
class Takings implements CaptureSink {
  readonly plot: PlotBuilder;
  readonly ladder: LadderBuilder | undefined;
  /** Octets of text per connection. */
  readonly octets: number[] = [];

  constructor(options: PlotOptions, hasLadder: boolean) {
    this.plot = new PlotBuilder(options);
    this.ladder = hasLadder ? new LadderBuilder(options) : undefined;
  }

  get largest(): number {
    return this.octets.reduce((best, count, index) => (count > (this.octets[best] ?? 0) ? index : best), 0);
  }

  packet(packet: CapturedPacket): void {
    const { index } = packet.conversation;
    if (index < SURVEYED) this.octets[index] = (this.octets[index] ?? 0) + packet.lengthOctets;
    this.plot.packet(packet);
    this.ladder?.packet(packet);
  }

  happening(happening: Happening): void {
    this.plot.happening(happening);
    this.ladder?.happening(happening);
  }
}

/**
 * Reads one capture, or the two of both ends, and takes the columns of one connection from it.
 * @throws Fault
 */
export async function readSeries(files: readonly string[], wanted: Wanted): Promise<Drawn> {
  const [file = '-', second] = files;
  if (files.length > 2) throw usage(`${files.length} files: give one capture, or the sender's and the receiver's`);
  if (files.length > 1 && files.includes('-')) {
    throw usage('two captures are read more than once: standard input cannot be one of them');
  }
  const { rungs = 0, ...options } = wanted;
  const first = await readOne(file, options, rungs > 0);
  const { report, connections, stream } = first;
  if (second === undefined) {
    const ladder = first.ladder === undefined ? undefined : ladderOf(first.ladder, rungs);
    return { series: first.series, ladder, reports: [{ file, report }], connections, stream, streams: [stream] };
  }
  const { clock, theirStream, remark, aligned } = await otherFile(first, second);
  const other = await readOne(second, { ...options, clock, stream: theirStream }, rungs > 0);
  const isTurned = other.series.vantage === 'sender' && first.series.vantage !== 'sender';
  const [sender, receiver] = isTurned ? [other, first] : [first, other];
  return {
    series: joinedSeries(sender.series, receiver.series),
    ladder: ladderFrom(first, other, aligned, clock, rungs),
    reports: [first, other].map((one) => ({ file: one.file, report: one.report })),
    connections,
    stream,
    streams: [stream, other.stream],
    remark,
  };
}

/** Without segments to compare, as the first file has it. */
function ladderFrom(
  { ladder: here }: One,
  { ladder: there }: One,
  aligned: AlignedConversation | undefined,
  clock: (atNs: number) => number,
  rungs: number,
): Ladder | undefined {
  if (here === undefined || there === undefined) return undefined;
  if (aligned === undefined) return ladderOf(here, rungs);
  return ladderOfBoth(here, there, meetingsOf(aligned, clock, [here, there]), rungs);
}

interface One {
  file: string;
  report: ReadReport;
  series: PlotSeries;
  ladder: LadderBuilder | undefined;
  connections: number;
  stream: number;
  epochNs: bigint | undefined;
}

async function readOne(file: string, options: PlotOptions, hasLadder: boolean): Promise<One> {
  let takings = new Takings(options, hasLadder);
  const reader = new CaptureReader(takings);
  const report = await feedCapture(file, reader);
  const taken = options.stream ?? 0;
  // Of standard input there is no second reading: there it is the first connection.
  const stream = file === '-' ? taken : (options.stream ?? takings.largest);
  if (stream !== taken) {
    takings = new Takings({ ...options, stream }, hasLadder);
    await feedCapture(file, new CaptureReader(takings));
  }
  const series = takings.plot.finish();
  const connections = report.conversations;
  if (series === undefined) throw missing(file, report, stream);
  checkTimes(file, options, takings.plot);
  return { file, report, series, ladder: takings.ladder, connections, stream, epochNs: reader.epochNs };
}

/** There must be something in the time that is to be drawn. @throws Fault */
function checkTimes(file: string, { fromNs = -Infinity, toNs = Infinity }: PlotOptions, { span }: PlotBuilder): void {
  if (span === undefined || (fromNs <= span.lastNs && toNs >= span.firstNs)) return;
  const [from, to, first, last] = [fromNs, toNs, span.firstNs, span.lastNs].map((ns) => ns / 1e9) as [
    number,
    number,
    number,
    number,
  ];
  const asked = Number.isFinite(from)
    ? Number.isFinite(to)
      ? `between ${from} s and ${to} s`
      : `after ${from} s`
    : `before ${to} s`;
  throw usage(
    `nothing of ${captureName(file)} lies ${asked}: it lasts from ${first.toFixed(3)} s to ${last.toFixed(3)} s`,
  );
}

function missing(file: string, report: ReadReport, chosen: number): Fault {
  const { conversations } = report;
  return conversations > 0 ? noStream(file, chosen, conversations) : noTcp(file, report, 'draw');
}
