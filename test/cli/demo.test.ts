// `sash demo`, which `npm start` runs; and that help answers at once.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { takeTurns } from '../turns.ts';
import { finished, folder, Sash, stallWatch } from './sash.ts';

takeTurns();

test('the demonstration shows both ends, checks the file, and leaves two recordings', async (t) => {
  const at = folder(t);
  const stalledMs = stallWatch(t);
  const { code, stderr } = await finished(t, ['demo'], { environment: { TMPDIR: at } });
  t.is(code, 0, stderr);
  // The pause lasts three seconds; a status says so once a second.
  if (stalledMs() < 1_000) {
    t.regex(stderr, /receiver \| .*reading: stop \(phase 2 of 3/);
    t.regex(stderr, /sender {3}\| .*zero-window for .*: the receiver offers nothing/);
  } else t.log(`this machine stood still for ${stalledMs().toFixed(0)} ms: what the demonstration shows was not asked`);
  t.regex(stderr, /sent 20 MiB \(20,971,520 octets\)/);
  t.regex(stderr, /received 20 MiB \(20,971,520 octets\)/);
  const digests = [...stderr.matchAll(/SHA-256 of the file .*(?<digest>[0-9a-f]{64})/g)].map(
    ({ groups }) => groups!['digest'],
  );
  t.is(digests.length, 2);
  t.is(digests[0], digests[1]);
  const kept = readdirSync(at);
  t.is(kept.length, 1);
  t.deepEqual(readdirSync(join(at, kept[0]!)).toSorted(), ['receiver.pcapng', 'sender.pcapng']);
  t.regex(stderr, /sash trace show .*sender\.pcapng/);
});

test('Ctrl-C ends the demonstration and leaves nothing', async (t) => {
  const at = folder(t);
  const demo = new Sash(t, ['demo'], { environment: { TMPDIR: at } });
  await demo.says(/sender {3}\| .* of 20 MiB/);
  demo.child.kill('SIGINT');
  t.deepEqual(await demo.ended, { code: 130, signal: null });
  t.deepEqual(readdirSync(at), []);
});

test('a shell completes commands, flags, and the names that come along', async (t) => {
  const asked = async (...words: string[]): Promise<string[]> =>
    (await finished(t, ['--get-yargs-completions', 'sash', ...words])).stdout.trim().split('\n');
  t.true((await asked('tr')).includes('trace'));
  t.true((await asked('trace', '')).includes('plot'));
  t.true((await asked('recv', '--')).includes('--window'));
  t.true((await asked('sim', 's0')).includes('s07-lost-window-update'));
  t.true((await asked('sim', 's07', '--')).includes('--seed'));
  t.true((await asked('gallery', 'run', 'tcp', '')).includes('kafka-producer'));
  t.true((await asked('gallery', 'run', 'tcp', '--workload', '')).includes('freeze'));
  const { stdout } = await finished(t, ['completion'], { environment: { SHELL: '/bin/bash' } });
  t.regex(stdout, /^complete .* sash$/m);
});

test('help leads with examples, and loads no command', async (t) => {
  const help = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await finished(t, args);
    t.is(code, 0, stderr);
    t.is(stderr, '');
    return stdout;
  };
  for (const args of [['--help'], ['-h'], []]) {
    const text = await help(...args);
    t.true(text.indexOf('sash recv --read-rate 1MB/s') < text.indexOf('Usage:'));
    t.regex(
      text,
      /Exit codes: 0 done, 1 the transfer failed, 2 usage, 3 could not listen or connect, 130 after Ctrl-C/,
    );
  }
  const sending = await help('send', '--help');
  t.true(sending.indexOf('sash send localhost:9293 big.bin') < sending.indexOf('Usage:'));
  t.regex(sending, /--send-buffer .*\n? .*\[default: larger of 256KiB and twice the peer's window\]/);
  t.regex(await help('--version'), /^\d+\.\d+\.\d+\n$/);
});
