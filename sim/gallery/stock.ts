// What a run holds at any moment, and what follows from it: the ledger, peaks, the area under the queue, samples.
import { type Instant } from '../../src/tcp/index.ts';
import { type Consumers } from './consumers.ts';
import { type Lane } from './lane.ts';
import { type RunTally } from './tally.ts';
import { type Producer } from './traffic.ts';

/** Where every item is that was offered. */
export interface Ledger {
  offered: number;
  delivered: number;
  dropped: number;
  refused: number;
  backlog: number;
  front: number;
  inFlight: number;
  queued: number;
  inService: number;
}

/** Samples after which what was done last says nothing of the present: a fiftieth of a run. */
const QUIET = 5;

export class Stock {
  /** In all receivers' buffers. */
  items = 0;
  octets = 0;
  readonly lanes: Lane[] = [];
  readonly producers: Producer[] = [];
  readonly #tally: RunTally;
  readonly #consumers: Consumers;
  readonly #meanSize: number;
  #since: Instant = 0;

  constructor(tally: RunTally, consumers: Consumers, meanSize: number) {
    this.#tally = tally;
    this.#consumers = consumers;
    this.#meanSize = meanSize;
  }

  /** Items, by their ends, and octets have come into a buffer, or left one. */
  change(items: number, octets: number, now: Instant): void {
    this.#tally.queueArea += this.items * (now - this.#since);
    this.#since = now;
    this.items += items;
    this.octets += octets;
  }

  ledger(now: Instant): Ledger {
    const { delivered, dropped, refused } = this.#tally;
    return {
      offered: this.#made((producer) => producer.offered(now)),
      delivered,
      dropped,
      refused,
      backlog: this.#made((producer) => producer.backlog(now)),
      front: this.#sum((lane) => lane.front?.length ?? 0),
      inFlight: this.#sum((lane) => lane.itemsInFlight),
      queued: this.#sum((lane) => lane.itemsQueued),
      inService: this.#consumers.inService,
    };
  }

  /** Octets that are held: what was received and not taken, what waits in stores, and what the producer has left. */
  held(now: Instant): number {
    const front = this.#sum((lane) => lane.front?.octets ?? 0);
    const backlog = this.#made((producer) => (producer.isPulled ? 0 : producer.backlog(now)));
    return this.octets + front + backlog * this.#meanSize;
  }

  peaks(): void {
    const tally = this.#tally;
    let { items, octets } = this;
    tally.peakQueuedItems = Math.max(tally.peakQueuedItems, items);
    tally.peakQueuedOctets = Math.max(tally.peakQueuedOctets, octets);
    for (const lane of this.lanes) {
      items += lane.itemsInFlight;
      octets += lane.octetsInFlight;
    }
    tally.peakCommittedItems = Math.max(tally.peakCommittedItems, items);
    tally.peakCommittedOctets = Math.max(tally.peakCommittedOctets, octets);
  }

  sample(now: Instant): void {
    const { series, lastLatency } = this.#tally;
    const { backlog, front, inFlight, queued, delivered, dropped, refused } = this.ledger(now);
    series.time.push(now);
    series.queuedItems.push(queued);
    series.queuedOctets.push(this.octets);
    series.inFlightItems.push(inFlight);
    series.backlogItems.push(backlog + front);
    const before = series.delivered.at(-QUIET);
    series.latency.push(before === delivered ? null : lastLatency);
    series.delivered.push(delivered);
    series.dropped.push(dropped);
    series.refused.push(refused);
    series.workers.push(this.#consumers.workers);
    this.#tally.peakBacklogItems = Math.max(this.#tally.peakBacklogItems, backlog);
  }

  #sum(of: (lane: Lane) => number): number {
    let total = 0;
    for (const lane of this.lanes) total += of(lane);
    return total;
  }

  #made(of: (producer: Producer) => number): number {
    let total = 0;
    for (const producer of this.producers) total += of(producer);
    return total;
  }
}
