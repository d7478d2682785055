// A transfer between two processes, again: the commands of both ends, of which the recording knows one whole and of the other
// what its segments show; and both run on this machine, if that is asked for.
import { type ChildProcess, spawn } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SYN } from '../tcp/index.ts';
import { type Endpoint, type Happening, PcapngReader } from '../trace/index.ts';
import { EXIT, type ExitCode, Fault } from './faults.ts';
import { print } from './print.ts';
import { type CommandDescription } from './run-description.ts';

const LAUNCHER = fileURLToPath(new URL('../../../src/cli/sash.js', import.meta.url));

export interface CommandRerun {
  file: string;
  description: CommandDescription;
  record: string | undefined;
  isRun: boolean;
}

/** @throws Fault */
export async function rerunCommand({ file, description, record, isRun }: CommandRerun): Promise<ExitCode> {
  const seen = await read(file);
  const own = [...flagsOf(description), ...(record === undefined ? [] : ['--record', record])];
  const isSender = description.command === 'send';
  const recv = isSender ? ['--once', ...seen.peerFlags] : own.includes('--once') ? own : ['--once', ...own];
  const { args: what, note } = sourceOf(description, seen);
  const send = [...what, ...(isSender ? own : seen.peerFlags)];
  for (const line of [note, inferred(isSender, seen)]) if (line !== '') process.stderr.write(`${line}\n`);
  if (isRun) return runBoth(recv, send);
  if (record !== undefined) process.stderr.write('nothing is run without --run: only the commands are said\n');
  const { host, port } = isSender
    ? { host: seen.remote.address, port: seen.remote.port }
    : { host: seen.local.address, port: seen.local.port };
  const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  await print(`sash recv ${[String(port), ...recv].map(quoted).join(' ')}\n`);
  await print(`sash send ${[where, ...send].map(quoted).join(' ')}\n`);
  return EXIT.done;
}

interface Seen {
  local: Endpoint;
  remote: Endpoint;
  /** Flags of the other end, as far as its segments show them. */
  peerFlags: string[];
  /** Octets that went from sender to receiver. */
  octets: number;
}

async function read(file: string): Promise<Seen> {
  const nowhere: Endpoint = { address: '127.0.0.1', port: 9_293 };
  const seen = { local: nowhere, remote: nowhere, sent: 0, received: 0, mss: 0, scale: 0, window: 0, sack: true };
  const take = (happening: Happening): void => {
    if (happening.type === 'recording') {
      seen.local = happening.local;
      seen.remote = happening.remote;
    }
    if (happening.type === 'end' && happening.connection !== null) {
      seen.sent = happening.connection.tally.octetsAcknowledged;
      seen.received = happening.connection.tally.octetsReceived;
    }
    if (happening.type !== 'segment' || happening.direction !== 'in') return;
    const isSyn = (happening.flags & SYN) !== 0;
    if (isSyn) {
      seen.mss = happening.mss ?? 536;
      seen.scale = happening.windowScale ?? 0;
      seen.sack = happening.sackPermitted ?? false;
    }
    seen.window = Math.max(seen.window, happening.wnd * (isSyn ? 1 : 2 ** seen.scale));
  };
  const reader = new PcapngReader(take);
  for await (const chunk of createReadStream(file)) {
    reader.push(chunk as Uint8Array);
    if (reader.isBroken) break;
  }
  const peerFlags: string[] = [];
  if (seen.window > 0) peerFlags.push('--window', String(seen.window));
  if (seen.mss > 0 && seen.mss !== 1_460) peerFlags.push('--mss', String(seen.mss));
  if (!seen.sack) peerFlags.push('--no-sack');
  return { local: seen.local, remote: seen.remote, peerFlags, octets: Math.max(seen.sent, seen.received) };
}

function flagsOf({ flags, policy }: CommandDescription): string[] {
  const args: string[] = [];
  for (const [name, value] of Object.entries(flags)) {
    if (value === 'true') args.push(`--${name}`);
    else if (value === 'false') args.push(`--no-${name}`);
    else args.push(`--${name}`, value);
  }
  if (policy !== null) args.push('--policy', policy.file ?? policy.given);
  return args;
}

/** What is to be sent, and what is to be said of that. */
function sourceOf({ command, flags, source }: CommandDescription, { octets }: Seen): { args: string[]; note: string } {
  if (command === 'send' && source === null) return { args: flags['bytes'] === undefined ? ['-'] : [], note: '' };
  if (source !== null && source !== '-' && existsSync(source)) return { args: [source], note: '' };
  const what =
    source === null || source === '-' ? 'what was sent is not known' : `${source}, which was sent, is not here`;
  return { args: ['--bytes', String(octets)], note: `${what}: a pattern of as many octets stands in for it` };
}

function inferred(isSender: boolean, { peerFlags }: Seen): string {
  const who = isSender ? 'receiver' : 'sender';
  const known = peerFlags.length === 0 ? 'nothing' : peerFlags.join(' ');
  return `of the ${who}'s own settings the recording shows: ${known}; how it read, wrote and delayed is not known`;
}

function quoted(argument: string): string {
  return /^[\w./:=,%+@[\]-]+$/.test(argument) && !argument.includes('[')
    ? argument
    : `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** Both on the loopback; what they say is shown. */
async function runBoth(recv: readonly string[], send: readonly string[]): Promise<ExitCode> {
  const receiver = start(['recv', '127.0.0.1:0', ...recv]);
  const address = await addressOf(receiver);
  const sender = start(['send', address, ...send]);
  sender.stderr!.on('data', (octets: Buffer) => process.stderr.write(octets));
  const codes = await Promise.all([receiver, sender].map(ended));
  return codes.every((code) => code === 0) ? EXIT.done : EXIT.failed;
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [LAUNCHER, ...args], { stdio: ['ignore', 'inherit', 'pipe'] });
}

/** Where it listens, as it says itself. */
function addressOf(receiver: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    receiver.stderr!.on('data', (octets: Buffer) => {
      process.stderr.write(octets);
      said += octets.toString();
      const address = /sash send (\S+) FILE/.exec(said)?.[1];
      if (address !== undefined) resolve(address);
    });
    receiver.once('close', () => reject(new Fault('the receiver ended before it listened: see above', EXIT.failed)));
  });
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    else child.once('close', (code) => resolve(code ?? EXIT.failed));
  });
}
