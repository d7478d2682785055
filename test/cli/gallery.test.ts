// `sash gallery` as its user meets it: what it lists, tells and compares, and what it answers to what cannot be.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { GALLERY, type GalleryRun, WORKLOAD_IDS } from '../../sim/index.ts';
import { WORKLOAD_NAMES } from '../../src/cli/gallery-commands.ts';
import { Fault } from '../../src/cli/faults.ts';
import { galleryShow, runOutcome } from '../../src/cli/gallery.ts';
import { takeTurns } from '../turns.ts';
import { Sash } from './sash.ts';

takeTurns();

interface Said {
  code: number | null;
  out: string;
  err: string;
}

async function gallery(t: ExecutionContext, ...args: string[]): Promise<Said> {
  const sash = new Sash(t, ['gallery', ...args]);
  const { code } = await sash.ended;
  return { code, out: sash.stdout.toString(), err: sash.stderr };
}

test('it lists every system, and as JSON all there is to know of them', async (t) => {
  const [text, json] = await Promise.all([gallery(t, 'list'), gallery(t, 'list', '--json')]);
  t.is(text.code, 0);
  for (const { id } of GALLERY) t.regex(text.out, new RegExp(`\\s${id}\\s`), id);
  const told = JSON.parse(json.out) as { id: string; sources: { where: string }[]; leavesOut: string }[];
  t.is(told.length, GALLERY.length);
  t.true(told.every(({ sources, leavesOut }) => sources.length > 0 && leavesOut !== ''));
});

test('it tells one: mechanism, numbers, sources and how they are known, and what is left out', async (t) => {
  const { out } = await gallery(t, 'show', 'rabbitmq');
  for (const part of ['bump_credit', '400', 'credit_flow.erl', 'its code was run', 'left out'])
    t.true(out.includes(part), part);
});

test('it compares systems, in a table, as JSON and in a picture', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sash-gallery-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const picture = join(folder, 'freeze.svg');
  const args = ['tcp', 'reactor', '--workload', 'freeze', '--items', '2000', '--seed', '3'];
  const [text, json] = await Promise.all([
    gallery(t, 'run', ...args, '--out', picture),
    gallery(t, 'run', ...args, '--json'),
  ]);
  t.is(text.code, 0, text.err);
  t.regex(text.out, /^tcp +\d/m);
  t.regex(text.err, /models, not measurements/);
  t.regex(readFileSync(picture, 'utf8'), /^<svg[^>]*aria-label="freeze: tcp, reactor/);
  const told = JSON.parse(json.out) as { schema: string; runs: GalleryRun[] };
  t.is(told.schema, 'sash-gallery-1');
  t.deepEqual(
    told.runs.map(({ id, ledger }) => [id, ledger.delivered]),
    [
      ['tcp', 2_000],
      ['reactor', 2_000],
    ],
  );
  const { series } = told.runs[0]!;
  t.deepEqual(new Set(Object.values(series).map((column: unknown[]) => column.length)), new Set([series.time.length]));
});

test('a family, a bare window and all are names too', async (t) => {
  const { out } = await gallery(t, 'run', 'scaling', '64/32', '--duration', '200ms');
  t.regex(out, /^keda /m);
  t.regex(out, /^64\/32 /m);
  const all = await gallery(t, 'run', 'all', '--duration', '50ms', '--json');
  t.is((JSON.parse(all.out) as { runs: unknown[] }).runs.length, GALLERY.length);
});

test('a consumer that dies and a producer faster than memory have an end that is told', async (t) => {
  const dead = await gallery(t, 'run', 'tcp', 'reactor-drop', '--dies', '1s', '--duration', '3s');
  t.is(dead.code, 0);
  t.regex(dead.out, /^tcp .*never$/m);
  const fast = await gallery(t, 'run', 'unbounded', 'tcp', '--rate', '100M/s', '--memory', '16MiB');
  t.is(fast.code, 0);
  // Nothing is held where all is dropped: then it is the happenings that are bounded.
  const drops = await gallery(t, 'run', 'reactor-drop', '--rate', '1000M/s');
  t.regex(drops.out, /^reactor-drop: stopped at 10 million happenings, after 10 ms$/m);
  t.regex(fast.out, /^unbounded: stopped at 16 MiB held, most of it at the producer, after [\d.]+ ms$/m);
});

test('what cannot be is answered in a sentence that says what can', async (t) => {
  const cases: [given: Record<string, string>, answer: RegExp][] = [
    [{ systems: 'tcpp' }, /there is no system "tcpp"\. Did you mean tcp\?/],
    [{ systems: '10/20' }, /there is no system "10\/20"/],
    [{ workload: 'freez' }, /--workload: there is no "freez".*Did you mean freeze\?/],
    [{ rate: '0' }, /--rate: that cannot be run: a producer makes between/],
    [{ rate: '1e99' }, /--rate: "1e99" is not items a second/],
    [{ rate: 'fast' }, /--rate: "fast" is not items a second/],
    [{ consume: '-3' }, /--consume: "-3" is not items a second/],
    [{ line: '1b/s' }, /--line: .*small b/],
    [{ delay: '5h' }, /--delay: that cannot be run: a delay is a minute at most/],
    [{ duration: '0' }, /--duration: that cannot be run/],
    [{ size: '0' }, /--size: that cannot be run: an item has between 1 octet/],
    [{ items: '0' }, /--items: that cannot be run/],
    [{ seed: '1.5' }, /--seed: "1.5" is not a whole number/],
    [{ memory: '1' }, /--memory: that cannot be run/],
    [{ out: 'x.gif' }, /--out: "x.gif" does not say by its ending/],
    [{ systems: 'all', out: 'x.svg' }, /tells 14 systems apart/],
  ];
  for (const [given, answer] of cases) {
    const error = await t.throwsAsync(runOutcome({ systems: 'tcp', ...given }), { instanceOf: Fault });
    t.regex(error.message, answer);
    t.is(error.exitCode, 2);
  }
  t.regex(t.throws(() => galleryShow({ system: 'kafka-consumr' })).message, /Did you mean kafka-consumer\?/);
});

test('a command line that is none is answered too', async (t) => {
  const cases: [args: string[], answer: RegExp][] = [
    [['run', 'tcp', '--ratee', '3'], /there is no flag --ratee\. Did you mean --rate\?/],
    [['run', 'tcp', '--out', '/nowhere/x.svg', '--duration', '10ms'], /its folder does not exist/],
    [['run'], /a name is missing/],
    [['sho', 'tcp'], /Did you mean show\?/],
    [['lst'], /one argument too many|did you mean|no command/i],
  ];
  for (const [args, answer] of cases) {
    const { code, err } = await gallery(t, ...args);
    t.regex(err, answer, args.join(' '));
    t.is(code, 2, args.join(' '));
  }
});

test('help and docs/cli.md name the workloads and flags that there are', (t) => {
  t.is(WORKLOAD_NAMES, WORKLOAD_IDS.join(', '));
  const text = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
  const section = text.slice(text.indexOf('## The gallery'));
  for (const id of WORKLOAD_IDS) t.true(section.includes(`\`${id}\``), id);
  const flags = 'workload rate consume size line delay duration items dies memory seed out title json dark'.split(' ');
  for (const flag of flags) t.true(section.includes(`\`--${flag}\``), flag);
});
