// The far end: who takes what has arrived, how long each item takes, how many work at it.
import { type Instant, SECOND } from '../../src/tcp/index.ts';
import { type Lane } from './lane.ts';
import { type Hop } from './model.ts';
import { type Part } from './traffic.ts';
import { type Run } from './run.ts';

export class Consumers {
  /** Items that are being worked on. */
  inService = 0;
  workers = 1;
  readonly #run: Run;
  readonly #spec: Hop;
  /** Of each stream, how many are at work. */
  readonly #busy: number[];

  constructor(run: Run, spec: Hop) {
    this.#run = run;
    this.#spec = spec;
    this.#busy = run.workload.consumers.map(() => 0);
  }

  start(): void {
    const { pool, batchEvery } = this.#spec;
    const { agenda } = this.#run;
    const repeat = (every: number, act: () => void): void => {
      agenda.add(agenda.now + every, () => {
        act();
        repeat(every, act);
      });
    };
    if (batchEvery !== undefined) repeat(batchEvery, () => this.pump());
    if (pool !== undefined) {
      repeat(pool.every, () => {
        const lag = this.#lanes.reduce((sum, lane) => sum + lane.itemsQueued, 0);
        this.workers = pool.size(lag, this.workers, agenda.now);
        this.pump();
      });
    }
  }

  /** Takes what may be taken. */
  pump(): void {
    for (const lane of this.#lanes) {
      while (this.#takeOne(lane));
    }
  }

  get #lanes(): Lane[] {
    return this.#run.hops.at(-1)!.lanes;
  }

  #takeOne(lane: Lane): boolean {
    const run = this.#run;
    const part = lane.inbox.peek();
    if (part === undefined || run.ending !== undefined || this.#isFrozen()) return false;
    const { item } = part;
    if (this.#busy[item.stream]! >= this.workers || !this.#isReady(part)) return false;
    if (lane.head?.drops(run.now - part.arrivedAt, lane.inbox.octets, run.now) === true) {
      run.receiver.dropHead(lane);
      return true;
    }
    const { octets } = part;
    lane.inbox.shift();
    if (part.isLast) this.inService++;
    run.receiver.consumed(lane, part, octets, true);
    const time = this.#time(item.stream, octets);
    if (time === 0) {
      this.#finish(lane, part, octets);
      return true;
    }
    this.#busy[item.stream]!++;
    run.agenda.add(run.now + time, () => {
      this.#busy[item.stream]!--;
      this.#finish(lane, part, octets);
      this.pump();
    });
    return true;
  }

  #finish(lane: Lane, part: Part, octets: number): void {
    const run = this.#run;
    const { item } = part;
    item.undone -= octets;
    if (item.undone <= 0) {
      this.inService--;
      run.tally.done(item, run.now);
    }
    run.receiver.processed(lane, part, octets, true);
  }

  /** By weight: an item of the mean size takes one over the rate. */
  #time(stream: number, octets: number): number {
    const { consumers, meanSize } = this.#run.workload;
    const { perSecond } = consumers[stream]!;
    return perSecond === Infinity ? 0 : Math.round((octets / meanSize) * (SECOND / perSecond));
  }

  #isFrozen(): boolean {
    const { freeze } = this.#run.workload;
    const { now } = this.#run;
    return freeze !== undefined && now >= freeze.from && now < freeze.to;
  }

  /** In micro-batches: what came before the present interval. */
  #isReady(part: Part): boolean {
    const every = this.#spec.batchEvery;
    return every === undefined || part.arrivedAt < begunAt(this.#run.now, every);
  }
}

function begunAt(now: Instant, every: number): Instant {
  return Math.floor(now / every) * every;
}
