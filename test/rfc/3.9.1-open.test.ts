// Many connections behind one address: RFC 9293 §3.9.1.1 (what one OPEN means for others) and §3.4.1 (initial sequence numbers).
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import process from 'node:process';
import test from 'ava';
import { connect, createServer, type Socket } from '../../src/net/index.ts';
import { Endpoint, type Flow, initialSequenceNumber, type Secret } from '../../src/stack/index.ts';
import { Segment, seqDiff, SYN } from '../../src/tcp/index.ts';

const secret: Secret = [1, 2, 3, 4];
const flow: Flow = { localAddress: '192.0.2.1', localPort: 40_000, remoteAddress: '192.0.2.2', remotePort: 80 };
const MICROSECOND = 1_000;

// MUST-8: the clock's part goes up by one every 4 microseconds.
test('the initial sequence number of one flow follows the clock', (t) => {
  const first = initialSequenceNumber(flow, secret, 0);
  t.is(seqDiff(initialSequenceNumber(flow, secret, 4 * MICROSECOND), first), 1);
  t.is(seqDiff(initialSequenceNumber(flow, secret, 1_000_000 * MICROSECOND), first), 250_000);
});

// SHLD-1, MUST-9: the rest is a keyed pseudo-random function of the connection: without the key it says nothing.
test('another key, address or port gives a number that has nothing to do with this one', (t) => {
  const numbers = new Set<number>([initialSequenceNumber(flow, secret, 0)]);
  for (let index = 1; index <= 500; index++) {
    numbers.add(initialSequenceNumber({ ...flow, localPort: index }, secret, 0));
    numbers.add(initialSequenceNumber({ ...flow, remoteAddress: `198.51.100.${index}` }, secret, 0));
    numbers.add(initialSequenceNumber(flow, [index + 9, 2, 3, 4], 0));
  }
  // Of 1501 uniform 32-bit numbers two are the same with a probability of one in four thousand, and the seed is fixed.
  t.is(numbers.size, 1_501);
  const upper = [...numbers].filter((number) => number >= 2 ** 31).length;
  t.true(upper > 650 && upper < 850, `${upper} of 1501 in the upper half`);
});

function syn(from: number, to: number): Segment {
  const seg = new Segment();
  seg.sourcePort = from;
  seg.destinationPort = to;
  seg.flags = SYN;
  seg.wnd = 1_000;
  return seg;
}

function answers(endpoint: Endpoint): Segment[] {
  const found: Segment[] = [];
  for (;;) {
    const out = new Segment();
    if (endpoint.pollSegment(out, 0) === undefined) return found;
    found.push(out);
  }
}

// MUST-41: a passive OPEN is an error where there is one already, and touches nothing that was there before.
test('a passive open leaves every other connection alone', (t) => {
  const endpoint = new Endpoint({ address: '192.0.2.1', secret });
  endpoint.listen(80);
  endpoint.segmentArrives(syn(1_000, 80), '192.0.2.2', 0);
  t.is(answers(endpoint).length, 1);
  t.is(endpoint.size, 1);
  t.throws(() => endpoint.listen(80), { code: 'EADDRINUSE' });
  endpoint.listen(81);
  t.is(endpoint.size, 1);
  endpoint.segmentArrives(syn(1_001, 80), '192.0.2.2', 0);
  t.is(endpoint.size, 2);
});

// MUST-42: listening at a port from which a connection is being opened.
test('a port may be listened at while a connection is opened from it', (t) => {
  const endpoint = new Endpoint({ address: '192.0.2.1', secret });
  const opening = endpoint.connect('192.0.2.2', 80, { localPort: 5_000 }, 0);
  t.notThrows(() => endpoint.listen(5_000));
  answers(endpoint);
  t.is(opening.connection.state, 'SYN-SENT');
  endpoint.segmentArrives(syn(1_000, 5_000), '192.0.2.3', 0);
  const [reply] = answers(endpoint);
  t.is(reply?.destinationPort, 1_000);
  t.is(opening.connection.state, 'SYN-SENT');
});

// MUST-43: the carrier's socket is bound to it. Linux has the whole of 127.0.0.0/8 for itself.
test('an open may say which local address it is from', async (t) => {
  const localAddress = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';
  const server = createServer().listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect({ port, host: '127.0.0.1', localAddress });
  const [socket] = await accepted;
  t.is(socket.remoteAddress, localAddress);
  client.destroy();
  socket.destroy();
});
