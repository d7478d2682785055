// Servers: what `node:net` does and what ours does, side by side.
import { once } from 'node:events';
import { type AddressInfo, type DropArgument, type ListenOptions } from 'node:net';
import { alike, logged, pair, portOf, served, type Server, type Socket, soon, turns, until } from './harness.ts';

alike('listen takes a port, a host, a backlog, options and a listener in all of Node’s forms', async (t, net) => {
  const forms: ((server: Server, listening: () => void) => Server)[] = [
    (server, listening) => server.listen(listening),
    (server, listening) => server.listen(0, listening),
    (server, listening) => server.listen(0, '127.0.0.1', listening),
    (server, listening) => server.listen(0, '127.0.0.1', 10, listening),
    (server, listening) => server.listen(0, 10, listening),
    (server, listening) => server.listen(undefined, undefined, 10, listening),
    (server, listening) => server.listen({ port: 0, host: '127.0.0.1', backlog: 3, exclusive: true }, listening),
    (server, listening) => server.listen({ port: undefined } as ListenOptions, listening),
    (server, listening) => server.listen({ host: '::1', port: 0, ipv6Only: true }, listening),
    (server, listening) => server.listen().on('listening', listening),
  ];
  for (const form of forms) {
    const server = net.createServer();
    t.is(server.address(), null);
    await new Promise<void>((resolve) => t.is(form(server, resolve), server));
    t.true(server.listening);
    t.true(portOf(server) > 0, String(form));
    await new Promise((resolve) => server.close(resolve));
    t.false(server.listening);
  }
});

alike('without a host it is bound on the next line, and an error comes later', async (t, net) => {
  const first = net.createServer().listen(0);
  t.teardown(() => void first.close());
  const { port } = first.address() as AddressInfo;
  t.true(port > 0);
  const second = net.createServer().listen(port);
  const [error] = (await once(second, 'error')) as [NodeJS.ErrnoException];
  t.like(error, { code: 'EADDRINUSE', syscall: 'listen', port });
  t.false(second.listening);
  // After the error it may try again.
  second.listen(0);
  await once(second, 'listening');
  await new Promise((resolve) => second.close(resolve));
});

alike('listening twice is an error, and so is closing what does not listen', async (t, net) => {
  const { server } = await served(t, net);
  t.throws(() => server.listen(0), { code: 'ERR_SERVER_ALREADY_LISTEN' });
  const idle = net.createServer();
  const error = await new Promise<Error | undefined>((resolve) => void idle.close(resolve));
  t.is((error as NodeJS.ErrnoException).code, 'ERR_SERVER_NOT_RUNNING');
});

alike('close before a name is looked up wins', async (t, net) => {
  const server = net.createServer();
  const log = logged(server, ['listening', 'close', 'error']);
  server.listen(0, 'localhost');
  server.close();
  await once(server, 'close');
  await soon(20);
  t.deepEqual(log, ['close']);
  t.is(server.address(), null);
});

alike('a server that was closed can listen again', async (t, net) => {
  const server = net.createServer((socket) => void socket.end('again'));
  for (let i = 0; i < 2; i++) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = net.connect(portOf(server), '127.0.0.1');
    const [octets] = (await once(client, 'data')) as [Buffer];
    t.is(String(octets), 'again');
    await once(client, 'close');
    await new Promise((resolve) => server.close(resolve));
  }
});

alike('close waits for the connections there are, and takes no more', async (t, net) => {
  const { client, accepted, server, port } = await pair(t, net);
  let isClosed = false;
  server.close(() => (isClosed = true));
  await turns(3);
  t.false(isClosed);
  t.false(server.listening);
  const late = net.connect(port, '127.0.0.1');
  const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
  t.is(error.code, 'ECONNREFUSED');
  client.write('still open');
  const [octets] = (await once(accepted, 'data')) as [Buffer];
  t.is(String(octets), 'still open');
  client.resume().end();
  accepted.resume();
  await until(() => isClosed);
});

alike('a signal closes the server', async (t, net) => {
  const abort = new AbortController();
  const server = net.createServer();
  server.listen({ port: 0, host: '127.0.0.1', signal: abort.signal });
  await once(server, 'listening');
  abort.abort();
  await once(server, 'close');
  t.false(server.listening);
  const never = net.createServer().listen({ port: 0, signal: AbortSignal.abort() });
  await once(never, 'close');
  t.false(never.listening);
});

