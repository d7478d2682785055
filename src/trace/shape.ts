// Is what JSON gave us what we wrote? Compared with a sample, so that a damaged recording cannot pass for a whole one.
import { OFFERINGS, SILENCE_REASONS } from '../tcp/index.ts';
import { type ConnectionSummary, type Endpoint, type RecordingBegins, TALLY_COUNTERS } from './vocabulary.ts';

/** Whether `value` has all that `sample` has, of the same kinds; what it has besides does not matter. */
export function hasShapeOf(value: unknown, sample: unknown): boolean {
  if (typeof sample !== 'object' || sample === null) return typeof value === typeof sample;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(sample).every(([name, part]) => hasShapeOf((value as Record<string, unknown>)[name], part));
}

const ENDPOINT: Endpoint = { address: '', port: 0 };

export const SAMPLE_BEGINNING: Omit<RecordingBegins, 'type' | 'atNs' | 'configuration'> = {
  version: 1,
  application: '',
  label: '',
  local: ENDPOINT,
  remote: ENDPOINT,
  epochNs: '',
};

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}

/** Null or a name may stand for the failure. */
export const SAMPLE_CONNECTION: Omit<ConnectionSummary, 'failure'> = {
  state: 'CLOSED',
  endedNs: 0,
  reasonsNs: zeros(SILENCE_REASONS),
  offeringsNs: zeros(OFFERINGS),
  tally: {
    ...zeros(TALLY_COUNTERS),
    sendWindowZero: { count: 0, totalNs: 0, longestNs: 0 },
    receiveWindowZero: { count: 0, totalNs: 0, longestNs: 0 },
  },
};
