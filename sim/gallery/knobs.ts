// What may be said otherwise of a workload, as words that people type: the flags of `sash gallery run`, the fields of the page.
import { parseDuration, parseRate, parseSize, QuantityError } from '../../src/app/index.ts';
import { type WorkloadOptions } from './workloads.ts';

export interface WorkloadKnob {
  /** As a flag, and in an address. */
  name: string;
  /** What of a workload it sets. */
  key: keyof WorkloadOptions;
  /** @throws QuantityError */
  read: (given: string) => number;
}

export const WORKLOAD_KNOBS: readonly WorkloadKnob[] = [
  { name: 'rate', key: 'produces', read: itemsPerSecond },
  { name: 'consume', key: 'consumes', read: itemsPerSecond },
  { name: 'size', key: 'size', read: parseSize },
  { name: 'line', key: 'line', read: parseRate },
  { name: 'delay', key: 'delay', read: parseDuration },
  { name: 'duration', key: 'duration', read: parseDuration },
  { name: 'items', key: 'items', read: wholeNumber },
  { name: 'dies', key: 'diesAt', read: parseDuration },
  { name: 'memory', key: 'memory', read: parseSize },
  { name: 'seed', key: 'seed', read: wholeNumber },
];

/** Items a second: `4000/s`, `4000`, `2.5/s`, `max`. */
function itemsPerSecond(given: string): number {
  if (given === 'max') return Infinity;
  const number = /^(\d[\d_]*(?:\.\d+)?)([km])?(?:\/s)?$/i.exec(given);
  if (number === null) {
    throw new QuantityError(`"${given}" is not items a second: write a number, as in 4000/s, or max`);
  }
  const scale = { k: 1e3, m: 1e6 }[number[2]?.toLowerCase() ?? ''] ?? 1;
  return Number(number[1]!.replaceAll('_', '')) * scale;
}

function wholeNumber(given: string): number {
  if (/^\d+$/.test(given) && Number.isSafeInteger(Number(given))) return Number(given);
  throw new QuantityError(`"${given}" is not a whole number`);
}
