// A partition of a connection's life, checked: each change begins where the last one ended, the lengths told with the changes
// are those between them, and they sum to what the end of the recording says, name by name.

export interface PartitionReport {
  /** No gap, no overlap, and every sum as it should be. */
  isWhole: boolean;
  /** From the beginning of what held first to the end of the connection's life. */
  lifeNs: number;
  /** The sum of what the end of the recording says of each. */
  sumNs: number;
  /** What is wrong, each once. */
  faults: PartitionFault[];
}

export type PartitionFault =
  | 'no-end' // the recording does not say how it ended
  | 'never-changed' // there is no change, and yet more than one of them held
  | 'gap' // a change is from something that did not hold
  | 'length' // something was said to hold for another time than lies between its two changes
  | 'sum' // a name's lengths do not sum to its total
  | 'life'; // the totals do not sum to the life

interface Change {
  atNs: number;
  from: string;
  to: string;
  heldNs: number;
}

export class PartitionAudit {
  #present: string | undefined = undefined;
  #since = 0;
  #begin: number | undefined = undefined;
  readonly #totals = new Map<string, number>();
  readonly #faults = new Set<PartitionFault>();

  turn({ atNs, from, to, heldNs }: Change): void {
    if (this.#present === undefined) {
      this.#begin = atNs - heldNs;
      this.#since = this.#begin;
    } else if (this.#present !== from) {
      this.#faults.add('gap');
    }
    if (atNs - this.#since !== heldNs || heldNs < 0) this.#faults.add('length');
    this.#add(from, heldNs);
    this.#present = to;
    this.#since = atNs;
  }

  /** `totals` and `endedNs` as the end of the recording has them. */
  report(totals: Readonly<Record<string, number>> | undefined, endedNs = 0): PartitionReport {
    const faults = new Set(this.#faults);
    if (totals === undefined) return { isWhole: false, lifeNs: 0, sumNs: 0, faults: [...faults.add('no-end')] };
    const sumNs = Object.values(totals).reduce((sum, ns) => sum + ns, 0);
    if (this.#present === undefined || this.#begin === undefined) {
      // One alternative may have held all the time; two cannot without a change between them.
      const isOne = Object.values(totals).filter((ns) => ns > 0).length <= 1;
      if (!isOne) faults.add('never-changed');
      return { isWhole: isOne, lifeNs: sumNs, sumNs, faults: [...faults] };
    }
    const lifeNs = endedNs - this.#begin;
    for (const [name, total] of Object.entries(totals)) {
      const open = name === this.#present ? endedNs - this.#since : 0;
      if ((this.#totals.get(name) ?? 0) + open !== total) faults.add('sum');
    }
    if (sumNs !== lifeNs) faults.add('life');
    return { isWhole: faults.size === 0, lifeNs, sumNs, faults: [...faults] };
  }

  #add(name: string, heldNs: number): void {
    this.#totals.set(name, (this.#totals.get(name) ?? 0) + heldNs);
  }
}
