// `sash rerun FILE`: runs again what a recording says it was made of. A simulated run is held against the recording octet by
// octet; of a transfer between two processes the commands are said, and run on this machine if that is asked for.
import { closeSync, openSync, readSync } from 'node:fs';
import type { Argv } from 'yargs';
import { VANTAGES } from '../../sim/index.ts';
import { formatSize } from '../app/index.ts';
import { type Happening, PcapngReader, type RecordingBegins, type Sink } from '../trace/index.ts';
import { application } from './version.ts';
import { EXIT, type ExitCode, fileSentence, usage } from './faults.ts';
import { type Given } from './flag.ts';
import { loadPolicies } from './policy-file.ts';
import { print } from './print.ts';
import { rerunCommand } from './rerun-command.ts';
import { hashOf, type PolicyDescription, readDescription, type ScenarioDescription } from './run-description.ts';
import { prepared, readFile, runToEnd } from './scenario-run.ts';
import { recordOptions } from './sim.ts';
import { parseScenario } from './sim-files.ts';
import { type RecordingChoice, SimRecordings } from './sim-recordings.ts';
import { Talk } from './talk.ts';

const PIECE = 262_144;

export function declareRerun(y: Argv): Argv {
  return y
    .usage(
      `Runs again what a recording was made of: a simulated run to the octet, of a transfer the commands.

  sash rerun run.sender.pcapng                  identical, or where it first differs (exit 1)
  sash rerun run.sender.pcapng --record new.pcapng
  sash rerun live.pcapng                        the commands of both ends
  sash rerun live.pcapng --run                  both of them, on this machine

Usage: sash rerun FILE`,
    )
    .positional('file', { type: 'string', describe: 'a recording' })
    .option('record', { type: 'string', requiresArg: true, describe: 'FILE.pcapng: record the new run too' })
    .option('run', { type: 'boolean', describe: 'of a transfer between two processes: run both on this machine' });
}

/** @throws Fault */
export async function rerun(argv: Given): Promise<ExitCode> {
  const file = String(argv.file);
  const record = typeof argv.record === 'string' ? argv.record : undefined;
  if (file === '-' || record === '-') throw usage('sash rerun reads and writes files: name one in the place of -');
  const beginning = readBeginning(file);
  const description = readDescription(beginning.run);
  if (description === undefined) {
    throw usage(
      `${file} does not say how it was made: it was recorded through the library, or by a version before \`sash rerun\``,
    );
  }
  const isSame = beginning.application === application();
  if (!isSame) {
    process.stderr.write(
      `recorded by ${beginning.application}, run again by ${application()}: what differs may be the version's doing\n`,
    );
  }
  checkPolicy(description.policy);
  if (description.kind === 'command') return rerunCommand({ file, description, record, isRun: argv.run === true });
  if (argv.run === true)
    throw usage('--run is for transfers between two processes: a simulated run is run in any case');
  return rerunScenario({ file, description, record, writer: beginning.application });
}

/** What the recording begins with. @throws Fault where it is none of ours */
function readBeginning(file: string): RecordingBegins {
  let first: RecordingBegins | undefined;
  let octets = 0;
  const reader = new PcapngReader((happening: Happening) => {
    if (happening.type === 'recording') first ??= happening;
  });
  for (const piece of pieces(file)) {
    if (octets === 0 && piece[0] === 0x1f && piece[1] === 0x8b) {
      throw usage(`${file} is compressed, and a run is held against it octet by octet: unpack it with gunzip first`);
    }
    octets += piece.length;
    reader.push(piece);
    if (first !== undefined) return first;
    if (reader.isBroken) break;
  }
  if (octets === 0) throw usage(`${file} is empty: there is nothing to run again`);
  throw usage(
    `${file} is no recording of sash: a capture does not say how the two ends were made, and cannot be run again`,
  );
}

function* pieces(file: string): Generator<Uint8Array> {
  const handle = opened(file);
  try {
    const buffer = new Uint8Array(PIECE);
    for (;;) {
      const count = readSync(handle, buffer, 0, PIECE, null);
      if (count === 0) return;
      yield buffer.subarray(0, count);
    }
  } catch (error) {
    throw usage(sentence(error, file), error);
  } finally {
    closeSync(handle);
  }
}

function opened(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    throw usage(sentence(error, file), error);
  }
}

