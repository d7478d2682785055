// The other half of the random runs: a file of its own, so that both cores have one.
import test from 'ava';
import { explore } from '../../sim/index.ts';
import { exploreSeeds } from './seeds.ts';

test('a thousand further random runs break nothing', (t) => {
  exploreSeeds(t, 1_000, 2_000);
});

test('a run follows from its seed alone', (t) => {
  t.deepEqual(explore(5), explore(5));
});
