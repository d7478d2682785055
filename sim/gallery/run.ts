// One system under one workload, in virtual time: who may send what when, what arrives, what is said back. Deterministic.
import { Random } from '../../src/link/index.ts';
import { type Duration, type Instant, NEVER, SECOND } from '../../src/tcp/index.ts';
import { Agenda } from './agenda.ts';
import { Consumers } from './consumers.ts';
import { type Ending, MEMORY, MOST_EVENTS } from './ending.ts';
import { type Connection, FrontSupply, InboxSupply, Lane } from './lane.ts';
import { type Entry, type Feedback, type Gate, type Hop, type View } from './model.ts';
import { Receiver } from './receiver.ts';
import { Stock } from './stock.ts';
import { probeGap } from './systems/tcp.ts';
import { RunTally } from './tally.ts';
import { type Item, type Piece, Producer, type Supply } from './traffic.ts';
import { type Workload, type WorkloadOptions } from './workloads.ts';

/** Samples in a run. */
const SAMPLES = 240;

interface HopRun {
  spec: Hop;
  lanes: Lane[];
  supplies: Supply[];
  lineFreeAt: Instant;
  /** Whose turn it is on the line. */
  turn: number;
  isWakeSet: boolean;
}

export class Run {
  readonly tally = new RunTally();
  readonly agenda = new Agenda();
  readonly workload: Workload;
  ending: Ending | undefined;
  readonly hops: HopRun[] = [];
  readonly stock: Stock;
  readonly consumers: Consumers;
  readonly receiver = new Receiver(this);
  readonly #options: WorkloadOptions;
  readonly #losses: Random;

  constructor(entry: Entry, workload: Workload, options: WorkloadOptions = {}) {
    this.workload = workload;
    this.#options = options;
    const seed = options.seed ?? 1;
    this.#losses = new Random(seed, 'losses');
    const slowest = Math.min(...workload.consumers.map(({ perSecond }) => perSecond));
    const setup = { serves: slowest, rtt: 2 * workload.delay, size: workload.meanSize };
    const specs = Array.from({ length: workload.hops }, () => entry.hops(setup)).flat();
    this.consumers = new Consumers(this, specs.at(-1)!);
    this.stock = new Stock(this.tally, this.consumers, workload.meanSize);
    for (const spec of specs) this.#addHop(spec, new Random(seed, 'sizes'));
    this.#start();
  }

  get now(): Instant {
    return this.agenda.now;
  }

