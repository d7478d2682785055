// Exports: nothing of a recording is lost in qlog, and every record of it satisfies the schema that docs/qlog.md describes; tables have
// every packet; qvis finds what it asks for.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import test from 'ava';
import { parquetReadObjects } from 'hyparquet';
import { ParquetFile } from '../../src/cli/parquet-file.ts';
import { ACK, FIN, PSH, SYN } from '../../src/tcp/index.ts';
import {
  type Cell,
  CsvExport,
  type Happening,
  PACKET_COLUMNS,
  PacketRows,
  PcapngReader,
  QLOG_EVENTS,
  QlogExport,
  qlogName,
  QvisExport,
  type TextExport,
  toQlogData,
} from '../../src/trace/index.ts';
import { join as joined, Pair, slowReader } from './pair.ts';
import { simulated } from './vantages.ts';

const ROOT = new URL('../../../', import.meta.url);
const CAPTURES = fileURLToPath(new URL('test/trace/captures/', ROOT));
const END = { address: '192.0.2.1', port: 40_001 };
const OTHER = { address: '2001:db8::2', port: 9_293 };

/** One of each, with all its fields. */
const SAMPLES: Readonly<Record<Happening['type'], Happening>> = {
  recording: {
    type: 'recording',
    atNs: 0,
    version: 1,
    application: 'sash 0.1.0',
    label: 'sender',
    local: END,
    remote: OTHER,
    epochNs: '1795288800123250000',
    configuration: { mss: 1_460 },
    run: { kind: 'scenario', name: 's05', text: 'title: t' },
  },
  conversation: { type: 'conversation', atNs: 5, conversation: 3, local: END, remote: OTHER },
  segment: {
    type: 'segment',
    atNs: 1_234_567,
    packet: 9,
    conversation: 3,
    direction: 'in',
    purpose: 'arrived',
    sourcePort: 1,
    destinationPort: 65_535,
    seq: 0xffff_ffff,
    ack: 7,
    flags: FIN | PSH | ACK,
    wnd: 65_535,
    lengthOctets: 3,
    mss: 1_460,
    windowScale: 14,
    tsVal: 1,
    tsEcr: 2,
    sackPermitted: true,
    sacks: [[1, 2]],
    comment: 'lost: rule 2; "quoted", and\na line',
    lost: 'rule 2',
    text: Uint8Array.of(0, 15, 255),
  },
  refused: { type: 'refused', atNs: 6, refusal: 'old', seq: 1, ack: 2, flags: SYN, lengthOctets: 4 },
  offer: {
    type: 'offer',
    atNs: 7,
    rule: 'room',
    edge: 9,
    wndOctets: 8,
    roomOctets: 10,
    capacityOctets: 11,
  },
  'send-window': { type: 'send-window', atNs: 8, fromOctets: 1, toOctets: 2, flightOctets: 3 },
  congestion: {
    type: 'congestion',
    atNs: 9,
    from: 'none',
    to: 'fast',
    cwndOctets: 21_170,
    ssthreshOctets: null,
    pipeOctets: 33_580,
  },
  reason: {
    type: 'reason',
    atNs: 9_007_199_254_740,
    from: 'sending',
    to: 'zero-window',
    heldNs: 123_456_789,
    flightOctets: 1,
    wndOctets: 2,
    unsentOctets: 3,
    mssOctets: 4,
    roomOctets: 5,
  },
  offering: {
    type: 'offering',
    atNs: 10,
    from: 'open',
    to: 'withheld',
    heldNs: 11,
    roomOctets: 12,
    capacityOctets: 13,
  },
  timer: { type: 'timer', atNs: 11, timer: 'persist', event: 'starts', deadlineNs: 999_999_999 },
  state: { type: 'state', atNs: 12, from: 'SYN-SENT', to: 'ESTABLISHED' },
  written: { type: 'written', atNs: 13, offeredOctets: 1, acceptedOctets: 2, roomOctets: 3 },
  read: { type: 'read', atNs: 14, octets: 15, unreadOctets: 16 },
  marker: { type: 'marker', atNs: 15, text: 'here' },
  end: { type: 'end', atNs: 16, complete: false, why: 'the disk was full', connection: null },
};

