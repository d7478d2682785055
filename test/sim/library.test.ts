// The scenarios that come along, with their own parameters, against their own expectations. `sash sim --check` has their cases too.
import test from 'ava';
import { readFileSync } from 'node:fs';
import { countCases, MEASURES, readScenario, runScenario, THEORIES } from '../../sim/index.ts';
import { libraryNames, openScenario } from '../../src/cli/sim-files.ts';

test('docs/scenarios.md names every measure and every theory', (t) => {
  const text = readFileSync(new URL('../../../docs/scenarios.md', import.meta.url), 'utf8');
  for (const name of [...Object.keys(MEASURES), ...Object.keys(THEORIES)])
    t.true(text.includes(`| \`${name}\` `), name);
});

test('there are scenarios', (t) => {
  t.true(libraryNames().length >= 25);
});

for (const name of libraryNames()) {
  test(`${name} is as its file says`, async (t) => {
    const { value } = await openScenario(name);
    const scenario = readScenario(value);
    t.true(scenario.expectations.length > 0);
    t.true(scenario.lesson.length > 50 && scenario.clauses.length > 0);
    for (let which = 0; which < countCases(value); which++) t.notThrows(() => readScenario(value, { case: which }));
    const { outcomes, ending } = runScenario(scenario);
    t.not(ending, 'stuck');
    for (const { expectation, verdict, measured, expected } of outcomes) {
      t.is(verdict, 'met', `${expectation.measure}: measured ${measured.toString()}, expected ${String(expected)}`);
      t.not(expectation.source, undefined, `${expectation.measure} names its source`);
    }
  });
}
