// What the command line says, without a process: statuses, summaries, addresses, what may have been meant.
import { readFileSync } from 'node:fs';
import test from 'ava';
import { formatDuration } from '../../src/app/index.ts';
import { RULE_DEFAULTS } from '../../src/link/index.ts';
import { MILLISECOND, NEVER, PROFILES, SECOND, SILENCE_REASONS, type Snapshot } from '../../src/tcp/index.ts';
import { formatAddress, parseAddress, parseDestination, reachableHost } from '../../src/cli/address.ts';
import { settingsFor } from '../../src/cli/config.ts';
import { chooseConnection, CONNECTION_FLAGS, LINK_FLAGS } from '../../src/cli/connection-flags.ts';
import { type Given, readFlags } from '../../src/cli/flag.ts';
import { didYouMean, nearest } from '../../src/cli/nearest.ts';
import { Meter } from '../../src/cli/meter.ts';
import { statusLine, statusLines, type View } from '../../src/cli/status.ts';
import { formatSummary, remarksOn, type Summary } from '../../src/cli/summary.ts';
import { Talk } from '../../src/cli/talk.ts';
import { RECV_FLAGS, SEND_FLAGS } from '../../src/cli/transfer-flags.ts';

const canvas = { columns: 80, paint: (_paint: string, text: string) => text };

const connection: Snapshot = {
  state: 'ESTABLISHED',
  reason: 'window-full',
  offering: 'open',
  failure: null,
  'SND.UNA': 0,
  'SND.NXT': 0,
  'SND.MAX': 0,
  'SND.WND': 65_536,
  'SND.WL1': 0,
  'SND.WL2': 0,
  'SND.UP': null,
  ISS: 0,
  'MAX.SND.WND': 65_536,
  'Snd.Wind.Shift': 1,
  'Eff.snd.MSS': 1_460,
  'RCV.NXT': 0,
  'RCV.WND': 16_384,
  'RCV.USER': 49_152,
  'RCV.BUFF': 65_536,
  'Rcv.Wind.Shift': 1,
  'RCV.UP': null,
  IRS: 0,
  usable: 16_384,
  flight: 49_152,
  unsent: 0,
  sendBuffered: 262_144,
  sendCapacity: 262_144,
  outOfOrder: 0,
  outOfOrderRanges: 0,
  ackDue: 'none',
  cwnd: null,
  ssthresh: null,
  pipe: 49_152,
  recovery: 'none',
  dupAcks: 0,
  sacked: 0,
  srtt: null,
  rttvar: null,
  rto: SECOND,
  timers: {},
};

const view: View = {
  role: 'sender',
  peer: '10.0.0.2:9293',
  what: 'big.bin',
  elapsed: 4.2 * SECOND,
  octets: 32 * 2 ** 20,
  total: 64 * 2 ** 20,
  rate: 8e6,
  pace: Infinity,
  isStopped: false,
  place: undefined,
  connection,
  reasonFor: 2_500_000,
  offeringFor: 3 * SECOND,
  probes: 0,
  nextProbe: undefined,
  silence: 0,
  isEnding: false,
};

test('a sender on a terminal: progress, window, reason', (t) => {
  t.deepEqual(statusLines(view, canvas), [
    'sending big.bin to 10.0.0.2:9293  ESTABLISHED',
    '  32 MiB of 64 MiB, 50 %, 8 MB/s, 5 s to go',
    '  window 64 KiB [############----] 48 KiB in flight, 16 KiB usable; 256 KiB buffered',
    '  window-full for 2.5 ms',
    '    the window is full of octets in flight and must slide (§3.8.6)',
  ]);
});

