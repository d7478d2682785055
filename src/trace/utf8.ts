// UTF-8 (RFC 3629) without TextEncoder, which pure layers do not have. For labels, markers and configurations: never on
// the per-segment path.

const REPLACEMENT = 0xfffd;

/** Half a surrogate pair becomes U+FFFD, as everywhere. */
export function encodeUtf8(text: string): Uint8Array {
  const octets: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0)!;
    push(octets, point >= 0xd800 && point <= 0xdfff ? REPLACEMENT : point);
  }
  return Uint8Array.from(octets);
}

function push(octets: number[], point: number): void {
  if (point < 0x80) {
    octets.push(point);
    return;
  }
  if (point < 0x800) {
    octets.push(0xc0 | (point >>> 6), tail(point));
    return;
  }
  if (point < 0x1_0000) {
    octets.push(0xe0 | (point >>> 12), tail(point >>> 6), tail(point));
    return;
  }
  octets.push(0xf0 | (point >>> 18), tail(point >>> 12), tail(point >>> 6), tail(point));
}

function tail(bits: number): number {
  return 0x80 | (bits & 0x3f);
}

/** Octets that are not UTF-8 become U+FFFD, one each. */
export function decodeUtf8(octets: Uint8Array, start: number, end: number): string {
  let text = '';
  let at = start;
  while (at < end) {
    const first = octets[at]!;
    const length = first < 0x80 ? 1 : sequenceLength(first);
    const point = length === 0 || at + length > end ? undefined : decodePoint(octets, at, length);
    text += String.fromCodePoint(point ?? REPLACEMENT);
    at += point === undefined ? 1 : length;
  }
  return text;
}

function sequenceLength(first: number): number {
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/** The least code point that needs so many octets: what is written longer than that is not UTF-8 (RFC 3629 §3). */
const LEAST: readonly number[] = [0, 0, 0x80, 0x800, 0x1_0000];

function decodePoint(octets: Uint8Array, at: number, length: number): number | undefined {
  let point = length === 1 ? octets[at]! : octets[at]! & (0x7f >>> length);
  for (let next = at + 1; next < at + length; next++) {
    const octet = octets[next]!;
    if ((octet & 0xc0) !== 0x80) return undefined;
    point = (point << 6) | (octet & 0x3f);
  }
  const isSurrogate = point >= 0xd800 && point <= 0xdfff;
  return point < LEAST[length]! || point > 0x10_ffff || isSurrogate ? undefined : point;
}
