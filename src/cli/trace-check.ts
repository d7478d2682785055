// `sash trace check`: RFC clauses held against any capture. Exit 1 where one is broken.
import { checkLines, type CheckReport, Linter, RULES } from '../trace/index.ts';
import { chosenStream, noStream, noTcp } from './capture-choice.ts';
import { captureName, checkReport, readCapture } from './capture-file.ts';
import { EXIT, type ExitCode, usage } from './faults.ts';
import { type Given } from './flag.ts';
import { didYouMean } from './nearest.ts';
import { print } from './print.ts';

/** Connections told in full, unless --all is given: those that break a rule come first. */
const SHOWN = 3;

/** @throws Fault */
export async function traceCheck(argv: Given): Promise<ExitCode> {
  if (argv.list === true) return list(argv.json === true);
  if (typeof argv.file !== 'string') throw usage('which capture? Name a file, as in: sash trace check run.pcapng');
  const { file } = argv;
  const linter = new Linter({ rules: rulesOf(argv.rule), vantage: vantageOf(argv.vantage) });
  const read = await readCapture(file, linter);
  const stream = chosenStream(argv.stream);
  if (stream !== undefined && stream >= read.conversations) throw noStream(file, stream, read.conversations);
  const reports = linter.reports().filter((report) => stream === undefined || report.stream === stream);
  if (reports.length === 0) throw noTcp(file, read, 'check');
  await print(argv.json === true ? json(file, reports) : text(file, reports, argv.all === true));
  if (linter.unfollowedPackets > 0) {
    process.stderr.write(
      `sash: too many connections: ${linter.unfollowedPackets} packets of the last ones were not checked\n`,
    );
  }
  checkReport(read, file);
  return reports.some(isBroken) ? EXIT.failed : EXIT.done;
}

function isBroken({ rulings }: CheckReport): boolean {
  return rulings.some(({ verdict }) => verdict === 'fail');
}

async function list(isJson: boolean): Promise<ExitCode> {
  if (isJson) {
    const rules = RULES.map(({ id, clause, what, where }) => ({ id, clause, what, where }));
    await print(`${JSON.stringify({ schema: 'sash-trace-rules-1', rules }, null, 2)}\n`);
    return EXIT.done;
  }
  const lines = RULES.map(({ id, clause, what, where }) => {
    const note = where === 'at-the-end' ? '; at that end only' : '';
    return `${id.padEnd(18)} ${what}\n${' '.repeat(18)} ${clause}${note}`;
  });
  await print(`${lines.join('\n')}\n`);
  return EXIT.done;
}

function rulesOf(given: unknown): string[] {
  if (typeof given !== 'string') return [];
  const ids = RULES.map(({ id }) => id);
  return given.split(',').map((name) => {
    const id = ids.find((each) => each.toLowerCase() === name.trim().toLowerCase());
    if (id === undefined)
      throw usage(`--rule: "${name}" is no rule: see sash trace check --list.${didYouMean(name, ids)}`);
    return id;
  });
}

function vantageOf(given: unknown): 'sender' | 'receiver' | undefined {
  if (given === undefined || given === 'sender' || given === 'receiver') return given;
  throw usage(`--vantage: "${typeof given === 'string' ? given : ''}" is not one of them: choose sender or receiver`);
}

function json(file: string, connections: readonly CheckReport[]): string {
  return `${JSON.stringify({ schema: 'sash-trace-check-1', file: captureName(file), connections }, null, 2)}\n`;
}

function text(file: string, reports: readonly CheckReport[], all: boolean): string {
  const sorted = reports.toSorted((a, b) => Number(isBroken(b)) - Number(isBroken(a)) || b.packets - a.packets);
  const shown = all ? sorted : sorted.slice(0, Math.max(SHOWN, sorted.filter(isBroken).length));
  const parts = shown.map((report) => checkLines(captureName(file), report).join('\n'));
  const broken = [
    ...new Set(
      reports.flatMap(({ rulings }) => rulings.filter(({ verdict }) => verdict === 'fail').map(({ rule }) => rule)),
    ),
  ];
  if (shown.length < reports.length)
    parts.push(`and ${reports.length - shown.length} more connections: --all shows them`);
  parts.push(broken.length === 0 ? 'Nothing that can be judged from here is broken.' : `Broken: ${broken.join(', ')}.`);
  return `${parts.join('\n\n')}\n`;
}
