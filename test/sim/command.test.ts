// `sash sim` as a command: what it prints, and with which code it ends.
import test from 'ava';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeTurns } from '../turns.ts';

takeTurns();

const SASH = fileURLToPath(new URL('../../../src/cli/sash.js', import.meta.url));

interface Ended {
  code: number | string | null | undefined;
  out: string;
  err: string;
}

function sim(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SASH, 'sim', ...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : error.code, out, err });
    });
  });
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sash-sim-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a scenario by its short name, with a parameter of its own', async (t) => {
  const { code, out } = await sim('s11', '--set', 'delay=100ms');
  t.is(code, 0);
  t.regex(out, /^Nagle and the delayed acknowledgment/);
  t.regex(out, /^ok +latencies #5 +300ms +nagle-delayed-ack 300ms +0\.00%$/m);
});

test('the list names every scenario and its parameters', async (t) => {
  const { code, out } = await sim('--list');
  t.is(code, 0);
  t.regex(out, /s01-window-law +The window law\n +window 8760, mss 1460, rtt 100ms/);
});

test('results as JSON are for programs', async (t) => {
  const { code, out } = await sim('s06', '--json');
  t.is(code, 0);
  const { scenario, ending, outcomes } = JSON.parse(out) as {
    scenario: string;
    ending: string;
    outcomes: { measure: string; measured: unknown; verdict: string; theory: { name: string } | null }[];
  };
  t.is(scenario, 's06-zero-window');
  t.is(ending, 'finished');
  t.like(outcomes[0], { measure: 'probe-times', verdict: 'met', theory: { name: 'probe-times' } });
  t.deepEqual(outcomes[0]!.measured, [1, 3, 7, 15, 31, 63, 123]);
});

test('--check ends with 1 on a miss, and shows it in a table', async (t) => {
  await inFolder(async (folder) => {
    const text = await readFile(new URL('../../../sim/scenarios/s11-nagle-delayed-ack.yaml', import.meta.url), 'utf8');
    const file = join(folder, 'wrong.yaml');
    await writeFile(file, text.replace('delay: 200ms, golden: 400ms', 'delay: 200ms, golden: 410ms'));
    const { code, out, err } = await sim(file, '--check');
    t.is(code, 1);
    t.regex(err, /ok +wrong .*\nMISS wrong#1 /);
    t.regex(out, /scenario +measure +measured +expected +off\nwrong#1 +latencies #5 +400ms +410ms +-2\.44%/);
  });
  const { code } = await sim('s11', '--check');
  t.is(code, 0);
});

test('a run that cannot end fails, and says who waits for whom', async (t) => {
  await inFolder(async (folder) => {
    const file = join(folder, 'stuck.yaml');
    await writeFile(file, 'title: t\nlesson: l\nlimits: { time: 1h }\nflows: [{ write: 1MB, read: stop }]\n');
    const { code, out } = await sim(file);
    t.is(code, 1);
    t.regex(out, /never ended: flow: sender waits for receiver: zero window; receiver's reader stops for ever/);
  });
});

test('--until ends the run sooner: what would be measured later is left out', async (t) => {
  const { code, out } = await sim('s05', '--until', '5s', '--json');
  t.is(code, 0);
  const { outcomes, simulatedNs } = JSON.parse(out) as { outcomes: { measure: string }[]; simulatedNs: number };
  t.is(simulatedNs, 5e9);
  t.deepEqual(
    outcomes.map(({ measure }) => measure),
    ['goodput'],
  );
});

test('--record writes a file for each point of view', async (t) => {
  await inFolder(async (folder) => {
    const { code, err } = await sim('s29', '--record', join(folder, 'run.pcapng'));
    t.is(code, 0);
    t.regex(err, /recorded: .*run\.link\.pcapng\nrecorded: .*run\.sender\.pcapng\nrecorded: .*run\.receiver\.pcapng/);
    t.deepEqual((await readdir(folder)).toSorted(), ['run.link.pcapng', 'run.receiver.pcapng', 'run.sender.pcapng']);
  });
});

for (const [args, said] of [
  [[], /which scenario\? Name one/],
  [['s99'], /there is no scenario "s99"/],
  [['s1-window-law'], /Did you mean s01-window-law\?/],
  [['nowhere/it.yaml'], /nowhere\/it\.yaml does not exist/],
  [['s01', '--set', 'window'], /"window" sets nothing: write KEY=VALUE/],
  [['s01', '--seed', 'x'], /"x" is not a whole number/],
  [['s01', '--until', 'soon'], /"soon" is not a time/],
  [['s01', '--vantage', 'link'], /--vantage says how to record: give --record FILE too/],
  [['s01', '--record', 'x', '--vantage', 'sendr'], /"sendr" is no point of view: .* Did you mean sender\?/],
  [['s01', '--record', '-', '--json'], /--record - and --json both write to standard output/],
  [['s01', '--record', '-', '--vantage', 'sender,link'], /standard output holds one recording, and there would be 2/],
  [['s01', '--record', 'nowhere/x.pcapng'], /cannot be created, for its folder does not exist/],
  [['--check', '--set', 'a=b'], /--set changes them/],
  [['s01', '--recrod', 'x'], /Did you mean --record\?/],
] as const) {
  test(`wrong: sash sim ${args.join(' ')}`, async (t) => {
    const { code, err } = await sim(...args);
    t.is(code, 2);
    t.regex(err, said);
  });
}