const schema = JSON.parse(readFileSync(new URL('docs/qlog.schema.json', ROOT), 'utf8')) as {
  definitions: Record<string, { required: string[]; properties: Record<string, unknown> }>;
};
const validate = new Ajv({ strict: false }).compile(schema);

interface QlogRecord {
  time: number;
  name: string;
  group_id?: string;
  data: Record<string, unknown>;
}

function records<T = QlogRecord>(text: string): T[] {
  return text
    .split('\u001E')
    .slice(1)
    .map((record) => JSON.parse(record) as T);
}

function exported(exporter: TextExport, happenings: readonly Happening[]): string {
  return happenings.map((happening) => exporter.take(happening)).join('') + exporter.end();
}

/** The happenings of a file, which keep what they have: the text is copied. */
function read(file: Uint8Array): Happening[] {
  const happenings: Happening[] = [];
  const reader = new PcapngReader((happening) => {
    const text = happening.type === 'segment' ? happening.text : undefined;
    happenings.push(text === undefined ? happening : ({ ...happening, text: text.slice() } as Happening));
  });
  reader.push(file);
  reader.end();
  return happenings;
}

function slow(): Uint8Array {
  const pair = slowReader({ snap: 'full' });
  return pair.recording(pair.sender);
}

function restored(value: unknown, writing: string): unknown {
  const bits: Record<string, number> = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32 };
  if (writing === 'ms') return Math.round((value as number) * 1e6);
  if (writing === 'flags') return (value as string[]).reduce((sum, bit) => sum + bits[bit]!, 0);
  return writing === 'hex' ? new Uint8Array(Buffer.from(value as string, 'hex')) : value;
}

test('qlog: of every kind of happening nothing is lost, and no event has two meanings', (t) => {
  const names = Object.values(QLOG_EVENTS).flatMap((event) => event.names);
  t.is(new Set(names).size, names.length);
  for (const [type, sample] of Object.entries(SAMPLES)) {
    const data = toQlogData(sample);
    const again: Record<string, unknown> = { type, atNs: sample.atNs };
    for (const [from, to, writing] of QLOG_EVENTS[sample.type].fields) {
      if (data[to] !== undefined) again[from] = restored(data[to], writing);
    }
    t.deepEqual(again, { ...sample }, type);
    t.is(new Set(QLOG_EVENTS[sample.type].fields.map(([, to]) => to)).size, QLOG_EVENTS[sample.type].fields.length);
  }
});

test('qlog: real recordings are as the schema says, from every point of view, and so are captures of others', async (t) => {
  const files = [
    ...(await simulated('s31')).values(),
    ...(await simulated('s30', { isAllInOne: true })).values(),
    ...(await simulated('s27', { until: 5e9 })).values(),
    slow(),
  ];
  for (const name of readdirSync(CAPTURES).filter((file) => file.includes('.pcap'))) {
    files.push(readFileSync(join(CAPTURES, name)));
  }
  const met = new Set<string>();
  for (const file of files) {
    const happenings = read(file);
    const [header, ...events] = records(exported(new QlogExport(), happenings));
    t.true(validate(header), JSON.stringify(validate.errors));
    t.true(events.length >= happenings.length);
    for (const event of events) {
      met.add(event.name);
      if (!validate(event)) t.fail(`${JSON.stringify(event)}: ${JSON.stringify(validate.errors)}`);
    }
    const own = events.filter(({ name }) => name !== 'simulation:scenario');
    t.deepEqual(
      own.map(({ name, time }) => [name, Math.round(time * 1e6)]),
      happenings.map((happening) => [qlogName(happening), happening.atNs]),
    );
  }
  for (const name of [
    'tcp:segment_dropped',
    'tcp:window_advertised',
    'tcp:connection_observed',
    'tcp:recovery_metrics_updated',
  ])
    t.true(met.has(name), name);
  t.false(validate({ time: 1, name: 'tcp:data_read', data: { length: 1 } }), 'the schema does refuse');
});

