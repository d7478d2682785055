// What a link has done, counted in segments.
import { type Drop } from './flight.ts';

export class LinkTally {
  sent = 0;
  delivered = 0;
  duplicated = 0;
  /** Of those delivered, where corrupted segments arrive. */
  corrupted = 0;
  /** Segments that arrived before one sent earlier. */
  overtook = 0;
  readonly dropped: Record<Drop, number> = {
    'queue-full': 0,
    codel: 0,
    loss: 0,
    corruption: 0,
    outage: 0,
    rule: 0,
  };
  /** The most octets that were queued. */
  peakQueue = 0;
}
