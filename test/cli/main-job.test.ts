// The main job, end to end: a file of 64 MiB through a window of 64 KiB to a receiver that pauses, on loopback and between two
// network namespaces with addresses of their own. Checked by SHA-256, by an audit of both recordings, and by tshark.
import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { createReadStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Summary } from '../../src/cli/summary.ts';
import { Audit, type AuditReport, PcapngReader } from '../../src/trace/index.ts';
import { folder, Sash, sha256, stallWatch } from './sash.ts';

const SIZE = 64 * 1_048_576;
/** Long enough a pause for the first probe, which leaves after one RTO of a second, on a machine that stalls for as long. */
const PLAN = '300ms 20MB/s, 3s stop, full';
const isCi = process.env['CI'] === 'true';

interface Place {
  /** Where to listen. */
  listen: string;
  /** What runs the receiver, and the sender, in its place. */
  receiver: readonly string[];
  sender: readonly string[];
}

interface Run {
  at: string;
  sender: Summary;
  receiver: Summary;
  records: { sender: string; receiver: string };
  /** The machine stood still for so long that the receiver's pause may have gone by with nobody there. */
  wasStalled: boolean;
}

async function mainJob(t: ExecutionContext, place: Place): Promise<Run> {
  const at = folder(t);
  const [sent, received] = [join(at, 'sent.bin'), join(at, 'received.bin')];
  const records = { sender: join(at, 'sender.pcapng'), receiver: join(at, 'receiver.pcapng') };
  writeFileSync(sent, randomFillSync(Buffer.allocUnsafe(SIZE)));
  const stalledMs = stallWatch(t);
  const recv = new Sash(
    t,
    [
      'recv',
      place.listen,
      '--window',
      '64KiB',
      '--read-plan',
      PLAN,
      '--out',
      received,
      '--record',
      records.receiver,
      '--json',
    ],
    { within: place.receiver },
  );
  const address = await recv.address();
  t.true(address.startsWith(place.listen.replace(/:0$/, '')));
  const send = new Sash(t, ['send', address, sent, '--record', records.sender, '--json'], { within: place.sender });
  t.is((await send.ended).code, 0, send.stderr);
  t.is((await recv.ended).code, 0, recv.stderr);
  const wasStalled = stalledMs() > 1_000;

  const digest = sha256(sent);
  t.is(sha256(received), digest);
  t.is(send.json.sha256, digest);
  t.is(recv.json.sha256, digest);
  return { at, sender: send.json, receiver: recv.json, records, wasStalled };
}

async function audited(file: string): Promise<AuditReport> {
  const auditor = new Audit();
  const reader = new PcapngReader((happening) => auditor.take(happening));
  for await (const chunk of createReadStream(file)) reader.push(chunk as Uint8Array);
  if (Object.keys(reader.end().faults).length > 0) throw new Error(JSON.stringify(reader.report));
  return auditor.report();
}

/** What both ends recorded and counted is one story. */
async function checkRecordings(t: ExecutionContext, run: Run): Promise<{ sender: AuditReport; receiver: AuditReport }> {
  const sender = await audited(run.records.sender);
  const receiver = await audited(run.records.receiver);
  for (const report of [sender, receiver]) {
    t.deepEqual(report.beyondEdge, [], 'no new octet beyond the right edge but marked probes');
    t.deepEqual(report.edgeMovedLeft, []);
    t.true(report.reasons.isWhole && report.offerings.isWhole, 'reasons sum to the whole');
    t.true(report.isSound);
  }
  if (!run.wasStalled) {
    t.true(sender.zeroWindowPeriods.received >= 1);
    t.true(sender.probes.sent >= 1);
    t.true(run.sender.zeroWindow.longestNs > 1e9);
    t.true(run.sender.reasonsNs['zero-window'] > 1e9);
  } else t.log('this machine stood still: whether the window closed for long was not asked');
  t.is(sender.probes.sent, receiver.probes.received);
  t.is(sender.zeroWindows.received, receiver.zeroWindows.sent);
  t.is(sender.zeroWindowPeriods.received, run.sender.zeroWindow.count);
  t.is(receiver.zeroWindowPeriods.sent, run.receiver.zeroWindow.count);
  t.is(sender.probes.sent, run.sender.probesSent);
  t.is(receiver.windowUpdates.sent, run.receiver.windowUpdatesSent);
  t.is(sender.packets, run.sender.segmentsSent + run.sender.segmentsReceived);
  t.is(sender.packets, receiver.packets, 'nothing is lost on the way');
  return { sender, receiver };
}

