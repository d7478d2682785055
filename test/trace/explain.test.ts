// Why something happened, or did not.
import test, { type ExecutionContext } from 'ava';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readScenario, runScenario } from '../../sim/index.ts';
import { SILENCE_REASONS } from '../../src/tcp/index.ts';
import {
  type Asked,
  CaptureReader,
  explain,
  type Explanation,
  explanationLines,
  Watch,
} from '../../src/trace/index.ts';
import { folder, Sash } from '../cli/sash.ts';
import { join as joined } from './pair.ts';

const SECOND = 1e9;

interface Choice {
  read?: string;
  write?: string;
  link?: string;
  rules?: string[];
  back?: string[];
  sender?: object;
  receiver?: object;
  vantage?: 'sender' | 'receiver';
  isBoth?: boolean;
}

function recording(choice: Choice): Uint8Array {
  const { read = 'full', write = '100KB', link = 'delay=25ms', rules = [], back = [], vantage = 'sender' } = choice;
  const flows = [{ write, read, receiver: { window: 14_600, ...choice.receiver }, sender: choice.sender ?? {} }];
  const scenario = readScenario({ title: 't', lesson: 'l', link, rules, 'rules-back': back, flows, expect: [] });
  const chunks: Uint8Array[] = [];
  const vantages = choice.isBoth === true ? (['sender', 'receiver'] as const) : [vantage];
  const isAllInOne = choice.isBoth === true;
  runScenario(scenario, { record: () => (octets) => chunks.push(octets), vantages, isAllInOne });
  return joined(chunks);
}

function explained(file: Uint8Array, asked: Asked): Explanation {
  const watch = new Watch(asked);
  const reader = new CaptureReader(watch);
  reader.push(file);
  reader.end();
  return explain(watch.watchers)!;
}

function lines(file: Uint8Array, asked: Asked): string {
  return explanationLines(explained(file, asked), { atNs: 'atNs' in asked ? asked.atNs : undefined }).join('\n');
}

/** The numbers of the packets whose explanation begins like this. */
function packetsThat(file: Uint8Array, what: RegExp): number[] {
  const found: number[] = [];
  let count = 0;
  const reader = new CaptureReader({ packet: () => count++ });
  reader.push(file);
  for (let packet = 1; packet <= count; packet++) {
    if (what.test(explained(file, { packet }).packet!.rule.what)) found.push(packet);
  }
  return found;
}

const stalled = recording({ read: '7s stop, full' });

test('why nothing left: the window is zero, since when, what would end it, and what did', (t) => {
  const of = explained(stalled, { atNs: 3.2 * SECOND });
  const [sender] = of.silences;
  t.is(sender.silence.reason, 'zero-window');
  t.true(sender.silence.isTold);
  t.is(of.views[0]['SND.WND'], 0);
  t.is(of.views[0].told!.timers[0]!.timer, 'persist');
  const text = lines(stalled, { atNs: 3.2 * SECOND });
  t.regex(text, /zero-window for 3\.1 s: the receiver offers nothing, and 85401 octets wait/);
  t.regex(text, /it had sent packet \d+ at 3\.1 s, and sent packet \d+ next, at 7\.1 s, 4 s later/);
  t.regex(text, /RFC 9293 §3\.8\.6\.1/);
  t.regex(text, /the persist timer fires at 7\.1 s/);
});

test('why this left: a probe says since when the window is zero, and how often it has asked', (t) => {
  const probes = packetsThat(stalled, /^a zero-window probe: 1 octet/);
  t.is(probes.length, 2);
  const { rule } = explained(stalled, { packet: probes[1]! }).packet!;
  t.regex(rule.why, /SND\.WND is 0 since 100 ms, for 3 s; it has asked once before/);
  t.regex(rule.clause, /MUST-36/);
});

test('new octets: what the window allowed, and what made them worth a segment', (t) => {
  const [first] = packetsThat(stalled, /^new octets 1:1461/);
  const { rule } = explained(stalled, { packet: first! }).packet!;
  t.regex(
    rule.why,
    /of a window of 14600 octets, 0 octets were in flight, so 14600 octets might leave; it is a full segment of 1460/,
  );
});

test('a window update says from what to what', (t) => {
  const file = recording({ read: '2s stop, full', vantage: 'receiver' });
  const [update] = packetsThat(file, /^a window update: from 0 octets to 14600 octets/);
  t.truthy(update);
});

test('octets that go again: after a timeout, and by fast retransmit', (t) => {
  const late = recording({ rules: ['drop data nth 1'], write: '1KB' });
  const [again] = packetsThat(late, /after a timeout/);
  t.regex(explained(late, { packet: again! }).packet!.rule.why, /nothing was acknowledged for 1 s/);
  const fast = recording({ rules: ['drop data nth 3'] });
  const [soon] = packetsThat(fast, /by fast retransmit/);
  t.regex(explained(fast, { packet: soon! }).packet!.rule.clause, /RFC 5681 §3\.2/);
});

