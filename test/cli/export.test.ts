// `sash trace export` as it is called: to files and to standard output, of recordings and of captures, and what it refuses.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { PACKET_COLUMNS } from '../../src/trace/index.ts';
import { takeTurns } from '../turns.ts';
import { finished, folder, LAUNCHER } from './sash.ts';

takeTurns();

const CAPTURES = fileURLToPath(new URL('../../../test/trace/captures/', import.meta.url));
const KERNEL = join(CAPTURES, 'linux-slow-reader.pcap');

/** A run in which segments are lost, seen at the link. */
async function lossy(t: ExecutionContext): Promise<string> {
  const at = folder(t);
  const record = join(at, 'run.pcapng');
  const { code, stderr } = await finished(t, ['sim', 's31', '--record', record, '--until', '3s']);
  t.true(code === 0 || code === 1, stderr);
  return join(at, 'run.link.pcapng');
}

test('every format is written, and has every packet', async (t) => {
  const file = await lossy(t);
  const out = join(folder(t), 'out');
  mkdirSync(out);
  for (const format of ['jsonl', 'csv', 'parquet', 'qlog', 'qvis', 'xplot']) {
    const { code, stderr } = await finished(t, [
      'trace',
      'export',
      file,
      '--to',
      format,
      '-o',
      join(out, `run.${format}`),
    ]);
    t.is(code, 0, stderr);
  }
  t.deepEqual(readdirSync(out).toSorted(), [
    'run.a2b.xplot',
    'run.b2a.xplot',
    'run.csv',
    'run.jsonl',
    'run.parquet',
    'run.qlog',
    'run.qvis',
  ]);
  const text = (name: string): string => readFileSync(join(out, name), 'utf8');
  const packets = text('run.csv').split('\r\n').length - 2;
  t.true(packets > 100);
  t.is(text('run.jsonl').match(/"type":"segment"/g)!.length, packets);
  t.is(text('run.qlog').match(/"name":"tcp:segment_(?:sent|received|dropped)"/g)!.length, packets);
  t.true(text('run.qlog').includes('"name":"tcp:segment_dropped"'));
  t.is(text('run.qvis').match(/"name":"transport:packet_(?:sent|received)"/g)!.length, packets);
  const table = await parquetReadObjects({ file: await asyncBufferFromFile(join(out, 'run.parquet')) });
  t.is(table.length, packets);
  t.deepEqual(
    Object.keys(table[0]!),
    PACKET_COLUMNS.map(({ name }) => name),
  );
  t.is(table.filter(({ lost }) => lost === 'rule 1').length, text('run.jsonl').match(/"lost":"rule 1"/g)!.length);
});

test('a capture of others, on standard input, to standard output', async (t) => {
  const { code, stdout, stderr } = await finished(t, ['trace', 'export', '-', '--to', 'csv'], {
    input: readFileSync(KERNEL),
  });
  t.is(code, 0, stderr);
  const [, first] = stdout.split('\r\n');
  t.regex(first!, /^1,0,,0,0,out,arrived,10\.9\.0\.1,47760,10\.9\.0\.2,7777,S,0,,0,/);
});

test('of several conversations all are there, or the one that is asked for', async (t) => {
  const at = folder(t);
  const scenario = join(at, 'two.yaml');
  writeFileSync(
    scenario,
    'title: t\nlesson: l\nlink: delay=5ms\nflows: [{ write: 50KB }, { name: other, write: 20KB }]\n',
  );
  t.is((await finished(t, ['sim', scenario, '--record', join(at, 'run.pcapng')])).code, 0);
  const names = ['flow.receiver', 'flow.sender', 'link', 'other.receiver', 'other.sender'].map(
    (name) => `run.${name}.pcapng`,
  );
  t.deepEqual(readdirSync(at).toSorted(), [...names, 'two.yaml']);
  const file = join(at, 'run.link.pcapng');
  const all = (await finished(t, ['trace', 'export', file, '--to', 'csv'])).stdout.split('\r\n').slice(1, -1);
  const conversations = new Set(all.map((row) => row.split(',')[3]!));
  t.is(conversations.size, 2);
  for (const conversation of conversations) {
    const args = ['trace', 'export', file, '--to', 'csv', '--stream', conversation];
    const one = (await finished(t, args)).stdout.split('\r\n').slice(1, -1);
    t.deepEqual(
      one,
      all.filter((row) => row.split(',')[3] === conversation),
    );
  }
  const beyond = await finished(t, ['trace', 'export', file, '--to', 'csv', '--stream', String(conversations.size)]);
  t.is(beyond.code, 2);
  t.regex(beyond.stderr, /has no such conversation: it holds \d+, 0 to \d+/);
});

test('a file of several points of view is shown with whose each line is', async (t) => {
  const record = join(folder(t), 'all.pcapng');
  t.is((await finished(t, ['sim', 's30', '--record', record, '--one-file'])).code, 0);
  const { stdout } = await finished(t, ['trace', 'show', record, '--times', 'since-start']);
  for (const who of ['sender', 'link', 'receiver']) {
    const lines = stdout.split('\n').filter((line) => line.includes(`{${who}} `) && / \/\/ \d+/.test(line));
    t.true(lines.length > 250, who);
    t.regex(
      lines.find((line) => line.includes(' S '))!,
      / S 0:0\(0\) win \d+/,
      'each counts from the ISN',
    );
  }
});

test('what cannot be written or read is told, and leaves no file', async (t) => {
  const at = folder(t);
  const out = join(at, 'out.csv');
  for (const [args, said] of [
    [[KERNEL, '--to', 'qlgo'], /"qlgo" is not a format: choose .* Did you mean qlog\?/],
    [[KERNEL, '--to', 'parquet'], /writes no text: name a file, as in -o run\.parquet/],
    [[KERNEL, '--to', 'xplot'], /a graph for each direction: name a file/],
    [[KERNEL, '--to', 'csv', '--stream', 'x'], /"x" is no number of a conversation/],
    [[KERNEL, '--to', 'csv', '-o', KERNEL], /is a file that is read: name another/],
    [[KERNEL, '--to', 'csv', '-o', join(at, 'no', 'x.csv')], /cannot be created, for its folder does not exist/],
    [[join(at, 'gone.pcapng'), '--to', 'csv', '-o', out], /gone\.pcapng does not exist/],
    [['/dev/null', '--to', 'parquet', '-o', out], /is empty/],
  ] as const) {
    const { code, stderr } = await finished(t, ['trace', 'export', ...args]);
    t.is(code, 2, stderr);
    t.regex(stderr, said);
  }
  t.false(existsSync(out));
});

test('the columns are those that the documents table, in their order', (t) => {
  const text = readFileSync(new URL('../../../docs/recording.md', import.meta.url), 'utf8');
  const table = text.slice(text.indexOf('## As a table'), text.indexOf('## For other tools'));
  const documented = [...table.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name!);
  t.deepEqual(
    documented,
    PACKET_COLUMNS.map(({ name }) => name),
  );
});

test('a reader of CSV who has seen enough is no error', (t) => {
  const line = '"$0" "$1" trace export "$2" --to csv | head -n 1';
  const { stderr, stdout } = spawnSync('sh', ['-c', line, process.execPath, LAUNCHER, KERNEL], { encoding: 'utf8' });
  t.is(stderr, '');
  t.regex(stdout, /^packet,interface,/);
});
