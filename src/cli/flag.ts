// Flags as a table: what each takes, what it is without being given, how it is read and written. One table serves the
// command line, its help, the configuration file and `--print-config`.
import type { Argv } from 'yargs';
import {
  parseDuration,
  parseRate,
  parseSize,
  QuantityError,
  writeDuration,
  writeRate,
  writeSize,
} from '../app/index.ts';
import { usage } from './faults.ts';

export interface Flag<V> {
  readonly about: string;
  /** What stands for its value in the help; '' where it takes none and is a switch. */
  readonly takes: string;
  /** What it is when not given. */
  readonly fallback: V;
  /** What the help says of that, where `write(fallback)` would not do. */
  readonly fallbackText?: string;
  /** Of the command line only. */
  readonly isCommandLineOnly?: boolean;
  /** It may be given more than once: what stands between the values when they are read as one. */
  readonly joinedBy?: string;
  /** @throws QuantityError */
  read(text: string): V;
  /** What `read` takes back; undefined where there is nothing to write. */
  write(value: V): string | undefined;
}

export type FlagTable = Readonly<Record<string, Flag<unknown>>>;

export type Values<T extends FlagTable> = { [K in keyof T]: T[K] extends Flag<infer V> ? V : never };

/** What was given, by flag name: of the command line or of a configuration file. */
export type Given = Readonly<Record<string, unknown>>;

type Rest<V> = Partial<Pick<Flag<V>, 'fallbackText' | 'isCommandLineOnly' | 'joinedBy'>>;

export function sizeFlag<V extends number | undefined>(about: string, fallback: V, rest: Rest<number | V> = {}) {
  return flag<number | V>(
    'SIZE',
    about,
    fallback,
    parseSize,
    (v) => (v === undefined ? undefined : writeSize(v)),
    rest,
  );
}

/** How much at once: of nothing at a time nothing would ever come. */
export function chunkFlag(about: string): Flag<number | undefined> {
  const size = sizeFlag(about, undefined, { fallbackText: 'what suits the rate' });
  return {
    ...size,
    read(text) {
      const octets = size.read(text);
      if (octets === 0)
        throw new QuantityError(`"${text}" is nothing at all: a chunk is one octet at least, as in 4KiB`);
      return octets;
    },
  };
}

export function rateFlag(about: string, rest: Rest<number> = {}): Flag<number> {
  return flag('RATE', about, Infinity, readRate, (v) => (v === Infinity ? 'full' : writeRate(v)), rest);
}

/** A time, or `off`, which is `offValue`. */
export function durationFlag<V, Off>(about: string, fallback: V, offValue: Off, rest: Rest<number | V | Off> = {}) {
  return flag<number | V | Off>(
    'TIME|off',
    about,
    fallback,
    (text) => (text === 'off' ? offValue : offValue === 0 ? parseDuration(text) : someTime(text)),
    (value) => (value === offValue ? 'off' : typeof value === 'number' ? writeDuration(value) : undefined),
    rest,
  );
}

export function choiceFlag<C extends string, V extends C | undefined>(
  choices: readonly C[],
  about: string,
  fallback: V,
  rest: Rest<C | V> = {},
) {
  return flag<C | V>(
    choices.join('|'),
    about,
    fallback,
    (text) => {
      const choice = choices.find((candidate) => candidate === text);
      if (choice === undefined) throw new QuantityError(`"${text}" is not one of them: choose ${choices.join(' or ')}`);
      return choice;
    },
    (value) => value,
    rest,
  );
}

export function switchFlag(about: string, fallback = false, rest: Rest<boolean> = {}): Flag<boolean> {
  return flag(
    '',
    about,
    fallback,
    (text) => {
      if (text === 'true' || text === 'false') return text === 'true';
      throw new QuantityError(`"${text}" is neither true nor false: write one of the two`);
    },
    String,
    rest,
  );
}

export function textFlag(takes: string, about: string, rest: Rest<string | undefined> = {}) {
  return flag<string | undefined>(
    takes,
    about,
    undefined,
    (text) => text,
    (value) => value,
    rest,
  );
}

