// Scenarios: a file's plain value in, a run and its outcomes out.
export { type Expectation } from './expectation.ts';
export { type Path, ScenarioFault, writePath } from './fault.ts';
export { type Names } from './formula.ts';
export { type Measured, type Outcome } from './judge.ts';
export { MEASURES } from './measures.ts';
export { type Asked } from './parameters.ts';
export { formatQuantity, type Kind, parseQuantity, type Quantity, writeQuantity } from './quantity.ts';
export { EPOCH_MS, type Vantage, VANTAGES } from './record.ts';
export { type Seat } from './seat.ts';
export { type Ending, type RunOptions, type RunResult, runScenario, ScenarioRun } from './run.ts';
export { countCases, readScenario, type Scenario } from './scenario.ts';
