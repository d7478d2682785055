// How to run it again: what a recording says of the run it was made of, and what `sash rerun` reads there. A scenario stands
// there whole, with all that was asked for; a command of two processes, with its settings.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Json } from '../trace/index.ts';
import { changedFlags, type FlagTable, type Given } from './flag.ts';

/** What `--policy` named: a module is not kept, but told by its hash. */
export interface PolicyDescription {
  /** As it was given: `window=naive`, or a file. */
  given: string;
  /** Where the file lay, whole path, and the SHA-256 of what it said; null where policies were named. */
  file: string | null;
  sha256: string | null;
}

export interface ScenarioDescription {
  kind: 'scenario';
  /** What the scenario is called. */
  name: string;
  /** The whole file, YAML. */
  text: string;
  set: Readonly<Record<string, string>>;
  /** Null: the scenario's own. */
  seed: number | null;
  until: string | null;
  policy: PolicyDescription | null;
  vantages: readonly string[];
  oneFile: boolean;
  snap: string;
  /** Which of the points of view this file is: `flow-sender`, `link`, or `all`. */
  vantage: string;
}

export interface CommandDescription {
  kind: 'command';
  command: 'send' | 'recv';
  /** Flags that were not what they are without being given, by name. */
  flags: Readonly<Record<string, string>>;
  /** What was sent: a file's name, `-`, or null for a pattern. Of a receiver null. */
  source: string | null;
  policy: PolicyDescription | null;
}

export type RunDescription = ScenarioDescription | CommandDescription;

/** Flags of the command line that a run does not need to be run again. */
const OWN_BUSINESS = ['record', 'json', 'quiet', 'policy'];

export function describeCommand(
  command: CommandDescription['command'],
  table: FlagTable,
  values: Given & { readonly policy: string | undefined },
  source: string | undefined,
): CommandDescription {
  const flags = changedFlags(table, values).filter(([name]) => !OWN_BUSINESS.includes(name));
  return {
    kind: 'command',
    command,
    flags: Object.fromEntries(flags),
    source: source === undefined || source === '-' ? (source ?? null) : resolve(source),
    policy: values.policy === undefined ? null : describePolicy(values.policy),
  };
}

export function describePolicy(given: string): PolicyDescription {
  if (/^\w+=/.test(given)) return { given, file: null, sha256: null };
  const file = resolve(given);
  return { given, file, sha256: hashOf(file) ?? null };
}

/** SHA-256 of a file, in hexadecimal digits; undefined where it cannot be read. */
export function hashOf(file: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return undefined;
  }
}

/** What a recording says, if that is something to run; undefined where it is not. */
export function readDescription(run: Json | undefined): RunDescription | undefined {
  if (typeof run !== 'object' || run === null || Array.isArray(run)) return undefined;
  const given = run as Readonly<Record<string, Json | undefined>>;
  const policy = given['policy'];
  if (policy !== null && !isPolicy(policy)) return undefined;
  if (given['kind'] === 'scenario') return isScenario(given) ? (run as unknown as ScenarioDescription) : undefined;
  if (given['kind'] === 'command') return isCommand(given) ? (run as unknown as CommandDescription) : undefined;
  return undefined;
}

type Fields = Readonly<Record<string, Json | undefined>>;

function isScenario({ name, text, set, seed, until, vantages, oneFile, snap, vantage }: Fields): boolean {
  return (
    [name, text, snap, vantage].every((value) => typeof value === 'string') &&
    areTexts(set) &&
    (seed === null || (typeof seed === 'number' && Number.isSafeInteger(seed) && seed >= 0)) &&
    (until === null || typeof until === 'string') &&
    Array.isArray(vantages) &&
    vantages.every((one) => typeof one === 'string') &&
    typeof oneFile === 'boolean'
  );
}

function isCommand({ command, flags, source }: Fields): boolean {
  return (
    (command === 'send' || command === 'recv') && areTexts(flags) && (source === null || typeof source === 'string')
  );
}

function isPolicy(policy: Json | undefined): boolean {
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy)) return false;
  const { given, file, sha256 } = policy as Fields;
  return typeof given === 'string' && [file, sha256].every((value) => value === null || typeof value === 'string');
}

function areTexts(value: Json | undefined): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value as Fields).every((one) => typeof one === 'string')
  );
}
