// What the network is believed to bear: the congestion window (RFC 5681). A small interface, so that algorithms can be
// exchanged and written: what happened comes in as plain numbers, the algorithm keeps `cwnd` and `ssthresh` in octets.
// It is never asked whether to send: the core compares cwnd with what is in the network.
import { type Duration, type Instant } from '../time.ts';

export interface Congestion {
  /** Octets that may be in the network at once; Infinity: no limit. */
  readonly cwnd: number;
  /** Below it cwnd grows by slow start. */
  readonly ssthresh: number;

  /** The connection is established: SMSS and the initial window, octets. */
  begin(smss: number, initialWindow: number): void;
  /**
   * An ACK of `octets` new octets, outside fast recovery. `isFull`: cwnd was what limited the sender; where something else
   * did, the ACK says nothing about the network (RFC 9438 §5.8). `srtt` may be NEVER: no sample yet.
   */
  acknowledged(octets: number, isFull: boolean, srtt: Duration, now: Instant): void;
  /** Duplicate acknowledgments tell of a loss; `flight` is FlightSize. Called once for a recovery. */
  lossFound(flight: number, now: Instant): void;
  /** The recovery is over; `flight` is FlightSize now, or Infinity where no burst can follow. */
  lossMended(flight: number): void;
  /** The retransmission timer expired; `isAgain`, for the same segment as the last time. */
  timedOut(flight: number, isAgain: boolean, now: Instant): void;
  /** Nothing was sent for longer than RTO (RFC 5681 §4.1). */
  idled(): void;
}
