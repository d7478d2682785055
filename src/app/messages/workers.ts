// Consumers at work, each on one message for the same time. Whoever drives them is called late by a timer's lateness: a consumer
// that was due before begins the next message that waited for it when it was due, so that their rate holds on average.
import { type Duration, type Instant, MILLISECOND, NEVER } from '../../tcp/index.ts';

/** Lateness that is made up for; what is beyond is lost, as if the consumer had slept. */
const FORGIVEN = 50 * MILLISECOND;

export class Workers {
  /** How many there shall be; those too many finish what they have. */
  count: number;
  readonly #work: Duration;
  /** When each that works is done, and when its message was born: at the same place of two lists. */
  readonly #dueAt: Instant[] = [];
  readonly #bornAt: Instant[] = [];
  /** When those became free that nothing has been given to since. */
  #freed: Instant[] = [];
  #nextAt: Instant = NEVER;

  constructor(count: number, work: Duration) {
    this.count = count;
    this.#work = work;
  }

  get working(): number {
    return this.#dueAt.length;
  }

  get isAnyFree(): boolean {
    return this.#dueAt.length < this.count;
  }

  /** When the next of them is done; NEVER while none works. */
  get nextAt(): Instant {
    return this.#nextAt;
  }

  /** One begins with a message. `hasWaited` is whether it had been there since before a consumer was free. */
  begin(bornAt: Instant, hasWaited: boolean, now: Instant): void {
    const freeAt = this.#freed.shift() ?? now;
    if (!hasWaited) this.#freed = [];
    const startAt = hasWaited ? Math.max(freeAt, now - FORGIVEN) : now;
    const dueAt = startAt + this.#work;
    this.#dueAt.push(dueAt);
    this.#bornAt.push(bornAt);
    if (dueAt < this.#nextAt) this.#nextAt = dueAt;
  }

  /** The message, by its birth, that is done by now, the longest done first; undefined for none. */
  complete(now: Instant): Instant | undefined {
    if (this.#nextAt > now) return undefined;
    const index = this.#dueAt.indexOf(this.#nextAt);
    const bornAt = this.#bornAt[index]!;
    if (this.#freed.length < this.count) this.#freed.push(this.#nextAt);
    const last = this.#dueAt.length - 1;
    this.#dueAt[index] = this.#dueAt[last]!;
    this.#bornAt[index] = this.#bornAt[last]!;
    this.#dueAt.pop();
    this.#bornAt.pop();
    this.#nextAt = this.#dueAt.reduce((least, dueAt) => Math.min(least, dueAt), NEVER);
    return bornAt;
  }
}
