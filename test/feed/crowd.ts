// A hundred observers in a process of their own, and a transfer paced at 100 Mbit/s beside them, or without.
import { fork, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { FEED_PATH, FEED_SUBPROTOCOL } from '../../src/trace/index.ts';

export const OBSERVERS = 100;
const LAUNCHER = fileURLToPath(new URL('../../../src/cli/sash.js', import.meta.url));

if (process.argv[2] === 'crowd' && process.argv[1] === fileURLToPath(import.meta.url)) {
  crowd(Number(process.argv[3]), Number(process.argv[4]));
}

/** Observers who read and throw away; tells when all have come. */
function crowd(port: number, hz: number): void {
  let left = OBSERVERS;
  let octets = 0;
  for (let i = 0; i < OBSERVERS; i++) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${FEED_PATH}`, [FEED_SUBPROTOCOL]);
    socket.on('open', () => socket.send(JSON.stringify({ kind: 'subscribe', hz })));
    socket.once('message', () => {
      if (--left === 0) process.send!('all here');
    });
    socket.on('message', (data: Buffer) => (octets += data.length));
    socket.on('error', () => {});
  }
  process.on('message', () => process.send!(octets));
  process.on('disconnect', () => process.exit());
}

/** All are here when this resolves. */
export async function gathered(
  port: number,
  hz: number,
): Promise<{ octets: () => Promise<number>; leave: () => void }> {
  const child = fork(new URL(import.meta.url), ['crowd', String(port), String(hz)]);
  const heard = (): Promise<unknown> => new Promise((resolve) => child.once('message', resolve));
  await heard();
  return {
    octets: async () => {
      const answer = heard();
      child.send('how much?');
      return Number(await answer);
    },
    leave: () => child.disconnect(),
  };
}

export interface Transfer {
  /** Octets a second, of the whole transfer. */
  goodput: number;
  /** The sender's largest resident set, octets. */
  memory: number;
}

/** Of so many octets, `75MB`, between two processes; the sender's feed may be watched by all of them. */
export async function transfer(isWatched: boolean, bytes: string): Promise<Transfer> {
  const receiver = spawn(process.execPath, [LAUNCHER, 'recv', '127.0.0.1:0', '--once', '--window', '1MiB'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const to = await says(receiver.stderr, /sash send (\S+)/);
  const args = ['send', to, '--bytes', bytes, '--rate', '100Mbit/s', '--json', '--live=127.0.0.1:0'];
  const sender = spawn(process.execPath, [LAUNCHER, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  sender.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  let memory = 0;
  const looking = setInterval(() => (memory = Math.max(memory, residentSet(sender.pid!))), 100);
  const port = Number(await says(sender.stderr, /live: +http:\/\/127\.0\.0\.1:(\d+)/));
  const crowded = isWatched ? await gathered(port, 30) : undefined;
  await new Promise((resolve) => sender.once('close', resolve));
  clearInterval(looking);
  crowded?.leave();
  const { goodputOctetsPerSecond } = JSON.parse(out) as { goodputOctetsPerSecond: number };
  return { goodput: goodputOctetsPerSecond, memory };
}

function residentSet(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1_024;
  } catch {
    return 0; // it has ended, or there is no /proc
  }
}

function says(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const found = pattern.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    stream.on('end', () => reject(new Error(`it ended without saying so:\n${said}`)));
  });
}
