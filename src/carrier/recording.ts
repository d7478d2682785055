// A recording of one driver's connection, written as it happens. A slow disk holds the driver back; a disk that fails ends the
// recording, is reported once, and the transfer goes on.
import { type Driver } from './driver.ts';

export interface RecordingOptions {
  /** A path, or '-' for standard output. */
  file: string;
  /** Octets of every segment kept: headers only, or all. */
  snap?: 'headers' | 'full';
  /** Called once, if the recording cannot be written. */
  failed?: (error: Error) => void;
}

export interface Recording {
  readonly file: string;
  /** Octets written, or waiting to be. */
  readonly octets: number;
  readonly error: Error | undefined;
  /** Writes what is missing and closes the file; resolves also where the recording has failed. Callable more than once. */
  finish(): Promise<void>;
}

/** Attach it in `opened`, before the first segment. */
export declare function record(driver: Driver, options: RecordingOptions): Recording;
