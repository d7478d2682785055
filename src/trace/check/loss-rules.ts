// Rules for an end whose octets are lost: timeouts (RFC 6298), fast retransmit (RFC 5681 §3.2, RFC 6675).
import { MILLISECOND, NO_SEQ, SECOND, type Seq, seqDiff, seqLt } from '../../tcp/index.ts';
import { Judge, type Rule, type Seen } from './rule.ts';

/** From here on a stack may have reached its longest timeout. */
const LONGEST = 30 * SECOND;

/** Each timeout of the same octets takes twice as long as the one before. */
class TimeoutsBackOff extends Judge {
  #at: Seq = NO_SEQ;
  #count = 0;
  #lastAt = -1;
  #interval = -1;

  override sent(seen: Seen): void {
    const { what, me, packet } = seen;
    if (what.kind === 'probe' || me.wnd === 0) this.#count = 0;
    if (what.kind !== 'retransmission' || me.wnd === 0) return;
    const isSame = this.#count > 0 && packet.seg.seq === this.#at && packet.seg.seq === me.una;
    if (!isSame) {
      if (packet.seg.seq !== me.una) return;
      this.#at = packet.seg.seq;
      this.#count = 1;
      this.#lastAt = what.now;
      this.#interval = -1;
      return;
    }
    const interval = what.now - this.#lastAt;
    if (interval < 10 * MILLISECOND) return; // one loss, sent again twice: not by a timer
    if (this.#interval >= 0) {
      this.tried++;
      if (interval < 1.5 * this.#interval && interval < LONGEST) {
        this.fail(seen, `the same octets go again after ${ms(interval)}, as after ${ms(this.#interval)} before`);
      }
    }
    this.#interval = interval;
    this.#lastAt = what.now;
    this.#count++;
  }

  override heard({ what, me }: Seen): void {
    // Whatever came may have set the timer anew.
    if (what.advance !== 0 || me.wnd === 0 || what.kind === 'window-update') this.#count = 0;
  }
}

function ms(ns: number): string {
  return `${Math.round(ns / MILLISECOND)} ms`;
}

class TimeoutWaits extends Judge {
  override sent(seen: Seen): void {
    const { what, me } = seen;
    if (what.cause !== 'timeout' || what.waitNs < 0 || me.rtt.samples.count < 2) return;
    if (me.dupAcks > 0 || !me.sacked.isEmpty) return;
    this.tried++;
    const { least } = me.rtt.samples;
    if (what.waitNs < least)
      this.fail(seen, `sent again after ${ms(what.waitNs)}, and no answer ever came sooner than after ${ms(least)}`);
  }
}

const DUP_THRESH = 3;

/**
 * Only what nobody doubts is a duplicate counts: without SACK one that repeats the window that its receiver has taken (RFC 5681 §2,
 * and BSD's reading of it), with SACK one that brings news (RFC 6675 §2).
 */
class FastRetransmit extends Judge {
  #dupAt = -1;
  #dups = 0;
  #wnd = -1;
  /** Those that were not refused. */
  #dupAcks = 0;
  #sacked = 0;
  /** What was sent before the last retransmission: up to here duplicates may be its echoes (RFC 6582 §3.2, RFC 6675 §5.1). */
  #guard: Seq | undefined = undefined;

  override heard(seen: Seen): void {
    const { me, peer, what } = seen;
    const counts = this.#counts(seen);
    this.#wnd = me.wnd;
    this.#dupAcks = me.dupAcks;
    this.#sacked = me.sacked.octets;
    if (what.advance !== 0) this.#dupAt = -1;
    if (what.advance > 0) this.#dups = 0;
    if (!counts) return;
    this.#dups++;
    const isEnough = !usesSack(seen) || me.sacked.octets >= DUP_THRESH * me.segmentSize(peer);
    if (this.#dups >= DUP_THRESH && isEnough && this.#dupAt < 0 && seqLt(me.una, me.nxt)) this.#dupAt = what.now;
  }

  override sent(seen: Seen): void {
    const { me, what, packet } = seen;
    if (what.kind !== 'retransmission') return;
    const since = this.#dupAt;
    this.#dupAt = -1;
    this.#dups = 0;
    this.#guard = me.nxt;
    if (since < 0 || packet.seg.seq !== me.una) return;
    this.tried++;
    const wait = what.now - since;
    if (wait > 150 * MILLISECOND && wait > me.rtt.srtt) {
      this.fail(seen, `three duplicate acknowledgments asked for it, and it came ${ms(wait)} later`);
    }
  }

  /** Nobody doubts that it is a duplicate, and no echo. */
  #counts(seen: Seen): boolean {
    const { me, what } = seen;
    if (me.dupAcks <= this.#dupAcks || what.window !== this.#wnd || me.wnd === 0) return false;
    if (this.#guard !== undefined && seqDiff(me.una, this.#guard) <= 0) return false;
    return !usesSack(seen) || me.sacked.octets > this.#sacked;
  }
}

function usesSack({ me, peer }: Seen): boolean {
  return me.sackPermitted && peer.sackPermitted;
}

export const LOSS_RULES: readonly Rule[] = [
  {
    id: 'MUST-19',
    clause: 'RFC 6298 §5.5 (RFC 9293 §3.8.1)',
    what: 'each timeout of the same octets waits twice as long as the one before',
    where: 'at-the-end',
    make: () => new TimeoutsBackOff(),
  },
  {
    id: 'rto-least',
    clause: 'RFC 6298 §2',
    what: 'no timeout is shorter than the shortest round trip',
    where: 'at-the-end',
    make: () => new TimeoutWaits(),
  },
  {
    id: 'fast-retransmit',
    clause: 'RFC 5681 §3.2, RFC 6675 §5',
    what: 'three duplicate acknowledgments bring the lost octets back without waiting for the timeout',
    where: 'at-the-end',
    make: () => new FastRetransmit(),
  },
];
