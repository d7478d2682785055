// Octets to send when there is no file: the same on every machine, and computable from any offset on, so that a receiver
// can tell where in the stream an octet belongs.
const WORD = 4;

/**
 * Fills `target` with the pattern's octets from `offset` on. Word k of the pattern, little-endian, is k mixed by the finaliser of
 * MurmurHash3 (Austin Appleby, public domain): no two words within the first 16 GiB are equal.
 */
export function fillPattern(target: Uint8Array, offset: number): void {
  let word = Math.floor(offset / WORD);
  let at = 0;
  let value = mix(word++) >>> (8 * (offset % WORD));
  for (let left = WORD - (offset % WORD); left > 0 && at < target.length; left--, value >>>= 8) target[at++] = value;

  const view = new DataView(target.buffer, target.byteOffset, target.length);
  for (const whole = target.length - ((target.length - at) % WORD); at < whole; at += WORD) {
    view.setInt32(at, mix(word++), true);
  }
  value = mix(word);
  for (; at < target.length; value >>>= 8) target[at++] = value;
}

function mix(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