  /** Goes on for so many happenings; says whether it has ended. */
  step(events = Infinity): boolean {
    const { agenda } = this;
    const most = Math.min(MOST_EVENTS, this.#options.happenings ?? MOST_EVENTS);
    for (let i = 0; i < events && this.ending === undefined; i++) {
      if (!agenda.step(this.workload.duration)) this.#end('time', this.workload.duration, '');
      else if (agenda.count >= most) {
        this.#end('events', this.now, `stopped at ${most / 1e6} million happenings`);
      }
    }
    return this.ending !== undefined;
  }

  viewOf(lane: Lane, piece?: Piece): View {
    return {
      now: this.now,
      queuedItems: lane.itemsQueued,
      queuedOctets: lane.inbox.octets + lane.octetsAtDoor,
      backlog: piece?.backlog ?? 0,
      rtt: lane.spec.place === 'link' ? 2 * this.workload.delay : 0,
      sojourn: piece === undefined ? 0 : this.now - piece.sentAt,
    };
  }

  /** What a rule has to say goes back to its gate, or to that of its connection. */
  say(lane: Lane, feedback: readonly Feedback[] | undefined, gate: Gate = lane.gate): void {
    for (const one of feedback ?? []) this.#send(lane, one, gate);
  }

  lose(item: Item, how: 'dropped' | 'refused'): void {
    if (how === 'dropped') this.tally.drop(item, this.now);
    else this.tally.refused++;
  }

  fail(says: string): void {
    this.#end('failed', this.now, says);
  }

  /** Sends over a hop whatever may be sent. */
  pump(hop: number): void {
    const it = this.hops[hop]!;
    const isPaced = it.spec.place === 'link' && it.lanes[0]!.front === undefined;
    for (let idle = 0; idle < it.lanes.length && this.ending === undefined;) {
      if (isPaced && it.lineFreeAt > this.now) {
        this.#wakeLine(it, hop);
        return;
      }
      const index = it.turn % it.lanes.length;
      it.turn++;
      if (this.#pumpLane(it, hop, index)) idle = 0;
      else idle++;
    }
  }

  #addHop(spec: Hop, sizes: Random): void {
    const { workload } = this;
    const hop = this.hops.length;
    const streams = workload.consumers.map((_, index) => index);
    const isOne = spec.streams === 'shared' || streams.length === 1;
    const shared = typeof spec.streams === 'object' ? spec.streams.connection : undefined;
    const connection: Connection | undefined =
      shared === undefined ? undefined : { gate: shared.gate(), rule: shared.rule(), isCoupled: shared.isCoupled };
    for (const feedback of connection?.rule.start() ?? []) connection!.gate.hear(feedback, 0);
    const before = this.hops[hop - 1];
    const count = isOne && (before === undefined || before.lanes.length === 1) ? 1 : streams.length;
    const lanes = Array.from({ length: count }, () => new Lane(hop, spec, connection, hop === 0));
    const supplies = lanes.map((lane, index): Supply => {
      if (before !== undefined) return this.#forwarding(before.lanes[index] ?? before.lanes[0]!);
      const producer = this.#producer(count === 1 ? streams : [index], lane, sizes);
      this.stock.producers.push(producer);
      return lane.front === undefined ? producer : new FrontSupply(lane.front);
    });
    for (const lane of lanes) lane.start();
    this.stock.lanes.push(...lanes);
    this.hops.push({ spec, lanes, supplies, lineFreeAt: 0, turn: 0, isWakeSet: false });
  }

  #producer(streams: readonly number[], lane: Lane, sizes: Random): Producer {
    const { produces, size, line, meanSize, consumers } = this.workload;
    const share = streams.length / consumers.length;
    // What is pulled without end would fill any store that drops: the producer is as fast as the line then.
    const perSecond = lane.front !== undefined && produces === Infinity ? line / meanSize : produces * share;
    const items = Math.round((this.#options.items ?? Infinity) * share);
    return new Producer({ perSecond, items, streams, size: (id) => size(id, sizes) });
  }

  #forwarding(lane: Lane): Supply {
    return new InboxSupply(lane, (part, octets, isWhole) => {
      this.receiver.consumed(lane, part, octets, isWhole);
      this.receiver.processed(lane, part, octets, isWhole);
    });
  }

  #start(): void {
    const { agenda, workload } = this;
    const every = workload.duration / SAMPLES;
    const sample = (n: number): void => {
      agenda.add(this.now, () => this.#sample()); // when what happens at this very time has: an item that is made now leaves now
      if (n < SAMPLES) agenda.add(Math.round((n + 1) * every), () => sample(n + 1));
    };
    agenda.add(0, () => sample(0));
    for (const [hop, { lanes, spec }] of this.hops.entries()) {
      for (const lane of lanes) this.#clocks(lane, spec);
      agenda.add(0, () => this.pump(hop));
    }
    for (const [index, producer] of this.stock.producers.entries()) {
      const { front } = this.hops[0]!.lanes[index]!;
      if (front !== undefined) agenda.add(0, () => this.#birth(producer, index));
    }
    if (workload.freeze !== undefined && workload.freeze.to !== NEVER) {
      agenda.add(workload.freeze.to, () => this.consumers.pump());
    }
    this.consumers.start();
  }

  /** What happens at the receiver every so often. */
  #clocks(lane: Lane, spec: Hop): void {
    const { agenda } = this;
    const repeat = (every: Duration, act: () => void): void => {
      agenda.add(this.now + every, () => {
        act();
        repeat(every, act);
      });
    };
    const { rule } = lane;
    if (rule.every !== undefined) repeat(rule.every, () => this.say(lane, rule.ticked?.(this.viewOf(lane))));
    if (spec.repeatEvery !== undefined) repeat(spec.repeatEvery, () => this.say(lane, rule.standing?.()));
  }

  /** An item is made before a store: it leaves at once, or is stored, or what the store does happens. */
  #birth(producer: Producer, index: number): void {
    const lane = this.hops[0]!.lanes[index]!;
    const item = producer.make(this.now);
    if (item !== undefined) {
      if (lane.front!.length === 0 && lane.room(this.now) >= lane.spec.cost(item.octets)) {
        this.#dispatch(this.hops[0]!, 0, index, lane.form(single(item), this.now)!);
      } else {
        const put = lane.front!.put(item);
        if (put.outcome === 'dropped' || put.outcome === 'refused') {
          for (const gone of put.gone) this.lose(gone, put.outcome);
        } else if (put.outcome === 'failed') {
          this.lose(item, 'dropped');
          this.fail('the store before the gate overflowed, which is an error here');
        }
      }
      this.tally.peakFrontItems = Math.max(this.tally.peakFrontItems, lane.front!.length);
    }
    const next = producer.nextBirth();
    if (next < NEVER) this.agenda.add(next, () => this.#birth(producer, index));
  }

  /** Says whether a piece has left. */
  #pumpLane(it: HopRun, hop: number, index: number): boolean {
    const lane = it.lanes[index]!;
    const supply = it.supplies[index]!;
    if (supply.head(this.now) === undefined) {
      this.#noteShut(lane, false);
      this.#awaitBirth(index, hop);
      return false;
    }
    const piece = lane.form(supply, this.now);
    this.#noteShut(lane, piece === undefined);
    if (piece === undefined) {
      this.#awaitGate(lane);
      return false;
    }
    piece.backlog = Math.min(1e6, supply.waiting(this.now));
    this.#dispatch(it, hop, index, piece);
    return true;
  }

