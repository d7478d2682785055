// Making connections: what `node:net` does and what ours does, side by side.
import dns from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, type LookupFunction, type NetConnectOpts } from 'node:net';
import { freePort } from '../ports.ts';
import { alike, codeOf, everything, logged, type Net, pair, served, type Socket, until } from './harness.ts';

alike('connect takes a port, a host, options and a listener in all of Node’s forms', async (t, net) => {
  const { server, port } = await served(t, net, (socket) => socket.end());
  const forms: ((connected: () => void) => Socket)[] = [
    (connected) => net.connect(port, '127.0.0.1', connected),
    (connected) => net.connect(port, '127.0.0.1').once('connect', connected),
    (connected) => net.createConnection({ port, host: '127.0.0.1' }, connected),
    (connected) => new net.Socket().connect(port, '127.0.0.1', connected),
    (connected) => new net.Socket({}).connect({ port, host: '127.0.0.1' }, connected),
    (connected) => net.connect(String(port) as unknown as number, '127.0.0.1', connected),
  ];
  for (const form of forms) {
    await new Promise<void>((resolve) => {
      const socket = form(() => {
        t.is(socket.remotePort, port);
        socket.resume().once('close', () => resolve());
      });
      t.true(socket.connecting);
    });
  }
  t.is((server.address() as AddressInfo).port, port);
});

alike('net.connect goes by way of the prototype’s connect, which may be replaced', async (t, net) => {
  const { port } = await served(t, net, (socket) => socket.end());
  class Counted extends net.Socket {}
  const original: Socket['connect'] = Reflect.get(net.Socket.prototype, 'connect');
  let calls = 0;
  t.teardown(() => void (net.Socket.prototype.connect = original));
  net.Socket.prototype.connect = function connect(this: Socket, ...args: Parameters<typeof original>) {
    if (this.listenerCount('counted') > 0 || this instanceof Counted) calls++;
    return Reflect.apply(original, this, args);
  } as typeof original;
  const socket = new Counted().connect(port, '127.0.0.1');
  await once(socket.resume(), 'close');
  t.is(calls, 1);
});

alike('the events of a connection’s life come in Node’s order, at both ends', async (t, net) => {
  const names = ['lookup', 'connect', 'ready', 'data', 'end', 'finish', 'close'];
  const theirs: string[] = [];
  const { server, port } = await served(t, net, (socket) => {
    logged(socket, names, theirs);
    socket.on('data', () => socket.end('answer'));
  });
  const client = net.connect(port, '127.0.0.1');
  const log = logged(client, names);
  client.write('question', () => log.push('written'));
  await once(client, 'close');
  t.deepEqual(log, ['connect', 'written', 'ready', 'data', 'end', 'finish', 'close']);
  await until(() => theirs.includes('close'));
  server.close();
  t.deepEqual(theirs, ['data', 'finish', 'end', 'close']);
});

alike('a refused connection tells code, errno, call, address and port, then closes with an error', async (t, net) => {
  const port = await freePort();
  const client = net.connect(port, '127.0.0.1');
  const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException & { address: string; port: number }];
  t.is(error.message, `connect ECONNREFUSED 127.0.0.1:${port}`);
  t.like(error, { code: 'ECONNREFUSED', errno: -111, syscall: 'connect', address: '127.0.0.1', port });
  const [hadError] = (await once(client, 'close')) as [boolean];
  t.true(hadError);
  t.is(client.connecting, false);
});

alike('a refused connection from a port of one’s own names that port too', async (t, net) => {
  const [port, localPort] = [await freePort(), await freePort()];
  const client = net.connect({ port, host: '127.0.0.1', localAddress: '127.0.0.1', localPort });
  const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
  t.is(error.message, `connect ECONNREFUSED 127.0.0.1:${port} - Local (127.0.0.1:${localPort})`);
  t.like(error, { localAddress: '127.0.0.1', localPort });
});

