// Two connections joined by a bad path, in virtual time: segments are lost, doubled, delayed and overtaken; applications read
// and write in fits, sometimes urgently, close when they like, and hold their carriers. Then everything heals, and all must arrive.
import {
  ABSENT,
  checkTcb,
  Connection,
  connectionOptions,
  type ConnectionOptions,
  type Instant,
  MILLISECOND,
  SECOND,
  Segment,
  seq,
  type Seq,
  seqAdd,
  seqDiff,
  SYN,
} from '../../src/tcp/index.ts';
import { octetAt } from './conversation.ts';
import { Random } from './random.ts';

/** What goes wrong until the network heals. */
interface Faults {
  loss: number;
  doubling: number;
  delay: number;
  jitter: number;
}

interface Flight {
  at: Instant;
  order: number;
  to: End;
  seg: Segment;
}

class End {
  readonly connection: Connection;
  readonly total: number;
  readonly closesAfter: number;
  readonly readChunk: number;
  written = 0;
  read = 0;
  /** Octets up to the end of what was written urgently, and of what the peer is known to have so written. */
  urgedTo = 0;
  heardOf = 0;
  readonly urges: number;
  hasClosed = false;
  needlessProbes = 0;
  /** When its application does something next. */
  actsAt: Instant = 0;
  /** The right edge of what the peer ever allowed, as seen on the wire, and whether its windows are scaled. */
  edge: Seq | undefined = undefined;
  peersShift = 0;
  offersShift = false;
  /** The furthest octet that was ever sent. */
  furthest: Seq;

  constructor(options: ConnectionOptions, peer: ConnectionOptions, random: Random) {
    this.connection = new Connection(options, 0);
    this.furthest = options.iss;
    const sendBuffer = options.sendBuffer === 'auto' ? Infinity : options.sendBuffer;
    const unit = Math.min(options.mss, 400, sendBuffer, peer.mss, peer.receiveBuffer);
    this.total = random.scaled(1, 100 * unit);
    this.closesAfter = random.chance(0.5) ? this.total : random.whole(0, this.total);
    this.readChunk = random.scaled(1, options.receiveBuffer);
    this.urges = random.pick([0, 0, 0.1, 0.5]);
  }
}

/** @throws Error saying what went wrong. Everything follows from the seed. */
export function converse(seed: number): { segments: number; lasted: Instant } {
  const run = new TwoEnds(seed);
  run.play();
  return { segments: run.segments, lasted: run.now };
}

class TwoEnds {
  now: Instant = 0;
  segments = 0;
  readonly #random: Random;
  readonly #faults: Faults;
  readonly #healsAt: Instant;
  readonly #a: End;
  readonly #b: End;
  #flights: Flight[] = [];
  #order = 0;

