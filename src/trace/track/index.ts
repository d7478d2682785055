// What a capture shows of both ends of a connection: shared by the summary, the checks, the explanations and the plots.
export { Chronograph, type Limit, LIMITS } from './chronograph.ts';
export { TrackedEnd, UNKNOWN } from './end.ts';
export { type Cause, Observation, type Passing, type SegmentKind, type Side } from './passing.ts';
export { Quantiles } from './quantiles.ts';
export { RttSampler } from './rtt.ts';
export {
  type Between,
  type PassingBetween,
  Recorded,
  type Studied,
  Study,
  type StudyOptions,
  type Subject,
} from './study.ts';
export { isDsack, Track } from './track.ts';
export { Vantage, type VantageReport } from './vantage.ts';
