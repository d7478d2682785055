// `--policy`: docs/study/write-a-policy.md in practice, and what is wrong with a module said in a sentence.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Fault } from '../../src/cli/faults.ts';
import { loadPolicies } from '../../src/cli/policy-file.ts';
import { parseLink } from '../../src/link/index.ts';
import { SECOND } from '../../src/tcp/index.ts';
import { BulkWriter, EagerReader, Network, Silent, TwoWay } from '../../sim/index.ts';
import { takeTurns } from '../turns.ts';
import { finished, folder, receiver, Sash } from './sash.ts';

takeTurns();

const root = join(import.meta.dirname, '../../..');
const thrifty = join(root, 'docs/study/thrifty.ts');

test('the page shows the policy as it is', (t) => {
  t.true(readFileSync(join(root, 'docs/study/write-a-policy.md'), 'utf8').includes(readFileSync(thrifty, 'utf8')));
});

test('four segments in each round trip, by the policy of the page', async (t) => {
  const policies = await loadPolicies(thrifty);
  const network = new Network(1);
  const [a, b] = [network.host('a'), network.host('b')];
  const wire = { spec: parseLink('delay=50ms') };
  network.connect(a, b, wire, wire);
  const reader = new EagerReader();
  b.listen(5_001, { connection: { delayedAck: 0, policies } }, () => new TwoWay(new Silent(), reader));
  const writer = new BulkWriter(1e9);
  a.connect(b, 5_001, {}, () => new TwoWay(writer, new EagerReader()));
  network.run(5 * SECOND);
  const before = reader.read;
  network.run(25 * SECOND);
  const measured = (reader.read - before) / 20;
  t.true(Math.abs(measured / 58_400 - 1) < 0.01, `${measured} octets a second`);
});

test('a module of the user goes through a live transfer', async (t) => {
  const { recv, address } = await receiver(t, ['--once', '--policy', thrifty, '--json']);
  const send = new Sash(t, ['send', address, '--bytes', '100KB', '--policy', 'ack=quick', '--quiet']);
  t.is((await send.ended).code, 0, send.stderr);
  t.is((await recv.ended).code, 0, recv.stderr);
  t.is(recv.json.octets, 100_000);
});

test('a module of the user goes into a scenario', async (t) => {
  const window = async (...args: string[]): Promise<number> => {
    const ended = await finished(t, ['sim', 's01', '--set', 'window=65536', '--json', ...args]);
    t.is(ended.code, 0, 'a theory is about the standard policies, and does not judge others');
    const { outcomes } = JSON.parse(ended.stdout) as { outcomes: { measure: string; measured: number }[] };
    return outcomes.find(({ measure }) => measure.startsWith('goodput'))!.measured;
  };
  const rate = await window('--policy', thrifty);
  t.true(Math.abs(rate / 58_400 - 1) < 0.02, `${rate} octets a second`);
  t.true((await window()) > 600_000);
});

test('a policy that breaks an invariant ends the command with the clause', async (t) => {
  const mine = join(folder(t), 'mine.ts');
  writeFileSync(mine, 'export const gate = { name: "mine", decide: (): string => "send" };\n');
  const { address } = await receiver(t, ['--window', '4KiB', '--read-rate', '1KB/s']);
  const ended = await finished(t, ['send', address, '--bytes', '100KB', '--policy', mine]);
  t.is(ended.code, 1);
  t.regex(ended.stderr, /sash: policy "mine" broke an invariant: nothing may be sent beyond the window offered/);
});

test('what is wrong with a policy is said in a sentence', async (t) => {
  const place = folder(t);
  const write = (name: string, text: string): string => {
    writeFileSync(join(place, name), text);
    return join(place, name);
  };
  const wrongs: [string, RegExp][] = [
    [
      'window=nave',
      /^--policy: window: there is no policy "nave", only standard, naive, shrinking, greedy, autotuned$/,
    ],
    ['windw=naive', /^--policy: there is no kind of policy "windw": choose window, ack, gate, probe, rto, congestion/],
    [join(place, 'none.ts'), /^--policy: \S+none\.ts does not exist: check its name$/],
    [write('empty.ts', 'export {};\n'), /empty\.ts exports no policy: export one as window, ack/],
    [
      write('faulty.ts', 'const a = 1;\nthis is no module\n'),
      /^--policy: faulty\.ts:2:6: Expected ";" but found "is"$/,
    ],
    [write('thrower.ts', 'throw new Error("no, thanks");\n'), /thrower\.ts cannot be run: no, thanks$/],
    [write('half.ts', 'export const ack = { name: "half" };\n'), /half\.ts: its ack has no "decide"; see docs/],
    [write('nameless.ts', 'export const ack = { decide: () => "now" };\n'), /nameless\.ts: its ack has no "name"/],
  ];
  for (const [text, message] of wrongs) {
    const fault = await t.throwsAsync(() => loadPolicies(text), { instanceOf: Fault, message });
    t.is(fault?.exitCode, 2);
  }
});

test('a module may be JavaScript, import a neighbour and sash itself, and make a policy for each connection', async (t) => {
  const place = folder(t);
  writeFileSync(join(place, 'half.js'), 'export const half = (n) => n / 2;\n');
  const mine = join(place, 'mine.js');
  const text = `import { MILLISECOND } from 'sash/tcp';
    import { half } from './half.js';
    export const rto = () => ({ name: 'mine', rto: () => half(MILLISECOND) });`;
  writeFileSync(mine, text);
  const { rto } = await loadPolicies(mine);
  t.is(typeof rto === 'function' ? rto().rto(undefined as never) : undefined, 500_000);
});
