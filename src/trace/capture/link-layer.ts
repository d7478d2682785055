// Where the IP packet begins in a frame of one of the link types that TCP is captured on (https://www.tcpdump.org/linktypes.html).
import { readUint16 } from '../../wire/index.ts';

export const LINK_TYPES = {
  null: 0,
  ethernet: 1,
  rawBsd: 12,
  rawOpenBsd: 14,
  raw: 101,
  loop: 108,
  linuxCooked: 113,
  ipv4: 228,
  ipv6: 229,
  linuxCooked2: 276,
} as const;

export type LinkFault =
  | 'packet-link-type' // a link type that is not read here
  | 'frame-too-short' // it ends before the IP packet begins
  | 'not-ip'; // ARP, and whatever else

const ETHERNET_HEADER = 14;
const COOKED_HEADER = 16;
const COOKED2_HEADER = 20;
const FAMILY = 4;

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
/** IEEE 802.1Q, 802.1ad, and what came before it. */
const TAGS: readonly number[] = [0x8100, 0x88a8, 0x9100];

/** Octets from the frame's beginning to the IP packet's. Of the frame, `captured` octets stand at `octets[at]`. */
export function findIp(octets: Uint8Array, at: number, captured: number, linkType: number): number | LinkFault {
  switch (linkType) {
    case LINK_TYPES.raw:
    case LINK_TYPES.ipv4:
    case LINK_TYPES.ipv6:
    case LINK_TYPES.rawBsd:
    case LINK_TYPES.rawOpenBsd:
      return 0;
    case LINK_TYPES.ethernet:
      return skipTags(octets, at, captured, ETHERNET_HEADER - 2, ETHERNET_HEADER);
    case LINK_TYPES.linuxCooked:
      return skipTags(octets, at, captured, COOKED_HEADER - 2, COOKED_HEADER);
    case LINK_TYPES.linuxCooked2:
      return skipTags(octets, at, captured, 0, COOKED2_HEADER);
    case LINK_TYPES.null:
    case LINK_TYPES.loop:
      return skipFamily(octets, at, captured);
    default:
      return 'packet-link-type';
  }
}

/** The protocol stands at `typeAt`, the packet begins at `start`; tags of VLANs lie between, the protocol last in each. */
function skipTags(octets: Uint8Array, at: number, captured: number, typeAt: number, start: number): number | LinkFault {
  if (captured < start) return 'frame-too-short';
  let type = readUint16(octets, at + typeAt);
  let offset = start;
  while (TAGS.includes(type)) {
    if (captured < offset + 4) return 'frame-too-short';
    type = readUint16(octets, at + offset + 2);
    offset += 4;
  }
  return type === IPV4 || type === IPV6 ? offset : 'not-ip';
}

/** An address family, in the byte order and the numbering of whichever system captured: the IP version is surer. */
function skipFamily(octets: Uint8Array, at: number, captured: number): number | LinkFault {
  if (captured <= FAMILY) return 'frame-too-short';
  const version = octets[at + FAMILY]! >>> 4;
  return version === 4 || version === 6 ? FAMILY : 'not-ip';
}

/** What a cooked capture says of a packet: sent to us (0), or by us (4); others have no direction. */
export function cookedDirection(octets: Uint8Array, at: number, linkType: number): 'in' | 'out' | 'unknown' {
  if (linkType !== LINK_TYPES.linuxCooked && linkType !== LINK_TYPES.linuxCooked2) return 'unknown';
  const type = linkType === LINK_TYPES.linuxCooked ? readUint16(octets, at) : octets[at + 10]!;
  if (type === 0) return 'in';
  return type === 4 ? 'out' : 'unknown';
}
