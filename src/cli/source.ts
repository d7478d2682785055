// Where the octets to send come from: a file, standard input, a pattern. A block, once given, belongs to the connection,
// which keeps views of it until they are acknowledged; so each block is memory of its own.
import { closeSync, constants, fstatSync, openSync, read, type Stats } from 'node:fs';
import { promisify } from 'node:util';
import { type Readable } from 'node:stream';
import { fillPattern } from '../app/index.ts';
import { fileSentence, usage } from './faults.ts';
import { isWaitable, streamOver } from '../carrier/index.ts';

export interface Source {
  /** For people. */
  readonly name: string;
  /** Octets in all, where that is known beforehand. */
  readonly size: number | undefined;
  /** The next octets, at least one; undefined at the end. */
  next(): Promise<Uint8Array | undefined> | Uint8Array | undefined;
  /** Callable more than once. */
  close(): void;
  /** A sentence for an error of `next`. */
  explain(error: unknown): string;
}

const BLOCK = 131_072;

/** What FILE and `--bytes` name. @throws Fault where that cannot be read */
export function sourceFor(file: string | undefined, bytes: number | undefined): Source {
  if (file !== undefined && bytes !== undefined) throw usage('FILE and --bytes are both given: choose one of the two');
  if (bytes !== undefined) return new PatternSource(bytes);
  if (file === undefined)
    throw usage('nothing to send: name a FILE, - for standard input, or --bytes 100MiB for a pattern');
  if (file === '-') return standardInput();
  return openFile(file);
}

class PatternSource implements Source {
  readonly name = 'a pattern';
  readonly size: number;
  #at = 0;

  constructor(size: number) {
    this.size = size;
  }

  next(): Uint8Array | undefined {
    const block = Buffer.allocUnsafeSlow(Math.min(BLOCK, this.size - this.#at)); // filled at once: need not be zero before
    if (block.length === 0) return undefined;
    fillPattern(block, this.#at);
    this.#at += block.length;
    return block;
  }

  close(): void {}

  explain(error: unknown): string {
    return String(error);
  }
}

const reading = promisify(read);

class FileSource implements Source {
  readonly name: string;
  readonly size: number | undefined;
  readonly #fd: number;
  #isClosed = false;

  constructor(name: string, fd: number, stat: Stats) {
    this.name = name;
    this.#fd = fd;
    this.size = stat.isFile() ? stat.size : undefined;
  }

  async next(): Promise<Uint8Array | undefined> {
    const block = Buffer.allocUnsafeSlow(BLOCK);
    const { bytesRead } = await reading(this.#fd, block, 0, BLOCK, null);
    return bytesRead === 0 ? undefined : block.subarray(0, bytesRead);
  }

  close(): void {
    if (this.#fd > 2 && !this.#isClosed) closeSync(this.#fd);
    this.#isClosed = true;
  }

  explain(error: unknown): string {
    return fileSentence(error, this.name, 'read');
  }
}

/** A pipe, a socket or a terminal. Node reads at most one block of it ahead. */
class StreamSource implements Source {
  readonly name: string;
  readonly size = undefined;
  readonly #stream: Readable;
  readonly #blocks: AsyncIterator<Buffer>;

  constructor(name: string, stream: Readable) {
    this.name = name;
    this.#stream = stream;
    this.#blocks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async next(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#blocks.next();
    return done === true ? undefined : value;
  }

  close(): void {
    this.#stream.destroy();
  }

  explain(error: unknown): string {
    return fileSentence(error, this.name, 'read');
  }
}

function standardInput(): Source {
  const stat = fstatSync(0);
  if (stat.isDirectory()) throw usage('standard input is a folder: send `tar c` of it through a pipe');
  if (isWaitable(0)) return new StreamSource('standard input', streamOver(0, 'reading'));
  return process.stdin.isTTY
    ? new StreamSource('standard input', process.stdin)
    : new FileSource('standard input', 0, stat);
}

function openFile(file: string): Source {
  try {
    // Opening a named pipe waits for its writer, as for every program.
    const fd = openSync(file, constants.O_RDONLY);
    const stat = fstatSync(fd);
    if (stat.isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
    return isWaitable(fd) ? new StreamSource(file, streamOver(fd, 'reading')) : new FileSource(file, fd, stat);
  } catch (error) {
    throw usage(fileSentence(error, file, 'read'), error);
  }
}
