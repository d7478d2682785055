// A number and what it counts: octets and seconds, each to a power. 64KiB is 65536 octets, 10Mbit/s is 1,250,000 octets per
// second, and their quotient is a time. Formulas in scenarios are checked with it: a window divided by a time is a rate.
import {
  formatDuration,
  formatRate,
  formatSize,
  parseDuration,
  parseRate,
  parseSize,
  QuantityError,
} from '../../src/app/index.ts';
import { SECOND } from '../../src/tcp/index.ts';

export interface Quantity {
  value: number;
  /** The powers of octets and of seconds. */
  octets: number;
  seconds: number;
}

export type Kind = 'number' | 'size' | 'time' | 'rate';

const KINDS: Readonly<Record<Kind, readonly [octets: number, seconds: number]>> = {
  number: [0, 0],
  size: [1, 0],
  time: [0, 1],
  rate: [1, -1],
};

export function quantity(kind: Kind, value: number): Quantity {
  const [octets, seconds] = KINDS[kind];
  return { value, octets, seconds };
}

/** Undefined for what has no name, such as octets squared. */
export function kindOf({ octets, seconds }: Quantity): Kind | undefined {
  const names = Object.keys(KINDS) as Kind[];
  return names.find((name) => KINDS[name][0] === octets && KINDS[name][1] === seconds);
}

/** A number with or without a unit: `64KiB`, `250ms`, `10Mbit/s`, `0.5%`, `3`; undefined if it is none of these. */
export function parseQuantity(text: string): Quantity | undefined {
  const plain = /^-?\d+(?:_\d+)*(?:\.\d+)?(?:e-?\d+)?$/.exec(text);
  if (plain !== null) return quantity('number', Number(text.replaceAll('_', '')));
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  if (percent !== undefined) return quantity('number', Number(percent) / 100);
  return (
    tried(text, 'time', (t) => parseDuration(t) / SECOND) ??
    tried(text, 'rate', parseRate) ??
    tried(text, 'size', parseSize)
  );
}

function tried(text: string, kind: Kind, parse: (text: string) => number): Quantity | undefined {
  try {
    return quantity(kind, parse(text));
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}

/** What the parsers of src/app read back: whole nanoseconds and octets. */
export function writeQuantity(q: Quantity): string {
  switch (kindOf(q)) {
    case 'time':
      return `${Math.round(q.value * SECOND)}ns`;
    case 'size':
      return `${Math.round(q.value)}B`;
    case 'rate':
      return `${q.value * 8}bit/s`;
    default:
      return String(q.value);
  }
}

/** For people. */
export function formatQuantity(kind: Kind, value: number): string {
  switch (kind) {
    case 'time':
      return value === Infinity ? 'never' : formatDuration(Math.round(value * SECOND));
    case 'size':
      return formatSize(value);
    case 'rate':
      return formatRate(value);
    case 'number':
      return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  }
}
