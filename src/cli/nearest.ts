// "Did you mean": the known name nearest to one that is not known.
export { didYouMean, nearest } from '../app/index.ts';
