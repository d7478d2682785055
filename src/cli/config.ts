// The configuration file: YAML whose keys are flags without their dashes. `recv:` and `send:` hold what one command alone
// has, so that one file serves both. Unknown keys are errors, as unknown flags are.
import { readFileSync } from 'node:fs';
import { fileSentence, messageOf, usage } from './faults.ts';
import { type FlagTable, type Given } from './flag.ts';
import { didYouMean } from './nearest.ts';
import { RECV_FLAGS, SEND_FLAGS } from './transfer-flags.ts';

export type TransferCommand = 'recv' | 'send';

const TABLES: Readonly<Record<TransferCommand, FlagTable>> = { recv: RECV_FLAGS, send: SEND_FLAGS };

/** Flags that the file gives to `command`. @throws Fault */
export async function readConfig(file: string, command: TransferCommand): Promise<Given> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw usage(fileSentence(error, file, 'read').replace(/, or use --bytes.*$/, ''), error);
  }
  const { parse } = await import('yaml');
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw usage(`${file} is not YAML: ${messageOf(error).split('\n')[0]!}`, error);
  }
  return settingsFor(command, content ?? {}, file);
}

/** The same for what a file holds. @throws Fault */
export function settingsFor(command: TransferCommand, content: unknown, file: string): Given {
  const settings: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(mapping(content, file))) {
    if (key !== 'recv' && key !== 'send') {
      check(key, command, file, key);
      settings[key] = value;
      continue;
    }
    const section = mapping(value ?? {}, `${file}: ${key}`);
    for (const name of Object.keys(section)) check(name, key, file, `${key}.${name}`);
    if (key === command) Object.assign(settings, section);
  }
  return settings;
}

function mapping(content: unknown, where: string): Record<string, unknown> {
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return { ...content };
  throw usage(`${where}: keys and values are expected, as in "window: 64KiB"`);
}

function check(name: string, command: TransferCommand, file: string, key: string): void {
  const names = keysOf(command);
  if (names.includes(name)) return;
  const other = command === 'recv' ? 'send' : 'recv';
  const cure = keysOf(other).includes(name)
    ? ` It is a flag of \`sash ${other}\`: put it under "${other}:".`
    : didYouMean(name, names);
  throw usage(`${file}: "${key}" is not a setting of \`sash ${command}\`.${cure}`);
}

function keysOf(command: TransferCommand): string[] {
  return Object.entries(TABLES[command])
    .filter(([, entry]) => entry.isCommandLineOnly !== true)
    .map(([name]) => name);
}
