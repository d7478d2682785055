// Sizes, rates and times as people write them: `64KiB`, `10Mbit/s`, `250ms`. Sizes are octets, rates octets per second,
// times nanoseconds. KB is 1000 octets and KiB 1024 (IEC 80000-13); a small b is refused, because it may mean either.
import { type Duration, HOUR, MICROSECOND, MILLISECOND, MINUTE, NEVER, SECOND } from '../tcp/index.ts';

/** Octets per second; Infinity is as fast as possible, 0 is not at all. */
export type Rate = number;

/** What a person wrote is not what was expected; the message names it, says what was expected and shows an example. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

const MULTIPLES: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['k', 1e3],
  ['m', 1e6],
  ['g', 1e9],
  ['t', 1e12],
  ['ki', 2 ** 10],
  ['mi', 2 ** 20],
  ['gi', 2 ** 30],
  ['ti', 2 ** 40],
]);

const TIMES: ReadonlyMap<string, Duration> = new Map([
  ['ns', 1],
  ['us', MICROSECOND],
  ['µs', MICROSECOND],
  ['ms', MILLISECOND],
  ['s', SECOND],
  ['min', MINUTE],
  ['h', HOUR],
]);

const QUANTITY = /^(\d+(?:_\d+)*(?:\.\d+)?)\s*([a-zA-Zµ/]*)$/;

/** Octets. A plain number is octets too. @throws QuantityError */
export function parseSize(text: string): number {
  const { number, unit } = split(text, 'a size', '64KiB or 1MB');
  const octets = unit === '' ? number : number * multiple(/^([kmgt]i?|)B$/i, unit, text, 'a size', '64KiB or 1MB');
  if (unit.endsWith('b') && unit !== 'b') throw ambiguous(text, 'a size', `${text.slice(0, -1)}B`);
  if (!Number.isSafeInteger(octets)) throw wrong(text, 'a whole number of octets', '64KiB or 1500');
  return octets;
}

/** Octets per second. @throws QuantityError */
export function parseRate(text: string): Rate {
  const example = '1MB/s or 10Mbit/s';
  const { number, unit } = split(text, 'a rate', example);
  const perSecond = unit.replace(/(\/s|ps)$/i, '');
  if (unit === '' || perSecond === unit) throw wrong(text, 'a rate', example);
  const isBits = /bit$/i.test(perSecond) || (perSecond.endsWith('b') && /ps$/i.test(unit));
  if (!isBits && perSecond.endsWith('b')) throw ambiguous(text, 'a rate', 'MB/s for octets or Mbit/s for bits');
  const octets = isBits
    ? (number * multiple(/^([kmgt]i?|)(?:bit|b)$/i, perSecond, text, 'a rate', example)) / 8
    : number * multiple(/^([kmgt]i?|)B$/i, perSecond, text, 'a rate', example);
  if (octets <= 0) throw new QuantityError(`"${text}" is no speed at all: a rate is above zero, as in ${example}`);
  return octets;
}

/** Nanoseconds. @throws QuantityError */
export function parseDuration(text: string): Duration {
  const example = '250ms or 5s';
  if (text === '0') return 0;
  const { number, unit } = split(text, 'a time', example);
  const scale = TIMES.get(unit);
  if (scale === undefined) throw wrong(text, 'a time', example);
  return Math.round(number * scale);
}

/** For people: `64 MiB`, `12.3 KiB`, `17 B`. */
export function formatSize(octets: number): string {
  return scaled(octets, 1_024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);
}

/** For people: `8.17 MB/s`. */
export function formatRate(rate: Rate): string {
  if (rate === Infinity) return 'full';
  if (rate === 0) return 'stop';
  return `${scaled(rate, 1_000, ['B', 'KB', 'MB', 'GB', 'TB'])}/s`;
}

/** For people: `250 ms`, `3.02 s`, `2 min 5 s`, `1 h 3 min`. */
export function formatDuration(duration: Duration): string {
  if (duration === NEVER) return 'never';
  if (duration < 0) return `-${formatDuration(-duration)}`;
  if (duration < MICROSECOND) return `${duration} ns`;
  if (duration < MILLISECOND) return `${significant(duration / MICROSECOND)} µs`;
  if (duration < SECOND) return `${significant(duration / MILLISECOND)} ms`;
  if (duration < 99.95 * SECOND) return `${significant(duration / SECOND)} s`;
  const seconds = Math.round(duration / SECOND);
  if (seconds < 3_600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  return pair(Math.floor(seconds / 3_600), 'h', Math.round((seconds % 3_600) / 60), 'min');
}

/** For programs: what `parseSize` reads back exactly. */
export function writeSize(octets: number): string {
  for (const [unit, size] of [['GiB', 2 ** 30] as const, ['MiB', 2 ** 20] as const, ['KiB', 2 ** 10] as const]) {
    if (octets >= size && octets % size === 0) return `${octets / size}${unit}`;
  }
  return `${octets}B`;
}

/** For programs: what `parseRate` reads back exactly. */
export function writeRate(rate: Rate): string {
  for (const [unit, size] of [['GB', 1e9] as const, ['MB', 1e6] as const, ['KB', 1e3] as const]) {
    if (rate >= size && rate % size === 0) return `${rate / size}${unit}/s`;
  }
  return `${rate}B/s`;
}

/** For programs: what `parseDuration` reads back exactly. */
export function writeDuration(duration: Duration): string {
  for (const unit of ['h', 'min', 's', 'ms', 'us'] as const) {
    const scale = TIMES.get(unit)!;
    if (duration >= scale && duration % scale === 0) return `${duration / scale}${unit}`;
  }
  return duration === 0 ? '0' : `${duration}ns`;
}

function split(text: string, what: string, example: string): { number: number; unit: string } {
  const match = QUANTITY.exec(text.trim());
  if (match === null) throw wrong(text, what, example);
  return { number: Number(match[1]!.replaceAll('_', '')), unit: match[2]! };
}

function multiple(pattern: RegExp, unit: string, text: string, what: string, example: string): number {
  const prefix = pattern.exec(unit)?.[1]?.toLowerCase();
  const scale = prefix === undefined ? undefined : MULTIPLES.get(prefix);
  if (scale === undefined) throw wrong(text, what, example);
  return scale;
}

function wrong(text: string, what: string, example: string): QuantityError {
  return new QuantityError(`"${text}" is not ${what}: write a number and a unit, as in ${example}`);
}

function ambiguous(text: string, what: string, cure: string): QuantityError {
  return new QuantityError(`"${text}" is not ${what}: a small b may mean bits; write ${cure}`);
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let unit = 0;
  // 999.6 KB would be rounded to 1000 KB: the next unit says it shorter.
  while (value >= base - 0.5 && unit < units.length - 1) {
    value /= base;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : significant(value)} ${units[unit]!}`;
}

/** Three digits that count, without trailing zeros. */
function significant(value: number): string {
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  const text = value.toFixed(digits);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
