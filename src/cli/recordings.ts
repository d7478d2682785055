// Recordings of a command's connections. The first is named as asked; others, if there are, `run-2.pcapng` and so on. What
// never becomes a connection at a listener (somebody else's client, a port scan) leaves no file.
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, parse } from 'node:path';
import { type Driver, record, type RecordingOptions } from '../carrier/index.ts';
import { type CommandDescription } from './run-description.ts';
import { type RecordingNote } from './summary.ts';

/** What is kept of every segment. */
export type Snap = NonNullable<RecordingOptions['snap']>;

/** What recordings say of themselves. */
export interface RecordingAbout {
  label: 'sender' | 'receiver';
  run: CommandDescription;
}

export interface Attached {
  /** There is a connection: the file gets its name. */
  keep(): void;
  /** Marks this moment in it. */
  mark(text: string): void;
  /** Completes the file, or removes it if it was not to be kept. Where it lies at last, for the summary. */
  finish(): Promise<RecordingNote>;
}

export class Recordings {
  readonly #file: string;
  readonly #snap: Snap;
  readonly #failed: (error: Error) => void;
  readonly #about: RecordingAbout;
  #attached = 0;
  #kept = 0;

  /** `failed` is told once for each recording that cannot be written. */
  constructor(file: string, snap: Snap, about: RecordingAbout, failed: (error: Error) => void) {
    this.#about = about;
    this.#file = file;
    this.#snap = snap;
    this.#failed = failed;
  }

  /** Standard output, a pipe, a device: it can hold one recording at a time, and has its name already. */
  get isStream(): boolean {
    return this.#file === '-' || (existsSync(this.#file) && !statSync(this.#file).isFile());
  }

  /** To be called in `opened`, before the first segment. */
  attach(driver: Driver, keeping: 'always' | 'when-connected'): Attached {
    this.#attached++;
    const isDirect = keeping === 'always' || this.isStream;
    const file = isDirect ? this.#file : `${this.#file}.${this.#attached}.pending`;
    const recording = record(driver, { ...this.#about, file, snap: this.#snap, failed: this.#failed });
    let kept = isDirect ? this.#file : undefined;
    return {
      keep: () => {
        if (kept !== undefined) return;
        kept = this.#nextName();
        if (existsSync(file)) renameSync(file, kept);
      },
      mark: (text) => recording.mark(text),
      finish: async () => {
        await recording.finish();
        // Where much is going on it was kept before there was a file of it: a file is opened when the system comes to it.
        if (kept !== undefined && kept !== file && existsSync(file)) renameSync(file, kept);
        if (kept === undefined) rmSync(file, { force: true });
        return { file: kept ?? file, octets: recording.octets, error: recording.error?.message ?? null };
      },
    };
  }

  #nextName(): string {
    this.#kept++;
    if (this.#kept === 1) return this.#file;
    const { dir, name, ext } = parse(this.#file);
    return join(dir, `${name}-${this.#kept}${ext}`);
  }
}
