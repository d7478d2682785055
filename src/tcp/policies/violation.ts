// A policy has broken an invariant: whoever drives the connection gets this instead of a segment.
import { type Snapshot } from '../snapshot.ts';
import { type Invariant, type Policy } from './policy.ts';

const MEANINGS: Readonly<Record<Invariant, string>> = {
  'SHLD-14': 'the right edge must not move left (RFC 9293 §3.8.6, SHLD-14)',
  'MUST-36': 'a zero window must be probed (RFC 9293 §3.8.6.1, MUST-36)',
  'RCV.BUFF': 'no more may be offered than the receive buffer has room for (RFC 9293 §3.8.6)',
  'SND.WND': 'nothing may be sent beyond the window offered (RFC 9293 §3.8.6)',
};

export class PolicyViolation extends Error {
  override readonly name = 'PolicyViolation';
  readonly policy: string;
  readonly clause: Invariant;
  /** The connection as it was. */
  readonly state: Snapshot;

  constructor(policy: string, clause: Invariant, what: string, state: Snapshot) {
    super(
      `policy "${policy}" broke an invariant: ${MEANINGS[clause]}; ${what}. ` +
        `If it is meant to, let it say so: breaks: ['${clause}']. State: ${JSON.stringify(state)}`,
    );
    this.policy = policy;
    this.clause = clause;
    this.state = state;
  }
}

export function mayBreak(policy: Policy | undefined, clause: Invariant): boolean {
  return policy?.breaks?.includes(clause) ?? false;
}
