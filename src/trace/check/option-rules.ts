// Rules for the octets of the options themselves (RFC 9293 §3.1, §3.2): lengths, and what fills the header up.
import { type CapturedPacket } from '../capture/index.ts';
import { Judge, type Rule, type Seen } from './rule.ts';

const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;
/** Octets of a header without options. */
const BARE = 20;

/** Where the header ends; undefined where it has no options, or was not captured whole. */
function optionsEnd({ octets, tcpAt, endAt }: CapturedPacket): number | undefined {
  if (tcpAt + BARE >= endAt) return undefined;
  const end = tcpAt + 4 * (octets[tcpAt + 12]! >> 4);
  return end > tcpAt + BARE && end <= endAt ? end : undefined;
}

/** Where the list of options ends: at its end, at an END, or at one with a length that cannot be (-1). */
function listEnd(octets: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && octets[at] !== END_OF_OPTIONS) {
    if (octets[at] === NO_OPERATION) {
      at++;
      continue;
    }
    const length = at + 1 < end ? octets[at + 1]! : 0;
    if (length < 2 || at + length > end) return -1;
    at += length;
  }
  return at;
}

class OptionLengths extends Judge {
  override sent(seen: Seen): void {
    const end = optionsEnd(seen.packet);
    if (end === undefined) return;
    this.tried++;
    const { octets, tcpAt } = seen.packet;
    if (listEnd(octets, tcpAt + BARE, end) < 0) this.fail(seen, 'an option with a length that cannot be');
  }
}

class PaddingZero extends Judge {
  override sent(seen: Seen): void {
    const end = optionsEnd(seen.packet);
    if (end === undefined) return;
    const { octets, tcpAt } = seen.packet;
    let at = listEnd(octets, tcpAt + BARE, end);
    if (at < 0 || at === end) return;
    this.tried++;
    while (at < end && octets[at] === 0) at++;
    if (at < end) this.fail(seen, 'octets after the end of the options that are not 0');
  }
}

export const OPTION_RULES: readonly Rule[] = [
  {
    id: 'MUST-68',
    clause: 'RFC 9293 §3.2',
    what: 'every option but END and NOP has a length, of two octets at the least, and ends within the header',
    where: 'anywhere',
    make: () => new OptionLengths(),
  },
  {
    id: 'MUST-69',
    clause: 'RFC 9293 §3.1',
    what: 'what fills the header up after the end of the options is 0',
    where: 'anywhere',
    make: () => new PaddingZero(),
  },
];
