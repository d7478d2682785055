// Scenario files: found by path or by the name of one that comes along, parsed, and, where one is wrong, told with its line.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Document, LineCounter } from 'yaml';
import { type Path, ScenarioFault } from '../../sim/index.ts';
import { codeOf, type Fault, fileSentence, usage } from './faults.ts';
import { didYouMean } from './nearest.ts';

const LIBRARY = fileURLToPath(new URL('../../../sim/scenarios/', import.meta.url));

export interface ScenarioFile {
  /** As the scenario is called: the file's name without its ending. */
  name: string;
  file: string;
  /** What it says. */
  text: string;
  /** What YAML makes of it. */
  value: unknown;
  /** A fault of the scenario as one of the command: file, line, what was expected. */
  fault(error: ScenarioFault): Fault;
}

/** The names of the scenarios that come along, in order. */
export function libraryNames(): string[] {
  return readdirSync(LIBRARY)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .toSorted();
}

/** A file, or one that comes along: `s06-zero-window`, or `s06` for short. @throws Fault */
export async function openScenario(given: string): Promise<ScenarioFile> {
  const isPath = given.includes('/') || /\.ya?ml$/.test(given);
  if (isPath) return parse(given, given);
  const names = libraryNames();
  const [name, another] = names.includes(given) ? [given] : names.filter((known) => known.startsWith(`${given}-`));
  if (name === undefined || another !== undefined) {
    throw usage(`there is no scenario "${given}".${didYouMean(given, names)} See: sash sim --list`);
  }
  return parse(join(LIBRARY, `${name}.yaml`), `${name}.yaml`);
}

function parse(file: string, shown: string): Promise<ScenarioFile> {
  return parseScenario(read(file), file, shown);
}

/** A scenario's text; `file` and `shown` are what it is called. @throws Fault */
export async function parseScenario(text: string, file: string, shown: string): Promise<ScenarioFile> {
  const { LineCounter: Lines, parseDocument } = await import('yaml');
  const lines = new Lines();
  const document = parseDocument(text, { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) {
    throw usage(
      `${shown}:${lines.linePos(error.pos[0]).line}: this is not YAML: ${error.message.split('\n')[0]!}`,
      error,
    );
  }
  return {
    name: basename(file).replace(/\.ya?ml$/, ''),
    file,
    text,
    value: document.toJS() as unknown,
    fault: (wrong) => usage(`${shown}:${lineOf(document, lines, wrong.path)}: ${wrong.message}`, wrong),
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT')
      throw usage(`${file} does not exist: check its name, or see: sash sim --list`, error);
    throw usage(fileSentence(error, file, 'read'), error);
  }
}

/** The line of the innermost part of `path` that is there: what is missing is told where it belongs. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true) as { range?: readonly number[] } | undefined;
    const at = node?.range?.[0];
    if (at !== undefined) return lines.linePos(at).line;
  }
  return 1;
}
