// A recording of one driver's connection, written as it happens. A slow disk holds the driver back: at eight mebibytes that
// wait to be written nothing is taken off the carrier and nothing leaves, and the time is charged to 'recorder'. A disk that
// fails ends the recording, is reported once, and the transfer goes on.
import { createWriteStream, readFileSync } from 'node:fs';
import { type Writable } from 'node:stream';
import { Recorder, type Snap } from '../trace/index.ts';
import { type Driver } from './driver.ts';
import { isWaitable, streamOver } from './streams.ts';

export interface RecordingOptions {
  /** A path, or '-' for standard output. */
  file: string;
  /** Of every segment its headers, or all. */
  snap?: Snap;
  /** Whose point of view it is, for those who read it: 'sender', 'receiver'. By default 'client' or 'server'. */
  label?: string;
  /** How to run it again, for those who read it: kept as JSON. */
  run?: object;
  /** Called once, if the recording cannot be written. */
  failed?: (error: Error) => void;
}

export interface Recording {
  readonly file: string;
  /** Octets recorded, written or waiting to be. */
  readonly octets: number;
  readonly error: Error | undefined;
  /** Puts a mark into it, for whoever reads it. */
  mark(text: string): void;
  /** Writes what is missing and closes the file; resolves also where the recording has failed. May be called again. */
  finish(): Promise<void>;
}

/** Octets that may wait for the disk, and at how many of them the driver goes on. */
const MOST_WAITING = 8 * 1_048_576;
const FEW_WAITING = 4 * 1_048_576;
/** How long, in milliseconds, what was recorded may wait for its slab to fill. */
const FLUSH_INTERVAL = 200;

/** Records from now on: in `opened`, before the first segment, to miss nothing. */
export function record(driver: Driver, options: RecordingOptions): Recording {
  return new FileRecording(driver, options);
}

class FileRecording implements Recording {
  readonly file: string;
  error: Error | undefined = undefined;
  readonly #driver: Driver;
  readonly #failed: ((error: Error) => void) | undefined;
  readonly #stream: Writable;
  readonly #recorder: Recorder;
  readonly #timer: NodeJS.Timeout;
  #waiting = 0;
  #isPausing = false;
  #finished: Promise<void> | undefined;

  constructor(driver: Driver, options: RecordingOptions) {
    const { clock, connection, local, remote, opens } = driver;
    this.file = options.file;
    this.#driver = driver;
    this.#failed = options.failed;
    this.#stream = options.file === '-' ? standardOutput() : createWriteStream(options.file);
    this.#stream.on('error', this.#fail);
    this.#recorder = new Recorder(
      {
        sink: (octets) => this.#take(octets),
        local: { address: withoutZone(local.address), port: local.port },
        remote: { address: withoutZone(remote.address), port: remote.port },
        label: options.label ?? (opens === 'actively' ? 'client' : 'server'),
        application: application(),
        anchor: { epochMs: Number(clock.startedAt) / 1e6, at: 0 },
        configuration: connection.tcb.options,
        ...(options.snap === undefined ? {} : { snap: options.snap }),
        ...(options.run === undefined ? {} : { run: options.run }),
      },
      clock.now(),
    );
    // Not while the disk has something to do: a slab that is handed over is taken up whole, however little is in it.
    this.#timer = setInterval(() => {
      if (this.#waiting === 0) this.#recorder.flush();
    }, FLUSH_INTERVAL).unref();
    connection.observe(this.#recorder);
  }

  get octets(): number {
    return this.#recorder.octets;
  }

  mark(text: string): void {
    if (this.error === undefined && this.#finished === undefined) this.#recorder.marker(text, this.#driver.clock.now());
  }

  finish(): Promise<void> {
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  async #finish(): Promise<void> {
    if (this.error !== undefined) return;
    this.#detach();
    this.#recorder.finish(this.#driver.clock.now(), true);
    await new Promise<void>((resolve) => {
      this.#stream.once('error', () => resolve());
      // Standard output is not ours to end: it is enough that all before this empty write is out.
      if (this.file === '-') this.#stream.write('', () => resolve());
      else this.#stream.end(() => resolve());
    });
    this.#stream.off('error', this.#fail);
  }

  #take(octets: Uint8Array): void {
    if (this.error !== undefined) return;
    this.#waiting += octets.length;
    this.#stream.write(octets, (error) => {
      if (error) return; // 'error' follows
      this.#waiting -= octets.length;
      this.#recorder.recycle(octets);
      if (this.#isPausing && this.#waiting < FEW_WAITING) this.#resume();
    });
    if (this.#waiting < MOST_WAITING || this.#isPausing) return;
    // This is called from inside the core, which cannot be held right now.
    this.#isPausing = true;
    process.nextTick(() => {
      if (this.#isPausing) this.#driver.pause();
    });
  }

  #resume(): void {
    this.#isPausing = false;
    this.#driver.resume();
  }

  #detach(): void {
    clearInterval(this.#timer);
    this.#driver.connection.unobserve(this.#recorder);
    if (this.#isPausing) this.#resume();
  }

  readonly #fail = (error: Error): void => {
    if (this.error !== undefined) return;
    this.error = error;
    this.#detach();
    this.#stream.on('error', () => {}); // one report is enough
    this.#failed?.(error);
  };
}

/** Not `process.stdout`: a write to a pipe would hold up the whole process until somebody has read. */
function standardOutput(): Writable {
  return isWaitable(1) ? streamOver(1, 'writing') : createWriteStream('', { fd: 1, autoClose: false });
}

/** `fe80::1%eth0` is an address and a zone: packets hold the address. */
function withoutZone(address: string): string {
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}

let named: string | undefined;

/** What records, with its version. */
function application(): string {
  if (named !== undefined) return named;
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const { name, version } = JSON.parse(text) as { name: string; version: string };
  named = `${name} ${version}`;
  return named;
}
