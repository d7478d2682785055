// Conversations with one TCP in virtual time, as packetdrill has them: what its application does, what arrives, what leaves.
//
//   established('a short segment waits for what is in flight', { mss: 1000 }, (tcp) => {
//     tcp.writes(1000);
//     tcp.sends('P. 1:1001(1000) ack 1');
//     tcp.writes(10);
//     tcp.sendsNothing();
//   });
//
// notation.ts says how segments are written. Each conversation is held three times, with sequence numbers that begin near 0,
// cross 2^31 and cross 2^32. After every input all invariants are checked; at the end the TCP has nothing more to send, and
// the reasons for its silence add up to its life. Delayed acknowledgments, window scaling and SACK are off unless asked for.
// Octets are told apart by their place in the stream, so text that is misplaced anywhere is found out.
import test from 'ava';
import {
  ACK,
  checkTcb,
  Connection,
  type ConnectionEvent,
  type ConnectionOptions,
  connectionOptions,
  type Instant,
  type Keepalive,
  MILLISECOND,
  type NagleVariant,
  type Offering,
  type Probe,
  type ProfileName,
  type Purpose,
  Segment,
  type Seq,
  seq,
  seqAdd,
  seqDiff,
  type SilenceReason,
  type Snapshot,
  SYN,
} from '../../src/tcp/index.ts';
import { describe, matches, type Origins, parseLine, type SegmentOptions } from './notation.ts';

export interface Setting extends Partial<Omit<ConnectionOptions, 'iss'>> {
  /** What both ends offer at first: the peer's window field, and our receive buffer unless `receiveBuffer` says otherwise. */
  wnd?: number;
  profile?: ProfileName;
  /** What the peer's SYN says. MSS and window are ours unless stated; '' for none of an option. */
  peer?: { wnd?: number; options?: string };
  /** Milliseconds from our SYN to the peer's answer. */
  rtt?: number;
}

/** How many of the last steps the report of a failure shows. */
const SHOWN = 60;

type Body = (tcp: Conversation) => void;

/** A connection that nobody has opened yet. */
export function closed(name: string, setting: Setting, body: Body): void {
  hold(name, setting, body, () => {});
}

/** A passive open that waits for a SYN. */
export function listening(name: string, setting: Setting, body: Body): void {
  hold(name, setting, body, (tcp) => tcp.listens());
}

/** An active open whose SYN has left. */
export function connecting(name: string, setting: Setting, body: Body): void {
  hold(name, setting, body, (tcp) => {
    tcp.connects();
    tcp.sends('S 0:0(0)');
  });
}

/** A passive open whose SYN-ACK has left. */
export function accepting(name: string, setting: Setting, body: Body): void {
  hold(name, setting, body, (tcp) => tcp.takesSyn());
}

/** ESTABLISHED, opened actively. */
export function established(name: string, setting: Setting, body: Body): void {
  hold(name, setting, body, (tcp) => tcp.getsEstablished());
}

/** ESTABLISHED, opened passively. */
export function accepted(name: string, setting: Setting, body: Body): void {
  hold(name, setting, body, (tcp) => {
    tcp.takesSyn();
    tcp.receives('. 1:1(0) ack 1');
    tcp.hasEvent('connected');
  });
}

/** The conversations' three places in sequence space: how far before 0, 2^31 and 2^32 the two ends begin. */
const STARTS: readonly { what: string; iss: number; irs: number }[] = [
  { what: 'near 0', iss: 0, irs: 0 },
  { what: 'across 2^31', iss: 2 ** 31 - 700, irs: 2 ** 31 - 1_300 },
  { what: 'across 2^32', iss: 2 ** 32 - 700, irs: 2 ** 32 - 1_300 },
];

function hold(name: string, setting: Setting, body: Body, opening: Body): void {
  test(name, (t) => {
    for (const start of STARTS) {
      const tcp = new Conversation(setting, seq(start.iss), seq(start.irs));
      try {
        opening(tcp);
        body(tcp);
        tcp.ends();
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        const stack = error instanceof Error ? (error.stack ?? '') : '';
        const place = /test[\\/](?:rfc|tcp)[^)\s]*/.exec(stack)?.[0] ?? '';
        t.fail(`${what}\n  with sequence numbers ${start.what}, ${place}\n  ${tcp.steps.slice(-SHOWN).join('\n  ')}`);
        return;
      }
    }
    t.pass();
  });
}

/** The octet that stands at place `n` of either stream. */
export function octetAt(n: number): number {
  return (n ^ (n >>> 8) ^ (n >>> 16)) & 0xff;
}

