// `sash trace`: what was recorded, in lines; and recordings to wherever they may go.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { audit, type Happening, PcapngReader } from '../../src/trace/index.ts';
import { type Summary } from '../../src/cli/summary.ts';
import { takeTurns } from '../turns.ts';
import { finished, folder, LAUNCHER, receiver, sha256 } from './sash.ts';

takeTurns();

let shared: Promise<string> | undefined;
const scratch = mkdtempSync(join(tmpdir(), 'sash-trace-'));
test.after.always(() => rmSync(scratch, { recursive: true, force: true }));

/** A small transfer whose receiver pauses, recorded at the sender: made once for all. */
async function recorded(t: ExecutionContext): Promise<{ at: string; record: string }> {
  shared ??= transferred(t);
  return { at: folder(t), record: await shared };
}

async function transferred(t: ExecutionContext): Promise<string> {
  for (;;) {
    const record = join(scratch, 'run.pcapng');
    const { recv, address } = await receiver(t, ['--once', '--read-plan', '2s stop, full']);
    const args = ['send', address, '--bytes', '200KB', '--record', record, '--quiet', '--json'];
    const { code, stdout, stderr } = await finished(t, args);
    t.is(code, 0, stderr);
    t.is(stderr, '', '--quiet says nothing where nothing is wrong');
    await recv.ended;
    // A machine that stands still for two seconds sees nothing of a pause of two seconds.
    if ((JSON.parse(stdout) as Summary).zeroWindow.count > 0) return record;
  }
}

test('show prints segments as packetdrill writes them, and why it was silent', async (t) => {
  const { record } = await recorded(t);
  const { code, stdout, stderr } = await finished(t, ['trace', 'show', record]);
  t.is(code, 0, stderr);
  const lines = stdout.trimEnd().split('\n');
  t.regex(lines[0]!, /^\+0\.000000 \* /);
  t.true(lines.some((line) => /> S 0:0\(0\) win \d+ <mss 1460/.test(line)));
  t.true(lines.some((line) => /\* zero-window, after .*: the receiver offers nothing/.test(line)));
  const absolute = await finished(t, ['trace', 'show', record, '--times', 'since-start']);
  t.regex(absolute.stdout, /^0\.\d{6} \* /);
  t.is(absolute.stdout.split('\n').length, stdout.split('\n').length);
});

test('show --stream shows one conversation of several', async (t) => {
  const file = fileURLToPath(new URL('../../../test/trace/captures/ports-reused.pcap', import.meta.url));
  const { stdout } = await finished(t, ['trace', 'show', file, '--stream', '1']);
  t.true(stdout.split('\n').length > 2);
  for (const line of stdout.trimEnd().split('\n')) t.regex(line, /\[1\]|conversation 1/);
});

test('export writes a JSON document a line, and both read standard input', async (t) => {
  const { record } = await recorded(t);
  const exported = await finished(t, ['trace', 'export', record, '--to', 'jsonl']);
  t.is(exported.code, 0, exported.stderr);
  const happenings = exported.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });
  t.is(happenings[0]?.type, 'recording');
  t.is(happenings.at(-1)?.type, 'end');
  const piped = await finished(t, ['trace', 'export', '-', '--to', 'jsonl'], { input: readFileSync(record) });
  t.is(piped.stdout, exported.stdout);
});

test('a reader who has seen enough is no error', async (t) => {
  const { record } = await recorded(t);
  const line = '"$0" "$1" trace show "$2"; echo "code $?" >&2';
  const shell = spawn('sh', ['-c', `(${line}) | head -n 1`, process.execPath, LAUNCHER, record]);
  let stderr = '';
  shell.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  await new Promise((resolve) => shell.once('close', resolve));
  t.is(stderr, 'code 0\n');
});

test('a recording that is cut short is shown as far as it goes', async (t) => {
  const { at, record } = await recorded(t);
  const cut = join(at, 'cut.pcapng');
  const octets = readFileSync(record);
  writeFileSync(cut, octets.subarray(0, octets.length - 7));
  const { code, stdout, stderr } = await finished(t, ['trace', 'show', cut]);
  t.is(code, 1);
  t.regex(stderr, /cut\.pcapng is cut short: its last \d+ octets are part of something; all before them was read/);
  t.true(stdout.split('\n').length > 100);
});

test('a recording to standard output is the recording', async (t) => {
  const { recv, address } = await receiver(t, ['--record', '-']);
  t.is((await finished(t, ['send', address, '--bytes', '100KB'])).code, 0);
  t.is((await recv.ended).code, 0);
  const happenings: Happening[] = [];
  const reader = new PcapngReader((happening) => happenings.push({ ...happening }));
  reader.push(recv.stdout);
  t.deepEqual(reader.end().faults, {});
  const { isSound } = audit(happenings);
  t.true(isSound);
  t.is((await finished(t, ['trace', 'show', '-'], { input: recv.stdout })).code, 0);
});

test('connections after the first are recorded beside it', async (t) => {
  const at = folder(t);
  const { recv, address } = await receiver(t, ['--record', join(at, 'run.pcapng')]);
  t.is((await finished(t, ['send', address, '--bytes', '1KB'])).code, 0);
  t.is((await finished(t, ['send', address, '--bytes', '1KB'])).code, 0);
  await recv.says(/received(?:.|\n)*received(?:.|\n)*recording/);
  recv.child.kill('SIGINT');
  t.is((await recv.ended).code, 130);
  const [first, second] = ['run.pcapng', 'run-2.pcapng'].map((name) => sha256(join(at, name)));
  t.not(first, second);
  for (const name of ['run.pcapng', 'run-2.pcapng']) {
    t.is((await finished(t, ['trace', 'show', join(at, name)])).code, 0);
  }
});
