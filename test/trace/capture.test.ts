// Captures of every form are read alike; what is damaged, cut or foreign is told, and nothing that stands in a file throws.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { ACK, PSH, Segment, seq, SYN } from '../../src/tcp/index.ts';
import { type CapturedPacket, CaptureReader, isDamage, PcapngReader, Show, Wireshark } from '../../src/trace/index.ts';
import { encodeSegment, ipHeader, segmentLength } from '../../src/wire/index.ts';
import { Random } from '../harness/random.ts';
import { type Frame, LINKS, pcap, type PcapForm, pcapng, type PcapngForm } from './capture-forms.ts';
import { differences, ours, theirs, title, withTshark } from './tshark.ts';

interface Given {
  from?: 'a' | 'b';
  flags?: number;
  seq?: number;
  ack?: number;
  wnd?: number;
  length?: number;
  port?: number;
  options?: (seg: Segment) => void;
}

const ADDRESSES = { a: '192.0.2.1', b: '192.0.2.2' };

function ip({
  from = 'a',
  flags = ACK,
  seq: number = 0,
  ack = 0,
  wnd = 100,
  length = 0,
  port = 20_000,
  options,
}: Given) {
  const seg = new Segment();
  seg.sourcePort = from === 'a' ? port : 9_293;
  seg.destinationPort = from === 'a' ? 9_293 : port;
  seg.flags = flags;
  seg.seq = seq(number);
  seg.ack = seq(ack);
  seg.wnd = wnd;
  seg.text = new Uint8Array(length).fill(0x61);
  seg.textLength = length;
  options?.(seg);
  const header = ipHeader(ADDRESSES[from], ADDRESSES[from === 'a' ? 'b' : 'a'])!;
  const octets = new Uint8Array(header.length + segmentLength(seg));
  encodeSegment(seg, octets, header.encode(new DataView(octets.buffer), 0, segmentLength(seg)));
  return octets;
}

const BEGINS = 1_700_000_000_000_000_000n;
const timed = (packets: readonly Uint8Array[]): Frame[] =>
  packets.map((it, index) => ({ at: BEGINS + BigInt(index) * 25_000_000n, ip: it }));

const scaled = (seg: Segment): void => {
  seg.mss = 1_460;
  seg.windowScale = 2;
  seg.sackPermitted = true;
  seg.tsVal = 7;
  seg.tsEcr = 0;
};
const FRAMES = timed([
  ip({ flags: SYN, seq: 0xffff_ff00, options: scaled }),
  ip({ from: 'b', flags: SYN | ACK, seq: 500, ack: 0xffff_ff01, options: scaled }),
  ip({ seq: 0xffff_ff01, ack: 501 }),
  ip({ seq: 0xffff_ff01, ack: 501, flags: ACK | PSH, length: 400 }),
  ip({ from: 'b', seq: 501, ack: 0x91, wnd: 0 }),
  ip({ seq: 0x91, ack: 501, length: 1 }),
]);

interface Seen {
  number: number;
  ns: number;
  stream: number;
  side: number;
  seq: number;
  length: number;
  captured: number;
}

function read(file: Uint8Array, options: { size?: number; mostConversations?: number } = {}) {
  const seen: Seen[] = [];
  const forgotten: number[] = [];
  const reader = new CaptureReader(
    {
      packet: ({ number, stampNs, conversation, side, seg, lengthOctets, capturedOctets }) =>
        void seen.push({
          number,
          ns: stampNs,
          stream: conversation.index,
          side,
          seq: seg.seq,
          length: lengthOctets,
          captured: capturedOctets,
        }),
      forgotten: ({ index }) => void forgotten.push(index),
    },
    options.mostConversations === undefined ? {} : { mostConversations: options.mostConversations },
  );
  const size = options.size ?? file.length;
  for (let at = 0; at < file.length; at += size) reader.push(file.subarray(at, at + size));
  return { seen, forgotten, report: reader.end(), epochNs: reader.epochNs };
}

const EXPECTED = read(pcapng(FRAMES, { resolution: 9, ticksPerSecond: 1_000_000_000n }));

test('what is read of the plainest form is what was written', (t) => {
  t.deepEqual(
    EXPECTED.seen.map(({ number, ns, stream, side, length, captured }) => [number, ns, stream, side, length, captured]),
    [0, 0, 0, 400, 0, 1].map((length, i) => [i + 1, i * 25_000_000, 0, [0, 1, 0, 0, 1, 0][i], length, length]),
  );
  t.deepEqual(EXPECTED.report.faults, {});
  t.is(EXPECTED.epochNs, BEGINS);
});

