// Initial sequence numbers and ephemeral ports: what may and what may not be told from them.
import test from 'ava';
import {
  EphemeralPorts,
  FIRST_EPHEMERAL,
  type Flow,
  initialSequenceNumber,
  LAST_EPHEMERAL,
  type Secret,
  sipHash,
} from '../../src/stack/index.ts';
import { MICROSECOND, SECOND, seqDiff } from '../../src/tcp/index.ts';

const flow: Flow = { localAddress: '10.0.0.1', localPort: 49_152, remoteAddress: '10.0.0.2', remotePort: 9_293 };
const secret: Secret = [0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c];

// The vectors of the SipHash paper's reference implementation: key 00 01 … 0f, input 00 01 … (n - 1).
const VECTORS: [number, number, number][] = [
  [0, 0x726fdb47, 0xdd0e0e31],
  [1, 0x74f839c5, 0x93dc67fd],
  [7, 0xab0200f5, 0x8b01d137],
  [8, 0x93f5f579, 0x9a932462],
  [15, 0xa129ca61, 0x49be45e5],
];

test('SipHash-2-4 gives what its authors say', (t) => {
  for (const [length, upper, lower] of VECTORS) {
    const input = Uint8Array.from({ length }, (_, i) => i);
    t.deepEqual(sipHash(input, secret), [lower, upper], `${length} octets`);
  }
});

// RFC 9293 §3.4.1: the generator counts one every 4 microseconds, so that a flow's numbers do not soon come again.
test('the numbers of one flow go up by one every 4 microseconds, across 2^32', (t) => {
  const at = (now: number): ReturnType<typeof initialSequenceNumber> => initialSequenceNumber(flow, secret, now);
  t.is(seqDiff(at(4 * MICROSECOND), at(0)), 1);
  t.is(seqDiff(at(SECOND), at(0)), 250_000);
  const cycle = 2 ** 32 * 4 * MICROSECOND;
  t.is(seqDiff(at(cycle + SECOND), at(cycle - SECOND)), 500_000);
  t.is(at(cycle), at(0));
});

// RFC 6528 §3: whoever sees the numbers of one flow learns nothing of another's.
test('another port, address or secret begins elsewhere', (t) => {
  const others = [
    initialSequenceNumber(flow, secret, 0),
    initialSequenceNumber({ ...flow, localPort: 49_153 }, secret, 0),
    initialSequenceNumber({ ...flow, remotePort: 9_294 }, secret, 0),
    initialSequenceNumber({ ...flow, remoteAddress: '10.0.0.3' }, secret, 0),
    initialSequenceNumber({ ...flow, localAddress: '::1' }, secret, 0),
    initialSequenceNumber(flow, [1, 0, 0, 0], 0),
  ];
  t.is(new Set(others).size, others.length);
  const apart = others.map((n, i) => Math.abs(seqDiff(n, others[(i + 1) % others.length]!)));
  t.true(Math.min(...apart) > 65_536, 'and not just beside');
});

test('ephemeral ports come from the dynamic range, each once, and none when all are taken', (t) => {
  const ports = new EphemeralPorts(secret);
  const taken = new Set<number>();
  for (;;) {
    const port = ports.choose('10.0.0.1', '10.0.0.2', 80, (p) => taken.has(p));
    if (port === undefined) break;
    t.false(taken.has(port));
    taken.add(port);
  }
  t.is(taken.size, LAST_EPHEMERAL - FIRST_EPHEMERAL + 1);
  t.is(Math.min(...taken), FIRST_EPHEMERAL);
  t.is(Math.max(...taken), LAST_EPHEMERAL);
});

// RFC 6056 §3.3.3: for each destination another offset, and the next port for the next connection.
test('successive ports to one destination follow each other; another destination begins elsewhere', (t) => {
  const never = (): boolean => false;
  const ports = new EphemeralPorts(secret);
  const first = ports.choose('10.0.0.1', '10.0.0.2', 80, never)!;
  const second = ports.choose('10.0.0.1', '10.0.0.2', 80, never)!;
  t.is(second, first === LAST_EPHEMERAL ? FIRST_EPHEMERAL : first + 1);
  const elsewhere = ports.choose('10.0.0.1', '10.0.0.3', 80, never)!;
  t.not(elsewhere, second + 1);
});
