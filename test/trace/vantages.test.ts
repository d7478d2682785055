// tshark on what the three points of view record: the interfaces' names, what is lost, directions, right checksums, and not a word
// of complaint.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecutionContext } from 'ava';
import { title, withTshark } from './tshark.ts';
import { simulated } from './vantages.ts';

const FIELDS = [
  'frame.interface_name',
  'frame.interface_description',
  'frame.packet_flags_direction',
  'frame.drop_count',
  'frame.comment',
  'tcp.checksum.status',
  'ip.checksum.status',
];

function tshark(t: ExecutionContext, file: Uint8Array, args: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'sash-vantages-'));
  try {
    const path = join(folder, 'run.pcapng');
    writeFileSync(path, file);
    const checks = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
    const { status, stdout, stderr } = spawnSync('tshark', ['-n', ...checks, ...args, '-r', path], {
      encoding: 'utf8',
    });
    t.is(status, 0, stderr);
    t.is(stderr.replace(/^Running as user "root".*\n/, ''), '');
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function rows(t: ExecutionContext, file: Uint8Array): string[][] {
  const out = tshark(t, file, ['-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field])]);
  return out
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}

withTshark(title('each point of view opens as what it is, whole segments with right checksums'), async (t) => {
  const files = await simulated('s31', { until: 3e9, snap: 'full' });
  t.deepEqual([...files.keys()].toSorted(), ['flow-receiver', 'flow-sender', 'link']);
  for (const [vantage, file] of files) {
    const seen = rows(t, file);
    t.true(seen.length > 100);
    const isLink = vantage === 'link';
    t.true(
      seen.every(([name]) => name === vantage.replace('flow-', '')),
      vantage,
    );
    t.true(
      seen.every(([, , direction]) => /0x0*0$/.test(direction!) === isLink),
      'at a link there is no direction',
    );
    t.true(
      seen.every(([, , , , , tcp, ip]) => tcp === '1' && ip === '1'),
      'Good',
    );
    const lost = seen.filter(([, , , dropped]) => dropped !== '');
    t.is(lost.length > 0, isLink);
    t.true(lost.every(([, , , dropped, comment]) => dropped === '1' && comment === 'lost: rule 1'));
    t.is(seen.filter(([, , , , comment]) => comment!.startsWith('lost')).length, lost.length);
    t.regex(tshark(t, file, ['-q', '-z', 'expert']), /Chats/);
    t.notRegex(tshark(t, file, ['-q', '-z', 'expert']), /Errors|Malformed/);
  }
  t.is(rows(t, files.get('link')!)[0]![1], 'between sender and receiver');
});

withTshark(title('all in one file: three interfaces, in the order of time'), async (t) => {
  const files = await simulated('s30', { isAllInOne: true });
  t.deepEqual([...files.keys()], ['all']);
  const seen = rows(t, files.get('all')!);
  t.deepEqual(new Set(seen.map(([name]) => name)), new Set(['sender', 'link', 'receiver']));
  const times = tshark(t, files.get('all')!, ['-T', 'fields', '-e', 'frame.time_delta']).trim().split('\n');
  t.true(times.slice(1).every((delta) => Number(delta) > 0));
});
