// Segments that are on their way in one direction, for formats that number packets and acknowledge them by number, as QUIC does.
// Bounded: an acknowledgment that never comes does not keep more than so many.

export interface Flying {
  number: number;
  /** From the ISN on, [start, end). */
  start: number;
  end: number;
  atNs: number;
  /** Its octets were sent before, or are sent again: no round trip is measured by it (Karn). */
  isAmbiguous: boolean;
  isReported: boolean;
}

/** Segments that are remembered; the earliest are forgotten first. */
const MAX_FLIGHTS = 65_536;

export interface Landing {
  /** Numbers of the packets that are acknowledged for the first time, [first, last] each. */
  ranges: [number, number][];
  /** Of the latest of them that may be measured. */
  rttNs: number | undefined;
}

export class Flights {
  #flying: Flying[] = [];
  #next = 0;
  /** The end of what was sent. */
  highest = 0;
  #acknowledged = 0;

  /** Octets between what was sent and what is acknowledged. */
  get octets(): number {
    return Math.max(0, this.highest - this.#acknowledged);
  }

  /** The number of a segment that leaves; and the numbers of those whose octets it sends again, where it does so. */
  leaves(start: number, length: number, atNs: number): { number: number; again: readonly number[] } {
    const number = this.#next++;
    if (length === 0) return { number, again: [] };
    const end = start + length;
    const again: number[] = [];
    if (start < this.highest) {
      for (const flying of this.#flying) {
        if (flying.end <= start || flying.start >= end || flying.isReported) continue;
        if (!flying.isAmbiguous) again.push(flying.number);
        flying.isAmbiguous = true;
      }
    }
    this.#flying.push({ number, start, end, atNs, isAmbiguous: start < this.highest, isReported: false });
    if (this.#flying.length > MAX_FLIGHTS) this.#flying = this.#flying.slice(MAX_FLIGHTS / 2);
    this.highest = Math.max(this.highest, end);
    return { number, again };
  }

  /** What an acknowledgment up to `ack`, with SACK blocks, says is there. */
  lands(ack: number, blocks: readonly (readonly [number, number])[], atNs: number): Landing {
    const landing: Landing = { ranges: [], rttNs: undefined };
    this.#acknowledged = Math.max(this.#acknowledged, ack);
    const first = this.#flying[0];
    if (first === undefined || (blocks.length === 0 && first.end > ack)) return landing;
    const left: Flying[] = [];
    for (const flying of this.#flying) {
      const isHere = flying.end <= ack || blocks.some(([start, end]) => start <= flying.start && flying.end <= end);
      if (isHere && !flying.isReported) {
        flying.isReported = true;
        extend(landing.ranges, flying.number);
        if (!flying.isAmbiguous) landing.rttNs = atNs - flying.atNs;
      }
      if (flying.end > ack) left.push(flying);
    }
    this.#flying = left;
    return landing;
  }
}

function extend(ranges: [number, number][], number: number): void {
  const last = ranges.at(-1);
  if (last !== undefined && last[1] === number - 1) last[1] = number;
  else ranges.push([number, number]);
}
