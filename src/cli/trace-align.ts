// `sash trace align`: what two hosts recorded, on one clock: how their clocks stood to each other, what segments took each way,
// what was lost between them; and both recordings in one file, if asked for.
import { writeFileSync } from 'node:fs';
import {
  align,
  type AlignedConversation,
  type AlignFault,
  type Alignment,
  CaptureReader,
  type ClockPiece,
  duration,
  type Endpoint,
  endpointText,
  MOST_SEGMENTS,
  type ReadReport,
  Sighter,
  type Way,
} from '../trace/index.ts';
import { matchedLines, writeAligned } from './aligned-file.ts';
import { chosenOut, noTcp } from './capture-choice.ts';
import { captureName, checkReport, feedCapture } from './capture-file.ts';
import { EXIT, type ExitCode, Fault, fileSentence, usage } from './faults.ts';
import { type Given } from './flag.ts';
import { print } from './print.ts';

/** One of the two files. */
export interface AlignedFile {
  file: string;
  name: string;
  sighter: Sighter;
  report: ReadReport;
  epochNs: bigint;
}

/** @throws Fault */
export async function traceAlign(argv: Given): Promise<ExitCode> {
  // yargs takes a lone dash, in a position, for a flag without a name.
  const [first, second] = [argv.sender, argv.receiver].map((file) => (file === '' ? '-' : String(file))) as [
    string,
    string,
  ];
  const out = chosenOut(argv.out, [first, second]);
  if (out !== undefined && !/\.(pcapng|jsonl)$/.test(out)) {
    throw usage(`-o: "${out}" is neither a capture nor JSON lines: name a file that ends in .pcapng or .jsonl`);
  }
  if (first === '-' || second === '-') throw usage('align reads its files twice: standard input can be read once only');
  const here = await sight(first);
  const there = await sight(second);
  const alignment = align(
    here.sighter.conversations,
    there.sighter.conversations,
    Number(there.epochNs - here.epochNs),
  );
  if (typeof alignment === 'string') throw new Fault(sentence(alignment, here, there), EXIT.failed);

  await print(argv.json === true ? json(alignment, here, there) : text(alignment, here, there));
  if (out !== undefined) await write(out, alignment, here, there);
  checkReport(here.report, first);
  checkReport(there.report, second);
  return EXIT.done;
}

async function sight(file: string): Promise<AlignedFile> {
  const sighter = new Sighter();
  const reader = new CaptureReader(sighter);
  const report = await feedCapture(file, reader);
  const name = captureName(file);
  if (sighter.conversations.length === 0) throw noTcp(file, report, 'align');
  if (sighter.leftOut > 0) {
    process.stderr.write(
      `sash: ${name}: only the first ${MOST_SEGMENTS} segments are aligned; ${sighter.leftOut} are left out\n`,
    );
  }
  return { file, name, sighter, report, epochNs: reader.epochNs ?? 0n };
}

async function write(out: string, alignment: Alignment, here: AlignedFile, there: AlignedFile): Promise<void> {
  try {
    if (out.endsWith('.jsonl')) writeFileSync(out, [...matchedLines(alignment)].join(''));
    else await writeAligned(out, alignment, here, there);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw usage(fileSentence(error, out, 'write'), error);
  }
  process.stderr.write(`written: ${out}\n`);
}

function sentence(fault: AlignFault, here: AlignedFile, there: AlignedFile): string {
  const both = `${here.name} and ${there.name}`;
  switch (fault) {
    case 'no-conversation':
      return `${both} have no connection in common: no initial sequence numbers that agree, and no segments`;
    case 'same-place':
      return `${both} were taken at one place: nothing takes any time from one to the other, and there is nothing to align`;
    case 'no-exchange':
      return `${both} have a connection in common, but no segment that can be told from all others`;
    case 'one-way':
      return `${both} have segments of one direction only in common: to tell clocks apart takes both`;
    case 'unsteady':
      return `the clocks of ${both} do not agree with each other for long: they step again and again, or the times are not those of the capture`;
  }
}

function text(alignment: Alignment, here: AlignedFile, there: AlignedFile): string {
  const { clocks, conversations, onlyHere, onlyThere } = alignment;
  const lines = clocks.flatMap((piece, index) => clockLines(piece, index === 0 ? undefined : clocks[index - 1], there));
  lines.push(
    '',
    'The offset is the middle of what is possible: exact if the least delays of the two ways are equal, and never further off than',
    'said. One-way delays share that error: what one way gains the other loses; their sum is certain.',
  );
  for (const conversation of conversations) lines.push('', ...conversationLines(conversation, here, there));
  if (onlyHere > 0) lines.push('', `${counted(onlyHere, 'connection')} only in ${here.name}`);
  if (onlyThere > 0) lines.push('', `${counted(onlyThere, 'connection')} only in ${there.name}`);
  return `${lines.join('\n')}\n`;
}

