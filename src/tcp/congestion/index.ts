// The congestion controls there are, by name.
import { type Congestion } from './congestion.ts';
import { Cubic } from './cubic.ts';
import { NoCongestion } from './none.ts';
import { Reno } from './reno.ts';

export { type Congestion } from './congestion.ts';
export { Cubic, CUBIC_BETA, CUBIC_C } from './cubic.ts';
export { NoCongestion } from './none.ts';
export { Reno } from './reno.ts';

export type CongestionName = 'none' | 'reno' | 'cubic';
export const CONGESTION_NAMES: readonly CongestionName[] = ['none', 'reno', 'cubic'];

export function congestionNamed(name: CongestionName): Congestion {
  switch (name) {
    case 'none':
      return new NoCongestion();
    case 'reno':
      return new Reno();
    case 'cubic':
      return new Cubic();
  }
}

/** The initial window (RFC 6928 §2); one segment where a SYN was lost (RFC 5681 §3.1). Octets. */
export function initialWindow(asked: number | 'auto', smss: number, wasSynLost: boolean): number {
  if (wasSynLost) return smss;
  if (asked !== 'auto') return asked * smss;
  return Math.min(10 * smss, Math.max(2 * smss, 14_600));
}
