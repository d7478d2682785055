// The preface and the lengths of frames on a stream carrier, and what is said of strangers.
import test from 'ava';
import fc from 'fast-check';
import {
  checkFrameLength,
  checkPreface,
  describeStranger,
  encodePreface,
  FRAME_HEADER,
  PREFACE_LENGTH,
} from '../../src/wire/index.ts';

// The same cases every time; with another seed, others.
fc.configureGlobal({ seed: Number(process.env['SASH_SEED'] ?? 1) });

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

test('the preface is SASH, version 1, no flags', (t) => {
  t.deepEqual(encodePreface(), Uint8Array.of(0x53, 0x41, 0x53, 0x48, 0, 1, 0, 0));
  t.is(encodePreface().length, PREFACE_LENGTH);
  t.is(FRAME_HEADER, 2);
});

test('a preface is judged as soon as it can be', (t) => {
  const preface = encodePreface();
  for (let length = 0; length < PREFACE_LENGTH; length++) {
    t.is(checkPreface(preface.subarray(0, length)), 'incomplete', `${length} octets`);
  }
  t.is(checkPreface(preface), 'sash');
  t.is(checkPreface(Uint8Array.of(...preface, 0, 20)), 'sash', 'with what follows');
  t.is(checkPreface(ascii('G')), 'stranger', 'the first octet tells');
  t.is(checkPreface(ascii('SASS')), 'stranger');
  t.is(checkPreface(Uint8Array.of(0x53, 0x41, 0x53, 0x48, 0, 2, 0, 0)), 'other-version');
  t.is(checkPreface(Uint8Array.of(0x53, 0x41, 0x53, 0x48, 0, 1, 0, 4)), 'unknown-flags');
});

test('frames hold a header at the least and an IPv4 packet at the most', (t) => {
  t.is(checkFrameLength(0), 'frame-too-short');
  t.is(checkFrameLength(19), 'frame-too-short');
  t.is(checkFrameLength(20), undefined);
  t.is(checkFrameLength(65_515), undefined);
  t.is(checkFrameLength(65_516), 'frame-too-long');
});

test('strangers are named', (t) => {
  const strangers: [Uint8Array, string][] = [
    [ascii('GET /index.html HTTP/1.1\r\nHost: x\r\n\r\n'), 'an HTTP request ("GET /index.html HTTP/1.1")'],
    [ascii('HTTP/1.1 400 Bad Request\r\n'), 'an HTTP response ("HTTP/1.1 400 Bad Request")'],
    [ascii('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 'an HTTP/2 connection preface'],
    [Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01), 'a TLS ClientHello'],
    [Uint8Array.of(0x15, 0x03, 0x03, 0x00, 0x02), 'a TLS alert'],
    [ascii('SSH-2.0-OpenSSH_9.2\r\n'), 'an SSH banner ("SSH-2.0-OpenSSH_9.2")'],
    [ascii('220 mail.example.org ESMTP\r\n'), 'a mail or FTP server\'s greeting ("220 mail.example.org ESMTP")'],
    [ascii('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n'), 'a PROXY protocol header ("PROXY TCP4 192.0.2.1 192.0.2.2 1 2")'],
    [ascii('\r\n\r\n\0\r\nQUIT\n'), 'a PROXY protocol header, version 2'],
    [Uint8Array.of(3, 0, 0, 0x13, 0x0e), 'a remote desktop (RDP) request'],
    [ascii('hello\n'), 'text ("hello")'],
    [new Uint8Array(0), 'nothing'],
    [Uint8Array.of(0, 1, 2), '3 octets of no known kind (00 01 02)'],
    [new Uint8Array(9), '9 octets of no known kind (00 00 00 00 00 00 00 00 …)'],
    [Uint8Array.of(0x53, 0x41, 0x53, 0x48, 0, 9, 0, 0), 'version 9 of the sash carrier format (this is version 1)'],
    [
      Uint8Array.of(0x53, 0x41, 0x53, 0x48, 0, 1, 0, 4),
      'a sash preface with flags 0x0004, of which this version knows 0x0001',
    ],
    [ascii('SAS'), 'the first 3 of the 8 octets of a sash preface'],
    [encodePreface(), 'a sash preface'],
  ];
  for (const [octets, phrase] of strangers) t.is(describeStranger(octets), phrase);
});

test('a frame without the preface before it is recognised', (t) => {
  const octets = new Uint8Array(42);
  octets[1] = 40;
  octets[2 + 12] = 0xa0;
  octets[2 + 13] = 0x02;
  t.is(describeStranger(octets), 'what may be a segment in a frame, without the preface that comes first');
});

test('what is said is one short printable line, whatever came', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string().map(ascii)), (octets) => {
      t.regex(describeStranger(octets), /^[ -~…]{1,140}$/);
    }),
    { numRuns: 1_000 },
  );
});
