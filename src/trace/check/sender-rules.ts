// Rules for an end that sends octets: the right edge, silly windows, Nagle (RFC 9293 §3.8.6, §3.7.4), segment sizes, its FIN.
import { ABSENT, FIN, PSH, SECOND, type Seq, seqAdd, seqDiff, seqLt, seqMax } from '../../tcp/index.ts';
import { UNKNOWN } from '../track/index.ts';
import { Judge, type Rule, type Seen } from './rule.ts';

const SCALE_UNKNOWN = 'the scale of the windows is not known without the handshake';
const MISSED = 'the capture missed packets';

/** New octets of text in a segment that is no probe. */
function freshText({ what, packet }: Seen): number {
  if (what.kind === 'probe' || what.kind === 'keepalive' || what.kind === 'handshake') return 0;
  return Math.max(0, what.fresh - (packet.seg.flags & FIN));
}

class RightEdge extends Judge {
  override sent(seen: Seen): void {
    const { me, peer, packet } = seen;
    const text = freshText(seen);
    if (text === 0 || !me.hasWindow) return;
    if (peer.windShift === UNKNOWN) return this.wonder(SCALE_UNKNOWN);
    if (me.missed + peer.missed > 0) return this.wonder(MISSED);
    this.tried++;
    const end = seqAdd(packet.seg.seq, seen.what.text);
    const beyond = seqDiff(end, me.furthestEdge);
    if (beyond > 0) this.fail(seen, `its text ends ${beyond} octets beyond the furthest right edge ever offered`);
  }
}

/**
 * The peer has shrunk its window: what was sent before is exempt, new octets are not. A narrower window that comes with nothing
 * else that is new may have been overtaken: RFC 9293 takes it (SND.WL1, SND.WL2), Linux does not, and neither is judged.
 */
class ShrunkenWindow extends Judge {
  #edge: Seq | undefined = undefined;
  #seq: Seq | undefined = undefined;

