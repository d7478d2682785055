// `sash watch`: what it draws, what it makes of a recording, and what it says where there is no terminal.
import { join } from 'node:path';
import test from 'ava';
import { newEnd, Fold, type WatchedEnd } from '../../src/cli/watch-end.ts';
import { logLine, type Scene, screen, sparkline, verdict } from '../../src/cli/watch-screen.ts';
import { feedAddress } from '../../src/cli/watch-source.ts';
import { type SilenceReason } from '../../src/tcp/index.ts';
import { PcapngReader } from '../../src/trace/index.ts';
import { readScenario, ScenarioRun } from '../../sim/index.ts';
import { takeTurns } from '../turns.ts';
import { folder, Sash } from './sash.ts';

takeTurns();

const SECOND = 1e9;

function blocked(): WatchedEnd {
  return {
    ...newEnd('sender', 'sender', '10.0.0.1:4000 → 10.0.0.2:9293'),
    state: 'ESTABLISHED',
    reason: 'zero-window',
    reasonSinceNs: 3 * SECOND,
    acknowledged: 100_000,
    widest: 65_536,
    unsent: 50_000,
    timers: { persist: 5 * SECOND },
    sent: 80,
    received: 40,
  };
}

function full(): WatchedEnd {
  return {
    ...newEnd('receiver', 'receiver', '10.0.0.2:9293 → 10.0.0.1:4000'),
    state: 'ESTABLISHED',
    offering: 'zero',
    offeringSinceNs: 3 * SECOND,
    unread: 65_536,
    buffer: 65_536,
  };
}

function scene(ends: readonly WatchedEnd[]): Scene {
  const series = { windows: [0, 32_768, 65_536], rates: [0, 1e6, 2e6] };
  return {
    title: 'a transfer with a rather long title, so that it is seen what becomes of it',
    nowNs: 4.4 * SECOND,
    mode: 'live',
    ends: ends.map((end) => ({ end, ...series })),
    events: Array.from({ length: 100 }, (_, i) => `event ${i}`),
    note: '',
    keys: 'q quit',
  };
}

const plain = (_paint: string, text: string): string => text;

