// What simulated applications write: a pattern that repeats every MiB, so that views of one block serve every writer without
// a copy, and a reader can tell whether the octet at any place of a stream is the right one.
import { fillPattern } from '../src/app/index.ts';

const LENGTH = 1_048_576;
let block: Uint8Array | undefined;

function pattern(): Uint8Array {
  if (block !== undefined) return block;
  block = new Uint8Array(LENGTH);
  fillPattern(block, 0);
  return block;
}

/** Where in the block: a small integer, though what has come so far is a floating-point number, and each octet is looked up by it. */
function placeOf(offset: number): number {
  return (offset % LENGTH) | 0;
}

/** The stream's octets from `offset` on: `length` of them, or fewer where the block ends. */
export function octetsAt(offset: number, length: number): Uint8Array {
  const start = placeOf(offset);
  return pattern().subarray(start, Math.min(start + length, LENGTH));
}

/** Where `octets`, read from `offset` on, first differ from the stream; -1 if they do not. */
export function firstWrong(octets: Uint8Array, offset: number): number {
  const expected = pattern();
  let at = placeOf(offset);
  for (let i = 0; i < octets.length; i++) {
    if (octets[i] !== expected[at]) return offset + i;
    if (++at === LENGTH) at = 0;
  }
  return -1;
}
