// A probe that hears only what a test asks about.
import { type Probe } from '../../src/tcp/index.ts';

export function onlooker(heard: Partial<Probe>): Probe {
  const deaf = (): void => {};
  return {
    segmentArrives: deaf,
    segmentRefused: deaf,
    segmentLeaves: deaf,
    stateChanges: deaf,
    reasonChanges: deaf,
    offeringChanges: deaf,
    sendWindowChanges: deaf,
    congestionChanges: deaf,
    windowOffered: deaf,
    timerStarts: deaf,
    timerStops: deaf,
    timerFires: deaf,
    written: deaf,
    read: deaf,
    ...heard,
  };
}
