// Explores a range of seeds; a failure says how to see it again.
import type { ExecutionContext } from 'ava';
import { explore } from '../../sim/index.ts';

export function exploreSeeds(t: ExecutionContext, from: number, until: number): void {
  let octets = 0;
  let lost = 0;
  for (let seed = from; seed < until; seed++) {
    try {
      const run = explore(seed);
      octets += run.octets;
      lost += run.lost;
    } catch (error) {
      throw new Error(`seed ${seed} breaks something; again: npm run explore -- --from ${seed} --seeds 1`, {
        cause: error,
      });
    }
  }
  t.log(`${until - from} runs, ${octets} octets, ${lost} segments lost`);
  t.true(octets > 1_000 * (until - from) && lost > until - from);
}
