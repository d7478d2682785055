// `sash trace report`: one page that holds everything about one connection, and needs nothing else: verdict, tables, pictures,
// packets, configuration, and how to make it again. Whatever a capture says stands in it as text.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import {
  type CapturedPacket,
  type CaptureSink,
  type Conversation,
  FIGURE_KINDS,
  type Figure,
  figureOf,
  type FigureOptions,
  type Happening,
  type Json,
  ladderFigure,
  type ReadReport,
  type RecordingBegins,
  Study,
  summarize,
  summaryCells,
  Summed,
  type SummaryOf,
} from '../trace/index.ts';
import { chosenOut } from './capture-choice.ts';
import { captureName, checkReport, readCapture } from './capture-file.ts';
import { EXIT, type ExitCode, usage } from './faults.ts';
import { escapeMarkup } from './figure-image.ts';
import { cellsMarkup, figureMarkup, pageMarkup } from './figure-page.ts';
import { type Given } from './flag.ts';
import { FILTER_SCRIPT, PacketList } from './packet-list.ts';
import { type Drawn, readSeries } from './plot-source.ts';
import { print } from './print.ts';
import { readOptions, readWanted, write } from './trace-plot.ts';

/** Rungs of the ladder, and characters of a configuration, at the most. */
const RUNGS = 60;
const CONFIGURATION = 60_000;

/** @throws Fault */
export async function traceReport(argv: Given): Promise<ExitCode> {
  const files = [argv['files'] ?? []].flat().map(String);
  if (files.includes('-'))
    throw usage('a report reads its captures more than once: save standard input to a file first');
  const out = chosenOut(argv['out'], files) ?? '-';
  const options = readOptions(argv);
  const wanted = readWanted(argv);
  const drawn = await readSeries(files, { ...wanted, rungs: RUNGS });
  const told: Told[] = [];
  for (const [index, file] of files.entries()) told.push(await tell(file, drawn.streams[index] ?? 0));
  const page = await markup(drawn, told, options);
  if (out === '-') await print(page);
  else write(out, page);
  if (drawn.remark !== undefined) process.stderr.write(`sash: ${drawn.remark}\n`);
  for (const { file, report } of drawn.reports) checkReport(report, file);
  return EXIT.done;
}

/** What one file says of the connection, apart from pictures. */
interface Told {
  file: string;
  summary: SummaryOf | undefined;
  packets: PacketList;
  recording: RecordingBegins | undefined;
  report: ReadReport;
  sha256: string;
}

class Everything implements CaptureSink {
  readonly study = new Study<CapturedPacket, Summed>({
    make: (track, subject) => new Summed(track, subject),
  });
  readonly packets: PacketList;
  recording: RecordingBegins | undefined = undefined;

  constructor(stream: number) {
    this.packets = new PacketList(stream);
  }

  packet(packet: CapturedPacket): void {
    this.study.packet(packet);
    this.packets.packet(packet);
  }

  happening(happening: Happening): void {
    this.study.happening(happening);
    if (happening.type === 'recording') this.recording ??= happening;
  }

  forgotten(conversation: Conversation): void {
    this.packets.forgotten(conversation);
  }
}

