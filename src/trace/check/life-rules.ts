// Rules for how connections begin and end: initial sequence numbers (RFC 9293 §3.4.1), resets (§3.10.7.4, RFC 5961 §3),
// TIME-WAIT (§3.6.1), addresses (§3.9.2.3).
import { ACK, FIN, MILLISECOND, MINUTE, RST, SECOND, type Seq, SYN, seqDiff, seqLeq } from '../../tcp/index.ts';
import { Judge, type Rule, type Seen } from './rule.ts';

/** 2 MSL (RFC 9293 §3.4.2): after that nothing of a former connection is on its way. */
const FORGOTTEN = 4 * MINUTE;
/** The clock of §3.4.1 ticks every 4 µs: a slower connection cannot have overtaken it. */
const TICK = 4_000;

class FreshIsn extends Judge {
  override sent(seen: Seen): void {
    const { me, what, packet, former } = seen;
    if ((packet.seg.flags & SYN) === 0) return;
    if (me.hasAck && what.fresh === 0 && (packet.seg.flags & ACK) === 0) {
      this.tried++;
      // The capture cannot tell a new SYN with an old number from an old one, but where it was sent.
      if (seen.track.vantage.isNear(packet.side)) this.fail(seen, 'a new SYN with the number of the one before');
      return;
    }
    if (what.fresh === 0 || former === undefined || !former.end.hasSyn) return;
    const elapsed = what.now - former.beganAt;
    if (what.now - former.lastAt >= FORGOTTEN) return;
    this.tried++;
    const used = seqDiff(former.end.max, former.end.iss);
    const offset = seqDiff(packet.seg.seq, former.end.iss);
    if (offset >= 0 && offset < used && used * TICK < elapsed) {
      this.fail(seen, `its ISN lies ${offset} beyond that of the connection before it, which used ${used} numbers`);
    }
  }
}

/** The acknowledgment of what came after a RST tells whether the RST was taken. */
class ResetExact extends Judge {
  /** A RST came that must not be taken, or one that must; nothing that tells which was done. */
  #heard: 'none' | 'elsewhere' | 'exact' = 'none';
  #at = -1;
  #offset = 0;
  #isAtFin = false;

