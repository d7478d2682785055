// The segments of one direction that no ACK has covered yet, oldest first: Wireshark's `segments` list, of which it keeps at
// most 10000 a direction, as here. Beyond those nothing is remembered, and bytes in flight are too few from then on.
// Retransmissions stand in it beside the originals. As long as the segments follow each other in sequence, which they nearly
// always do, an ACK takes away a beginning, and nothing needs to be searched.
import { type Seq, seq, seqDiff, seqLt } from '../../tcp/index.ts';
import { type Verdict } from './verdict.ts';

/** TCP_MAX_UNACKED_SEGMENTS */
export const MAX_UNACKED = 10_000;

/** How many segments may be remembered in all conversations together, so that no capture takes more memory than that. */
export class Budget {
  left: number;

  constructor(segments: number) {
    this.left = segments;
  }
}

/** Numbers of an entry: start, end, frame, time. */
const FIELDS = 4;
const FIRST_CAPACITY = 8;

export class UnackedSegments {
  count = 0;
  readonly #budget: Budget;
  /** A ring; its capacity in entries is a power of two. */
  #ring: Float64Array | undefined = undefined;
  #capacity = 0;
  #first = 0;
  /** Each begins where the one before it ends, or later, and all lie within 2^31. */
  #isInSequence = true;
  /** The least start and the greatest end, counted from `#spanBase`, where `#isSpanKnown`; else they are to be searched. */
  #least = 0;
  #greatest = 0;
  #spanBase: Seq = seq(0);
  #isSpanKnown = false;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  get isFull(): boolean {
    return this.count >= MAX_UNACKED;
  }

  /** The frame of the oldest, and when it was seen. */
  get oldestFrame(): number {
    return this.#ring![this.#first * FIELDS + 2]!;
  }

  get oldestAt(): number {
    return this.#ring![this.#first * FIELDS + 3]!;
  }

  add(start: Seq, end: Seq, frame: number, at: number): void {
    if (this.#budget.left === 0) return;
    if (this.count === this.#capacity) this.#grow();
    const ring = this.#ring!;
    const place = this.#place(this.count);
    if (this.count === 0) {
      this.#isInSequence = seqLt(start, end);
      this.#isSpanKnown = false;
    } else {
      const lastEnd = ring[this.#place(this.count - 1) + 1]!;
      const firstStart = ring[this.#first * FIELDS]!;
      this.#isInSequence &&=
        seqDiff(start, seq(lastEnd)) >= 0 && seqDiff(end, start) > 0 && seqDiff(end, seq(firstStart)) > 0;
      if (this.#isSpanKnown) this.#widen(start, end);
    }
    ring[place] = start;
    ring[place + 1] = end;
    ring[place + 2] = frame;
    ring[place + 3] = at;
    this.count++;
    this.#budget.left--;
  }

  /** Forgets what `ack` covers, and tells the verdict which segment ends just there, the oldest if several do. */
  acknowledge(ack: Seq, verdict: Verdict, now: number): void {
    if (this.count === 0) return;
    if (!this.#isInSequence || !this.#takeBeginning(ack, verdict, now)) this.#search(ack, verdict, now);
  }

  /** From the least start to the greatest end, both counted from `base`, modulo 2^32. */
  span(base: Seq): number {
    const ring = this.#ring!;
    if (this.#isInSequence) {
      const least = offset(ring[this.#first * FIELDS]!, base);
      const greatest = offset(ring[this.#place(this.count - 1) + 1]!, base);
      if (least <= greatest) return greatest - least;
    }
    if (!this.#isSpanKnown || base !== this.#spanBase) this.#measure(base);
    return (this.#greatest - this.#least) >>> 0;
  }

  /** All memory goes back to the budget. */
  release(): void {
    this.#budget.left += this.count;
    this.count = 0;
  }

  #place(index: number): number {
    return ((this.#first + index) & (this.#capacity - 1)) * FIELDS;
  }

  #grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, 2 * this.#capacity);
    const ring = new Float64Array(capacity * FIELDS);
    for (let index = 0; index < this.count; index++) {
      const from = this.#place(index);
      for (let field = 0; field < FIELDS; field++) ring[index * FIELDS + field] = this.#ring![from + field]!;
    }
    this.#ring = ring;
    this.#capacity = capacity;
    this.#first = 0;
  }

  #drop(): void {
    this.#first = (this.#first + 1) & (this.#capacity - 1);
    this.count--;
    this.#budget.left++;
  }

  /** Whether that was all: false where the segments lie on both sides of what can be compared with `ack`. */
  #takeBeginning(ack: Seq, verdict: Verdict, now: number): boolean {
    const ring = this.#ring!;
    while (this.count > 0) {
      const at = this.#first * FIELDS;
      const end = seq(ring[at + 1]!);
      if (seqLt(ack, end)) {
        const last = seq(ring[this.#place(this.count - 1) + 1]!);
        if (!seqLt(ack, last)) return false;
        if (seqLt(seq(ring[at]!), ack)) this.#cut(at, ack);
        return true;
      }
      if (ack === end) note(verdict, ring, at, now);
      this.#drop();
      this.#isSpanKnown = false;
    }
    return true;
  }

  #cut(at: number, ack: Seq): void {
    this.#ring![at] = ack;
    this.#isSpanKnown = false;
  }

  #search(ack: Seq, verdict: Verdict, now: number): void {
    const ring = this.#ring!;
    const { count } = this;
    let kept = 0;
    let isNoted = false;
    let isInSequence = true;
    let lastEnd: Seq | undefined = undefined;
    for (let index = 0; index < count; index++) {
      const at = this.#place(index);
      let start = seq(ring[at]!);
      const end = seq(ring[at + 1]!);
      if (ack === end && !isNoted) {
        note(verdict, ring, at, now);
        isNoted = true;
      }
      if (!seqLt(ack, end)) continue;
      if (seqLt(start, ack)) start = ack;
      isInSequence &&= (lastEnd === undefined || seqDiff(start, lastEnd) >= 0) && seqLt(start, end);
      lastEnd = end;
      const to = this.#place(kept++);
      ring[to] = start;
      ring[to + 1] = end;
      ring[to + 2] = ring[at + 2]!;
      ring[to + 3] = ring[at + 3]!;
    }
    this.#budget.left += count - kept;
    this.count = kept;
    this.#isSpanKnown = false;
    // Of segments that all end beyond `ack` and begin at it or later, none lies more than 2^31 from another.
    this.#isInSequence = isInSequence;
  }

  #widen(start: Seq, end: Seq): void {
    this.#least = Math.min(this.#least, offset(start, this.#spanBase));
    this.#greatest = Math.max(this.#greatest, offset(end, this.#spanBase));
  }

  #measure(base: Seq): void {
    this.#spanBase = base;
    this.#least = 0xffff_ffff;
    this.#greatest = 0;
    for (let index = 0; index < this.count; index++) {
      const at = this.#place(index);
      this.#widen(seq(this.#ring![at]!), seq(this.#ring![at + 1]!));
    }
    this.#isSpanKnown = true;
  }
}

function offset(number: number, base: Seq): number {
  return seqDiff(seq(number), base) >>> 0;
}

function note(verdict: Verdict, ring: Float64Array, at: number, now: number): void {
  verdict.acksFrame = ring[at + 2]!;
  verdict.ackRttNs = now - ring[at + 3]!;
}
