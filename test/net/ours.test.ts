// What only ours has: the window that closes when a reader pauses, the TCB to look at, options of the connection, recordings.
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import nodeNet from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import * as sash from '../../src/net/index.ts';
import { closed, discard, everything, pattern, turns, until } from './harness.ts';

interface Pair {
  server: sash.Server;
  client: sash.Socket;
  accepted: sash.Socket;
}

async function pair(
  t: ExecutionContext,
  serverOptions: sash.ServerOptions,
  options: sash.SocketOptions,
): Promise<Pair> {
  const server = sash.createServer(serverOptions).listen(0, '127.0.0.1');
  t.teardown(() => void server.close());
  await once(server, 'listening');
  const client = sash.connect({ ...options, host: '127.0.0.1', port: portOf(server) });
  const [[accepted]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
    [sash.Socket],
    [],
  ];
  t.teardown(() => discard(client));
  t.teardown(() => discard(accepted));
  return { server, client, accepted };
}

function portOf(server: sash.Server): number {
  return (server.address() as nodeNet.AddressInfo).port;
}

test('when the reader pauses, the window closes and the writer is told to wait', async (t) => {
  const window = 20_000;
  const { client, accepted } = await pair(
    t,
    { pauseOnConnect: true, tcp: { receiveBuffer: window } },
    { tcp: { sendBuffer: 30_000 }, writableHighWaterMark: 10_000 },
  );
  let written = 0;
  const chunk = pattern(1_000);
  do written += chunk.length;
  while (client.write(chunk) || written < 70_000); // the last of them only wait in the stream
  await until(() => accepted.snapshot()!['RCV.WND'] === 0);
  await until(() => client.snapshot()!.reason === 'zero-window');

  // The receive buffer is full, then the send buffer up to the quarter by which a writer is told, then the stream holds
  // what it was given; nothing is anywhere else.
  const receiver = accepted.snapshot()!;
  t.deepEqual([receiver['RCV.USER'], receiver['RCV.WND'], receiver.offering], [window, 0, 'zero']);
  const sender = client.snapshot()!;
  t.deepEqual([sender['SND.WND'], sender.flight], [0, 0]);
  t.true(sender.sendBuffered >= 22_500 && sender.sendBuffered <= 30_000, `${sender.sendBuffered}`);
  t.is(accepted.readableLength, 0);
  t.is(accepted.bytesRead, 0);
  t.false(client.write(chunk));
  written += chunk.length;
  await turns(1);
  const { sendBuffered } = client.snapshot()!;
  t.true(client.writableLength >= written - window - sendBuffered, 'every octet is in one of the three');

  const drained = once(client, 'drain');
  let read = 0;
  accepted.on('data', (octets: Buffer) => (read += octets.length));
  accepted.resume();
  await drained;
  await until(() => read === written);
  t.true(client.snapshot()!['SND.WND'] > 0);
  t.true(client.durations()!.sending['zero-window'] > 0);
});

test('a stream that is not read takes no more than its high-water mark out of the receive buffer', async (t) => {
  const { client, accepted } = await pair(t, { highWaterMark: 3_000 }, {});
  client.write(pattern(10_000));
  await until(() => accepted.readableLength + accepted.snapshot()!['RCV.USER'] === 10_000);
  await turns(2);
  t.is(accepted.readableLength, 3_000);
  t.is(accepted.snapshot()!['RCV.USER'], 7_000);

  // read(n) raises the mark, for good: the stream then holds as much as somebody once asked for.
  t.is(accepted.read(5_000), null);
  await until(() => accepted.readableLength === 8_192);
  t.is(accepted.readableHighWaterMark, 8_192);
  t.is((accepted.read(5_000) as Buffer).length, 5_000);
});

test('the options of the connection are those it is made with, at both ends', async (t) => {
  const { client, accepted } = await pair(
    t,
    { tcp: { receiveBuffer: 300_000, mss: 900, profile: 'linux' } },
    { tcp: { receiveBuffer: 5_000, mss: 1_200, windowScale: 'off' } },
  );
  t.like(client.snapshot(), { 'RCV.BUFF': 5_000, 'Eff.snd.MSS': 900, 'Snd.Wind.Shift': 0 });
  t.like(accepted.snapshot(), { 'RCV.BUFF': 300_000, 'Eff.snd.MSS': 900, 'Rcv.Wind.Shift': 0 });
  t.is(accepted.connection!.tcb.options.rtoMin, sash.PROFILES.linux.rtoMin);
  t.is(client.connection!.tcb.options.rtoMin, sash.PROFILES.rfc.rtoMin);
  t.true(client.snapshot()!['SND.WND'] > 0);
});