test('a sender that is held back, and a peer that says nothing', (t) => {
  const held: View = {
    ...view,
    rate: 0,
    connection: { ...connection, reason: 'zero-window', 'SND.WND': 0, flight: 0, usable: 0 },
    reasonFor: 12 * SECOND,
    probes: 3,
    nextProbe: 1.5 * SECOND,
    silence: 12.7 * SECOND,
    isStopped: true,
    pace: 0,
  };
  t.is(
    statusLine(held),
    ' 4 s  32 MiB of 64 MiB, 50 %, 0 B/s, stalled · window 0 B, 0 B in flight · zero-window for 12 s, 3 probes sent, the next in 1.5 s: the receiver offers nothing: SND.WND is 0 (§3.8.6.1) · writing stopped by hand · the peer has said nothing for 12 s',
  );
  t.regex(statusLine({ ...held, probes: 0 }), /, the first probe in 1\.5 s: /);
  t.notRegex(statusLine({ ...held, silence: 9.9 * SECOND }), /said nothing/);
  t.is(statusLines(held, canvas)[2], '  window 0 B [................] 0 B in flight, 0 B usable; 256 KiB buffered');
  const closing: View = { ...held, connection: { ...connection, reason: 'closing', flight: 0 } };
  t.regex(statusLine(closing), /all is acknowledged; the receiver is still reading/);
});

test('a receiver: buffer, offering, place in the plan', (t) => {
  const receiving: View = {
    ...view,
    role: 'receiver',
    what: '',
    total: undefined,
    pace: 0,
    place: { index: 1, rate: 0, left: 1.2 * SECOND, count: 3 },
    connection: { ...connection, offering: 'zero', 'RCV.USER': 65_536, 'RCV.WND': 0 },
  };
  t.deepEqual(statusLines(receiving, canvas), [
    'receiving from 10.0.0.2:9293  ESTABLISHED',
    '  32 MiB, 8 MB/s',
    '  buffer 64 KiB [################] 64 KiB unread, 0 B offered',
    '  zero for 3 s',
    '    the buffer is full, and the sender must wait',
    '  reading: stop (phase 2 of 3, 1.2 s left)',
  ]);
  const withheld: View = { ...receiving, connection: { ...connection, offering: 'withheld' } };
  t.regex(statusLine(withheld), /withheld for 3 s: there is room, but too little to be worth offering/);
  const last: View = { ...receiving, place: { index: 2, rate: 2e5, left: NEVER, count: 3 }, pace: 2e5 };
  t.regex(statusLine(last), /reading: 200 KB\/s \(phase 3 of 3\)$/);
  t.regex(statusLine({ ...last, isEnding: true }), / · ending$/);
});

const NO_TIME = Object.fromEntries(SILENCE_REASONS.map((reason) => [reason, 0])) as Summary['reasonsNs'];

const summary: Summary = {
  schema: 'sash-summary-1',
  role: 'sender',
  outcome: 'done',
  error: null,
  local: '10.0.0.1:40000',
  remote: '10.0.0.2:9293',
  state: 'CLOSED',
  octets: 2_000_000,
  lifeNs: 2e9,
  establishedNs: 1.9e9,
  goodputOctetsPerSecond: 1_052_632,
  sha256: 'abc',
  sha256Octets: 2_000_000,
  output: null,
  segmentsSent: 1_400,
  segmentsReceived: 700,
  retransmissions: 0,
  probesSent: 2,
  probesReceived: 0,
  windowUpdatesSent: 0,
  windowUpdatesReceived: 30,
  zeroWindow: { count: 2, totalNs: 1e9, longestNs: 9e8 },
  reasonsNs: { ...NO_TIME, handshake: 1e8, closing: 1e6, sending: 3e8, 'zero-window': 1e9, 'window-full': 599e6 },
  offeringsNs: { open: 2e9, withheld: 0, zero: 0 },
  link: null,
  checksums: null,
  messages: null,
  remarks: [],
  recording: null,
};

