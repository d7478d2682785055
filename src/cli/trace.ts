// `sash trace show`: a capture as lines, read and written piece by piece. A reader who has seen enough
// (`… | head`) is no error.
import { type Happening, PcapngReader, Show } from '../trace/index.ts';
import { chosenStream, noStream, ofStream } from './capture-choice.ts';
import { checkReport, feedCapture } from './capture-file.ts';
import { EXIT, type ExitCode, usage } from './faults.ts';
import { type Given } from './flag.ts';
import { Output } from './output.ts';

const TIMES = ['since-previous', 'since-start'] as const;

/** @throws Fault */
export function traceShow(argv: Given): Promise<ExitCode> {
  const times = TIMES.find((name) => name === (argv.times ?? 'since-previous'));
  if (times === undefined)
    throw usage(`--times: "${String(argv.times)}" is not one of them: choose ${TIMES.join(' or ')}`);
  const show = new Show({ times });
  return convert(String(argv.file), chosenStream(argv.stream), (happening) => show.line(happening));
}

async function convert(
  file: string,
  stream: number | undefined,
  line: (happening: Happening) => string,
): Promise<ExitCode> {
  const out = new Output();
  const reader = new PcapngReader(ofStream(stream, (happening) => out.line(line(happening))));
  const report = await feedCapture(file, reader, { between: () => out.flush() });
  await out.flush();
  if (out.isClosed) return EXIT.done;
  if (stream !== undefined && stream >= report.conversations) throw noStream(file, stream, report.conversations);
  checkReport(report, file);
  return EXIT.done;
}