  constructor(seed: number) {
    const random = new Random(seed);
    this.#random = random;
    this.#faults = {
      loss: random.pick([0, 0.01, 0.1, 0.4]),
      doubling: random.pick([0, 0.05, 0.3]),
      delay: random.scaled(1, 500) * MILLISECOND,
      jitter: random.pick([0, 1, 50, 1_000]) * MILLISECOND,
    };
    this.#healsAt = random.scaled(1, 60) * SECOND;
    const options = [randomOptions(random), randomOptions(random)] as const;
    this.#a = new End(options[0], options[1], random);
    this.#b = new End(options[1], options[0], random);
  }

  play(): void {
    const a = this.#a;
    const b = this.#b;
    a.connection.connect(0);
    if (this.#random.chance(0.2)) b.connection.connect(0);
    else b.connection.listen(0);
    this.#pump(a);
    this.#pump(b);
    for (let steps = 0; !this.#isDone(); steps++) {
      if (steps > 100_000) throw new Error(`no end after ${steps} steps: ${this.#describe()}`);
      if (this.now > this.#healsAt + 100_000 * SECOND) throw new Error(`no progress: ${this.#describe()}`);
      this.#step();
    }
    this.#checkDelivery(a, b);
    this.#checkDelivery(b, a);
    this.#checkPartition(a);
    this.#checkPartition(b);
  }

  get #isHealed(): boolean {
    return this.now >= this.#healsAt;
  }

  #isDone(): boolean {
    return this.#hasEnded(this.#a) && this.#hasEnded(this.#b);
  }

  #hasEnded(end: End): boolean {
    const { state } = end.connection;
    return state === 'TIME-WAIT' || (state === 'CLOSED' && end.connection.tcb.opened !== 'not');
  }

  #step(): void {
    const a = this.#a;
    const b = this.#b;
    const flight = this.#flights[0];
    const next = Math.min(
      flight?.at ?? Infinity,
      a.connection.nextDeadline(),
      b.connection.nextDeadline(),
      a.actsAt,
      b.actsAt,
    );
    if (next < this.now) throw new Error(`a deadline lies in the past: ${this.#describe()}`);
    this.now = next;
    if (flight !== undefined && flight.at === next) {
      this.#flights.shift();
      this.#arrive(flight);
      return;
    }
    for (const end of [a, b]) {
      if (end.connection.nextDeadline() <= next) {
        end.connection.timePasses(next);
        this.#after(end);
      } else if (end.actsAt <= next) this.#act(end);
    }
  }

  #arrive({ to, seg }: Flight): void {
    noteEdge(to, seg);
    to.connection.segmentArrives(seg, this.now);
    this.#hear(to);
    this.#after(to);
  }

  /** RCV.UP never moves back, and never lies beyond what the peer wrote urgently. */
  #hear(end: End): void {
    const { urgent } = end.connection;
    if (urgent === 0) return;
    const heardOf = end.read + urgent;
    const { urgedTo } = end === this.#a ? this.#b : this.#a;
    if (heardOf < end.heardOf || heardOf > urgedTo) {
      throw new Error(`urgent up to ${heardOf}, after ${end.heardOf}, of ${urgedTo}: ${this.#describe()}`);
    }
    end.heardOf = heardOf;
  }

  #after(end: End): void {
    checkTcb(end.connection.tcb);
    // A driver may take several inputs before it polls.
    if (this.#isHealed || !this.#random.chance(0.1)) this.#pump(end);
  }

  #pump(end: End): void {
    for (;;) {
      const seg = new Segment();
      if (!end.connection.pollSegment(seg, this.now)) break;
      checkTcb(end.connection.tcb);
      this.segments++;
      this.#checkEdge(end, seg);
      this.#checkNeed(end, seg);
      seg.text = seg.text.slice(seg.textStart, seg.textStart + seg.textLength);
      seg.textStart = 0;
      this.#send(end === this.#a ? this.#b : this.#a, seg);
    }
  }

  #send(to: End, seg: Segment): void {
    const { loss, doubling, delay, jitter } = this.#faults;
    if (this.#isHealed) {
      this.#enqueue(to, seg, delay);
      return;
    }
    if (this.#random.chance(loss)) return;
    const copies = this.#random.chance(doubling) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      this.#enqueue(to, Object.assign(new Segment(), seg), delay + Math.floor(jitter * this.#random.next()));
    }
  }

  #enqueue(to: End, seg: Segment, delay: Instant): void {
    const flight = { at: this.now + delay, order: this.#order++, to, seg };
    let index = this.#flights.length;
    while (index > 0 && this.#flights[index - 1]!.at > flight.at) index--;
    this.#flights.splice(index, 0, flight);
  }

  /** An application does what it feels like; after the healing, all that there is to do. */
  #act(end: End): void {
    const { connection } = end;
    end.actsAt = this.now + (this.#isHealed ? 100 : this.#random.scaled(1, 3_000)) * MILLISECOND;
    if (connection.state === 'LISTEN' || connection.failure !== undefined) return;
    connection.release('carrier', this.now);
    if (this.#isHealed) {
      this.#write(end, end.total);
      this.#read(end, Infinity);
    } else {
      if (this.#random.chance(0.6)) this.#write(end, this.#random.scaled(1, 3_000));
      if (this.#random.chance(0.6)) this.#read(end, end.readChunk);
      if (this.#random.chance(0.05)) connection.hold('carrier', this.now);
    }
    this.#closeIfDone(end);
    while (connection.pollEvent() !== undefined) {
      // The applications here look for themselves.
    }
    this.#after(end);
  }

  #closeIfDone(end: End): void {
    if (end.hasClosed || end.written < end.closesAfter || end.connection.state === 'SYN-SENT') return;
    end.connection.close(this.now);
    end.hasClosed = true;
  }

  #write(end: End, most: number): void {
    if (end.hasClosed) return;
    const length = Math.min(most, end.closesAfter - end.written);
    const octets = Uint8Array.from({ length }, (_, index) => octetAt(end.written + index));
    const isUrgent = this.#random.chance(end.urges);
    const accepted = isUrgent ? end.connection.writeUrgent(octets, this.now) : end.connection.write(octets, this.now);
    end.written += accepted;
    if (isUrgent && accepted > 0) end.urgedTo = end.written;
    checkTcb(end.connection.tcb);
  }

  #read(end: End, most: number): void {
    let left = most;
    while (left > 0 && end.connection.readable > 0) {
      const view = end.connection.peek();
      if (end.connection.urgent > 0 && view.length > end.connection.urgent) throw new Error('a view crosses RCV.UP');
      const count = Math.min(view.length, left);
      for (let index = 0; index < count; index++) {
        const wanted = octetAt(end.read + index);
        if (view[index] !== wanted) throw new Error(`octet ${end.read + index} is ${view[index]}, not ${wanted}`);
      }
      end.read += count;
      left -= count;
      end.connection.consume(count, this.now);
      checkTcb(end.connection.tcb);
    }
  }

  /** No new octet beyond the furthest right edge that the wire ever showed, but one that is marked as a probe. */
  #checkEdge(end: End, seg: Segment): void {
    if (seg.has(SYN)) {
      end.offersShift = seg.windowScale !== ABSENT;
      end.furthest = seqAdd(seg.seq, 1);
      return;
    }
    const beyond = end.edge === undefined ? seg.len : seqDiff(seg.end, end.edge);
    const isNew = seqDiff(seg.end, end.furthest) > 0;
    if (seg.len > 0 && isNew && beyond > 0 && !(seg.purpose === 'probe' && beyond === 1 && seg.len === 1)) {
      throw new Error(`${beyond} new octets beyond the right edge, purpose '${seg.purpose}': ${this.#describe()}`);
    }
    if (isNew) end.furthest = seg.end;
  }

  /**
   * After the healing one probe may be needed, for a window update may have been lost before. Any other whose receiver has
   * room, owes nothing and has nothing under way means that a window was kept shut.
   */
  #checkNeed(end: End, seg: Segment): void {
    if (seg.purpose !== 'probe' || !this.#isHealed || this.#flights.length > 0) return;
    const peer = end === this.#a ? this.#b : this.#a;
    if (peer.connection.readable > 0 || peer.connection.snapshot().ackDue !== 'none') return;
    if (++end.needlessProbes > 1) throw new Error(`a window was kept shut: ${this.#describe()}`);
  }

  #checkDelivery(from: End, to: End): void {
    this.#read(to, Infinity);
    const { failure, state } = from.connection;
    if (failure !== undefined) throw new Error(`it failed, ${failure}, in ${state}: ${this.#describe()}`);
    if (from.written !== to.read) throw new Error(`${from.written} octets were written and ${to.read} read`);
    if (from.written !== from.closesAfter)
      throw new Error(`${from.written} of ${from.closesAfter} octets were written`);
    if (from.urgedTo !== to.heardOf) throw new Error(`urgent up to ${from.urgedTo}, heard of up to ${to.heardOf}`);
    if (!to.connection.isPeerClosed) throw new Error('the FIN has not come');
  }

  #checkPartition(end: End): void {
    const life = Math.min(this.now, end.connection.tcb.endedAt);
    const spent = { ...end.connection.durations(this.now) };
    const sum = Object.values<number>(spent).reduce((total, each) => total + each, 0);
    if (sum !== life) throw new Error(`the reasons add up to ${sum} of ${life}`);
  }

  #describe(): string {
    const ends = [this.#a, this.#b].map((end) => JSON.stringify(end.connection.snapshot()));
    return `at ${this.now / SECOND} s (healed at ${this.#healsAt / SECOND}), ${this.#flights.length} in flight\n${ends.join('\n')}`;
  }
}

