// The header and its options: RFC 9293 §3.1 and §3.2, and what the checksum covers.
import test from 'ava';
import { ABSENT, ACK, connectionOptions, Segment, seq, SYN } from '../../src/tcp/index.ts';
import {
  decodeSegment,
  encodeHeader,
  encodeSegment,
  fillChecksum,
  isChecksumRight,
  parseAddress,
  pseudoHeaderSum,
} from '../../src/wire/index.ts';

/** A header with these options, padded with zeros, decoded. */
function decodedWith(options: number[], flags = SYN): Segment {
  const length = 20 + Math.ceil(options.length / 4) * 4;
  const octets = new Uint8Array(length);
  octets[12] = (length / 4) << 4;
  octets[13] = flags;
  octets.set(options, 20);
  const seg = new Segment();
  const found = decodeSegment(octets, 0, length, seg);
  if (found !== undefined) throw new Error(found);
  return seg;
}

// MUST-4: End of Option List, No-Operation and MSS.
test('the three mandatory options are understood', (t) => {
  t.is(decodedWith([2, 4, 5, 0xb4]).mss, 1460);
  t.is(decodedWith([1, 1, 1, 2, 4, 5, 0xb4]).mss, 1460);
  t.is(decodedWith([0, 2, 4, 5, 0xb4]).mss, ABSENT);
});

// MUST-5: in any segment. Timestamps are the option that any segment may carry.
test('an option is taken from a segment that is no SYN', (t) => {
  t.is(decodedWith([1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 7], ACK).tsVal, 9);
});

// MUST-6, MUST-68: an option that we do not know has a length, and is skipped by it.
test('an unknown option is skipped by its length', (t) => {
  t.is(decodedWith([254, 6, 1, 2, 3, 4, 2, 4, 5, 0xb4]).mss, 1460);
  t.is(decodedWith([77, 2, 2, 4, 5, 0xb4]).mss, 1460);
});

// MUST-7: it neither loops nor leaves the header.
test('an illegal option length ends the list', (t) => {
  for (const illegal of [
    [254, 0, 2, 4, 5, 0xb4],
    [254, 1, 2, 4, 5, 0xb4],
    [254, 200, 2, 4, 5, 0xb4],
  ]) {
    t.is(decodedWith(illegal).mss, ABSENT);
  }
  t.is(decodedWith([2, 4, 5, 0xb4, 254, 0]).mss, 1460, 'what came before it counts');
});

// MUST-64.
test('an option need not begin on a word', (t) => {
  t.is(decodedWith([1, 2, 4, 5, 0xb4]).mss, 1460);
  t.is(decodedWith([1, 1, 1, 3, 3, 7]).windowScale, 7);
});

// MUST-69: whatever follows the options we write is zero or a No-Operation.
test('our options fill whole words', (t) => {
  const out = new Uint8Array(60).fill(0xaa);
  const seg = new Segment();
  seg.flags = SYN;
  seg.windowScale = 3;
  const length = encodeHeader(seg, out, 0);
  t.is(length % 4, 0);
  const back = new Segment();
  t.is(decodeSegment(out, 0, length, back), undefined);
  t.is(back.windowScale, 3);
  t.true(out.subarray(20, length).every((octet) => [0, 1, 3].includes(octet)));
});

// MUST-67: the MSS we send is at most what an IPv4 packet can hold, less the fixed headers.
test('no MSS is larger than a packet', (t) => {
  t.notThrows(() => connectionOptions({ iss: seq(0), mss: 65_535 - 40 }));
  t.throws(() => connectionOptions({ iss: seq(0), mss: 65_535 - 39 }), { message: /mss/ });
});

// MUST-2, MUST-3, where an IP header is there to be covered (recordings, packets); the stream carrier leaves the field 0.
test('a checksum covers the pseudo-header, the header and the text', (t) => {
  const seg = new Segment();
  seg.flags = ACK;
  seg.text = Uint8Array.of(1, 2, 3);
  seg.textLength = 3;
  const octets = new Uint8Array(23);
  t.is(encodeSegment(seg, octets, 0), 23);
  const pseudo = pseudoHeaderSum(parseAddress('192.0.2.1')!, parseAddress('192.0.2.2')!);
  fillChecksum(pseudo, octets, 0, 23);
  t.true(isChecksumRight(pseudo, octets, 0, 23));
  octets[22]! ^= 1;
  t.false(isChecksumRight(pseudo, octets, 0, 23));
  octets[22]! ^= 1;
  t.false(isChecksumRight(pseudo + 1, octets, 0, 23));
});
