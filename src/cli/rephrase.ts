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
  const place = placeOf(command, args);
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/s.exec(message)?.[1]?.split(', ')[0];
  if (unknown !== undefined) return unknownArgument(unknown, { command, place }, args);
  const missing = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (missing !== undefined) return `--${missing} needs a value.${see(place)}`;
  if (message.startsWith('Not enough non-option arguments')) return missingName(command, place, args);
  const required = /^Missing required arguments?: (.*)$/.exec(message)?.[1];
  if (required !== undefined) return `--${required} is missing.${see(place)}`;
  return `${message}.${see(place)}`;
}

/** The command with its action, if it has one: what --help is asked of. */
function placeOf(command: string, args: readonly string[]): string {
  const action = args.filter((arg) => !arg.startsWith('-'))[1] ?? '';
  return ACTIONS[command]?.includes(action) === true ? `${command} ${action}` : command;
}

const TWO: Readonly<Record<string, string>> = {
  'trace align': 'sender.pcapng receiver.pcapng',
  'trace diff': 'before.pcapng after.pcapng',
};

function missingName(command: string, place: string, args: readonly string[]): string {
  if (place in TWO) return `two files are needed, as in: sash ${place} ${TWO[place]}`;
  if (command !== 'gallery') return `FILE is missing, as in: sash ${place} run.pcapng`;
  return `a name is missing, as in: sash gallery ${args.includes('run') ? 'run tcp' : 'show'} reactor`;
}

interface Where {
  command: string;
  place: string;
}

async function unknownArgument(name: string, { command, place }: Where, args: readonly string[]): Promise<string> {
  const dashed = args.find((arg) => arg.replace(/^-+(?:no-)?/, '').replace(/=.*$/s, '') === name.replace(/^no-/, ''));
  if (dashed === undefined || !dashed.startsWith('-')) {
    const actions = ACTIONS[command] ?? [];
    if (actions.length > 0 && place === command) {
      return `there is no action "${name}": choose from ${actions.join(', ')}.${didYouMean(name, actions)}${see(command)}`;
    }
    return `"${name}" is one argument too many.${see(place)}`;
  }
  const meant = didYouMean(name, await flagsOf(command), '--');
  const other = { send: 'recv', recv: 'send' }[command];
  if (meant === '' && other !== undefined && (await flagsOf(other)).includes(name)) {
    return `--${name} is a flag of \`sash ${other}\`, not of \`sash ${command}\`.${see(command)}`;
  }
  return `there is no flag ${dashed.replace(/=.*$/s, '')}.${meant}${see(place)}`;
}

/** Of commands that have some. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  trace: 'show flags export summary explain align check diff plot report'.split(' '),
  gallery: ['list', 'show', 'run'],
};

const GALLERY_FLAGS = 'workload rate consume size line delay duration items dies memory seed out title json dark'.split(
  ' ',
);

/** Of all actions of `sash trace`. */
const TRACE_FLAGS =
  'times only stream against json to out all at packet rule vantage list tolerance kind format from title width height dark'.split(
    ' ',
  );

async function flagsOf(command: string): Promise<string[]> {
  const common = ['help', 'version'];
  if (command === 'trace') return [...TRACE_FLAGS, ...common];
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
