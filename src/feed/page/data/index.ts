// What the page knows, without a word about how it looks.
export { type End, Flow, type Outcome, Run, type Side, SIDE_NAMES, type Vantage } from './run.ts';
export { Continuity } from './continuity.ts';
export { type Other, type PageEvent } from './events.ts';
export { EndFold, type KnownState, type Placed } from './fold.ts';
export { type LinkSample } from './links.ts';
export { rates } from './rates.ts';
export { kindOf, MARK, marksOf } from './marks.ts';
export { matched, type Matches } from './matches.ts';
export {
  offeringOf,
  type ReasonName,
  reasonOf,
  type Row,
  type RowColumn,
  type RowTable,
  stateOf,
  TIMER_COLUMNS,
  UNKNOWN_REASON,
} from './rows.ts';
export { type Extra, flagNames, type SegmentTable } from './segments.ts';
export { turned } from './turned.ts';
export { type Stretch, Stretches } from './stretches.ts';
export { sharesOf, type Verdict, verdictAt } from './verdict.ts';
