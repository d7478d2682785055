// The file of a recording: its head, and the interfaces of those who write into it. One recorder has a file to itself, unless
// several points of view are asked for in one.
import { type Instant } from '../tcp/index.ts';
import { PcapngWriter, type Snap } from './pcapng-writer.ts';
import { type Sink } from './slab.ts';
import { type RecordingBegins, VOCABULARY_VERSION } from './vocabulary.ts';

export interface RecordingFileOptions {
  /** Takes the octets, in order; see `Sink` for whose they are. */
  sink: Sink;
  /** What records, with its version: `sash 0.1.0`. */
  application: string;
  /** What the wall clock said, in milliseconds since 1970 (fractions welcome), at an Instant. */
  anchor: { epochMs: number; at: Instant };
  /** For people, in the file's head. */
  comment?: string;
  /** Whose point of view it is, where that is one. */
  label?: string;
  /** Octets of every segment kept: headers (the default) or all. */
  snap?: Snap;
}

/** What a point of view says of itself. */
export interface ViewOptions extends Pick<RecordingBegins, 'application' | 'label' | 'local' | 'remote'> {
  configuration: object;
  run?: object;
  /** For people, beside the interface's name. */
  about?: string;
}

export class RecordingFile {
  readonly writer: PcapngWriter;
  /** The wall clock at Instant 0, in nanoseconds since 1970. */
  readonly epochNs: bigint;

  constructor({ sink, application, anchor, comment, label, snap = 'headers' }: RecordingFileOptions) {
    const anchorNs = BigInt(Math.round(anchor.epochMs * 1e6)) - BigInt(anchor.at);
    this.epochNs = anchorNs > 0n ? anchorNs : 0n; // pcapng's time begins in 1970
    this.writer = new PcapngWriter(sink, snap, this.epochNs);
    const kept = snap === 'full' ? 'whole segments' : 'headers only, TCP checksums left 0';
    const whose = label === undefined ? '' : `${label}: `;
    const about = `${whose}${kept}; windows, timers, reads and writes in blocks 0x80534153`;
    this.writer.begin(application, comment === undefined ? about : `${comment}\n${about}`);
  }

  /** The first record of one more point of view, on an interface of its own; gives the interface's number. */
  addView({ application, label, about, local, remote, configuration, run }: ViewOptions, now: Instant): number {
    const { writer } = this;
    writer.at = writer.addInterface(label, about);
    const begins = {
      version: VOCABULARY_VERSION,
      application,
      label,
      local,
      remote,
      epochNs: `${this.epochNs}`,
      configuration,
      ...(run === undefined ? {} : { run }),
    };
    writer.textRecord('recording', JSON.stringify(begins), now);
    return writer.at;
  }
}
