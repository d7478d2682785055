// Whatever the path does, once it heals exactly what was written has been read, and both ends have ended.
import process from 'node:process';
import test from 'ava';
import { converse } from '../harness/two-ends.ts';

const given = process.env['SASH_SEED'];
const first = given === undefined ? 1 : Number(given);
const runs = given === undefined ? Number(process.env['SASH_RUNS'] ?? 400) : 1;

test(`two ends joined by a bad path deliver exactly what was written (${runs} runs from seed ${first} on)`, (t) => {
  for (let seed = first; seed < first + runs; seed++) {
    try {
      converse(seed);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      t.fail(`seed ${seed}: ${what}\nAgain: SASH_SEED=${seed} npx ava dist/test/tcp/two-ends.test.js`);
      return;
    }
  }
  t.pass();
});
