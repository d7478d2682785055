// `sash trace flags`: what it prints, what it refuses, and what it says of tshark, that is there, missing, or another.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import test from 'ava';
import { Fault } from '../../src/cli/faults.ts';
import { traceFlags } from '../../src/cli/trace-flags.ts';
import { title, withTshark } from '../trace/tshark.ts';
import { takeTurns } from '../turns.ts';
import { finished, folder } from './sash.ts';

takeTurns();

const CAPTURES = fileURLToPath(new URL('../../../test/trace/captures/', import.meta.url));
const STRICT = `${CAPTURES}zero-window-strict.pcap`;

test('every segment has a line as in the info column, and the count stands on standard error', async (t) => {
  const { code, stdout, stderr } = await finished(t, ['trace', 'flags', STRICT]);
  t.is(code, 0, stderr);
  const lines = stdout.trimEnd().split('\n');
  t.is(lines.length, 15);
  t.is(lines[0], '* conversation 0: 10.0.0.1:40000 to 10.0.0.2:5001');
  t.is(
    lines[6],
    '     6 0.052000 [TCP Window Full] 40000 → 5001 [PSH, ACK] Seq=2921 Ack=1 Win=65535 Len=1460 // in flight 4380, since PSH 4380',
  );
  const counts = 'window_update 1, window_full 1, zero_window_probe 2, zero_window 3, zero_window_probe_ack 2';
  t.is(stderr, `sash: 14 segments; ${counts}\n`);
});

test('--only takes flags as people write them, and --json says what Wireshark shows', async (t) => {
  const args = ['--only', 'tcp.analysis.zero_window_probe,Window-Full', '--json'];
  const { stdout } = await finished(t, ['trace', 'flags', STRICT, ...args]);
  const documents = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { packet: number; analysis: { flags: string[]; bytesInFlight: number } });
  t.deepEqual(
    documents.map(({ packet, analysis }) => [packet, ...analysis.flags, analysis.bytesInFlight]),
    [
      [6, 'window_full', 4_380],
      [8, 'zero_window_probe', 1],
      [10, 'zero_window_probe', 1],
    ],
  );
  const any = await finished(t, ['trace', 'flags', STRICT, '--only', 'any']);
  t.is(any.stdout.trimEnd().split('\n').length, 8);
});

test('--stream chooses a conversation; a capture may be compressed, or come on standard input', async (t) => {
  const at = folder(t);
  const file = join(at, 'reused.pcap.gz');
  writeFileSync(file, gzipSync(readFileSync(`${CAPTURES}ports-reused.pcap`)));
  const { stdout } = await finished(t, ['trace', 'flags', file, '--stream', '1']);
  t.deepEqual(stdout.trimEnd().split('\n'), [
    '* conversation 1: 10.0.0.1:40000 to 10.0.0.2:5001',
    '     4 1.050000 [1] [TCP Port numbers reused] 40000 → 5001 [SYN] Seq=0 Win=65535 Len=0',
    '     5 1.100000 [1] 5001 → 40000 [SYN, ACK] Seq=0 Ack=1 Win=65535 Len=0 // acknowledges 4 after 50 ms',
  ]);
  const piped = await finished(t, ['trace', 'flags', '-', '--stream', '1'], { input: gunzipSync(readFileSync(file)) });
  t.is(piped.stdout, stdout);
  writeFileSync(join(at, 'bad.gz'), readFileSync(file).subarray(0, 10));
  const bad = await finished(t, ['trace', 'flags', join(at, 'bad.gz')]);
  t.is(bad.code, 2);
  t.regex(bad.stderr, /bad\.gz is compressed, and damaged from its beginning/);
});

