// One direction of a path: segments go in, and those that arrive come out when they arrive. Sans-IO like the core: `send` and
// the time go in, `poll` and one next deadline come out.
//
//   send ─▶ dice and rules ─▶ queue ─▶ rate ─▶ wire: loss, outage ─▶ delay, jitter ─▶ poll
//
// A segment's fate is drawn when it is sent, in order, from streams of its own, so that the same seed gives each segment the
// same fate whatever the queue does to it; it takes effect on the wire, so that what is lost there has used up its share of
// the rate. The queue is served lazily: whenever the link is asked anything, it first catches up with `now`.
import { CoDelState } from '../app/index.ts';
import { BEGINNING, type Duration, type Instant, NEVER, SECOND, type Segment } from '../tcp/index.ts';
import { segmentLength } from '../wire/index.ts';
import { drawJitter, LossProcess } from './fates.ts';
import { type Drop, Fifo, Flight } from './flight.ts';
import { Random } from './random.ts';
import { type Rule, Rules } from './rules.ts';
import { type Change, checkSpec, type CoDel, type LinkSpec, type LinkState, linkState } from './spec.ts';
import { LinkTally } from './tally.ts';

/** Octets of the IPv4 header that each segment would travel behind. */
const IP_HEADER = 20;

export interface LinkOptions {
  spec: LinkSpec;
  rules?: readonly Rule[];
  seed?: number;
  /** Tells this link's dice from those of the others of the same seed. */
  name?: string;
  /** Octets on the wire beyond the segment's own; 20, an IPv4 header. */
  overhead?: number;
  /** Lasting text is not copied: for senders who leave it alone for good, even once it is acknowledged or given up. */
  sharesText?: boolean;
  /** Flights of its own are taken from here and given back; links that hand flights on to each other have one for all. */
  pool?: Flight[];
  /** Corrupted segments arrive, and `isPolledCorrupted` tells: for carriers that damage them and verify checksums. */
  deliversCorrupted?: boolean;
  /** Told of each segment that will not arrive, when that is decided. */
  dropped?: (seg: Segment, why: Drop, now: Instant) => void;
}

/** Sees what passes: each segment, and each copy of it, once, when it goes onto the wire or when it is lost. */
export interface LinkWatcher {
  /**
   * `why` it will not arrive, or undefined. Instants never decrease for one link, but may lie before the present: the queue is
   * served lazily; `settle` brings another link up to this one's time.
   */
  passes(flight: Flight, why: Drop | undefined, at: Instant): void;
}

export class Link {
  readonly tally = new LinkTally();
  #state: LinkState;
  readonly #changes: Change[];
  readonly #rules: Rules;
  #hasRules: boolean;
  /** Segments are delayed and sent at the rate, and nothing else ever happens to them. */
  #isPlain = false;
  /** Nothing happens to a segment on this link, nor does it take any time: it need not be sent at all. */
  isNothing = false;
  /** What is being sent arrives no sooner than so much later: the delay, unless the delay itself may differ by then. */
  #lead: Duration = 0;
  readonly #overhead: number;
  readonly #sharesText: boolean;
  readonly #tell: LinkOptions['dropped'];
  readonly #deliversCorrupted: boolean;
  #watcher: LinkWatcher | undefined;

  readonly #loss: LossProcess;
  readonly #jitterDice: Random;
  readonly #fateDice: Random;

  /** Each with its octets on the wire. */
  readonly #queue = new Fifo();
  #queued = 0;
  #longest = 0;
  /** Octets of the head of the queue, and when it will have been sent. */
  #serving = 0;
  #servedAt: Instant = NEVER;
  readonly #codel = new CoDelState();
  /** Each with when it arrives. */
  readonly #wire = new Fifo();
  #lastArrival: Instant = BEGINNING;
  readonly #pool: Flight[];
  /** What was taken last: its segment is the taker's until the next. */
  #taken: Flight | undefined;

