// What watching costs: the feed's share of a core with 100 observers at 60 states a second, and the pace and the memory of a
// transfer at 100 Mbit/s with 100 reading observers beside the same without any. Observers are a process of their own.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Controls, Feed, serveFeed } from '../../src/feed/index.ts';
import { Connection, connectionOptions, seq } from '../../src/tcp/index.ts';
import { gathered, OBSERVERS } from '../feed/crowd.ts';

const LAUNCHER = fileURLToPath(new URL('../../../src/cli/sash.js', import.meta.url));
const isQuick = process.argv.includes('--quick');

await shareOfACore();
await pace();

/** Of this process, in which nothing else happens. */
async function shareOfACore(): Promise<void> {
  const began = performance.now();
  const now = (): number => Math.round((performance.now() - began) * 1e6);
  const feed = new Feed(
    { application: 'bench', command: 'send', title: 'bench', clock: 'real', epochNs: 0n, now },
    (made) => new Controls(made, false),
  );
  const connection = new Connection(connectionOptions({ iss: seq(1) }, 'rfc'), 0);
  const end = { address: '10.0.0.1', port: 1 };
  feed.follow(connection, {
    label: 'sender',
    role: 'sender',
    openedNs: 0,
    ends: () => ({ local: end, remote: end }),
    application: () => ({ paceOctetsPerSecond: null, isStopped: false, octets: 0, totalOctets: null }),
  });
  const server = await serveFeed({ feed, host: '127.0.0.1', port: 0 });
  const seconds = isQuick ? 0.5 : 5;
  const crowded = await gathered(server.port, 60);
  await new Promise((resolve) => setTimeout(resolve, seconds * 200)); // the handshakes' garbage, the compiler's work
  const octets = await crowded.octets();
  const before = process.cpuUsage();
  const beganAt = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const { user, system } = process.cpuUsage(before);
  const took = (performance.now() - beganAt) / 1_000;
  const rate = ((await crowded.octets()) - octets) / took / 1e6;
  const share = ((user + system) / 1e6 / took) * 100;
  console.log(`\nThe feed, ${OBSERVERS} observers at 60 states a second (target 10 % of a core)`);
  console.log(`  ${share.toFixed(1)} % of a core, ${rate.toFixed(1)} MB/s told`);
  crowded.leave();
  await server.close('bench');
}

interface Transfer {
  /** Octets a second, of the whole transfer. */
  goodput: number;
  /** The sender's largest resident set, octets. */
  memory: number;
}

/** Rounds with and without observers alternate, as the machine's other work comes and goes. */
async function pace(): Promise<void> {
  const rounds = isQuick ? 1 : 3;
  const bytes = isQuick ? '2MB' : '75MB';
  const found: Record<'alone' | 'watched', Transfer[]> = { alone: [], watched: [] };
  for (let round = 0; round < rounds; round++) {
    found.alone.push(await transfer(false, bytes));
    found.watched.push(await transfer(true, bytes));
  }
  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
  const [alone, watched] = [found.alone, found.watched].map((all) => median(all.map(({ goodput }) => goodput)));
  const memory =
    Math.max(...found.watched.map((one) => one.memory)) - Math.max(...found.alone.map((one) => one.memory));
  console.log(`\nA transfer paced at 100 Mbit/s, medians of ${rounds} (target: within 1 %)`);
  console.log(
    `  ${((alone! * 8) / 1e6).toFixed(2)} Mbit/s alone, ${((watched! * 8) / 1e6).toFixed(2)} Mbit/s with ${OBSERVERS} reading observers`,
  );
  console.log(
    `  ${((watched! / alone! - 1) * 100).toFixed(2)} %, and ${(memory / 1_048_576).toFixed(0)} MiB more at the sender`,
  );
}

/** Of so many octets, `75MB`, between two processes; the sender's feed may be watched by all of them. */
async function transfer(isWatched: boolean, bytes: string): Promise<Transfer> {
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
