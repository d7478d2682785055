// Urgent data (RFC 9293 §3.8.5), which node:net has not: the octets stay in line, and word of them goes ahead.
import { once } from 'node:events';
import nodeNet from 'node:net';
import test, { type ExecutionContext } from 'ava';
import * as sash from '../../src/net/index.ts';
import { discard, pattern, turns, until } from './harness.ts';

interface Pair {
  client: sash.Socket;
  accepted: sash.Socket;
}

async function pair(t: ExecutionContext, serverOptions: sash.ServerOptions, early = ''): Promise<Pair> {
  const server = sash.createServer(serverOptions).listen(0, '127.0.0.1');
  t.teardown(() => void server.close());
  await once(server, 'listening');
  const client = sash.connect({ host: '127.0.0.1', port: (server.address() as nodeNet.AddressInfo).port });
  if (early !== '') client.writeUrgent(early);
  const [[accepted]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
    [sash.Socket],
    [],
  ];
  t.teardown(() => discard(client));
  t.teardown(() => discard(accepted));
  return { client, accepted };
}

test('word of urgent data comes to a reader who does not read, past a window that is shut', async (t) => {
  const { client, accepted } = await pair(t, { pauseOnConnect: true, tcp: { receiveBuffer: 2_000 } });
  client.write(pattern(5_000));
  await until(() => client.snapshot()!.reason === 'zero-window');
  t.is(accepted.urgentLength, 0);
  const told = once(accepted, 'urgent');
  client.writeUrgent('!');
  t.deepEqual(await told, [5_001]);
  t.is(accepted.urgentLength, 5_001);
  t.is(accepted.snapshot()!['RCV.WND'], 0);
  t.is(client.snapshot()!.reason, 'zero-window');

  let read = 0;
  accepted.on('data', (octets: Buffer) => {
    read += octets.length;
    t.is(accepted.urgentLength, 5_001 - read, 'each chunk counts it down');
  });
  accepted.resume();
  await until(() => read === 5_001);
});

test('what is urgent and what follows it are not in one chunk, however they were written', async (t) => {
  const { client, accepted } = await pair(t, {});
  const told: number[] = [];
  const ends: number[] = [];
  let text = '';
  accepted.on('urgent', (length: number) => told.push(length));
  accepted.on('data', (octets: Buffer) => {
    text += octets.toString('latin1');
    ends.push(text.length);
  });
  client.cork();
  client.write('abc');
  client.writeUrgent('64', 'hex');
  client.write(Buffer.from('ef'));
  client.writeUrgent(Buffer.from('gh'), () => client.end('i'));
  client.uncork();
  await once(accepted, 'end');
  t.is(text, 'abcdefghi');
  t.true(told.length > 0 && told.length <= 2);
  t.true(ends.includes(8), `${ends.join(' ')}: the second end was known before any octet after it could be read`);
  t.is(accepted.urgentLength, 0);
});

test('what was written urgently before the connection stood is told to whoever accepts it', async (t) => {
  const { accepted } = await pair(t, { pauseOnConnect: true }, 'now');
  if (accepted.urgentLength === 0) await once(accepted, 'urgent');
  t.is(accepted.urgentLength, 3);
  t.is(accepted.read(), null, 'nobody has asked for it yet');
  await once(accepted, 'readable');
  t.is(accepted.urgentLength, 3, 'in the stream, and not read from it');
  t.is(String(accepted.read()), 'now');
  t.is(accepted.urgentLength, 0);
});

test('who writes the same buffer again without urgency is not urgent', async (t) => {
  const { client, accepted } = await pair(t, {});
  const told: number[] = [];
  accepted.on('urgent', (length: number) => told.push(length)).resume();
  const buffer = Buffer.from('x');
  client.writeUrgent(buffer);
  await until(() => told.length === 1);
  client.write(buffer);
  client.writeUrgent('');
  await until(() => accepted.bytesRead === 2);
  await turns(2);
  t.deepEqual(told, [1]);
});

test('a listener that throws loses no octet', async (t) => {
  const { client, accepted } = await pair(t, {});
  const listeners = process.rawListeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const thrown = new Promise<Error>((resolve) => process.once('uncaughtException', resolve));
  try {
    accepted.once('urgent', () => {
      throw new Error('hurry');
    });
    let text = '';
    accepted.on('data', (octets: Buffer) => (text += String(octets)));
    client.writeUrgent('abc');
    t.is((await thrown).message, 'hurry');
    await until(() => text === 'abc');
  } finally {
    for (const listener of listeners) process.on('uncaughtException', listener as () => void);
  }
});