alike('impossible arguments throw Node’s errors at once', (t, net) => {
  const wrong: [call: (of: Net) => unknown, code: string, name: string][] = [
    [(of) => of.connect({} as NetConnectOpts), 'ERR_MISSING_ARGS', 'TypeError'],
    [(of) => of.connect(99_999), 'ERR_SOCKET_BAD_PORT', 'RangeError'],
    [(of) => of.connect({ port: 1, localAddress: 'nowhere' }), 'ERR_INVALID_IP_ADDRESS', 'TypeError'],
    [(of) => of.connect({ port: 1, lookup: 1 as unknown as LookupFunction }), 'ERR_INVALID_ARG_TYPE', 'TypeError'],
    [(of) => new of.Socket({ objectMode: true } as object), 'ERR_INVALID_ARG_VALUE', 'TypeError'],
    [(of) => new of.Socket({ readableObjectMode: true } as object), 'ERR_INVALID_ARG_VALUE', 'TypeError'],
    [(of) => new of.Socket().setTimeout('1' as unknown as number), 'ERR_INVALID_ARG_TYPE', 'TypeError'],
    [(of) => new of.Socket().setTimeout(-1), 'ERR_OUT_OF_RANGE', 'RangeError'],
    [(of) => new of.Socket().setTimeout(1, 1 as unknown as () => void), 'ERR_INVALID_ARG_TYPE', 'TypeError'],
    [(of) => of.createServer(1 as unknown as object), 'ERR_INVALID_ARG_TYPE', 'TypeError'],
    [(of) => of.createServer().listen({}), 'ERR_INVALID_ARG_VALUE', 'TypeError'],
    [(of) => of.createServer().listen(65_536), 'ERR_SOCKET_BAD_PORT', 'RangeError'],
    [(of) => of.createServer().listen(true as unknown as number), 'ERR_INVALID_ARG_VALUE', 'TypeError'],
  ];
  for (const [call, code, name] of wrong) {
    const error = t.throws(() => call(net), undefined, String(call)) as NodeJS.ErrnoException;
    t.is(error.code, code, String(call));
    t.is(error.name, name, String(call));
  }
});

alike('a lookup of one’s own is used and told', async (t, net) => {
  const { port } = await served(t, net, (socket) => socket.end());
  const asked: string[] = [];
  const lookup: LookupFunction = (host, options, told) => {
    asked.push(host);
    dns.lookup('127.0.0.1', options, told);
  };
  const client = net.connect({ port, host: 'somewhere.invalid', lookup });
  const [error, address, family, host] = (await once(client, 'lookup')) as [Error | null, string, number, string];
  t.deepEqual([error, address, family, host], [null, '127.0.0.1', 4, 'somewhere.invalid']);
  await once(client.resume(), 'close');
  t.deepEqual(asked, ['somewhere.invalid']);
});

alike('a name that is not found ends the socket with the lookup’s error', async (t, net) => {
  const failure = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
  const lookup: LookupFunction = (_host, _options, told) => setImmediate(() => told(failure, '', 4));
  const client = net.connect({ port: 1, host: 'nowhere.invalid', lookup });
  const log = logged(client, ['lookup', 'connect', 'error', 'close']);
  const [error] = (await once(client, 'error')) as [Error];
  t.is(error, failure);
  await once(client, 'close');
  t.deepEqual(log, ['lookup', 'error', 'close']);
});

alike('connecting to 0.0.0.0 means this host', async (t, net) => {
  const server = net.createServer((socket) => void socket.end('here'));
  t.teardown(() => void server.close());
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  const client = net.connect((server.address() as AddressInfo).port, '0.0.0.0');
  await once(client, 'connect');
  t.is(client.remoteAddress, '127.0.0.1');
  t.is(String(await everything(client)), 'here');
});

alike('addresses are undefined before connecting, and the peer’s is still known in ‘close’', async (t, net) => {
  const { port } = await served(t, net, (socket) => socket.end());
  const client = net.connect(port, '127.0.0.1');
  t.deepEqual(
    [client.remoteAddress, client.remotePort, client.localAddress, client.localPort],
    Array(4).fill(undefined),
  );
  t.deepEqual(client.address(), {});
  await once(client, 'connect');
  t.deepEqual([client.remoteAddress, client.remotePort, client.remoteFamily], ['127.0.0.1', port, 'IPv4']);
  t.deepEqual(client.address(), { address: '127.0.0.1', port: client.localPort, family: 'IPv4' });
  await once(client.resume(), 'close');
  t.deepEqual([client.remoteAddress, client.remotePort], ['127.0.0.1', port]);
  t.is(client.localPort, undefined);
});

alike('both ends know the same addresses', async (t, net) => {
  const { client, accepted } = await pair(t, net);
  t.deepEqual([client.localPort, client.localAddress], [accepted.remotePort, accepted.remoteAddress]);
  t.deepEqual([client.remotePort, client.remoteAddress], [accepted.localPort, accepted.localAddress]);
});

alike('connecting, pending and readyState tell how far it is', async (t, net) => {
  const { port } = await served(t, net, (socket) => socket.resume());
  const client = new net.Socket();
  t.deepEqual([client.connecting, client.pending, client.readyState], [false, true, 'open']);
  client.connect(port, '127.0.0.1');
  t.deepEqual([client.connecting, client.pending, client.readyState], [true, true, 'opening']);
  await once(client, 'connect');
  t.deepEqual([client.connecting, client.pending, client.readyState], [false, false, 'open']);
  client.end();
  t.is(client.readyState, 'readOnly');
  await once(client.resume(), 'close');
  t.deepEqual([client.pending, client.readyState, client.destroyed], [true, 'closed', true]);
});

