// Analysing a capture: packets a second of processor time of `trace flags`, `check` and `summary` on a file at MSS 1460, beside
// `tshark -q -z expert` and `tcptrace` on the same file; and the most memory that `check` and `summary` take, of a longer file and
// of one a quarter as long. The file is what two cores say to each other: text in the window's bursts, an ACK for every two.
import { fork, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Connection, connectionOptions, MICROSECOND, Segment, seq } from '../../src/tcp/index.ts';
import {
  type CapturedPacket,
  CaptureReader,
  type CaptureSink,
  Linter,
  Study,
  summarize,
  Summed,
  Wireshark,
} from '../../src/trace/index.ts';
import { encodeSegment, fillChecksum, ipHeader, segmentLength } from '../../src/wire/index.ts';

const MSS = 1_460;
const isQuick = process.argv.includes('--quick');
const segments = isQuick ? 20_000 : 500_000;
const rounds = isQuick ? 1 : 3;
/** Octets kept of a packet where only headers are. */
const HEADERS = 96;

type Analysis = 'flags' | 'check' | 'summary';

function tell(what: string, count: number, seconds: number): void {
  console.log(
    `${Math.round(count / seconds / 1e3)
      .toString()
      .padStart(6)} k/s  ${what}`,
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

/** Seconds of processor time; the least of three. */
function run(program: string, args: readonly string[]): number | undefined {
  if (spawnSync(program, ['-v']).error !== undefined) {
    console.log(`          ${program} is not installed: apt-get install ${program}`);
    return undefined;
  }
  const timed = 'TIMEFORMAT="%U %S"; time "$@" > /dev/null 2> /dev/null';
  const times = Array.from({ length: isQuick ? 1 : 3 }, () => {
    const { stderr } = spawnSync('bash', ['-c', timed, '-', program, ...args], { encoding: 'utf8' });
    return stderr
      .trim()
      .split(' ')
      .reduce((sum, seconds) => sum + Number(seconds), 0);
  });
  return Math.min(...times);
}

/** A sink, and what is done when the capture has ended. */
function analysis(which: Analysis): { sink: CaptureSink; end: () => number } {
  if (which === 'flags') {
    const wireshark = new Wireshark();
    return { sink: { packet: (packet) => void wireshark.judge(packet) }, end: () => 1 };
  }
  if (which === 'check') {
    const linter = new Linter();
    return { sink: linter, end: () => linter.reports().length };
  }
  const study = new Study<CapturedPacket, Summed>({ make: (track, subject) => new Summed(track, subject) });
  return { sink: study, end: () => study.connections.map((connection) => summarize(connection)).length };
}

/** Seconds of processor time. */
function analyse(path: string, which: Analysis): number {
  const begun = process.cpuUsage();
  const { sink, end } = analysis(which);
  const reader = new CaptureReader(sink);
  const chunk = new Uint8Array(1_048_576);
  const input = openSync(path, 'r');
  for (let read = readSync(input, chunk); read > 0; read = readSync(input, chunk)) reader.push(chunk.subarray(0, read));
  closeSync(input);
  if (Object.keys(reader.end().faults).length > 0) throw new Error('the capture can be read');
  if (end() !== 1) throw new Error('it is of one connection');
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1e6;
}

/** The most memory that a process of its own takes, octets. */
function memory(path: string, which: Analysis): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ['--measure', which, path]);
    child.once('message', (kilobytes) => resolve(Number(kilobytes) * 1_024));
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
}

/** A transfer between two cores, each segment of which goes to a file, as classic pcap. */
class Transfer {
  count = 0;
  readonly #ends: readonly [Connection, Connection];
  readonly #headers = [ipHeader('192.0.2.1', '192.0.2.2')!, ipHeader('192.0.2.2', '192.0.2.1')!] as const;
  readonly #seg = new Segment();
  readonly #text = new Uint8Array(262_144).fill(0x61);
  readonly #slab = Buffer.from(new ArrayBuffer(1_048_576));
  readonly #view = new DataView(this.#slab.buffer);
  readonly #output: number;
  readonly #snap: number;
  #at = 24;
  #now = 0;

