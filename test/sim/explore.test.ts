// Random runs: safe under faults, and all arrives when the network heals. And all small ones: no pattern of losses deadlocks.
import test from 'ava';
import { type ConnectionOptions } from '../../src/tcp/index.ts';
import { exhaust, explore } from '../../sim/index.ts';
import { exploreSeeds } from './seeds.ts';

test('a thousand random runs break nothing', (t) => {
  exploreSeeds(t, 0, 1_000);
});

test('no pattern of up to three lost segments deadlocks a window of two segments', (t) => {
  for (const probeStyle of ['rfc', 'linux'] as const) {
    const { patterns, deadlocks } = exhaust(3, { probeStyle });
    t.true(patterns > 400, `${patterns} patterns`);
    t.deepEqual(deadlocks, []);
  }
});

test('without the persist timer the same search finds the deadlock: the window update is lost', (t) => {
  const never: Partial<ConnectionOptions> = { policies: { probe: 'no-persist' } };
  const { deadlocks } = exhaust(2, never);
  t.true(deadlocks.length > 0);
});

test('an old SYN that arrives when all is over opens a connection that the peer refuses, and that is no failure', (t) => {
  t.notThrows(() => explore(54_696));
});