alike(
  'an aborted signal ends the socket with an AbortError: before, while and after connecting',
  async (t, net, subject) => {
    const { port } = await served(t, net, (socket) => socket.resume());
    const before = AbortSignal.abort();
    const refused = net.connect({ port, host: '127.0.0.1', signal: before });
    // Node goes on and connects all the same, to an address at least.
    if (subject.name === 'sash') refused.on('connect', () => t.fail('it was aborted before'));
    t.is(await codeOf(refused), 'ABORT_ERR');

    const during = new AbortController();
    const pending = net.connect({ port, host: '127.0.0.1', signal: during.signal });
    during.abort();
    t.is(await codeOf(pending), 'ABORT_ERR');

    const after = new AbortController();
    const open = net.connect({ port, host: '127.0.0.1', signal: after.signal });
    await once(open, 'connect');
    after.abort();
    const [error] = (await once(open, 'error')) as [Error];
    t.is(error.name, 'AbortError');
    t.true(open.destroyed);
  },
);

alike('destroyed while connecting, a socket says nothing but ‘close’', async (t, net) => {
  const { port } = await served(t, net);
  const client = net.connect(port, '127.0.0.1');
  const log = logged(client, ['connect', 'error', 'end', 'close']);
  client.destroy();
  await once(client, 'close');
  t.deepEqual(log, ['close']);
  t.false(client.connecting);
});

alike('a socket that has closed can connect again, and counts from nothing', async (t, net) => {
  const { port } = await served(t, net, (socket) => socket.on('data', (octets: Buffer) => socket.end(octets)));
  const client = new net.Socket();
  let heard = '';
  client.on('data', (octets: Buffer) => (heard += String(octets)));
  for (const word of ['first', 'second', 'third']) {
    heard = '';
    client.connect(port, '127.0.0.1');
    t.is(client.bytesWritten, 0);
    t.false(client.destroyed);
    client.write(word);
    const [hadError] = (await once(client, 'close')) as [boolean];
    t.deepEqual([heard, client.bytesRead, client.bytesWritten, hadError], [word, word.length, word.length, false]);
  }
});

alike('what is written before the connection is there is counted at once and sent then', async (t, net) => {
  const { port } = await served(t, net, (socket) => socket.pipe(socket));
  const client = net.connect(port, '127.0.0.1');
  client.write('one');
  t.is(client.bytesWritten, 3);
  client.write('two three', 'utf8');
  client.write(Buffer.from('four'));
  t.is(client.bytesWritten, 16);
  t.is(client.bufferSize, 16);
  client.end();
  t.is(String(await everything(client)), 'onetwo threefour');
  t.is(client.bytesWritten, 16);
  t.is(client.bytesRead, 16);
});

alike('the prototype’s counters and addresses are undefined', (t, net) => {
  for (const name of ['bytesRead', 'bytesWritten', 'remoteAddress', 'remotePort', 'localAddress', 'localPort']) {
    t.is(Reflect.get(net.Socket.prototype, name), undefined, name);
  }
});

alike('a write that the socket was destroyed before connecting fails with that', async (t, net) => {
  const { port } = await served(t, net);
  const client = net.connect(port, '127.0.0.1');
  const failed = new Promise<Error | null | undefined>((resolve) => client.write('never', resolve));
  client.destroy();
  const error = (await failed) as NodeJS.ErrnoException;
  t.is(error.code, 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION');
});

alike('a write to a socket that was never connected fails as closed', async (t, net) => {
  const socket = new net.Socket();
  const failed = new Promise<Error | null | undefined>((resolve) => socket.write('never', resolve));
  const [code, error] = await Promise.all([codeOf(socket), failed]);
  t.is(code, 'ERR_SOCKET_CLOSED');
  t.is((error as NodeJS.ErrnoException).code, 'ERR_SOCKET_CLOSED');
});

alike('end() before the connection is there sends what was written and closes', async (t, net) => {
  const { server, port } = await served(t, net);
  net.connect(port, '127.0.0.1').end('all of it');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  t.is(String(await everything(accepted)), 'all of it');
});

alike('a new socket has exactly one ‘end’ listener and no other', (t, net) => {
  t.deepEqual(new net.Socket().eventNames(), ['end']);
  t.is(new net.Socket().listenerCount('end'), 1);
});

alike('setters return the socket, connected or not', async (t, net) => {
  const fresh = new net.Socket();
  t.is(fresh.setNoDelay(), fresh);
  t.is(fresh.setKeepAlive(true, 1_000), fresh);
  t.is(fresh.setTimeout(0), fresh);
  const { client } = await pair(t, net, { client: { noDelay: true, keepAlive: true, keepAliveInitialDelay: 5_000 } });
  t.is(client.setNoDelay(false), client);
  t.is(client.setKeepAlive(false), client);
  t.is(client.ref(), client);
  t.is(client.unref(), client);
  t.is(client.setEncoding('utf8'), client);
  t.is(client.pause().resume(), client);
});
