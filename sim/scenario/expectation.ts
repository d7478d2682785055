// What a scenario expects: a measure, what it should be by the source named, and what a theory predicts for it.
import { type Instant } from '../../src/tcp/index.ts';
import { type Theory, THEORIES } from '../theory.ts';
import { MEASURES } from './measures.ts';
import { type Place } from './place.ts';
import { type Kind, kindOf } from './quantity.ts';

/** How far off a measurement may be: a part of what was expected, or so much. */
export interface Tolerance {
  kind: 'relative' | 'absolute';
  by: number;
}

export interface Prediction {
  name: string;
  theory: Theory;
  value: number | readonly number[];
}

export interface Period {
  from?: Instant;
  until?: Instant;
}

export interface Expectation {
  measure: string;
  kind: Kind | 'word';
  flow: string;
  period: Period;
  /** Of a series: the one with this number, from 1, or the first so many. */
  nth: number | undefined;
  first: number | undefined;
  value: number | readonly number[] | string | undefined;
  tolerance: Tolerance;
  prediction: Prediction | undefined;
  source: string | undefined;
}

const KEYS = [
  'measure',
  'of',
  'from',
  'until',
  'nth',
  'first',
  'value',
  'is',
  'tolerance',
  'theory',
  'source',
] as const;

/** @throws ScenarioFault */
export function readExpectation(item: Place, flows: readonly string[], period: Period): Expectation {
  const place = item.mapping(KEYS, 'measure: goodput');
  const measure = place.measure.text('goodput');
  const known = MEASURES[measure];
  if (known === undefined) {
    throw place.measure.wrong(`there is no measure "${measure}": there are ${Object.keys(MEASURES).join(', ')}`);
  }
  const { kind } = known;
  const prediction = readPrediction(place.theory, kind);
  const value = readValue(place.value, place.is, kind);
  if (value === undefined && prediction === undefined) {
    throw item.wrong('nothing is expected: a "value", an "is" or a "theory" belongs here');
  }
  return {
    measure,
    kind,
    flow: place.of.isAbsent ? flows[0]! : place.of.choice(flows),
    period: {
      ...period,
      ...(place.from.isAbsent ? {} : { from: place.from.duration('1s') }),
      ...(place.until.isAbsent ? {} : { until: place.until.duration('10s') }),
    },
    nth: place.nth.isAbsent ? undefined : place.nth.whole(1, 1e6, '1'),
    first: place.first.isAbsent ? undefined : place.first.whole(1, 1e6, '3'),
    value,
    tolerance: readTolerance(place.tolerance, kind),
    prediction,
    source: place.source.isAbsent ? undefined : place.source.text('RFC 9293 §3.8.6'),
  };
}

function readValue(value: Place, is: Place, kind: Expectation['kind']): Expectation['value'] {
  if (kind === 'word') return is.text('ESTABLISHED');
  if (!is.isAbsent) throw is.wrong('this measure is a quantity: write "value"');
  if (value.isAbsent) return undefined;
  if (Array.isArray(value.value)) return value.list('[1s, 3s]').map((item) => ofKind(item, kind));
  return ofKind(value, kind);
}

function ofKind(place: Place, kind: Kind): number {
  const found = place.formula('100ms');
  const name = kindOf(found);
  // A plain 0, or a plain number of octets, needs no unit.
  if (name === kind || (name === 'number' && (kind === 'size' || found.value === 0))) return found.value;
  throw place.wrong(`a ${kind} is expected, and this is ${name === undefined ? 'nothing with a name' : `a ${name}`}`);
}

function readTolerance(place: Place, kind: Expectation['kind']): Tolerance {
  if (place.isAbsent || kind === 'word') return { kind: 'absolute', by: 0 };
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(place.text('1%'))?.[1];
  if (percent !== undefined) return { kind: 'relative', by: Number(percent) / 100 };
  const by = ofKind(place, kind);
  if (by < 0) throw place.wrong('a tolerance is not negative');
  return { kind: 'absolute', by };
}

/** `theory: NAME`, or `theory: { NAME: { argument: formula } }`; what is not given is the parameter of that name. */
function readPrediction(place: Place, kind: Expectation['kind']): Prediction | undefined {
  if (place.isAbsent) return undefined;
  const { name, given } = readName(place);
  const theory = Object.hasOwn(THEORIES, name) ? THEORIES[name] : undefined;
  if (theory === undefined) {
    throw place.wrong(`"${name}" is no theory: there are ${Object.keys(THEORIES).join(', ')}`);
  }
  if (theory.gives !== kind) {
    throw place.wrong(`"${name}" predicts a ${theory.gives}, and what is measured is a ${kind}`);
  }
  for (const [key, argument] of given) {
    if (theory.takes[key] !== undefined) continue;
    throw argument.wrong(`"${key}" is not taken by ${name}: it takes ${Object.keys(theory.takes).join(', ')}`);
  }
  const values = new Map<string, number>();
  for (const [key, wanted] of Object.entries(theory.takes)) {
    values.set(key, readArgument(place, given.get(key), key, wanted));
  }
  return { name, theory, value: theory.predict((key) => values.get(key)!) };
}

function readName(place: Place): { name: string; given: ReadonlyMap<string, Place> } {
  if (typeof place.value === 'string') return { name: place.value, given: new Map() };
  const [first, ...others] = place.entries('window-law: { rtt: 2 * delay }');
  if (first === undefined || others.length > 0) throw place.wrong('one theory is expected');
  return { name: first[0], given: new Map(first[1].entries('rtt: 2 * delay')) };
}

function readArgument(theory: Place, argument: Place | undefined, key: string, wanted: Kind): number {
  const found = argument === undefined ? theory.names.get(key) : argument.formula('100ms');
  if (found === undefined || typeof found === 'string') {
    throw theory.wrong(`"${key}" is needed as a ${wanted}: give it, for there is no such parameter`);
  }
  const is = kindOf(found);
  if (is === wanted || (is === 'number' && wanted === 'size')) return found.value;
  throw (argument ?? theory).wrong(
    `"${key}" is needed as a ${wanted}, and is ${is === undefined ? 'none' : `a ${is}`}`,
  );
}
