// What is wrong gets one sentence that names the fault and the cure, and the right exit code; and nothing is lost by it.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Fault } from '../../src/cli/faults.ts';
import { type Given } from '../../src/cli/flag.ts';
import { recv } from '../../src/cli/recv.ts';
import { send } from '../../src/cli/send.ts';
import { traceShow } from '../../src/cli/trace.ts';
import { takeTurns } from '../turns.ts';
import { finished, folder, receiver, Sash } from './sash.ts';

takeTurns();

/** A command that is refused before it does anything. */
async function refused(t: ExecutionContext, args: readonly string[], code: number, sentence: RegExp): Promise<void> {
  const ended = await finished(t, args);
  t.is(ended.code, code, ended.stderr);
  t.is(ended.stdout, '');
  t.is(ended.stderr.trimEnd().split('\n').length, 1, ended.stderr);
  t.regex(ended.stderr, sentence);
}

test('a command line that is wrong', async (t) => {
  const wrongs: [string[], RegExp][] = [
    [['recive'], /^sash: there is no command "recive"\. Did you mean recv\?/],
    [['recv', '--windw', '1KiB'], /there is no flag --windw\. Did you mean --window\? See: sash recv --help/],
    [['send', 'x:1', '--no-nagel'], /there is no flag --no-nagel\. Did you mean --nagle\?/],
    [['recv', '--window'], /--window needs a value/],
    [['recv', '1', '2'], /"2" is one argument too many/],
    [['trace'], /no action given/],
    [['trace', 'export', 'x', '--to', 'jsnol'], /--to: "jsnol" is not a format: choose jsonl, .* Did you mean jsonl\?/],
    [['trace', 'export', 'x'], /--to is missing\. See: sash trace export --help/],
    [['trace', 'shwo', 'x'], /there is no action "shwo": choose from show, .*\. Did you mean show\?/],
    [['trace', 'diff', 'x'], /two files are needed, as in: sash trace diff before\.pcapng after\.pcapng/],
    [['rerun'], /FILE is missing, as in: sash rerun run\.pcapng/],
  ];
  await Promise.all(wrongs.map(([args, sentence]) => refused(t, args, 2, sentence)));
});

/** The same without a process: what a command throws before it does anything. */
async function faulty(t: ExecutionContext, command: typeof recv, given: Given, message: RegExp): Promise<void> {
  const fault = await t.throwsAsync(() => command(given), { instanceOf: Fault, message });
  t.is(fault?.exitCode, 2);
}

test('flags that are wrong', async (t) => {
  const receiving: [Given, RegExp][] = [
    [{ window: '64Kb' }, /^--window: "64Kb" is not a size: a small b may mean bits; write 64KB$/],
    [{ window: '2GiB' }, /^--window must be a whole number from 1 to \d+, and is 2147483648$/],
    [{ 'read-rate': 'fast' }, /^--read-rate: "fast" is not a rate: .* as in 1MB\/s or 10Mbit\/s$/],
    [{ 'read-plan': '2s full, 3 stop' }, /^--read-plan: phase 2 of the plan: "3" is not a time; write/],
    [{ 'read-plan': 'stop', 'read-rate': '1MB/s' }, /both say how fast to read: give one of the two/],
    [{ 'delayed-ack': '1s' }, /^--delayed-ack must be under 500 ms/],
    [{ 'window-scale': '15' }, /^--window-scale: "15" is not a shift count: write auto, off, or/],
    [{ 'window-scale': '14', window: '4KiB' }, /^--window-scale 14 counts in units of 16384 octets/],
    [{ mss: 'big' }, /^--mss: "big" is not a whole number of octets, as in 1460$/],
    [{ probe: 'bsd' }, /^--probe: "bsd" is not one of them: choose rfc or linux$/],
    [{ 'read-chunk': '0' }, /^--read-chunk: "0" is nothing at all: a chunk is one octet at least, as in 4KiB$/],
    [{ keepalive: '0s' }, /^--keepalive: "0s" is no time at all: write off, or a time/],
    [{ 'user-timeout': '0' }, /^--user-timeout: "0" is no time at all/],
    [{ keepalive: 'often' }, /^--keepalive: "often" is not a time/],
    [{ out: '' }, /^--out: a value is missing/],
    [{ address: '1.2.3.4:x' }, /"x" is not a port: ports are whole numbers from 0 to 65535/],
    [{ address: '99999' }, /"99999" is not a port/],
    [{ address: '::1' }, /write HOST:PORT, and an IPv6 address in brackets, as in \[::1\] or \[::1\]:9293$/],
    [{ address: '[localhost]:1' }, /"localhost" is not an IPv6 address/],
    [{ out: '-', json: true }, /^--out - and --json all write to standard output/],
  ];
  for (const [given, message] of receiving) await faulty(t, recv, given, message);
  const sending: [Given, RegExp][] = [
    [{}, /^nowhere to send to/],
    [{ to: '9293', bytes: '1' }, /^"9293" names no host: write HOST:PORT, as in localhost:9293$/],
    [{ to: 'localhost:0', bytes: '1' }, /names port 0, which no one listens on/],
    [{ to: 'localhost' }, /^nothing to send: name a FILE, - for standard input, or --bytes 100MiB/],
    [{ to: 'localhost', file: 'x', bytes: '1' }, /^FILE and --bytes are both given/],
    [{ to: 'localhost', 'write-chunk': '0KiB', bytes: '1' }, /^--write-chunk: "0KiB" is nothing at all/],
    [{ to: 'localhost', rate: '0KB/s' }, /^--rate: "0KB\/s" is no speed at all/],
    [{ to: 'localhost', record: '-', json: true, bytes: '1' }, /^--record - and --json all write/],
  ];
  for (const [given, message] of sending) await faulty(t, send, given, message);
});

