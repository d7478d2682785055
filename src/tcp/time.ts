// Time without a clock: whoever drives the core says what time it is.

/** A moment: whole nanoseconds since the run began. A run lasts under 2^53 ns, 104 days. */
export type Instant = number;

/** A length of time: whole nanoseconds. */
export type Duration = number;

export const MICROSECOND: Duration = 1_000;
export const MILLISECOND: Duration = 1_000_000;
export const SECOND: Duration = 1_000_000_000;
export const MINUTE: Duration = 60 * SECOND;
export const HOUR: Duration = 60 * MINUTE;

/** The deadline of a timer that is not running, and the length of a timeout that is off. */
export const NEVER: Instant = Infinity;

/**
 * What a field begins with that will hold instants or sums of durations: zero, as a floating-point number. V8 gives a field
 * that begins with the integer 0 room for 31 bits alone; 2.1 s into the run it would make it anew, and throw away all code
 * compiled for objects of that shape.
 */
export const BEGINNING: Instant = -0;
