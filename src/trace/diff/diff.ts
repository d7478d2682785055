// Two runs held against each other, segment by segment: those that are about the same octets are the same step, the second about
// them the same second step, and so on; each is there in one run only, or in both and says something else, or comes at another time.
import { type Step, subjectOf } from './steps.ts';

export type Difference =
  | { kind: 'only-a'; a: Step; b: undefined }
  | { kind: 'only-b'; a: undefined; b: Step }
  /** Both, and they differ in these fields. */
  | { kind: 'changed'; a: Step; b: Step; fields: readonly ChangedField[] }
  /** Both, and from here on B is later by so much more than before (negative: earlier). */
  | { kind: 'shifted'; a: Step; b: Step; byNs: number }
  /** Both, and in B it is later in the order than in A. */
  | { kind: 'moved'; a: Step; b: Step };

export type ChangedField = 'wndOctets' | 'ack' | 'seq' | 'flags' | 'kind';

const FIELDS: readonly ChangedField[] = ['seq', 'ack', 'wndOctets', 'flags', 'kind'];

export interface DiffOptions {
  /** Times may differ by so much; Infinity: they are not compared. */
  toleranceNs: number;
}

export interface DiffReport {
  /** In the order in which they happened. */
  differences: Difference[];
  /** Steps that are the same in both. */
  same: number;
  /** Steps before the first difference, of either. */
  sameFirst: number;
}

/** For each step of A its partner in B. */
function pair(a: readonly Step[], b: readonly Step[]): (number | undefined)[] {
  const waiting = new Map<string, number[]>();
  b.forEach((step, index) => {
    const subject = subjectOf(step);
    const found = waiting.get(subject);
    if (found === undefined) waiting.set(subject, [index]);
    else found.push(index);
  });
  for (const indexes of waiting.values()) indexes.reverse();
  return a.map((step) => waiting.get(subjectOf(step))?.pop());
}

export function diff(a: readonly Step[], b: readonly Step[], { toleranceNs }: DiffOptions): DiffReport {
  const partners = pair(a, b);
  const isPaired = new Uint8Array(b.length);
  for (const index of partners) if (index !== undefined) isPaired[index] = 1;

  const differences: Difference[] = [];
  let same = 0;
  let sameFirst = 0;
  let next = 0; // of B, what has not been told
  let furthest = -1;
  let laterNs = 0;
  const onlyB = (until: number): void => {
    for (; next < until; next++) {
      if (isPaired[next] === 0) differences.push({ kind: 'only-b', a: undefined, b: b[next]! });
    }
  };
  a.forEach((step, index) => {
    const partner = partners[index];
    if (partner === undefined) {
      differences.push({ kind: 'only-a', a: step, b: undefined });
      return;
    }
    onlyB(partner);
    const other = b[partner]!;
    const shift = other.atNs - step.atNs;
    const fields = FIELDS.filter((field) => step[field] !== other[field]);
    if (fields.length > 0) differences.push({ kind: 'changed', a: step, b: other, fields });
    else if (partner < furthest) differences.push({ kind: 'moved', a: step, b: other });
    else if (Math.abs(shift - laterNs) > toleranceNs) {
      differences.push({ kind: 'shifted', a: step, b: other, byNs: shift - laterNs });
    } else {
      same++;
      if (differences.length === 0) sameFirst++;
    }
    if (Math.abs(shift - laterNs) > toleranceNs) laterNs = shift;
    furthest = Math.max(furthest, partner);
  });
  onlyB(b.length);
  return { differences, same, sameFirst };
}
