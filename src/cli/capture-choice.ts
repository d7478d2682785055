// What the actions of `sash trace` are asked alike: which conversation of a capture, and where the answer is to be written.
import { realpathSync } from 'node:fs';
import { type Happening, type ReadReport } from '../trace/index.ts';
import { captureName } from './capture-file.ts';
import { type Fault, usage } from './faults.ts';

/** `--stream N`, numbered as Wireshark's tcp.stream; undefined where it is not given. @throws Fault */
export function chosenStream(given: unknown): number | undefined {
  const last: unknown = Array.isArray(given) ? given.at(-1) : given;
  if (last === undefined) return undefined;
  const text = typeof last === 'string' ? last : '';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usage(`--stream: "${text}" is no number of a conversation: they count from 0, as tcp.stream does in Wireshark`);
}

/** What was asked for with `--stream` is not there. */
export function noStream(file: string, stream: number, conversations: number): Fault {
  const name = captureName(file);
  if (conversations === 0) return usage(`--stream ${stream}: ${name} holds no TCP`);
  const range = conversations === 1 ? 'it holds one, number 0' : `it holds ${conversations}, 0 to ${conversations - 1}`;
  return usage(`--stream ${stream}: ${name} has no such conversation: ${range}`);
}

/** There is not one segment in it. @param doing what is not possible then, as in `explain` */
export function noTcp(file: string, { faults }: Pick<ReadReport, 'faults'>, doing: string): Fault {
  const name = captureName(file);
  const short = faults['too-short'] ?? 0;
  if (short === 0) return usage(`${name} holds no TCP: there is nothing to ${doing}`);
  const kept = 'capture at least the first 128 octets of each packet, as in tcpdump -s 128';
  return usage(`${name} holds no whole TCP header: ${short} packets of it were cut shorter; ${kept}`);
}

/** Passes on what is of one conversation, or all; how the recording begins says who looks, and that goes for every one. */
export function ofStream(
  stream: number | undefined,
  take: (happening: Happening) => void,
): (happening: Happening) => void {
  if (stream === undefined) return take;
  let conversation = 0;
  return (happening) => {
    if (happening.type === 'segment' || happening.type === 'conversation') conversation = happening.conversation ?? 0;
    if (conversation === stream || happening.type === 'recording') take(happening);
  };
}

/** `--out`; undefined is standard output. None of the files that are read may be written over. @throws Fault */
export function chosenOut(given: unknown, files: readonly string[]): string | undefined {
  const out: unknown = Array.isArray(given) ? given.at(-1) : given;
  if (typeof out !== 'string' || out === '-') return undefined;
  if (files.some((file) => file !== '-' && isSame(file, out))) {
    throw usage(`-o: ${out} is a file that is read: name another`);
  }
  return out;
}

function isSame(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return false;
  }
}
