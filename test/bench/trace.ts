// Analysing a capture: segments a second of `trace flags`' analysis of a file at MSS 1460, beside `tshark -q -z expert` and
// `tcptrace` on the same file. The file is what two cores say to each other: text in the window's bursts, an ACK for every two.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, connectionOptions, MICROSECOND, Segment, seq } from '../../src/tcp/index.ts';
import { CaptureReader, Wireshark } from '../../src/trace/index.ts';
import { encodeSegment, fillChecksum, ipHeader, segmentLength } from '../../src/wire/index.ts';

const MSS = 1_460;
const isQuick = process.argv.includes('--quick');
const segments = isQuick ? 20_000 : 500_000;
const rounds = isQuick ? 1 : 5;

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

/** Seconds; the least of three. */
function run(program: string, args: readonly string[]): number | undefined {
  if (spawnSync(program, ['-v']).error !== undefined) {
    console.log(`          ${program} is not installed: apt-get install ${program}`);
    return undefined;
  }
  const times = Array.from({ length: isQuick ? 1 : 3 }, () => {
    const begun = process.hrtime.bigint();
    spawnSync(program, args, { stdio: 'ignore' });
    return Number(process.hrtime.bigint() - begun) / 1e9;
  });
  return Math.min(...times);
}

function analyse(path: string): number {
  const begun = process.hrtime.bigint();
  const wireshark = new Wireshark();
  const reader = new CaptureReader({ packet: (packet) => void wireshark.judge(packet) });
  const chunk = new Uint8Array(1_048_576);
  const input = openSync(path, 'r');
  for (let read = readSync(input, chunk); read > 0; read = readSync(input, chunk)) reader.push(chunk.subarray(0, read));
  closeSync(input);
  if (Object.keys(reader.end().faults).length > 0) throw new Error('the capture can be read');
  return Number(process.hrtime.bigint() - begun) / 1e9;
}

/** A transfer between two cores, each segment of which goes to a file, as classic pcap. */
class Transfer {
  count = 0;
  readonly #ends: readonly [Connection, Connection];
  readonly #headers = [ipHeader('192.0.2.1', '192.0.2.2')!, ipHeader('192.0.2.2', '192.0.2.1')!] as const;
  readonly #seg = new Segment();
  readonly #text = new Uint8Array(262_144).fill(0x61);
  readonly #slab = Buffer.alloc(1_048_576);
  readonly #output: number;
  #at = 24;
  #now = 0;

  constructor(path: string) {
    const options = { mss: MSS, receiveBuffer: 65_536, timestamps: true };
    this.#ends = [
      new Connection(connectionOptions({ ...options, iss: seq(0xff00_0000), localPort: 20_000, remotePort: 9_293 }), 0),
      new Connection(connectionOptions({ ...options, iss: seq(7), localPort: 9_293, remotePort: 20_000 }), 0),
    ];
    this.#output = openSync(path, 'w');
    this.#slab.writeUInt32LE(0xa1b2_3c4d, 0); // nanoseconds
    this.#slab.writeUInt32LE(0x0004_0002, 4); // version 2.4
    this.#slab.writeUInt32LE(262_144, 16);
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
    slab.writeUInt32LE(ip.length + length, this.#at + 8);
    slab.writeUInt32LE(ip.length + length, this.#at + 12);
    this.#at += 16 + ip.encode(slab, this.#at + 16, length);
    encodeSegment(this.#seg, slab, this.#at);
    fillChecksum(ip.pseudo, slab, this.#at, length);
    this.#at += length;
    this.count++;
  }
}

/** Writes a capture of at least so many segments, and says how many they are. */
function write(path: string, least: number): number {
  const transfer = new Transfer(path);
  while (transfer.count < least) transfer.step();
  transfer.close();
  return transfer.count;
}

const folder = mkdtempSync(join(tmpdir(), 'sash-bench-'));
const file = join(folder, 'bulk.pcap');
try {
  const count = write(file, segments);
  console.log(`\nAnalysing a capture of ${count} segments, ${Math.round(statSync(file).size / 1e6)} MB, MSS ${MSS}`);
  const sash = median(Array.from({ length: rounds }, () => analyse(file)));
  tell('sash: reading and the flags of every segment', count, sash);
  const tshark = run('tshark', ['-q', '-z', 'expert', '-r', file]);
  if (tshark !== undefined) {
    tell('tshark -q -z expert', count, tshark);
    console.log(`  ${(tshark / sash).toFixed(1)} × tshark (target 10)`);
  }
  const tcptrace = run('tcptrace', ['-l', file]);
  if (tcptrace !== undefined) tell('tcptrace -l', count, tcptrace);
} finally {
  rmSync(folder, { recursive: true });
}
