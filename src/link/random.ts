// Randomness from a seed: xoshiro128** (Blackman and Vigna, 2018), whose whole state is four 32-bit words, so that the
// same seed gives the same run on every machine. Independent streams come from names: what one part of a run draws never
// shifts what another part gets.
import { ln, pow } from '../tcp/index.ts';

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  /** The polar method makes normal numbers in pairs. */
  #spare: number | undefined;

  /** @param seed any whole number; @param stream which of its independent streams. */
  constructor(seed: number, stream = '') {
    let state = (seed ^ hash(stream)) >>> 0;
    let high = Math.floor(Math.abs(seed) / 2 ** 32) >>> 0;
    const next = (): number => {
      // SplitMix32: spreads neighbouring seeds over the whole space.
      state = (state + 0x9e37_79b9) >>> 0;
      high = Math.imul(high ^ (high >>> 15), 0x2c1b_3c6d) >>> 0;
      let z = state ^ high;
      z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a_2d97);
      return (z ^ (z >>> 15)) >>> 0;
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1; // never all zero
  }

  /** A whole number of 32 bits. */
  uint32(): number {
    const result = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = rotate(this.#d, 11);
    return result;
  }

  /** A real number in [0, 1), of 53 bits. */
  real(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** A whole number in [0, n), n at most 2^32; every one as likely as the others to 2^-32. */
  below(n: number): number {
    return Math.floor((this.uint32() * n) / 2 ** 32);
  }

  /** True with this probability; draws nothing where it is 0 or 1. */
  chance(probability: number): boolean {
    if (probability <= 0) return false;
    return probability >= 1 || this.real() < probability;
  }

  /** Normally distributed, mean 0, standard deviation 1 (Marsaglia's polar method). */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    for (;;) {
      const x = 2 * this.real() - 1;
      const y = 2 * this.real() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * ln(square)) / square);
      this.#spare = y * factor;
      return x * factor;
    }
  }

  /** Exponentially distributed, mean 1. */
  exponential(): number {
    return -ln(1 - this.real());
  }

  /** Pareto distributed, least value 1; the mean is shape / (shape - 1) for a shape over 1. */
  pareto(shape: number): number {
    return pow(1 - this.real(), -1 / shape);
  }
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** FNV-1a. */
function hash(text: string): number {
  let h = 0x811c_9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x0100_0193);
  return h >>> 0;
}
