// `sash rerun`: a simulated run again, to the octet; the commands of a transfer; and what cannot be run again.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readScenario, runScenario, VANTAGES } from '../../sim/index.ts';
import { recordOptions } from '../../src/cli/sim.ts';
import { openScenario } from '../../src/cli/sim-files.ts';
import { type Happening, PcapngReader } from '../../src/trace/index.ts';
import { finished, folder, LAUNCHER, receiver } from './sash.ts';

/** A run recorded by the command. */
async function recorded(t: ExecutionContext, ...args: readonly string[]): Promise<(vantage: string) => string> {
  const at = folder(t);
  const { code, stderr } = await finished(t, ['sim', ...args, '--record', join(at, 'run.pcapng')]);
  t.true(code === 0 || code === 1, stderr);
  return (vantage) => join(at, vantage === 'all' ? 'run.pcapng' : `run.${vantage}.pcapng`);
}

let shared: Promise<string> | undefined;
const scratch = mkdtempSync(join(tmpdir(), 'sash-rerun-'));
test.after.always(() => rmSync(scratch, { recursive: true, force: true }));

/** A copy of one recording, made once for all who need none of their own. */
async function aRecording(t: ExecutionContext): Promise<string> {
  shared ??= finished(t, ['sim', 's30', '--vantage', 'sender', '--record', join(scratch, 'run.pcapng')]).then(() =>
    join(scratch, 'run.sender.pcapng'),
  );
  const copy = join(folder(t), 'copy.pcapng');
  copyFileSync(await shared, copy);
  return copy;
}

test('a simulated run is run again to the octet, whatever was asked for and from wherever it was seen', async (t) => {
  const asked = ['s05', '--set', 'reading=50KB/s', '--seed', '7', '--until', '4s', '--snap', 'full'];
  const file = await recorded(t, ...asked, '--policy', 'window=naive');
  const { code, stdout, stderr } = await finished(t, ['rerun', file('receiver')]);
  t.is(code, 0, stderr);
  t.regex(stdout, new RegExp(`^identical: ${readFileSync(file('receiver')).length} octets`));
  const again = join(folder(t), 'again.pcapng');
  t.is((await finished(t, ['rerun', file('link'), '--record', again])).code, 0);
  t.deepEqual(readFileSync(again.replace('.pcapng', '.sender.pcapng')), readFileSync(file('sender')));
});

test('one file for all points of view, and lost segments, are no matter', async (t) => {
  const all = await recorded(t, 's31', '--one-file', '--until', '5s');
  t.is((await finished(t, ['rerun', all('all')])).code, 0);
});

/** Every scenario of the library that is soon done, recorded twice in this process: the same octets each time. */
test('what the library has is the same octets each time it is recorded', async (t) => {
  for (const name of ['s01', 's04', 's09', 's11', 's12', 's18', 's19', 's20', 's22', 's29', 's30', 's32']) {
    const { value, text } = await openScenario(name);
    const scenario = readScenario(value);
    const description = { kind: 'scenario', name, text, set: {}, seed: null, until: null, policy: null } as const;
    const run = { ...description, vantages: VANTAGES, oneFile: false, snap: 'headers' };
    const choice = { file: '', isStream: false, vantages: VANTAGES, isAllInOne: false, snap: 'headers' } as const;
    const record = (): Map<string, Uint8Array[]> => {
      const files = new Map<string, Uint8Array[]>();
      const sink = (vantage: string) => {
        const parts: Uint8Array[] = [];
        files.set(vantage, parts);
        return (octets: Uint8Array): void => void parts.push(octets.slice());
      };
      runScenario({ ...scenario, duration: 1e9, expectations: [] }, recordOptions({ choice, sink }, run, scenario));
      return files;
    };
    const [first, second] = [record(), record()];
    t.deepEqual([...first.keys()], [...second.keys()]);
    t.true(first.size >= 3, name);
    for (const [vantage, parts] of first) {
      t.true(Buffer.concat(parts).equals(Buffer.concat(second.get(vantage)!)), `${name} ${vantage}`);
    }
  }
});

test('where a recording was changed is told, and so is one that was cut short', async (t) => {
  const file = await aRecording(t);
  const octets = readFileSync(file);
  octets[20_000]! ^= 1;
  writeFileSync(file, octets);
  const changed = await finished(t, ['rerun', file]);
  t.is(changed.code, 1);
  t.regex(changed.stdout, /^differs: first at octet 20000, after \d+ packets and \d+ records, at 0\.\d{6} s\n$/);
  writeFileSync(file, octets.subarray(0, 10_000));
  t.regex((await finished(t, ['rerun', file])).stdout, /the recording ends at octet 10000, .*, and the run goes on/);
});

