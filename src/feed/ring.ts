// A ring of slots of numbers, allocated once: whoever stores into it builds no object, and what nobody has taken in time is
// overwritten, the oldest first. Every slot begins with a serial number, which orders what lies in several rings.

export class Ring {
  readonly numbers: Float64Array;
  readonly #capacity: number;
  readonly #width: number;
  /** Slots stored ever, and taken or given up ever. */
  #stored = 0;
  #taken = 0;

  constructor(capacity: number, width: number) {
    this.#capacity = capacity;
    this.#width = width;
    this.numbers = new Float64Array(capacity * width);
  }

  /** Where in `numbers` the next slot begins; the caller fills all of it that it will read. */
  claim(): number {
    const at = (this.#stored % this.#capacity) * this.#width;
    this.#stored++;
    return at;
  }

  /** Slots stored and not taken, those that were overwritten included. */
  get untaken(): number {
    return this.#stored - this.#taken;
  }

  /** Of those, the ones that are still there. */
  get present(): number {
    return Math.min(this.untaken, this.#capacity);
  }

  /** Where those begin that were not taken and are still there, oldest first. */
  *pending(): Generator<number> {
    yield* this.#slots(this.#stored - this.present);
  }

  /** The same for all that is still there, taken or not. */
  *all(): Generator<number> {
    yield* this.#slots(Math.max(0, this.#stored - this.#capacity));
  }

  /** Nothing is pending any more. */
  take(): void {
    this.#taken = this.#stored;
  }

  *#slots(from: number): Generator<number> {
    for (let slot = from; slot < this.#stored; slot++) yield (slot % this.#capacity) * this.#width;
  }
}