test('every packet of every kind of run has a rule and a clause, with no hole in any sentence', (t) => {
  const files = [
    recording({ link: 'delay=25ms loss=5% reorder=5% duplicate=3%', write: '60KB' }),
    recording({ read: '20KB/s', vantage: 'receiver', write: '60KB' }),
    recording({ sender: { nagle: 'false' }, write: '10KB', read: '1s stop, full' }),
  ];
  for (const file of files) {
    let count = 0;
    const reader = new CaptureReader({ packet: () => count++ });
    reader.push(file);
    for (let packet = 1; packet <= count; packet += 3) {
      const text = lines(file, { packet });
      t.regex(text, /rule: RFC \d+/);
      t.notRegex(text, /undefined|NaN|null|Infinity|\[object/);
    }
  }
});

test('every reason that a recording gives for silence is explained', (t) => {
  const seen = new Set<string>();
  const runs = [
    stalled,
    recording({
      link: 'delay=25ms loss=5%',
      write: '60KB',
      sender: { congestion: 'reno' },
      receiver: { window: '64KiB' },
    }),
    recording({ write: '1KB' }),
  ];
  for (const file of runs) {
    for (let atNs = 0; atNs < 7 * SECOND; atNs += SECOND / 20) {
      const { silences } = explained(file, { atNs });
      seen.add(silences[0].silence.reason);
      t.notRegex(lines(file, { atNs }), /undefined|NaN|\[object/);
    }
  }
  t.true(
    ['handshake', 'zero-window', 'window-full', 'recovery', 'congestion', 'closing'].every((one) => seen.has(one)),
  );
  t.true([...seen].every((one) => (SILENCE_REASONS as readonly string[]).includes(one)));
});

test('with recordings of both ends in one file, both ends are known exactly', (t) => {
  const file = recording({ read: '7s stop, full', isBoth: true });
  const of = explained(file, { atNs: 3.2 * SECOND });
  t.deepEqual(of.sources, ['recorded there', 'recorded there']);
  t.is(of.views[1].told!.offering!.to, 'zero');
  t.is(of.views[1].told!.unreadOctets, 14_600);
  t.regex(lines(file, { atNs: 3.2 * SECOND }), /its receiving side: zero: the receive buffer is full/);
});

test("a capture of somebody else's is explained as far as packets tell, and says that it is inferred", (t) => {
  const bare = withoutRecords(stalled);
  const text = lines(bare, { atNs: 3.2 * SECOND });
  t.regex(text, /zero-window for 3\.1 s \(inferred\): the other end offers nothing: SND\.WND is 0/);
  t.regex(text, /not sent yet +not known/);
});

test('of what another stack sent: an acknowledgment on its way, what timestamps leave of a segment', (t) => {
  const file = readFileSync(new URL('../../../test/trace/captures/linux-slow-reader.pcap', import.meta.url));
  // Captured at the receiver: what packet 41 says of the window reaches the sender half a round trip later.
  t.regex(lines(file, { atNs: 945e6 }), /:47760: window-full \(inferred\): .*is still on its way to it/);
  t.regex(lines(file, { atNs: 1e9 }), /:47760: zero-window for 58\.448 ms \(inferred\): the other end offers nothing/);
  t.regex(lines(file, { packet: 40 }), /so 1448 octets might leave; it is a full segment of 1448 octets/);
});

/** The packets alone. */
function withoutRecords(file: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at < file.length;) {
    const length = view.getUint32(at + 4, true);
    if (view.getUint32(at, true) !== 0x8053_4153) kept.push(file.subarray(at, at + length));
    at += length;
  }
  return joined(kept);
}

async function run(t: ExecutionContext, args: string[]): Promise<{ code: number | null; out: string; error: string }> {
  const sash = new Sash(t, ['trace', 'explain', ...args]);
  const { code } = await sash.ended;
  return { code, out: sash.stdout.toString(), error: sash.stderr };
}

test('the command: what it prints, and what it says of moments and packets that there are not', async (t) => {
  const file = join(folder(t), 'run.pcapng');
  writeFileSync(file, stalled);
  const told = await run(t, [file, '--at', '3.2s']);
  t.is(told.code, 0, told.error);
  t.regex(told.out, /zero-window/);
  const value = JSON.parse((await run(t, [file, '--packet', '5', '--json'])).out) as { packet: { rule: object } };
  t.truthy(value.packet.rule);
  const cases: [string[], RegExp][] = [
    [[file], /say what to explain/],
    [[file, '--at', '1h'], /does not reach to 1 h: its last packet passed at/],
    [[file, '--packet', '99999'], /has no packet 99999: it has \d+/],
    [[file, '--packet', 'x'], /the number of a packet is expected/],
    [[file, '--at', 'soon'], /--at/],
    [[file, '--at', '1s', '--stream', '1'], /--stream 1: .* has no such conversation/],
  ];
  for (const [args, words] of cases) {
    const { code, error } = await run(t, args);
    t.is(code, 2);
    t.regex(error, words);
  }
});
