// `sash recv` and `sash send` as processes: what goes in comes out, by every way in and out, and the two accounts agree.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { fillPattern } from '../../src/app/index.ts';
import { type Summary } from '../../src/cli/summary.ts';
import { takeTurns } from '../turns.ts';
import { finished, folder, LAUNCHER, receiver, Sash, sha256, stallWatch } from './sash.ts';

takeTurns();

function pattern(length: number): Uint8Array {
  const octets = new Uint8Array(length);
  fillPattern(octets, 0);
  return octets;
}

const sumOf = (durations: Readonly<Record<string, number>>): number =>
  Object.values(durations).reduce((sum, duration) => sum + duration, 0);

test('a file arrives under its name, and both accounts agree', async (t) => {
  const at = folder(t);
  const stalledMs = stallWatch(t);
  const out = join(at, 'out.bin');
  const file = join(at, 'in.bin');
  const octets = pattern(3_000_001);
  writeFileSync(file, octets);
  const { recv, address } = await receiver(t, ['--out', out, '--json', '--read-plan', '50ms 1MB/s, 3s stop, full']);
  const send = new Sash(t, ['send', address, file, '--json']);
  t.deepEqual(await send.ended, { code: 0, signal: null });
  t.deepEqual(await recv.ended, { code: 0, signal: null });
  t.is(sha256(out), sha256(octets));
  t.false(existsSync(`${out}.partial`));

  const [sender, receiving] = [send.json, recv.json];
  for (const summary of [sender, receiving]) {
    t.is(summary.schema, 'sash-summary-1');
    t.is(summary.outcome, 'done');
    t.is(summary.error, null);
    t.is(summary.octets, octets.length);
    t.is(summary.sha256, sha256(octets));
    t.is(summary.sha256Octets, octets.length);
    t.is(sumOf(summary.reasonsNs), summary.lifeNs);
    t.is(sumOf(summary.offeringsNs), summary.lifeNs);
    t.true(summary.establishedNs! > 0 && summary.establishedNs! <= summary.lifeNs);
    t.true(Math.abs(summary.goodputOctetsPerSecond - (octets.length / summary.establishedNs!) * 1e9) < 1);
  }
  t.is(sender.segmentsSent, receiving.segmentsReceived);
  t.is(sender.remote, receiving.local);
  t.deepEqual(receiving.output, { file: out, isPartial: false });
  t.is(sender.output, null);
  if (stalledMs() > 1_000) return; // the machine stood still, and the pause may have gone by with nobody there
  t.true(sender.zeroWindow.count >= 1);
  // Of the three seconds some go by before the window is full, and 200 until the override of silly-window avoidance fills it.
  t.true(sender.reasonsNs['zero-window'] > 100e6, JSON.stringify(sender));
  // An octet of room that the scale's unit cannot say is withheld, and not zero.
  t.true(receiving.offeringsNs.zero + receiving.offeringsNs.withheld > 100e6, JSON.stringify(receiving));
});

test('what a link corrupts is found by the other end, counted there, and sent again', async (t) => {
  const linked = ['--checksums', '--profile', 'linux', '--link', 'corrupt=3%', '--json'];
  const { recv, address } = await receiver(t, ['--once', ...linked]);
  const send = new Sash(t, ['send', address, '--bytes', '1MiB', ...linked]);
  t.deepEqual(await send.ended, { code: 0, signal: null });
  t.deepEqual(await recv.ended, { code: 0, signal: null });
  const [sender, receiving] = [send.json, recv.json];
  t.is(receiving.sha256, sender.sha256);
  t.true(sender.link!.corrupted > 0 && sender.retransmissions > 0);
  t.deepEqual(receiving.checksums, { filled: true, verified: true, wrong: sender.link!.corrupted });
  t.deepEqual(sender.checksums, { filled: true, verified: true, wrong: receiving.link!.corrupted });
});

test('standard input to standard output, through sockets', async (t) => {
  const octets = pattern(1_000_000);
  const { recv, address } = await receiver(t, ['--out', '-']);
  const send = new Sash(t, ['send', address, '-'], { input: octets });
  t.is((await send.ended).code, 0);
  t.is((await recv.ended).code, 0);
  t.is(sha256(recv.stdout), sha256(octets));
  t.regex(recv.stderr, /received 977 KiB \(1,000,000 octets\)/);
  t.regex(send.stderr, /connected to 127\.0\.0\.1:\d+; sending standard input/);
});