/** What a segment that arrives allows its receiver to send. */
function noteEdge(end: End, seg: Segment): void {
  if (seg.has(SYN) && seg.windowScale !== ABSENT) end.peersShift = Math.min(14, seg.windowScale);
  if (seg.ack === 0 && seg.flags === SYN) return;
  const shift = end.offersShift ? end.peersShift : 0;
  const edge = seqAdd(seg.ack, seg.has(SYN) ? seg.wnd : seg.wnd * 2 ** shift);
  if (end.edge === undefined || seqDiff(edge, end.edge) > 0) end.edge = edge;
}

function randomOptions(random: Random): ConnectionOptions {
  const receiveBuffer = random.scaled(1, random.pick([20, 5_000, 300_000]));
  const largestShift = Math.min(14, Math.floor(Math.log2(receiveBuffer)));
  return connectionOptions(
    {
      iss: seq(random.pick([0, 2 ** 31, 2 ** 32]) - random.scaled(1, 3_000)),
      receiveBuffer,
      sendBuffer: random.chance(0.5) ? 'auto' : random.scaled(1, 10_000),
      mss: random.scaled(1, 1_500),
      windowScale: random.pick(['off', 'auto', random.whole(0, largestShift)] as const),
      nagle: random.pick(['nagle', 'minshall', 'off'] as const),
      sillyWindowAvoidance: random.chance(0.8),
      timestamps: random.chance(0.3),
      sack: random.chance(0.7),
      congestion: random.pick(['none', 'reno', 'cubic'] as const),
      initialWindow: random.chance(0.5) ? 'auto' : random.whole(1, 4),
      timestampOffset: random.whole(0, 2 ** 32 - 1),
      delayedAck: random.pick([0, 40, 499]) * MILLISECOND,
      probeStyle: random.pick(['rfc', 'linux'] as const),
      keepalive: random.chance(0.2) ? { idle: 5 * SECOND, interval: SECOND, count: 1_000 } : undefined,
      msl: 5_000 * SECOND, // whoever is in TIME-WAIT must outlast the other's longest retransmission timeout
      r2: 1_000_000 * SECOND,
      r2Syn: 1_000_000 * SECOND,
    },
    random.pick(['rfc', 'linux'] as const),
  );
}
