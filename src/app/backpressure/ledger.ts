// What became of everything that a producer offered. Nothing is lost between the lines: at every instant
//
//   offered = delivered + dropped + refused + queued + in flight
//
// where queued is what waits in front of the window, and in flight what left the queue and is not known to be processed.
import { type Duration, type Instant, NEVER } from '../../tcp/index.ts';
import { type Bucket, Histogram } from './histogram.ts';

/** A ledger as plain data. Times are nanoseconds. */
export interface Account {
  offered: number;
  delivered: number;
  dropped: number;
  refused: number;
  queued: number;
  inFlight: number;
  queuedOctets: number;
  /** The most that ever waited. */
  peakQueued: number;
  peakQueuedOctets: number;
  /** How old what was dropped or refused had become. */
  dropAgesNs: { p50: Duration; p99: Duration; max: Duration; buckets: Bucket[] };
  /** How long the producer was not let go on. */
  stalledNs: Duration;
  stalls: number;
}

export class Ledger {
  offered = 0;
  delivered = 0;
  dropped = 0;
  refused = 0;
  queued = 0;
  queuedOctets = 0;
  peakQueued = 0;
  peakQueuedOctets = 0;
  /** What left the queue, on its way to whoever processes it. */
  taken = 0;
  stalls = 0;
  readonly dropAges = new Histogram();
  #stalled: Duration = 0;
  #stalledSince: Instant = NEVER;

  /** Left the queue, and not known to be processed. */
  get inFlight(): number {
    return this.taken - this.delivered;
  }

  /** It joins the queue. */
  enters(octets: number): void {
    this.queued++;
    this.queuedOctets += octets;
    if (this.queued > this.peakQueued) this.peakQueued = this.queued;
    if (this.queuedOctets > this.peakQueuedOctets) this.peakQueuedOctets = this.queuedOctets;
  }

  /** It leaves the queue towards the consumer. */
  leaves(octets: number): void {
    this.queued--;
    this.queuedOctets -= octets;
    this.taken++;
  }

  /** It leaves the queue, and will not be delivered. */
  evicted(octets: number, age: Duration, as: 'dropped' | 'refused'): void {
    this.queued--;
    this.queuedOctets -= octets;
    this.lost(age, as);
  }

  /** It will not be delivered, and never joined the queue. */
  lost(age: Duration, as: 'dropped' | 'refused'): void {
    if (as === 'dropped') this.dropped++;
    else this.refused++;
    this.dropAges.record(age);
  }

  /** `total` are processed, in all. False where that cannot be: more than left, or fewer than were before. */
  deliveredSoFar(total: number): boolean {
    if (total > this.taken || total < this.delivered) return false;
    this.delivered = total;
    return true;
  }

  /** The producer would go on, and may not. */
  stall(now: Instant): void {
    if (this.#stalledSince !== NEVER) return;
    this.#stalledSince = now;
    this.stalls++;
  }

  resume(now: Instant): void {
    if (this.#stalledSince === NEVER) return;
    this.#stalled += now - this.#stalledSince;
    this.#stalledSince = NEVER;
  }

  stalledFor(now: Instant): Duration {
    return this.#stalled + (this.#stalledSince === NEVER ? 0 : now - this.#stalledSince);
  }

  /** @throws Error where something was lost between the lines. `waiting` is what the queue holds, counted there */
  check(waiting: number, waitingOctets: number): void {
    const { offered, delivered, dropped, refused, queued, taken } = this;
    const isWhole = offered === dropped + refused + queued + taken && queued === waiting && delivered <= taken;
    if (isWhole && this.queuedOctets === waitingOctets) return;
    throw new Error(
      `sash: broken invariant: conservation: ${offered} offered, ${delivered} delivered of ${taken} taken, ${dropped} dropped, ${refused} refused, ${queued} queued (${waiting} are there)`,
    );
  }

  account(now: Instant): Account {
    const { offered, delivered, dropped, refused, queued, inFlight, queuedOctets, dropAges, stalls } = this;
    return {
      offered,
      delivered,
      dropped,
      refused,
      queued,
      inFlight,
      queuedOctets,
      peakQueued: this.peakQueued,
      peakQueuedOctets: this.peakQueuedOctets,
      dropAgesNs: {
        p50: dropAges.quantile(0.5),
        p99: dropAges.quantile(0.99),
        max: dropAges.max,
        buckets: dropAges.octaves(),
      },
      stalledNs: this.stalledFor(now),
      stalls,
    };
  }
}