test('of a compressed capture that is cut short only the tail is lost', async (t) => {
  const file = join(folder(t), 'cut.gz');
  writeFileSync(file, gzipSync(readFileSync(`${CAPTURES}linux-slow-reader.pcap`)).subarray(0, 3_000));
  const { code, stdout, stderr } = await finished(t, ['trace', 'flags', file]);
  t.is(code, 1);
  t.regex(stdout, /^ +50 .*\[TCP/m);
  t.regex(stderr, /cut\.gz is compressed, and damaged \(.*\); all before that was read/);
});

test('what it cannot do is said in a sentence', async (t) => {
  const faults: [Record<string, string>, RegExp][] = [
    [{ only: 'zero_windw' }, /--only: "zero_windw" is no flag: choose from .* Did you mean zero_window\?/],
    [{ stream: 'x' }, /--stream: "x" is no number of a conversation/],
    [{ stream: '7' }, /--stream 7: .* has no such conversation: it holds one, number 0/],
    [{ against: 'tcpdump' }, /--against: "tcpdump" is not one of them: choose tshark/],
    [{ file: '-', against: 'tshark' }, /--against tshark needs a file/],
    [{ against: 'tshark', only: 'any' }, /--against shows every difference, as text: leave out --only/],
  ];
  for (const [given, message] of faults) {
    await t.throwsAsync(async () => traceFlags({ file: STRICT, ...given }), { instanceOf: Fault, message });
  }
});

/** A folder with a program of that name, which is all there is to be found. */
function only(t: Parameters<typeof folder>[0], script: string): Record<string, string> {
  const at = folder(t);
  writeFileSync(join(at, 'tshark'), script);
  chmodSync(join(at, 'tshark'), 0o755);
  return { PATH: at };
}

test('a missing tshark is told, and so is one of another version', async (t) => {
  const none = await finished(t, ['trace', 'flags', STRICT, '--against', 'tshark'], {
    environment: { PATH: folder(t) },
  });
  t.is(none.code, 2);
  t.regex(none.stderr, /tshark is not here to compare with: install it/);
  // One that knows of a single segment.
  const script = '#!/bin/sh\ncase "$1" in --version) echo "TShark (Wireshark) 4.4.1.";; *) echo "1\t0";; esac\n';
  const other = await finished(t, ['trace', 'flags', STRICT, '--against', 'tshark'], { environment: only(t, script) });
  t.is(other.code, 1);
  t.regex(other.stderr, /tshark here is 4\.4\.1, whose rules may differ from those of 4\.0\.17/);
  t.regex(other.stderr, /14 segments compared with tshark 4\.4\.1: 14 differ/);
  t.regex(other.stdout, /^ {4}14 \[0\] here no flags; tshark has no segment there$/m);
  const broken = '#!/bin/sh\ncase "$1" in --version) echo "TShark 4.0.17";; *) echo "no memory" >&2; exit 3;; esac\n';
  const failed = await finished(t, ['trace', 'flags', STRICT, '--against', 'tshark'], { environment: only(t, broken) });
  t.is(failed.code, 1);
  t.regex(failed.stderr, /tshark failed \(no memory\)/);
});

withTshark(
  title('--against tshark agrees on what TCP sends, and shows each difference that docs/wireshark.md lists'),
  async (t) => {
    for (const name of ['linux-reader-stops', 'ports-reused']) {
      const { code, stdout, stderr } = await finished(t, [
        'trace',
        'flags',
        `${CAPTURES}${name}.pcap`,
        '--against',
        'tshark',
      ]);
      t.is(stdout, '');
      t.is(code, 0, stderr);
      t.regex(stderr, /\d+ segments compared with tshark 4\.0\.17: no difference/);
    }
    const differs = (name: string): ReturnType<typeof finished> =>
      finished(t, ['trace', 'flags', `${CAPTURES}differs/${name}.pcap`, '--against', 'tshark']);
    const shift = await differs('shift-outside-syn');
    t.is(shift.code, 1);
    t.is(
      shift.stdout.trim(),
      '5 [0] here no flags; tshark no flags; tcp.window_size here 4000, tshark 32000; tcp.window_size_scalefactor here 4, tshark 32',
    );
    const header = await differs('header-too-short');
    t.is(header.code, 1);
    t.is(header.stdout.trim(), '4 [0] no segment here; tshark no flags');
  },
);