test('another version is named, and its run held against the recording all the same', async (t) => {
  const file = await aRecording(t);
  const octets = readFileSync(file);
  const here = Buffer.from('sash 0.');
  for (let at = octets.indexOf(here); at >= 0; at = octets.indexOf(here, at + 1)) octets.write('sash 9.', at);
  writeFileSync(file, octets);
  const { code, stdout, stderr } = await finished(t, ['rerun', file]);
  t.is(code, 0, stdout);
  t.regex(stderr, /recorded by sash 9\.\S+, run again by sash \S+: what differs may be the version's doing/);
});

test('policies of a file: gone, or changed, is told', async (t) => {
  const at = folder(t);
  const policy = join(at, 'mine.mjs');
  const text = "export const window = { name: 'mine', offer: ({ room }) => room };\n";
  writeFileSync(policy, text);
  const file = (await recorded(t, 's30', '--policy', policy))('sender');
  writeFileSync(policy, `${text}// changed\n`);
  t.regex((await finished(t, ['rerun', file])).stderr, /mine\.mjs is not what it was when this was recorded/);
  writeFileSync(policy, '');
  const emptied = await finished(t, ['rerun', file]);
  t.is(emptied.code, 2);
  t.regex(emptied.stderr, /exports no policy/);
});

test('of a transfer the commands of both ends are said, and run', async (t) => {
  const at = folder(t);
  const files = { sender: join(at, 's.pcapng'), receiver: join(at, 'r.pcapng') };
  const { recv, address } = await receiver(t, ['--once', '--window', '16KiB', '--record', files.receiver]);
  const flags = ['--bytes', '100KB', '--rate', '2MB/s', '--no-sack', '--record', files.sender];
  t.is((await finished(t, ['send', address, ...flags])).code, 0);
  t.is((await recv.ended).code, 0);
  const sender = await finished(t, ['rerun', files.sender]);
  t.is(sender.code, 0, sender.stderr);
  const port = address.split(':')[1]!;
  t.is(
    sender.stdout,
    `sash recv ${port} --once --window 16384 --no-sack\nsash send ${address} --bytes 100000B --rate 2MB/s --no-sack\n`,
  );
  const other = await finished(t, ['rerun', files.receiver]);
  t.regex(other.stdout, new RegExp(`^sash recv ${port} --once --window 16KiB\\nsash send ${address} --bytes 100000 `));
  const again = await finished(t, ['rerun', files.sender, '--run']);
  t.is(again.code, 0, again.stderr);
  t.regex(again.stderr, /sent 97\.7 KiB|sent .*100,000 octets/);
});

test('what says nothing of its making cannot be run again, and is told', async (t) => {
  const at = folder(t);
  const empty = join(at, 'empty.pcapng');
  writeFileSync(empty, '');
  const foreign = join(at, 'foreign.pcapng');
  writeFileSync(foreign, 'no capture at all, but a text that is long enough for a block');
  for (const [args, said] of [
    [[join(at, 'gone.pcapng')], /gone\.pcapng does not exist/],
    [[empty], /is empty: there is nothing to run again/],
    [[foreign], /is no recording of sash/],
    [['-'], /reads and writes files/],
  ] as const) {
    const { code, stderr } = await finished(t, ['rerun', ...args]);
    t.is(code, 2, stderr);
    t.regex(stderr, said);
  }
});

/** A reader of standard output that takes `octets` of it and goes away. */
function intoHead(t: ExecutionContext, args: readonly string[], octets: number): Promise<{ stderr: string }> {
  const shell = spawn('sh', ['-c', `"$@"  | head -c ${octets} > /dev/null`, 'sh', process.execPath, LAUNCHER, ...args]);
  t.teardown(() => shell.kill('SIGKILL'));
  let stderr = '';
  shell.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  return new Promise((resolve) => shell.once('close', () => resolve({ stderr })));
}

test('a simulation is recorded to standard output; a reader who goes away ends the recording, not the run', async (t) => {
  const { code, stdout, stderr } = await finished(t, ['sim', 's30', '--record', '-', '--vantage', 'link']);
  t.is(code, 0);
  t.regex(stderr, /octets-read +200000B/, 'what was measured is said beside it');
  t.true(stdout.length > 10_000);
  const gone = await intoHead(t, ['sim', 's30', '--record', '-'], 100);
  t.regex(gone.stderr, /octets-read +200000B/);
});

test('a transfer does not wait for whoever reads its recording, until 8 MiB do', async (t) => {
  const { recv, address } = await receiver(t, ['--once']);
  const args = ['send', address, '--bytes', '20MB', '--record', '-', '--quiet'];
  const send = spawn(process.execPath, [LAUNCHER, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => send.kill('SIGKILL'));
  t.is((await recv.ended).code, 0, 'all has arrived, and nobody has read');
  let recording = 0;
  send.stdout.on('data', (octets: Buffer) => (recording += octets.length));
  await new Promise((resolve) => send.once('close', resolve));
  t.true(recording > 1_000_000 && recording < 8_388_608);
});

test('a transfer outlives whoever reads its recording', async (t) => {
  const { recv, address } = await receiver(t, ['--once']);
  const { stderr } = await intoHead(t, ['send', address, '--bytes', '20MB', '--record', '-'], 1_000);
  t.regex(stderr, /whoever read standard output has closed it.*; the transfer goes on without a recording/);
  t.is((await recv.ended).code, 0);
  t.regex(recv.stderr, /20,000,000 octets/);
});

test('the recording of a link has every segment once, lost ones marked, in the order of time', async (t) => {
  const file = (await recorded(t, 's31', '--until', '5s', '--vantage', 'link'))('link');
  const happenings: Happening[] = [];
  const reader = new PcapngReader((happening) => happenings.push(happening));
  reader.push(readFileSync(file));
  t.deepEqual(reader.end().faults, {});
  const segments = happenings.filter((happening) => happening.type === 'segment');
  const lost = segments.filter(({ comment = '' }) => comment.startsWith('lost: rule 1'));
  t.true(lost.length > 10);
  t.true(lost.length < segments.length / 4);
  t.true(segments.every(({ atNs }, at) => at === 0 || segments[at - 1]!.atNs <= atNs));
});
