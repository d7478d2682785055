// tshark as the tests use it: its verdict on every segment of a file, row by row, and ours beside it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import {
  CaptureReader,
  comparable,
  fieldsOf,
  infoOf,
  type ReadReport,
  TSHARK_FIELDS,
  Wireshark,
} from '../../src/trace/index.ts';

/** In CI its absence is a failure; elsewhere tests that need it are skipped, with the cure. */
const isSkipped = spawnSync('tshark', ['--version']).status !== 0 && process.env['CI'] !== 'true';
export const withTshark = isSkipped ? test.skip : test;
export const title = (claim: string): string => (isSkipped ? `${claim} (needs tshark: apt-get install tshark)` : claim);

export interface Row {
  frame: number;
  /** Of TSHARK_FIELDS. */
  fields: string[];
  /** The info column up to the length: options stand in the header's order there. */
  info: string;
}

const toLength = (info: string): string => info.replace(/( Len=\d+).*$/, '$1');

const FIELDS = ['frame.number', ...TSHARK_FIELDS, '_ws.col.Info'].flatMap((name) => ['-e', name]);

function args(file: string): string[] {
  return ['-n', '-r', file, '-Y', 'tcp', '-T', 'fields', '-E', 'occurrence=f', ...FIELDS];
}

function rowsOf(stdout: string): Row[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [frame, ...texts] = line.split('\t');
      return { frame: Number(frame), fields: comparable(texts.slice(0, -1)), info: toLength(texts.at(-1)!) };
    });
}

/** What tshark says of every segment. @throws Error if it does not run */
export function theirs(octets: Uint8Array): Row[] {
  const folder = mkdtempSync(join(tmpdir(), 'sash-'));
  try {
    const file = join(folder, 'capture');
    writeFileSync(file, octets);
    const { status, stdout, stderr, error } = spawnSync('tshark', args(file), { encoding: 'utf8', maxBuffer: 2 ** 30 });
    if (error !== undefined || (status !== 0 && stdout === '')) {
      throw new Error(`tshark does not run (apt-get install tshark): ${error?.message ?? stderr}`);
    }
    return rowsOf(stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The same of a capture that is still being made: it reads what is written, meanwhile, on the other processor. */
export class Tshark {
  // Through `cat`: what Node calls a pipe is a socket, which tshark does not read.
  readonly #process = spawn('sh', ['-c', 'cat | tshark "$@"', 'sh', ...args('-')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  readonly #ended: Promise<string>;

  constructor() {
    const chunks: Buffer[] = [];
    this.#process.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    this.#ended = new Promise((resolve, reject) => {
      this.#process.once('error', (cause) =>
        reject(new Error('tshark does not run (apt-get install tshark)', { cause })),
      );
      this.#process.once('close', () => resolve(Buffer.concat(chunks).toString()));
    });
  }

  async write(octets: Uint8Array): Promise<void> {
    await new Promise((resolve) => this.#process.stdin.write(octets, resolve));
  }

  async rows(): Promise<Row[]> {
    this.#process.stdin.end();
    return rowsOf(await this.#ended);
  }
}

/** What we say. */
export function ours(octets: Uint8Array, size = 65_536): { rows: Row[]; report: Readonly<ReadReport> } {
  const rows: Row[] = [];
  const wireshark = new Wireshark();
  const reader = new CaptureReader({
    packet(packet) {
      const verdict = wireshark.judge(packet);
      rows.push({
        frame: packet.number,
        fields: fieldsOf(packet, verdict),
        info: toLength(infoOf(packet, verdict)),
      });
    },
    forgotten: (conversation) => wireshark.forgotten(conversation),
  });
  for (let at = 0; at < octets.length; at += size) reader.push(octets.subarray(at, at + size));
  return { rows, report: reader.end() };
}

/** The first segments on which two accounts differ, in words; none if they agree. */
export function differences(mine: readonly Row[], other: readonly Row[], most = 10): string[] {
  const found: string[] = [];
  if (mine.length !== other.length) found.push(`${mine.length} segments here, ${other.length} there`);
  for (let index = 0; index < Math.min(mine.length, other.length) && found.length < most; index++) {
    const [a, b] = [mine[index]!, other[index]!];
    if (a.frame !== b.frame) found.push(`frame ${a.frame} here, ${b.frame} there`);
    for (const [column, name] of TSHARK_FIELDS.entries()) {
      if (a.fields[column] === b.fields[column]) continue;
      found.push(`frame ${a.frame}: ${name} is '${a.fields[column]}' here, '${b.fields[column]}' there`);
    }
    if (a.info !== b.info) found.push(`frame ${a.frame}: '${a.info}' here, '${b.info}' there`);
  }
  return found;
}
