// The recording of somebody who looks at a link: every segment as it passes, both ways, and those that are lost there marked
// as such. It sees no connection from inside, so it has packets, and of the other records only the beginning and the end.
import { type Instant, type Segment } from '../tcp/index.ts';
import { type IpHeader, ipHeader } from '../wire/index.ts';
import { Note, piece, type Piece } from './note.ts';
import { type PcapngWriter } from './pcapng-writer.ts';
import { RecordingFile, type RecordingFileOptions } from './recording-file.ts';
import { type Endpoint } from './vocabulary.ts';

export interface LinkRecorderOptions extends Omit<RecordingFileOptions, 'sink'> {
  sink: RecordingFileOptions['sink'] | RecordingFile;
  /** The name of the interface: `link`. */
  label: string;
  /** Which link that is, for people. */
  about: string;
  /** The two ends of the connection that passes it; of several, the first's. */
  local: Endpoint;
  remote: Endpoint;
  /** What the link is made with; kept as JSON. */
  configuration: object;
  /** How to run it again. */
  run?: object;
}

const LOST = piece('lost: ');
const RULE = piece('rule ');
const BY_RULE = piece(', by rule ');
const COPY = piece('a copy');

export class LinkRecorder {
  readonly #file: PcapngWriter;
  readonly #interface: number;
  readonly #note = new Note();
  /** By source, then by destination. */
  readonly #headers = new Map<string, Map<string, IpHeader>>();
  readonly #reasons = new Map<string, Piece>();

  constructor(options: LinkRecorderOptions, now: Instant) {
    const { sink } = options;
    const file = typeof sink === 'function' ? new RecordingFile({ ...options, sink }) : sink;
    this.#file = file.writer;
    this.#interface = file.addView(options, now);
  }

  /**
   * A segment goes onto the wire, or is lost there: then `why`, a word, and the number of the `rule` that hit it, or 0. Instants
   * must not decrease.
   */
  passes(
    seg: Segment,
    path: { source: string; destination: string },
    fate: { why: string | undefined; rule: number; isCopy: boolean },
    at: Instant,
  ): void {
    const { why, rule, isCopy } = fate;
    const note = this.#note;
    note.clear();
    if (why === 'rule') note.begin(LOST).add(RULE).number(rule);
    else if (why !== undefined) note.begin(LOST).add(this.#reason(why));
    if (why === 'corruption' && rule > 0) note.add(BY_RULE).number(rule);
    if (isCopy) note.begin(COPY);
    const file = this.#file;
    file.at = this.#interface;
    file.isLost = why !== undefined;
    file.packet(this.#header(path.source, path.destination), seg, 'passing', seg.purpose, note, at);
    file.isLost = false;
  }

  finish(now: Instant, complete: boolean, why = ''): void {
    this.#file.at = this.#interface;
    this.#file.textRecord('end', JSON.stringify({ complete, why, connection: null }), now);
    this.#file.flush();
  }

  #header(source: string, destination: string): IpHeader {
    let from = this.#headers.get(source);
    if (from === undefined) this.#headers.set(source, (from = new Map<string, IpHeader>()));
    let header = from.get(destination);
    if (header === undefined) {
      header = ipHeader(source, destination);
      if (header === undefined) throw new RangeError(`a recording needs IP addresses, not '${source}'`);
      from.set(destination, header);
    }
    return header;
  }

  #reason(why: string): Piece {
    let reason = this.#reasons.get(why);
    if (reason === undefined) this.#reasons.set(why, (reason = piece(why)));
    return reason;
  }
}
