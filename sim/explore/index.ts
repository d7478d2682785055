// Searches for what breaks the core: random runs, and all small ones.
export { explore, type Explored, type Observed } from './explore.ts';
export { exhaust, type Exhausted } from './exhaust.ts';
