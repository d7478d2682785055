// `sash trace show` and `sash trace export`: a recording as lines, read and written piece by piece. A reader who has seen
// enough (`… | head`) is no error.
import { createReadStream } from 'node:fs';
import { type Happening, PcapngReader, type ReadReport, Show, toJsonLine } from '../trace/index.ts';
import { EXIT, type ExitCode, Fault, fileSentence, usage } from './faults.ts';
import { type Given } from './flag.ts';
import { didYouMean } from './nearest.ts';

const FORMATS: readonly string[] = ['jsonl'];
const TIMES = ['since-previous', 'since-start'] as const;

/** @throws Fault */
export function traceShow(argv: Given): Promise<ExitCode> {
  const times = TIMES.find((name) => name === (argv.times ?? 'since-previous'));
  if (times === undefined)
    throw usage(`--times: "${String(argv.times)}" is not one of them: choose ${TIMES.join(' or ')}`);
  const show = new Show({ times });
  return convert(String(argv.file), (happening) => show.line(happening));
}

/** @throws Fault */
export function traceExport(argv: Given): Promise<ExitCode> {
  const format = String(argv.to);
  if (!FORMATS.includes(format)) {
    throw usage(`--to: "${format}" is not a format: choose ${FORMATS.join(' or ')}.${didYouMean(format, FORMATS)}`);
  }
  return convert(String(argv.file), toJsonLine);
}

async function convert(file: string, line: (happening: Happening) => string): Promise<ExitCode> {
  const name = file === '-' ? 'standard input' : file;
  let lines: string[] = [];
  const reader = new PcapngReader((happening) => lines.push(line(happening)));
  const out = new Output();
  let octets = 0;
  try {
    for await (const chunk of file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 262_144 })) {
      octets += (chunk as Uint8Array).length;
      reader.push(chunk as Uint8Array);
      if (lines.length > 0) await out.write(`${lines.join('\n')}\n`);
      lines = [];
      if (reader.isBroken || out.isClosed) break;
    }
  } catch (error) {
    throw usage(fileSentence(error, name, 'read').replace(/, or (?:use --bytes|send `tar).*$/, ''), error);
  }
  if (out.isClosed) return EXIT.done;
  if (octets === 0) throw usage(`${name} is empty: there is nothing to show`);
  const report = reader.end();
  if (lines.length > 0) await out.write(`${lines.join('\n')}\n`);
  checkReport(report, name);
  return EXIT.done;
}

/** What could be read has been printed; what could not is told. @throws Fault */
function checkReport(report: Readonly<ReadReport>, name: string): void {
  const { faults, lostOctets } = report;
  const isEmpty = report.packets === 0 && report.records === 0;
  if (faults['not-pcapng'] !== undefined || (isEmpty && lostOctets > 0)) {
    throw usage(`${name} is not a recording: it is not in the format pcapng, in which \`--record\` writes`);
  }
  if (faults.truncated !== undefined) {
    throw new Fault(
      `${name} is cut short: its last ${lostOctets} octets are part of something; all before them is shown`,
      EXIT.failed,
    );
  }
  const others = Object.entries(faults).map(([fault, count]) => `${count} × ${fault}`);
  if (others.length > 0) {
    throw new Fault(`${name} holds what could not be read (${others.join(', ')}); the rest is shown`, EXIT.failed);
  }
}

/** Standard output, written at the pace of whoever reads it. */
class Output {
  isClosed = false;

  constructor() {
    process.stdout.on('error', () => {
      this.isClosed = true;
    });
  }

  write(text: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.isClosed) resolve();
      else process.stdout.write(text, () => resolve());
    });
  }
}
