// `npm run bench`: goodput between two processes beside that of plain `node:net` in the same rounds, the core alone, the
// simulator, the analysis of captures, memory per idle connection, messages beside plain octets, and what watching costs.
// `--quick` runs everything once, briefly, to see that it runs; its numbers mean nothing.
// `--only TEXT` runs the courses whose name has TEXT in it, beside the raw ones.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type Course,
  courses,
  DATA_READING,
  LIMIT,
  RAW,
  RAW_SMALL,
  RECORDING,
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

async function transfers(): Promise<void> {
  const all = courses(values.quick ? 1 / 32 : 1, join(folder, 'run')).filter(
    ({ name, kind }) => values.only === undefined || kind === 'raw' || name.includes(values.only),
  );
  const rates = new Map<string, number[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const course of all) rates.get(course.name)!.push(await run(course));
  }
  const median = (name: string): number => {
    const sorted = rates.get(name)!.toSorted((a, b) => a - b);
    return sorted[sorted.length >> 1]!;
  };
  const raw = median(RAW);
  console.log(`\nGoodput between two processes on the loopback, medians of ${rounds} interleaved rounds`);
  console.log('  MB/s   × raw  lowest…highest');
  for (const { name } of all) {
    const sorted = rates.get(name)!.toSorted((a, b) => a - b);
    const spread = `${Math.round(sorted[0]!)}…${Math.round(sorted.at(-1)!)}`;
    const rate = median(name);
    console.log(
      `${Math.round(rate).toString().padStart(6)} ${(rate / raw).toFixed(2).padStart(7)}  ${spread.padEnd(14)} ${name}`,
    );
  }
  if (values.only !== undefined) return;
  const ratio = (name: string, to: string, target?: number): void => {
    const value = (median(name) / median(to)).toFixed(2);
    console.log(`  ${value}${target === undefined ? '' : ` (target ${target})`}  ${name} ÷ ${to}`);
  };
  console.log('\nRatios');
  ratio(sashName(1_460, MI), RAW, 1.5);
  ratio(sashName(60_000, 8 * MI), RAW, 2);
  ratio(sashName(60_000, 8 * MI), LIMIT);
  ratio(sashName(1_460, 64 * KI), RAW_SMALL, 1);
  ratio(RECORDING, sashName(1_460, MI), 0.6);
  ratio(DATA_READING, sashName(1_460, MI));
  console.log('  (the kernel buffers of the 1460-octet writes are those of the system: Node cannot set them)');
}

/** One transfer; MB/s. */
async function run(course: Course): Promise<number> {
  const script = new URL('transfer.js', import.meta.url);
  const receiver = fork(script, ['receiver', JSON.stringify(course)]);
  const ns = await new Promise<number>((resolve, reject) => {
    receiver.on('error', reject);
    receiver.on('exit', (code) => reject(new Error(`${course.name}: the receiver ended with ${code}`)));
    receiver.on('message', (report: Report) => {
      if ('ns' in report) resolve(report.ns);
      else
        fork(script, ['sender', JSON.stringify(course), String(report.port)]).on('exit', (code) => {
          if (code !== 0) reject(new Error(`${course.name}: the sender ended with ${code}`));
        });
    });
  });
  if (receiver.exitCode === null) await new Promise((resolve) => receiver.once('exit', resolve));
  return (course.octets / ns) * 1_000;
}

/** A part in a process of its own, which prints for itself. */
async function part(script: string): Promise<void> {
  const child = fork(new URL(script, import.meta.url), values.quick ? ['--quick'] : [], { execArgv: ['--expose-gc'] });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`${script} ended with ${String(code)}`);
}
