// Two runs held against each other.
export { type Setting, settingsThatDiffer } from './configuration.ts';
export { type Difference, diff, type DiffOptions, type DiffReport } from './diff.ts';
export { MOST_STEPS, type Step, Steps } from './steps.ts';
export { differenceSentence, type Names as DiffNames, situation, stepWords } from './words.ts';