test('standard input to standard output, through pipes of a shell', async (t) => {
  const at = folder(t);
  const octets = pattern(1_000_000);
  writeFileSync(join(at, 'in'), octets);
  const shell = (line: string) =>
    spawn('sh', ['-c', line, process.execPath, LAUNCHER], { cwd: at, stdio: ['ignore', 'ignore', 'pipe'] });
  const recv = shell('"$0" "$1" recv 127.0.0.1:0 --out - | cat > out');
  let said = '';
  const address = await new Promise<string>((resolve) => {
    recv.stderr.on('data', (text: Buffer) => {
      said += text.toString();
      const found = /sash send (\S+) FILE/.exec(said);
      if (found !== null) resolve(found[1]!);
    });
  });
  const received = new Promise((resolve) => recv.once('close', resolve));
  const send = spawn('sh', ['-c', 'cat in | "$0" "$1" send "$2" -', process.execPath, LAUNCHER, address], { cwd: at });
  t.is(await new Promise((resolve) => send.once('close', resolve)), 0);
  t.is(await received, 0);
  t.is(sha256(join(at, 'out')), sha256(octets));
});

test('whoever reads standard output slowly closes the window', async (t) => {
  const { recv, address } = await receiver(t, ['--out', '-', '--window', '16KiB']);
  recv.child.stdout!.pause();
  const send = new Sash(t, ['send', address, '--bytes', '3MB', '--json']);
  await send.says(/zero-window for .*the receiver offers nothing/);
  recv.child.stdout!.resume();
  t.is((await send.ended).code, 0);
  t.is((await recv.ended).code, 0);
  t.is(recv.stdout.length, 3_000_000);
  t.is(sha256(recv.stdout), send.json.sha256);
  t.true(send.json.zeroWindow.count >= 1);
});

test('an empty file arrives, and replaces what was there', async (t) => {
  const at = folder(t);
  const out = join(at, 'out');
  writeFileSync(out, 'before');
  writeFileSync(join(at, 'in'), '');
  const { recv, address } = await receiver(t, ['--out', out]);
  t.is((await finished(t, ['send', address, join(at, 'in')])).code, 0);
  t.is((await recv.ended).code, 0);
  t.is(readFileSync(out).length, 0);
});

test('without --once connections come one after another and at the same time, until Ctrl-C', async (t) => {
  const { recv, address } = await receiver(t, ['--json', '--read-rate', '2MB/s']);
  t.is((await finished(t, ['send', address, '--bytes', '1000'])).code, 0);
  const both = await Promise.all([1, 2].map((n) => finished(t, ['send', address, '--bytes', `${n}MB`])));
  for (const { code, stderr } of both) t.is(code, 0, stderr);
  await recv.prints(/(?:.*\n){3}/); // the sender is done a moment before its receiver
  recv.child.kill('SIGINT');
  t.is((await recv.ended).code, 130);
  const summaries = recv.stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Summary);
  t.deepEqual(
    summaries.map(({ octets, outcome }) => [octets, outcome]).toSorted(([a], [b]) => Number(a) - Number(b)),
    [
      [1_000, 'done'],
      [1_000_000, 'done'],
      [2_000_000, 'done'],
    ],
  );
  t.is(summaries.find(({ octets }) => octets === 1_000_000)?.sha256, sha256(pattern(1_000_000)));
});

test('with --once the first connection is the one', async (t) => {
  const { recv, address } = await receiver(t, ['--once', '--out', '-']);
  recv.child.stdout!.pause(); // the connection lasts, and keeps the port from others, until it is resumed
  const send = new Sash(t, ['send', address, '--bytes', '500KB']);
  await recv.says(/connection from/);
  const late = await finished(t, ['send', address, '--bytes', '1']);
  t.is(late.code, 3);
  t.regex(late.stderr, /nothing listens on 127\.0\.0\.1:\d+: start `sash recv \d+` there first/);
  recv.child.stdout!.resume();
  t.is((await send.ended).code, 0);
  t.is((await recv.ended).code, 0);
});

test('Ctrl-C at the sender: what was written arrives, and the receiver knows that it is a part', async (t) => {
  const at = folder(t);
  const out = join(at, 'out');
  const { recv, address } = await receiver(t, ['--out', out, '--read-rate', '1MB/s', '--json']);
  const record = join(at, 'send.pcapng');
  const send = new Sash(t, ['send', address, '--bytes', '100MB', '--json', '--record', record]);
  await send.says(/of 95\.4 MiB/);
  send.child.kill('SIGINT');
  t.deepEqual(await send.ended, { code: 130, signal: null });
  t.is((await recv.ended).code, 1);

  const [sender, receiving] = [send.json, recv.json];
  t.is(sender.outcome, 'interrupted');
  t.is(receiving.outcome, 'failed');
  t.is(receiving.error?.code, 'ECONNRESET');
  t.is(sender.octets, receiving.octets);
  t.is(sender.sha256, receiving.sha256);
  t.is(sha256(`${out}.partial`), receiving.sha256);
  t.deepEqual(receiving.output, { file: `${out}.partial`, isPartial: true });
  t.false(existsSync(out));
  t.regex(send.stderr, /stopping: what was written may still arrive, then the connection is reset/);
  t.regex(recv.stderr, /reset the connection after .*: it was aborted there; see what that side says/);
  t.regex(recv.stderr, /out\.partial holds the .* that were acknowledged; the rest is missing/);
  t.regex((await finished(t, ['trace', 'show', record])).stdout.trimEnd().split('\n').at(-1)!, /complete/);
});

