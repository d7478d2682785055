// Links and rules as people write them, the same everywhere:
//
//   delay=20ms jitter=5ms:normal rate=10Mbit/s queue=64KiB loss=0.5%
//   profile=lte loss=1%; at 5s rate=1Mbit/s; at 10s rate=12Mbit/s
//   drop window-update nth 1
//   duplicate data between 2s and 3s
//
// docs/links.md is the reference. What is wrong is a QuantityError, a sentence that says what was expected.
import { parseDuration, parseRate, parseSize, QuantityError } from '../app/index.ts';
import { type Duration } from '../tcp/index.ts';
import { LINK_PROFILES } from './profiles.ts';
import { type Rule, RULE_DEFAULTS, type RuleAction, SEGMENT_CLASSES, type SegmentClass } from './rules.ts';
import {
  type Change,
  checkSpec,
  type JitterShape,
  type LinkSpec,
  type LinkState,
  type LossSpec,
  NO_LIMIT,
} from './spec.ts';

/** Parses a link. @throws QuantityError */
export function parseLink(text: string): LinkSpec {
  const [first = '', ...later] = text.split(';');
  const spec: LinkSpec = parseSettings(words(first));
  const changes = later.filter((part) => part.trim() !== '').map(parseChange);
  const whole = changes.length === 0 ? spec : { ...spec, changes };
  try {
    checkSpec(whole);
  } catch (error) {
    throw error instanceof RangeError ? new QuantityError(`"${text}" is no possible link: ${error.message}`) : error;
  }
  return whole;
}

function parseChange(text: string): Change {
  const [at, time, ...settings] = words(text);
  if (at !== 'at' || time === undefined || settings.length === 0) {
    throw new QuantityError(
      `"${text.trim()}" is no change of a link: write a time and what changes, as in "at 5s rate=1Mbit/s"`,
    );
  }
  return { at: parseDuration(time), set: parseSettings(settings) };
}

type Setting = (value: string, state: Partial<LinkState>) => Partial<LinkState>;

const SETTINGS: Readonly<Record<string, Setting>> = {
  profile: (value) => parseProfile(value),
  delay: (value) => ({ delay: parseDuration(value) }),
  jitter: (value) => ({ jitter: parseJitter(value) }),
  rate: (value) => ({ rate: parseBitRate(value) }),
  queue: (value, { queue = NO_LIMIT }) => ({ queue: { ...queue, ...parseLimit(value) } }),
  // RFC 8289 §4.2, §4.3: 5 ms and 100 ms.
  codel: (value, { queue = NO_LIMIT }) => {
    const [target = '5ms', interval = '100ms'] = value === '' ? [] : value.split(',');
    const { segments, octets } = queue;
    return {
      queue: { kind: 'codel', target: parseDuration(target), interval: parseDuration(interval), segments, octets },
    };
  },
  loss: (value) => ({ loss: parseLoss(value) }),
  duplicate: (value) => ({ duplication: parseProbability(value) }),
  corrupt: (value) => ({ corruption: parseProbability(value) }),
  reorder: (value) => {
    const [probability = '', by = '10ms'] = value.split(':');
    return { reordering: { probability: parseProbability(probability), by: parseDuration(by) } };
  },
  outage: (value, { outages = [] }) => ({ outages: [...outages, ...value.split(',').map(parseOutage)] }),
};

function parseSettings(items: readonly string[]): Partial<LinkState> {
  let state: Partial<LinkState> = {};
  for (const item of items) {
    const at = item.indexOf('=');
    const name = at < 0 ? item : item.slice(0, at);
    const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
    const isFlag = name === 'codel';
    if (setting === undefined || (at < 0 && !isFlag)) {
      throw new QuantityError(
        `"${item}" says nothing of a link: write NAME=VALUE with one of ${Object.keys(SETTINGS).join(', ')}, as in delay=20ms`,
      );
    }
    state = { ...state, ...setting(at < 0 ? '' : item.slice(at + 1), state) };
  }
  return state;
}

function parseProfile(name: string): Partial<LinkState> {
  const profile = LINK_PROFILES.get(name);
  if (profile !== undefined) return profile;
  throw new QuantityError(`there is no link profile "${name}": there are ${[...LINK_PROFILES.keys()].join(', ')}`);
}

/** Bits per second; links are rated in bits, with or without "/s". */
function parseBitRate(text: string): number {
  return parseRate(/(\/s|ps)$/i.test(text) ? text : `${text}/s`) * 8;
}

/** `64KiB`, or a number of segments, `50seg`. */
function parseLimit(text: string): { segments: number; octets: number } {
  const segments = /^(\d+)seg$/.exec(text)?.[1];
  if (segments !== undefined) return { segments: Number(segments), octets: Infinity };
  return { segments: Infinity, octets: parseSize(text) };
}

const SHAPES: readonly string[] = ['uniform', 'normal', 'pareto'] satisfies JitterShape[];

