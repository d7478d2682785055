// `sash trace export`: a recording, or any capture, for other tools. Everything is read and written piece by piece.
import { closeSync, openSync, writeSync } from 'node:fs';
import { join, parse } from 'node:path';
import {
  CsvExport,
  type Happening,
  JsonLinesExport,
  PACKET_COLUMNS,
  PacketRows,
  PcapngReader,
  QlogExport,
  QvisExport,
  type ReadReport,
  type TextExport,
  type XplotGraph,
  XplotExport,
} from '../trace/index.ts';
import { chosenOut, chosenStream, noStream, ofStream } from './capture-choice.ts';
import { checkReport, feedCapture, type ReadOptions } from './capture-file.ts';
import { EXIT, type ExitCode, fileSentence, usage } from './faults.ts';
import { type Given } from './flag.ts';
import { didYouMean } from './nearest.ts';
import { Output } from './output.ts';
import { ParquetFile } from './parquet-file.ts';
import { application } from './version.ts';

const TEXTS: Readonly<Record<string, () => TextExport>> = {
  jsonl: () => new JsonLinesExport(),
  csv: () => new CsvExport(),
  qlog: () => new QlogExport(),
  qvis: () => new QvisExport(),
};
const FORMATS: readonly string[] = ['jsonl', 'csv', 'parquet', 'qlog', 'qvis', 'xplot'];
/** Graphs of one file, two a connection. */
const MOST_GRAPHS = 200;

interface Job {
  file: string;
  /** Where to; undefined is standard output. */
  out: string | undefined;
  /** The one conversation that is wanted; undefined is all. */
  stream: number | undefined;
}

/** @throws Fault */
export async function traceExport(argv: Given): Promise<ExitCode> {
  const format = String(argv.to);
  if (!FORMATS.includes(format)) {
    throw usage(`--to: "${format}" is not a format: choose ${FORMATS.join(', ')}.${didYouMean(format, FORMATS)}`);
  }
  const file = String(argv.file);
  const job = { file, out: chosenOut(argv.out, [file]), stream: chosenStream(argv.stream) };
  const made = TEXTS[format];
  if (made !== undefined) return exportText(job, made());
  if (job.out === undefined) {
    throw usage(
      format === 'parquet'
        ? `--to parquet writes no text: name a file, as in -o run.parquet`
        : `--to xplot writes a graph for each direction: name a file, as in -o run.xpl`,
    );
  }
  return format === 'parquet' ? exportParquet(job, job.out) : exportGraphs(job, job.out);
}

async function exportText(job: Job, exporter: TextExport): Promise<ExitCode> {
  if (job.out !== undefined) {
    const file = new OutputFile(job.out);
    const report = await read(
      job,
      (happening) => file.text(exporter.take(happening)),
      {},
      () => file.close(),
    );
    file.text(exporter.end());
    file.close();
    return finished(job, report);
  }
  const out = new Output();
  const report = await read(job, (happening) => out.text(exporter.take(happening)), { between: () => out.flush() });
  out.text(exporter.end());
  await out.flush();
  return out.isClosed ? EXIT.done : finished(job, report);
}

async function exportParquet(job: Job, out: string): Promise<ExitCode> {
  const file = new OutputFile(out);
  const parquet = await ParquetFile.open(PACKET_COLUMNS, application(), (octets) => file.octets(octets));
  const rows = new PacketRows();
  const take = (happening: Happening): void => {
    const row = rows.take(happening);
    if (row !== undefined) parquet.row(row);
  };
  const report = await read(job, take, {}, () => file.close());
  parquet.end();
  file.close();
  return finished(job, report);
}

async function exportGraphs(job: Job, out: string): Promise<ExitCode> {
  const files = new Map<string, OutputFile>();
  const exporter = new XplotExport((graph, text) => {
    const name = graphFile(out, graph);
    let file = files.get(name);
    if (file === undefined) {
      if (files.size >= MOST_GRAPHS) {
        throw usage(`there are over ${MOST_GRAPHS / 2} connections: choose one with --stream N`);
      }
      files.set(name, (file = new OutputFile(name)));
    }
    file.text(text);
  });
  const close = (): void => {
    for (const file of files.values()) file.close();
  };
  const report = await read(job, (happening) => exporter.take(happening), { tellEpoch: exporter }, close);
  exporter.end();
  close();
  for (const name of files.keys()) process.stderr.write(`written: ${name}\n`);
  if (files.size === 0) process.stderr.write('there is no packet to draw\n');
  return finished(job, report);
}

/** `run.a2b.xpl`, as tcptrace names directions: a2b and b2a, c2d and d2c … by number from the fourteenth connection on. */
function graphFile(out: string, { conversation, interfaceId, isFirst }: XplotGraph): string {
  const { dir, name, ext } = parse(out);
  const seen = interfaceId === 0 ? '' : `.${interfaceId}`;
  const a = 2 * conversation;
  const [from, to] = isFirst ? [a, a + 1] : [a + 1, a];
  const way = a < 26 ? `${letter(from)}2${letter(to)}` : `${conversation}.${isFirst ? 'a2b' : 'b2a'}`;
  return join(dir, `${name}${seen}.${way}${ext}`);
}

function letter(n: number): string {
  return String.fromCodePoint(0x61 + n);
}

/** Reads the capture; of one conversation, if that is wanted. `failed` is called where that comes to nothing. */
async function read(
  { file, stream }: Job,
  take: (happening: Happening) => void,
  options: ReadOptions & { tellEpoch?: { epochNs: bigint } } = {},
  failed: () => void = () => {},
): Promise<ReadReport> {
  const { tellEpoch, ...rest } = options;
  const passOn = ofStream(stream, take);
  let isAnchored = tellEpoch === undefined;
  const reader = new PcapngReader((happening) => {
    if (!isAnchored) {
      tellEpoch!.epochNs = reader.epochNs ?? 0n;
      isAnchored = true;
    }
    passOn(happening);
  });
  try {
    return await feedCapture(file, reader, rest);
  } catch (error) {
    failed();
    throw error;
  }
}

function finished({ file, stream }: Job, report: ReadReport): ExitCode {
  if (stream !== undefined && stream >= report.conversations) throw noStream(file, stream, report.conversations);
  checkReport(report, file);
  return EXIT.done;
}

/** A file that is there from its first octets on, and not where there was nothing to read; text is gathered into pieces. */
class OutputFile {
  readonly #file: string;
  #handle: number | undefined = undefined;
  #texts: string[] = [];
  #length = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** @throws Fault */
  text(text: string): void {
    if (text === '') return;
    this.#texts.push(text);
    this.#length += text.length;
    if (this.#length > 262_144) this.#flush();
  }

  /** @throws Fault */
  octets(octets: Uint8Array): void {
    this.#guarded(() => {
      const handle = (this.#handle ??= openSync(this.#file, 'w'));
      for (let at = 0; at < octets.length;) at += writeSync(handle, octets, at);
    });
  }

  /** @throws Fault */
  close(): void {
    if (this.#length > 0) this.#flush();
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }

  #flush(): void {
    const octets = Buffer.from(this.#texts.join(''));
    this.#texts = [];
    this.#length = 0;
    this.octets(octets);
  }

  #guarded<T>(task: () => T): T {
    try {
      return task();
    } catch (error) {
      throw usage(fileSentence(error, this.#file, 'write'), error);
    }
  }
}
