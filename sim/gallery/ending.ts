// How a run ends, and what ends it before its time.
import { type Instant } from '../../src/tcp/index.ts';

/** What a run may hold, unless told otherwise. */
export const MEMORY = 2 ** 30;
/** Happenings after which a run is ended: some seconds of computing, and hundreds of MiB of what is counted. */
export const MOST_EVENTS = 10_000_000;

export interface Ending {
  why: 'time' | 'items' | 'memory' | 'events' | 'failed';
  at: Instant;
  /** For people, where it did not end by itself. */
  says: string;
}
