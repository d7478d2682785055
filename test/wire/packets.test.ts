// Addresses and IP headers.
import test from 'ava';
import fc from 'fast-check';
import {
  decodeIp,
  formatAddress,
  type IpFault,
  IpHeader,
  ipHeader,
  IpPacket,
  isIpv4ChecksumRight,
  mapAddress,
  packetAddresses,
  parseAddress,
  readUint16,
  storeUint16,
  unmapAddress,
} from '../../src/wire/index.ts';

// The same cases every time; with another seed, others.
fc.configureGlobal({ seed: Number(process.env['SASH_SEED'] ?? 1) });

const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 });

test('addresses survive being written and read', (t) => {
  fc.assert(
    fc.property(fc.oneof(ipv4, ipv6), (octets) => {
      t.deepEqual(parseAddress(formatAddress(octets)), octets);
    }),
  );
  fc.assert(fc.property(fc.ipV4(), (text) => t.is(formatAddress(parseAddress(text)!), text)));
  fc.assert(fc.property(fc.ipV6(), (text) => t.is(parseAddress(text)?.length, 16, text)));
});

// RFC 5952 §4
test('IPv6 is written in its one form', (t) => {
  const forms: Record<string, string> = {
    '2001:0DB8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
    '2001:db8:0:1:1:1:1:1': '2001:db8:0:1:1:1:1:1',
    '0:0:0:0:0:0:0:0': '::',
    '0:0:0:0:0:0:0:1': '::1',
    'fe80::1%eth0': 'fe80::1',
    '1::': '1::',
    '::ffff:192.0.2.1': '::ffff:192.0.2.1',
    '64:ff9b::192.0.2.33': '64:ff9b::c000:221',
  };
  for (const [text, form] of Object.entries(forms)) t.is(formatAddress(parseAddress(text)!), form, text);
});

test('what is no address is none', (t) => {
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    'localhost',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::1',
    '1.2.3.4::',
    '::1.2.3.4:1',
    '1:2:3:4:5:6:7:8:9',
  ]) {
    t.is(parseAddress(text), undefined, text);
  }
});

test('an IPv4-mapped address is the IPv4 address that travels', (t) => {
  t.deepEqual(unmapAddress(parseAddress('::ffff:192.0.2.1')!), Uint8Array.of(192, 0, 2, 1));
  t.deepEqual(unmapAddress(parseAddress('2001:db8::1')!), parseAddress('2001:db8::1'));
  t.deepEqual(mapAddress(Uint8Array.of(192, 0, 2, 1)), parseAddress('::ffff:192.0.2.1'));
});

test('headers decode to what they were made of, with a right checksum at every length', (t) => {
  const ends = fc.oneof(fc.tuple(ipv4, ipv4), fc.tuple(ipv6, ipv6));
  fc.assert(
    fc.property(
      ends,
      fc.integer({ min: 20, max: 65_515 }),
      fc.nat({ max: 5 }),
      ([source, destination], payload, at) => {
        const header = new IpHeader(source, destination);
        const out = new Uint8Array(at + 40);
        t.is(header.encode(new DataView(out.buffer), at, payload), header.length);
        const packet = new IpPacket();
        t.is(decodeIp(out, at, header.length, packet), undefined);
        t.is(packet.payloadLength, payload);
        t.is(packet.payloadAt, at + header.length);
        if (packet.version === 4) t.true(isIpv4ChecksumRight(out, at));
        t.deepEqual(packetAddresses(out, packet), {
          source: formatAddress(unmapAddress(source)),
          destination: formatAddress(unmapAddress(destination)),
        });
      },
    ),
  );
});

test('two families meet as IPv4-mapped IPv6', (t) => {
  const header = ipHeader('192.0.2.1', '2001:db8::1')!;
  const out = new Uint8Array(40);
  t.is(header.encode(new DataView(out.buffer), 0, 20), 40);
  const packet = new IpPacket();
  t.is(decodeIp(out, 0, 40, packet), undefined);
  t.deepEqual(packetAddresses(out, packet), { source: '::ffff:192.0.2.1', destination: '2001:db8::1' });
  t.is(ipHeader('nobody', '192.0.2.1'), undefined);
});

function fault(make: (out: Uint8Array) => void, from = '192.0.2.1', to = '192.0.2.2'): IpFault | undefined {
  const header = ipHeader(from, to)!;
  const out = new Uint8Array(header.length + 60);
  header.encode(new DataView(out.buffer), 0, 60);
  make(out);
  return decodeIp(out, 0, out.length, new IpPacket());
}

test('packets that hold no whole segment are named', (t) => {
  const six = ['2001:db8::1', '2001:db8::2'] as const;
  t.is(
    fault((out) => (out[0] = 0x55)),
    'ip-version',
  );
  t.is(
    fault((out) => (out[0] = 0x44)),
    'ip-header-length',
  );
  t.is(
    fault((out) => storeUint16(out, 2, 19)),
    'ip-header-length',
  );
  t.is(
    fault((out) => storeUint16(out, 6, 0x2000)),
    'ip-fragment',
  );
  t.is(
    fault((out) => storeUint16(out, 6, 0x0001)),
    'ip-fragment',
  );
  t.is(
    fault((out) => (out[9] = 17)),
    'ip-not-tcp',
  );
  t.is(
    fault((out) => (out[6] = 44), ...six),
    'ip-fragment',
  );
  t.is(
    fault((out) => (out[6] = 58), ...six),
    'ip-not-tcp',
  );
  t.is(decodeIp(new Uint8Array(0), 0, 0, new IpPacket()), 'ip-too-short');
  t.is(decodeIp(Uint8Array.of(0x45, 0), 0, 2, new IpPacket()), 'ip-too-short');
  t.is(decodeIp(Uint8Array.of(0x60, 0), 0, 2, new IpPacket()), 'ip-too-short');
});

test('a total length of 0, which offloading leaves in captures, means all that was captured', (t) => {
  const out = new Uint8Array(60);
  ipHeader('192.0.2.1', '192.0.2.2')!.encode(new DataView(out.buffer), 0, 40);
  storeUint16(out, 2, 0);
  const packet = new IpPacket();
  t.is(decodeIp(out, 0, 60, packet), undefined);
  t.is(packet.payloadLength, 40);
});

test('IPv6 extension headers are skipped', (t) => {
  const out = new Uint8Array(40 + 16 + 20);
  ipHeader('2001:db8::1', '2001:db8::2')!.encode(new DataView(out.buffer), 0, 36);
  out[6] = 0; // hop-by-hop, then destination options, 8 octets each
  out[40] = 60;
  out[48] = 6;
  const packet = new IpPacket();
  t.is(decodeIp(out, 0, out.length, packet), undefined);
  t.is(packet.payloadAt, 56);
  t.is(packet.payloadLength, 20);
  t.is(decodeIp(out, 0, 44, packet), 'ip-too-short');
  t.is(readUint16(out, 4), 36);
});

test('decoding never throws and stays within what was captured or names a fault', (t) => {
  const packet = new IpPacket();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 0, max: 90 }), (octets, captured) => {
      if (octets.length > 0) octets[0] = (octets[0]! & 0x0f) | (octets[0]! & 0x80 ? 0x40 : 0x60);
      if (decodeIp(octets, 0, captured, packet) === undefined)
        t.true(packet.payloadAt <= captured && packet.payloadLength >= 0);
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});
