// `sash trace check`: RFC clauses, held against a capture.
export { checkLines } from './lines.ts';
export { type CheckReport, Linter, type LinterOptions, type Ruling, RULES, type Judgment } from './linter.ts';
export { type Finding, type Rule } from './rule.ts';
