// A rate limit: what may be taken flows into a bucket, evenly, and is lost where that is full. Knows no clock.

export class Bucket {
  readonly #capacity: number;
  #perSecond: number;
  #level: number;
  #atMs: number;

  constructor(perSecond: number, capacity: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#capacity = capacity;
    this.#level = capacity;
    this.#atMs = nowMs;
  }

  /** Takes it if it is there; says whether. */
  take(amount: number, nowMs: number): boolean {
    this.#fill(nowMs);
    if (this.#level < amount) return false;
    this.#level -= amount;
    return true;
  }

  /** Takes it, there or not. @returns milliseconds until what was owed is there, at `perSecond` from now on */
  owe(amount: number, perSecond: number, nowMs: number): number {
    this.#fill(nowMs);
    this.#perSecond = perSecond;
    this.#level -= amount;
    return Math.max(0, (-this.#level / perSecond) * 1_000);
  }

  #fill(nowMs: number): void {
    this.#level = Math.min(this.#capacity, this.#level + ((nowMs - this.#atMs) * this.#perSecond) / 1_000);
    this.#atMs = nowMs;
  }
}
