// Where received octets go. A write that is not done at once returns a promise, and the next comes only after it: octets are
// forgotten by the receive buffer when they are where they belong, so that a slow disk closes the window.
import { closeSync, constants, type Stats, statSync, accessSync, openSync } from 'node:fs';
import { fsync, rename, write } from 'node:fs';
import { type Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { codeOf, fileSentence, usage } from './faults.ts';
import { isWaitable, streamOver } from '../carrier/index.ts';

/** What became of the octets. */
export interface Stored {
  /** The file that holds them; undefined if none does. */
  file: string | undefined;
  /** It is the beginning only, under another name. */
  isPartial: boolean;
}

export interface Sink {
  /** Before the first octet. @throws Fault */
  open(): void;
  /** Undefined if done at once. The octets must not change until then. */
  write(octets: Uint8Array): Promise<void> | undefined;
  /** All octets have come. */
  complete(): Promise<Stored>;
  /** No more will come. */
  abandon(): Stored;
  /** A sentence for an error of `write` or `complete`. */
  explain(error: unknown): string;
}

/** What `--out` names. @throws Fault where that cannot work */
export function sinkFor(out: string | undefined): Sink {
  if (out === undefined) return new Discard();
  if (out === '-')
    return isWaitable(1) ? new StreamSink(() => streamOver(1, 'writing')) : new FileSink('standard output', 1);
  const stat = statSync(out, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isFile()) return special(out, stat);
  try {
    accessSync(dirname(out), constants.W_OK);
  } catch (error) {
    throw usage(fileSentence(error, out, 'write'), error);
  }
  return new FileSink(out);
}

class Discard implements Sink {
  open(): void {}

  write(): undefined {
    return undefined;
  }

  complete(): Promise<Stored> {
    return Promise.resolve(this.abandon());
  }

  abandon(): Stored {
    return { file: undefined, isPartial: false };
  }

  explain(error: unknown): string {
    return String(error);
  }
}

const writing = promisify(write);

/** A file, written beside its target and renamed when all is there; or a descriptor, written as it is. */
class FileSink implements Sink {
  readonly #target: string;
  readonly #partial: string | undefined;
  #fd: number | undefined;

  constructor(target: string, fd?: number) {
    this.#target = target;
    this.#fd = fd;
    this.#partial = fd === undefined ? join(dirname(target), `${basename(target)}.partial`) : undefined;
  }

  open(): void {
    if (this.#partial === undefined) return;
    try {
      this.#fd = openSync(this.#partial, 'w');
    } catch (error) {
      throw usage(fileSentence(error, this.#partial, 'write'), error);
    }
  }

  async write(octets: Uint8Array): Promise<void> {
    let at = 0;
    while (at < octets.length) {
      // A disk that fills up takes a part first, and says ENOSPC to the rest.
      const { bytesWritten } = await writing(this.#fd!, octets, at, octets.length - at, null);
      at += bytesWritten;
    }
  }

  async complete(): Promise<Stored> {
    if (this.#partial === undefined) return { file: this.#target, isPartial: false };
    await promisify(fsync)(this.#fd!);
    this.#close();
    await promisify(rename)(this.#partial, this.#target);
    return { file: this.#target, isPartial: false };
  }

  abandon(): Stored {
    this.#close();
    return { file: this.#partial ?? this.#target, isPartial: true };
  }

  explain(error: unknown): string {
    return fileSentence(error, this.#target, 'write');
  }

  #close(): void {
    if (this.#fd !== undefined && this.#partial !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** A pipe or socket. */
class StreamSink implements Sink {
  readonly #opened: () => Socket;
  #stream: Socket | undefined;
  #error: Error | undefined;

  constructor(opened: () => Socket) {
    this.#opened = opened;
  }

  open(): void {
    this.#stream = this.#opened();
    // Whoever reads may go away between two writes: the next one tells.
    this.#stream.on('error', (error) => {
      this.#error ??= error;
    });
  }

  write(octets: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) {
        reject(this.#error);
        return;
      }
      this.#stream!.write(octets, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(error);
      });
    });
  }

  complete(): Promise<Stored> {
    return Promise.resolve({ file: 'standard output', isPartial: false });
  }

  abandon(): Stored {
    return { file: 'standard output', isPartial: true };
  }

  explain(error: unknown): string {
    return fileSentence(error, 'standard output', 'write');
  }
}

/** What is there already and is no plain file: a device or a named pipe is written as it is. */
function special(out: string, stat: Stats): Sink {
  if (stat.isDirectory())
    throw usage(fileSentence(Object.assign(new Error('is a directory'), { code: 'EISDIR' }), out, 'write'));
  try {
    if (!stat.isFIFO()) return new FileSink(out, openSync(out, 'w'));
    const fd = openSync(out, constants.O_WRONLY | constants.O_NONBLOCK);
    return new StreamSink(() => streamOver(fd, 'writing'));
  } catch (error) {
    if (codeOf(error) === 'ENXIO')
      throw usage(`nobody reads the pipe ${out}: start its reader first, as in: cat ${out}`, error);
    throw usage(fileSentence(error, out, 'write'), error);
  }
}
