// `sash trace explain`: both ends at a moment, and the rule with its numbers behind what happened then, or did not.
import {
  type Asked,
  type CapturedPacket,
  explain,
  type Explanation,
  explanationLines,
  type PassingBetween,
  Watch,
  type Watcher,
} from '../trace/index.ts';
import { formatDuration, parseDuration } from '../app/index.ts';
import { chosenStream, noStream, noTcp } from './capture-choice.ts';
import { captureName, checkReport, readCapture } from './capture-file.ts';
import { EXIT, type ExitCode, messageOf, usage } from './faults.ts';
import { type Given } from './flag.ts';
import { print } from './print.ts';

/** @throws Fault */
export async function traceExplain(argv: Given): Promise<ExitCode> {
  const file = String(argv.file);
  const asked = readAsked(argv);
  const stream = chosenStream(argv.stream);
  const watch = new Watch(asked);
  let last: { number: number; atNs: number } | undefined;
  const report = await readCapture(file, {
    packet: (packet: CapturedPacket & PassingBetween) => {
      // The clock of a capture may step back.
      last = { number: packet.number, atNs: Math.max(packet.atNs, last?.atNs ?? 0) };
      watch.packet(packet);
    },
    happening: (happening) => watch.happening(happening),
  });
  const name = captureName(file);
  if (last === undefined) throw noTcp(file, report, 'explain');
  if (stream !== undefined && stream >= report.conversations) throw noStream(file, stream, report.conversations);
  const found = explain(choose(watch.watchers, asked, stream));
  const explanation = answering(found, asked);
  if (explanation === undefined || ('atNs' in asked && asked.atNs > last.atNs)) {
    throw usage(missing(name, asked, last, report.packets));
  }
  if (stream !== undefined && stream !== explanation.stream) {
    throw usage(`the packet is of conversation ${explanation.stream}, and not of ${stream}: leave out --stream`);
  }
  const atNs = 'atNs' in asked ? asked.atNs : undefined;
  await print(argv.json === true ? json(explanation, atNs) : `${explanationLines(explanation, { atNs }).join('\n')}\n`);
  checkReport(report, file);
  return EXIT.done;
}

/** Nothing, where a packet was asked for and is not there. */
function answering(found: Explanation | undefined, asked: Asked): Explanation | undefined {
  return 'packet' in asked && found?.packet === undefined ? undefined : found;
}

function readAsked({ at, packet }: Given): Asked {
  if ((at === undefined) === (packet === undefined)) {
    throw usage('say what to explain: a moment, as in --at 3.2s, or a packet, as in --packet 812');
  }
  if (packet !== undefined) {
    if (typeof packet !== 'string' || !/^[1-9]\d{0,9}$/.test(packet)) {
      throw usage('--packet: the number of a packet is expected, from 1, as in Wireshark');
    }
    return { packet: Number(packet) };
  }
  try {
    return { atNs: parseDuration(String(at)) };
  } catch (error) {
    throw usage(`--at: ${messageOf(error)}`, error);
  }
}

/** All points of view of one connection: the packet's, the one asked for, or else the first. */
function choose(watchers: readonly Watcher[], asked: Asked, stream: number | undefined): readonly Watcher[] {
  const found = 'packet' in asked ? watchers.find(({ isFound }) => isFound)?.subject.between.index : undefined;
  const index = found ?? stream ?? watchers[0]?.subject.between.index;
  return watchers.filter(({ subject }) => subject.between.index === index);
}

function missing(name: string, asked: Asked, last: { number: number; atNs: number }, packets: number): string {
  if ('atNs' in asked) {
    return `${name} does not reach to ${formatDuration(asked.atNs)}: its last packet passed at ${formatDuration(last.atNs)}`;
  }
  if (asked.packet > packets) return `${name} has no packet ${asked.packet}: it has ${packets}`;
  return `packet ${asked.packet} of ${name} is not a TCP segment that can be read`;
}

function json(explanation: Explanation, atNs: number | undefined): string {
  const { moment: _moment, ...rest } = explanation;
  return `${JSON.stringify({ schema: 'sash-trace-explain-1', atNs: atNs ?? null, ...rest }, null, 2)}\n`;
}