test('Ctrl-C twice at the sender resets at once', async (t) => {
  const { recv, address } = await receiver(t, ['--read-plan', 'stop']);
  const send = new Sash(t, ['send', address, '--bytes', '1MB', '--json']);
  await send.says(/zero-window/);
  send.child.kill('SIGINT');
  await send.says(/Ctrl-C again does so at once/);
  send.child.kill('SIGTERM');
  t.is((await send.ended).code, 130, 'although nobody will ever read what is written');
  // What the SYN-ACK offered, unscaled, less what rounding to the scale's unit may take (RFC 7323 §2.4).
  t.true(send.json.octets === 65_535 || send.json.octets === 65_534);
  await recv.says(/reset the connection after 64 KiB/);
});

test('Ctrl-C at the receiver resets; what was acknowledged is kept', async (t) => {
  const at = folder(t);
  const out = join(at, 'out');
  const { recv, address } = await receiver(t, ['--out', out, '--read-rate', '500KB/s', '--json']);
  const send = new Sash(t, ['send', address, '--bytes', '100MB', '--json']);
  await send.says(/of 95\.4 MiB/);
  recv.child.kill('SIGTERM');
  t.is((await recv.ended).code, 130);
  t.is((await send.ended).code, 1);
  t.is(recv.json.outcome, 'interrupted');
  t.is(readFileSync(`${out}.partial`).length, recv.json.octets);
  t.true(send.json.octets <= recv.json.octets);
  t.is(sha256(`${out}.partial`), sha256(pattern(recv.json.octets)));
  t.regex(send.stderr, /sash: 127\.0\.0\.1:\d+ reset the connection after/);
});

test('Ctrl-C after the end of the source lets the transfer end', async (t) => {
  const { recv, address } = await receiver(t, ['--out', '-', '--window', '1MiB']);
  recv.child.stdout!.pause();
  const send = new Sash(t, ['send', address, '--bytes', '600KB']);
  await send.says(/closing for/);
  send.child.kill('SIGINT');
  await send.says(/all is written already/);
  recv.child.stdout!.resume();
  t.is((await send.ended).code, 0);
  t.is((await recv.ended).code, 0);
  t.is(recv.stdout.length, 600_000);
});

test('Ctrl-C where nothing has come yet', async (t) => {
  const { recv } = await receiver(t);
  recv.child.kill('SIGINT');
  t.is((await recv.ended).code, 130);
});

test('settings come from a file, and the command line wins', async (t) => {
  const at = folder(t);
  const config = join(at, 'sash.yaml');
  writeFileSync(config, 'mss: 500\nnagle: false\nsend:\n  rate: 1MB/s\nrecv:\n  once: true\n');
  const printed = await finished(t, ['send', '--config', config, '--mss', '600', '--print-config']);
  t.regex(printed.stdout, /^mss: 600$/m);
  t.regex(printed.stdout, /^nagle: false$/m);
  t.regex(printed.stdout, /^ {2}rate: 1MB\/s$/m);
  const again = join(at, 'again.yaml');
  writeFileSync(again, printed.stdout);
  t.is((await finished(t, ['send', '--config', again, '--print-config'])).stdout, printed.stdout);

  const { recv, address } = await receiver(t, ['--config', config, '--json']);
  t.is((await finished(t, ['send', address, '--bytes', '10KB', '--config', config])).code, 0);
  t.is((await recv.ended).code, 0, 'once, as the file says');
  t.true(recv.json.segmentsReceived >= 20, 'segments of 500 octets');
});

test('through a link that delays and loses, everything arrives; the summary tells what the link did', async (t) => {
  const { recv, address } = await receiver(t, ['--once', '--json', '--link', 'delay=5ms', '--profile', 'linux']);
  const shape = ['--link', 'delay=5ms loss=2%', '--rule', 'drop data nth 7', '--seed', '3'];
  const send = new Sash(t, ['send', address, '--bytes', '300KB', '--json', '--profile', 'linux', ...shape]);
  t.is((await send.ended).code, 0);
  t.is((await recv.ended).code, 0);
  t.is(recv.json.sha256, send.json.sha256);
  t.is(recv.json.octets, 300_000);
  t.is(send.json.link?.dropped['rule'], 1);
  t.true(send.json.link!.dropped['loss']! > 0);
  t.true(send.json.retransmissions > 0);
  t.is(recv.json.link?.delivered, recv.json.link?.segments);
});
