// Counting octets, of which there may be more than 31 bits can say.

/**
 * What a count of octets begins with: zero, as a floating-point number, for the reason that `BEGINNING` (time.ts) gives. A
 * connection that has moved 2 GiB would otherwise stop to have its code compiled anew.
 */
export const NO_OCTETS: number = -0;