function parseJitter(text: string): NonNullable<LinkState['jitter']> {
  const [amount = '', ...how] = text.split(':');
  let shape: JitterShape = 'uniform';
  let mayReorder = false;
  for (const word of how) {
    if (word === 'reorder') mayReorder = true;
    else if (SHAPES.includes(word)) shape = word as JitterShape;
    else
      throw new QuantityError(
        `"${word}" is no kind of jitter: write uniform, normal or pareto, and reorder if it may, as in 5ms:normal:reorder`,
      );
  }
  return { amount: parseDuration(amount), shape, mayReorder };
}

/** `0.5%`, or `bursts:TO_BAD,TO_GOOD[,WHILE_BAD[,WHILE_GOOD]]`. */
function parseLoss(text: string): LossSpec {
  if (!text.startsWith('bursts:')) return { kind: 'bernoulli', probability: parseProbability(text) };
  const [toBad, toGood, lossInBad = 1, lossInGood = 0, ...rest] = text
    .slice('bursts:'.length)
    .split(',')
    .map(parseProbability);
  if (toBad === undefined || toGood === undefined || rest.length > 0) {
    throw new QuantityError(
      `"${text}" is no bursty loss: write the chances of turning bad and of turning good again, as in bursts:1%,25%`,
    );
  }
  return { kind: 'gilbert-elliott', toBad, toGood, lossInGood, lossInBad };
}

function parseProbability(text: string): number {
  const match = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text);
  const probability = match === null ? NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1);
  if (probability >= 0 && probability <= 1) return probability;
  throw new QuantityError(`"${text}" is not a probability: write 0% to 100%, or 0 to 1, as in 0.5%`);
}

function parseOutage(text: string): { from: Duration; until: Duration } {
  const [from, until, ...rest] = text.split('..');
  if (from === undefined || until === undefined || rest.length > 0) {
    throw new QuantityError(`"${text}" is no outage: write when it begins and ends, as in 2s..3s`);
  }
  return { from: parseDuration(from), until: parseDuration(until) };
}

const ACTIONS: readonly string[] = ['drop', 'delay', 'duplicate', 'corrupt'] satisfies RuleAction[];

/** Parses rules, one after another with semicolons between. @throws QuantityError */
export function parseRules(text: string): Rule[] {
  return text
    .split(';')
    .filter((part) => part.trim() !== '')
    .map(parseRule);
}

/** Parses a rule. @throws QuantityError */
export function parseRule(text: string): Rule {
  const items = words(text);
  const action = items.shift();
  if (action === undefined || !ACTIONS.includes(action)) {
    throw new QuantityError(
      `"${text}" is no rule: it begins with one of ${ACTIONS.join(', ')}, as in "drop window-update nth 1"`,
    );
  }
  if (items[0] === 'in') {
    throw new QuantityError(
      `"${text}" speaks of what arrives: each side shapes what it sends, so give this rule to the other side`,
    );
  }
  if (items[0] === 'out') items.shift();
  const name = items.shift() ?? 'nothing';
  if (!SEGMENT_CLASSES.includes(name as SegmentClass)) {
    throw new QuantityError(
      `"${text}" names ${name}, which is no kind of segment: there are ${SEGMENT_CLASSES.join(', ')}`,
    );
  }
  const rule: Rule = { ...RULE_DEFAULTS, action: action as RuleAction, class: name as SegmentClass };
  while (items.length > 0) Object.assign(rule, parseClause(text, items));
  if (rule.action === 'delay' && rule.by === 0) {
    throw new QuantityError(`"${text}" does not say by how much: write a time, as in "delay fin by 2s"`);
  }
  return rule;
}

/** Takes one clause off the front of `items`. */
function parseClause(text: string, items: string[]): Partial<Rule> {
  const keyword = items.shift()!;
  const value = (): string => {
    const word = items.shift();
    if (word === undefined) throw new QuantityError(`"${text}" ends after "${keyword}": something must follow it`);
    return word;
  };
  switch (keyword) {
    case 'nth':
      return {
        which: {
          kind: 'nth',
          numbers: value()
            .split(',')
            .map((n) => parseCount(text, n)),
        },
      };
    case 'first':
      return { which: { kind: 'nth', numbers: Array.from({ length: parseCount(text, value()) }, (_, i) => i + 1) } };
    case 'every':
      return { which: { kind: 'every', step: parseCount(text, value()) } };
    case 'with':
      return { probability: parseProbability(value()) };
    case 'by':
      return { by: parseDuration(value()) };
    case 'from':
      return { from: parseDuration(value()) };
    case 'until':
      return { until: parseDuration(value()) };
    case 'between': {
      const from = parseDuration(value());
      if (value() !== 'and') throw new QuantityError(`"${text}": write "between 2s and 3s"`);
      return { from, until: parseDuration(value()) };
    }
    default:
      throw new QuantityError(
        `"${text}" has "${keyword}", which means nothing here: write nth, first, every, with, by, between, from or until`,
      );
  }
}

function parseCount(text: string, word: string): number {
  const count = Number(word);
  if (Number.isSafeInteger(count) && count >= 1 && count <= 1e6) return count;
  throw new QuantityError(`"${text}": "${word}" is not a count, a whole number from 1 on`);
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
