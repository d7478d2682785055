// What yargs says of a command line that is wrong, in our words, with what may have been meant.
import { didYouMean } from './nearest.ts';

/** A sentence for the message of an error that yargs threw. */
export async function rephrase(message: string, args: readonly string[], commands: readonly string[]): Promise<string> {
  const command = args.find((arg) => !arg.startsWith('-')) ?? '';
  if (!commands.includes(command)) {
    const flag = args.find((arg) => arg.startsWith('-'));
    if (command === '' && flag !== undefined) return `there is no flag ${flag} without a command.${see('')}`;
    return `there is no command "${command}".${didYouMean(command, commands)}${see('')}`;
  }
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/s.exec(message)?.[1]?.split(', ')[0];
  if (unknown !== undefined) return unknownArgument(unknown, command, args);
  const missing = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (missing !== undefined) return `--${missing} needs a value.${see(command)}`;
  if (message.startsWith('Not enough non-option arguments')) return missingName(command, args);
  const required = /^Missing required arguments?: (.*)$/.exec(message)?.[1];
  if (required !== undefined) return `--${required} is missing.${see(command)}`;
  return `${message}.${see(command)}`;
}

function missingName(command: string, args: readonly string[]): string {
  if (command !== 'gallery') return `FILE is missing, as in: sash ${command} show run.pcapng`;
  return `a name is missing, as in: sash gallery ${args.includes('run') ? 'run tcp' : 'show'} reactor`;
}

async function unknownArgument(name: string, command: string, args: readonly string[]): Promise<string> {
  const dashed = args.find((arg) => arg.replace(/^-+(?:no-)?/, '').replace(/=.*$/s, '') === name.replace(/^no-/, ''));
  if (dashed === undefined || !dashed.startsWith('-')) {
    const actions = didYouMean(name, ACTIONS[command] ?? []);
    return `"${name}" is one argument too many.${actions}${see(command)}`;
  }
  const meant = didYouMean(name, await flagsOf(command), '--');
  const other = { send: 'recv', recv: 'send' }[command];
  if (meant === '' && other !== undefined && (await flagsOf(other)).includes(name)) {
    return `--${name} is a flag of \`sash ${other}\`, not of \`sash ${command}\`.${see(command)}`;
  }
  return `there is no flag ${dashed.replace(/=.*$/s, '')}.${meant}${see(command)}`;
}

/** Of commands that have some. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  trace: ['show', 'flags', 'export', 'summary', 'align', 'plot', 'report'],
  gallery: ['list', 'show', 'run'],
};

const GALLERY_FLAGS = 'workload rate consume size line delay duration items dies memory seed out title json dark'.split(
  ' ',
);

async function flagsOf(command: string): Promise<string[]> {
  const common = ['help', 'version'];
  if (command === 'trace') return ['to', 'times', ...common];
  if (command === 'gallery') return [...GALLERY_FLAGS, ...common];
  if (command === 'demo') return common;
  if (command === 'sim') return ['set', 'seed', 'until', 'record', 'json', 'list', 'check', ...common];
  if (command === 'sweep') return ['vary', 'set', 'seeds', 'out', 'jobs', ...common];
  const { RECV_FLAGS, SEND_FLAGS } = await import('./transfer-flags.ts');
  return [...Object.keys(command === 'recv' ? RECV_FLAGS : SEND_FLAGS), ...common];
}

function see(command: string): string {
  return ` See: sash ${command === '' ? '' : `${command} `}--help`;
}
