// Paces, plans and the hand at the keyboard, in virtual time.
import test from 'ava';
import fc from 'fast-check';
import { fillPattern, Pace, parsePlan, Plan, QuantityError, Tempo } from '../../src/app/index.ts';
import { MILLISECOND, NEVER, SECOND } from '../../src/tcp/index.ts';

// The same cases every time; with another seed, others.
fc.configureGlobal({ seed: Number(process.env['SASH_SEED'] ?? 1) });

/** Moves whatever may move until `until`, as a reader with plenty to read does, and returns how much that was. */
function run(tempo: Tempo | Pace, from: number, until: number, most = 1e9): number {
  let now = from;
  let total = 0;
  while (now < until) {
    const count = Math.min(tempo.allowance(now), most - total);
    if (count > 0) {
      tempo.moved(count);
      total += count;
      if (total >= most) return total;
      continue;
    }
    const next = tempo.nextAt(now);
    if (next <= now) throw new Error('nextAt lies ahead where nothing is allowed');
    now = next;
  }
  return total;
}

test('a pace holds its rate, in chunks', (t) => {
  const pace = new Pace(1e6, 4_096, 0);
  t.is(pace.allowance(0), 0);
  t.is(pace.nextAt(0), 4_096_000);
  t.is(pace.allowance(4_096_000), 4_096);
  const total = run(pace, 4_096_000, 10 * SECOND);
  t.true(Math.abs(total - 1e7) <= 4_096, `${total}`);
});

test('without a chunk asked for, a pace moves five milliseconds worth at once', (t) => {
  t.is(new Pace(1e6, undefined, 0).chunk, 5_000);
  t.is(new Pace(10, undefined, 0).chunk, 1);
  t.is(new Pace(1e9, undefined, 0).chunk, 65_536);
  t.is(new Pace(Infinity, undefined, 0).allowance(0), Infinity);
  t.is(new Pace(Infinity, 100, 0).allowance(0), 100);
  t.is(new Pace(0, 100, 0).nextAt(0), NEVER);
});

test('a late timer is made up for, a long absence is not', (t) => {
  const late = new Pace(1e6, 1_000, 0);
  let total = 0;
  for (let now = 30 * MILLISECOND; now <= SECOND; now += 30 * MILLISECOND) {
    for (let count = late.allowance(now); count > 0; count = late.allowance(now)) {
      late.moved(count);
      total += count;
    }
  }
  t.is(total, 990_000);

  const absent = new Pace(1e6, 1_000, 0);
  t.is(run(absent, 60 * SECOND, 60 * SECOND + 1), 51_000);
});

test('a rate that is changed often stops nothing', (t) => {
  const pace = new Pace(1_000, 1_000, 0);
  let total = 0;
  for (let now = 0; now <= 10 * SECOND; now += 100 * MILLISECOND) {
    pace.setRate(now % 200e6 === 0 ? 1_001 : 1_000, now);
    const count = pace.allowance(now);
    pace.moved(count);
    total += count;
  }
  t.is(total, 10_000);
});

test('a plan says where in it one is, and its last phase holds', (t) => {
  const plan = parsePlan('2s full, 3s stop, 5s 200KB/s');
  t.deepEqual(plan.at(0), { index: 0, rate: Infinity, left: 2 * SECOND });
  t.deepEqual(plan.at(2 * SECOND), { index: 1, rate: 0, left: 3 * SECOND });
  t.deepEqual(plan.at(5 * SECOND), { index: 2, rate: 200_000, left: NEVER });
  t.deepEqual(plan.at(3_600 * SECOND), { index: 2, rate: 200_000, left: NEVER });
  t.is(plan.toString(), '2s full, 3s stop, 5s 200KB/s');
  t.is(parsePlan('500ms 1MB/s, full').toString(), '500ms 1MB/s, full');
  t.is(parsePlan('stop').at(9).rate, 0);
});

