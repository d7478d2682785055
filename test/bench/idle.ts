// Memory per idle connection: a process that listens, and one that dials 1, then 10,000 times, and both say what they hold.
import { fork } from 'node:child_process';
import { dialled, type DriverOwner, listen } from '../../src/carrier/index.ts';

const TARGET = 8_192;
const owner: DriverOwner = { connectionEvent: () => {}, carrierClosed: () => {} };

if (process.argv[2] === 'listener') serve();
else await ask(process.argv.includes('--quick') ? 100 : 10_000);

/** Octets of the heap, and of the memory outside it that the heap's objects own. */
function held(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return process.argv.includes('--rss') ? rss : heapUsed + external;
}

function serve(): void {
  const listener = listen(
    { listen: { port: 0, host: '127.0.0.1', backlog: 4_096 } },
    {
      listening: () => process.send!((listener.address() as { port: number }).port),
      failed: (error) => {
        throw error;
      },
      opened: () => owner,
    },
  );
  process.on('message', () => process.send!(held()));
  process.on('disconnect', () => process.exit());
}

async function ask(most: number): Promise<void> {
  const child = fork(new URL(import.meta.url), ['listener'], { execArgv: ['--expose-gc'] });
  const heard = (): Promise<number> => new Promise((resolve) => child.once('message', resolve));
  const port = await heard();
  const measure = async (): Promise<[number, number]> => {
    await new Promise((resolve) => setTimeout(resolve, 1_500)); // timers that were set lazily run out
    const theirs = heard();
    child.send('held?');
    return [held(), await theirs];
  };
  const drivers = [];
  const dialSome = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= 100) {
      const some = Array.from({ length: Math.min(left, 100) }, () => dialled({ host: '127.0.0.1', port }, () => owner));
      drivers.push(...(await Promise.all(some)));
    }
  };
  await dialSome(10); // what is made once and for all is made
  const before = await measure();
  await dialSome(1);
  const one = await measure();
  await dialSome(most - 1);
  const all = await measure();
  console.log(`\nOctets of memory per idle connection, its node:net socket included (target ${TARGET})`);
  const line = (name: string, index: 0 | 1): void => {
    const each = Math.round((all[index] - before[index]) / most);
    console.log(`  ${String(each).padStart(6)} at ${most}, ${one[index] - before[index]} for one more: the ${name}`);
  };
  line('end that dials', 0);
  line('end that listens', 1);
  child.disconnect();
  process.exit();
}
