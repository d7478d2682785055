// A capture in a file, or on standard input, read in chunks into a sink at the pace of whoever takes it, with progress on a
// terminal; and what is said of files that are missing, empty, foreign or damaged.
import { createReadStream, statSync } from 'node:fs';
import { type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { formatSize } from '../app/index.ts';
import { CaptureReader, type CaptureSink, isDamage, type ReadFault, type ReadReport } from '../trace/index.ts';
import { codeOf, EXIT, Fault, fileSentence, messageOf, usage } from './faults.ts';
import { Talk } from './talk.ts';

const CHUNK = 1_048_576;
/** Progress is shown of what takes longer than this. */
const PATIENCE_MS = 500;
const REDRAW_MS = 200;

export interface ReadOptions {
  /** Tells on a terminal how far reading has come; true unless said otherwise. */
  progress?: boolean;
  /** Called after each chunk: to write what came of it, and to stop by saying so. */
  between?: () => Promise<'go-on' | 'stop'>;
}

/** What reading came to, and, of a compressed file that is damaged itself, how. */
export interface FileReport extends ReadReport {
  damage?: string;
}

/** What messages call FILE. */
export function captureName(file: string): string {
  return file === '-' ? 'standard input' : file;
}

/**
 * Reads a whole capture, pcapng or pcap, compressed by gzip or not; `-` is standard input. What the file holds that cannot be read
 * stands in the report: once all is said that could be, give that to `checkReport`.
 * @throws Fault where there is nothing to read: no such file, an empty one, none that is a capture
 */
export async function readCapture(file: string, sink: CaptureSink, options: ReadOptions = {}): Promise<FileReport> {
  return feedCapture(file, new CaptureReader(sink), options);
}

/** The same with a reader that is there already. @throws Fault */
export async function feedCapture(
  file: string,
  reader: CaptureReader,
  { progress = true, between }: ReadOptions = {},
): Promise<FileReport> {
  const name = captureName(file);
  const input = open(file);
  const status = progress ? new Progress(file, name, input) : undefined;
  let octets = 0;
  let isStopped = false;
  let damage: string | undefined;
  try {
    for await (const chunk of await expand(input)) {
      octets += (chunk as Uint8Array).length;
      reader.push(chunk as Uint8Array);
      status?.update();
      isStopped = (await between?.()) === 'stop';
      if (reader.isBroken || isStopped) break;
    }
  } catch (error) {
    damage = damageOf(error, name, octets);
  } finally {
    status?.close();
    input.destroy();
  }
  if (isStopped) return reader.report;
  const report = concluded(reader, name, octets);
  return damage === undefined ? report : { ...report, damage };
}

/** What is wrong with a compressed file some of which could be read. @throws Fault where nothing could */
function damageOf(error: unknown, name: string, octets: number): string {
  const code = codeOf(error);
  // Others than the system's are our own mistakes, and no matter of the file.
  if (code === undefined) throw error;
  if (octets === 0 || !code.startsWith('Z_')) throw usage(readSentence(error, name), error);
  return messageOf(error);
}

function concluded(reader: CaptureReader, name: string, octets: number): ReadReport {
  if (octets === 0) throw usage(`${name} is empty: there is nothing in it to read`);
  const report = reader.end();
  if (report.faults['not-a-capture'] !== undefined && report.packets + report.records === 0) {
    throw usage(`${name} is not a capture: it is neither pcapng, in which \`--record\` writes, nor pcap`);
  }
  return report;
}

function open(file: string): Readable {
  return file === '-' ? process.stdin : createReadStream(file, { highWaterMark: CHUNK });
}

/** Captures are often kept compressed: gzip is undone. */
async function expand(input: Readable): Promise<AsyncIterable<unknown>> {
  const chunks = input[Symbol.asyncIterator]();
  const first = await chunks.next();
  const all = (async function* () {
    for (let next = first; next.done !== true; next = await chunks.next()) yield next.value as unknown;
  })();
  const head = first.value as Uint8Array | undefined;
  if (first.done === true || head![0] !== 0x1f || head![1] !== 0x8b) return all;
  const gunzip = createGunzip({ chunkSize: CHUNK });
  void pour(all, gunzip);
  return gunzip;
}

async function pour(from: AsyncIterable<unknown>, to: ReturnType<typeof createGunzip>): Promise<void> {
  try {
    for await (const chunk of from) {
      if (to.destroyed) return;
      if (!to.write(chunk)) await new Promise((resolve) => to.once('drain', resolve).once('close', resolve));
    }
    to.end();
  } catch (error) {
    to.destroy(error as Error);
  }
}

function readSentence(error: unknown, name: string): string {
  if (codeOf(error)?.startsWith('Z_') === true) {
    return `${name} is compressed, and damaged from its beginning (${(error as Error).message}): there is nothing in it to read`;
  }
  return fileSentence(error, name, 'read').replace(/, or (?:use --bytes|send `tar).*$/, '');
}

class Progress {
  readonly #name: string;
  readonly #input: Readable;
  readonly #total: number | undefined;
  readonly #talk = new Talk({ isQuiet: false });
  readonly #began = performance.now();
  #drawn = 0;

  constructor(file: string, name: string, input: Readable) {
    this.#name = name;
    this.#input = input;
    this.#total = file === '-' ? undefined : statSync(file, { throwIfNoEntry: false })?.size;
  }

  update(): void {
    const now = performance.now();
    if (!this.#talk.isLive || now - this.#began < PATIENCE_MS || now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    const read = 'bytesRead' in this.#input ? Number(this.#input.bytesRead) : 0;
    const share =
      this.#total === undefined ? '' : `${Math.floor((100 * read) / this.#total)} % of ${formatSize(this.#total)}`;
    this.#talk.draw([`reading ${this.#name}: ${share === '' ? formatSize(read) : share}`]);
  }

  close(): void {
    this.#talk.erase();
  }
}

/**
 * To be called when all is said of what could be read; says what could not. What is merely not TCP is a remark on standard error,
 * what is damaged a fault. @throws Fault
 */
export function checkReport(report: Readonly<FileReport>, file: string): void {
  const name = captureName(file);
  const { faults, lostOctets, forgottenConversations, damage: unpacking } = report;
  if (forgottenConversations > 0) {
    remark(
      `${name}: more conversations at once than can be followed; ${forgottenConversations} silent ones were let go`,
    );
  }
  const met = Object.entries(faults) as [ReadFault, number][];
  const others = met.filter(([fault]) => !isDamage(fault));
  if (others.length > 0) remark(`${name}: not whole TCP segments, and passed over: ${counts(others)}`);
  if (unpacking !== undefined) {
    throw new Fault(`${name} is compressed, and damaged (${unpacking}); all before that was read`, EXIT.failed);
  }
  if (faults.truncated !== undefined) {
    throw new Fault(
      `${name} is cut short: its last ${lostOctets} octets are part of something; all before them was read`,
      EXIT.failed,
    );
  }
  const damage = met.filter(([fault]) => isDamage(fault));
  if (damage.length > 0) {
    throw new Fault(`${name} holds what could not be read (${counts(damage)}); the rest was read`, EXIT.failed);
  }
}

function counts(faults: readonly [ReadFault, number][]): string {
  return faults.map(([fault, count]) => `${count} × ${fault}`).join(', ');
}

function remark(text: string): void {
  process.stderr.write(`sash: ${text}\n`);
}