function clockLines(piece: ClockPiece, before: ClockPiece | undefined, there: AlignedFile): string[] {
  const { offsetNs, offsetErrorNs, drift, driftError, exchanges } = piece;
  const side = offsetNs >= 0 ? 'ahead' : 'behind';
  const offset = `${seconds(Math.abs(offsetNs), offsetErrorNs)} ${side} (± ${duration(Math.round(offsetErrorNs))})`;
  const rate = `${drift >= 0 ? 'gains' : 'loses'} ${perMillion(Math.abs(drift), driftError)}`;
  const told = `the clock of ${there.name} is ${offset}, and ${rate}; from ${counted(exchanges, 'segment')}`;
  if (before === undefined) return [told];
  const step = offsetNs - before.offsetNs - before.drift * (piece.middleNs - before.middleNs);
  const at = duration(Math.round(piece.fromNs));
  return [
    `at ${at} a clock is set: from then on they are ${duration(Math.abs(Math.round(step)))} further ${step >= 0 ? 'ahead' : 'behind'}`,
    told,
  ];
}

/** As many digits as the error leaves. */
function seconds(ns: number, errorNs: number): string {
  const digits = errorNs >= 1e6 ? 3 : errorNs >= 1e3 ? 6 : 9;
  return `${(ns / 1e9).toFixed(digits)} s`;
}

function perMillion(drift: number, error: number): string {
  if (!Number.isFinite(error)) return `${(drift * 1e6).toFixed(1)} ppm (how exactly cannot be told: too few segments)`;
  const ppm = error * 1e6;
  const digits = ppm >= 10 ? 0 : ppm >= 1 ? 1 : ppm >= 0.1 ? 2 : 3;
  return `${(drift * 1e6).toFixed(digits)} ppm (± ${Math.max(ppm, 0.001).toFixed(digits)})`;
}

function conversationLines(it: AlignedConversation, here: AlignedFile, there: AlignedFile): string[] {
  const isCrossed = it.here.side[it.pairs.here[0] ?? 0] !== it.there.side[it.pairs.there[0] ?? 0];
  const [x, y] = it.there.ends;
  const as = between(isCrossed ? [y, x] : [x, y]);
  const names = between(it.here.ends) === as ? '' : `; in ${there.name} ${as}: the addresses were translated`;
  const rows = [
    ['', 'seen by both', 'lost', 'not seen where it left', 'one-way delay: min', 'median', 'p99', 'max'],
    wayRow(`${here.name} → ${there.name}`, it.out),
    wayRow(`${there.name} → ${here.name}`, it.back),
  ];
  const late = [...lateLine(it.out, here.name, there.name), ...lateLine(it.back, there.name, here.name)];
  return [`stream ${it.here.index}: ${between(it.here.ends)}${names}`, ...table(rows), ...late];
}

function lateLine({ undecided }: Way, from: string, to: string): string[] {
  if (undecided === 0) return [];
  return [`  ${counted(undecided, 'segment')} more left ${from} and may have been under way when ${to} ended, or lost`];
}

function between([a, b]: readonly [Endpoint, Endpoint]): string {
  return `${endpointText(a)} and ${endpointText(b)}`;
}

function wayRow(name: string, way: Way): string[] {
  const at = (q: number): string => (way.matched === 0 ? '' : duration(Math.round(way.delaysNs.at(q))));
  const least = way.matched === 0 ? '' : duration(Math.round(way.delaysNs.least));
  return [name, String(way.matched), String(way.lost), String(way.unsent), least, at(0.5), at(0.99), at(1)];
}

function table(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const cell = (value: string, column: number): string =>
    column === 0 ? value.padEnd(widths[0]!) : value.padStart(widths[column]!);
  return rows.map((row) => `  ${row.map(cell).join('  ')}`.trimEnd());
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}

function json(alignment: Alignment, here: AlignedFile, there: AlignedFile): string {
  const value = {
    schema: 'sash-trace-align-1',
    here: here.name,
    there: there.name,
    clocks: alignment.clocks.map((piece) => ({ ...piece, driftError: finite(piece.driftError) })),
    conversations: alignment.conversations.map((it) => ({
      stream: it.here.index,
      streamThere: it.there.index,
      ends: it.here.ends,
      endsThere: it.there.ends,
      fromHere: wayValue(it.out),
      fromThere: wayValue(it.back),
    })),
    onlyHere: alignment.onlyHere,
    onlyThere: alignment.onlyThere,
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

function wayValue({ matched, lost, undecided, unsent, delaysNs: d }: Way): object {
  const delaysNs = matched === 0 ? null : { min: d.least, median: d.at(0.5), p99: d.at(0.99), max: d.most };
  return { matched, lost, undecided, unsent, delaysNs };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
