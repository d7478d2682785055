// Sweeps: what is varied, in which order, and that a table goes on where it ended.
import test from 'ava';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseVariation, sweepTasks } from '../../sim/index.ts';
import { csv, parseCsv } from '../../src/cli/table.ts';
import '../unmeasured.ts';

const SASH = fileURLToPath(new URL('../../../src/cli/sash.js', import.meta.url));
const run = promisify(execFile);

test('values are listed, multiplied or added up to an end', (t) => {
  t.deepEqual(parseVariation('rtt=1ms, 10ms'), { name: 'rtt', values: ['1ms', '10ms'] });
  t.deepEqual(parseVariation('window=4KiB..32KiB:x2').values, ['4096B', '8192B', '16384B', '32768B']);
  t.deepEqual(parseVariation('rtt=10ms..30ms:+10ms').values, ['10000000ns', '20000000ns', '30000000ns']);
  t.deepEqual(parseVariation('count=1..10:x3').values, ['1', '3', '9']);
  for (const text of [
    'rtt',
    'rtt=1ms..2ms',
    'rtt=1ms..9ms:x1',
    'rtt=1ms..9ms:+0s',
    'rtt=1ms..4KiB:x2',
    'n=1..1e9:+1',
  ]) {
    t.throws(() => parseVariation(text), { instanceOf: RangeError }, text);
  }
});

test('every combination with every seed, the seed changing fastest', (t) => {
  const tasks = sweepTasks(new Map([['mss', '100']]), [parseVariation('a=1,2'), parseVariation('b=3,4')], 2);
  t.deepEqual(
    tasks.map(({ set, seed }) => [...set.values(), seed].join(' ')),
    ['100 1 3 1', '100 1 3 2', '100 1 4 1', '100 1 4 2', '100 2 3 1', '100 2 3 2', '100 2 4 1', '100 2 4 2'],
  );
});

test('a line of a table is read as it was written', (t) => {
  const cells = [1, -2.5, 'plain', 'with, comma', 'a "quoted" word', '', 1e-9];
  t.deepEqual(parseCsv(csv(cells)), cells);
});

test('the table is the same however many run at a time, and wherever it was stopped', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sash-sweep-'));
  try {
    const grid = ['--vary', 'rtt=10ms,100ms', '--vary', 'window=4380,8760,17520', '--seeds', '2'];
    const sweep = (name: string, ...more: string[]) =>
      run(process.execPath, [SASH, 'sweep', 's01', ...grid, '--out', join(folder, name), ...more]);
    await sweep('one.csv', '--jobs', '1');
    await sweep('two.csv', '--jobs', '2');
    const whole = await readFile(join(folder, 'one.csv'), 'utf8');
    t.is(await readFile(join(folder, 'two.csv'), 'utf8'), whole);
    const [header, ...rows] = whole.trimEnd().split('\n');
    t.is(rows.length, 12);
    const columns = header!.split(',');
    for (const row of rows) {
      const cells = row.split(',');
      const off = Number(cells[columns.indexOf('goodput_deviation')]);
      t.true(Math.abs(off) < 0.001, row);
    }

    // Cut in the middle of a row, as a kill leaves it.
    await writeFile(join(folder, 'cut.csv'), whole.slice(0, Math.floor(whole.length * 0.6)));
    const { stderr } = await sweep('cut.csv');
    t.regex(stderr, /cut\.csv has \d of 12 runs: going on from there/);
    t.is(await readFile(join(folder, 'cut.csv'), 'utf8'), whole);

    await sweep('whole.parquet');
    const [first, ...others] = await parquetReadObjects({
      file: await asyncBufferFromFile(join(folder, 'whole.parquet')),
    });
    t.is(others.length, 11);
    t.like(first, { window: 4_380, rtt_s: 0.01, seed: 1, ending: 'duration', goodput_octets_per_s: 438_000 });
    await t.throwsAsync(readFile(join(folder, 'whole.parquet.csv')));

    const other = await t.throwsAsync(sweep('cut.csv', '--set', 'mss=500'));
    t.regex(String(other), /holds another table/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
