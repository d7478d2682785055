// `sash rerun`: a simulated run again, to the octet; the commands of a transfer; and what cannot be run again. What needs no
// process of its own is called here, one test after another.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { readScenario, runScenario, VANTAGES } from '../../sim/index.ts';
import { Fault } from '../../src/cli/faults.ts';
import { type Given } from '../../src/cli/flag.ts';
import { rerun } from '../../src/cli/rerun.ts';
import { recordOptions, sim } from '../../src/cli/sim.ts';
import { openScenario } from '../../src/cli/sim-files.ts';
import { type Happening, PcapngReader } from '../../src/trace/index.ts';
import { freePort } from '../ports.ts';
import { finished, folder, LAUNCHER, receiver, Sash } from './sash.ts';

interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

/** A command, in this process: what it says, and its exit code. */
async function called(command: (argv: Given) => Promise<number>, argv: Given): Promise<Said> {
  const said: Said = { code: -1, stdout: '', stderr: '' };
  const streams = [
    { stream: process.stdout, name: 'stdout' },
    { stream: process.stderr, name: 'stderr' },
  ] as const;
  for (const { stream, name } of streams) {
    stream.write = (text: string | Uint8Array, ...rest: unknown[]): boolean => {
      said[name] += Buffer.from(text as Uint8Array).toString();
      const done = rest.at(-1);
      if (typeof done === 'function') process.nextTick(done);
      return true;
    };
  }
  try {
    said.code = await command(argv);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    said.code = error.exitCode;
    said.stderr += error.message;
  } finally {
    // What was set here hides what the streams have of their own.
    for (const { stream } of streams) Reflect.deleteProperty(stream, 'write');
  }
  return said;
}

const again = (file: string, argv: Given = {}): Promise<Said> => called(rerun, { file, ...argv });

/** A run, recorded. */
async function recorded(t: ExecutionContext, scenario: string, argv: Given = {}): Promise<(vantage: string) => string> {
  const at = folder(t);
  const { code, stderr } = await called(sim, { scenario, record: join(at, 'run.pcapng'), ...argv });
  t.true(code === 0 || code === 1, stderr);
  return (vantage) => join(at, vantage === 'all' ? 'run.pcapng' : `run.${vantage}.pcapng`);
}

let shared: string | undefined;
const scratch = mkdtempSync(join(tmpdir(), 'sash-rerun-'));
test.after.always(() => rmSync(scratch, { recursive: true, force: true }));

/** A copy of one recording, made once for all who need none of their own. */
async function aRecording(t: ExecutionContext): Promise<string> {
  if (shared === undefined) {
    await called(sim, { scenario: 's30', vantage: 'sender', record: join(scratch, 'run.pcapng') });
    shared = join(scratch, 'run.sender.pcapng');
  }
  const copy = join(folder(t), 'copy.pcapng');
  copyFileSync(shared, copy);
  return copy;
}

test.serial(
  'a simulated run is run again to the octet, whatever was asked and from wherever it was seen',
  async (t) => {
    const file = await recorded(t, 's05', {
      set: 'reading=50KB/s',
      seed: '7',
      until: '4s',
      snap: 'full',
      policy: 'window=naive',
    });
    const { code, stdout, stderr } = await finished(t, ['rerun', file('receiver')]);
    t.is(code, 0, stderr);
    t.regex(stdout, new RegExp(`^identical: ${readFileSync(file('receiver')).length} octets`));
    const copy = join(folder(t), 'again.pcapng');
    t.is((await again(file('link'), { record: copy })).code, 0);
    t.deepEqual(readFileSync(copy.replace('.pcapng', '.sender.pcapng')), readFileSync(file('sender')));
  },
);

test.serial('one file for all points of view, and lost segments, are no matter', async (t) => {
  const all = await recorded(t, 's31', { 'one-file': true, until: '5s' });
  t.is((await again(all('all'))).code, 0);
});

