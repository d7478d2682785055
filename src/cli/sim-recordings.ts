// Where the recordings of a simulated run go: a file for each point of view, one file for all, or standard output, for
// `sash sim … --record - | wireshark -k -i -`. A reader who goes away ends the recording, and the run goes on.
import { closeSync, createWriteStream, openSync, statSync, writeSync } from 'node:fs';
import { type Writable } from 'node:stream';
import { join, parse as parsePath } from 'node:path';
import { type Scenario, type Vantage, VANTAGES } from '../../sim/index.ts';
import { isWaitable, streamOver } from '../carrier/index.ts';
import { type Sink, type Snap } from '../trace/index.ts';
import { fileSentence, usage } from './faults.ts';
import { type Given } from './flag.ts';
import { didYouMean } from './nearest.ts';

/** Octets that may wait for whoever reads standard output before the run waits too. */
const MOST_WAITING = 8 * 1_048_576;

/** What `--record` and its company ask for. */
export interface RecordingChoice {
  file: string;
  /** Standard output, a named pipe, a device: it can hold one recording, and has its name already. */
  isStream: boolean;
  vantages: readonly Vantage[];
  isAllInOne: boolean;
  snap: Snap;
}

/** Undefined where nothing is to be recorded. @throws Fault */
export function recordingChoice(argv: Given): RecordingChoice | undefined {
  const { record, vantage } = argv;
  if (typeof record !== 'string') {
    for (const flag of ['vantage', 'one-file', 'snap']) {
      if (argv[flag] !== undefined) throw usage(`--${flag} says how to record: give --record FILE too`);
    }
    return undefined;
  }
  if (record === '') throw usage('--record: a value is missing: FILE.pcapng, or - for standard output');
  if (record === '-' && argv.json === true) {
    throw usage('--record - and --json both write to standard output: give one of them a file');
  }
  const isAllInOne = argv['one-file'] === true;
  const isStream = record === '-' || statSync(record, { throwIfNoEntry: false })?.isFile() === false;
  const vantages =
    typeof vantage === 'string' ? readVantages(vantage) : isStream && !isAllInOne ? ['sender' as const] : VANTAGES;
  return { file: record, isStream, vantages, isAllInOne, snap: readSnap(argv) };
}

function readSnap({ snap = 'headers' }: Given): Snap {
  if (snap === 'headers' || snap === 'full') return snap;
  throw usage(`--snap: "${snap as string}" is not one of them: choose headers or full`);
}

function readVantages(text: string): Vantage[] {
  const given = text.split(',').map((name) => name.trim());
  return given.map((name) => {
    const vantage = VANTAGES.find((one) => one === name);
    if (vantage !== undefined) return vantage;
    throw usage(
      `--vantage: "${name}" is no point of view: choose ${VANTAGES.join(', ')}.${didYouMean(name, VANTAGES)}`,
    );
  });
}

/** Written while the run goes on, with `drained` now and then so that what waits is bounded. */
export class SimRecordings {
  /** What was written, with who looks from there. */
  readonly files: { file: string; vantage: string }[] = [];
  readonly choice: RecordingChoice;
  readonly #flows: readonly string[];
  readonly #open: number[] = [];
  #stream: Output | undefined;

  /** @throws Fault where several points of view would go to standard output */
  constructor(choice: RecordingChoice, { flows }: Scenario) {
    this.choice = choice;
    this.#flows = flows.map(({ name }) => name);
    const ends = choice.vantages.filter((vantage) => vantage !== 'link').length * flows.length;
    const count = ends + (choice.vantages.includes('link') ? 1 : 0);
    if (!choice.isStream || choice.isAllInOne || count === 1) return;
    const what = choice.file === '-' ? 'standard output' : choice.file;
    throw usage(
      `--record ${choice.file}: ${what} holds one recording, and there would be ${count}: choose one with --vantage sender, link or receiver, or have all in one with --one-file`,
    );
  }

  /** What was measured cannot go to standard output too. */
  get takesStandardOutput(): boolean {
    return this.choice.file === '-';
  }

  /** @throws Fault */
  readonly sink = (name: string): Sink => {
    const { dir, name: base, ext } = parsePath(this.choice.file);
    const vantage = this.#shown(name);
    if (this.choice.isStream) {
      this.#stream ??= new Output(this.choice.file);
      return this.#stream.write;
    }
    const file = this.choice.isAllInOne ? this.choice.file : join(dir, `${base}.${vantage}${ext}`);
    const handle = guarded(file, () => openSync(file, 'w'));
    this.files.push({ file, vantage });
    this.#open.push(handle);
    return (octets) =>
      guarded(file, () => {
        for (let at = 0; at < octets.length;) at += writeSync(handle, octets, at);
      });
  };

  /** Resolves when no more than a bounded number of octets waits for a reader; at once for files. */
  async drained(most = MOST_WAITING): Promise<void> {
    await this.#stream?.drained(most);
  }

  async close(): Promise<void> {
    await this.drained(0);
    for (const handle of this.#open) closeSync(handle);
  }

  /** `sender`; of several flows `web.sender`. */
  #shown(name: string): string {
    if (name === 'link' || name === 'all') return name;
    const at = name.lastIndexOf('-');
    return this.#flows.length === 1 ? name.slice(at + 1) : `${name.slice(0, at)}.${name.slice(at + 1)}`;
  }
}

function guarded<T>(file: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw usage(fileSentence(error, file, 'write'), error);
  }
}

/** What is no file of its own: written as its reader takes it, and no more once that has gone. */
class Output {
  readonly #stream: Writable | undefined;
  #name = 'standard output';
  #isGone = false;
  #wake: () => void = () => {};

  constructor(file: string) {
    if (file === '-' && !isWaitable(1)) return;
    this.#stream = file === '-' ? streamOver(1, 'writing') : createWriteStream(file);
    this.#name = file === '-' ? 'standard output' : file;
    this.#stream.on('error', this.#fail);
  }

  readonly write = (octets: Uint8Array): void => {
    if (this.#isGone) return;
    if (this.#stream !== undefined) {
      this.#stream.write(octets, (error) => {
        if (error !== null && error !== undefined) this.#fail(error);
        this.#wake();
      });
      return;
    }
    guarded('standard output', () => {
      for (let at = 0; at < octets.length;) at += writeSync(1, octets, at);
    });
  };

  /** Waits for the reader; the event loop, which writes, has its turn in any case. */
  async drained(most: number): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) return;
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.#isGone && stream.writableLength > most) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  readonly #fail = (error: Error): void => {
    if (this.#isGone) return;
    this.#isGone = true;
    const why = fileSentence(error, this.#name, 'write').replace('standard output has', `${this.#name} has`);
    process.stderr.write(`sash: ${why}; the run goes on without a recording\n`);
    this.#wake();
  };
}
