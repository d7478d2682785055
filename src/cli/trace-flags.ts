// `sash trace flags`: every packet of a capture as Wireshark's info column has it, with the flags of its analysis, which are
// made here; and `--against tshark`, which asks Wireshark itself, and shows every difference.
import {
  type CapturedPacket,
  type CaptureSink,
  type Conversation,
  endpointText,
  FLAG_NAMES,
  flagLetters,
  flagBit,
  type FlagName,
  flagNames,
  infoOf,
  MAX_CONVERSATIONS,
  numbersOf,
  severityOf,
  type Verdict,
  Wireshark,
} from '../trace/index.ts';
import { chosenStream, noStream } from './capture-choice.ts';
import { checkReport, readCapture } from './capture-file.ts';
import { EXIT, type ExitCode, usage } from './faults.ts';
import { type Given } from './flag.ts';
import { didYouMean } from './nearest.ts';
import { Output } from './output.ts';
import { flagsAgainst } from './trace-against.ts';

/** @throws Fault */
export function traceFlags(argv: Given): Promise<ExitCode> {
  const file = String(argv.file);
  const given = argv as Partial<Record<'only' | 'stream' | 'against', string>>;
  const only = given.only === undefined ? undefined : maskOf(given.only);
  const stream = chosenStream(given.stream);
  if (given.against === undefined) return print(file, { only, stream, isJson: argv.json === true });
  if (given.against !== 'tshark') throw usage(`--against: "${given.against}" is not one of them: choose tshark`);
  if (file === '-') throw usage('--against tshark needs a file: standard input can be read only once');
  if (only !== undefined || argv.json === true) {
    throw usage(`--against shows every difference, as text: leave out --${only === undefined ? 'json' : 'only'}`);
  }
  return flagsAgainst(file, stream);
}

interface Wanted {
  /** A mask of flags, any of which a packet must have. */
  only: number | undefined;
  stream: number | undefined;
  isJson: boolean;
}

async function print(file: string, { only, stream, isJson }: Wanted): Promise<ExitCode> {
  const out = new Output();
  const counts = new Counts();
  const wireshark = new Wireshark();
  const lines = new Lines();
  const sink: CaptureSink = {
    packet(packet) {
      const verdict = wireshark.judge(packet);
      if (stream !== undefined && packet.conversation.index !== stream) return;
      counts.take(verdict.flags);
      if (only !== undefined && (verdict.flags & only) === 0) return;
      if (isJson) out.line(json(packet, verdict));
      else lines.tell(packet, verdict, out);
    },
    forgotten: (conversation) => wireshark.forgotten(conversation),
  };
  const report = await readCapture(file, sink, { between: () => out.flush() });
  await out.flush();
  if (out.isClosed) return EXIT.done;
  if (stream !== undefined && stream >= report.conversations) throw noStream(file, stream, report.conversations);
  process.stderr.write(`${counts.line()}\n`);
  checkReport(report, file);
  return EXIT.done;
}

/** Flags as people write them: with dashes or underscores, with or without `tcp.analysis.`; `any` is all of them. */
function maskOf(text: string): number {
  let mask = 0;
  for (const given of text.split(',')) {
    const name = given
      .trim()
      .replace(/^tcp\.analysis\./, '')
      .replaceAll('-', '_')
      .toLowerCase();
    if (name === 'any' || name === 'flags') return (1 << FLAG_NAMES.length) - 1;
    if (!(FLAG_NAMES as readonly string[]).includes(name)) {
      throw usage(
        `--only: "${given}" is no flag: choose from ${FLAG_NAMES.join(', ')}, or any.${didYouMean(name, FLAG_NAMES)}`,
      );
    }
    mask |= flagBit(name as FlagName);
  }
  return mask;
}

/** Lines for people; the ends of a conversation are told where it begins. */
class Lines {
  /** Conversations that were told of; the earliest are forgotten, and told of again. */
  readonly #introduced = new Set<number>();

  tell(packet: CapturedPacket, verdict: Readonly<Verdict>, out: Output): void {
    const { conversation, number, stampNs } = packet;
    if (!this.#introduced.has(conversation.index)) {
      this.#introduced.add(conversation.index);
      if (this.#introduced.size > MAX_CONVERSATIONS) this.#introduced.delete(this.#introduced.values().next().value!);
      out.line(`* conversation ${conversation.index}: ${endsOf(conversation)}`);
    }
    const which = conversation.index === 0 ? '' : `[${conversation.index}] `;
    const numbers = numbersOf(verdict);
    const hidden = verdict.isShown ? '' : '; options cut: Wireshark does not show this';
    const rest = numbers === '' && hidden === '' ? '' : ` // ${numbers}${hidden}`;
    out.line(`${String(number).padStart(6)} ${(stampNs / 1e9).toFixed(6)} ${which}${infoOf(packet, verdict)}${rest}`);
  }
}

function endsOf({ ends }: Conversation): string {
  return ends.map(endpointText).join(' to ');
}

/** One document, with `null` nowhere: what Wireshark does not show is not there. */
function json(packet: CapturedPacket, verdict: Readonly<Verdict>): string {
  const { seg, conversation, side } = packet;
  const analysis: Record<string, unknown> = { flags: flagNames(verdict.flags) };
  const severity = severityOf(verdict.flags);
  if (severity !== undefined) analysis['severity'] = severity;
  const { bytesInFlight, pushBytesSent, acksFrame, ackRttNs, initialRttNs, rtoNs, rtoFrame } = verdict;
  const { duplicateAckNumber, duplicateAckFrame } = verdict;
  const numbers = { bytesInFlight, pushBytesSent, acksFrame, ackRttNs, initialRttNs, rtoNs, rtoFrame };
  for (const [name, value] of Object.entries({ ...numbers, duplicateAckNumber, duplicateAckFrame })) {
    if (value !== 0) analysis[name] = value;
  }
  return JSON.stringify({
    packet: packet.number,
    atNs: packet.stampNs,
    conversation: conversation.index,
    source: conversation.ends[side],
    destination: conversation.ends[1 - side],
    control: flagLetters(seg.flags),
    seq: verdict.seq,
    ack: verdict.ack,
    nextSeq: verdict.nextSeq,
    lengthOctets: packet.lengthOctets,
    wnd: seg.wnd,
    windowSize: verdict.windowSize,
    scaleFactor: verdict.scaleFactor,
    completeness: verdict.completeness,
    analysis,
  });
}

class Counts {
  packets = 0;
  readonly #of = FLAG_NAMES.map(() => 0);

  take(flags: number): void {
    this.packets++;
    if (flags === 0) return;
    for (let bit = 0; bit < FLAG_NAMES.length; bit++) if ((flags & (1 << bit)) !== 0) this.#of[bit]!++;
  }

  line(): string {
    const met = FLAG_NAMES.flatMap((name, bit) => (this.#of[bit] === 0 ? [] : `${name} ${this.#of[bit]}`));
    const packets = this.packets === 1 ? '1 segment' : `${this.packets} segments`;
    return `sash: ${packets}; ${met.length === 0 ? 'no flags' : met.join(', ')}`;
  }
}
