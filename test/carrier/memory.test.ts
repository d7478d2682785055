// The memory carrier: virtual time, the same segments every time.
import test from 'ava';
import { MemoryCarrier, type MemoryOptions } from '../../src/carrier/index.ts';
import { Connection, connectionOptions, MILLISECOND, SECOND, seq } from '../../src/tcp/index.ts';
import { pattern } from './ends.ts';

function pair(options: MemoryOptions = {}): MemoryCarrier {
  const a = new Connection(connectionOptions({ iss: seq(0), localPort: 1, remotePort: 2 }), 0);
  const b = new Connection(connectionOptions({ iss: seq(0), localPort: 2, remotePort: 1, receiveBuffer: 10_000 }), 0);
  const carrier = new MemoryCarrier(a, b, options);
  b.listen(0);
  a.connect(0);
  return carrier;
}

test('the handshake takes one round trip of virtual time', (t) => {
  const carrier = pair({ delay: 10 * MILLISECOND });
  t.true(carrier.runUntil(() => carrier.a.state === 'ESTABLISHED'));
  t.is(carrier.now, 20 * MILLISECOND);
  carrier.run(50 * MILLISECOND);
  t.is(carrier.now, 50 * MILLISECOND);
  t.is(carrier.b.state, 'ESTABLISHED');
});

test('octets arrive, whatever is lost, and twice the same way', (t) => {
  const octets = pattern(100_000);
  const play = (): { trace: string[]; read: Buffer } => {
    const trace: string[] = [];
    const read: Uint8Array[] = [];
    let count = 0;
    let written = 0;
    const carrier: MemoryCarrier = pair({
      delay: MILLISECOND,
      passes: (seg, from, now) => {
        trace.push(`${now} ${from} ${seg.purpose} ${seg.seq}:${seg.end} ${seg.ack} ${seg.wnd}`);
        return ++count % 7 !== 0;
      },
      event: (connection, event, now) => {
        if (connection === carrier.a && (event === 'connected' || event === 'writable')) {
          written += connection.write(octets.subarray(written), now);
          if (written === octets.length) connection.close(now);
        }
        if (connection === carrier.b) {
          for (let view = connection.peek(); view.length > 0; view = connection.peek()) {
            read.push(view.slice());
            connection.consume(view.length, now);
          }
          if (event === 'peer-closed') connection.close(now);
        }
      },
    });
    t.true(carrier.runUntil(() => carrier.a.state === 'TIME-WAIT' && carrier.b.state === 'CLOSED', 10_000 * SECOND));
    return { trace, read: Buffer.concat(read) };
  };
  const once = play();
  t.true(once.read.equals(octets));
  t.true(once.trace.some((line) => line.includes('retransmission')));
  t.deepEqual(play(), once);
});

test('when nothing would ever happen again, it says so', (t) => {
  const carrier = pair();
  t.false(carrier.runUntil(() => carrier.a.state === 'CLOSED'));
  t.is(carrier.a.state, 'ESTABLISHED');
});
