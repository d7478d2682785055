// The same few frames in every form a capture may have: both formats, both byte orders, units of time, link types, forms of
// packet blocks. What a test reads out of any of them is the same.

export interface Frame {
  /** Nanoseconds since 1970. */
  at: bigint;
  /** An IP packet. */
  ip: Uint8Array;
}

/** What stands before the IP packet, and the number of the link type. */
export const LINKS: Readonly<Record<string, { type: number; header: (ip: Uint8Array) => number[] }>> = {
  raw: { type: 101, header: () => [] },
  'raw of BSD': { type: 12, header: () => [] },
  'raw of OpenBSD': { type: 14, header: () => [] },
  IPv4: { type: 228, header: () => [] },
  Ethernet: { type: 1, header: () => [...Array<number>(12).fill(7), 0x08, 0x00] },
  'Ethernet with a VLAN tag': { type: 1, header: () => [...Array<number>(12).fill(7), 0x81, 0x00, 0, 5, 0x08, 0x00] },
  'Ethernet with two tags': {
    type: 1,
    header: () => [...Array<number>(12).fill(7), 0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 0x08, 0x00],
  },
  'Linux cooked': { type: 113, header: () => [0, 4, 0, 1, 0, 6, ...Array<number>(8).fill(0), 0x08, 0x00] },
  'Linux cooked, version 2': {
    type: 276,
    header: () => [0x08, 0x00, 0, 0, 0, 0, 0, 1, 0, 1, 4, 6, ...Array<number>(8).fill(0)],
  },
  null: { type: 0, header: () => [2, 0, 0, 0] },
  loop: { type: 108, header: () => [0, 0, 0, 2] },
};

function framed({ ip }: Frame, link: string): Uint8Array {
  return Uint8Array.from([...LINKS[link]!.header(ip), ...ip]);
}

class Writer {
  readonly octets: number[] = [];
  readonly isLittleEndian: boolean;

  constructor(isLittleEndian: boolean) {
    this.isLittleEndian = isLittleEndian;
  }

  u16(n: number): this {
    const pair = [(n >>> 8) & 0xff, n & 0xff];
    this.octets.push(...(this.isLittleEndian ? pair.toReversed() : pair));
    return this;
  }

  u32(n: number): this {
    const four = [n >>> 24, (n >>> 16) & 0xff, (n >>> 8) & 0xff, n & 0xff];
    this.octets.push(...(this.isLittleEndian ? four.toReversed() : four));
    return this;
  }

  bytes(octets: Iterable<number>): this {
    this.octets.push(...octets);
    while (this.octets.length % 4 !== 0) this.octets.push(0);
    return this;
  }
}

export interface PcapForm {
  isLittleEndian?: boolean;
  isNanoseconds?: boolean;
  isModified?: boolean;
  link?: string;
  snap?: number;
}

/** Classic pcap. */
export function pcap(frames: readonly Frame[], form: PcapForm = {}): Uint8Array {
  const { isLittleEndian = true, isNanoseconds = true, isModified = false, link = 'raw', snap = 65_535 } = form;
  const plain = isNanoseconds ? 0xa1b2_3c4d : 0xa1b2_c3d4;
  const file = new Writer(isLittleEndian);
  file
    .u32(isModified ? 0xa1b2_cd34 : plain)
    .u16(2)
    .u16(4)
    .u32(0)
    .u32(0)
    .u32(snap)
    .u32(LINKS[link]!.type);
  for (const frame of frames) {
    const octets = framed(frame, link);
    const kept = octets.slice(0, snap);
    const isFine = isNanoseconds && !isModified;
    file.u32(Number(frame.at / 1_000_000_000n));
    file.u32(Number((frame.at % 1_000_000_000n) / (isFine ? 1n : 1_000n)));
    file.u32(kept.length).u32(octets.length);
    if (isModified) file.u32(1).u16(0x0800).u16(0);
    file.octets.push(...kept);
  }
  return Uint8Array.from(file.octets);
}

export interface PcapngForm {
  isLittleEndian?: boolean;
  /** if_tsresol; absent it is microseconds. */
  resolution?: number;
  /** Ticks a second that `resolution` means. */
  ticksPerSecond?: bigint;
  /** if_tsoffset. */
  offsetSeconds?: bigint;
  link?: string;
  blocks?: 'enhanced' | 'simple' | 'obsolete';
  snap?: number;
}

export function pcapng(frames: readonly Frame[], form: PcapngForm = {}): Uint8Array {
  const { isLittleEndian = true, ticksPerSecond = 1_000_000n, offsetSeconds = 0n, link = 'raw' } = form;
  const { snap = 262_144, blocks = 'enhanced', resolution } = form;
  const out: number[] = [];
  const block = (type: number, fill: (body: Writer) => void): void => {
    const body = new Writer(isLittleEndian);
    fill(body);
    const length = 12 + body.octets.length;
    out.push(...new Writer(isLittleEndian).u32(type).u32(length).octets, ...body.octets);
    out.push(...new Writer(isLittleEndian).u32(length).octets);
  };
  block(0x0a0d_0d0a, (body) => body.u32(0x1a2b_3c4d).u16(1).u16(0).u32(0xffff_ffff).u32(0xffff_ffff));
  block(1, (body) => {
    body.u16(LINKS[link]!.type).u16(0).u32(snap);
    if (resolution !== undefined) body.u16(9).u16(1).bytes([resolution]);
    if (offsetSeconds !== 0n) {
      const halves = [Number(BigInt.asUintN(32, offsetSeconds >> 32n)), Number(BigInt.asUintN(32, offsetSeconds))];
      if (isLittleEndian) halves.reverse();
      body.u16(14).u16(8).u32(halves[0]!).u32(halves[1]!);
    }
    body.u32(0);
  });
  for (const frame of frames) {
    const octets = framed(frame, link);
    const kept = octets.slice(0, snap);
    const ticks = ((frame.at - offsetSeconds * 1_000_000_000n) * ticksPerSecond) / 1_000_000_000n;
    if (blocks === 'simple') {
      block(3, (body) => body.u32(octets.length).bytes(kept));
      continue;
    }
    block(blocks === 'enhanced' ? 6 : 2, (body) => {
      if (blocks === 'enhanced') body.u32(0);
      else body.u16(0).u16(0xffff);
      body.u32(Number(ticks >> 32n)).u32(Number(ticks & 0xffff_ffffn));
      body.u32(kept.length).u32(octets.length).bytes(kept);
    });
  }
  return Uint8Array.from(out);
}