function sentence(error: unknown, file: string): string {
  return fileSentence(error, file, 'read').replace(/, or (?:use --bytes|send `tar).*$/, '');
}

/** @throws Fault where the module is gone; says so where it has changed */
function checkPolicy(policy: PolicyDescription | null): void {
  if (policy === null || policy.file === null) return;
  const hash = hashOf(policy.file);
  if (hash === undefined) {
    throw usage(`the policies of this run are gone: ${policy.file} cannot be read; put it back, and run again`);
  }
  if (hash === policy.sha256) return;
  process.stderr.write(`${policy.file} is not what it was when this was recorded: its policies may do otherwise now\n`);
}

interface ScenarioRerun {
  file: string;
  description: ScenarioDescription;
  record: string | undefined;
  /** What recorded it. */
  writer: string;
}

/** @throws Fault */
async function rerunScenario({ file, description, record, writer }: ScenarioRerun): Promise<ExitCode> {
  const { vantage, ...run } = description;
  const { name, text, set, seed, until, policy } = description;
  const scenarioFile = await parseScenario(text, `${name}.yaml`, `the scenario in ${file}`);
  const policies = policy === null ? {} : await loadPolicies(policy.file ?? policy.given);
  const asked = { set: new Map(Object.entries(set)), ...(seed === null ? {} : { seed }) };
  const scenario = prepared(readFile(scenarioFile, asked).scenario, policies, until ?? undefined);
  const choice: RecordingChoice = {
    file: record ?? '',
    isStream: false,
    vantages: VANTAGES.filter((one) => run.vantages.includes(one)),
    isAllInOne: run.oneFile,
    snap: run.snap === 'full' ? 'full' : 'headers',
  };
  const recordings = record === undefined ? undefined : new SimRecordings(choice, scenario);
  const comparison = new Comparison(file);
  const sink = (which: string): Sink => {
    const also = recordings?.sink(which);
    return (octets) => {
      also?.(octets);
      if (which === vantage) comparison.take(octets);
    };
  };
  try {
    // Under the name of whoever recorded it: that another version ran it has been told, and is no difference of the run.
    const options = { ...recordOptions({ choice, sink }, run, scenario), application: writer };
    await runToEnd(scenarioFile, scenario, options, { talk: new Talk({ isQuiet: false }) });
    await recordings?.close();
    comparison.end();
  } finally {
    comparison.close();
  }
  for (const { file: written } of recordings?.files ?? []) process.stderr.write(`recorded: ${written}\n`);
  await print(`${comparison.sentence}\n`);
  return comparison.isIdentical ? EXIT.done : EXIT.failed;
}

/** Holds what comes against a file, octet by octet. */
class Comparison {
  readonly #file: string;
  readonly #handle: number;
  #buffer = new Uint8Array(0);
  #octets = 0;
  #differs: number | undefined;
  #longer: 'recording' | 'run' | undefined;

  /** @throws Fault */
  constructor(file: string) {
    this.#file = file;
    this.#handle = opened(file);
  }

  get isIdentical(): boolean {
    return this.#differs === undefined;
  }

  take(octets: Uint8Array): void {
    if (this.#differs !== undefined) return;
    if (this.#buffer.length < octets.length) this.#buffer = new Uint8Array(octets.length);
    const there = this.#read(octets.length);
    for (let at = 0; at < there; at++) {
      if (octets[at] === this.#buffer[at]) continue;
      this.#differs = this.#octets + at;
      return;
    }
    this.#octets += there;
    if (there === octets.length) return;
    this.#differs = this.#octets;
    this.#longer = 'run';
  }

  /** No more comes. */
  end(): void {
    if (this.#differs !== undefined) return;
    if (this.#buffer.length === 0) this.#buffer = new Uint8Array(1);
    if (this.#read(1) === 0) return;
    this.#differs = this.#octets;
    this.#longer = 'recording';
  }

  close(): void {
    closeSync(this.#handle);
  }

  get sentence(): string {
    const at = this.#differs;
    if (at === undefined) return `identical: ${this.#octets} octets (${formatSize(this.#octets)})`;
    const where = `octet ${at}, ${this.#place(at)}`;
    if (this.#longer === 'run') return `differs: the recording ends at ${where}, and the run goes on`;
    if (this.#longer === 'recording') return `differs: the run ends at ${where}, and the recording goes on`;
    return `differs: first at ${where}`;
  }

  #read(length: number): number {
    let count = 0;
    while (count < length) {
      const more = readSync(this.#handle, this.#buffer, count, length - count, this.#octets + count);
      if (more === 0) break;
      count += more;
    }
    return count;
  }

  /** What stands before that octet. */
  #place(offset: number): string {
    let latestNs = 0;
    const reader = new PcapngReader(({ atNs }) => (latestNs = atNs));
    let left = offset;
    for (const piece of pieces(this.#file)) {
      reader.push(piece.subarray(0, left));
      left -= Math.min(left, piece.length);
      if (left === 0) break;
    }
    const { packets, records } = reader.report;
    return `after ${packets} packets and ${records} records, at ${(latestNs / 1e9).toFixed(6)} s`;
  }
}