const PCAPS: PcapForm[] = [
  ...[true, false].flatMap((isLittleEndian) =>
    [true, false].map((isNanoseconds) => ({ isLittleEndian, isNanoseconds })),
  ),
  { isModified: true },
  { isModified: true, isLittleEndian: false },
  ...Object.keys(LINKS).map((link) => ({ link })),
];
const PCAPNGS: PcapngForm[] = [
  { isLittleEndian: false },
  { resolution: 6 },
  { resolution: 3, ticksPerSecond: 1_000n },
  { resolution: 12, ticksPerSecond: 1_000_000_000_000n, offsetSeconds: 1_699_999_000n },
  { resolution: 0x80 | 30, ticksPerSecond: 2n ** 30n },
  { resolution: 9, ticksPerSecond: 1_000_000_000n, offsetSeconds: 1_600_000_000n },
  { isLittleEndian: false, resolution: 9, ticksPerSecond: 1_000_000_000n, offsetSeconds: -5n },
  { blocks: 'obsolete' },
  { blocks: 'obsolete', isLittleEndian: false },
  ...Object.keys(LINKS).map((link) => ({ link, isLittleEndian: false })),
];

/** Powers of two do not hit every nanosecond. */
const rounded = (seen: readonly Seen[]): Seen[] => seen.map((it) => ({ ...it, ns: Math.round(it.ns / 100) * 100 }));

