// The generator and the functions it stands on: known values, and the shape of what is drawn.
import test from 'ava';
import { Random } from '../../src/link/index.ts';
import { cbrt, exp, ln, pow } from '../../src/tcp/index.ts';

test('a seed and a name give the same numbers for ever', (t) => {
  const random = new Random(42, 'loss');
  const first = [random.uint32(), random.uint32(), random.uint32()];
  const again = new Random(42, 'loss');
  t.deepEqual([again.uint32(), again.uint32(), again.uint32()], first);
  t.notDeepEqual([new Random(43, 'loss').uint32(), new Random(42, 'jitter').uint32()], [first[0], first[0]]);
});

test('seeds beyond 32 bits differ too', (t) => {
  t.not(new Random(2 ** 40 + 1).uint32(), new Random(1).uint32());
});

test('real numbers fill [0, 1) evenly', (t) => {
  const random = new Random(1);
  const bins = Array.from({ length: 20 }, () => 0);
  for (let i = 0; i < 100_000; i++) {
    const x = random.real();
    t.true(x >= 0 && x < 1);
    bins[Math.floor(x * 20)]!++;
  }
  // Chi-square with 19 degrees of freedom: 43.8 is passed once in a thousand seeds.
  const chi = bins.reduce((sum, n) => sum + (n - 5_000) ** 2 / 5_000, 0);
  t.true(chi < 43.8, `chi-square ${chi}`);
});

test('below(n) gives each whole number under n', (t) => {
  const random = new Random(1);
  const seen = new Set(Array.from({ length: 200 }, () => random.below(6)));
  t.deepEqual(
    [...seen].toSorted((a, b) => a - b),
    [0, 1, 2, 3, 4, 5],
  );
});

test('a certain chance draws nothing', (t) => {
  const random = new Random(1);
  t.true(random.chance(1));
  t.false(random.chance(0));
  t.is(random.uint32(), new Random(1).uint32());
});

test('normal, exponential and Pareto numbers have their means', (t) => {
  const random = new Random(3);
  const mean = (draw: () => number): number =>
    Array.from({ length: 50_000 }, draw).reduce((sum, x) => sum + x, 0) / 50_000;
  t.true(Math.abs(mean(() => random.normal())) < 0.02);
  t.true(Math.abs(mean(() => random.normal() ** 2) - 1) < 0.03);
  t.true(Math.abs(mean(() => random.exponential()) - 1) < 0.02);
  t.true(Math.abs(mean(() => random.pareto(3)) - 1.5) < 0.03);
});

test('ln, exp, pow and cbrt agree with the engine to the last few bits, and do not lean on it', (t) => {
  const near = (ours: number, theirs: number, ulps: number, what: string): void => {
    t.true(Math.abs(ours - theirs) <= ulps * Number.EPSILON * Math.abs(theirs), `${what}: ${ours} and ${theirs}`);
  };
  const random = new Random(4);
  for (let i = 0; i < 20_000; i++) {
    const x = exp((random.real() - 0.5) * 1_000);
    near(ln(x), Math.log(x), 3, `ln ${x}`);
    near(cbrt(x), Math.cbrt(x), 2, `cbrt ${x}`);
    const y = (random.real() - 0.5) * 1_300;
    near(exp(y), Math.exp(y), 2, `exp ${y}`);
    const base = random.real() * 100;
    near(pow(base, 1.7), base ** 1.7, 20, `${base} ** 1.7`);
  }
});

test('ln, exp, pow and cbrt at their edges', (t) => {
  t.is(ln(1), 0);
  t.is(ln(0), -Infinity);
  t.is(ln(-1), NaN);
  t.is(ln(Infinity), Infinity);
  t.is(exp(0), 1);
  t.is(exp(1_000), Infinity);
  t.is(exp(-1_000), 0);
  t.is(exp(NaN), NaN);
  t.is(exp(-745), 5e-324);
  t.is(pow(0, 2), 0);
  t.is(pow(0, -1), Infinity);
  t.is(pow(5, 0), 1);
  t.is(cbrt(-27), -3);
  t.is(cbrt(0), 0);
  t.true(Math.abs(ln(5e-324) + 744.4400719213812) < 1e-9);
});
