// `npm run explore -- --seeds N [--from K]`: random runs of the simulator, on all cores, until done or the first that breaks
// something, which is printed with the one command that shows it again.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { explore } from '../../sim/index.ts';

interface Share {
  from: number;
  until: number;
  step: number;
}

interface News {
  done: number;
  failure?: { seed: number; message: string };
}

if (isMainThread) await main();
else work(workerData as Share);

/** Runs each `step`th seed, and tells after each. */
function work({ from, until, step }: Share): void {
  for (let seed = from; seed < until; seed += step) {
    const news: News = { done: 1 };
    try {
      explore(seed);
    } catch (error) {
      news.failure = { seed, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    parentPort?.postMessage(news, []);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seeds: { type: 'string' }, from: { type: 'string' } } });
  const count = whole('seeds', values.seeds ?? '2000');
  const from = whole('from', values.from ?? '0');
  const began = performance.now();
  const workers = Math.min(count, availableParallelism());
  const failures: { seed: number; message: string }[] = [];
  let done = 0;
  await Promise.all(
    Array.from({ length: workers }, (_, i) => {
      const share: Share = { from: from + i, until: from + count, step: workers };
      const worker = new Worker(new URL(import.meta.url), { workerData: share });
      worker.on('message', (news: News) => {
        done += news.done;
        if (news.failure !== undefined) failures.push(news.failure);
        if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${count} runs`);
      });
      return new Promise<void>((resolve, reject) => {
        worker.once('error', reject);
        worker.once('exit', () => resolve());
      });
    }),
  );
  if (process.stderr.isTTY) process.stderr.write('\r');
  for (const { seed, message } of failures.toSorted((a, b) => a.seed - b.seed)) {
    process.stdout.write(`seed ${seed}: ${message}\n  again: npm run explore -- --from ${seed} --seeds 1\n`);
  }
  const seconds = (performance.now() - began) / 1_000;
  process.stdout.write(`${done} runs in ${seconds.toFixed(1)} s: ${failures.length} broke something\n`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

function whole(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`--${name}: "${text}" is not a whole number`);
}
