// Tests that start processes take turns: AVA begins all of a file's tests at the same moment, and on two cores each of fifty
// processes then takes half a minute to come up, while what they were started for goes by the wall's clock.
import test from 'ava';
import './unmeasured.ts';

/** To be called once in a test file: at most so many of its tests run at once. */
export function takeTurns(atOnce = 3): void {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  test.beforeEach(async () => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free--;
  });
  test.afterEach.always(() => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  });
}