test('qlog: the documents name every event and field, and their examples are as the schema says', (t) => {
  const text = readFileSync(new URL('docs/qlog.md', ROOT), 'utf8');
  for (const { names, fields } of Object.values(QLOG_EVENTS)) {
    for (const name of names) {
      t.true(text.includes(name), name);
      const { properties } = schema.definitions[name]!;
      const known = fields.map(([, to]) => to).filter((to) => to !== 'trigger' || name !== 'tcp:segment_sent');
      t.deepEqual(
        Object.keys(properties).filter((to) => !known.includes(to)),
        [],
        name,
      );
      for (const to of Object.keys(properties)) t.true(text.includes(`\`${to}\``), `${name}: ${to}`);
    }
  }
  const examples = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => JSON.parse(json!) as unknown);
  t.true(examples.length > 12);
  for (const example of examples) {
    if (!validate(example)) t.fail(`${JSON.stringify(example)}: ${JSON.stringify(validate.errors)}`);
  }
});

/** RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  for (const [, row] of text.matchAll(/((?:[^"\r\n]|"(?:[^"]|"")*")*)\r\n/g)) {
    const cells = [...`${row!},`.matchAll(/("(?:[^"]|"")*"|[^",]*),/g)].map(([, cell]) => cell!);
    rows.push(cells.map((cell) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)));
  }
  return rows;
}

test('CSV: a header, and each packet in a row, whatever its comment says', (t) => {
  const happenings = read(slow());
  const segments = happenings.filter((happening) => happening.type === 'segment');
  const [header, ...rows] = parseCsv(exported(new CsvExport(), happenings));
  t.deepEqual(
    header,
    PACKET_COLUMNS.map(({ name }) => name),
  );
  t.is(rows.length, segments.length);
  const column = (name: string): number[] => rows.map((row) => Number(row[header!.indexOf(name)]));
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  t.is(sum(column('length_octets')), sum(segments.map(({ lengthOctets }) => lengthOctets)));
  t.deepEqual(
    column('packet'),
    segments.map(({ packet }) => packet),
  );
  t.deepEqual(
    column('at_ns'),
    segments.map(({ atNs }) => atNs),
  );
  t.is(column('seq')[0], 0, 'from the ISN on');
  t.is(Math.max(...column('seq')), 12_002, 'the FIN after 12,001; across 2^32 it does not wrap');
  const odd = parseCsv(exported(new CsvExport(), [SAMPLES.segment]));
  t.is(odd[1]![header!.indexOf('comment')], 'lost: rule 2; "quoted", and\na line');
  t.deepEqual(parseCsv(exported(new CsvExport(), [])), [header!], 'of nothing the header');
});

async function parquet(happenings: readonly Happening[]): Promise<Record<string, unknown>[]> {
  const parts: Uint8Array[] = [];
  const file = await ParquetFile.open(PACKET_COLUMNS, 'sash test', (octets) => void parts.push(octets.slice()));
  const rows = new PacketRows();
  for (const happening of happenings) {
    const row = rows.take(happening);
    if (row !== undefined) file.row(row);
  }
  file.end();
  return parquetReadObjects({ file: joined(parts).buffer as ArrayBuffer });
}

test('Parquet: read back, it has what CSV has, in as many row groups as it takes', async (t) => {
  const happenings = read(slow());
  const table = await parquet(happenings);
  const rows = new PacketRows();
  const expected = happenings.flatMap((happening) => [rows.take(happening) ?? []].filter((row) => row.length > 0));
  t.is(table.length, expected.length);
  expected.forEach((cells: Cell[], index) => {
    const there = PACKET_COLUMNS.map(({ name }) => table[index]![name] ?? null);
    t.deepEqual(
      there.map((cell) => (typeof cell === 'bigint' ? Number(cell) : cell)),
      cells,
    );
  });
  t.deepEqual(await parquet([]), []);
  const many = Array.from({ length: 20_500 }, (_, packet) => ({
    ...SAMPLES.segment,
    packet,
    atNs: packet,
  })) as Happening[];
  const back = await parquet(many);
  t.is(back.length, many.length);
  t.is(
    back.reduce((sum, row) => sum + Number(row['at_ns']), 0),
    (20_499 * 20_500) / 2,
  );
});

interface QvisPacket extends QlogRecord {
  data: {
    header?: { packet_number: number };
    raw?: { length: number };
    frames?: { frame_type: string; acked_ranges?: [number, number][]; maximum?: number }[];
    bytes_in_flight?: number;
    latest_rtt?: number;
  };
}

test('qvis: what its loader and its congestion graph ask for is there', async (t) => {
  for (const file of [slow(), (await simulated('s24', { until: 5e9 })).get('flow-sender')!]) {
    const happenings = read(file);
    const text = exported(new QvisExport(), happenings);
    const head = text.slice(0, 1_024);
    t.true(head.includes('"qlog_version":"0.3"') && head.includes('"qlog_format":"JSON-SEQ"'));
    const [header, ...events] = records<QvisPacket>(text);
    const { trace } = header as unknown as {
      trace: { common_fields: { time_format: string; reference_time: number } };
    };
    t.is(trace.common_fields.time_format, 'relative');
    t.is(typeof trace.common_fields.reference_time, 'number');
    t.true(events.every(({ time }, at) => at === 0 || events[at - 1]!.time <= time));
    const sent = events.filter(({ name }) => name === 'transport:packet_sent');
    const received = events.filter(({ name }) => name === 'transport:packet_received');
    const segments = happenings.filter((happening) => happening.type === 'segment');
    t.is(sent.length + received.length, segments.length);
    sent.forEach(({ data }, at) => t.is(data.header!.packet_number, at));
    const withText = new Set(
      sent.filter(({ data }) => data.raw!.length > 0).map(({ data }) => data.header!.packet_number),
    );
    const acked = received.flatMap(({ data }) => data.frames!.flatMap(({ acked_ranges: ranges = [] }) => ranges));
    const seen = new Set<number>();
    for (const [first, last] of acked) {
      for (let number = first; number <= last; number++) {
        if (!withText.has(number)) continue; // a segment without text that lies between two with
        t.false(seen.has(number), 'each once');
        seen.add(number);
      }
    }
    t.true(seen.size > 5 && seen.size <= withText.size);
    t.true(events.some(({ data }) => (data.latest_rtt ?? 0) > 0));
  }
});

test('qvis: the flow-control line is the right edge, and losses are those of packets that were sent', async (t) => {
  const pair = new Pair({ loses: (from, count) => from === 'sender' && count === 6 });
  pair.runFor(5e6);
  pair.sender.connection.write(new Uint8Array(30_000), pair.now);
  pair.runFor(5e9);
  const events = records<QvisPacket>(exported(new QvisExport(), read(pair.recording(pair.sender))));
  const lost = events
    .filter(({ name }) => name === 'recovery:packet_lost')
    .map(({ data }) => data.header!.packet_number);
  t.deepEqual(lost, [5], 'SYN, ACK, then the fourth with text');
  const limits = events.flatMap(({ name, data }) =>
    name === 'transport:packet_received' ? data.frames!.flatMap(({ maximum }) => maximum ?? []) : [],
  );
  t.is(limits[0], 65_534);
  t.true(limits.every((limit, at) => at === 0 || limits[at - 1]! <= limit));
});
