// A strategy as a Node stream: what is written is offered, what is read is taken. In between it decides, and waits for nobody: a
// write is called back at once, unless the strategy makes its producer wait.
import { Duplex } from 'node:stream';
import { type Account, makeStrategy, type Strategy, type StrategySpec } from '../../app/index.ts';
import { type Duration, type Instant, MILLISECOND, NEVER } from '../../tcp/index.ts';
import { checkWhole, duplexOptions, type StrategyStreamOptions } from './options.ts';

type Written = (error?: Error | null) => void;

/** A write that the strategy makes wait. */
interface Held {
  chunk: unknown;
  octets: number;
  written: Written;
}

interface Lost {
  chunk: unknown;
  as: 'dropped' | 'refused';
  age: Duration;
}

export class StrategyStream extends Duplex {
  readonly #strategy: Strategy<unknown>;
  readonly #sizeOf: (chunk: unknown) => number;
  /** The reader wants more. */
  #wants = false;
  #held: Held | undefined;
  /** What was lost by a decision that is being made, to be told when it is. */
  #lost: Lost[] = [];
  #hasEnded = false;
  #isPumping = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt: Instant = NEVER;

  constructor(spec: StrategySpec, options: StrategyStreamOptions = {}) {
    super(duplexOptions(options));
    this.#sizeOf = options.sizeOf ?? lengthOf;
    this.#strategy = makeStrategy<unknown>(spec, now(), (chunk, as, age) => this.#lost.push({ chunk, as, age }));
  }

  /** What became of all that was written: offered = delivered + dropped + refused + queued (`inFlight` is 0). */
  get ledger(): Account {
    return this.#strategy.ledger.account(now());
  }

  /**
   * So many more chunks may be written: with `demand()`, nothing passes that was not asked for.
   * @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE where it is not a whole number from 1 on (Reactive Streams §3.9)
   */
  request(count: number): void {
    checkWhole('count', count);
    this.#strategy.request(count);
    this.#pump();
  }

  override _write(chunk: unknown, _encoding: BufferEncoding, written: Written): void {
    this.#held = { chunk, octets: this.#sizeOf(chunk), written };
    this.#pump();
  }

  override _final(written: Written): void {
    this.#hasEnded = true;
    this.#strategy.end();
    written();
    this.#pump();
  }

  override _read(): void {
    this.#wants = true;
    this.#pump();
  }

  override _destroy(error: Error | null, destroyed: Written): void {
    clearTimeout(this.#timer);
    this.#strategy.ledger.resume(now());
    this.#strategy.abandon();
    this.#held = undefined;
    destroyed(error);
  }

  /** Everything that can be done now: offers what is held, gives the reader what it wants, sets the clock for the rest. */
  #pump(): void {
    if (this.#isPumping || this.destroyed) return; // calling back may bring the next write, and pushing the next read
    this.#isPumping = true;
    const at = now();
    let hasThrown = true;
    try {
      while (this.#offer(at) || this.#give(at));
      hasThrown = false;
    } finally {
      this.#isPumping = false;
      if (hasThrown) setImmediate(() => this.#pump()); // a listener of 'dropped' did; the rest goes on
    }
    if (this.destroyed) return;
    if (this.#hasEnded && this.#strategy.ledger.queued === 0 && !this.readableEnded && this.#wants) {
      this.#wants = false;
      this.push(null);
      return;
    }
    this.#wakeAt(this.#nextAt(at), at);
  }

  /** Whether a write was offered. */
  #offer(at: Instant): boolean {
    const held = this.#held;
    if (held === undefined) return false;
    const { ledger } = this.#strategy;
    if (this.#strategy.offersAt(at) > at) {
      ledger.stall(at);
      return false;
    }
    ledger.resume(at);
    this.#held = undefined;
    const decision = this.#strategy.offer(held.chunk, held.octets, at, at);
    try {
      this.#tellLost();
    } finally {
      held.written(decision === 'overrun' ? overrun(ledger.queued) : null);
    }
    return true;
  }

  /** Whether the reader was given something. */
  #give(at: Instant): boolean {
    if (!this.#wants || this.#strategy.takesAt(at) > at) return false;
    const chunk = this.#strategy.take(at);
    if (chunk !== undefined) {
      const { ledger } = this.#strategy;
      ledger.deliveredSoFar(ledger.taken);
      this.#wants = this.push(chunk);
    }
    this.#tellLost();
    return chunk !== undefined;
  }

  #nextAt(at: Instant): Instant {
    const offersAt = this.#held === undefined ? NEVER : this.#strategy.offersAt(at);
    const takesAt = this.#wants ? this.#strategy.takesAt(at) : NEVER;
    return Math.min(offersAt, takesAt);
  }

  #wakeAt(at: Instant, from: Instant): void {
    if (at === this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    if (at === NEVER) return;
    this.#timer = setTimeout(
      () => {
        this.#timerAt = NEVER;
        this.#pump();
      },
      Math.max(1, Math.ceil((at - from) / MILLISECOND)),
    );
  }

  /** Not before the ledger is whole again: listeners may look at it, and may throw. */
  #tellLost(): void {
    for (let lost = this.#lost.shift(); lost !== undefined; lost = this.#lost.shift()) {
      this.emit(lost.as, lost.chunk, lost.age / MILLISECOND);
    }
  }
}

function now(): Instant {
  return Math.round(performance.now() * 1e6);
}

function lengthOf(chunk: unknown): number {
  return chunk instanceof Uint8Array || typeof chunk === 'string' ? chunk.length : 1;
}

function overrun(waiting: number): Error {
  const message = `${waiting} chunks wait, and no more may: the reader is too slow for too long. Bound what waits, as in dropOldest({ limit: 256 })`;
  return Object.assign(new Error(message), { code: 'ERR_BACKPRESSURE_OVERRUN' });
}
