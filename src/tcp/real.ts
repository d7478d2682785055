// Logarithm, exponential, power and cube root, from nothing but the four operations, so that the last bit is the same in
// every engine: JavaScript leaves the precision of Math.log and its kin open, and a simulation's octets must not depend
// on it. Math.sqrt, Math.abs, Math.floor and the like are exact everywhere and may be used anywhere.

const LN2_HIGH = 0.6931471803691238; // the first 33 bits of ln 2, so that k * LN2_HIGH is exact
const LN2_LOW = 1.9082149292705877e-10;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
/** Which of the two words holds the exponent: engines lay doubles out as their machine does. */
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** The natural logarithm; NaN below 0, -Infinity at 0. */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return Infinity;
  if (x < 2 ** -1000) return ln(x * 2 ** 100) - 100 * (LN2_HIGH + LN2_LOW); // subnormals have no leading bit

  // x = m * 2^e with m in [sqrt(1/2), sqrt(2))
  float[0] = x;
  let e = ((words[HIGH]! >>> 20) & 0x7ff) - 1023;
  words[HIGH] = (words[HIGH]! & 0x000f_ffff) | 0x3ff0_0000;
  let m = float[0];
  if (m > Math.SQRT2) {
    m /= 2;
    e++;
  }
  // ln m = 2 artanh f = 2 (f + f^3/3 + f^5/5 + …), |f| < 0.172
  const f = (m - 1) / (m + 1);
  const square = f * f;
  let sum = 0;
  for (let n = 23; n >= 3; n -= 2) sum = (sum + 1 / n) * square;
  return e * LN2_HIGH + (2 * f + (2 * f * sum + e * LN2_LOW));
}

/** e to the power x. */
export function exp(x: number): number {
  if (x !== x) return NaN;
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019412) return 0;
  // x = k ln 2 + r, |r| =< ln 2 / 2
  const k = Math.round(x / (LN2_HIGH + LN2_LOW));
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1;
  for (let n = 16; n >= 1; n--) sum = 1 + (sum * r) / n;
  return scale(sum, k);
}

/** x to the power y, for x >= 0. */
export function pow(x: number, y: number): number {
  if (y === 0 || x === 1) return 1;
  if (x === 0) return y > 0 ? 0 : Infinity;
  return exp(y * ln(x));
}

/** The cube root. */
export function cbrt(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const size = Math.abs(x);
  let root = exp(ln(size) / 3);
  root -= (root * root * root - size) / (3 * root * root); // one step of Newton's mends the last bits
  return x < 0 ? -root : root;
}

/** m * 2^k, for k within -1100 … 1100, in two steps that are exact while the result is normal. */
function scale(m: number, k: number): number {
  const half = k > 0 ? Math.floor(k / 2) : Math.ceil(k / 2);
  return m * powerOfTwo(half) * powerOfTwo(k - half);
}

function powerOfTwo(k: number): number {
  words[HIGH] = (k + 1023) << 20;
  words[1 - HIGH] = 0;
  return float[0]!;
}
