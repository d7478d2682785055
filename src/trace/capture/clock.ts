// Timestamps of captures as nanoseconds since one moment. They come in two numbers of 32 bits, in units the file chooses;
// whole nanoseconds since 1970 need 61 bits, so each clock counts from its own first reading, in plain numbers wherever its
// unit is a whole number of nanoseconds, and in BigInt where it is not.

const TWO_32 = 2 ** 32;
const NS_PER_S = 1_000_000_000n;

/** The clock of one interface. */
export class TickClock {
  /** Nanoseconds of one of the upper and one of the lower number; 0 where they are not whole. */
  readonly #nsPerHigh: number;
  readonly #nsPerLow: number;
  /** Ticks a second, where the two numbers are one of 64 bits. */
  readonly #ticksPerSecond: bigint;
  readonly #offsetNs: bigint;
  /** The epoch of `#baseNs`: its number. */
  #epochs = -1;
  #baseHigh = 0;
  #baseLow = 0;
  #baseNs = 0;

  private constructor(nsPerHigh: number, nsPerLow: number, ticksPerSecond: bigint, offsetNs: bigint) {
    this.#nsPerHigh = nsPerHigh;
    this.#nsPerLow = nsPerLow;
    this.#ticksPerSecond = ticksPerSecond;
    this.#offsetNs = offsetNs;
  }

  /** Of pcapng: `resolution` is the octet of if_tsresol, `offsetSeconds` the number of if_tsoffset. */
  static ofPcapng(resolution: number, offsetSeconds: bigint): TickClock {
    const exponent = resolution & 0x7f;
    const isDecimal = (resolution & 0x80) === 0;
    const ticksPerSecond = power(isDecimal ? 10n : 2n, exponent);
    const nsPerTick = isDecimal && exponent <= 9 ? Number(NS_PER_S / ticksPerSecond) : 0;
    return new TickClock(nsPerTick * TWO_32, nsPerTick, ticksPerSecond, offsetSeconds * NS_PER_S);
  }

  /** Of pcap: seconds, and a fraction of so many nanoseconds each. */
  static ofPcap(nsPerFraction: number): TickClock {
    return new TickClock(1e9, nsPerFraction, 0n, 0n);
  }

  /** Nanoseconds since `epoch`'s moment, which is this one if it has none yet. */
  since(epoch: Epoch, high: number, low: number): number {
    if (this.#nsPerLow > 0 && this.#epochs === epoch.changes) {
      return this.#baseNs + (high - this.#baseHigh) * this.#nsPerHigh + (low - this.#baseLow) * this.#nsPerLow;
    }
    const absolute = this.#absolute(high, low);
    if (epoch.ns === undefined) epoch.set(absolute);
    this.#epochs = epoch.changes;
    this.#baseHigh = high;
    this.#baseLow = low;
    this.#baseNs = Number(absolute - epoch.ns!);
    return this.#baseNs;
  }

  #absolute(high: number, low: number): bigint {
    if (this.#nsPerLow > 0) {
      return BigInt(high) * BigInt(this.#nsPerHigh) + BigInt(low) * BigInt(this.#nsPerLow) + this.#offsetNs;
    }
    const ticks = (BigInt(high) << 32n) | BigInt(low);
    return (ticks * NS_PER_S) / this.#ticksPerSecond + this.#offsetNs;
  }
}

function power(base: bigint, exponent: number): bigint {
  let product = 1n;
  for (let count = 0; count < exponent; count++) product *= base;
  return product;
}

/** The moment that counts as 0: nanoseconds since 1970. */
export class Epoch {
  ns: bigint | undefined = undefined;
  /** How often it was set. */
  changes = 0;
  /** Where 1970 lies, as nanoseconds since this moment: a whole number only where that is exact. */
  zeroNs = Number.NaN;

  set(ns: bigint): void {
    this.ns = ns;
    this.zeroNs = Number.isSafeInteger(Number(ns)) ? -Number(ns) : Number.NaN;
    this.changes++;
  }
}
