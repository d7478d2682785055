// `sash trace flags FILE --against tshark`: both read the file side by side, in constant memory, and every difference is shown.
import { type CaptureSink, comparable, fieldsOf, FLAG_NAMES, TSHARK_FIELDS, Wireshark } from '../trace/index.ts';
import { noStream } from './capture-choice.ts';
import { checkReport, readCapture } from './capture-file.ts';
import { EXIT, type ExitCode } from './faults.ts';
import { Output } from './output.ts';
import { Tshark, TSHARK_VERSION, type TsharkRow, tsharkVersion } from './tshark.ts';

interface Row {
  frame: number;
  stream: number;
  fields: string[];
}

/** Exit code 1 where there is a difference. @throws Fault */
export async function flagsAgainst(file: string, stream: number | undefined): Promise<ExitCode> {
  const version = tsharkVersion();
  const isSame = version.startsWith(TSHARK_VERSION.replace(/\d+$/, ''));
  if (!isSame) {
    const other = `tshark here is ${version}, whose rules may differ from those of ${TSHARK_VERSION}, which sash follows`;
    process.stderr.write(`sash: ${other}: what differs may be that (docs/wireshark.md)\n`);
  }
  const out = new Output();
  const comparison = new Comparison(new Tshark(file), out);
  const wireshark = new Wireshark();
  let rows: Row[] = [];
  const sink: CaptureSink = {
    packet(packet) {
      const verdict = wireshark.judge(packet);
      const { index } = packet.conversation;
      if (stream === undefined || index === stream) {
        rows.push({ frame: packet.number, stream: index, fields: fieldsOf(packet, verdict) });
      }
    },
    forgotten: (conversation) => wireshark.forgotten(conversation),
  };
  try {
    const between = async (): Promise<'go-on' | 'stop'> => {
      for (const row of rows) await comparison.take(row, stream);
      rows = [];
      return out.flush();
    };
    const report = await readCapture(file, sink, { between });
    await between();
    await comparison.end(stream);
    await out.flush();
    if (out.isClosed) return EXIT.done;
    if (stream !== undefined && stream >= report.conversations) throw noStream(file, stream, report.conversations);
    const { rows: compared, differences } = comparison;
    const verdict = differences === 0 ? 'no difference' : `${differences} differ`;
    process.stderr.write(`sash: ${compared} segments compared with tshark ${version}: ${verdict}\n`);
    checkReport(report, file);
    return differences === 0 ? EXIT.done : EXIT.failed;
  } finally {
    comparison.close();
  }
}

class Comparison {
  rows = 0;
  /** Segments on which the two do not agree. */
  differences = 0;
  readonly #tshark: Tshark;
  readonly #out: Output;
  /** A row that is further on than ours. */
  #waiting: TsharkRow | undefined = undefined;

  constructor(tshark: Tshark, out: Output) {
    this.#tshark = tshark;
    this.#out = out;
  }

  close(): void {
    this.#tshark.close();
  }

  async take(ours: Row, stream: number | undefined): Promise<void> {
    this.rows++;
    let theirs = await this.#next();
    while (theirs !== undefined && theirs.frame < ours.frame) {
      this.#alone(theirs, stream);
      theirs = await this.#next();
    }
    if (theirs === undefined || theirs.frame > ours.frame) {
      this.#waiting = theirs;
      this.#differ(ours.frame, ours.stream, [`here ${flagsOf(ours.fields)}`, 'tshark has no segment there']);
      return;
    }
    const texts = comparable(theirs.fields);
    if (ours.fields.every((text, column) => text === texts[column])) return;
    this.#differ(ours.frame, ours.stream, differing(ours.fields, texts));
  }

  /** What tshark has beyond our last. */
  async end(stream: number | undefined): Promise<void> {
    for (let row = await this.#next(); row !== undefined; row = await this.#next()) this.#alone(row, stream);
  }

  async #next(): Promise<TsharkRow | undefined> {
    const row = this.#waiting ?? (await this.#tshark.next());
    this.#waiting = undefined;
    return row;
  }

  #alone({ frame, fields }: TsharkRow, stream: number | undefined): void {
    if (stream !== undefined && fields[0] !== String(stream)) return;
    this.#differ(frame, Number(fields[0]), ['no segment here', `tshark ${flagsOf(comparable(fields))}`]);
  }

  #differ(frame: number, stream: number, what: readonly string[]): void {
    this.differences++;
    this.#out.line(`${String(frame).padStart(6)} [${stream}] ${what.join('; ')}`);
  }
}

function flagsOf(fields: readonly string[]): string {
  const flagsAt = TSHARK_FIELDS.length - FLAG_NAMES.length;
  const names = FLAG_NAMES.filter((_, index) => fields[flagsAt + index] === 'true');
  return names.length === 0 ? 'no flags' : names.join(' ');
}

/** Both verdicts, and the numbers beside the flags that differ. */
function differing(ours: readonly string[], theirs: readonly string[]): string[] {
  const flagsAt = TSHARK_FIELDS.length - FLAG_NAMES.length;
  const numbers = TSHARK_FIELDS.slice(0, flagsAt).flatMap((name, column) => {
    if (ours[column] === theirs[column]) return [];
    return `${name} here ${ours[column] || 'none'}, tshark ${theirs[column] || 'none'}`;
  });
  return [`here ${flagsOf(ours)}`, `tshark ${flagsOf(theirs)}`, ...numbers];
}
