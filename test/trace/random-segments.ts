// Conversations of segments drawn at random, near enough to each other in sequence that they hit upon every condition there
// is, and at times that step back now and then: what no TCP sends, but a capture may hold. As classic pcap, in nanoseconds.
import { ACK, FIN, PSH, RST, seq, Segment, SYN, URG } from '../../src/tcp/index.ts';
import { encodeSegment, ipHeader, segmentLength } from '../../src/wire/index.ts';
import { Random } from '../harness/random.ts';
import { join } from './pair.ts';

const ADDRESSES = ['10.0.0.1', '10.0.0.2'] as const;
const HEADERS = [ipHeader(...ADDRESSES)!, ipHeader(ADDRESSES[1], ADDRESSES[0])!] as const;
const FILE_HEADER = [0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0];
/** Between two segments, in nanoseconds: about the limits that Wireshark has, which are 3 ms, 20 ms and a round trip. */
const STEPS = [0, 1_000, 1_000_000, 1_000_000, 4_000_000, 19_000_000, 21_000_000, 200_000_000];

export function segmentsAtRandom(seed: number, { conversations = 10, segments = 50 } = {}): Uint8Array {
  const random = new Random(seed);
  const file: Uint8Array[] = [Uint8Array.from(FILE_HEADER)];
  let now = pick(random, [0n, 5_000_000_000n, 1_700_000_000_000_000_000n]);
  for (let number = 0; number < conversations; number++) {
    const conversation = new Conversation(random, 20_000 + number);
    for (let count = 0; count < segments; count++) {
      const side = random.chance(0.5) ? 0 : 1;
      file.push(packet(conversation.draw(side, count), side, now));
      now += BigInt(pick(random, STEPS));
      if (random.chance(0.01) && now > 3_000_000n) now -= 3_000_000n;
    }
  }
  return join(file);
}

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.whole(0, choices.length - 1)]!;
}

class Conversation {
  readonly #random: Random;
  readonly #ports: readonly [number, number];
  readonly #isn: readonly [number, number];
  readonly #unit: number;
  readonly #span: number;
  readonly #windows: readonly number[];
  /** The last segment of each side, to be repeated now and then: that is what duplicates are. */
  readonly #last: (Segment | undefined)[] = [];

  constructor(random: Random, port: number) {
    const any = (): number => random.whole(0, 2 ** 32 - 1);
    this.#random = random;
    this.#ports = [port, 9_293];
    this.#isn = [pick(random, [0, 5, 2 ** 32 - 3_000, 2 ** 31 - 2_000, any()]), pick(random, [0, 2 ** 32 - 50, any()])];
    this.#unit = pick(random, [1, 10, 100, 1_460]);
    this.#span = pick(random, [2, 8, 30]);
    this.#windows = random.chance(0.3) ? [0] : [0, 1, 100, 100, 1_460, 65_535, (this.#unit * this.#span) & 0xffff];
  }

  draw(side: 0 | 1, count: number): Segment {
    const random = this.#random;
    const before = this.#last[side];
    if (before !== undefined && random.chance(0.2)) return before;
    const seg = new Segment();
    seg.sourcePort = this.#ports[side];
    seg.destinationPort = this.#ports[side === 0 ? 1 : 0];
    seg.flags = this.#flags(count);
    const isInitial = seg.has(SYN) && random.chance(0.9);
    seg.seq = seq(isInitial ? this.#isn[side] : this.#near(side) - (random.chance(0.1) ? 1 : 0));
    seg.ack = seq(random.chance(0.05) ? 0 : this.#near(side === 0 ? 1 : 0));
    seg.wnd = pick(random, this.#windows);
    seg.textLength = pick(random, [0, 0, 0, 1, 1, this.#unit, 2 * this.#unit, 3 * this.#unit]);
    seg.text = new Uint8Array(seg.textLength);
    if (random.chance(0.1)) seg.flags |= URG;
    if (seg.has(URG) || random.chance(0.02)) seg.up = pick(random, [0, 1, 1_460, 65_535]);
    this.#addOptions(seg, side);
    this.#last[side] = seg;
    return seg;
  }

  #near(side: 0 | 1): number {
    return this.#isn[side] + 1 + this.#unit * this.#random.whole(0, this.#span - 1);
  }

  #flags(count: number): number {
    const random = this.#random;
    const push = random.chance(0.3) ? PSH : 0;
    if (count < 2 && random.chance(0.8)) return count === 0 ? SYN : SYN | ACK;
    if (random.chance(0.85)) return ACK | push;
    return push | pick(random, [SYN, SYN | ACK, FIN | ACK, FIN | ACK, RST, RST | ACK, 0]);
  }

  #addOptions(seg: Segment, side: 0 | 1): void {
    const random = this.#random;
    if (seg.has(SYN)) {
      if (random.chance(0.7)) seg.windowScale = pick(random, [0, 2, 7, 14, 15]);
      return;
    }
    if (!random.chance(0.15)) return;
    const blocks = random.whole(1, 4);
    for (let block = 0; block < blocks; block++) {
      const start = this.#near(side === 0 ? 1 : 0);
      seg.addSack(seq(start), seq(start + this.#unit * random.whole(1, 3)));
    }
  }
}

function packet(seg: Segment, side: 0 | 1, now: bigint): Uint8Array {
  const ip = HEADERS[side];
  const length = segmentLength(seg);
  const octets = new Uint8Array(16 + ip.length + length);
  const view = new DataView(octets.buffer);
  view.setUint32(0, Number(now / 1_000_000_000n), true);
  view.setUint32(4, Number(now % 1_000_000_000n), true);
  view.setUint32(8, ip.length + length, true);
  view.setUint32(12, ip.length + length, true);
  encodeSegment(seg, octets, 16 + ip.encode(view, 16, length));
  return octets;
}
