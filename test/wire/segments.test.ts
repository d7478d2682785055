// A segment as octets and back: layout, options, faults and the checksum, against figures of the RFCs and naive models.
import test from 'ava';
import fc from 'fast-check';
import { ABSENT, ACK, FIN, PSH, RST, Segment, seq, SYN, URG } from '../../src/tcp/index.ts';
import {
  DECODE_FAULTS,
  decodeSegment,
  encodeHeader,
  encodeSegment,
  fillChecksum,
  headerLength,
  isChecksumRight,
  MAX_HEADER,
  onesSum,
  parseAddress,
  pseudoHeaderSum,
  segmentLength,
  storeUint16,
} from '../../src/wire/index.ts';

// The same cases every time; with another seed, others.
fc.configureGlobal({ seed: Number(process.env['SASH_SEED'] ?? 1) });

const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });

/** Every segment there can be, short texts preferred. */
const segments: fc.Arbitrary<Segment> = fc
  .record({
    ports: fc.tuple(uint16, uint16),
    numbers: fc.tuple(uint32, uint32),
    flags: fc.integer({ min: 0, max: 63 }),
    wnd: uint16,
    up: uint16,
    text: fc.uint8Array({ maxLength: 200 }),
    cut: fc.nat({ max: 200 }),
    mss: fc.option(uint16, { nil: ABSENT }),
    windowScale: fc.option(fc.integer({ min: 0, max: 255 }), { nil: ABSENT }),
    timestamps: fc.option(fc.tuple(uint32, uint32), { nil: undefined }),
    sackPermitted: fc.boolean(),
    // With timestamps, which a SYN has room for besides its other options, three.
    sacks: fc.array(fc.tuple(uint32, uint32), { maxLength: 4 }),
  })
  .map((given) => {
    const seg = new Segment();
    [seg.sourcePort, seg.destinationPort] = given.ports;
    seg.seq = seq(given.numbers[0]);
    seg.ack = seq(given.numbers[1]);
    seg.flags = given.flags;
    seg.wnd = given.wnd;
    seg.up = given.up;
    seg.text = given.text;
    seg.textStart = Math.min(given.cut, given.text.length);
    seg.textLength = given.text.length - seg.textStart;
    // These travel on a SYN only, which has nothing to acknowledge selectively.
    seg.mss = seg.has(SYN) ? given.mss : ABSENT;
    seg.windowScale = seg.has(SYN) ? given.windowScale : ABSENT;
    if (given.timestamps !== undefined) [seg.tsVal, seg.tsEcr] = given.timestamps;
    seg.sackPermitted = seg.has(SYN) && given.sackPermitted;
    const most = seg.has(SYN) ? 0 : given.timestamps === undefined ? 4 : 3;
    for (const [start, end] of given.sacks.slice(0, most)) seg.addSack(seq(start), seq(end));
    return seg;
  });

function plain(seg: Segment): Record<string, unknown> {
  const { text, textStart, textLength, purpose: _, ...rest } = seg;
  return { ...rest, text: [...text.subarray(textStart, textStart + textLength)] };
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text.trim().split(/\s+/), (octet) => Number.parseInt(octet, 16));
}

test('what is encoded at any place decodes to the same segment', (t) => {
  fc.assert(
    fc.property(segments, fc.nat({ max: 9 }), (seg, at) => {
      const out = new Uint8Array(at + segmentLength(seg) + 3).fill(0xaa);
      const length = encodeSegment(seg, out, at);
      t.is(length, segmentLength(seg));
      t.true(out.subarray(0, at).every((octet) => octet === 0xaa));
      t.true(out.subarray(at + length).every((octet) => octet === 0xaa));

      const back = new Segment();
      t.is(decodeSegment(out, at, length, back), undefined);
      t.deepEqual(plain(back), plain(seg));
      t.is(back.purpose, 'arrived');
    }),
  );
});

test('a long text travels whole, from the middle of what holds it', (t) => {
  const seg = new Segment();
  seg.text = Uint8Array.from({ length: 3_000 }, (_, index) => index % 251);
  seg.textStart = 1_000;
  seg.textLength = 1_460;
  const out = new Uint8Array(2_000);
  t.is(encodeSegment(seg, out, 7), 1_480);
  t.deepEqual(out.slice(27, 1_487), seg.text.slice(1_000, 2_460));
});

