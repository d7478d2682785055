// What onlookers were last told of congestion control, by `tellCongestion` in loss-recovery.ts.
import { type RecoveryPhase } from './recovery.ts';

export class ToldCongestion {
  /** cwnd as it is used, and ssthresh, in whole octets; Infinity: no limit. */
  cwnd = Infinity;
  ssthresh = Infinity;
  /** Octets believed to be in the network. */
  pipe = 0;
  phase: RecoveryPhase = 'none';
}
