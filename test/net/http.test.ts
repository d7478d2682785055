// `node:http` over the emulated TCP: what it does over `node:net` it must do over ours.
import { once } from 'node:events';
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type NetConnectOpts } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { type ExecutionContext } from 'ava';
import { alike, everything, type Net, pattern, served, type Socket, until } from './harness.ts';

/** An HTTP server that is given its connections by one of `net`'s. */
async function web(
  t: ExecutionContext,
  net: Net,
  handler: RequestListener,
): Promise<{ http: http.Server; port: number; sockets: Socket[] }> {
  const server = http.createServer(handler);
  const sockets: Socket[] = [];
  const { port } = await served(t, net, (socket) => {
    sockets.push(socket);
    server.emit('connection', socket);
  });
  return { http: server, port, sockets };
}

/** A client's agent that connects by `net`. */
function agentOf(t: ExecutionContext, net: Net, options: http.AgentOptions): http.Agent {
  class NetAgent extends http.Agent {
    override createConnection(asked: http.ClientRequestArgs): Socket {
      return net.connect(asked as NetConnectOpts);
    }
  }
  const agent: http.Agent = new NetAgent(options);
  t.teardown(() => agent.destroy());
  return agent;
}

async function answerTo(request: http.ClientRequest): Promise<{ response: IncomingMessage; body: Buffer }> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { response, body: await everything(response) };
}

alike('http: a request by createConnection, and its answer', async (t, net) => {
  const { port } = await web(t, net, (request, response) => {
    t.is(request.headers['x-asked'], 'yes');
    response.setHeader('x-answered', 'too');
    response.end(`you asked for ${request.url}`);
  });
  const request = http.request({
    path: '/this',
    headers: { 'x-asked': 'yes' },
    createConnection: () => net.connect(port, '127.0.0.1'),
  });
  request.end();
  const { response, body } = await answerTo(request);
  t.is(response.statusCode, 200);
  t.is(response.headers['x-answered'], 'too');
  t.is(String(body), 'you asked for /this');
});

alike('http: large bodies both ways, chunked and by length', async (t, net) => {
  const sent = pattern(700_000);
  const { port } = await web(t, net, (request, response) => void pipeline(request, response));
  for (const headers of [{}, { 'content-length': sent.length }]) {
    const request = http.request({ method: 'POST', headers, createConnection: () => net.connect(port, '127.0.0.1') });
    for (let at = 0; at < sent.length; at += 50_000) request.write(sent.subarray(at, at + 50_000));
    request.end();
    const { body } = await answerTo(request);
    t.true(body.equals(sent));
  }
});

alike('http: an agent keeps a connection alive and uses it again', async (t, net) => {
  const { port, sockets } = await web(t, net, (request, response) => response.end(request.url));
  const agent = agentOf(t, net, { keepAlive: true, maxSockets: 1 });
  for (let i = 0; i < 20; i++) {
    const request = http.get({ host: '127.0.0.1', port, path: `/${i}`, agent });
    const { body } = await answerTo(request);
    t.is(String(body), `/${i}`);
    t.is(request.reusedSocket, i > 0);
  }
  t.is(sockets.length, 1);
});

alike('http: many requests at once through a few connections', async (t, net) => {
  const { port, sockets } = await web(t, net, (request, response) => {
    setImmediate(() => response.end(pattern(10_000, Number(request.url!.slice(1)))));
  });
  const agent = agentOf(t, net, { keepAlive: true, maxSockets: 4 });
  await Promise.all(
    Array.from({ length: 60 }, async (_, i) => {
      const { body } = await answerTo(http.get({ host: '127.0.0.1', port, path: `/${i}`, agent }));
      t.true(body.equals(pattern(10_000, i)));
    }),
  );
  t.is(sockets.length, 4);
});

alike('http: an upgrade hands the socket over, with what came already', async (t, net) => {
  const { http: server, port } = await web(t, net, () => t.fail('it asks for an upgrade'));
  server.on('upgrade', (_request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello ');
    socket.write(head);
    socket.pipe(socket);
  });
  const request = http.request({
    headers: { connection: 'Upgrade', upgrade: 'echo' },
    createConnection: () => net.connect(port, '127.0.0.1'),
  });
  request.end();
  const [response, socket, head] = (await once(request, 'upgrade')) as [IncomingMessage, Socket, Buffer];
  t.is(response.statusCode, 101);
  socket.unshift(head);
  socket.end('and back');
  t.is(String(await everything(socket)), 'hello and back');
});

alike('http: a malformed request is answered with 400 before the connection goes', async (t, net) => {
  const { port } = await web(t, net, () => t.fail('this is no request'));
  const client = net.connect(port, '127.0.0.1');
  client.write('this is no request\r\n\r\n');
  t.regex(String(await everything(client)), /^HTTP\/1\.1 400 Bad Request/);
});

alike('http: pipelined requests are answered in order', async (t, net) => {
  const { port } = await web(t, net, (request, response) => {
    setTimeout(() => response.end(request.url), request.url === '/slow' ? 20 : 0);
  });
  const client = net.connect(port, '127.0.0.1');
  const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
  client.write(get('/slow') + get('/fast') + get('/last', 'Connection: close\r\n'));
  const heard = String(await everything(client));
  t.deepEqual(heard.match(/\/(slow|fast|last)/g), ['/slow', '/fast', '/last']);
});

alike('http: a server that vanishes in mid-answer is an ECONNRESET for its client', async (t, net) => {
  const { port, sockets } = await web(t, net, (_request, response) => {
    response.writeHead(200, { 'content-length': 1_000 });
    response.write('the beginning');
    setTimeout(() => sockets[0]!.resetAndDestroy(), 10);
  });
  const request = http.request({ createConnection: () => net.connect(port, '127.0.0.1') });
  request.on('error', (error: NodeJS.ErrnoException) => t.is(error.code, 'ECONNRESET')); // where the reset is seen as such
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => response.resume().once('error', resolve));
  t.is(error.code, 'ECONNRESET');
});

alike('http: a client that hangs up is told to the server', async (t, net) => {
  let answer: ServerResponse | undefined;
  const { port } = await web(t, net, (_request, response) => {
    answer = response;
    response.write('waiting');
  });
  const request = http.request({ createConnection: () => net.connect(port, '127.0.0.1') });
  request.on('error', () => {});
  request.end();
  await once(request, 'response');
  request.destroy();
  await until(() => answer?.destroyed === true);
  t.false(answer!.writableFinished);
});

alike('http: an idle agent’s socket that the server closes is not used again', async (t, net) => {
  const { http: server, port, sockets } = await web(t, net, (_request, response) => response.end('ok'));
  server.keepAliveTimeout = 20;
  const agent = agentOf(t, net, { keepAlive: true });
  await answerTo(http.get({ host: '127.0.0.1', port, agent }));
  await until(() => sockets[0]!.destroyed);
  await until(() => Object.keys(agent.freeSockets).length === 0); // and the agent has seen it
  const { body } = await answerTo(http.get({ host: '127.0.0.1', port, agent }));
  t.is(String(body), 'ok');
  t.is(sockets.length, 2);
});

alike('http: 100-continue', async (t, net) => {
  const { http: server, port } = await web(t, net, () => t.fail('checkContinue comes first'));
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.writeContinue();
    void everything(request).then((body) => response.end(body));
  });
  const request = http.request({
    method: 'PUT',
    headers: { expect: '100-continue' },
    createConnection: () => net.connect(port, '127.0.0.1'),
  });
  request.flushHeaders();
  await once(request, 'continue');
  request.end('the body');
  t.is(String((await answerTo(request)).body), 'the body');
});