alike('a server can be disposed of, listening or not', async (t, net) => {
  const server = net.createServer().listen(0);
  await server[Symbol.asyncDispose]();
  t.false(server.listening);
  await server[Symbol.asyncDispose]();
});

alike('the connection listener may come with options or alone', async (t, net) => {
  const greet = (socket: Socket): void => void socket.end('hello');
  for (const server of [
    net.createServer(greet),
    net.createServer({}, greet),
    net.createServer().on('connection', greet),
  ]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const [octets] = (await once(net.connect(portOf(server), '127.0.0.1'), 'data')) as [Buffer];
    t.is(String(octets), 'hello');
    await new Promise((resolve) => server.close(resolve));
  }
});

alike('getConnections counts those that are open', async (t, net) => {
  const { client, accepted, server } = await pair(t, net);
  const count = (): Promise<number> => new Promise((resolve) => server.getConnections((_error, open) => resolve(open)));
  t.is(await count(), 1);
  client.resume().end();
  await once(accepted.resume(), 'close');
  t.is(await count(), 0);
});

alike(
  'beyond maxConnections a client is connected and closed, and the server tells whom it dropped',
  async (t, net) => {
    const { client, accepted, server, port } = await pair(t, net);
    server.maxConnections = 1;
    const dropped = once(server, 'drop') as Promise<[DropArgument]>;
    const late = net.connect(port, '127.0.0.1');
    const log = logged(late, ['connect', 'data', 'end', 'close']);
    const localPort = once(late, 'connect').then(() => late.localPort);
    await once(late.resume(), 'close');
    t.deepEqual(log, ['connect', 'end', 'close']);
    const [who] = await dropped;
    t.deepEqual(
      { ...who },
      {
        localAddress: '127.0.0.1',
        localPort: port,
        localFamily: 'IPv4',
        remoteAddress: '127.0.0.1',
        remotePort: await localPort,
        remoteFamily: 'IPv4',
      },
    );
    // When one goes, there is room again.
    client.resume().end();
    await once(accepted.resume(), 'close');
    const next = net.connect(port, '127.0.0.1');
    const [welcome] = (await once(server, 'connection')) as [Socket];
    t.is(welcome.remotePort, next.localPort);
  },
);

alike('pauseOnConnect hands over a socket that has read nothing', async (t, net) => {
  const { client, accepted } = await pair(t, net, { server: { pauseOnConnect: true } });
  let heard = '';
  accepted.on('data', (octets: Buffer) => (heard += String(octets)));
  client.write('wait');
  await soon(15);
  t.is(heard, '');
  t.is(accepted.bytesRead, 0);
  t.true(accepted.isPaused());
  accepted.resume();
  await until(() => heard === 'wait');
});

alike('a server’s options are its sockets’', async (t, net) => {
  const options = {
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 1_500,
    highWaterMark: 1_000,
  };
  const { accepted } = await pair(t, net, { server: options });
  t.true(accepted.allowHalfOpen);
  t.is(accepted.readableHighWaterMark, 1_000);
  t.is(accepted.writableHighWaterMark, 1_000);
});

alike('a ‘connection’ listener that rejects costs its own connection', async (t, net) => {
  const { accepted, server } = await pair(t, net);
  const failure = new Error('rejected');
  const told = once(accepted, 'error');
  Reflect.apply(Reflect.get(server, Symbol.for('nodejs.rejection')), server, [failure, 'connection', accepted]);
  const [error] = (await told) as [Error];
  t.is(error, failure);
  t.true(accepted.destroyed);
  const other = once(server, 'error');
  Reflect.apply(Reflect.get(server, Symbol.for('nodejs.rejection')), server, [failure, 'listening']);
  t.is(((await other) as [Error])[0], failure);
});

alike('ref and unref return the server', async (t, net) => {
  const { server } = await served(t, net);
  t.is(server.unref(), server);
  t.is(server.ref(), server);
});

alike('fifty connections at once are kept apart', async (t, net) => {
  const { port, server } = await served(t, net, (socket) => socket.pipe(socket));
  const answers = await Promise.all(
    Array.from({ length: 50 }, async (_, i) => {
      const client = net.connect(port, '127.0.0.1');
      client.end(`number ${i}`);
      let heard = '';
      for await (const octets of client) heard += String(octets);
      return heard;
    }),
  );
  t.deepEqual(
    answers,
    Array.from({ length: 50 }, (_, i) => `number ${i}`),
  );
  await new Promise((resolve) => server.close(resolve));
});
