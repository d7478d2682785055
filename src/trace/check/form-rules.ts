// Rules for the header: options and where they may stand, timestamps (RFC 7323), reserved bits, the checksum.
import { ABSENT, MAX_WINDOW_SCALE, RST, seq, seqDiff, SYN } from '../../tcp/index.ts';
import { isChecksumRight, pseudoHeaderSum } from '../../wire/index.ts';
import { type CapturedPacket } from '../capture/index.ts';
import { Judge, type Rule, type Seen } from './rule.ts';

const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;
const MSS = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;

/** Whether the header has an option of this kind: those of the SYN are not looked at elsewhere when it is decoded. */
function hasOption({ octets, tcpAt, endAt }: CapturedPacket, kind: number): boolean {
  if (tcpAt + 20 >= endAt) return false;
  const end = Math.min(endAt, tcpAt + 4 * (octets[tcpAt + 12]! >> 4));
  let at = tcpAt + 20;
  while (at < end && octets[at] !== END_OF_OPTIONS) {
    if (octets[at] === kind) return true;
    const length = octets[at] === NO_OPERATION ? 1 : at + 1 < end ? octets[at + 1]! : 0;
    if (length === 0) return false;
    at += length;
  }
  return false;
}

class ScaleInBounds extends Judge {
  override sent(seen: Seen): void {
    const { seg } = seen.packet;
    const isStray = (seg.flags & SYN) === 0 && hasOption(seen.packet, WINDOW_SCALE);
    if (isStray) this.fail(seen, 'a window scale option, and no SYN');
    if (seg.windowScale === ABSENT) return;
    this.tried++;
    if (seg.windowScale > MAX_WINDOW_SCALE) this.fail(seen, `a shift count of ${seg.windowScale}`);
  }
}

/** A SYN's window is never scaled: one that says what it would if it were, is told by the window after it. */
class SynWindow extends Judge {
  #isDone = false;

  override sent(seen: Seen): void {
    const { me, what, packet } = seen;
    if (this.#isDone || what.kind === 'handshake' || what.kind === 'reset' || me.windShift <= 0 || me.synWindow < 0)
      return;
    this.#isDone = true;
    this.tried++;
    const scaled = me.synWindow * 2 ** me.windShift;
    // What 16 bits hold, an unscaled window would have said.
    const isNothingTaken = seqDiff(packet.seg.ack, seen.peer.iss) === 1;
    if (isNothingTaken && me.synWindow > 0 && scaled <= 65_535 && what.window === scaled) {
      this.fail(seen, `the SYN said a window of ${me.synWindow}, and meant ${scaled}`);
    }
  }
}

class OptionsInSyn extends Judge {
  override sent(seen: Seen): void {
    const { packet } = seen;
    if ((packet.seg.flags & SYN) !== 0) this.tried++;
    else if (hasOption(packet, MSS) || hasOption(packet, SACK_PERMITTED))
      this.fail(seen, 'an option of the SYN in another segment');
  }
}

class TimestampsKept extends Judge {
  override sent(seen: Seen): void {
    const { me, peer, packet, what } = seen;
    if (!me.hasSyn || !peer.hasSyn || what.kind === 'handshake' || (packet.seg.flags & RST) !== 0) return;
    const isAgreed = me.offersTimestamps && peer.offersTimestamps;
    const has = packet.seg.tsVal !== ABSENT;
    if (isAgreed || has) this.tried++;
    if (isAgreed && !has) this.fail(seen, 'no timestamps, though both ends agreed on them');
    if (!isAgreed && has) this.fail(seen, 'timestamps, though the two ends did not agree on them');
  }
}

class TimestampsEcho extends Judge {
  /** The peer's TSval that is furthest. */
  #furthest = ABSENT;