test('files that cannot be read or written', async (t) => {
  const at = folder(t);
  writeFileSync(join(at, 'plain'), 'no recording');
  writeFileSync(join(at, 'not.yaml'), 'a: [');
  writeFileSync(join(at, 'typo.yaml'), 'windw: 64KiB');
  writeFileSync(join(at, 'other.yaml'), 'read-rate: 1MB/s');
  writeFileSync(join(at, 'list.yaml'), '- 1');
  writeFileSync(join(at, 'deep.yaml'), 'recv:\n  read-rat: full');
  writeFileSync(join(at, 'value.yaml'), 'window: big');
  writeFileSync(join(at, 'empty'), '');
  mkdirSync(join(at, 'folder'));
  const to = 'localhost:1';
  await faulty(t, send, { to, file: join(at, 'none') }, /none does not exist: check its name, or use --bytes 100MiB/);
  await faulty(t, send, { to, file: join(at, 'folder') }, /folder is a folder: name a file/);
  await faulty(t, send, { config: join(at, 'other.yaml') }, /flag of `sash recv`: put it under "recv:"/);
  const receiving: [Given, RegExp][] = [
    [{ out: join(at, 'folder') }, /folder is a folder: name a file in it/],
    [{ out: join(at, 'no', 'where') }, /cannot be created, for its folder does not exist/],
    [{ config: join(at, 'none.yaml') }, /none\.yaml does not exist: check its name$/],
    [{ config: join(at, 'not.yaml') }, /not\.yaml is not YAML/],
    [{ config: join(at, 'list.yaml') }, /keys and values are expected, as in "window: 64KiB"$/],
    [{ config: join(at, 'typo.yaml') }, /"windw" is not a setting of `sash recv`\. Did you mean window\?$/],
    [{ config: join(at, 'deep.yaml') }, /"recv\.read-rat" is not a setting of `sash recv`\. Did you mean read-rate\?$/],
    [{ config: join(at, 'value.yaml') }, /value\.yaml: window: "big" is not a size/],
  ];
  for (const [given, message] of receiving) await faulty(t, recv, given, message);
  await faulty(t, traceShow, { file: join(at, 'plain') }, /plain is not a capture/);
  await faulty(t, traceShow, { file: join(at, 'empty') }, /empty is empty: there is nothing in it to read$/);
  await faulty(t, traceShow, { file: join(at, 'none') }, /none does not exist: check its name$/);
});

test('a file that one may not read', async (t) => {
  const file = join(folder(t), 'secret');
  writeFileSync(file, 'x');
  chmodSync(file, 0);
  const isRoot = process.getuid?.() === 0;
  // Root may read everything: become nobody, if there is the program for it.
  const within = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  chmodSync(join(file, '..'), 0o755);
  const { code, stderr } = await finished(t, ['send', 'localhost:1', file], { within });
  t.is(code, 2, stderr);
  t.regex(stderr, /secret may not be read by you: change its permissions, or choose another/);
});

