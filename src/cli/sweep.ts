// `sash sweep`: one scenario under many parameters and seeds, on all cores, a row a run. Rows stand in the file in the order of
// the grid, so a sweep that was stopped goes on where its file ends, and the file is the same however many run at a time.
import { existsSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Argv } from 'yargs';
import {
  type Cell,
  checkTasks,
  keyCells,
  parseVariation,
  readScenario,
  ScenarioFault,
  sweepColumns,
  type SweepTask,
  sweepTasks,
} from '../../sim/index.ts';
import { EXIT, type ExitCode, messageOf, usage } from './faults.ts';
import { type Given } from './flag.ts';
import { settingsOf } from './sim.ts';
import { openScenario, type ScenarioFile } from './sim-files.ts';
import { type Errata, type Errand } from './sweep-worker.ts';
import { csv, Table, toParquet } from './table.ts';
import { Talk } from './talk.ts';
import { SEVERAL } from './parser.ts';

/** How often the progress is told where it cannot be redrawn. */
const SAID_EVERY_MS = 10_000;

export function declareSweep(y: Argv): Argv {
  return y
    .usage(
      `Runs a scenario under every combination of values, on all cores; a row of a table for each run.

  sash sweep s01 --vary window=4KiB..64KiB:x2 --vary rtt=1ms,10ms,100ms --out window.csv
  sash sweep s24 --vary loss=0.1%,1% --seeds 10 --out mathis.csv

A sweep that was stopped goes on where its file ends.

Usage: sash sweep SCENARIO --vary NAME=VALUES --out FILE.csv|FILE.parquet`,
    )
    .parserConfiguration(SEVERAL)
    .positional('scenario', { type: 'string', describe: 'a file, or the name of a scenario that comes along' })
    .option('vary', {
      type: 'string',
      requiresArg: true,
      describe: 'NAME=A,B or NAME=FROM..TO:xFACTOR or :+STEP; may be given again',
    })
    .option('set', {
      type: 'string',
      requiresArg: true,
      describe: 'KEY=VALUE: the same in all runs; may be given again',
    })
    .option('seeds', { type: 'string', requiresArg: true, describe: 'runs of each combination, with seeds from 1 (1)' })
    .option('out', { type: 'string', requiresArg: true, demandOption: true, describe: 'FILE.csv or FILE.parquet' })
    .option('jobs', { type: 'string', requiresArg: true, describe: 'runs at a time; as many as there are cores' });
}

/** @throws Fault */
export async function sweep(argv: Given): Promise<ExitCode> {
  const file = await openScenario(typeof argv.scenario === 'string' ? argv.scenario : '');
  const out = typeof argv.out === 'string' ? argv.out : '';
  const isParquet = out.endsWith('.parquet');
  if (!isParquet && !out.endsWith('.csv')) {
    throw usage(`--out: "${out}" is not a table: name a file that ends in .csv or .parquet`);
  }
  if (isParquet && existsSync(out)) throw usage(`${out} is there already: name another file, or remove it`);
  const tasks = tasksOf(argv);
  const { columns, keys } = plan(file, tasks);
  // Parquet is written as a whole, so its rows are gathered in a file beside it, from which a stopped sweep goes on.
  const gathering = isParquet ? `${out}.csv` : out;
  const table = new Table(gathering, columns, keys);
  const talk = new Talk({ isQuiet: false });
  if (table.rows > 0) talk.say(`${gathering} has ${table.rows} of ${tasks.length} runs: going on from there`);
  await runAll(file, tasks, table, count('jobs', argv.jobs, availableParallelism()), talk);
  if (isParquet) {
    await toParquet(gathering, out);
    rmSync(gathering);
  }
  talk.erase();
  talk.say(`${tasks.length} runs in ${out}`);
  return EXIT.done;
}

function tasksOf(argv: Given): SweepTask[] {
  try {
    const variations = [argv.vary ?? []].flat().map(String).map(parseVariation);
    return sweepTasks(settingsOf(argv), variations, count('seeds', argv.seeds, 1));
  } catch (error) {
    throw error instanceof RangeError ? usage(`--vary: ${messageOf(error)}`, error) : error;
  }
}

/** The columns, and of each run what tells it from the others. */
function plan(file: ScenarioFile, tasks: readonly SweepTask[]): { columns: string[]; keys: string[] } {
  try {
    const columns = sweepColumns(checkTasks(file.value, tasks));
    return { columns, keys: tasks.map((task) => csv(keyCells(readScenario(file.value, task)))) };
  } catch (error) {
    throw error instanceof ScenarioFault ? file.fault(error) : error;
  }
}

async function runAll(
  file: ScenarioFile,
  tasks: readonly SweepTask[],
  table: Table,
  jobs: number,
  talk: Talk,
): Promise<void> {
  const { Piscina } = await import('piscina');
  const pool = new Piscina<Errand, Cell[] | Errata>({
    filename: new URL('./sweep-worker.js', import.meta.url).href,
    name: 'row',
    maxThreads: jobs,
  });
  const began = performance.now();
  const first = table.rows;
  let done = first;
  let next = first;
  let saidAt = began;
  const work = async (): Promise<void> => {
    while (next < tasks.length) {
      const index = next++;
      const { set, seed } = tasks[index]!;
      const row = await pool.run({ value: file.value, set, seed });
      if ('fault' in row) throw file.fault(new ScenarioFault(row.fault.path, row.fault.message));
      table.add(index, row);
      done++;
      const left = ((performance.now() - began) / (done - first) / 1_000) * (tasks.length - done);
      const progress = `${done} of ${tasks.length} runs, ${Math.ceil(left)} s left`;
      talk.draw([progress]);
      if (!talk.isLive && performance.now() - saidAt > SAID_EVERY_MS) {
        saidAt = performance.now();
        talk.say(progress);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, work));
  } finally {
    await pool.destroy();
  }
}

function count(flag: string, given: unknown, fallback: number): number {
  if (given === undefined) return fallback;
  if (typeof given === 'string' && /^[1-9]\d{0,5}$/.test(given)) return Number(given);
  throw usage(`--${flag}: a whole number from 1 on is expected`);
}
