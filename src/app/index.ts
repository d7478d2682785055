// Applications: what is done at the two ends of a connection. Pure; time is an argument.
export * from './backpressure/index.ts';
export * from './messages/index.ts';
export { didYouMean, nearest } from './nearest.ts';
export { Pace } from './pace.ts';
export { fillPattern } from './pattern.ts';
export { parsePlan, parseSpeed, type Phase, Plan, type PlanPlace, writeSpeed } from './plan.ts';
export {
  formatDuration,
  formatRate,
  formatSize,
  parseDuration,
  parseRate,
  parseSize,
  QuantityError,
  type Rate,
  writeDuration,
  writeRate,
  writeSize,
} from './quantities.ts';
export { Tempo } from './tempo.ts';