test('the header is laid out as RFC 9293 figure 1 and RFC 7323 say', (t) => {
  const seg = new Segment();
  seg.sourcePort = 0x1234;
  seg.destinationPort = 9293;
  seg.seq = seq(0x0102_0304);
  seg.ack = seq(0xfffe_fdfc);
  seg.flags = SYN | ACK;
  seg.wnd = 0xabcd;
  seg.mss = 1460;
  seg.windowScale = 7;
  seg.tsVal = 0x1122_3344;
  seg.tsEcr = 0x5566_7788;
  const out = new Uint8Array(MAX_HEADER);
  t.is(encodeHeader(seg, out, 0), 40);
  t.is(headerLength(seg), 40);
  t.deepEqual(
    out.slice(0, 40),
    bytes(`12 34 24 4d 01 02 03 04 ff fe fd fc a0 12 ab cd 00 00 00 00
      02 04 05 b4 01 03 03 07 01 01 08 0a 11 22 33 44 55 66 77 88`),
  );
});

test('selective acknowledgments are laid out as RFC 2018 §2 and §3 say', (t) => {
  const seg = new Segment();
  const out = new Uint8Array(MAX_HEADER);
  seg.flags = SYN;
  seg.sackPermitted = true;
  t.is(encodeHeader(seg, out, 0), 24);
  t.deepEqual(out.slice(20, 24), bytes('01 01 04 02'));
  seg.tsVal = 1;
  seg.tsEcr = 0;
  t.is(encodeHeader(seg, out, 0), 32);
  t.deepEqual(out.slice(20, 32), bytes('04 02 08 0a 00 00 00 01 00 00 00 00'));

  seg.clear();
  seg.flags = ACK;
  seg.addSack(seq(0x0102_0304), seq(0x0506_0708));
  seg.addSack(seq(0xffff_ff00), seq(0x10));
  t.is(encodeHeader(seg, out, 0), 40);
  t.deepEqual(out.slice(20, 40), bytes('01 01 05 12 01 02 03 04 05 06 07 08 ff ff ff 00 00 00 00 10'));
});

test('a SACK option that is not whole blocks, or is the second, is skipped; SACK-permitted counts on a SYN only', (t) => {
  const decode = (flags: number, options: string): Segment => {
    const octets = new Uint8Array(MAX_HEADER);
    const list = bytes(options);
    octets.set(list, 20);
    octets[12] = ((20 + list.length) / 4) << 4;
    octets[13] = flags;
    const seg = new Segment();
    t.is(decodeSegment(octets, 0, 20 + list.length, seg), undefined);
    return seg;
  };
  t.is(decode(ACK, '05 09 00 00 00 01 00 00 00 01 01 01').sackCount, 0);
  const twice = decode(ACK, '05 0a 00 00 00 01 00 00 00 02 05 0a 00 00 00 03 00 00 00 04');
  t.is(twice.sackCount, 1);
  t.deepEqual([...twice.sacks], [1, 2]);
  t.false(decode(ACK, '04 02 01 01').sackPermitted);
  t.true(decode(SYN, '04 02 01 01').sackPermitted);
  t.false(decode(SYN, '04 03 00 01').sackPermitted);
});