test('either format, in any byte order, unit of time and link type, says the same', (t) => {
  const files: [string, Uint8Array][] = [
    ...PCAPS.map((form): [string, Uint8Array] => [`pcap ${JSON.stringify(form)}`, pcap(FRAMES, form)]),
    ...PCAPNGS.map((form): [string, Uint8Array] => {
      const name = JSON.stringify(form, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
      return [`pcapng ${name}`, pcapng(FRAMES, form)];
    }),
  ];
  for (const [name, file] of files) {
    for (const size of [file.length, 1, 7]) {
      const { seen, report, epochNs } = read(file, { size });
      t.deepEqual(rounded(seen), EXPECTED.seen, `${name}, ${size} octets at a time`);
      t.deepEqual(report.faults, {}, name);
      t.is(epochNs, BEGINS, name);
    }
  }
});

withTshark(title('of every form tshark says what we say'), (t) => {
  const forms = [
    pcap(FRAMES, { isLittleEndian: false, isNanoseconds: false, link: 'Ethernet with two tags' }),
    pcap(FRAMES, { link: 'Linux cooked, version 2' }),
    pcap(FRAMES, { isModified: true, link: 'null' }),
    pcapng(FRAMES, { resolution: 0x80 | 30, ticksPerSecond: 2n ** 30n, link: 'loop' }),
    pcapng(FRAMES, { isLittleEndian: false, offsetSeconds: -5n, link: 'Linux cooked' }),
    pcapng(FRAMES, { blocks: 'obsolete', link: 'IPv4' }),
    pcapng(FRAMES, { blocks: 'simple' }),
    pcap(FRAMES, { snap: 50 }),
    join([pcapng(FRAMES), pcapng(FRAMES, { isLittleEndian: false })]),
  ];
  for (const [index, file] of forms.entries()) {
    t.deepEqual(differences(ours(file).rows, theirs(file)), [], `form ${index}`);
  }
});

function join(files: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(files.flatMap((file) => [...file]));
}

test('simple packet blocks have no time, and count as packets all the same', (t) => {
  const { seen, report } = read(pcapng(FRAMES, { blocks: 'simple' }));
  t.deepEqual(
    seen,
    EXPECTED.seen.map((it) => ({ ...it, ns: 0 })),
  );
  t.is(report.packets, FRAMES.length);
});

test('cooked captures say which way a packet went, and flags of a packet say it better', (t) => {
  const directions: string[] = [];
  const reader = new CaptureReader({ packet: ({ direction }) => void directions.push(direction) });
  reader.push(pcap(FRAMES.slice(0, 1), { link: 'Linux cooked' }));
  const plain = new CaptureReader({ packet: ({ direction }) => void directions.push(direction) });
  plain.push(pcap(FRAMES.slice(0, 1), { link: 'Ethernet' }));
  t.deepEqual(directions, ['out', 'unknown']);
});

test('whatever the snap length leaves of a header is decoded, and of the text the length is known', (t) => {
  const [frame] = timed([ip({ flags: SYN, seq: 5, length: 30, options: scaled })]);
  const header = 20 + 40;
  for (let snap = 0; snap <= header + 30; snap++) {
    const found: CapturedPacket[] = [];
    const seen: Partial<Record<'mss' | 'windowScale' | 'tsVal' | 'lengthOctets' | 'capturedOctets', number>>[] = [];
    const reader = new CaptureReader({
      packet: (packet) => {
        found.push(packet);
        const { mss, windowScale, tsVal } = packet.seg;
        seen.push({ mss, windowScale, tsVal, lengthOctets: 30, capturedOctets: packet.capturedOctets });
        t.is(packet.lengthOctets, 30);
        t.is(packet.isHeaderWhole, snap >= header);
        t.true(packet.seg.textStart + packet.seg.textLength <= packet.octets.length);
      },
    });
    reader.push(pcap([frame!], { snap }));
    const { faults } = reader.end();
    if (snap < 20 + 16) {
      t.deepEqual(Object.keys(faults), [snap < 20 ? 'ip-too-short' : 'too-short'], `snap ${snap}`);
      continue;
    }
    t.deepEqual(faults, {}, `snap ${snap}`);
    t.is(found.length, 1);
    t.is(seen[0]!.mss, snap >= 44 ? 1_460 : -1);
    t.is(seen[0]!.windowScale, snap >= 48 ? 2 : -1);
    t.is(seen[0]!.capturedOctets, Math.max(0, snap - header));
  }
});

test('what is no TCP segment is counted, and is no damage', (t) => {
  const udp = ip({});
  udp[9] = 17;
  const fragment = ip({ length: 100 });
  fragment[6] = 0x20;
  const arp = pcap(timed([ip({})]), { link: 'Ethernet' });
  arp[24 + 16 + 13] = 6;
  const { report } = read(pcap(timed([udp, fragment, ip({ seq: 1 })])));
  t.deepEqual(report.faults, { 'ip-not-tcp': 1, 'ip-fragment': 1 });
  t.is(report.segments, 1);
  t.deepEqual(read(arp).report.faults, { 'not-ip': 1 });
  for (const fault of ['ip-not-tcp', 'ip-fragment', 'not-ip', 'packet-link-type'] as const) t.false(isDamage(fault));
  for (const fault of ['truncated', 'block-length', 'too-short'] as const) t.true(isDamage(fault));
});

test('a length of 0, which segmentation by the card leaves, means all that follows', (t) => {
  const packet = ip({ length: 300 });
  packet[2] = 0;
  packet[3] = 0;
  t.is(read(pcap(timed([packet]))).seen[0]!.length, 300);
  t.like(read(pcap(timed([packet]), { snap: 60 })).seen[0], { length: 300, captured: 20 });
});

test('a SYN with another sequence number begins another conversation on the same ports, whoever sends it', (t) => {
  const { seen, forgotten, report } = read(
    pcap(
      timed([
        ip({ flags: SYN, seq: 100 }),
        ip({ flags: SYN, seq: 100 }),
        ip({ from: 'b', flags: SYN | ACK, seq: 900, ack: 101 }),
        ip({ flags: SYN, seq: 5_000 }),
        ip({ from: 'b', flags: SYN, seq: 7_000 }),
        ip({ seq: 5_001 }),
      ]),
    ),
  );
  t.deepEqual(
    seen.map(({ stream, side }) => `${stream}.${side}`),
    ['0.0', '0.0', '0.1', '1.0', '1.1', '1.0'],
    'the other side of the second has no number of its own yet, so its SYN may be an answer',
  );
  t.deepEqual(forgotten, [0]);
  t.is(report.conversations, 2);
});

test('of too many conversations the longest silent is forgotten, and told', (t) => {
  const packets = [1, 2, 3, 1, 4, 2, 1].map((port) => ip({ port, seq: port }));
  const { seen, forgotten, report } = read(pcap(timed(packets)), { mostConversations: 3 });
  t.deepEqual(
    seen.map(({ stream }) => stream),
    [0, 1, 2, 0, 3, 4, 0],
  );
  t.deepEqual(forgotten, [1, 2]);
  t.is(report.forgottenConversations, 2);
});

test('a damaged tail loses the tail only', (t) => {
  for (const whole of [pcap(FRAMES), pcapng(FRAMES)]) {
    const cut = read(whole.subarray(0, whole.length - 3));
    t.deepEqual(cut.seen, read(whole).seen.slice(0, -1));
    t.deepEqual(cut.report.faults, { truncated: 1 });
    t.true(cut.report.lostOctets > 0);
    const garbage = read(join([whole, new Uint8Array(64).fill(0xff)]));
    t.deepEqual(garbage.seen, read(whole).seen);
    t.is(Object.keys(garbage.report.faults).length, 1);
  }
});

test('clocks that step back, and jump, are told as they are', (t) => {
  const steps = [0n, 5_000_000_000n, -3_000_000_000n, 9_000_000n];
  const frames = steps.map((by) => ({ at: BEGINS + by, ip: ip({}) }));
  t.deepEqual(
    read(pcap(frames)).seen.map(({ ns }) => ns),
    steps.map(Number),
  );
  const far = [BEGINS, BEGINS + 2n ** 54n].map((at) => ({ at, ip: ip({}) }));
  t.deepEqual(read(pcapng(far)).report.faults, { 'packet-time': 1 });
});

test('show tells of conversations which they are', (t) => {
  const show = new Show();
  const lines: string[] = [];
  const reader = new PcapngReader((happening) => lines.push(show.line(happening)));
  reader.push(pcap(timed([ip({ flags: SYN, seq: 100 }), ip({ port: 7, flags: SYN, seq: 9 }), ip({ seq: 101 })])));
  reader.end();
  t.deepEqual(lines, [
    '+0.000000 * conversation 0: 192.0.2.1:20000 to 192.0.2.2:9293',
    '+0.000000 > S 0:0(0) win 100 // 1',
    '+0.025000 * conversation 1: 192.0.2.1:7 to 192.0.2.2:9293',
    '+0.000000 [1] > S 0:0(0) win 100 // 2',
    '+0.025000 > . 1:1(0) ack 1 win 100 // 3',
  ]);
});

/** Everything that reads a capture reads this; it must not throw, and every number must be one. */
function survives(file: Uint8Array, size: number): number {
  const wireshark = new Wireshark();
  let packets = 0;
  const reader = new CaptureReader(
    {
      packet(packet) {
        packets++;
        const { bytesInFlight, ackRttNs, rtoNs, windowSize, nextSeq } = wireshark.judge(packet);
        const { comment } = packet;
        const numbers = [bytesInFlight, ackRttNs, rtoNs, windowSize, nextSeq, packet.atNs, packet.lengthOctets];
        if (!numbers.every(Number.isSafeInteger)) throw new Error(`no numbers: ${numbers.join(' ')}`);
        if (comment !== undefined && typeof comment !== 'string') throw new Error('no comment');
        if (packet.seg.textStart + packet.seg.textLength > packet.octets.length) throw new Error('text out of reach');
      },
      forgotten: (conversation) => wireshark.forgotten(conversation),
    },
    { mostConversations: 5 },
  );
  for (let at = 0; at < file.length; at += size) reader.push(file.subarray(at, at + size));
  const report = reader.end();
  return packets === report.segments ? packets : Number.NaN;
}

test('nothing that stands in a file throws: octets at random, captures cut and changed', (t) => {
  const random = new Random(4);
  const folder = fileURLToPath(new URL('../../../test/trace/captures/', import.meta.url));
  const names = readdirSync(folder).filter((name) => name.endsWith('.pcap'));
  const captures: Uint8Array[] = names.map((name) => new Uint8Array(readFileSync(folder + name)));
  for (const link of Object.keys(LINKS)) captures.push(pcap(FRAMES, { link }), pcapng(FRAMES, { link }));
  const magics = [
    [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0],
    [0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4],
    [0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0],
  ];
  let packets = 0;
  for (let run = 0; run < 3_000; run++) {
    const noise = Uint8Array.from({ length: random.whole(0, 400) }, () => random.whole(0, 255));
    if (run % 3 === 0) {
      packets += survives(join([Uint8Array.from(magics[run % magics.length]!), noise]), random.whole(1, 500));
      continue;
    }
    const changed = captures[random.whole(0, captures.length - 1)]!.slice();
    for (let count = random.whole(1, 12); count > 0; count--) {
      // Mostly anywhere, often near the beginning, where the file's own header is.
      const at = random.chance(0.8) ? random.whole(1, changed.length) : random.scaled(1, changed.length);
      changed[at - 1] = random.whole(0, 255);
    }
    const length = random.chance(0.3) ? random.whole(0, changed.length) : changed.length;
    packets += survives(changed.subarray(0, length), random.scaled(1, 20_000));
  }
  t.true(packets > 10_000, String(packets));
});
