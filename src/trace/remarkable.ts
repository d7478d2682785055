// Which happenings are worth a line of their own where somebody watches: what changes who waits for whom. Reasons and windows that
// come and go with every acknowledgment are not, for they would push everything else out of sight.
import { type Happening } from './vocabulary.ts';

export function isRemarkable(happening: Happening): boolean {
  switch (happening.type) {
    case 'timer':
      return happening.event === 'fires' && happening.timer !== 'delayed-ack';
    case 'reason':
      return happening.to === 'zero-window' || happening.from === 'zero-window' || happening.to === 'recovery';
    case 'congestion':
      return happening.from !== happening.to;
    case 'offering':
    case 'state':
    case 'marker':
    case 'refused':
    case 'recording':
    case 'end':
      return true;
    default:
      return false;
  }
}
