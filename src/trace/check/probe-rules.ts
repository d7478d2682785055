// Rules for zero windows (RFC 9293 §3.8.6.1), and for questions about a silent peer (§3.8.4).
import { HOUR, MILLISECOND, SECOND, seqDiff } from '../../tcp/index.ts';
import { Judge, type Rule, type Seen } from './rule.ts';

/** How long a zero window may go unprobed: more than any first retransmission timeout (RFC 6298 §2.1, §5.7). */
function patience({ me }: Seen): number {
  const { srtt, rttvar } = me.rtt;
  return 2 * Math.max(3 * SECOND, srtt < 0 ? 0 : srtt + 4 * rttvar);
}

/** Why an end that is shut out has something to send: octets in flight, a recording's word, or octets as soon as it may. */
class Persists extends Judge {
  #shutAt = -1;
  #asked = false;
  #isWaiting = false;
  /** The window opened after it was shut for so long. */
  #openedAfter = -1;
  #openedAt = -1;

  override sent(seen: Seen): void {
    const { what, me } = seen;
    if (this.#shutAt >= 0) {
      this.#look(seen);
      if (what.kind === 'probe' || what.kind === 'retransmission') {
        if (!this.#asked) this.tried++;
        this.#asked = true;
      }
    }
    if (this.#openedAfter < 0 || what.fresh === 0) return;
    const wasFull = what.now - this.#openedAt < 50 * MILLISECOND;
    if (wasFull && this.#openedAfter > patience(seen)) {
      this.tried++;
      this.fail(
        seen,
        `octets were waiting, and nothing asked a window that was shut for ${seconds(this.#openedAfter)}`,
      );
    }
    this.#openedAfter = -1;
    if (me.wnd > 0) this.#shutAt = -1;
  }

  override heard(seen: Seen): void {
    const { me, what } = seen;
    if (!me.hasWindow) return;
    if (this.#shutAt >= 0) this.#look(seen);
    if (me.wnd === 0 && this.#shutAt < 0) {
      this.#shutAt = what.now;
      this.#asked = false;
      this.#isWaiting = false;
      this.#openedAfter = -1;
      return;
    }
    if (me.wnd > 0 && this.#shutAt >= 0) {
      const isFull = seqDiff(me.nxt, me.una) === 0;
      if (!this.#asked && !this.#isWaiting && isFull) {
        this.#openedAfter = what.now - this.#shutAt;
        this.#openedAt = what.now;
      }
      this.#shutAt = -1;
    }
  }

  override ends(seen: Seen): void {
    if (this.#shutAt >= 0) this.#look(seen);
  }

  /** It has waited too long already: told once for each time the window is shut. */
  #look(seen: Seen): void {
    const { me, peer, what, reason } = seen;
    if (this.#asked || this.#isWaiting || me.hasReset || peer.hasReset || me.finEnd !== undefined) return;
    const isWaiting = reason === 'zero-window' || seqDiff(me.nxt, me.una) > 0;
    if (!isWaiting || what.now - this.#shutAt <= patience(seen)) return;
    this.#isWaiting = true;
    this.tried++;
    this.fail(seen, `octets wait, and nothing has asked a window that is shut for ${seconds(what.now - this.#shutAt)}`);
  }
}

function seconds(ns: number): string {
  return `${(ns / SECOND).toFixed(1)} s`;
}

/** The times of the probes of one shut window. */
abstract class Probing extends Judge {
  protected shutAt = -1;
  protected lastAt = -1;
  protected interval = -1;
  /** When something came last that wants an answer: an empty segment right after it is the answer, whatever its sequence number looks like. */
  #askedAt = -MILLISECOND;

  override heard({ me, what }: Seen): void {
    if (what.length > 0 || what.kind === 'keepalive' || what.kind === 'probe') this.#askedAt = what.now;
    if (me.hasWindow && me.wnd === 0) {
      if (this.shutAt < 0) this.shutAt = what.now;
      return;
    }
    this.shutAt = -1;
    this.lastAt = -1;
    this.interval = -1;
  }

  override sent(seen: Seen): void {
    const { what, isOwn } = seen;
    if (what.kind !== 'probe' || this.shutAt < 0) return;
    if (!isOwn && what.length === 0 && what.now - this.#askedAt < MILLISECOND) return;
    this.probes(seen);
    if (this.lastAt >= 0) this.interval = seen.what.now - this.lastAt;
    this.lastAt = seen.what.now;
  }

  protected abstract probes(seen: Seen): void;
}

class FirstProbe extends Probing {
  protected override probes(seen: Seen): void {
    if (this.lastAt >= 0) return;
    const { me, what } = seen;
    this.tried++;
    const wait = what.now - this.shutAt;
    // Of the segments in flight a stack may time one in each round trip only: its smoothed time is not the one seen here.
    const least = Math.max(100 * MILLISECOND, me.rtt.samples.count > 0 ? me.rtt.samples.least : 0);
    if (wait < least)
      this.fail(seen, `the first probe comes ${Math.round(wait / 1e5) / 10} ms after the window was shut`);
  }
}

/** From here on a stack may have reached its longest wait. */
const LONGEST = 4 * SECOND;

class ProbesBackOff extends Probing {
  /** Intervals in a row that did not grow. */
  #flat = 0;

  protected override probes(seen: Seen): void {
    if (this.lastAt < 0) this.#flat = 0;
    if (this.interval < 0) return;
    const interval = seen.what.now - this.lastAt;
    this.tried++;
    if (interval >= 1.2 * this.interval || interval >= LONGEST) {
      this.#flat = 0;
      return;
    }
    this.#flat++;
    if (this.#flat === 2)
      this.fail(seen, `probes come every ${seconds(interval)}, and not after longer and longer waits`);
  }
}

/** Whatever arrives at a zero window is answered, or the asking end gives up. */
class ProbeAnswered extends Judge {
  #askedAt = -1;

  override heard(seen: Seen): void {
    const { what } = seen;
    this.#look(seen);
    if (what.kind !== 'probe' || !seen.me.hasAck) return;
    this.tried++;
    if (this.#askedAt < 0) this.#askedAt = what.now;
  }

  override sent({ what }: Seen): void {
    if (what.window >= 0 || what.kind === 'reset') this.#askedAt = -1;
  }

  override ends(seen: Seen): void {
    this.#look(seen);
  }

  #look(seen: Seen): void {
    if (this.#askedAt < 0 || seen.what.now - this.#askedAt < SECOND || seen.me.hasReset) return;
    if (seen.track.hasEnded[0] || seen.track.hasEnded[1]) return;
    this.#askedAt = -1;
    this.fail(seen, 'a probe has gone without an answer for a second');
  }
}

class Keepalives extends Judge {
  #lastAt = -1;
  #heardAt = -1;

  override heard({ what }: Seen): void {
    this.#heardAt = what.now;
  }

  override sent(seen: Seen): void {
    const { what, configuration, isOwn } = seen;
    const idle = what.now - Math.max(this.#heardAt, this.#lastAt);
    const isAgain = this.#lastAt > this.#heardAt;
    if (what.kind !== 'keepalive') {
      if (what.length > 0) this.#lastAt = -1;
      return;
    }
    this.#lastAt = what.now;
    if (isAgain) return; // of the questions only the first waits
    this.tried++;
    if (idle >= 2 * HOUR) return;
    const isAskedFor = isOwn && typeof configuration?.keepalive === 'object' && configuration.keepalive !== null;
    if (isAskedFor) return;
    if (isOwn) this.fail(seen, `a question after ${seconds(idle)} of silence, and nobody asked for that`);
    else this.wonder('questions sooner than after two hours: an application may ask for that');
  }
}

/** A question must have been waiting that long for its answer to be missed. */
const NO_ANSWER = SECOND;

class KeepaliveMissed extends Judge {
  #asked = 0;
  #askedAt = -1;

  override heard(): void {
    this.#asked = 0;
  }

  override sent(seen: Seen): void {
    const { what } = seen;
    if (what.kind === 'keepalive') {
      this.#asked++;
      this.#askedAt = what.now;
      if (this.#asked === 2) this.tried++;
      return;
    }
    const isGivingUp = what.kind === 'reset' && this.#asked === 1 && what.now - this.#askedAt >= NO_ANSWER;
    this.#asked = 0;
    if (!isGivingUp) return;
    this.tried++;
    this.fail(seen, 'it gives the connection up after a single question without an answer');
  }
}

export const PROBE_RULES: readonly Rule[] = [
  {
    id: 'MUST-36',
    clause: 'RFC 9293 §3.8.6.1',
    what: 'a zero window is probed while there is something to send, also one that shrank to zero (MUST-35)',
    where: 'at-the-end',
    make: () => new Persists(),
  },
  {
    id: 'SHLD-29',
    clause: 'RFC 9293 §3.8.6.1',
    what: 'the first probe waits for a retransmission timeout',
    where: 'at-the-end',
    make: () => new FirstProbe(),
  },
  {
    id: 'SHLD-30',
    clause: 'RFC 9293 §3.8.6.1',
    what: 'the interval between probes grows exponentially',
    where: 'at-the-end',
    make: () => new ProbesBackOff(),
  },
  {
    id: 'probe-answered',
    clause: 'RFC 9293 §3.8.6.1',
    what: 'what arrives at a zero window is acknowledged',
    where: 'at-the-end',
    make: () => new ProbeAnswered(),
  },
  {
    id: 'MUST-28',
    clause: 'RFC 9293 §3.8.4',
    what: 'a silent peer is not asked before two hours have passed, unless the application wants it',
    where: 'at-the-end',
    make: () => new Keepalives(),
  },
  {
    id: 'MUST-29',
    clause: 'RFC 9293 §3.8.4',
    what: 'no single question without an answer ends a connection',
    where: 'at-the-end',
    make: () => new KeepaliveMissed(),
  },
];
