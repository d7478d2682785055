// `sash trace summary`: every connection of one or several captures in numbers, and who limited whom in a sentence.
import { type CapturedPacket, Study, summarize, Summed, type SummaryOf, summaryLines } from '../trace/index.ts';
import { chosenStream, noStream, noTcp } from './capture-choice.ts';
import { captureName, checkReport, readCapture } from './capture-file.ts';
import { EXIT, type ExitCode, Fault } from './faults.ts';
import { type Given } from './flag.ts';
import { print } from './print.ts';

/** Connections shown, by octets, unless --all is given. */
const SHOWN = 5;

/** @throws Fault */
export async function traceSummary(argv: Given): Promise<ExitCode> {
  const files = [argv.files ?? []].flat().map(String);
  const all = argv.all === true;
  const stream = chosenStream(argv.stream);
  const found: SummaryOf[] = [];
  const faults: Fault[] = [];
  let unfollowed = 0;
  for (const file of files) {
    const study = new Study<CapturedPacket, Summed>({
      make: (track, subject) => new Summed(track, subject),
    });
    const report = await readCapture(file, study);
    if (study.connections.length === 0) throw noTcp(file, report, 'sum up');
    if (stream !== undefined && stream >= report.conversations) throw noStream(file, stream, report.conversations);
    for (const connection of study.connections) {
      if (stream !== undefined && connection.between.index !== stream) continue;
      found.push({ file: captureName(file), report: summarize(connection) });
    }
    unfollowed += study.unfollowedPackets;
    try {
      checkReport(report, file);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      faults.push(error); // what could be read is told first
    }
  }
  await print(argv.json === true ? json(found) : text(found, all));
  if (unfollowed > 0)
    process.stderr.write(`sash: too many connections: ${unfollowed} packets of the last ones are not in it\n`);
  if (faults[0] !== undefined) throw faults[0];
  return EXIT.done;
}

function json(found: readonly SummaryOf[]): string {
  return `${JSON.stringify({ schema: 'sash-trace-summary-1', connections: found.map(({ file, report }) => ({ file, ...report })) }, null, 2)}\n`;
}

function text(found: readonly SummaryOf[], all: boolean): string {
  const groups = together(found).toSorted((a, b) => octets(b) - octets(a));
  const shown = all ? groups : groups.slice(0, SHOWN);
  const parts = shown.map((group) => summaryLines(group).join('\n'));
  const left = groups.length - shown.length;
  if (left > 0) parts.push(`and ${left} more with fewer octets: --all shows them`);
  return `${parts.join('\n\n')}\n`;
}

/**
 * Reports of the same connection, in several files, stand side by side: by initial sequence numbers, not by addresses, for there
 * may be a translator between.
 */
function together(found: readonly SummaryOf[]): SummaryOf[][] {
  const groups: SummaryOf[][] = [];
  const byKey = new Map<string, SummaryOf[]>();
  for (const each of found) {
    const [a, b] = each.report.iss;
    const key = a === null || b === null ? undefined : `${Math.min(a, b)} ${Math.max(a, b)}`;
    const same = key === undefined ? undefined : byKey.get(key);
    if (
      same !== undefined &&
      same.every((other) => other.file !== each.file || other.report.interface !== each.report.interface)
    ) {
      same.push(each);
      continue;
    }
    const group = [each];
    groups.push(group);
    if (key !== undefined) byKey.set(key, group);
  }
  return groups;
}

function octets(group: readonly SummaryOf[]): number {
  return Math.max(...group.map(({ report }) => report.directions[0].octetsSent + report.directions[1].octetsSent));
}