test('checksums are offered by whichever end is asked for them', async (t) => {
  const { server } = await pair(t, { tcp: { checksums: true } }, {});
  const dialled = nodeNet.connect({ host: '127.0.0.1', port: portOf(server) });
  t.teardown(() => dialled.destroy());
  const [preface] = (await once(dialled, 'data')) as [Buffer];
  t.is(preface.toString('hex', 0, 8), '5341534800010001');

  for (const [checksums, flags] of [
    [true, 1],
    [false, 0],
  ] as const) {
    const plain = nodeNet.createServer().listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port } = plain.address() as nodeNet.AddressInfo;
    const client = sash.connect({ host: '127.0.0.1', port, tcp: { checksums } }).on('error', () => {});
    const [socket] = (await once(plain, 'connection')) as [nodeNet.Socket];
    const [sent] = (await once(socket, 'data')) as [Buffer];
    t.is(sent.readUInt16BE(6), flags);
    client.destroy();
    socket.destroy();
    plain.close();
  }
});

test('options may be given to connect, and win there', async (t) => {
  const { server } = await pair(t, {}, {});
  const socket = new sash.Socket({ tcp: { mss: 700, receiveBuffer: 9_000 } });
  socket.connect({ port: portOf(server), host: '127.0.0.1', tcp: { mss: 800 } });
  t.teardown(() => discard(socket));
  await once(socket, 'connect');
  t.like(socket.snapshot(), { 'RCV.BUFF': 9_000, 'Eff.snd.MSS': 800 });
});

test('impossible options throw at once and name the option', (t) => {
  t.throws(() => sash.connect({ port: 1, host: '127.0.0.1', tcp: { mss: 0 } }), {
    instanceOf: RangeError,
    message: /^mss/,
  });
  t.throws(() => sash.createServer({ tcp: { receiveBuffer: -1 } }).listen(0), { message: /^receiveBuffer/ });
});

test('a path or a descriptor is refused in so many words', (t) => {
  const expected = { code: 'ERR_INVALID_ARG_VALUE', message: /is not supported: sash connects addresses and ports/ };
  t.throws(() => sash.connect({ path: '/tmp/x' } as unknown as sash.ConnectOptions), expected);
  t.throws(() => sash.connect('/tmp/x'), expected);
  t.throws(() => sash.createServer().listen('/tmp/x'), expected);
  t.throws(() => sash.createServer().listen({ fd: 3 } as sash.ListenOptions), expected);
});

test('setNoDelay is Nagle’s algorithm, setKeepAlive is keepalive', async (t) => {
  const { client, accepted } = await pair(t, { noDelay: true }, {});
  const nagle = (): string => client.connection!.tcb.options.nagle;
  t.is(nagle(), 'nagle');
  client.setNoDelay();
  t.is(nagle(), 'off');
  client.setNoDelay(false);
  t.is(nagle(), 'nagle');
  t.is(accepted.connection!.tcb.options.nagle, 'off');

  client.setKeepAlive(true, 2_500);
  t.is(client.connection!.tcb.options.keepalive!.idle, 2 * sash.SECOND);
  t.true('keepalive' in client.snapshot()!.timers);
  client.setKeepAlive(false);
  t.is(client.connection!.tcb.options.keepalive, undefined);
});

test('‘opened’ comes before the first segment, at both ends', async (t) => {
  const server = sash.createServer().listen(0, '127.0.0.1');
  t.teardown(() => void server.close());
  const seen: string[] = [];
  server.on('opened', (connection: sash.Connection) => seen.push(`server ${connection.state}`));
  const client = new sash.Socket();
  client.on('opened', (connection: sash.Connection) => {
    seen.push(`client ${connection.state} ${connection.tcb.tally.segmentsSent}`);
    t.is(client.connection, connection);
  });
  await once(server, 'listening');
  client.connect(portOf(server), '127.0.0.1');
  await once(client, 'connect');
  t.deepEqual(seen.toSorted(), ['client CLOSED 0', 'server CLOSED']);
  client.destroy();
});

test('what a connection was can be asked after its end, and its time adds up', async (t) => {
  const { client, accepted } = await pair(t, {}, {});
  t.is(new sash.Socket().snapshot(), undefined);
  t.is(new sash.Socket().durations(), undefined);
  accepted.end(pattern(100_000));
  await everything(client);
  await closed(client);
  await until(() => client.snapshot()!.state === 'CLOSED' || client.snapshot()!.state === 'TIME-WAIT');
  const { connection } = client;
  t.is(connection!.tcb.tally.octetsRead, 100_000);
  const { sending } = client.durations()!;
  const sum = Object.values(sending).reduce((total, duration) => total + duration, 0);
  t.deepEqual(client.durations()!.sending, sending, 'its life is over');
  t.true(sum > 0);
});

test('a peer that does not speak sash is told of, with what it sent, and harms nobody', async (t) => {
  const { server, client, accepted } = await pair(t, {}, {});
  const told = once(server, 'handshakeError') as Promise<[sash.CarrierError, sash.CarrierAddress]>;
  const stranger = nodeNet.connect(portOf(server), '127.0.0.1', () => void stranger.write('GET / HTTP/1.1\r\n\r\n'));
  stranger.on('error', () => {});
  const [error, remote] = await told;
  t.is(error.code, 'EPROTO');
  t.regex(error.message, /GET \/ HTTP/);
  t.is(remote.address, '127.0.0.1');
  await closed(stranger.resume());
  client.end('still here');
  t.is(String(await everything(accepted)), 'still here');
});

