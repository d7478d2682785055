// What the strategies' streams are made with, in Node's manner: milliseconds, chunks or octets, errors with Node's codes.
import { type DuplexOptions } from 'node:stream';
import { type Limit } from '../../app/index.ts';
import { MILLISECOND } from '../../tcp/index.ts';
import { invalidType, invalidValue, outOfRange } from '../errors.ts';

export interface StrategyStreamOptions {
  /** Chunks are values (the default), or octets: Buffers and strings. */
  objectMode?: boolean;
  /**
   * Node's, for what waits to be handed to the strategy, and for what the reader finds ready. Without it the one is Node's default,
   * and the other 0: nothing is taken out of the strategy's hands before it is read.
   */
  highWaterMark?: number;
  /** How many octets a chunk counts as; its length where it is octets, else 1. */
  sizeOf?: (chunk: unknown) => number;
  /** Destroys the stream, with an AbortError. */
  signal?: AbortSignal;
}

export interface LimitOptions extends StrategyStreamOptions {
  /** What may wait: chunks in object mode, else octets; by default 256, or 256 KiB. */
  limit?: number;
}

export interface BufferOptions extends StrategyStreamOptions {
  /** As of the others; by default none. */
  limit?: number;
  /** At the limit the writer waits, or the stream is destroyed. */
  full?: 'block' | 'fail';
  /** Octets, as `sizeOf` counts them, at which the stream is destroyed: 256 Mi; or a million chunks where it counts each as 1. */
  guard?: number;
}

export interface DropNewestOptions extends LimitOptions {
  /** What arrives is dropped, or the youngest of what waits. */
  victim?: 'arriving' | 'waiting';
}

export interface SampleOptions extends StrategyStreamOptions {
  /** Milliseconds; 0 for the latest whenever the reader wants one. */
  every?: number;
}

export interface ShedOptions extends LimitOptions {
  by?: 'length' | 'codel' | 'sojourn';
  /** Milliseconds: 5. */
  target?: number;
  /** Milliseconds: 100. */
  interval?: number;
}

export interface ThrottleOptions extends LimitOptions {
  by?: 'aimd' | 'pid';
  /** Milliseconds between two thoughts: 100, or 1,000 with PID. */
  every?: number;
  /** Chunks a second, at least: 10. */
  least?: number;
  /** Chunks a second; by default a fiftieth of the rate at which something last had to wait. */
  step?: number;
  /** Of AIMD: 0.5. */
  factor?: number;
  /** Of PID: 1, 0.2, 0. */
  kp?: number;
  ki?: number;
  kd?: number;
}

const DEFAULT_CHUNKS = 256;
const DEFAULT_OCTETS = 262_144;

/** @throws RangeError ERR_OUT_OF_RANGE, TypeError ERR_INVALID_ARG_TYPE */
export function limitOf({ limit, objectMode = true }: LimitOptions, fallback?: number): Limit {
  const most = limit ?? fallback ?? (objectMode ? DEFAULT_CHUNKS : DEFAULT_OCTETS);
  if (limit !== undefined) checkNumber('options.limit', limit, 1, Infinity);
  return objectMode ? { messages: most, octets: Infinity } : { messages: Infinity, octets: most };
}

/** Milliseconds to nanoseconds. @throws as `limitOf` */
export function time(name: string, value: number | undefined, fallback: number, least: number): number {
  const milliseconds = value ?? fallback;
  checkNumber(`options.${name}`, milliseconds, least, 2 ** 31 - 1);
  return Math.round(milliseconds * MILLISECOND);
}

/** @throws as `limitOf` */
export function number(name: string, value: number | undefined, fallback: number, least: number, most: number): number {
  if (value !== undefined) checkNumber(`options.${name}`, value, least, most);
  return value ?? fallback;
}

/** @throws TypeError ERR_INVALID_ARG_VALUE */
export function oneOf<W extends string>(name: string, value: W | undefined, words: readonly [W, ...W[]]): W {
  if (value === undefined) return words[0];
  if (words.includes(value)) return value;
  throw invalidValue(`options.${name}`, value, `must be one of: ${words.map((word) => `'${word}'`).join(', ')}`);
}

/** @throws TypeError ERR_INVALID_ARG_TYPE */
export function duplexOptions(options: StrategyStreamOptions): DuplexOptions {
  if (typeof options !== 'object') throw invalidType('options', 'object', options);
  const { objectMode = true, highWaterMark, signal, sizeOf } = options;
  if (sizeOf !== undefined && typeof sizeOf !== 'function') throw invalidType('options.sizeOf', 'function', sizeOf);
  const marks = highWaterMark === undefined ? { readableHighWaterMark: 0 } : { highWaterMark };
  return { objectMode, ...marks, ...(signal === undefined ? {} : { signal }) };
}

export function checkNumber(name: string, value: unknown, least: number, most: number): void {
  if (typeof value !== 'number') throw invalidType(name, 'number', value);
  if (value >= least && value <= most) return;
  throw outOfRange(name, most === Infinity ? `>= ${least}` : `>= ${least} && <= ${most}`, value);
}

/** @throws as `limitOf` */
export function checkWhole(name: string, value: number): void {
  checkNumber(name, value, 1, Number.MAX_SAFE_INTEGER);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
}
