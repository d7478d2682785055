// Addresses as text and as octets: IPv4 (4 octets) and IPv6 (16 octets; RFC 4291 §2.2, written as RFC 5952 says).

const IPV4_OCTETS = 4;
const IPV6_GROUPS = 8;
/** ::ffff:0:0/96 (RFC 4291 §2.5.5.2). */
const MAPPED_PREFIX: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/**
 * The octets of an address, 4 or 16, or undefined where the text is none. A zone (`fe80::1%eth0`) is dropped: it means
 * something on one host only and has no place in a header.
 */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/**
 * The address as it travels: an IPv4-mapped one, which a dual-stack socket shows for an IPv4 peer, is that IPv4 address;
 * others are themselves.
 */
export function unmapAddress(octets: Uint8Array): Uint8Array {
  if (octets.length !== 16) return octets;
  return MAPPED_PREFIX.every((octet, at) => octets[at] === octet) ? octets.slice(12) : octets;
}

/** The octets of an address as one of 16: IPv4 becomes IPv4-mapped, so that the two ends are of one family. */
export function mapAddress(octets: Uint8Array): Uint8Array {
  return octets.length === 16 ? octets : Uint8Array.from([...MAPPED_PREFIX, ...octets]);
}

/** The text of 4 or 16 octets; IPv6 in RFC 5952's form: lower case, the longest run of zero groups as `::`. */
export function formatAddress(octets: Uint8Array): string {
  if (octets.length === IPV4_OCTETS) return octets.join('.');
  const unmapped = unmapAddress(octets);
  if (unmapped.length === IPV4_OCTETS) return `::ffff:${unmapped.join('.')}`;

  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) groups.push((octets[at]! << 8) | octets[at + 1]!);
  const { start, length } = longestZeros(groups);
  if (length < 2) return groupsText(groups);
  return `${groupsText(groups.slice(0, start))}::${groupsText(groups.slice(start + length))}`;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== IPV4_OCTETS) return undefined;
  // A leading zero is refused: some read it as octal.
  if (!parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return undefined;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Uint8Array | undefined {
  const address = text.split('%', 1)[0]!;
  const halves = address.split('::');
  if (halves.length > 2) return undefined;
  const left = parseGroups(halves[0]!, halves.length === 1);
  const right = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (left === undefined || right === undefined) return undefined;

  const missing = IPV6_GROUPS - left.length - right.length;
  // `::` stands for at least one group (RFC 4291 §2.2, RFC 5952 §4.2.2 for who writes).
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const octets = new Uint8Array(16);
  [...left, ...Array<number>(missing).fill(0), ...right].forEach((group, index) => {
    octets[index * 2] = group >>> 8;
    octets[index * 2 + 1] = group;
  });
  return octets;
}

/** The 16-bit groups of one side of `::`; the last two may be written as an IPv4 address where the address ends. */
function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[\da-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const ipv4 = mayEndInIpv4 && index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (ipv4 === undefined) return undefined;
    groups.push((ipv4[0]! << 8) | ipv4[1]!, (ipv4[2]! << 8) | ipv4[3]!);
  }
  return groups;
}

function groupsText(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
