// Policies: the place where somebody else's idea of flow control goes.
export { BUILT_IN, type ChosenPolicies, choosePolicies } from './choose.ts';
export * from './policy.ts';
export { mayBreak, PolicyViolation } from './violation.ts';
export { Autotuned } from './window.ts';