test('a switch with a value it does not take', async (t) => {
  const sentence = /--nagle is a switch and takes no "off": write --nagle or --no-nagle/;
  await refused(t, ['recv', '--nagle', 'off', '--print-config'], 2, sentence);
  await refused(t, ['send', 'localhost:1', '--bytes', '1', '--nagle=off'], 2, sentence);
  await refused(t, ['recv', '--no-sws=on'], 2, /--sws is a switch and takes no "on"/);
  t.regex((await finished(t, ['recv', '--nagle=false', '--print-config'])).stdout, /^nagle: false$/m);
});

test('a flag of the other command', async (t) => {
  const sentence = /^sash: --read-rate is a flag of `sash recv`, not of `sash send`\./;
  await refused(t, ['send', 'localhost:1', '--bytes', '1', '--read-rate', '1MB/s'], 2, sentence);
});

test('nobody there, nobody known, no place to listen', async (t) => {
  await refused(
    t,
    ['send', '127.0.0.1:1', '--bytes', '1'],
    3,
    /nothing listens on 127\.0\.0\.1:1: start `sash recv 1`/,
  );
  await refused(t, ['send', 'localhost:1', '--bytes', '1'], 3, /nothing listens on localhost:1/);
  await refused(
    t,
    ['send', 'no-such-host.invalid', '--bytes', '1'],
    3,
    /host "no-such-host\.invalid" (is unknown|cannot be looked up)/,
  );
  await refused(t, ['recv', '192.0.2.77:0'], 3, /this host has no address 192\.0\.2\.77/);
  const { address } = await receiver(t);
  const port = address.split(':')[1]!;
  await refused(
    t,
    ['recv', `127.0.0.1:${port}`],
    3,
    /is in use by another program: stop that one, or choose another port/,
  );
});

