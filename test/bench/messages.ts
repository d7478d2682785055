// Messages of 1 KiB between two processes, made as fast as the window lets them pass and processed in no time, beside plain
// octets between the same two commands: what numbering, stamping, accounting and reporting cost. Rounds are interleaved.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Summary } from '../../src/cli/summary.ts';

const LAUNCHER = fileURLToPath(new URL('../../../src/cli/sash.js', import.meta.url));
const isQuick = process.argv.includes('--quick');
const ROUNDS = isQuick ? 1 : 5;
const COUNT = isQuick ? 2_000 : 100_000;
const SIZE = 1_024;

const OCTETS = { receiver: [], sender: ['--bytes', String(COUNT * SIZE)] };
const MESSAGES = {
  receiver: ['--work', '0s'],
  sender: ['--produce', '1M/s', '--on-full', 'block', '--message', '1KiB', '--count', String(COUNT)],
};

const octets: number[] = [];
const messages: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  octets.push(await goodput(OCTETS));
  messages.push(await goodput(MESSAGES));
}
const [plain, made] = [octets, messages].map((rates) => rates.toSorted((a, b) => a - b)) as [number[], number[]];
const perSecond = (rates: number[], index: number): number => Math.round(rates[index]! / SIZE);
const middle = ROUNDS >> 1;
console.log(`\nMessages of 1 KiB between two processes, window 64 KiB, median of ${ROUNDS} interleaved rounds`);
console.log(
  `  ${perSecond(made, middle)} messages a second (${perSecond(made, 0)}…${perSecond(made, ROUNDS - 1)}), ` +
    `${(made[middle]! / 1e6).toFixed(1)} MB/s; plain octets ${(plain[middle]! / 1e6).toFixed(1)} MB/s`,
);
console.log(`  ${(made[middle]! / plain[middle]!).toFixed(2)}  messages of 1 KiB ÷ plain octets`);

/** Octets a second, as the sender's summary has them. */
async function goodput({ receiver, sender }: { receiver: string[]; sender: string[] }): Promise<number> {
  const receiving = start(['recv', '127.0.0.1:0', '--once', ...receiver], 'pipe', 'ignore');
  let talk = '';
  receiving.stderr!.setEncoding('utf8').on('data', (text: string) => (talk += text));
  let address: string | undefined;
  while (address === undefined) {
    if (receiving.exitCode !== null) throw new Error(`the receiver ended: ${talk}`);
    await Promise.race([once(receiving.stderr!, 'data'), once(receiving, 'exit')]);
    address = /sash send (\S+:\d+)/.exec(talk)?.[1];
  }
  const done = once(receiving, 'exit');
  const sending = start(['send', address, '--json', '--quiet', ...sender], 'inherit', 'pipe');
  let json = '';
  sending.stdout!.setEncoding('utf8').on('data', (text: string) => (json += text));
  const codes = [await once(sending, 'close'), await done].map(([code]) => code as number);
  if (codes.some((code) => code !== 0)) throw new Error(`the ends ended with ${codes.join(' and ')}: ${talk}`);
  return (JSON.parse(json) as Summary).goodputOctetsPerSecond;
}

function start(args: string[], stderr: 'pipe' | 'inherit', stdout: 'pipe' | 'ignore'): ChildProcess {
  return spawn(process.execPath, [LAUNCHER, ...args], { stdio: ['ignore', stdout, stderr] });
}
