// `sash trace diff`: two runs of the same transfer held against each other; the first difference explained, then the rest.
import {
  type CapturedPacket,
  diff,
  type Difference,
  differenceSentence,
  type DiffNames,
  type DiffReport,
  endpointText,
  MOST_STEPS,
  type PassingBetween,
  type ReadReport,
  settingsThatDiffer,
  type Setting,
  situation,
  Steps,
  Study,
} from '../trace/index.ts';
import { formatDuration, parseDuration } from '../app/index.ts';
import { chosenStream, noStream, noTcp } from './capture-choice.ts';
import { captureName, checkReport, readCapture } from './capture-file.ts';
import { EXIT, type ExitCode, messageOf, usage } from './faults.ts';
import { type Given } from './flag.ts';
import { print } from './print.ts';

/** Times of the same run on the same machine, or of a simulation, do not differ by more. */
const TOLERANCE = '1ms';
/** Differences that are shown, unless all are asked for. */
const SHOWN = 20;
const SETTINGS_SHOWN = 8;

interface Run {
  file: string;
  name: string;
  steps: Steps;
  connections: number;
  report: ReadReport;
}

/** @throws Fault */
export async function traceDiff(argv: Given): Promise<ExitCode> {
  const toleranceNs = readTolerance(argv.tolerance ?? TOLERANCE);
  const stream = chosenStream(argv.stream) ?? 0;
  const files = [argv.a, argv.b].map((file) => (file === '' ? '-' : String(file))) as [string, string];
  if (files[0] === '-' && files[1] === '-') throw usage('both runs cannot be read from standard input: name a file');
  const a = await read(files[0], stream);
  const b = await read(files[1], stream);
  const report = diff(a.steps.list, b.steps.list, { toleranceNs });
  const settings = recordedDifferences(a, b);
  await print(argv.json === true ? json(a, b, report, settings) : text(a, b, report, settings, argv.all === true));
  for (const run of [a, b]) checkReport(run.report, run.file);
  return report.differences.length === 0 ? EXIT.done : EXIT.failed;
}

function readTolerance(given: unknown): number {
  if (given === 'off') return Infinity;
  try {
    return parseDuration(String(given));
  } catch (error) {
    throw usage(`--tolerance: ${messageOf(error)}; off compares no times`, error);
  }
}

async function read(file: string, stream: number): Promise<Run> {
  const study = new Study<CapturedPacket & PassingBetween, Steps>({
    make: (track, subject) => new Steps(track, subject),
  });
  const name = captureName(file);
  const report = await readCapture(file, study);
  const { connections } = study;
  if (connections.length === 0) throw noTcp(file, report, 'compare');
  const steps = connections.find(({ between }) => between.index === stream);
  if (steps === undefined) throw noStream(file, stream, report.conversations);
  if (steps.leftOut > 0) {
    process.stderr.write(
      `sash: ${name}: only the first ${MOST_STEPS} segments are compared; ${steps.leftOut} are left out\n`,
    );
  }
  return { file, name, steps, connections: connections.length, report };
}

function recordedDifferences(a: Run, b: Run): Setting[] {
  const [ours, theirs] = [a.steps.recorded?.begins, b.steps.recorded?.begins];
  if (ours === undefined || theirs === undefined) return [];
  return [
    ...settingsThatDiffer(ours.configuration, theirs.configuration),
    ...(ours.label === theirs.label ? [] : [{ name: 'label', a: ours.label, b: theirs.label }]),
  ];
}

/** The ends are called as in the first run. */
function namesOf(a: Run): DiffNames {
  const [first, second] = a.steps.between.ends;
  return { a: 'A', b: 'B', ends: [endpointText(first), endpointText(second)] };
}

function text(a: Run, b: Run, report: DiffReport, settings: readonly Setting[], all: boolean): string {
  const names = namesOf(a);
  const { differences, same, sameFirst } = report;
  const lines = [describe('A', a), describe('B', b), ...settingLines(settings, names)];
  const [first, ...rest] = differences;
  if (first === undefined) {
    lines.push('', `no difference: ${same} segments, the same octets, windows and times`);
    return `${lines.join('\n')}\n`;
  }
  lines.push(
    '',
    `the same for ${sameFirst} ${sameFirst === 1 ? 'segment' : 'segments'}; the first difference is ${place(first)}`,
  );
  lines.push(`  ${differenceSentence(first, names)}`, ...situation(first, names).map((line) => `  ${line}`));
  const told = all ? rest : rest.slice(0, SHOWN);
  if (told.length > 0) lines.push('', 'after that');
  for (const each of told) lines.push(`  ${place(each)}: ${differenceSentence(each, names)}`);
  if (told.length < rest.length) lines.push(`  and ${rest.length - told.length} more: --all shows them`);
  lines.push('', counts(report, names));
  return `${lines.join('\n')}\n`;
}

function describe(letter: string, { name, steps, connections }: Run): string {
  const { list, between } = steps;
  const others = connections > 1 ? ` of ${connections}` : '';
  const life = formatDuration(list.at(-1)?.atNs ?? 0);
  return `${letter}: ${name}, stream ${between.index}${others}: ${between.ends.map(endpointText).join(' and ')}, ${list.length} segments in ${life}`;
}

function settingLines(settings: readonly Setting[], { a, b }: DiffNames): string[] {
  if (settings.length === 0) return [];
  const few = settings.slice(0, SETTINGS_SHOWN);
  const lines = few.map((it) => `  ${it.name}: ${shown(it.a)} in ${a}, ${shown(it.b)} in ${b}`);
  const more = settings.length - few.length;
  return ['made differently, by what they say:', ...lines, ...(more > 0 ? [`  and ${more} more settings`] : [])];
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function place({ a, b }: Difference): string {
  const step = a ?? b;
  const packets = [a === undefined ? '' : `packet ${a.packet} of A`, b === undefined ? '' : `packet ${b.packet} of B`];
  return `at ${formatDuration(step.atNs)}, ${packets.filter((each) => each !== '').join(', ')}`;
}

function counts({ differences, same }: DiffReport, { a, b }: DiffNames): string {
  const count = (kind: Difference['kind']): number => differences.filter((each) => each.kind === kind).length;
  return (
    `${same} segments are the same; ${count('changed')} say something else, ${count('only-a')} only in ${a}, ` +
    `${count('only-b')} only in ${b}, ${count('moved')} in another order; ${count('shifted')} from which on times are others`
  );
}

function json(a: Run, b: Run, { differences, same, sameFirst }: DiffReport, settings: readonly Setting[]): string {
  const value = { schema: 'sash-trace-diff-1', a: runValue(a), b: runValue(b), settings, same, sameFirst, differences };
  return `${JSON.stringify(value, null, 2)}\n`;
}

function runValue({ name, steps }: Run): object {
  return { file: name, stream: steps.between.index, ends: steps.between.ends, segments: steps.list.length };
}