  #dispatch(it: HopRun, hop: number, index: number, piece: Piece): void {
    const lane = it.lanes[index]!;
    const { now, workload } = this;
    lane.gate.spend(piece.units, now);
    lane.connection?.gate.spend(piece.octets, now);
    lane.octetsInFlight += piece.octets;
    for (const part of piece.parts) if (part.isLast) lane.itemsInFlight++;
    const isLocal = it.spec.place === 'local';
    if (!isLocal) it.lineFreeAt = Math.max(now, it.lineFreeAt) + Math.round((piece.octets * SECOND) / workload.line);
    this.agenda.add(isLocal ? now : it.lineFreeAt + workload.delay, () => this.receiver.arrive(lane, piece));
    this.#hold(hop, lane);
    this.stock.peaks();
  }

  /** What has come to the end of a hop goes on. */
  onward(lane: Lane): void {
    if (this.#options.memory !== undefined || this.stock.octets > MEMORY / 2) this.#guard();
    if (lane.hop === this.hops.length - 1) this.consumers.pump();
    else this.pump(lane.hop + 1);
  }

  #send(lane: Lane, feedback: Feedback, gate: Gate): void {
    const { tally, workload } = this;
    const isLocal = lane.spec.place === 'local';
    if (!isLocal) tally.signals++;
    if (!isLocal && this.#isLost()) {
      tally.signalsLost++;
      const again = lane.spec.resendAfter?.(2 * workload.delay);
      if (again !== undefined) this.agenda.add(this.now + again, () => this.#send(lane, feedback, gate));
      return;
    }
    this.agenda.add(this.now + (isLocal ? 0 : workload.delay), () => {
      gate.hear(feedback, this.now);
      lane.persistTurn++;
      lane.probes = 0;
      this.#hold(lane.hop, lane);
      this.pump(lane.hop);
    });
  }

  #isLost(): boolean {
    const { losses } = this.workload;
    const loss = losses?.find(({ from, to }) => this.now >= from && this.now < to);
    return loss !== undefined && this.#losses.chance(loss.probability);
  }

  /** A hop that sends on although its gate is shut tells the one before of it. */
  #hold(hop: number, lane: Lane): void {
    if (hop === 0 || lane.spec.sendsOn !== 'regardless') return;
    const isShut = lane.isHolding ? lane.room(this.now) <= 0 : lane.room(this.now) === 0;
    if (isShut === lane.isHolding) return;
    lane.isHolding = isShut;
    const before = this.hops[hop - 1]!.lanes[0]!;
    this.say(before, before.rule.held?.(isShut));
  }

  #wakeLine(it: HopRun, hop: number): void {
    if (it.isWakeSet) return;
    it.isWakeSet = true;
    this.agenda.add(it.lineFreeAt, () => {
      it.isWakeSet = false;
      this.pump(hop);
    });
  }

  /** Looks at it again then; once, however often it is asked. */
  #wake(lane: Lane, at: Instant): void {
    if (lane.wakeAt === at) return;
    lane.wakeAt = at;
    this.agenda.add(at, () => this.pump(lane.hop));
  }

  #awaitBirth(index: number, hop: number): void {
    const producer = hop === 0 ? this.stock.producers[index]! : undefined;
    if (producer === undefined || this.hops[0]!.lanes[index]!.front !== undefined) return;
    const next = producer.nextBirth();
    if (next > this.now && next < NEVER) this.#wake(this.hops[0]!.lanes[index]!, next);
  }

  /** The gate is shut: time may open it, patience may end, a probe may be due. */
  #awaitGate(lane: Lane): void {
    const opens = lane.gate.opensAt(this.now);
    if (opens < NEVER) this.#wake(lane, opens);
    const { patience, persist } = lane.spec;
    if (lane.shutSince !== this.now) return; // what follows was set when it shut
    if (persist !== undefined) this.#persist(lane);
    if (patience !== undefined && lane.hop === 0) this.#lose(lane, patience);
  }

  /** After so long the producer is given an error for the item at the head. */
  #lose(lane: Lane, patience: Duration): void {
    const since = lane.shutSince;
    this.agenda.add(since + patience, () => {
      if (lane.shutSince !== since) return;
      const item = this.stock.producers[0]!.head(this.now)?.item;
      if (item !== undefined) {
        this.stock.producers[0]!.bite(item.octets);
        this.lose(item, 'refused');
      }
      lane.shutSince = this.now;
      this.#lose(lane, patience);
    });
  }

  /** TCP's persist timer: asks, ever more rarely, until something is heard. */
  #persist(lane: Lane): void {
    const turn = ++lane.persistTurn;
    const { first, most } = lane.spec.persist!;
    this.agenda.add(this.now + probeGap(first, most, lane.probes), () => {
      if (lane.persistTurn !== turn || lane.shutSince < 0) return;
      lane.probes++;
      this.tally.probes++;
      this.agenda.add(this.now + this.workload.delay, () => this.say(lane, lane.rule.standing?.()));
      this.#persist(lane);
    });
  }

  #noteShut(lane: Lane, isShut: boolean): void {
    if (isShut === lane.shutSince >= 0) return;
    if (!isShut && lane.hop === 0 && lane.front === undefined) this.tally.stalls.add(this.now - lane.shutSince);
    lane.shutSince = isShut ? this.now : -1;
  }

  #sample(): void {
    this.stock.sample(this.now);
    this.#guard();
    if (this.#options.items !== undefined && this.#isOver()) this.#end('items', this.now, '');
  }

  #isOver(): boolean {
    const { offered, delivered, dropped, refused } = this.stock.ledger(this.now);
    return offered >= this.#options.items! && delivered + dropped + refused >= offered;
  }

  #guard(): void {
    const most = this.#options.memory ?? MEMORY;
    if (this.stock.held(this.now) <= most) return;
    const where =
      this.stock.held(this.now) - this.stock.octets > this.stock.octets ? 'at the producer' : 'at the receiver';
    this.#end('memory', this.now, `stopped at ${most} octets held, most of them ${where}`);
  }

  #end(why: Ending['why'], at: Instant, says: string): void {
    if (this.ending !== undefined) return;
    for (const { lanes } of this.hops) {
      for (const lane of lanes) this.#noteShut(lane, false);
    }
    this.stock.change(0, 0, this.now);
    this.ending = { why, at, says };
  }
}

/** A supply of one item, which its lane takes whole. */
function single(item: Item): Supply {
  let isThere = true;
  return {
    head: () => (isThere ? { item, octets: item.octets, isLast: true } : undefined),
    hasMore: () => false,
    bite: () => {
      isThere = false;
    },
    waiting: () => 0,
  };
}
