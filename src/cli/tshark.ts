// tshark, if it is there: its verdict on every packet of a file, row by row, at the pace of whoever takes them.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { TSHARK_FIELDS } from '../trace/index.ts';
import { EXIT, Fault, usage } from './faults.ts';

/** The version whose rules are followed; others of 4.0 have the same. */
export const TSHARK_VERSION = '4.0.17';

/** Wireshark's defaults, whatever the user's own preferences are. */
const PREFERENCES: readonly string[] = [
  'tcp.analyze_sequence_numbers:TRUE',
  'tcp.relative_sequence_numbers:TRUE',
  'tcp.default_window_scaling:Not known',
  'tcp.track_bytes_in_flight:TRUE',
  'tcp.bif_seq_based:FALSE',
  'tcp.fastrt_supersedes_ooo:TRUE',
];

/** What `tshark --version` says it is, as `4.0.17`. @throws Fault where there is none */
export function tsharkVersion(): string {
  const { status, stdout, error } = spawnSync('tshark', ['--version'], { encoding: 'utf8' });
  if (error !== undefined || status !== 0) {
    throw usage(
      'tshark is not here to compare with: install it (Debian: apt-get install tshark), or leave out --against',
    );
  }
  return /\b(\d+\.\d+\.\d+)\b/.exec(stdout)?.[1] ?? 'of an unknown version';
}

export interface TsharkRow {
  frame: number;
  /** Of TSHARK_FIELDS. */
  fields: string[];
}

export class Tshark {
  readonly #process: ChildProcess;
  readonly #rows: AsyncIterator<string>;
  #stderr = '';
  #ended: Promise<number | null>;

  constructor(file: string) {
    const fields = ['frame.number', ...TSHARK_FIELDS].flatMap((name) => ['-e', name]);
    const preferences = PREFERENCES.flatMap((preference) => ['-o', preference]);
    const args = ['-n', ...preferences, '-r', file, '-Y', 'tcp', '-T', 'fields', '-E', 'occurrence=f', ...fields];
    const child = spawn('tshark', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    child.stderr.on('data', (text: Buffer) => (this.#stderr = `${this.#stderr}${text.toString()}`.slice(-4_096)));
    this.#ended = new Promise((resolve) => child.once('close', resolve));
    this.#rows = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** The next row; undefined at the end. @throws Fault where tshark failed */
  async next(): Promise<TsharkRow | undefined> {
    const line = await this.#rows.next();
    if (line.done !== true) {
      const [frame, ...fields] = line.value.split('\t');
      return { frame: Number(frame), fields };
    }
    const status = await this.#ended;
    // 2 is what it ends with where the file is cut short or damaged, which is told by whoever reads it here.
    if (status === 0 || status === 2) return undefined;
    const said = this.#stderr.replace(/^Running as user "root".*\n/, '').trim();
    throw new Fault(
      `tshark failed (${said === '' ? `status ${status}` : said}): run it on the file to see why`,
      EXIT.failed,
    );
  }

  close(): void {
    this.#process.kill();
  }
}