  override heard({ what, packet }: Seen): void {
    if (what.window < 0 || what.advance < 0) return;
    const { seg } = packet;
    const edge = seqAdd(seg.ack, what.window);
    const isNewer = what.advance > 0 || this.#seq === undefined || seqLt(this.#seq, seg.seq);
    this.#seq = this.#seq === undefined ? seg.seq : seqMax(this.#seq, seg.seq);
    if (isNewer || this.#edge === undefined || seqLt(this.#edge, edge)) this.#edge = edge;
  }

  override sent(seen: Seen): void {
    const { me, peer, packet, what } = seen;
    if (freshText(seen) === 0 || !me.hasWindow || peer.windShift === UNKNOWN || this.#edge === undefined) return;
    const edge = seqMax(me.sendEdge, this.#edge);
    if (seqDiff(me.furthestEdge, edge) < 2 ** peer.windShift) return;
    this.tried++;
    const end = seqAdd(packet.seg.seq, what.text);
    const beyond = seqDiff(end, edge);
    if (beyond > 0 && seqDiff(end, me.furthestEdge) <= 0)
      this.fail(seen, `new octets end ${beyond} beyond an edge that the peer has moved left`);
  }
}

/** Octets that options take from the text of a segment (RFC 9293 §3.7.1): SACK blocks come and go. */
function sackOctets({ packet }: Seen): number {
  const { sackCount } = packet.seg;
  return sackCount === 0 ? 0 : 4 + 8 * sackCount;
}

class SenderSillyWindow extends Judge {
  #lastAt = -1;
  /** Octets in the largest segment so far. */
  #size = 0;

  override sent(seen: Seen): void {
    const { me, peer, what } = seen;
    const [last, size] = [this.#lastAt, this.#size];
    if (what.length > 0) this.#lastAt = what.now;
    if (what.text > this.#size) this.#size = what.text;
    if (!isNew(seen) || peer.windShift === UNKNOWN) return;
    this.tried++;
    if (!isCutShort(seen) || 2 * what.text >= me.maxWnd) return;
    const full = Math.min(size === 0 ? Infinity : size, (peer.mss === ABSENT ? 536 : peer.mss) - 40);
    if (what.text + sackOctets(seen) >= full) return;
    const isOverride = what.flightBefore === 0 && (last < 0 || what.now - last >= OVERRIDE);
    if (!isOverride) this.fail(seen, `${what.text} octets, cut short by a window that was ${me.maxWnd} wide before`);
  }
}

function isNew(seen: Seen): boolean {
  const { text } = seen.what;
  return text > 0 && freshText(seen) === text && seen.me.hasWindow;
}

/** It ends at the right edge, and not where what was written ends. */
function isCutShort({ me, packet, what }: Seen): boolean {
  const { seg } = packet;
  return seqAdd(seg.seq, what.text) === me.sendEdge && (seg.flags & (PSH | FIN)) === 0;
}

/** RFC 9293 §3.8.6.2.1: the override timeout is 0.1 to 1 s. */
const OVERRIDE = 100_000_000;

/** Minshall's reading, which every other implies: no short segment while another short one is in flight. */
class Nagle extends Judge {
  #size = 0;
  #short: Seq | undefined = undefined;

  override sent(seen: Seen): void {
    const { me, packet, what, configuration, isOwn } = seen;
    const size = this.#size;
    if (what.text > this.#size) this.#size = what.text;
    if (what.kind !== 'text' || freshText(seen) !== what.text || size === 0) return;
    if (what.text + sackOctets(seen) >= size || what.text >= size - 40) return;
    this.tried++;
    const isShortOut = this.#short !== undefined && seqLt(me.una, this.#short);
    this.#short = what.end;
    if (!isShortOut || (packet.seg.flags & FIN) !== 0) return;
    if (isOwn && configuration?.nagle !== 'off') {
      this.fail(seen, `${what.text} octets leave while a short segment is in flight`);
      return;
    }
    if (isOwn)
      this.tried--; // turned off by the application, as it may be (MUST-17)
    else this.wonder('short segments followed each other, but an application may turn Nagle off (MUST-17)');
  }
}

class SegmentSize extends Judge {
  override sent(seen: Seen): void {
    const { peer, packet, what, isOwn } = seen;
    if (what.text === 0 || what.kind === 'handshake') return;
    if (!peer.hasSyn) return this.wonder('the MSS is not known without the handshake');
    this.tried++;
    const asked = peer.mss === ABSENT ? defaultMss(packet.octets[packet.ipAt]! >> 4) : peer.mss;
    if (what.text <= asked) return;
    if (isOwn) this.fail(seen, `${what.text} octets of text, and the peer takes ${asked}`);
    else this.wonder('segments larger than the MSS: the network card, not TCP, splits or merges them');
  }
}

/** RFC 9293 §3.7.1 (MUST-15). */
function defaultMss(version: number): number {
  return version === 6 ? 1_220 : 536;
}

/** After that long with an open window and nothing in flight, nothing was queued. */
const NOTHING_MORE = SECOND;

/** The last segment of all that was queued says so, or the receiver may wait for more. */
class PushLast extends Judge {
  #isPushed = true;
  /** Since when all is acknowledged, and a full segment could leave. */
  #freeAt = -1;

  override heard({ me, what }: Seen): void {
    const isFree = me.hasWindow && me.una === me.nxt && me.wnd >= Math.max(1, me.largest) && me.finEnd === undefined;
    if (!isFree) this.#freeAt = -1;
    else if (this.#freeAt < 0) this.#freeAt = what.now;
  }

  override sent(seen: Seen): void {
    if (seen.what.text === 0) return;
    this.#look(seen);
    this.#freeAt = -1;
    if (freshText(seen) > 0) this.#isPushed = (seen.packet.seg.flags & (PSH | FIN)) !== 0;
  }

  override ends(seen: Seen): void {
    this.#look(seen);
  }

  #look(seen: Seen): void {
    const { me, peer, what, reason } = seen;
    if (this.#freeAt < 0 || what.now - this.#freeAt < NOTHING_MORE || me.largest === 0) return;
    if (me.hasReset || peer.hasReset || (reason !== undefined && reason !== 'nothing-queued')) return;
    this.#freeAt = -1;
    this.tried++;
    if (!this.#isPushed) this.fail(seen, 'the last segment before it had nothing more to send has no PSH');
    this.#isPushed = true;
  }
}

class AfterFin extends Judge {
  #fin: Seq | undefined = undefined;

  override sent(seen: Seen): void {
    const { me, what, packet } = seen;
    if (what.kind === 'reset' || what.kind === 'handshake') {
      if (what.kind === 'handshake') this.#fin = undefined;
      return;
    }
    const fin = this.#fin;
    if (fin !== undefined && what.length > 0) {
      this.tried++;
      const beyond = seqDiff(seqAdd(packet.seg.seq, what.text), fin);
      if (beyond >= 0 && what.text > 0) this.fail(seen, 'text beyond its own FIN');
    }
    if (fin === undefined && me.finEnd !== undefined) {
      this.#fin = me.finEnd;
      this.tried++;
    }
  }
}

export const SENDER_RULES: readonly Rule[] = [
  {
    id: 'SND.WND',
    clause: 'RFC 9293 §3.8.6',
    what: 'no new octet leaves beyond the right edge, but for the one of a zero-window probe',
    where: 'anywhere',
    make: () => new RightEdge(),
  },
  {
    id: 'SHLD-15',
    clause: 'RFC 9293 §3.8.6',
    what: 'when the peer shrinks its window, no new octets leave beyond the new edge',
    where: 'at-the-end',
    make: () => new ShrunkenWindow(),
  },
  {
    id: 'MUST-38',
    clause: 'RFC 9293 §3.8.6.2.1',
    what: 'a sender does not fill a small window with a small segment: it waits for a full one, half the window, or the override',
    where: 'at-the-end',
    make: () => new SenderSillyWindow(),
  },
  {
    id: 'SHLD-7',
    clause: 'RFC 9293 §3.7.4',
    what: 'a short segment waits while another short one is in flight (Nagle)',
    where: 'at-the-end',
    make: () => new Nagle(),
  },
  {
    id: 'MUST-16',
    clause: 'RFC 9293 §3.7.1',
    what: 'no segment has more text than the peer’s MSS option allows (without one 536 octets, 1220 over IPv6: MUST-15)',
    where: 'anywhere',
    make: () => new SegmentSize(),
  },
  {
    id: 'MUST-61',
    clause: 'RFC 9293 §3.9.1.2',
    what: 'the last segment of what was queued carries PSH',
    where: 'at-the-end',
    make: () => new PushLast(),
  },
  {
    id: 'after-fin',
    clause: 'RFC 9293 §3.6',
    what: 'after its FIN an end sends no more text',
    where: 'anywhere',
    make: () => new AfterFin(),
  },
];
