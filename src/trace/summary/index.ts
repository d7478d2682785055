// `sash trace summary`: a connection in numbers, and in a sentence.
export { Summed } from './connection.ts';
export { type LimitsReport, type Party } from './limits.ts';
export { type Cells, summaryCells, summaryLines, type SummaryOf } from './lines.ts';
export { type ConnectionReport, type DirectionReport, summarize } from './report.ts';
