// No congestion control: for carriers that have their own below, where flow control is what is studied.
import { type Congestion } from './congestion.ts';

export class NoCongestion implements Congestion {
  readonly cwnd = Infinity;
  readonly ssthresh = Infinity;

  begin(): void {}
  acknowledged(): void {}
  lossFound(): void {}
  lossMended(): void {}
  timedOut(): void {}
  idled(): void {}
}