/** Every scenario of the library that is soon done, recorded twice in this process: the same octets each time. */
test.serial('what the library has is the same octets each time it is recorded', async (t) => {
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

test.serial('where a recording was changed is told, and so is one that was cut short', async (t) => {
  const file = await aRecording(t);
  const octets = readFileSync(file);
  octets[20_000]! ^= 1;
  writeFileSync(file, octets);
  const changed = await again(file);
  t.is(changed.code, 1);
  t.regex(changed.stdout, /^differs: first at octet 20000, after \d+ packets and \d+ records, at 0\.\d{6} s\n$/);
  writeFileSync(file, octets.subarray(0, 10_000));
  t.regex((await again(file)).stdout, /the recording ends at octet 10000, .*, and the run goes on/);
});

test.serial('another version is named, and its run held against the recording all the same', async (t) => {
  const file = await aRecording(t);
  const octets = readFileSync(file);
  const here = Buffer.from('sash 0.');
  for (let at = octets.indexOf(here); at >= 0; at = octets.indexOf(here, at + 1)) octets.write('sash 9.', at);
  writeFileSync(file, octets);
  const { code, stdout, stderr } = await again(file);
  t.is(code, 0, stdout);
  t.regex(stderr, /recorded by sash 9\.\S+, run again by sash \S+: what differs may be the version's doing/);
});

test.serial('policies of a file: gone, or changed, is told', async (t) => {
  const at = folder(t);
  const policy = join(at, 'mine.mjs');
  const text = "export const window = { name: 'mine', offer: ({ room }) => room };\n";
  writeFileSync(policy, text);
  const file = (await recorded(t, 's30', { policy }))('sender');
  writeFileSync(policy, `${text}// changed\n`);
  t.regex((await again(file)).stderr, /mine\.mjs is not what it was when this was recorded/);
  writeFileSync(policy, '');
  // In a process of its own: here the module would still be what it was.
  const emptied = await finished(t, ['rerun', file]);
  t.is(emptied.code, 2);
  t.regex(emptied.stderr, /exports no policy/);
});

test.serial('of a transfer the commands of both ends are said, and run', async (t) => {
  const at = folder(t);
  const files = { sender: join(at, 's.pcapng'), receiver: join(at, 'r.pcapng') };
  const port = await freePort(); // one that nobody has taken when it is listened on again
  const receiving = ['--once', '--window', '16KiB', '--record', files.receiver];
  const recv = new Sash(t, ['recv', `127.0.0.1:${port}`, ...receiving]);
  const address = await recv.address();
  const flags = ['--bytes', '100KB', '--rate', '2MB/s', '--no-sack', '--record', files.sender];
  t.is((await finished(t, ['send', address, ...flags])).code, 0);
  t.is((await recv.ended).code, 0);
  const sender = await again(files.sender);
  t.is(sender.code, 0, sender.stderr);
  t.is(
    sender.stdout,
    `sash recv ${port} --once --window 16384 --no-sack\nsash send ${address} --bytes 100000B --rate 2MB/s --no-sack\n`,
  );
  const other = await again(files.receiver);
  t.regex(other.stdout, new RegExp(`^sash recv ${port} --once --window 16KiB\\nsash send ${address} --bytes 100000 `));
  const both = await again(files.sender, { run: true });
  t.is(both.code, 0, both.stderr);
  t.regex(both.stderr, /sent 97\.7 KiB|sent .*100,000 octets/);
});

test.serial('what says nothing of its making cannot be run again, and is told', async (t) => {
  const at = folder(t);
  const empty = join(at, 'empty.pcapng');
  writeFileSync(empty, '');
  const foreign = join(at, 'foreign.pcapng');
  writeFileSync(foreign, 'no capture at all, but a text that is long enough for a block');
  const zipped = join(at, 'run.pcapng.gz');
  writeFileSync(zipped, gzipSync(readFileSync(await aRecording(t))));
  for (const [file, said] of [
    [join(at, 'gone.pcapng'), /gone\.pcapng does not exist/],
    [empty, /is empty: there is nothing to run again/],
    [foreign, /is no recording of sash/],
    [zipped, /is compressed, .*: unpack it with gunzip first/],
    ['-', /reads and writes files/],
  ] as const) {
    const { code, stderr } = await again(file);
    t.is(code, 2, stderr);
    t.regex(stderr, said);
  }
});

/** A reader of standard output that takes `octets` of it and goes away; how many it got. */
function intoHead(
  t: ExecutionContext,
  args: readonly string[],
  octets: number,
): Promise<{ read: number; stderr: string }> {
  const command = `"$@" | head -c ${octets} | wc -c`;
  const shell = spawn('sh', ['-c', command, 'sh', process.execPath, LAUNCHER, ...args]);
  t.teardown(() => shell.kill('SIGKILL'));
  let [read, stderr] = ['', ''];
  shell.stdout.on('data', (text: Buffer) => (read += text.toString()));
  shell.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  return new Promise((resolve) => shell.once('close', () => resolve({ read: Number(read), stderr })));
}

test('a simulation is recorded to standard output; a reader who goes away ends the recording, not the run', async (t) => {
  const { read, stderr } = await intoHead(t, ['sim', 's30', '--record', '-', '--vantage', 'link'], 10_000);
  t.is(read, 10_000);
  t.regex(stderr, /octets-read +200000B/, 'what was measured is said beside it, to the end of the run');
});

test('a transfer does not wait for whoever reads its recording, until 8 MiB do', async (t) => {
  const { recv, address } = await receiver(t, ['--once']);
  const args = ['send', address, '--bytes', '10MB', '--record', '-', '--quiet'];
  const send = spawn(process.execPath, [LAUNCHER, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => send.kill('SIGKILL'));
  t.is((await recv.ended).code, 0, 'all has arrived, and nobody has read');
  let recording = 0;
  send.stdout.on('data', (octets: Buffer) => (recording += octets.length));
  await new Promise((resolve) => send.once('close', resolve));
  t.true(recording > 500_000 && recording < 8_388_608);
});

test('a transfer outlives whoever reads its recording', async (t) => {
  const { recv, address } = await receiver(t, ['--once']);
  const { stderr } = await intoHead(t, ['send', address, '--bytes', '5MB', '--record', '-'], 1_000);
  t.regex(stderr, /whoever read standard output has closed it.*; the transfer goes on without a recording/);
  t.is((await recv.ended).code, 0);
  t.regex(recv.stderr, /5,000,000 octets/);
});

test.serial('the recording of a link has every segment once, lost ones marked, in the order of time', async (t) => {
  const file = (await recorded(t, 's31', { until: '5s', vantage: 'link' }))('link');
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