test('a summary in words', (t) => {
  const lines = formatSummary(summary).split('\n');
  t.is(lines[0], 'sent 1.91 MiB (2,000,000 octets) to 10.0.0.2:9293 in 1.9 s, 1.05 MB/s');
  t.true(lines.includes('  segments      1,400 out, 700 in, 0 retransmitted'));
  t.true(lines.includes('  zero window   2 times, 1 s in all, 50.0 % of the time; the longest 900 ms'));
  t.true(lines.includes('  probes        2 sent'));
  const reasons = lines.slice(
    lines.indexOf('  the life of the connection, 2 s: why it was silent, and when not') + 1,
    -1,
  );
  t.deepEqual(
    reasons.map((line) => line.trim().split(/\s+/)[0]),
    ['zero-window', 'window-full', 'sending', 'handshake', 'closing'],
  );
  t.is(reasons.at(-1), '    closing              1 ms   0.1 %  the FIN is sent; what is left is to say goodbye (§3.6)');
  t.is(lines.at(-1), '  sha-256       abc');
  const narrow = formatSummary(summary, 60).split('\n');
  t.true(narrow.includes('    closing              1 ms   0.1 %'));
});

test('a summary of what went wrong', (t) => {
  const failed: Summary = {
    ...summary,
    role: 'receiver',
    outcome: 'failed',
    error: { code: 'ECONNRESET', message: 'why' },
    output: { file: 'a.partial', isPartial: true },
    zeroWindow: { count: 1, totalNs: 1e6, longestNs: 1e6 },
    octets: 700,
    sha256Octets: 701,
    recording: { file: 'r.pcapng', octets: 2_048, error: 'no space left' },
    remarks: remarksOn(3e7, 2.5e7, 2e9),
  };
  const lines = formatSummary(failed).split('\n');
  t.is(lines[0], 'received 700 B from 10.0.0.2:9293 in 1.9 s, 1.05 MB/s — FAILED');
  t.true(lines.includes('  stored in     a.partial: the beginning only'));
  t.true(lines.includes('  zero window   once, 1 ms in all, < 0.1 % of the time'.replace('< 0.1', '0.1')));
  t.true(lines.some((line) => /the carrier below took no more for 1\.5 % of the time/.test(line)));
  t.true(lines.some((line) => /the recording was behind for 1\.3 % of the time/.test(line)));
  t.true(lines.includes('  sha-256       abc (of the 701 octets written)'));
  t.true(lines.includes('  recording     r.pcapng is incomplete: no space left'));
  t.deepEqual(remarksOn(2e7, 2e7, 2e9), [], 'one percent is not over one percent');
});

test('addresses', (t) => {
  t.deepEqual(parseAddress('9300'), { host: undefined, port: 9_300 });
  t.deepEqual(parseAddress(':9300'), { host: undefined, port: 9_300 });
  t.deepEqual(parseAddress('host'), { host: 'host', port: 9_293 });
  t.deepEqual(parseAddress('host:1'), { host: 'host', port: 1 });
  t.deepEqual(parseAddress('[::1]'), { host: '::1', port: 9_293 });
  t.deepEqual(parseDestination('[fe80::1]:80'), { host: 'fe80::1', port: 80 });
  t.is(formatAddress('::1', 80), '[::1]:80');
  t.is(formatAddress('10.0.0.1', 80), '10.0.0.1:80');
  t.is(formatAddress('::ffff:10.0.0.1', 80), '10.0.0.1:80');
  t.deepEqual(reachableHost('127.0.0.1', 'localhost'), { host: 'localhost', isLocalOnly: false });
  const { host } = reachableHost('::', undefined);
  t.notRegex(host, /^(?:::|0\.0\.0\.0|fe80:)/);
});

test('what may have been meant', (t) => {
  const known = ['window', 'window-scale', 'read-rate', 'nagle', 'mss'];
  t.is(nearest('windw', known), 'window');
  t.is(nearest('widnow', known), 'window');
  t.is(nearest('window-s', known), 'window-scale');
  t.is(nearest('mms', known), 'mss');
  t.is(nearest('colour', known), undefined);
  t.is(didYouMean('nagel', known, '--'), ' Did you mean --nagle?');
});

test('sections of a configuration file are for the command they name', (t) => {
  const content = { mss: 500, recv: { 'read-rate': '1MB/s' }, send: { rate: '2MB/s' } };
  t.deepEqual(settingsFor('recv', content, 'f'), { mss: 500, 'read-rate': '1MB/s' });
  t.deepEqual(settingsFor('send', content, 'f'), { mss: 500, rate: '2MB/s' });
  t.deepEqual(settingsFor('send', { send: null }, 'f'), {});
});