test('a plan that is wrong is told which phase and how to write it', (t) => {
  const cure = 'write a time and "full", "stop" or a rate, as in "2s full, 3s stop, 5s 200KB/s"';
  const wrongs: [string, string][] = [
    ['', `phase 1 of the plan: it is empty; ${cure}`],
    ['2s full, 3s stopp', `phase 2 of the plan: "stopp" is not a rate; ${cure}`],
    ['2s full, stop, 1s full', `phase 2 of the plan: "stop" is not a time and a speed; ${cure}`],
    ['2s full,, 3s stop', `phase 2 of the plan: it is empty; ${cure}`],
    ['soon full', `phase 1 of the plan: "soon" is not a time; ${cure}`],
    ['0s full', `phase 1 of the plan: "0s" is no time at all; ${cure}`],
    ['2s very full', `phase 1 of the plan: "2s very full" is not a time and a speed; ${cure}`],
  ];
  for (const [text, message] of wrongs) t.throws(() => parsePlan(text), { instanceOf: QuantityError, message });
  t.throws(() => new Plan([]), { instanceOf: RangeError });
});

test('a tempo follows its plan', (t) => {
  const tempo = new Tempo(parsePlan('1s 100KB/s, 2s stop, 300KB/s'), 1_000, 0);
  t.is(run(tempo, 0, SECOND), 99_000);
  t.is(run(tempo, SECOND, 3 * SECOND), 0);
  t.is(tempo.rate(2 * SECOND), 0);
  t.is(tempo.nextAt(2 * SECOND), 3 * SECOND);
  const last = run(tempo, 3 * SECOND, 5 * SECOND);
  t.true(last >= 599_000 && last <= 600_000, `${last}`);
  t.is(tempo.place(4 * SECOND).index, 2);
  tempo.restart(6 * SECOND);
  t.is(tempo.rate(6 * SECOND), 100_000);
});

test('a hand stops, steps and resumes', (t) => {
  const tempo = new Tempo(Plan.steady(Infinity), 500, 0);
  tempo.stopOrResume();
  t.true(tempo.isStopped);
  t.is(tempo.rate(1), 0);
  t.is(tempo.allowance(1), 0);
  t.is(tempo.nextAt(1), NEVER);

  tempo.step(2);
  t.is(tempo.allowance(2), 500);
  t.is(tempo.nextAt(2), 2);
  tempo.moved(200);
  t.is(tempo.allowance(3), 300);
  tempo.moved(300);
  t.is(tempo.allowance(3), 0);

  tempo.stopOrResume();
  t.is(tempo.allowance(4), 500);
  tempo.step(4);
  t.is(tempo.allowance(4), 500, 'a step means nothing while reading goes on');
});

test('a hand doubles and halves the pace of the present phase', (t) => {
  const tempo = new Tempo(parsePlan('1s 100KB/s, full'), undefined, 0);
  tempo.double(1);
  t.is(tempo.rate(1), 200_000);
  tempo.halve(1e9, 2);
  tempo.halve(1e9, 2);
  t.is(tempo.rate(2), 50_000);
  t.is(tempo.rate(SECOND), Infinity, 'the next phase has its own pace');
  tempo.double(SECOND);
  t.is(tempo.rate(SECOND), Infinity);
  tempo.halve(8e6, SECOND);
  t.is(tempo.rate(SECOND), 4e6, 'half of what was measured');

  const stopped = new Tempo(Plan.steady(0), undefined, 0);
  stopped.halve(8e6, 1);
  stopped.double(1);
  t.is(stopped.rate(1), 0);
});

test('the pattern is the same from wherever one begins', (t) => {
  const whole = new Uint8Array(1_000);
  fillPattern(whole, 0);
  t.deepEqual([...whole.subarray(0, 8)], [0, 0, 0, 0, 0xb7, 0x28, 0x4e, 0x51]);
  fc.assert(
    fc.property(fc.nat({ max: 900 }), fc.nat({ max: 100 }), (offset, length) => {
      const part = new Uint8Array(length);
      fillPattern(part, offset);
      t.deepEqual(part, whole.slice(offset, offset + length));
    }),
  );
  const far = new Uint8Array(8);
  const near = new Uint8Array(8);
  fillPattern(far, 2 ** 33 + 4);
  fillPattern(near, 4);
  t.notDeepEqual(far, near);
});
