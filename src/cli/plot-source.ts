// From a capture's file to the columns of its pictures: which connection of it, and, of two files, on whose clock.
import {
  CaptureReader,
  type CapturedPacket,
  type CaptureSink,
  type Happening,
  joinedSeries,
  PlotBuilder,
  type PlotOptions,
  type PlotSeries,
  type ReadReport,
} from '../trace/index.ts';
import { captureName, feedCapture } from './capture-file.ts';
import { usage } from './faults.ts';

/** Connections whose octets are counted; of more, the first. */
const SURVEYED = 100_000;

/** What was asked to be drawn. */
export type Wanted = Omit<PlotOptions, 'shiftNs'>;

export interface Drawn {
  series: PlotSeries;
  /** What could not be read, of each file, to be told in the end. */
  reports: { file: string; report: ReadReport }[];
  /** How many connections the first file has. */
  connections: number;
}

/** Counts octets per connection, and draws the one that was asked for, or the first, at the same time. */
class Survey implements CaptureSink {
  readonly octets: number[] = [];
  readonly builder: PlotBuilder;

  constructor(options: PlotOptions) {
    this.builder = new PlotBuilder(options);
  }

  get largest(): number {
    return this.octets.reduce((best, count, index) => (count > (this.octets[best] ?? 0) ? index : best), 0);
  }

  packet(packet: CapturedPacket): void {
    const { index } = packet.conversation;
    if (index < SURVEYED) this.octets[index] = (this.octets[index] ?? 0) + packet.lengthOctets;
    this.builder.packet(packet);
  }

  happening(happening: Happening): void {
    this.builder.happening(happening);
  }
}

/**
 * Reads one capture, or the two of both ends (the sender's first), and takes the columns of one connection from it.
 * @throws Fault
 */
export async function readSeries(files: readonly string[], wanted: Wanted): Promise<Drawn> {
  const [file = '-', second] = files;
  if (files.length > 2) throw usage(`${files.length} files: give one capture, or the sender's and the receiver's`);
  const first = await readOne(file, wanted);
  if (second === undefined) return { series: first.series, reports: [first], connections: first.connections };
  if (file === '-' && second === '-') throw usage('standard input cannot be both files: name one of them');
  const shiftNs = shift(first.epochNs, await epochOf(second));
  const other = await readOne(second, { ...wanted, shiftNs });
  const [sender, receiver] =
    other.series.vantage === 'sender' && first.series.vantage !== 'sender' ? [other, first] : [first, other];
  return {
    series: joinedSeries(sender.series, receiver.series),
    reports: [first, other],
    connections: first.connections,
  };
}

interface One {
  file: string;
  report: ReadReport;
  series: PlotSeries;
  connections: number;
  epochNs: bigint | undefined;
}

async function readOne(file: string, options: PlotOptions): Promise<One> {
  const survey = new Survey(options);
  const reader = new CaptureReader(survey);
  const report = await feedCapture(file, reader);
  let { builder } = survey;
  const chosen = options.stream ?? survey.largest;
  if (chosen !== (options.stream ?? 0) && file !== '-') {
    builder = new PlotBuilder({ ...options, stream: chosen });
    await feedCapture(file, new CaptureReader(builder));
  }
  const series = builder.finish();
  const connections = report.conversations;
  if (series === undefined) throw usage(missing(file, report, chosen));
  return { file, report, series, connections, epochNs: reader.epochNs };
}

function missing(file: string, { conversations, packets }: ReadReport, chosen: number): string {
  const name = captureName(file);
  if (conversations === 0) {
    return packets === 0
      ? `${name} holds no packets: there is nothing to draw`
      : `${name} holds no TCP segments: there is nothing to draw`;
  }
  const has =
    conversations === 1
      ? 'one connection, --stream 0'
      : `${conversations} connections, --stream 0 to ${conversations - 1}`;
  return `${name} has no connection ${chosen}: it holds ${has}`;
}

/** The wall clock at the beginning, without reading on. */
async function epochOf(file: string): Promise<bigint | undefined> {
  if (file === '-') return undefined;
  const reader = new CaptureReader({ packet: () => {} });
  await feedCapture(file, reader, {
    progress: false,
    between: () => Promise.resolve(reader.epochNs === undefined ? 'go-on' : 'stop'),
  });
  return reader.epochNs;
}

function shift(epochNs: bigint | undefined, otherNs: bigint | undefined): number {
  return epochNs === undefined || otherNs === undefined ? 0 : Number(otherNs - epochNs);
}
