// Our own mistakes end here; what a peer or a user does wrong never does.

/** Throws when a claim about our own state is false. Callers on the per-segment path pass literals only. */
export function assert(claim: boolean, what: string): asserts claim {
  if (!claim) throw new Error(`sash: broken invariant: ${what}`);
}
