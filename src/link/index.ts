// sash/link: what a path does to segments. Pure: time and seeds are arguments.
export { type Drop, DROPS, Flight } from './flight.ts';
export { Link, type LinkOptions, type LinkWatcher } from './link.ts';
export { LINK_PROFILES } from './profiles.ts';
export { Random } from './random.ts';
export { isOfClass, type Rule, RULE_DEFAULTS, type RuleAction, SEGMENT_CLASSES, type SegmentClass } from './rules.ts';
export {
  type Change,
  checkSpec,
  type CoDel,
  type DropTail,
  type Jitter,
  type JitterShape,
  type LinkSpec,
  type LinkState,
  type LossSpec,
  NO_LIMIT,
  type Outage,
  PERFECT,
  type QueueSpec,
  type Reordering,
} from './spec.ts';
export { LinkTally } from './tally.ts';
export { parseLink, parseRule, parseRules } from './text.ts';