  /** @throws RangeError for an impossible spec. */
  constructor(options: LinkOptions) {
    const { spec, seed = 0, name = '' } = options;
    checkSpec(spec);
    this.#state = linkState(spec);
    this.#hasRules = (options.rules ?? []).length > 0;
    this.#changes = [...(spec.changes ?? [])].toSorted((a, b) => a.at - b.at);
    this.#look();
    this.#rules = new Rules(options.rules ?? [], new Random(seed, `${name}/rules`));
    this.#overhead = options.overhead ?? IP_HEADER;
    this.#sharesText = options.sharesText ?? false;
    this.#pool = options.pool ?? [];
    this.#tell = options.dropped;
    this.#deliversCorrupted = options.deliversCorrupted ?? false;
    this.#loss = new LossProcess(new Random(seed, `${name}/loss`));
    this.#jitterDice = new Random(seed, `${name}/jitter`);
    this.#fateDice = new Random(seed, `${name}/fate`);
  }

  /** Segments on their way. */
  get inFlight(): number {
    return this.#queue.length + this.#wire.length;
  }

  /** Octets waiting to be sent at the rate. */
  get queued(): number {
    return this.#queued;
  }

  /** What the link is like now. */
  get state(): Readonly<LinkState> {
    return this.#state;
  }

  /** The link's state from now on; what is on the wire goes on as it was. @throws RangeError */
  change(set: Partial<LinkState>, now: Instant): void {
    this.#catchUp(now);
    this.#state = linkState({ ...this.#state, ...set });
    this.#look();
  }