/** How many packets tshark finds that match. */
function tshark(t: ExecutionContext, file: string, filters: Readonly<Record<string, string>>): Record<string, number> {
  const names = Object.keys(filters);
  const fields = names.flatMap((name) => ['-e', `tcp.analysis.${filters[name]!}`]);
  const { status, stdout, stderr } = spawnSync(
    'tshark',
    ['-r', file, '-Y', 'tcp.analysis.flags', '-T', 'fields', '-e', 'frame.packet_flags_direction', ...fields],
    { encoding: 'utf8', maxBuffer: 256 * 1_048_576 },
  );
  t.is(status, 0, stderr);
  const counts: Record<string, number> = {};
  for (const row of stdout.split('\n')) {
    const [direction = '', ...flags] = row.split('\t');
    const way = Number(direction) === 1 ? 'received' : 'sent';
    flags.forEach((flag, index) => {
      if (flag !== '') counts[`${names[index]!} ${way}`] = (counts[`${names[index]!} ${way}`] ?? 0) + 1;
    });
  }
  return counts;
}

const FOUND = { zero: 'zero_window', probe: 'zero_window_probe', update: 'window_update' };

const hasTshark = spawnSync('tshark', ['--version']).status === 0;
const loopback = { listen: '127.0.0.1:0', receiver: [], sender: [] };

test.serial('64 MiB through 64 KiB on loopback', async (t) => {
  const run = await mainJob(t, loopback);
  const { sender, receiver } = await checkRecordings(t, run);
  if (!hasTshark) {
    t.log('tshark was not asked: apt-get install tshark');
    t.false(isCi, 'tshark is missing');
    return;
  }
  const bySender = tshark(t, run.records.sender, FOUND);
  t.is(bySender['zero received'] ?? 0, sender.zeroWindows.received);
  t.is(bySender['probe sent'] ?? 0, sender.probes.sent);
  const byReceiver = tshark(t, run.records.receiver, FOUND);
  t.is(byReceiver['zero sent'] ?? 0, receiver.zeroWindows.sent);
  t.is(byReceiver['probe received'] ?? 0, receiver.probes.received);
  t.is(bySender['update received'] ?? 0, sender.windowUpdates.received);
  t.is(byReceiver['update sent'] ?? 0, receiver.windowUpdates.sent);
});

const NAMES = { receiver: `sash-r-${process.pid}`, sender: `sash-s-${process.pid}` };

function ip(...args: string[]): boolean {
  return spawnSync('ip', args).status === 0;
}

function tearDown(): void {
  for (const name of Object.values(NAMES)) ip('netns', 'del', name); // takes the pair of interfaces along
}

/** Two namespaces joined by a pair of interfaces: 10.93.0.1 and 10.93.0.2. */
function setUp(): boolean {
  const { receiver, sender } = NAMES;
  const inNamespace = (name: string, interfaceName: string, address: string): boolean =>
    ip('-n', name, 'addr', 'add', address, 'dev', interfaceName) &&
    ip('-n', name, 'link', 'set', interfaceName, 'up') &&
    ip('-n', name, 'link', 'set', 'lo', 'up');
  return (
    ip('netns', 'add', receiver) &&
    ip('netns', 'add', sender) &&
    ip('link', 'add', 'sash-r', 'netns', receiver, 'type', 'veth', 'peer', 'name', 'sash-s', 'netns', sender) &&
    inNamespace(receiver, 'sash-r', '10.93.0.1/24') &&
    inNamespace(sender, 'sash-s', '10.93.0.2/24')
  );
}

const canJoin = setUp();
tearDown();
const betweenNamespaces = canJoin || isCi ? test.serial : test.serial.skip;

betweenNamespaces(
  '64 MiB through 64 KiB between two hosts (needs root and iproute2: network namespaces)',
  async (t) => {
    t.teardown(tearDown);
    t.true(setUp(), 'network namespaces can be made: run as root, with iproute2');
    const within = (name: string): string[] => ['ip', 'netns', 'exec', name];
    const run = await mainJob(t, {
      listen: '10.93.0.1:0',
      receiver: within(NAMES.receiver),
      sender: within(NAMES.sender),
    });
    await checkRecordings(t, run);
    t.regex(run.sender.remote, /^10\.93\.0\.1:/);
    t.regex(run.receiver.remote, /^10\.93\.0\.2:/);
  },
);

process.on('exit', tearDown);
