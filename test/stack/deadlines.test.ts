// The heap of deadlines against a list that is searched.
import test from 'ava';
import fc from 'fast-check';
import { Deadlines, type Timed } from '../../src/stack/index.ts';
import { NEVER } from '../../src/tcp/index.ts';

class Item implements Timed {
  deadline = NEVER;
  place = -1;
}

test('whatever is set, moved, removed and taken, next() and take() say what a search would', (t) => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), item: fc.nat(15), at: fc.oneof(fc.nat(100), fc.constant(NEVER)) }),
    fc.record({ kind: fc.constant('remove' as const), item: fc.nat(15), at: fc.constant(0) }),
    fc.record({ kind: fc.constant('take' as const), item: fc.constant(0), at: fc.nat(100) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const items = Array.from({ length: 16 }, () => new Item());
      const model = new Map<Item, number>();
      const deadlines = new Deadlines<Item>();
      const least = (): number => Math.min(NEVER, ...model.values());
      for (const { kind, item, at } of steps) {
        const chosen = items[item]!;
        if (kind === 'set') {
          deadlines.set(chosen, at);
          model.set(chosen, at);
        } else if (kind === 'remove') {
          deadlines.remove(chosen);
          model.delete(chosen);
        } else {
          const expected = least();
          const taken = deadlines.take(at);
          t.is(taken !== undefined, expected <= at);
          if (taken !== undefined) {
            t.is(model.get(taken), expected);
            model.delete(taken);
          }
        }
        t.is(deadlines.next(), least());
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});

test('a deadline that keeps moving away leaves the heap alone', (t) => {
  const deadlines = new Deadlines<Item>();
  const items = Array.from({ length: 1_000 }, () => new Item());
  items.forEach((item, i) => deadlines.set(item, i));
  for (let now = 1_000; now < 2_000; now++) deadlines.set(items[0]!, now);
  t.is(deadlines.size, 1_000);
  t.is(deadlines.next(), 1);
  for (const item of items) deadlines.set(item, NEVER);
  t.is(deadlines.next(), NEVER);
  t.is(deadlines.size, 0, 'what has no deadline is forgotten when it comes to the top');
});