  #look(): void {
    const { delay, rate, jitter } = this.#state;
    this.#lead = jitter === undefined && this.#changes.length === 0 ? delay : 0;
    this.#isPlain = this.#looksPlain();
    this.isNothing = this.#isPlain && delay === 0 && rate === Infinity && this.inFlight === 0;
  }

  #looksPlain(): boolean {
    const { loss, corruption, duplication, jitter, reordering, outages } = this.#state;
    if (this.#hasRules || this.#changes.length > 0) return false;
    if (loss !== undefined || jitter !== undefined || reordering !== undefined) return false;
    return corruption === 0 && duplication === 0 && outages.length === 0;
  }

  /** One more rule, which counts what passes from now on. */
  addRule(rule: Rule): void {
    this.#rules.add(rule);
    this.#hasRules = true;
    this.#look();
  }

  /** The tag that came with the segment polled last, and when it arrived. */
  polledTag = 0;
  polledAt: Instant = BEGINNING;

  /** The segment polled last was corrupted on its way. */
  get isPolledCorrupted(): boolean {
    return this.#taken?.fate === 'corruption';
  }

  /** From now on. */
  watch(watcher: LinkWatcher): void {
    this.#watcher = watcher;
  }

  /** All that has gone onto the wire by `now` is told to the watcher; nothing else changes. */
  settle(now: Instant): void {
    this.#catchUp(now);
  }

  /** A flight to fill and to `post`. */
  lend(): Flight {
    return this.#pool.pop() ?? new Flight();
  }

  /** Takes a segment, text and all: the caller may fill it again. `tag` comes out with it. */
  send(seg: Segment, now: Instant, tag = 0): void {
    const flight = this.lend();
    flight.load(seg, this.#sharesText);
    flight.tag = tag;
    this.post(flight, now);
  }

  /** The same for a segment that its sender has put into a flight, which is the link's from now on. */
  post(flight: Flight, now: Instant): void {
    this.#catchUp(now);
    this.tally.sent++;
    flight.keepText(this.#sharesText);
    flight.fate = undefined;
    flight.held = 0;
    flight.rule = 0;
    flight.isCopy = false;
    flight.size = segmentLength(flight) + this.#overhead;
    if (this.#isPlain) this.#enqueue(flight, now);
    else this.#tryFate(flight, now);
  }

  /** The same where the link is nothing: the flight has arrived, and is the caller's again. */
  pass(flight: Flight, now: Instant): void {
    this.tally.sent++;
    this.tally.delivered++;
    flight.keepText(this.#sharesText);
    if (this.#watcher === undefined) return;
    flight.rule = 0;
    flight.isCopy = false;
    this.#watcher.passes(flight, undefined, now);
  }

  #tryFate(flight: Flight, now: Instant): void {
    const { tag, size } = flight;
    const verdict = this.#rules.judge(flight, now);
    if (verdict?.action === 'drop' || verdict?.action === 'corrupt') flight.rule = this.#rules.hit;
    flight.fate = this.#drawFate(verdict?.action === 'drop', verdict?.action === 'corrupt');
    if (verdict?.action === 'delay') flight.held = verdict.by;
    const isTwofold = verdict?.action === 'duplicate' || this.#fateDice.chance(this.#state.duplication);
    const twin = isTwofold ? this.lend() : undefined;
    twin?.load(flight, this.#sharesText);
    this.#enqueue(flight, now);
    if (twin === undefined) return;
    this.tally.duplicated++;
    twin.tag = tag;
    twin.size = size;
    twin.fate = undefined;
    twin.held = 0;
    twin.rule = flight.rule;
    twin.isCopy = true;
    this.#enqueue(twin, now);
  }

  /** Fills `out` with the next segment that has arrived by `now`; its text is valid until the next is polled. */
  poll(out: Segment, now: Instant): boolean {
    const seg = this.take(now);
    if (seg !== undefined) out.copyFrom(seg);
    return seg !== undefined;
  }

  /** The same without a copy: the segment is the taker's, who may trim it, until the next is taken. */
  take(now: Instant): Segment | undefined {
    this.#meet(now);
    const arrivesAt = this.#wire.firstNumber;
    const flight = this.takeFlight(now);
    if (flight === undefined) return undefined;
    if (this.#taken !== undefined) this.#pool.push(this.#taken);
    this.#taken = flight;
    this.polledTag = flight.tag;
    this.polledAt = arrivesAt;
    return flight;
  }

  /** The same, and the flight is the taker's: to post it on another link, or to give it back to the pool. */
  takeFlight(now: Instant): Flight | undefined {
    this.#meet(now);
    const flight = this.#wire.shiftUpTo(now);
    if (flight !== undefined) this.tally.delivered++;
    return flight;
  }

  /** When something may arrive next; NEVER when nothing is on its way. A segment may yet be found lost then. */
  nextDeadline(): Instant {
    return Math.min(this.#wire.firstNumber, this.#servedAt + this.#lead);
  }

  #drawFate(isHit: boolean, isCorrupted: boolean): Drop | undefined {
    // Every die is cast for every segment, so that one more rule does not shift what the others get.
    const { loss, corruption } = this.#state;
    const isLost = loss !== undefined && this.#loss.draw(loss);
    const isFlipped = this.#fateDice.chance(corruption);
    if (isHit) return 'rule';
    if (isLost) return 'loss';
    return isFlipped || isCorrupted ? 'corruption' : undefined;
  }

  #enqueue(flight: Flight, now: Instant): void {
    const { size } = flight;
    const { rate, queue } = this.#state;
    if (this.#queue.length > 0 && !this.#hasRoom(queue, size)) {
      this.#drop(flight, 'queue-full', now);
      return;
    }
    flight.enqueuedAt = now;
    if (rate === Infinity && this.#queue.length === 0) {
      this.#launch(flight, now);
      return;
    }
    this.#queue.push(flight, size);
    this.#queued += size;
    if (size > this.#longest) this.#longest = size;
    if (this.#queued > this.tally.peakQueue) this.tally.peakQueue = this.#queued;
    if (this.#queue.length === 1) this.#serve(now);
  }

  #hasRoom(queue: LinkState['queue'], size: number): boolean {
    return this.#queue.length < queue.segments && this.#queued + size <= queue.octets;
  }

  #meet(now: Instant): void {
    if (this.#servedAt <= now || this.#changes.length > 0) this.#catchUp(now);
  }

  /** Puts what has been sent by `now` on the wire. */
  #catchUp(now: Instant): void {
    while (this.#servedAt <= now) {
      const at = this.#servedAt;
      this.#applyChanges(at);
      const flight = this.#queue.shift();
      this.#queued -= this.#serving;
      this.#launch(flight, at);
      this.#serve(at);
    }
    this.#applyChanges(now);
  }

  /** Begins to send the head of the queue. */
  #serve(now: Instant): void {
    const { queue, rate } = this.#state;
    for (;;) {
      if (this.#queue.length === 0) {
        this.#servedAt = NEVER;
        return;
      }
      const size = this.#queue.firstNumber;
      if (queue.kind !== 'codel' || !this.#codelDrops(queue, this.#queue.peek()!, now)) {
        this.#serving = size;
        this.#servedAt = now + Math.round((size * 8 * SECOND) / rate);
        return;
      }
      this.#queued -= size;
      this.#drop(this.#queue.shift(), 'codel', now);
    }
  }

  /** With no more than one segment's worth queued, the head included, nothing is dropped (RFC 8289 §5.5). */
  #codelDrops({ target, interval }: CoDel, head: Flight, now: Instant): boolean {
    return this.#codel.drops(now - head.enqueuedAt >= target && this.#queued > this.#longest, interval, now);
  }

  /** On the wire: lost there, or to arrive after the delay. */
  #launch(flight: Flight, now: Instant): void {
    if (this.#isPlain) {
      if (this.#watcher !== undefined) this.#watcher.passes(flight, undefined, now);
      this.#lastArrival = Math.max(now + this.#state.delay, this.#lastArrival);
      this.#wire.insert(flight, this.#lastArrival); // behind all but those that something held when the link was not so plain
      return;
    }
    const fate = flight.fate ?? (this.#isOut(now) ? 'outage' : undefined);
    const { delay, jitter, reordering } = this.#state;
    // Cast for all, lost or not: see above.
    const wobble = jitter === undefined ? 0 : drawJitter(jitter, delay, this.#jitterDice);
    const isHeld = reordering !== undefined && this.#jitterDice.chance(reordering.probability);
    const isDamaged = fate === 'corruption' && this.#deliversCorrupted;
    if (fate !== undefined && !isDamaged) {
      this.#drop(flight, fate, now);
      return;
    }
    if (isDamaged) this.tally.corrupted++;
    this.#watcher?.passes(flight, undefined, now);
    this.#travel(flight, now + delay + wobble, flight.held + (isHeld ? reordering.by : 0));
  }

  /** It will arrive at `soonest` and `extra` later, but where nothing may overtake not before those ahead of it. */
  #travel(flight: Flight, soonest: Instant, extra: Duration): void {
    const { jitter } = this.#state;
    const arrivesAt = jitter?.mayReorder === true ? soonest : Math.max(soonest, this.#lastArrival);
    if (extra === 0) this.#lastArrival = Math.max(this.#lastArrival, arrivesAt);
    if (this.#wire.length > 0 && this.#wire.lastNumber > arrivesAt + extra) this.tally.overtook++;
    this.#wire.insert(flight, arrivesAt + extra);
  }

  #isOut(now: Instant): boolean {
    for (const { from, until } of this.#state.outages) if (from <= now && now < until) return true;
    return false;
  }

  #applyChanges(now: Instant): void {
    while (this.#changes.length > 0 && this.#changes[0]!.at <= now) {
      this.#state = linkState({ ...this.#state, ...this.#changes.shift()!.set });
      this.#look();
    }
  }

  #drop(flight: Flight, why: Drop, now: Instant): void {
    this.tally.dropped[why]++;
    this.#tell?.(flight, why, now);
    this.#watcher?.passes(flight, why, now);
    this.#pool.push(flight);
  }
}
