// What the consuming end tells the producing end: how far it is, and at last how it went.
import { type Duration } from '../../tcp/index.ts';
import { encode } from './records.ts';

export interface Report {
  /** Messages processed; that came in all; that are being processed. */
  delivered: number;
  arrived: number;
  working: number;
  consumers: number;
  /** From birth to being processed, by the producer's clock as the consumer estimates it. */
  p50Ns: Duration;
  p99Ns: Duration;
  maxNs: Duration;
  /** By how much the producer's clock is ahead, and within what. */
  clockOffsetNs: Duration;
  clockErrorNs: Duration;
  /** All that was sent is processed: nothing more follows. */
  isFinal: boolean;
}

export function encodeReport(report: Report): Uint8Array {
  return encode('report', [
    report.delivered,
    report.arrived,
    report.working,
    report.consumers,
    report.p50Ns,
    report.p99Ns,
    report.maxNs,
    report.clockOffsetNs,
    report.clockErrorNs,
    report.isFinal ? 1 : 0,
  ]);
}

/** @param field reads the fields of a record, from 0 */
export function decodeReport(field: (index: number) => number): Report {
  return {
    delivered: field(0),
    arrived: field(1),
    working: field(2),
    consumers: field(3),
    p50Ns: field(4),
    p99Ns: field(5),
    maxNs: field(6),
    clockOffsetNs: field(7),
    clockErrorNs: field(8),
    isFinal: field(9) === 1,
  };
}