/** A listener that answers every connection with these octets; its address. */
async function answering(t: ExecutionContext, answer: (socket: Socket) => void): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    answer(socket);
  });
  t.teardown(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('sending to what is not sash', async (t) => {
  const ssh = await answering(t, (socket) => socket.write('SSH-2.0-OpenSSH_9.2p1\r\n'));
  await refused(
    t,
    ['send', ssh, '--bytes', '1', '--quiet'],
    3,
    /does not speak sash: it sent .*SSH.*; both ends must be sash/,
  );
  const other = await answering(t, (socket) => socket.write(Buffer.from('534153480007000000140000', 'hex')));
  await refused(t, ['send', other, '--bytes', '1'], 3, /speaks another sash: .*; use the same version at both ends/);
  const short = await answering(t, (socket) => socket.end(Buffer.from('5341534800', 'hex')));
  await refused(t, ['send', short, '--bytes', '1'], 3, /ended the carrier inside the preface, after 5 octets/);
  const nothing = await answering(t, (socket) => socket.destroy());
  await refused(t, ['send', nothing, '--bytes', '1'], 3, /turned the connection away|ended the carrier/);
});

test('what is not sash at a receiver is turned away, and the next is served', async (t) => {
  const at = folder(t);
  const out = join(at, 'out');
  const record = join(at, 'run.pcapng');
  const { recv: receiving, address } = await receiver(t, ['--out', out, '--record', record, '--json']);
  const [host, port] = address.split(':') as [string, string];
  const stranger = (octets: string | Buffer): void => {
    const socket = connect(Number(port), host, () => socket.end(octets));
    socket.on('error', () => {}).resume();
  };
  stranger('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await receiving.says(/not a connection: .* does not speak sash: it sent .*HTTP/);
  stranger(Buffer.from('5341534800090000', 'hex'));
  await receiving.says(/speaks another sash/);
  stranger(Buffer.from('53415348000100000013', 'hex'));
  await receiving.says(/a frame of 19 octets, where 20 to \d+ are possible/);
  stranger(Buffer.from('5341534800010000001400', 'hex'));
  await receiving.says(/ended the carrier inside a frame, after 3 of its octets/);

  t.is((await finished(t, ['send', address, '--bytes', '10KB'])).code, 0);
  t.is((await receiving.ended).code, 0);
  t.is(readFileSync(out).length, 10_000);
  t.is(receiving.json.recording?.file, record);
  t.deepEqual(spawnSync('ls', [at], { encoding: 'utf8' }).stdout.trim().split('\n'), ['out', 'run.pcapng']);
});

test('a peer that is killed', async (t) => {
  const out = join(folder(t), 'out');
  const { recv: receiving, address } = await receiver(t, ['--out', out, '--read-rate', '1MB/s']);
  const sender = new Sash(t, ['send', address, '--bytes', '100MB']);
  await sender.says(/of 95\.4 MiB/);
  sender.child.kill('SIGKILL');
  t.is((await receiving.ended).code, 1);
  t.regex(receiving.stderr, /ended the carrier|went away after .*: the peer was killed/);
  t.regex(receiving.stderr, /out\.partial holds the .* that were acknowledged/);
  t.true(existsSync(`${out}.partial`));

  const second = await receiver(t, ['--read-rate', '1MB/s']);
  const other = new Sash(t, ['send', second.address, '--bytes', '100MB']);
  await other.says(/of 95\.4 MiB/);
  second.recv.child.kill('SIGKILL');
  t.is((await other.ended).code, 1);
  t.regex(other.stderr, /sash: .*(ended the carrier|went away after .*: the peer was killed)/);
});

test('a peer that is stopped', async (t) => {
  const { recv: receiving, address } = await receiver(t, ['--once']);
  const sender = new Sash(t, ['send', address, '--bytes', '5MB', '--rate', '1MB/s']);
  await sender.says(/of 4\.77 MiB/);
  receiving.child.kill('SIGSTOP');
  await sender.says(/the peer has said nothing for 1\d s/);
  receiving.child.kill('SIGCONT');
  t.is((await sender.ended).code, 0);
  t.is((await receiving.ended).code, 0);
});

test('a disk that is full', async (t) => {
  const { recv: receiving, address } = await receiver(t, ['--out', '/dev/full', '--json']);
  const sender = await finished(t, ['send', address, '--bytes', '1MB']);
  t.is(sender.code, 1);
  t.regex(sender.stderr, /reset the connection/);
  t.is((await receiving.ended).code, 1);
  t.regex(receiving.stderr, /the disk of \/dev\/full is full: make room, and start again/);
  t.is(receiving.json.error?.code, 'ENOSPC');
});

const tiny = spawnSync('sh', [
  '-c',
  'd=$(mktemp -d) && mount -t tmpfs -o size=256k tmpfs "$d" && umount "$d"; s=$?; rmdir "$d"; exit $s',
]);
const onTinyDisk = tiny.status === 0 || process.env['CI'] === 'true' ? test : test.skip;

onTinyDisk('a disk that fills up keeps the beginning (needs to mount a tmpfs: run as root)', async (t) => {
  const at = folder(t);
  const disk = join(at, 'disk');
  mkdirSync(disk);
  t.is(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]).status, 0);
  try {
    const out = join(disk, 'out');
    const { recv: receiving, address } = await receiver(t, ['--out', out]);
    t.is((await finished(t, ['send', address, '--bytes', '1MB'])).code, 1);
    t.is((await receiving.ended).code, 1);
    t.regex(receiving.stderr, /the disk of .*out is full/);
    t.regex(
      receiving.stderr,
      /out\.partial holds the first .*; what else was acknowledged could not be stored, and is lost/,
    );
    t.is(readFileSync(`${out}.partial`).length, 262_144);
    t.false(existsSync(out));
  } finally {
    spawnSync('umount', [disk]);
  }
});

test('a recording that cannot be written is told once, and the transfer goes on', async (t) => {
  const { recv: receiving, address } = await receiver(t, ['--once', '--record', '/dev/full', '--json']);
  const sender = await finished(t, ['send', address, '--bytes', '3MB']);
  t.is(sender.code, 0, sender.stderr);
  t.is((await receiving.ended).code, 0);
  t.is(receiving.stderr.split('the disk of /dev/full is full').length, 2, receiving.stderr);
  t.is(receiving.json.octets, 3_000_000);
  t.truthy(receiving.json.recording?.error);
});

test('whoever read standard output goes away', async (t) => {
  const { recv: receiving, address } = await receiver(t, ['--out', '-']);
  receiving.child.stdout!.pause();
  const sender = new Sash(t, ['send', address, '--bytes', '100MB']);
  await sender.says(/zero-window/);
  receiving.child.stdout!.destroy();
  t.is((await receiving.ended).code, 1);
  t.regex(receiving.stderr, /whoever read standard output has closed it/);
  t.is((await sender.ended).code, 1);
});