function octets(first: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => octetAt(first + index));
}

/** The names in a snapshot that count from ISS and from IRS. */
const FROM_ISS = new Set(['SND.UNA', 'SND.NXT', 'SND.MAX', 'SND.WL2', 'SND.UP']);
const FROM_IRS = new Set(['SND.WL1', 'RCV.NXT', 'RCV.UP']);

/** Puts a line's options on a segment. `acknowledged` is the initial sequence number of what it acknowledges. */
function takeOptions(seg: Segment, options: SegmentOptions | undefined, acknowledged: Seq): void {
  if (options === undefined) return;
  const { sacks, ...others } = options;
  Object.assign(seg, others);
  for (const [start, end] of sacks) seg.addSack(seqAdd(acknowledged, start), seqAdd(acknowledged, end));
}

export class Conversation {
  readonly connection: Connection;
  /** What happened so far, for the report of a failure. */
  readonly steps: string[] = [];
  now: Instant = 0;

  readonly #setting: Setting;
  readonly #irs: Seq;
  /** Where segments of ours, and of the peer, count from. */
  readonly #ours: Origins;
  readonly #theirs: Origins;
  readonly #mss: number;
  /** The window field of the peer's segments that do not state one: that of the last one which did. */
  #peerWnd: number;
  #written = 0;
  #read = 0;
  /** What left and was not asked for yet. */
  #left: Segment[] = [];
  #events: ConnectionEvent[] = [];
  #isPolled = true;

  constructor(setting: Setting, iss: Seq, irs: Seq) {
    const { wnd = 10_000, profile = 'rfc', peer: _peer, rtt: _rtt, ...options } = setting;
    this.#setting = setting;
    this.#mss = options.mss ?? 1_000;
    this.#irs = irs;
    this.#ours = { sender: iss, receiver: irs };
    this.#theirs = { sender: irs, receiver: iss };
    this.#peerWnd = setting.peer?.wnd ?? wnd;
    const defaults = { mss: 1_000, receiveBuffer: wnd, delayedAck: 0, windowScale: 'off', sack: false } as const;
    this.connection = new Connection(connectionOptions({ ...defaults, ...options, iss }, profile), this.now);
  }

  // ---- what the application does ----

  connects(): void {
    this.#step('connects', () => this.connection.connect(this.now));
  }

  listens(): void {
    this.#step('listens', () => this.connection.listen(this.now));
  }

  /** Writes the next `count` octets, of which `taken` find room. */
  writes(count: number, taken = count): void {
    this.#step(`writes ${count}`, () => {
      const found = this.connection.write(octets(this.#written + 1, count), this.now);
      this.#written += found;
      if (found !== taken) throw new Error(`${found} of ${count} octets found room, not ${taken}`);
    });
  }

  /** The same with the URGENT flag. */
  writesUrgently(count: number, taken = count): void {
    this.#step(`writes ${count} urgently`, () => {
      const found = this.connection.writeUrgent(octets(this.#written + 1, count), this.now);
      this.#written += found;
      if (found !== taken) throw new Error(`${found} of ${count} octets found room, not ${taken}`);
    });
  }