export function flag<V>(
  takes: string,
  about: string,
  fallback: V,
  read: (text: string) => V,
  write: (value: V) => string | undefined,
  rest: Rest<V> = {},
): Flag<V> {
  return { takes, about, fallback, read, write, ...rest };
}

/** Declares a table to `yargs`: values are text, and are read by us. */
export function declare(parser: Argv, table: FlagTable, group: string): Argv {
  for (const [name, entry] of Object.entries(table)) {
    const { takes, fallback } = entry;
    const isPlainSwitch = takes === '' && fallback === false;
    const defaultDescription = entry.fallbackText ?? (isPlainSwitch ? undefined : entry.write(fallback));
    parser = parser.option(name, {
      group,
      describe: describe(name, entry),
      ...(takes === '' ? { type: 'boolean' as const } : { type: 'string' as const, requiresArg: true }),
      ...(defaultDescription === undefined ? {} : { defaultDescription }),
    });
  }
  return parser;
}

/** What it is for, and what it takes; a switch that is on shows how it is put off. */
function describe(name: string, { about, takes, fallback }: Flag<unknown>): string {
  if (takes !== '') return `${about} (${takes})`;
  return fallback === true ? `${about}; --no-${name}` : about;
}

/**
 * `yargs` takes `--nagle=on` for `--no-nagle`, and leaves the `off` of `--nagle off` lying about as an address.
 * @throws Fault where a switch is given a value other than true or false
 */
export function checkSwitches(table: FlagTable, args: readonly string[]): void {
  for (const [index, arg] of args.entries()) {
    if (arg === '--') return;
    const [, name = '', attached] = /^--(?:no-)?([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (!Object.hasOwn(table, name) || table[name]?.takes !== '') continue;
    const value = attached ?? args[index + 1] ?? '';
    const isWrong = attached === undefined ? /^(?:on|off|yes|no)$/i.test(value) : !/^(?:true|false)$/.test(value);
    if (isWrong) throw usage(`--${name} is a switch and takes no "${value}": write --${name} or --no-${name}`);
  }
}

/**
 * The values that hold: of the command line, else of the configuration file, else what they are when not given.
 * @throws Fault naming the flag, or the file and its key
 */
export function readFlags<T extends FlagTable>(table: T, argv: Given, config: Given, configFile = ''): Values<T> {
  const values: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(table)) {
    if (argv[name] !== undefined) values[name] = readOne(entry, argv[name], `--${name}`);
    else if (config[name] !== undefined) values[name] = readOne(entry, config[name], `${configFile}: ${name}`);
    else values[name] = entry.fallback;
  }
  return values as Values<T>;
}

/** Values as text, for a configuration file: in the table's order, those that there are. */
export function writeFlags(table: FlagTable, values: Given): [name: string, text: string][] {
  const written: [string, string][] = [];
  for (const [name, entry] of Object.entries(table)) {
    const text = entry.isCommandLineOnly === true ? undefined : entry.write(values[name]);
    if (text !== undefined) written.push([name, text]);
  }
  return written;
}

/** The same for those alone that are not what they are without being given. */
export function changedFlags(table: FlagTable, values: Given): [name: string, text: string][] {
  return writeFlags(table, values).filter(([name, text]) => text !== table[name]!.write(table[name]!.fallback));
}

function someTime(text: string): number {
  const time = parseDuration(text);
  if (time === 0) throw new QuantityError(`"${text}" is no time at all: write off, or a time, as in 250ms or 5s`);
  return time;
}

function readRate(text: string): number {
  return text === 'full' ? Infinity : parseRate(text);
}

function readOne(entry: Flag<unknown>, values: unknown, where: string): unknown {
  const isList = entry.joinedBy !== undefined && Array.isArray(values);
  const given: unknown = isList ? values.join(entry.joinedBy) : values;
  if (typeof given !== 'string' && typeof given !== 'number' && typeof given !== 'boolean') {
    throw usage(`${where}: a single value is expected${entry.takes === '' ? '' : `: ${entry.takes}`}`);
  }
  const text = String(given);
  if (text === '') throw usage(`${where}: a value is missing: ${entry.takes}`);
  try {
    return entry.read(text);
  } catch (error) {
    if (error instanceof QuantityError) throw usage(`${where}: ${error.message}`, error);
    throw error;
  }
}
