// Two runs held against each other.
import test, { type ExecutionContext } from 'ava';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readScenario, runScenario } from '../../sim/index.ts';
import {
  CaptureReader,
  type CapturedPacket,
  diff,
  type Difference,
  differenceSentence,
  type DiffReport,
  type PassingBetween,
  settingsThatDiffer,
  Steps,
  Study,
} from '../../src/trace/index.ts';
import { folder, Sash } from '../cli/sash.ts';
import { join as joined } from './pair.ts';

const NAMES = { a: 'A', b: 'B', ends: ['x', 'y'] } as const;
const MS = 1e6;

interface Choice {
  receiver?: object;
  sender?: object;
  rules?: string[];
  link?: string;
  seed?: number;
  read?: string;
  write?: string;
}

function recording({
  receiver = {},
  sender = {},
  rules = [],
  link = 'delay=10ms',
  seed = 1,
  read = 'full',
  write = '30KB',
}: Choice): Uint8Array {
  const flows = [{ write, read, receiver: { window: '8KiB', ...receiver }, sender }];
  const scenario = readScenario({ title: 't', lesson: 'l', seed, link, rules, flows, expect: [] });
  const chunks: Uint8Array[] = [];
  runScenario(scenario, { record: () => (octets) => chunks.push(octets), vantages: ['sender'] });
  return joined(chunks);
}

function steps(file: Uint8Array): Steps {
  const study = new Study<CapturedPacket & PassingBetween, Steps>({
    make: (track, subject) => new Steps(track, subject),
  });
  const reader = new CaptureReader(study);
  reader.push(file);
  reader.end();
  return study.connections[0]!;
}

function compared(a: Choice, b: Choice, toleranceNs = MS): DiffReport {
  return diff(steps(recording(a)).list, steps(recording(b)).list, { toleranceNs });
}

function kinds(differences: readonly Difference[]): string[] {
  return [...new Set(differences.map(({ kind }) => kind))];
}

test('a run is like itself, and like the same run with other numbers to begin with', (t) => {
  t.deepEqual(compared({}, {}).differences, []);
  const other = compared({}, { seed: 99 });
  t.deepEqual(other.differences, []);
  t.true(other.same > 20);
});

test('sequence numbers that wrap are counted on', (t) => {
  const report = compared({}, { sender: { iss: 4_294_967_000 } });
  t.deepEqual(report.differences, []);
});

test('another window: the segment that offers it is the first difference, and the sentence has both numbers', (t) => {
  const { differences, sameFirst } = compared({}, { receiver: { window: '4KiB' } });
  const [first] = differences;
  t.is(sameFirst, 1, 'the SYN is the same');
  t.is(first!.kind, 'changed');
  t.regex(differenceSentence(first!, NAMES), /A offers 8,192 octets, B 4,096 octets/);
});

test('a segment that is lost in one run is sent again there, and only there', (t) => {
  const { differences } = compared({}, { rules: ['drop data nth 5'] });
  const again = differences.find((each) => each.kind === 'only-b' && each.b.kind === 'retransmission');
  t.truthy(again);
  t.regex(differenceSentence(again!, NAMES), /^B only: x sends a retransmission, 5841:7301\(1460\)/);
});

test('a slower path shifts times, and each shift is told once', (t) => {
  const { differences } = compared({}, { link: 'delay=15ms' });
  t.deepEqual(kinds(differences), ['shifted']);
  const [first] = differences;
  t.is(first!.kind === 'shifted' && first!.byNs, 10 * MS);
  t.deepEqual(compared({}, { link: 'delay=15ms' }, Infinity).differences, []);
});

test('every difference has a sentence, and the sum of all is the sum of both runs', (t) => {
  const a = steps(recording({ write: '100KB' })).list;
  const b = steps(recording({ write: '100KB', link: 'delay=10ms loss=5% reorder=5%', seed: 3 })).list;
  const { differences, same } = diff(a, b, { toleranceNs: MS });
  for (const each of differences) t.notRegex(differenceSentence(each, NAMES), /undefined|NaN/);
  const onlyA = differences.filter(({ kind }) => kind === 'only-a').length;
  const onlyB = differences.filter(({ kind }) => kind === 'only-b').length;
  const both = differences.length - onlyA - onlyB + same;
  t.is(both + onlyA, a.length);
  t.is(both + onlyB, b.length);
});

test('what recordings were made with is compared, but for what never matters', (t) => {
  const settings = settingsThatDiffer(
    { iss: 1, policies: {}, mss: 1460, receiveBuffer: 8192 },
    { iss: 2, policies: { window: 'naive' }, mss: 1460, receiveBuffer: 4096 },
  );
  t.deepEqual(settings, [
    { name: 'receiveBuffer', a: 8192, b: 4096 },
    { name: 'policies.window', a: undefined, b: 'naive' },
  ]);
});

async function run(t: ExecutionContext, args: string[]): Promise<{ code: number | null; out: string; error: string }> {
  const sash = new Sash(t, ['trace', 'diff', ...args]);
  const { code } = await sash.ended;
  return { code, out: sash.stdout.toString(), error: sash.stderr };
}

test('the command ends with 0 where there is no difference, with 1 where there is, as diff does', async (t) => {
  const where = folder(t);
  const [a, b] = ['a.pcapng', 'b.pcapng'].map((name) => join(where, name)) as [string, string];
  writeFileSync(a, recording({}));
  writeFileSync(b, recording({ receiver: { policies: { window: 'naive' } }, read: '20KB/s' }));
  const same = await run(t, [a, a]);
  t.is(same.code, 0, same.error);
  t.regex(same.out, /no difference: \d+ segments/);

  const other = await run(t, [a, b]);
  t.is(other.code, 1);
  t.regex(other.out, /first difference is at .*packet \d+ of A/);
  const value = JSON.parse((await run(t, [a, b, '--json'])).out) as { differences: unknown[] };
  t.true(value.differences.length > 0);

  t.regex(
    (await run(t, [a, b, '--stream', '3'])).error,
    /--stream 3: .* has no such conversation: it holds one, number 0/,
  );
  t.regex((await run(t, [a, b, '--tolerance', 'much'])).error, /--tolerance/);
  t.is((await run(t, ['-', '-'])).code, 2);
});
