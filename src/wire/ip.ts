// IPv4 (RFC 791) and IPv6 (RFC 8200) headers around a segment, for recordings and for reading captures.
// Packets we make are whole and carry no options: DF is set and the identification is 0, as RFC 6864 §4.1 allows.
import { formatAddress, mapAddress, parseAddress, unmapAddress } from './address.ts';
import { onesSum, pseudoHeaderSum } from './checksum.ts';
import { readUint16, readUint32, storeUint16 } from './octets.ts';

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const TCP = 6;
const HOPS = 64;
const DONT_FRAGMENT = 0x4000;

/** The most octets a segment may have so that it fits an IPv4 packet: 65535 less the IP header. */
export const MAX_SEGMENT = 65_515;

/** The IP header of all packets from one address to another: only the length differs from packet to packet. */
export class IpHeader {
  /** Octets: 20 or 40. */
  readonly length: number;
  /** The pseudo-header's share of the TCP checksum; see checksum.ts. */
  readonly pseudo: number;
  /** Whole words: there is one header for every segment recorded, and octet by octet it would take three times as long. */
  readonly #words: Int32Array;
  readonly #sum: number;

  /** Takes addresses as octets; if the two are of different families, IPv4 is written as IPv4-mapped IPv6. */
  constructor(source: Uint8Array, destination: Uint8Array) {
    let from = unmapAddress(source);
    let to = unmapAddress(destination);
    if (from.length !== to.length) {
      from = mapAddress(from);
      to = mapAddress(to);
    }
    this.pseudo = pseudoHeaderSum(from, to);
    const template = from.length === 4 ? ipv4Template(from, to) : ipv6Template(from, to);
    this.length = template.length;
    this.#words = Int32Array.from({ length: template.length / 4 }, (_, word) => readUint32(template, 4 * word));
    this.#sum = onesSum(template, 0, template.length);
  }

  /** Stores the header of a packet with `payload` octets after it; returns how many octets the header takes. */
  encode(out: DataView, at: number, payload: number): number {
    const words = this.#words;
    for (let i = 0; i < words.length; i++) out.setInt32(at + 4 * i, words[i]!);
    if (this.length === IPV6_HEADER) {
      out.setUint16(at + 4, payload);
      return IPV6_HEADER;
    }
    const total = IPV4_HEADER + payload;
    out.setUint16(at + 2, total);
    const sum = this.#sum + total;
    out.setUint16(at + 10, 0xffff - ((sum & 0xffff) + (sum >>> 16)));
    return IPV4_HEADER;
  }
}

/** The header from one address to another, given as text. */
export function ipHeader(source: string, destination: string): IpHeader | undefined {
  const from = parseAddress(source);
  const to = parseAddress(destination);
  return from === undefined || to === undefined ? undefined : new IpHeader(from, to);
}

function ipv4Template(source: Uint8Array, destination: Uint8Array): Uint8Array {
  const octets = new Uint8Array(IPV4_HEADER);
  octets[0] = 0x45;
  storeUint16(octets, 6, DONT_FRAGMENT);
  octets[8] = HOPS;
  octets[9] = TCP;
  octets.set(source, 12);
  octets.set(destination, 16);
  return octets;
}

function ipv6Template(source: Uint8Array, destination: Uint8Array): Uint8Array {
  const octets = new Uint8Array(IPV6_HEADER);
  octets[0] = 0x60;
  octets[6] = TCP;
  octets[7] = HOPS;
  octets.set(source, 8);
  octets.set(destination, 24);
  return octets;
}

/** Why octets are not an IP packet that holds a whole segment's beginning. */
export type IpFault =
  | 'ip-too-short' // fewer octets than the header says it has
  | 'ip-version' // neither 4 nor 6
  | 'ip-header-length' // an IPv4 header under 20 octets, or lengths that contradict each other
  | 'ip-fragment' // a part of a packet
  | 'ip-not-tcp'; // another protocol

/** Where a packet's parts lie; reused. */
export class IpPacket {
  version: 4 | 6 = 4;
  /** Where the source address begins; the destination's follows it. */
  sourceAt = 0;
  addressLength = 4;
  /** Where the segment begins. */
  payloadAt = 0;
  /** Octets of the segment as it was sent, which a recording may hold fewer of. */
  payloadLength = 0;
}

/** Finds the segment in the packet of which `captured` octets stand at `octets[start]`. */
export function decodeIp(octets: Uint8Array, start: number, captured: number, out: IpPacket): IpFault | undefined {
  if (captured < 1 || start + captured > octets.length) return 'ip-too-short';
  const version = octets[start]! >>> 4;
  if (version === 4) return decodeIpv4(octets, start, captured, out);
  if (version === 6) return decodeIpv6(octets, start, captured, out);
  return 'ip-version';
}

function decodeIpv4(octets: Uint8Array, start: number, captured: number, out: IpPacket): IpFault | undefined {
  if (captured < IPV4_HEADER) return 'ip-too-short';
  const header = (octets[start]! & 0x0f) << 2;
  if (header < IPV4_HEADER) return 'ip-header-length';
  if (header > captured) return 'ip-too-short';
  // A total length of 0 is what a card that segments by itself (TSO) leaves in captures: then all that is here counts.
  const total = readUint16(octets, start + 2) || captured;
  if (total < header) return 'ip-header-length';
  if ((readUint16(octets, start + 6) & 0x3fff) !== 0) return 'ip-fragment';
  if (octets[start + 9] !== TCP) return 'ip-not-tcp';
  out.version = 4;
  out.sourceAt = start + 12;
  out.addressLength = 4;
  out.payloadAt = start + header;
  out.payloadLength = total - header;
  return undefined;
}

function decodeIpv6(octets: Uint8Array, start: number, captured: number, out: IpPacket): IpFault | undefined {
  if (captured < IPV6_HEADER) return 'ip-too-short';
  const payload = readUint16(octets, start + 4) || captured - IPV6_HEADER;
  let next = octets[start + 6]!;
  let at = start + IPV6_HEADER;
  // Hop-by-hop, routing and destination options (RFC 8200 §4) are skipped by their lengths.
  while (next === 0 || next === 43 || next === 60) {
    if (at + 8 > start + captured) return 'ip-too-short';
    next = octets[at]!;
    at += (octets[at + 1]! + 1) * 8;
  }
  if (next === 44) return 'ip-fragment';
  if (next !== TCP) return 'ip-not-tcp';
  const extensions = at - start - IPV6_HEADER;
  if (extensions > payload) return 'ip-header-length';
  if (at > start + captured) return 'ip-too-short';
  out.version = 6;
  out.sourceAt = start + 8;
  out.addressLength = 16;
  out.payloadAt = at;
  out.payloadLength = payload - extensions;
  return undefined;
}

/** Whether an IPv4 header's own checksum is right (RFC 791 §3.1). */
export function isIpv4ChecksumRight(octets: Uint8Array, start: number): boolean {
  return onesSum(octets, start, (octets[start]! & 0x0f) << 2) === 0xffff;
}

/** The two addresses of a decoded packet, as text. */
export function packetAddresses(octets: Uint8Array, packet: IpPacket): { source: string; destination: string } {
  const { sourceAt, addressLength } = packet;
  return {
    source: formatAddress(octets.subarray(sourceAt, sourceAt + addressLength)),
    destination: formatAddress(octets.subarray(sourceAt + addressLength, sourceAt + 2 * addressLength)),
  };
}