test('octets that are no segment are named, whatever they are', (t) => {
  const seg = new Segment();
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 90 }),
      fc.nat({ max: 100 }),
      fc.nat({ max: 100 }),
      (octets, start, length) => {
        const fault = decodeSegment(octets, start, length, seg);
        if (fault !== undefined) {
          t.true(DECODE_FAULTS.includes(fault));
          return;
        }
        t.true(seg.textStart >= start + 20);
        t.is(seg.textStart + seg.textLength, start + length);
        t.true(start + length <= octets.length);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('each fault has its own name', (t) => {
  const seg = new Segment();
  const octets = new Uint8Array(24);
  t.is(decodeSegment(octets, 0, 19, seg), 'too-short');
  t.is(decodeSegment(octets, 5, 20, seg), 'too-short');
  octets[12] = 0x40;
  t.is(decodeSegment(octets, 0, 20, seg), 'data-offset-under-5');
  octets[12] = 0x60;
  t.is(decodeSegment(octets, 0, 20, seg), 'data-offset-beyond-segment');
  t.is(decodeSegment(octets, 0, 24, seg), undefined);
});

test('reserved bits, CWR and ECE are ignored on arrival', (t) => {
  const octets = new Uint8Array(20);
  octets[12] = 0x5f;
  octets[13] = 0xff;
  const seg = new Segment();
  t.is(decodeSegment(octets, 0, 20, seg), undefined);
  t.is(seg.flags, FIN | SYN | RST | PSH | ACK | URG);
});

/** Decodes a header of these flags and options. */
function withOptions(flags: number, options: string): Segment {
  const given = bytes(options);
  const octets = new Uint8Array(20 + Math.ceil(given.length / 4) * 4);
  octets[12] = octets.length << 2;
  octets[13] = flags;
  octets.set(given, 20);
  const seg = new Segment();
  decodeSegment(octets, 0, octets.length, seg);
  return seg;
}

// MUST-5 to MUST-7, and what they leave open.
test('options: any order and place, unknown ones skipped, what follows the end of the list ignored', (t) => {
  const mss = { mss: 1460, windowScale: ABSENT, tsVal: ABSENT };
  const all = { mss: 1460, windowScale: 7, tsVal: 1 };
  const none = { mss: ABSENT, windowScale: ABSENT, tsVal: ABSENT };
  t.like(withOptions(SYN, '02 04 05 b4'), mss);
  t.like(withOptions(SYN, '01 03 03 07 08 0a 00 00 00 01 00 00 00 02 02 04 05 b4'), { ...all, tsEcr: 2 });
  t.like(withOptions(SYN, '04 02 fd 06 00 00 00 00 02 04 05 b4'), mss, 'SACK-permitted and an experiment are skipped');
  t.like(withOptions(SYN, '00 02 04 05 b4'), none, 'end of options');
  t.like(withOptions(SYN, '02 04 05 b4 03 03 07 00'), { mss: 1460, windowScale: 7 });
});

test('options: an illegal length ends the list and loops nowhere (MUST-7)', (t) => {
  const none = { mss: ABSENT, windowScale: ABSENT, tsVal: ABSENT };
  t.like(withOptions(SYN, '05 00 02 04 05 b4'), none, 'length 0');
  t.like(withOptions(SYN, '05 01 02 04 05 b4'), none, 'length 1');
  t.like(withOptions(SYN, '03 03 07 08 0a 00 00 00'), { ...none, windowScale: 7 }, 'a length beyond the header');
  t.like(withOptions(SYN, '01 01 01 02'), none, 'a kind without its length');
  t.like(withOptions(SYN, '02 03 05 03 03 07'), { ...none, windowScale: 7 }, 'an MSS option of 3 octets is skipped');
});

test('options: MSS and window scale mean nothing but on a SYN', (t) => {
  t.like(withOptions(ACK, '02 04 05 b4 03 03 07 00'), { mss: ABSENT, windowScale: ABSENT });
});

/** RFC 1071 §1, word by word. */
function naiveSum(octets: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < octets.length; at += 2) sum += (octets[at]! << 8) + (octets[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

test("RFC 1071's example sums to ddf2", (t) => {
  t.is(onesSum(bytes('00 01 f2 03 f4 f5 f6 f7'), 0, 8), 0xddf2);
});

test('sums equal a naive model wherever the octets lie', (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 500, size: 'max' }),
      fc.nat({ max: 7 }),
      fc.nat({ max: 7 }),
      (octets, offset, at) => {
        const place = new Uint8Array(new ArrayBuffer(600), offset).fill(0x55);
        place.set(octets, at);
        t.is(onesSum(place, at, octets.length), naiveSum(octets));
      },
    ),
    { numRuns: 1_000 },
  );
});

test('the longest segment of all ones does not overflow the sum', (t) => {
  const octets = new Uint8Array(65_535).fill(0xff);
  t.is(onesSum(octets, 0, octets.length), naiveSum(octets));
  t.is(onesSum(octets, 1, octets.length - 1), 0xffff);
});

test('a filled checksum is right, and no single octet may change', (t) => {
  const addresses = fc.constantFrom(['192.0.2.1', '198.51.100.7'], ['2001:db8::1', 'fe80::2']);
  fc.assert(
    fc.property(segments, addresses, fc.nat(), fc.integer({ min: 1, max: 255 }), (seg, [from, to], where, change) => {
      const pseudo = pseudoHeaderSum(parseAddress(from)!, parseAddress(to)!);
      const octets = new Uint8Array(segmentLength(seg) + 1);
      const length = encodeSegment(seg, octets, 1);
      fillChecksum(pseudo, octets, 1, length);
      t.true(isChecksumRight(pseudo, octets, 1, length));
      octets[1 + (where % length)]! ^= change;
      t.false(isChecksumRight(pseudo, octets, 1, length));
    }),
  );
});

test('the checksum is the complement of the sum of header and pseudo-header, word by word', (t) => {
  // An IPv4 SYN from 10.0.0.1:40000 to 10.0.0.2:9293 (RFC 9293 §3.1).
  const octets = bytes('9c 40 24 4d 00 00 00 01 00 00 00 00 50 02 ff ff 00 00 00 00');
  const pseudo = pseudoHeaderSum(parseAddress('10.0.0.1')!, parseAddress('10.0.0.2')!);
  fillChecksum(pseudo, octets, 0, 20);
  const words = 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 6 + 20 + 0x9c40 + 0x244d + 0x0001 + 0x5002 + 0xffff;
  const expected = new Uint8Array(2);
  storeUint16(expected, 0, 0xffff - ((words & 0xffff) + (words >>> 16)));
  t.deepEqual(octets.slice(16, 18), expected);
});