  /** Reads exactly the next `count` octets, and looks at each. */
  reads(count: number): void {
    this.#step(`reads ${count}`, () => {
      const target = new Uint8Array(count);
      const got = this.connection.read(target, this.now);
      if (got !== count) throw new Error(`${got} octets could be read, not ${count}`);
      target.forEach((octet, index) => this.#checkOctet(octet, this.#read + 1 + index, 'read'));
      this.#read += count;
    });
  }

  closes(): void {
    this.#step('closes', () => this.connection.close(this.now));
  }

  aborts(): void {
    this.#step('aborts', () => this.connection.abort(this.now));
  }

  holds(reason: 'recorder' | 'carrier'): void {
    this.#step(`is held by the ${reason}`, () => this.connection.hold(reason, this.now));
  }

  releases(reason: 'recorder' | 'carrier'): void {
    this.#step(`is released by the ${reason}`, () => this.connection.release(reason, this.now));
  }

  setsNagle(nagle: NagleVariant): void {
    this.#step(`sets Nagle ${nagle}`, () => this.connection.setNagle(nagle, this.now));
  }

  setsKeepalive(keepalive: Keepalive | undefined): void {
    this.#step('sets keepalive', () => this.connection.setKeepalive(keepalive, this.now));
  }

  /** The call `what` throws, in the words of RFC 9293 §3.10. */
  refuses(what: (connection: Connection, now: Instant) => unknown, message: string): void {
    this.#step(`refuses: ${message}`, () => {
      try {
        what(this.connection, this.now);
      } catch (error) {
        const words = error instanceof Error ? error.message : String(error);
        if (words === message) return;
        throw new Error(`it threw '${words}', not '${message}'`, { cause: error });
      }
      throw new Error(`it did not throw '${message}'`);
    });
  }

  observedBy(probe: Probe): void {
    this.connection.observe(probe);
  }

  // ---- what the peer does ----

  /** A segment of the peer arrives. */
  receives(text: string): void {
    this.#step(`receives ${text}`, () => {
      const line = parseLine(text);
      const seg = new Segment();
      seg.flags = line.flags;
      seg.seq = seqAdd(this.#irs, line.start);
      if ((line.flags & ACK) !== 0 && line.ack === undefined) throw new Error('say which octet is acknowledged');
      seg.ack = line.ack === undefined ? seq(0) : seqAdd(this.#theirs.receiver, line.ack);
      seg.wnd = line.win ?? this.#peerWnd;
      this.#peerWnd = seg.wnd;
      seg.up = line.urg ?? 0;
      seg.text = octets(line.start + ((line.flags & SYN) === 0 ? 0 : 1), line.length);
      seg.textLength = line.length;
      takeOptions(seg, line.options, this.#theirs.receiver);
      this.connection.segmentArrives(seg, this.now);
    });
  }

  /** A segment of the peer arrives, and its checksum is wrong. */
  receivesDamaged(text: string): void {
    this.#step(`receives, damaged, ${text}`, () => {
      const line = parseLine(text);
      const seg = new Segment();
      seg.flags = line.flags;
      seg.seq = seqAdd(this.#irs, line.start);
      seg.textLength = line.length;
      this.connection.damageArrives(seg, this.now);
    });
  }

  /** Time passes; nothing may leave before its very end. */
  waits(ms: number): void {
    this.#poll();
    if (this.#left.length > 0) throw new Error(`before time passes, this left: ${this.#describeLeft()}`);
    const end = this.now + Math.round(ms * MILLISECOND);
    this.#step(`waits ${ms} ms`, () => {
      for (;;) {
        const deadline = this.connection.nextDeadline();
        if (deadline > end) break;
        if (deadline < this.now) throw new Error(`a deadline lies in the past: ${deadline} < ${this.now}`);
        this.now = deadline;
        this.connection.timePasses(this.now);
        checkTcb(this.connection.tcb);
        this.#poll();
        if (this.#left.length > 0 && this.now < end) {
          const early = (end - this.now) / MILLISECOND;
          throw new Error(`${early} ms before the end of the wait this left: ${this.#describeLeft()}`);
        }
      }
      this.now = end;
      this.connection.timePasses(this.now);
    });
  }

  /** Time passes until the next timer expires. */
  waitsForTimer(): void {
    this.waits((this.connection.nextDeadline() - this.now) / MILLISECOND);
  }

  /** While `body` happens nobody asks for segments: a driver may take several inputs before it polls. */
  holdsPolls(body: () => void): void {
    this.#isPolled = false;
    body();
    this.#isPolled = true;
  }

  // ---- what must be seen ----

  /** The next segment that leaves. Its text is what was written at that place. */
  sends(text: string, purpose?: Purpose): void {
    this.#poll();
    this.steps.push(`${this.#clock()}sends ${text}`);
    const line = parseLine(text);
    const seg = this.#left.shift();
    if (seg === undefined) throw new Error(`nothing left, where '${text}' was expected`);
    if (!matches(line, seg, this.#ours)) {
      throw new Error(`what left was      '${describe(seg, this.#ours)}'\n  where expected was '${text}'`);
    }
    if (purpose !== undefined && seg.purpose !== purpose) {
      throw new Error(`its purpose was '${seg.purpose}', not '${purpose}'`);
    }
    for (let index = 0; index < seg.textLength; index++) {
      this.#checkOctet(seg.text[seg.textStart + index], line.start + index, 'sent');
    }
  }

  sendsNothing(): void {
    this.#poll();
    this.steps.push(`${this.#clock()}sends nothing`);
    if (this.#left.length > 0) throw new Error(`where nothing should have left, this did: ${this.#describeLeft()}`);
  }

  /** Variables under their RFC names; sequence numbers are relative. */
  has(expected: Partial<Snapshot>): void {
    this.steps.push(`${this.#clock()}has ${JSON.stringify(expected)}`);
    const actual: Snapshot = this.connection.snapshot();
    for (const [name, value] of Object.entries(expected)) {
      const found = this.#relative(name, actual[name as keyof Snapshot]);
      if (JSON.stringify(found) !== JSON.stringify(value)) {
        throw new Error(`${name} is ${JSON.stringify(found)}, not ${JSON.stringify(value)}`);
      }
    }
  }

  hasReason(reason: SilenceReason): void {
    this.#poll();
    this.steps.push(`${this.#clock()}is silent: ${reason}`);
    if (this.connection.reason !== reason)
      throw new Error(`the reason is '${this.connection.reason}', not '${reason}'`);
  }

  hasOffering(offering: Offering): void {
    this.#poll();
    this.steps.push(`${this.#clock()}offers: ${offering}`);
    const found = this.connection.offering;
    if (found !== offering) throw new Error(`the offering is '${found}', not '${offering}'`);
  }

  /** The application was told of `event` since it was last asked about it. */
  hasEvent(event: ConnectionEvent): void {
    this.#collectEvents();
    this.steps.push(`${this.#clock()}tells '${event}'`);
    if (!this.#events.includes(event)) throw new Error(`no event '${event}', only [${this.#events.join(', ')}]`);
    this.#events = this.#events.filter((each) => each !== event);
  }

  hasNoEvent(event: ConnectionEvent): void {
    this.#collectEvents();
    this.steps.push(`${this.#clock()}does not tell '${event}'`);
    if (this.#events.includes(event)) throw new Error(`the event '${event}' came`);
  }

  /** Any claim that the above cannot make. */
  claims(claim: boolean, what: string): void {
    this.steps.push(`${this.#clock()}${what}`);
    if (!claim) throw new Error(`not so: ${what}`);
  }

  // ---- how conversations begin and end ----

  takesSyn(): void {
    this.listens();
    this.receives(`S 0:0(0) win ${this.#peerWnd} <${this.#peerOptions()}>`);
    this.sends('S. 0:0(0) ack 1');
  }

  getsEstablished(): void {
    this.connects();
    this.sends('S 0:0(0)');
    if (this.#setting.rtt !== undefined) this.waits(this.#setting.rtt);
    this.receives(`S. 0:0(0) ack 1 win ${this.#peerWnd} <${this.#peerOptions()}>`);
    this.sends('. 1:1(0) ack 1');
    this.hasEvent('connected');
  }

  ends(): void {
    this.sendsNothing();
    const { connection } = this;
    const life = Math.min(this.now, connection.tcb.endedAt);
    for (const durations of [connection.durations(this.now), connection.offeringDurations(this.now)]) {
      const sum = Object.values<number>({ ...durations }).reduce((total, each) => total + each, 0);
      this.claims(sum === life, `the partition's sum ${sum} is the connection's life ${life}`);
    }
  }

  #peerOptions(): string {
    return this.#setting.peer?.options ?? `mss ${this.#mss}`;
  }

  #step(what: string, act: () => void): void {
    this.steps.push(`${this.#clock()}${what}`);
    act();
    checkTcb(this.connection.tcb);
  }

  #poll(): void {
    if (!this.#isPolled) return;
    for (;;) {
      const seg = new Segment();
      if (!this.connection.pollSegment(seg, this.now)) break;
      checkTcb(this.connection.tcb);
      seg.text = seg.text.slice(); // the next poll may use it again
      this.#left.push(seg);
      if (this.#left.length > 1_000) throw new Error('it never stops sending');
    }
    checkTcb(this.connection.tcb);
  }

  #collectEvents(): void {
    for (let event = this.connection.pollEvent(); event !== undefined; event = this.connection.pollEvent()) {
      this.#events.push(event);
    }
  }

  #relative(name: string, value: Snapshot[keyof Snapshot]): unknown {
    if (value === null) return value;
    if (FROM_ISS.has(name)) return seqDiff(value as Seq, this.#ours.sender);
    if (FROM_IRS.has(name)) return seqDiff(value as Seq, this.#irs);
    return value;
  }

  #checkOctet(octet: number | undefined, place: number, how: string): void {
    if (octet !== octetAt(place)) throw new Error(`octet ${place} was ${how} wrong: ${octet}, not ${octetAt(place)}`);
  }

  #describeLeft(): string {
    return this.#left.map((seg) => `'${describe(seg, this.#ours)}'`).join(', ');
  }

  #clock(): string {
    return `${(this.now / MILLISECOND).toFixed(3).padStart(12)} ms  `;
  }
}