test('connecting to what does not speak sash fails and says what it sent', async (t) => {
  const server = nodeNet.createServer((socket) => void socket.end('220 mail.example ESMTP\r\n')).listen(0, '127.0.0.1');
  t.teardown(() => void server.close());
  await once(server, 'listening');
  const client = sash.connect((server.address() as nodeNet.AddressInfo).port, '127.0.0.1');
  const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
  t.like(error, { code: 'EPROTO', syscall: 'connect' });
  t.regex(error.message, /220 mail/);
});

test('a handshake that is not completed in time is ETIMEDOUT', async (t) => {
  const server = nodeNet.createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  t.teardown(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as nodeNet.AddressInfo;
  const client = sash.connect({ port, host: '127.0.0.1', tcp: { handshakeTimeout: 30 } });
  const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
  t.like(error, { code: 'ETIMEDOUT', syscall: 'connect', message: `connect ETIMEDOUT 127.0.0.1:${port}` });
  t.true(error.cause instanceof Error);
});

test('a server that closes ends handshakes that are under way', async (t) => {
  const server = sash.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const silent = nodeNet.connect(portOf(server), '127.0.0.1');
  silent.on('error', () => {});
  await once(server, 'opened');
  await new Promise((resolve) => server.close(resolve));
  t.true(await Promise.race([closed(silent.resume()).then(() => true), once(silent, 'end').then(() => true)]));
});

test('more handshakes than maxPending are dropped, and told of', async (t) => {
  const server = sash.createServer({ maxPending: 1 }).listen(0, '127.0.0.1');
  t.teardown(() => void server.close());
  await once(server, 'listening');
  const silent = [0, 1].map(() => nodeNet.connect(portOf(server), '127.0.0.1').on('error', () => {}));
  t.teardown(() => silent.forEach((socket) => socket.destroy()));
  const [drop] = (await once(server, 'drop')) as [nodeNet.DropArgument];
  t.is(drop.localPort, portOf(server));
});

test('a recording holds the connection from its first segment to its last, at either end', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sash-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = join(folder, 'client.pcapng');
  const asked: unknown[] = [];
  const { client, accepted } = await pair(
    t,
    {
      record: (number, remote) => {
        asked.push(number, remote.address);
        return join(folder, `server-${number}.pcapng`);
      },
    },
    { record: file },
  );
  t.is(client.recording!.file, file);
  t.throws(() => client.record('elsewhere'), { message: /recorded already/ });
  const complete = Promise.all([once(client, 'recorded'), once(accepted, 'recorded')]);
  client.end(pattern(5_000));
  accepted.resume();
  client.resume();
  await complete;
  t.deepEqual(asked, [1, '127.0.0.1']);
  for (const name of ['client.pcapng', 'server-1.pcapng']) {
    const octets = await readFile(join(folder, name));
    t.is(octets.readUInt32LE(0), 0x0a0d0d0a, 'a section header block');
    t.true(packets(octets) >= 6, 'SYN, SYN-ACK, ACK, text, FIN, FIN …');
  }
});

/** Enhanced Packet Blocks in a pcapng file. */
function packets(octets: Buffer): number {
  let count = 0;
  for (let at = 0; at < octets.length; at += octets.readUInt32LE(at + 4)) if (octets.readUInt32LE(at) === 6) count++;
  return count;
}

test('a recording can be asked for before connecting, and one that fails is a warning', async (t) => {
  const server = sash.createServer((socket) => void socket.end('all well')).listen(0, '127.0.0.1');
  t.teardown(() => void server.close());
  await once(server, 'listening');
  const warned = once(process, 'warning') as Promise<[Error]>;
  const client = new sash.Socket().record('/nowhere/at/all.pcapng').connect(portOf(server), '127.0.0.1');
  t.is(String(await everything(client)), 'all well');
  const [warning] = await warned;
  t.regex(warning.message, /nowhere\/at\/all\.pcapng/);
});

test('everything that node:net has is there, but for what the documentation excepts', (t) => {
  for (const name of Object.keys(nodeNet).filter((key) => !key.startsWith('_'))) t.true(name in sash, name);
  const socket = new sash.Socket();
  const named = (of: object): string[] => Object.getOwnPropertyNames(of).filter((name) => !name.startsWith('_'));
  for (const name of named(nodeNet.Socket.prototype)) t.true(name in socket, `Socket ${name}`);
  for (const name of named(nodeNet.Server.prototype)) t.true(name in new sash.Server(), `Server ${name}`);
  t.is(Reflect.get(socket, '_handle'), null);
  t.is(sash.Stream, sash.Socket);
  t.is(sash.isIP('::1'), 6);
});
