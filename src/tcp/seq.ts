// Sequence numbers modulo 2^32 (RFC 9293 §3.4). The only file that may compare or subtract two of them.
// Every comparison means something only while the two lie within 2^31 of each other, which windows, at most 2^30
// (RFC 7323 §2.3), never exceed.

declare const brand: unique symbol;

/** A sequence number: an unsigned 32-bit integer. */
export type Seq = number & { readonly [brand]: 'Seq' };

/**
 * What a field begins with that will hold sequence numbers: zero, as a floating-point number, for the reason that `BEGINNING`
 * (time.ts) gives; half of all sequence numbers have more than 31 bits.
 */
export const NO_SEQ: Seq = -0 as Seq;

/** Takes any integer modulo 2^32. */
export function seq(n: number): Seq {
  return (n >>> 0) as Seq;
}

/** `a + n`, where n may be negative. */
export function seqAdd(a: Seq, n: number): Seq {
  return ((a + n) >>> 0) as Seq;
}

/** How far `a` lies to the right of `b`; negative when it lies to the left. */
export function seqDiff(a: Seq, b: Seq): number {
  return (a - b) | 0;
}

/** RFC 9293's `a < b`. */
export function seqLt(a: Seq, b: Seq): boolean {
  return ((a - b) | 0) < 0;
}

/** RFC 9293's `a =< b`. */
export function seqLeq(a: Seq, b: Seq): boolean {
  return ((a - b) | 0) <= 0;
}

export function seqMax(a: Seq, b: Seq): Seq {
  return seqLt(a, b) ? b : a;
}

export function seqMin(a: Seq, b: Seq): Seq {
  return seqLt(a, b) ? a : b;
}

/** RFC 9293's `left =< a < left + length`, in one unsigned comparison. */
export function seqInWindow(a: Seq, left: Seq, length: number): boolean {
  return (a - left) >>> 0 < length;
}
