// Source and destination of a segment in one number: the hosts' numbers, 15 bits each.
const BITS = 15;
const MASK = (1 << BITS) - 1;

/** Hosts a network has at most. */
export const MOST_HOSTS = MASK;

export function tagOf(source: number, destination: number): number {
  return (source << BITS) | destination;
}

export function sourceOf(tag: number): number {
  return tag >> BITS;
}

export function destinationOf(tag: number): number {
  return tag & MASK;
}