class Paper {
  text = '';
  isTTY = true;
  columns = 20;
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

test('a status is redrawn in place, cut to the terminal, and messages go above it', (t) => {
  const paper = new Paper();
  const talk = new Talk({ isQuiet: false, output: paper, environment: { TERM: 'xterm' } });
  talk.draw([talk.paint('red', 'a line that is longer than the terminal is wide'), 'two']);
  t.is(paper.text, '\u001B[31ma line that is long\u001B[0m\ntwo\n');
  paper.text = '';
  talk.draw(['three']);
  t.is(paper.text, '\u001B[2A\r\u001B[Jthree\n');
  paper.text = '';
  talk.say('news');
  t.is(paper.text, '\u001B[1A\r\u001B[Jnews\n');
  paper.text = '';
  talk.erase();
  t.is(paper.text, '');
});

test('NO_COLOR, TERM=dumb and --quiet are honoured', (t) => {
  const paper = new Paper();
  const plain = new Talk({ isQuiet: false, output: paper, environment: { NO_COLOR: '1' } });
  t.true(plain.isLive);
  t.is(plain.paint('red', 'x'), 'x');
  const dumb = new Talk({ isQuiet: false, output: paper, environment: { TERM: 'dumb' } });
  t.false(dumb.isLive);
  dumb.draw(['x']);
  const quiet = new Talk({ isQuiet: true, output: paper, environment: {} });
  quiet.say('x');
  quiet.draw(['x']);
  t.is(paper.text, '');
  quiet.complain('wrong');
  t.is(paper.text, 'sash: wrong\n');
});

test('a rate is that of the last second', (t) => {
  const meter = new Meter();
  t.is(meter.rate, 0);
  for (let tick = 0; tick <= 20; tick++) meter.sample(tick < 10 ? tick * 100 : 1_000, tick * 0.2 * SECOND);
  t.is(meter.rate, 0);
  for (let tick = 21; tick <= 25; tick++) meter.sample(1_000 + (tick - 20) * 100, tick * 0.2 * SECOND);
  t.is(Math.round(meter.rate), 500);
});

test('docs/cli.md names every flag, every field of the summary, and the values of the profiles', (t) => {
  const text = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
  for (const name of Object.keys({ ...RECV_FLAGS, ...SEND_FLAGS }))
    t.regex(text, new RegExp(`^\\| \`--${name}\` `, 'm'));
  for (const field of Object.keys(summary)) t.true(text.includes(`\`${field}\``), field);
  const { rfc, linux } = PROFILES;
  const rows: [string, string, string][] = [
    ['RTO before the first sample', formatDuration(rfc.rtoInitial), formatDuration(linux.rtoInitial)],
    ['RTO, least', formatDuration(rfc.rtoMin), formatDuration(linux.rtoMin)],
    ['RTO, most', '60 s', '120 s'],
    ['delayed acknowledgment', formatDuration(rfc.delayedAck), formatDuration(linux.delayedAck)],
    ['longest wait between two probes', '60 s', '120 s'],
    ['maximum segment lifetime', '2 min', formatDuration(linux.msl)],
  ];
  t.is(rfc.rtoMax, 60 * SECOND);
  t.is(linux.rtoMax, 120 * SECOND);
  t.is(rfc.persistMax, 60 * SECOND);
  t.is(linux.persistMax, 120 * SECOND);
  t.is(rfc.msl, 120 * SECOND);
  for (const [name, ofRfc, ofLinux] of rows)
    t.regex(text, new RegExp(`^\\| ${name} +\\| ${ofRfc}\\b.*\\| ${ofLinux}\\b`, 'm'));
});

test('every flag of the connection reaches the connection', (t) => {
  const given = {
    window: '128KiB',
    mss: '500',
    nagle: false,
    'delayed-ack': 'off',
    'window-scale': '3',
    sws: false,
    probe: 'rfc',
    sack: false,
    congestion: 'reno',
    profile: 'linux',
    keepalive: '30s',
    'user-timeout': '5s',
  };
  const table = { ...CONNECTION_FLAGS, ...LINK_FLAGS };
  const { connection: chosen, profile, shape } = chooseConnection(readFlags(table, given, {}), 4_096);
  t.is(profile, 'linux');
  t.is(shape, undefined);
  t.deepEqual(chosen, {
    receiveBuffer: 131_072,
    mss: 500,
    nagle: 'off',
    delayedAck: 0,
    windowScale: 3,
    sillyWindowAvoidance: false,
    probeStyle: 'rfc',
    sack: false,
    congestion: 'reno',
    keepalive: { idle: 30 * SECOND, interval: 75 * SECOND, count: 9 },
    userTimeout: 5 * SECOND,
    sendBuffer: 4_096,
  });
  t.deepEqual(Object.keys(given).toSorted(), Object.keys(CONNECTION_FLAGS).toSorted());

  const linux = chooseConnection(readFlags(table, {}, { profile: 'linux' }));
  t.is(linux.connection.probeStyle, 'linux', 'the profile speaks where no flag does');
  t.is(linux.connection.userTimeout, NEVER);
  t.is(linux.connection.keepalive, undefined);
});

test('the flags of the link reach the link, and a rule may be repeated', (t) => {
  const table = { ...CONNECTION_FLAGS, ...LINK_FLAGS };
  const choose = (given: Given): unknown => chooseConnection(readFlags(table, given, {})).shape;
  const drop = { ...RULE_DEFAULTS, action: 'drop', which: { kind: 'nth', numbers: [1] } };
  t.deepEqual(choose({ link: 'delay=20ms', rule: ['drop window-update nth 1', 'drop ack nth 1'], seed: '7' }), {
    link: { delay: 20 * MILLISECOND },
    rules: [
      { ...drop, class: 'window-update' },
      { ...drop, class: 'ack' },
    ],
    seed: 7,
  });
  t.deepEqual(choose({ rule: 'drop ack nth 1' }), { link: {}, rules: [{ ...drop, class: 'ack' }], seed: 0 });
  t.throws(() => choose({ link: 'delay=20' }), { message: /--link: "20" is not a time/ });
  t.throws(() => choose({ rule: 'lose ack' }), { message: /--rule: "lose ack" is no rule/ });
  t.throws(() => choose({ seed: 'x' }), { message: /--seed: "x" is not a seed/ });
});

test('what a link did is told in the summary', (t) => {
  const link = {
    segments: 1_400,
    delivered: 1_390,
    duplicated: 2,
    corrupted: 0,
    dropped: { loss: 11, rule: 1, outage: 0 },
    lateMedianNs: 4e5,
    lateP99Ns: 1.2e6,
    lateMaxNs: 3e6,
  };
  const told = formatSummary({ ...summary, link });
  t.regex(
    told,
    /link +1,400 segments, lost 11 by loss, 1 by rule, 2 doubled; half of them under 400 µs late, 99 % under 1.2 ms/,
  );
  t.regex(
    formatSummary({ ...summary, link: { ...link, dropped: {}, duplicated: 0 } }),
    /1,400 segments, none lost; half/,
  );
  t.regex(
    formatSummary({ ...summary, link: { ...link, dropped: {}, corrupted: 3 } }),
    /none lost, 3 corrupted, 2 doubled/,
  );
});

test('a summary says whose checksums were filled in, and which were wrong', (t) => {
  const told = (checksums: Summary['checksums']): string =>
    /checksums +(.*)/.exec(formatSummary({ ...summary, checksums }))?.[1] ?? '';
  t.is(told(null), '');
  t.is(told({ filled: true, verified: false, wrong: 0 }), 'of what was sent');
  t.is(told({ filled: false, verified: true, wrong: 0 }), 'of what came; none was wrong');
  t.is(told({ filled: true, verified: true, wrong: 1 }), 'of both directions; 1 came wrong, and was dropped');
  t.is(told({ filled: true, verified: true, wrong: 1_200 }), 'of both directions; 1,200 came wrong, and were dropped');
});