async function tell(file: string, stream: number): Promise<Told> {
  const all = new Everything(stream);
  const report = await readCapture(file, all);
  const summed = all.study.connections.find(({ between }) => between.index === stream);
  const summary = summed === undefined ? undefined : { file: captureName(file), report: summarize(summed) };
  return { file, summary, packets: all.packets, recording: all.recording, report, sha256: await hashOf(file) };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

async function markup(drawn: Drawn, told: readonly Told[], options: FigureOptions): Promise<string> {
  const { series } = drawn;
  const follows = options.theme === undefined;
  const direction = options.direction ?? (series.flows.every(({ sentOctets }) => sentOctets > 0) ? 'both' : 'main');
  const figures: Figure[] = FIGURE_KINDS.map((kind) => figureOf(kind, series, { ...options, direction }));
  if (drawn.ladder !== undefined) figures.push(ladderFigure(drawn.ladder, options));
  const title = figures[0]?.title ?? 'sash';
  const pictures = await Promise.all(figures.map((figure) => figureMarkup(figure, follows)));
  const summaries = told.flatMap(({ summary }) => (summary === undefined ? [] : [summary]));
  const main = [
    `<h1>${escapeMarkup(title)}</h1>`,
    ...verdicts(summaries),
    ...tables(summaries),
    '<h2>Pictures</h2>',
    ...pictures,
    ...told.slice(0, 1).flatMap(({ packets, file }) => packetsMarkup(packets, file, told.length)),
    ...told.flatMap(configuration),
    ...again(told, drawn.stream),
  ];
  return pageMarkup({ title, theme: options.theme, main: main.join('\n'), script: FILTER_SCRIPT });
}

function verdicts(summaries: readonly SummaryOf[]): string[] {
  return summaries.map(({ file, report }) => {
    const whose = summaries.length > 1 ? `<span class="muted">${escapeMarkup(basename(file))}:</span> ` : '';
    return `<p class="verdict">${whose}${escapeMarkup(report.verdict)}</p>`;
  });
}

function tables(summaries: readonly SummaryOf[]): string[] {
  if (summaries.length === 0) return [];
  const { counted, limits } = summaryCells(summaries.map(({ file, report }) => ({ file: basename(file), report })));
  const unknown = [...new Set(summaries.flatMap(({ report }) => report.unknown))];
  return [
    '<h2>Summary</h2>',
    ...summaries.map(({ report }) => `<p>${escapeMarkup(placeOf(report))}</p>`),
    cellsMarkup('The connection in numbers', counted),
    '<h2>Who limited whom</h2>',
    cellsMarkup('How long each held the sender back', limits),
    ...(unknown.length > 0
      ? [`<p>Not known:</p><ul>${unknown.map((what) => `<li>${escapeMarkup(what)}</li>`).join('')}</ul>`]
      : []),
  ];
}

function placeOf({ vantage, ends, packets, stream }: SummaryOf['report']): string {
  const place = vantage.near === undefined ? 'an unknown place, or on the way' : (ends[vantage.near] ?? '');
  return `${packets} packets of connection ${stream}, seen at ${place}: ${vantage.why}.`;
}

function packetsMarkup(packets: PacketList, file: string, files: number): string[] {
  const flagged = packets.flagged;
  return [
    `<h2>Packets</h2>`,
    ...(files > 1 ? [`<p>Of ${escapeMarkup(basename(file))}.</p>`] : []),
    ...(flagged.length > 1 ? [cellsMarkup('Packets by flag', flagged)] : []),
    packets.markup(),
  ];
}

function configuration({ recording, file }: Told): string[] {
  if (recording === undefined) return [];
  const { application, label, configuration: value } = recording;
  const whole = JSON.stringify(value satisfies Json, null, 2);
  const cut =
    whole.length > CONFIGURATION ? `${whole.slice(0, CONFIGURATION)}\n… cut: sash trace show has all of it` : whole;
  return [
    `<h2>Configuration: ${escapeMarkup(label === '' ? basename(file) : label)}</h2>`,
    `<p>Recorded by ${escapeMarkup(application)}.</p>`,
    `<details><summary>All that the connection was made with</summary><pre tabindex="0">${escapeMarkup(cut)}</pre></details>`,
  ];
}

function again(told: readonly Told[], stream: number): string[] {
  const names = told.map(({ file }) => quoted(basename(file))).join(' ');
  const which = stream === 0 ? '' : ` --stream ${stream}`;
  const lines = [
    `sash trace report ${names}${which} -o report.html`,
    ...told.map(({ file }) => `sash trace summary ${quoted(basename(file))}`),
    `sash trace plot ${names}${which} --kind sequence -o sequence.svg`,
    ...told
      .slice(0, 1)
      .flatMap(({ recording, file }) => (recording === undefined ? [] : [`sash rerun ${quoted(basename(file))}`])),
  ];
  const sums = told.map(({ file, sha256, report }) => [basename(file), sha256, report.format, String(report.packets)]);
  return [
    '<h2>How to make this again</h2>',
    `<pre tabindex="0">${escapeMarkup(lines.join('\n'))}</pre>`,
    cellsMarkup('The files', [['file', 'SHA-256', 'format', 'packets'], ...sums]),
  ];
}

/** As a shell takes it. */
function quoted(name: string): string {
  return /^[\w.,:@%+=-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
}