  override heard({ packet }: Seen): void {
    const { tsVal } = packet.seg;
    if (tsVal === ABSENT) return;
    if (this.#furthest === ABSENT || seqDiff(seq(tsVal), seq(this.#furthest)) > 0) this.#furthest = tsVal;
  }

  override sent(seen: Seen): void {
    const { packet, me, peer } = seen;
    if (packet.seg.tsEcr === ABSENT || this.#furthest === ABSENT || seen.what.window < 0) return;
    if (me.missed + peer.missed > 0) return this.wonder('the capture missed packets');
    this.tried++;
    const ahead = seqDiff(seq(packet.seg.tsEcr), seq(this.#furthest));
    if (ahead > 0) this.fail(seen, `TSecr echoes what was not sent yet: ${ahead} beyond the latest TSval`);
  }
}

class TimestampsForward extends Judge {
  #last = ABSENT;

  override sent(seen: Seen): void {
    const { tsVal } = seen.packet.seg;
    if (tsVal === ABSENT) return;
    const last = this.#last;
    this.#last = tsVal;
    if (last === ABSENT || seen.what.kind === 'handshake' || seen.what.kind === 'reset') return;
    this.tried++;
    const back = seqDiff(seq(last), seq(tsVal));
    if (back > 0) this.fail(seen, `TSval goes back by ${back}`);
  }
}

/** The four bits after the data offset, but the last, which is AE (RFC 9768). */
const RESERVED = 0x0e;

class ReservedBits extends Judge {
  override sent(seen: Seen): void {
    const { octets, tcpAt, endAt } = seen.packet;
    if (tcpAt + 13 > endAt) return;
    this.tried++;
    if ((octets[tcpAt + 12]! & RESERVED) !== 0) this.fail(seen, 'reserved bits are set');
  }
}

class Checksum extends Judge {
  #wrong = 0;

  override sent(seen: Seen): void {
    const { packet } = seen;
    const right = isRight(packet);
    if (right === undefined) return;
    if (right) {
      this.tried++;
      return;
    }
    this.#wrong++;
    this.fail(seen, 'the checksum is wrong');
  }

  /** Where hardware fills the checksum in, a capture sees none that is right. */
  override ends(): void {
    if (this.#wrong === 0 || this.tried > 0) return;
    this.failed = 0;
    this.examples.length = 0;
    this.wonder('no checksum is right: they are filled in after the place where the capture was taken (offloading)');
  }
}

/** Undefined where it cannot be checked: the segment is not here whole, or the checksum was left out. */
function isRight({ octets, ipAt, tcpAt, endAt, lengthOctets, capturedOctets }: CapturedPacket): boolean | undefined {
  if (lengthOctets !== capturedOctets || tcpAt + 20 > endAt) return undefined;
  const dataAt = tcpAt + 4 * (octets[tcpAt + 12]! >> 4);
  const end = dataAt + lengthOctets;
  if (end > endAt || ((octets[tcpAt + 16]! << 8) | octets[tcpAt + 17]!) === 0) return undefined;
  const isSix = octets[ipAt]! >> 4 === 6;
  const [at, length] = isSix ? [ipAt + 8, 16] : [ipAt + 12, 4];
  const pseudo = pseudoHeaderSum(octets.subarray(at, at + length), octets.subarray(at + length, at + 2 * length));
  return isChecksumRight(pseudo, octets, tcpAt, end - tcpAt);
}

export const FORM_RULES: readonly Rule[] = [
  {
    id: 'scale-14',
    clause: 'RFC 7323 §2.2 and §2.3',
    what: 'the window scale option stands in a SYN, and its shift count is 14 at the most',
    where: 'anywhere',
    make: () => new ScaleInBounds(),
  },
  {
    id: 'syn-window',
    clause: 'RFC 7323 §2.2',
    what: 'the window of a SYN is not scaled',
    where: 'anywhere',
    make: () => new SynWindow(),
  },
  {
    id: 'MUST-65',
    clause: 'RFC 9293 §3.7.1, RFC 2018 §2',
    what: 'the options MSS and SACK-permitted stand in a SYN only',
    where: 'anywhere',
    make: () => new OptionsInSyn(),
  },
  {
    id: 'timestamps-kept',
    clause: 'RFC 7323 §3.2',
    what: 'once agreed on, timestamps stand in every segment but a RST; else in none',
    where: 'anywhere',
    make: () => new TimestampsKept(),
  },
  {
    id: 'timestamps-echo',
    clause: 'RFC 7323 §3.2 and §4.3',
    what: 'TSecr echoes a TSval that the peer sent',
    where: 'anywhere',
    make: () => new TimestampsEcho(),
  },
  {
    id: 'timestamps-forward',
    clause: 'RFC 7323 §5.4',
    what: 'TSval never goes back',
    where: 'at-the-end',
    make: () => new TimestampsForward(),
  },
  {
    id: 'reserved-bits',
    clause: 'RFC 9293 §3.1',
    what: 'reserved bits are zero',
    where: 'anywhere',
    make: () => new ReservedBits(),
  },
  {
    id: 'MUST-2',
    clause: 'RFC 9293 §3.1',
    what: 'the checksum is right, where the segment was captured whole',
    where: 'anywhere',
    make: () => new Checksum(),
  },
];