  constructor(path: string, snap: number) {
    this.#snap = snap;
    const options = { mss: MSS, receiveBuffer: 65_536, timestamps: true };
    this.#ends = [
      new Connection(connectionOptions({ ...options, iss: seq(0xff00_0000), localPort: 20_000, remotePort: 9_293 }), 0),
      new Connection(connectionOptions({ ...options, iss: seq(7), localPort: 9_293, remotePort: 20_000 }), 0),
    ];
    this.#output = openSync(path, 'w');
    this.#slab.writeUInt32LE(0xa1b2_3c4d, 0); // nanoseconds
    this.#slab.writeUInt32LE(0x0004_0002, 4); // version 2.4
    this.#slab.writeUInt32LE(snap, 16);
    this.#slab.writeUInt32LE(101, 20); // raw IP
    this.#ends[1].listen(0);
    this.#ends[0].connect(0);
  }

  /** Text as far as it fits, all that it causes, and the reader takes it. */
  step(): void {
    const [sender, receiver] = this.#ends;
    sender.write(this.#text, this.#now);
    const before = this.count;
    this.#move(0);
    this.#move(1);
    receiver.consume(receiver.readable, this.#now);
    if (this.count > before) return;
    this.#now = Math.max(this.#now, Math.min(sender.nextDeadline(), receiver.nextDeadline()));
    for (const end of this.#ends) end.timePasses(this.#now);
  }

  close(): void {
    writeSync(this.#output, this.#slab, 0, this.#at);
    closeSync(this.#output);
  }

  #move(from: 0 | 1): void {
    const to = this.#ends[from === 0 ? 1 : 0];
    while (this.#ends[from].pollSegment(this.#seg, (this.#now += 5 * MICROSECOND))) {
      this.#store(from);
      to.segmentArrives(this.#seg, this.#now);
    }
  }

  #store(from: 0 | 1): void {
    const slab = this.#slab;
    const ip = this.#headers[from];
    const length = segmentLength(this.#seg);
    if (this.#at + 16 + ip.length + length > slab.length) this.#at -= writeSync(this.#output, slab, 0, this.#at);
    slab.writeUInt32LE(1_700_000_000 + Math.floor(this.#now / 1e9), this.#at);
    slab.writeUInt32LE(this.#now % 1e9, this.#at + 4);
    const kept = Math.min(this.#snap, ip.length + length);
    slab.writeUInt32LE(kept, this.#at + 8);
    slab.writeUInt32LE(ip.length + length, this.#at + 12);
    const tcpAt = this.#at + 16 + ip.encode(this.#view, this.#at + 16, length);
    encodeSegment(this.#seg, slab, tcpAt);
    fillChecksum(ip.pseudo, slab, tcpAt, length);
    this.#at += 16 + kept;
    this.count++;
  }
}

/** Writes a capture of at least so many segments, and says how many they are. */
function write(path: string, least: number, snap = 262_144): number {
  const transfer = new Transfer(path, snap);
  while (transfer.count < least) transfer.step();
  transfer.close();
  return transfer.count;
}

const ANALYSES: Readonly<Record<Analysis, string>> = {
  flags: 'sash: reading, and the flags of every segment',
  check: 'sash: reading, and every rule of trace check',
  summary: 'sash: reading, and trace summary',
};

async function main(folder: string): Promise<void> {
  const file = join(folder, 'bulk.pcap');
  const count = write(file, segments);
  console.log(`\nAnalysing a capture of ${count} segments, ${Math.round(statSync(file).size / 1e6)} MB, MSS ${MSS}:`);
  console.log('packets a second of processor time');
  const seconds = new Map<Analysis, number>();
  for (const [which, what] of Object.entries(ANALYSES) as [Analysis, string][]) {
    seconds.set(which, median(Array.from({ length: rounds }, () => analyse(file, which))));
    tell(what, count, seconds.get(which)!);
  }
  const tshark = run('tshark', ['-q', '-z', 'expert', '-r', file]);
  if (tshark !== undefined) {
    tell('tshark -q -z expert', count, tshark);
    const times = [...seconds].map(([which, own]) => `${which} ${(tshark / own).toFixed(1)} ×`);
    console.log(`  ${times.join(', ')} tshark (target 10)`);
  }
  const tcptrace = run('tcptrace', ['-l', file]);
  if (tcptrace !== undefined) tell('tcptrace -l', count, tcptrace);
  rmSync(file);

  const [short, long] = [join(folder, 'short.pcap'), join(folder, 'long.pcap')];
  const counts = [write(short, segments, HEADERS), write(long, 4 * segments, HEADERS)];
  console.log(`\nThe most memory, of ${counts.join(' and of ')} packets, headers only`);
  for (const which of ['check', 'summary'] as const) {
    const most = [await memory(short, which), await memory(long, which)];
    console.log(`  ${which.padEnd(8)} ${most.map((octets) => `${Math.round(octets / 1e6)} MB`).join(', ')}`);
  }
}

const at = process.argv.indexOf('--measure');
if (at > 0) {
  analyse(process.argv[at + 2]!, process.argv[at + 1] as Analysis);
  process.send!(process.resourceUsage().maxRSS);
  process.disconnect();
} else {
  const folder = mkdtempSync(join(tmpdir(), 'sash-bench-'));
  try {
    await main(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
