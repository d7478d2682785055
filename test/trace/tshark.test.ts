// Wireshark's own analysis of our recordings finds what we meant: zero windows, probes and their answers, window updates and
// full windows, on the very packets; and it opens them without a word.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { audit, type SegmentPasses } from '../../src/trace/index.ts';
import { type End, type Pair, readAll, slowReader } from './pair.ts';

const isThere = spawnSync('tshark', ['--version']).status === 0;
/** In CI its absence is a failure; elsewhere these tests are skipped, with the cure. */
const isSkipped = !isThere && process.env['CI'] !== 'true';
const withTshark = isSkipped ? test.skip : test;
const title = (claim: string): string => (isSkipped ? `${claim} (needs tshark: apt-get install tshark)` : claim);

function run(t: ExecutionContext, program: string, file: Uint8Array, args: readonly string[]): string {
  const folder = mkdtempSync(joinPath(tmpdir(), 'sash-'));
  try {
    const path = joinPath(folder, 'run.pcapng');
    writeFileSync(path, file);
    const { status, stdout, stderr, error } = spawnSync(program, [...args, path], { encoding: 'utf8' });
    t.is(status, 0, error === undefined ? stderr : `${error.message}: apt-get install tshark`);
    // It warns of itself when it runs as root; of the file there must not be a word.
    t.is(stderr.replace(/^Running as user "root".*\n/, ''), '');
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const FLAGS = ['zero_window', 'window_full', 'zero_window_probe', 'zero_window_probe_ack', 'window_update'] as const;
type Flag = (typeof FLAGS)[number];

/** The packets to which tshark gives each flag, and all that have any flag at all. */
function flagged(t: ExecutionContext, file: Uint8Array): Record<Flag | 'any', number[]> {
  const fields = ['frame.number', 'tcp.analysis.flags', ...FLAGS.map((flag) => `tcp.analysis.${flag}`)];
  const out = run(t, 'tshark', file, ['-T', 'fields', ...fields.flatMap((field) => ['-e', field]), '-r']);
  const rows = out
    .trimEnd()
    .split('\n')
    .map((row) => row.split('\t'));
  const where = (column: number): number[] =>
    rows.filter((row) => (row[column] ?? '') !== '').map((row) => Number(row[0]));
  const found: Record<Flag | 'any', number[]> = Object.create(null) as never;
  found.any = where(1);
  FLAGS.forEach((flag, index) => (found[flag] = where(2 + index)));
  return found;
}

function record(
  pair: Pair,
  end: End,
): { file: Uint8Array; packets: (which: (segment: SegmentPasses) => boolean) => number[] } {
  const file = pair.recording(end);
  const { happenings } = readAll(file);
  t0(happenings.length > 0);
  const segments = happenings.filter((happening) => happening.type === 'segment');
  return { file, packets: (which) => segments.filter(which).map(({ packet }) => packet) };
}

function t0(claim: boolean): void {
  if (!claim) throw new Error('the recording can be read');
}

const isZero = ({ wnd, flags }: SegmentPasses): boolean => wnd === 0 && (flags & 6) === 0;

withTshark(title("the sender's recording: tshark flags the same packets as we do"), (t) => {
  const pair = slowReader();
  const { file, packets } = record(pair, pair.sender);
  const flags = flagged(t, file);
  t.deepEqual(flags.zero_window, packets(isZero));
  t.deepEqual(
    flags.zero_window_probe,
    packets(({ purpose }) => purpose === 'probe'),
  );
  t.is(flags.zero_window_probe_ack.length, 3);
  t.deepEqual(
    flags.zero_window_probe_ack,
    flags.zero_window_probe.map((packet) => packet + 1),
  );
  const report = audit(readAll(file).happenings);
  t.is(flags.window_update.length, report.windowUpdates.received);
  t.true(flags.window_update.length > 0);
  t.deepEqual(
    flags.window_full,
    packets(({ seq, lengthOctets, packet }) => lengthOctets > 1 && packet === 7 && seq > 0),
  );
  const known = new Set(FLAGS.flatMap((flag) => flags[flag]));
  t.deepEqual(
    flags.any,
    [...known].toSorted((a, b) => a - b),
    'nothing else is remarked: no retransmission, no gap',
  );
});

withTshark(
  title("the receiver's recording: zero windows, probes and updates are on the packets that we marked"),
  (t) => {
    const pair = slowReader();
    const { file, packets } = record(pair, pair.receiver);
    const flags = flagged(t, file);
    t.deepEqual(flags.zero_window, packets(isZero));
    t.deepEqual(
      flags.zero_window_probe,
      packets(({ comment = '' }) => comment.includes('zero-window probe')),
    );
    t.deepEqual(
      flags.window_update,
      packets(({ purpose }) => purpose === 'window-update'),
    );
    t.is(flags.zero_window_probe_ack.length, 3);
  },
);

withTshark(title('with scaled windows the same holds'), (t) => {
  const pair = slowReader({ receiver: { receiveBuffer: 5_840, windowScale: 4 } });
  const flags = flagged(t, record(pair, pair.sender).file);
  t.true(flags.zero_window.length >= 4);
  t.is(flags.zero_window_probe.length, 3);
  t.true(flags.window_update.length > 0);
});

withTshark(
  title('whole segments have right checksums, over IPv4 and IPv6, and the comments and directions show'),
  (t) => {
    for (const addresses of [
      ['192.0.2.1', '192.0.2.2'],
      ['2001:db8::1', '2001:db8::2'],
    ] as [string, string][]) {
      const pair = slowReader({ snap: 'full', addresses });
      const { file, packets } = record(pair, pair.sender);
      const columns = [
        'tcp.checksum.status',
        'ip.checksum.status',
        'frame.packet_flags_direction',
        'frame.comment',
        'frame.interface_name',
        'tcp.len',
      ];
      const preferences = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
      const out = run(t, 'tshark', file, [
        ...preferences,
        '-T',
        'fields',
        ...columns.flatMap((field) => ['-e', field]),
        '-r',
      ]);
      const rows = out
        .trimEnd()
        .split('\n')
        .map((row) => row.split('\t'));
      t.is(rows.length, packets(() => true).length);
      const numbered = (which: (row: string[]) => boolean): number[] =>
        rows.flatMap((row, index) => (which(row) ? index + 1 : []));
      t.true(rows.every((row) => row[0] === '1' && row[4] === 'sender'));
      if (addresses[0].includes('.')) t.true(rows.every((row) => row[1] === '1'));
      t.deepEqual(
        numbered((row) => row[2] === '2' || row[2] === '0x00000002'),
        packets(({ direction }) => direction === 'out'),
      );
      t.deepEqual(
        numbered((row) => row[3] !== ''),
        packets(({ comment }) => comment !== undefined),
      );
      t.deepEqual(
        rows.map((row) => Number(row[5])),
        readAll(file).happenings.flatMap((it) => (it.type === 'segment' ? it.lengthOctets : [])),
      );
    }
  },
);

withTshark(title('capinfos finds nanoseconds in strict order'), (t) => {
  const pair = slowReader();
  const { file } = record(pair, pair.sender);
  const out = run(t, 'capinfos', file, []);
  t.regex(out, /timestamp precision: +nanoseconds/);
  t.regex(out, /Strict time order: +True/);
  t.regex(out, /Number of packets: +30\b/);
  t.regex(out, /Capture application: +sash test/);
});
