// `npm run bench`: goodput between two processes beside that of plain `node:net` in the same rounds, the core alone, the
// simulator, the analysis of captures, memory per idle connection, messages beside plain octets, and what watching costs.
// `--quick` runs everything once, briefly, to see that it runs; its numbers mean nothing.
// `--only TEXT` runs the courses whose name has TEXT in it, beside the raw ones.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  CHECKSUMMED,
  type Course,
  courses,
  DATA_READING,
  LIMIT,
  RAW,
  RAW_SMALL,
  RECORDING,
  type Measured,
  type Report,
  sashName,
} from './courses.ts';

const KI = 1_024;
const MI = 1_024 * KI;

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, rounds: { type: 'string' } },
});
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
const folder = mkdtempSync(join(tmpdir(), 'sash-bench-'));

try {
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}`);
  await transfers();
  if (values.only === undefined) {
    await part('core.js');
    await part('sim.js');
    await part('trace.js');
    await part('idle.js');
    await part('messages.js');
    await part('feed.js');
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** What one round of a course came to: MB/s, and seconds of processor time for each GiB at the two ends. */
interface Result {
  rate: number;
  sending: number;
  receiving: number;
}

async function transfers(): Promise<void> {
  const all = courses(values.quick ? 1 / 32 : 1, join(folder, 'run')).filter(
    ({ name, kind }) => values.only === undefined || kind === 'raw' || name.includes(values.only),
  );
  const results = new Map<string, Result[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const course of all) results.get(course.name)!.push(await run(course));
  }
  const sorted = (name: string, what: keyof Result): number[] =>
    results
      .get(name)!
      .map((result) => result[what])
      .toSorted((a, b) => a - b);
  const median = (name: string, what: keyof Result): number => sorted(name, what)[rounds >> 1]!;
  const raw = median(RAW, 'rate');
  console.log(`\nGoodput between two processes on the loopback, medians of ${rounds} interleaved rounds`);
  console.log('  MB/s   × raw  lowest…highest  s of processor time a GiB, sender + receiver');
  for (const { name } of all) {
    const rates = sorted(name, 'rate');
    const spread = `${Math.round(rates[0]!)}…${Math.round(rates.at(-1)!)}`;
    const rate = median(name, 'rate');
    const spent = `${median(name, 'sending').toFixed(2)} + ${median(name, 'receiving').toFixed(2)}`;
    console.log(
      `${Math.round(rate).toString().padStart(6)} ${(rate / raw).toFixed(2).padStart(7)}  ${spread.padEnd(14)}  ${spent}  ${name}`,
    );
  }
  if (values.only !== undefined) return;
  const ratio = (name: string, to: string, target?: number): void => {
    const value = (median(name, 'rate') / median(to, 'rate')).toFixed(2);
    console.log(`  ${value}${target === undefined ? '' : ` (target ${target})`}  ${name} ÷ ${to}`);
  };
  console.log('\nRatios');
  ratio(sashName(1_460, MI), RAW, 1.5);
  ratio(sashName(60_000, 8 * MI), RAW, 2);
  ratio(sashName(60_000, 8 * MI), LIMIT);
  ratio(sashName(1_460, 64 * KI), RAW_SMALL, 1);
  ratio(RECORDING, sashName(1_460, MI), 0.6);
  ratio(DATA_READING, sashName(1_460, MI));
  ratio(CHECKSUMMED, sashName(1_460, MI));
  console.log('  (the kernel buffers of the 1460-octet writes are those of the system: Node cannot set them)');
}

/** One transfer. */
async function run(course: Course): Promise<Result> {
  const script = new URL('transfer.js', import.meta.url);
  const told = (name: string, end: ChildProcess, listens?: (port: number) => void): Promise<Measured> =>
    new Promise((resolve, reject) => {
      let measured: Measured | undefined;
      end.on('error', reject);
      end.on('message', (report: Report) => {
        if ('port' in report) listens?.(report.port);
        else measured = report;
      });
      end.on('exit', (code) => {
        if (measured === undefined) reject(new Error(`${course.name}: the ${name} ended with ${code}`));
        else resolve(measured);
      });
    });
  const receiver = fork(script, ['receiver', JSON.stringify(course)]);
  const received = told('receiver', receiver, (port) => {
    sent = told('sender', fork(script, ['sender', JSON.stringify(course), String(port)]));
  });
  let sent: Promise<Measured> | undefined;
  const { ns, cpuUs } = await received;
  const sender = await sent!;
  const perGiB = (us: number): number => (us / 1e6 / course.octets) * 1_024 * MI;
  return { rate: (course.octets / ns!) * 1_000, sending: perGiB(sender.cpuUs), receiving: perGiB(cpuUs) };
}

/** A part in a process of its own, which prints for itself. */
async function part(script: string): Promise<void> {
  const child = fork(new URL(script, import.meta.url), values.quick ? ['--quick'] : [], { execArgv: ['--expose-gc'] });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`${script} ended with ${String(code)}`);
}
