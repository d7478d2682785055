// Stretches of time of which not everything was seen, in order. What lies in them must not be drawn as if it had been.

export interface Stretch {
  fromNs: number;
  untilNs: number;
}

/** Past so many the last is lengthened. */
const MOST = 1_000;

export class Stretches {
  readonly all: Stretch[] = [];

  /** Later than all others. */
  add(stretch: Stretch): void {
    const last = this.all.at(-1);
    const isMore = last !== undefined && (stretch.fromNs <= last.untilNs || this.all.length >= MOST);
    if (isMore) last.untilNs = Math.max(last.untilNs, stretch.untilNs);
    else this.all.push({ ...stretch });
  }

  /** Nanoseconds of them between two instants. */
  within(fromNs: number, untilNs: number): number {
    let sum = 0;
    for (let i = this.#firstAfter(fromNs); i < this.all.length; i++) {
      const one = this.all[i]!;
      if (one.fromNs >= untilNs) break;
      sum += Math.min(untilNs, one.untilNs) - Math.max(fromNs, one.fromNs);
    }
    return sum;
  }

  /** The one that an instant lies in. */
  at(ns: number): Stretch | undefined {
    const one = this.all[this.#firstAfter(ns)];
    return one !== undefined && one.fromNs < ns ? one : undefined;
  }

  /** The first that ends after an instant. */
  #firstAfter(ns: number): number {
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.all[middle]!.untilNs <= ns) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