for (const [columns, rows] of [
  [80, 24],
  [120, 40],
  [40, 12],
] as const) {
  test(`a screen of ${columns} × ${rows} holds it all`, (t) => {
    const lines = screen(scene([blocked(), full()]), { columns, paint: plain }, rows, true);
    t.true(lines.length <= rows, `${lines.length} lines`);
    t.true(lines.some((line) => line.includes("blocked by the receiver's window for 1.4 s, next probe in 600 ms")));
    t.is(lines.at(-1), 'q quit');
    if (rows < 24) return;
    t.true(lines.some((line) => line.includes('the buffer is full, and has been for 1.4 s')));
    t.true(lines.includes('  event 99'));
    for (const line of lines.filter((one) => /[[▁█]/.test(one))) t.true(line.length < columns, line);
  });
}

test('the strip shows what is acknowledged, in flight, usable and not yet allowed', (t) => {
  const end = { ...blocked(), reason: 'window-full' as const, window: 30_000, widest: 30_000, flight: 15_000 };
  const strip = screen(scene([end]), { columns: 120, paint: plain }, 24, false).find((line) => line.includes('[='))!;
  const [, acked = '', flight = '', usable = '', queued = ''] = /\[(=+)(#+)(-+)(\.+) *\]/.exec(strip) ?? [];
  t.true(acked.length > 5);
  t.true(Math.abs(flight.length - usable.length) <= 1, strip);
  t.true(queued.length > 5);
});

test('a sparkline shows whatever there is', (t) => {
  t.is(sparkline([0, 1, 50, 100], 6, true), '   ▁▄█');
  t.is(sparkline([0, 1, 50, 100], 3, false), '_=#');
  t.is(sparkline([], 3, true), '   ');
});

test('an end of which nothing is known yet is not said to be blocked', (t) => {
  t.is(verdict(newEnd('sender', 'sender', ''), 0), 'nothing has happened yet');
});

test('a line for a log', (t) => {
  t.is(
    logLine({ ...scene([blocked()]), note: 'the feed is lost' }),
    "4.4 s  sender: blocked by the receiver's window for 1.4 s, next probe in 600 ms (SND.WND 0 flight 0 acked 97.7 KiB · 80 out 40 in, 2 MB/s) · the feed is lost",
  );
});

// What a recording is folded to is what the connection itself knew, at every tenth of a second.
test('a recording is shown as the connection was', (t) => {
  const scenario = readScenario({
    title: 't',
    lesson: 'l',
    link: 'delay=10ms rate=4Mbit/s',
    flows: [{ write: '500KB', receiver: { window: '32KiB' }, read: '500ms full, 2s stop, full' }],
  });
  const ends: Record<string, WatchedEnd> = {};
  const readers: Record<string, PcapngReader> = {};
  const run = new ScenarioRun(scenario, {
    record: (vantage) => {
      const fold = new Fold((ends[vantage] = newEnd(vantage, 'sender', '')));
      const reader = (readers[vantage] = new PcapngReader((happening) => fold.take(happening)));
      return (octets) => reader.push(octets);
    },
  });
  while (!run.step(1e6));
  const [flow] = run.flows;
  const sender = flow!.sender.connection;
  const receiver = flow!.receiving!.connection;
  run.result(); // writes what is left of the recordings
  const [from, to] = [ends['flow-sender']!, ends['flow-receiver']!];
  const { tally } = sender.tcb;
  t.deepEqual(
    [from.state, from.reason, from.flight, from.sent, from.received, from.probes, from.again],
    [
      sender.state,
      sender.reason,
      0,
      tally.segmentsSent,
      tally.segmentsReceived,
      tally.probesSent,
      tally.retransmissions,
    ],
  );
  t.is(from.window, sender.tcb.snd.wnd);
  t.is(from.acknowledged, 500_001); // and the FIN
  t.deepEqual([to.state, to.read, to.unread, to.offering], [receiver.state, 500_000, 0, receiver.offering]);
});

test('a probe does not interrupt a zero window, and a window that opens does', (t) => {
  const end = newEnd('sender', 'sender', '');
  const fold = new Fold(end);
  const numbers = { heldNs: 0, flightOctets: 0, unsentOctets: 5_000, mssOctets: 1_000, roomOctets: 0 };
  const becomes = (atNs: number, from: SilenceReason, to: SilenceReason, wndOctets: number): void =>
    fold.take({ type: 'reason', atNs, from, to, ...numbers, wndOctets });
  becomes(1 * SECOND, 'sending', 'zero-window', 0);
  becomes(2 * SECOND, 'zero-window', 'sending', 0);
  becomes(2 * SECOND + 300_000, 'sending', 'zero-window', 0);
  t.regex(verdict(end, 2.5 * SECOND), /^blocked by the receiver's window for 1\.5 s/);
  becomes(3 * SECOND, 'zero-window', 'sending', 4_000);
  becomes(4 * SECOND, 'sending', 'zero-window', 0);
  t.regex(verdict(end, 4.25 * SECOND), /for 250 ms/);

  const offering = { heldNs: 0, from: 'open', to: 'zero', roomOctets: 0, capacityOctets: 65_536 } as const;
  fold.take({ type: 'offering', atNs: 5 * SECOND, ...offering });
  t.deepEqual([end.unread, end.buffer], [65_536, 65_536]);
});

test('addresses as people have them', (t) => {
  const url = 'ws://127.0.0.1:9294/feed';
  for (const text of ['9294', '127.0.0.1:9294', 'http://127.0.0.1:9294/', 'ws://127.0.0.1:9294/feed']) {
    t.deepEqual(feedAddress(text, undefined), { url, token: undefined });
  }
  t.deepEqual(feedAddress('http://127.0.0.1:9294/#token=abc&feed=h:1', undefined), { url, token: 'abc' });
  t.deepEqual(feedAddress('9294', 'abc'), { url, token: 'abc' });
  t.throws(() => feedAddress('ftp://x', undefined), { message: /begins with http/ });
});

test('verdicts of captures that do not say why', (t) => {
  const end = { ...newEnd('capture', 'sender', ''), received: 1, window: 0 };
  t.is(verdict(end, 0), 'the receiver offers nothing');
  t.is(verdict({ ...end, window: 1 }, 0), 'the capture does not say why it waits');
  t.is(verdict({ ...end, state: 'CLOSED' }, 0), 'the connection is over');
});

test('without a terminal there are lines, of a recording and of a live run; and errors say what to do', async (t) => {
  const file = join(folder(t), 'run.pcapng');
  const sim = new Sash(t, ['sim', 's06', '--record', file]);
  t.is((await sim.ended).code, 0);
  const replay = new Sash(t, ['watch', file.replace('.pcapng', '.sender.pcapng'), '--speed', 'max']);
  t.is((await replay.ended).code, 0);
  const lines = replay.stdout.toString();
  t.regex(lines, /timer: persist fires/);
  t.regex(lines, /200\.4 s {2}sender: the connection is over \(.* 8 probes/);

  const live = new Sash(t, ['sim', 's01', '--live=127.0.0.1:0', '--speed', 'max']);
  const page = (await live.says(/live: +(\S+)/))[1]!;
  const watching = new Sash(t, ['watch', page]);
  await live.says(/the run is over/);
  live.child.kill('SIGINT');
  t.is((await watching.ended).code, 0);
  t.regex(watching.stdout.toString(), /flow-sender: .* · flow-receiver: .*the feed has ended: the simulation is over/);

  const nobody = new Sash(t, ['watch', '127.0.0.1:1']);
  t.is((await nobody.ended).code, 3);
  t.regex(
    nobody.stderr,
    /nothing shows itself at ws:\/\/127\.0\.0\.1:1\/feed: start a command with --live there first/,
  );
  const missing = new Sash(t, ['watch', 'nothing.pcapng']);
  t.is((await missing.ended).code, 2);
});