  override heard(seen: Seen): void {
    const { me, peer, packet, what } = seen;
    const { seg } = packet;
    if ((seg.flags & RST) === 0) {
      if ((seg.flags & SYN) !== 0) this.#heard = 'none';
      return;
    }
    if (!me.hasAck || !peer.hasWindow || me.hasReset || (me.finEnd !== undefined && peer.finEnd !== undefined)) return;
    if (this.#heard === 'exact') return;
    this.#at = what.now;
    this.#offset = seqDiff(seg.seq, me.rcvNxt);
    const isExact = this.#offset === 0 || seg.seq === peer.whole || this.#isAtSack(seen, seg.seq);
    this.#heard = isExact ? 'exact' : 'elsewhere';
    this.#isAtFin = this.#offset === -1 && peer.finEnd === me.rcvNxt;
  }

  override sent(seen: Seen): void {
    const heard = this.#heard;
    if (heard === 'none') return;
    const { what, packet, isOwn } = seen;
    const isReset = (packet.seg.flags & RST) !== 0;
    if ((packet.seg.flags & SYN) !== 0) {
      this.#heard = 'none';
      return;
    }
    if (heard === 'exact') {
      // What had left already may come after it in the file.
      if (!isOwn && what.now - this.#at < 10 * MILLISECOND) return;
      this.tried++;
      this.#heard = 'none';
      if (!isReset) this.fail(seen, 'it goes on, though a RST came exactly at RCV.NXT');
      return;
    }
    this.tried++;
    this.#heard = 'none';
    // <SEQ=SEG.ACK><CTL=RST> is how a connection answers that is no more.
    if (!isReset || (packet.seg.flags & ACK) !== 0) return;
    if (this.#isAtFin)
      this.wonder("a RST at the peer's FIN, not after it, was taken: Linux does so on purpose since 4.12");
    else this.fail(seen, `${this.#told()}, and was taken`);
  }

  /** A recording knows when its connection ended. */
  override ends(seen: Seen): void {
    const heard = this.#heard;
    if (heard === 'none' || !seen.isOwn) return;
    const side = seen.track.ends[0] === seen.me ? 0 : 1;
    const isOver = seen.track.hasEnded[side];
    this.#heard = 'none';
    this.tried++;
    if (heard === 'exact' && !isOver) this.fail(seen, 'it goes on, though a RST came exactly at RCV.NXT');
    if (heard === 'elsewhere' && isOver && seen.recordedEndNs === this.#at)
      this.fail(seen, `${this.#told()}, and was taken`);
  }

  #told(): string {
    const { abs } = Math;
    return `a RST came ${abs(this.#offset)} octets ${this.#offset < 0 ? 'left' : 'right'} of RCV.NXT`;
  }

  /** Linux takes it at the right edge of what it has reported by SACK, too: the sender's SND.NXT when the rest was lost. */
  #isAtSack({ peer }: Seen, at: Seq): boolean {
    const { islands } = peer;
    return !islands.isEmpty && islands.end(islands.count - 1) === at;
  }
}

/** The least of the times in use for 2 MSL: Linux's. */
const TIME_WAIT = 60 * SECOND;

class TimeWait extends Judge {
  #isActive = false;
  #closedAt = -1;
  #askedAt = -1;

  override heard(seen: Seen): void {
    const { me, peer, packet, what } = seen;
    if ((packet.seg.flags & (RST | SYN)) !== 0 || me.hasReset || peer.hasReset) this.#closedAt = -1;
    else if (this.#closedAt >= 0 && (packet.seg.flags & FIN) !== 0 && what.end === peer.finEnd)
      this.#askedAt = what.now;
    this.#look(seen);
  }

  override sent(seen: Seen): void {
    const { me, peer, packet, what } = seen;
    if (me.finEnd !== undefined && peer.finEnd === undefined) this.#isActive = true;
    if (this.#askedAt >= 0 && this.#askedAt - this.#closedAt < TIME_WAIT) {
      this.tried++;
      if ((packet.seg.flags & RST) !== 0)
        this.fail(
          seen,
          `the peer's FIN, sent again, is answered by a RST ${ms(what.now - this.#closedAt)} after both had closed`,
        );
    }
    this.#askedAt = -1;
    this.#look(seen);
  }

  #look({ me, peer, what }: Seen): void {
    if (!this.#isActive || this.#closedAt >= 0 || me.finEnd === undefined || peer.finEnd === undefined) return;
    if (seqLeq(me.finEnd, me.una) && seqLeq(peer.finEnd, me.rcvNxt) && !me.hasReset && !peer.hasReset)
      this.#closedAt = what.now;
  }
}

function ms(ns: number): string {
  return `${Math.round(ns / MILLISECOND)} ms`;
}

/** MUST-46: an OPEN to many is refused, so that no SYN to many leaves. */
class ToOne extends Judge {
  override sent(seen: Seen): void {
    const { octets, ipAt } = seen.packet;
    if ((seen.packet.seg.flags & (SYN | ACK)) !== SYN) return;
    this.tried++;
    const first = octets[ipAt]! >> 4 === 6 ? octets[ipAt + 24]! : octets[ipAt + 16]!;
    const isSix = octets[ipAt]! >> 4 === 6;
    const isMany = isSix
      ? first === 0xff
      : first >> 4 === 0xe || octets.subarray(ipAt + 16, ipAt + 20).every((octet) => octet === 0xff);
    if (isMany) this.fail(seen, 'a SYN to a multicast or broadcast address');
  }
}

export const LIFE_RULES: readonly Rule[] = [
  {
    id: 'MUST-8',
    clause: 'RFC 9293 §3.4.1, §3.4.2',
    what: 'a connection that uses ports anew does not begin among the numbers of the one before (for 2 MSL)',
    where: 'anywhere',
    make: () => new FreshIsn(),
  },
  {
    id: 'reset-exact',
    clause: 'RFC 9293 §3.10.7.4, RFC 5961 §3.2',
    what: 'a RST is taken if it lies exactly at RCV.NXT, and nowhere else',
    where: 'at-the-end',
    make: () => new ResetExact(),
  },
  {
    id: 'MUST-13',
    clause: 'RFC 9293 §3.6.1',
    what: 'an end that closed first lingers in TIME-WAIT, and answers the peer’s FIN if it comes again',
    where: 'at-the-end',
    make: () => new TimeWait(),
  },
  {
    id: 'MUST-46',
    clause: 'RFC 9293 §3.9.2.3',
    what: 'no connection is opened to a multicast or broadcast address',
    where: 'anywhere',
    make: () => new ToOne(),
  },
];
