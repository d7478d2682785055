// Octets in both directions: what `node:net` does and what ours does, side by side.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { alike, everything, pair, pattern, served, type Socket, soon, turns, until } from './harness.ts';

alike('a mebibyte goes there and back unharmed, and is counted', async (t, net) => {
  const { port } = await served(t, net, (socket) => socket.pipe(socket));
  const sent = pattern(1_048_576);
  const client = net.connect(port, '127.0.0.1');
  client.end(sent);
  const heard = await everything(client);
  t.true(heard.equals(sent));
  t.is(client.bytesRead, sent.length);
  t.is(client.bytesWritten, sent.length);
});

alike('writes end when nobody reads: write says false, and ‘drain’ comes when somebody does', async (t, net) => {
  const { client, accepted } = await pair(t, net);
  accepted.pause();
  const chunk = pattern(4_096);
  let written = 0;
  while (client.write(chunk)) written += chunk.length;
  written += chunk.length;
  let isDrained = false;
  client.once('drain', () => (isDrained = true));
  await soon(30);
  // What is written now only waits: no socket takes octets without end.
  const isFull = client.writableLength > 0;
  if (isFull) t.false(isDrained);
  const digest = createHash('sha256');
  let read = 0;
  accepted.on('data', (octets: Buffer) => {
    digest.update(octets);
    read += octets.length;
  });
  accepted.resume();
  await until(() => isDrained);
  await until(() => read === written);
  const expected = createHash('sha256');
  for (let i = 0; i < written; i += chunk.length) expected.update(chunk);
  t.is(digest.digest('hex'), expected.digest('hex'));
  t.is(client.writableLength, 0);
});

alike('a writer may use its buffer again once it is called back', async (t, net) => {
  const { client, accepted } = await pair(t, net);
  const total = 400;
  const buffer = Buffer.alloc(5_000);
  accepted.pause();
  const heard = soon(20).then(() => everything(accepted));
  for (let i = 0; i < total; i++) {
    buffer.fill(i & 0xff);
    await new Promise<void>((resolve, reject) => {
      client.write(buffer, (error) => (error ? reject(error) : resolve()));
    });
    buffer.fill(0xee);
  }
  client.end();
  const octets = await heard;
  t.is(octets.length, total * buffer.length);
  for (let i = 0; i < total; i++)
    t.true(octets.subarray(i * 5_000, (i + 1) * 5_000).every((octet) => octet === (i & 0xff)));
});

alike('corked writes of every kind arrive in order', async (t, net) => {
  const { client, accepted } = await pair(t, net);
  const big = pattern(300_000);
  client.cork();
  client.write('grüße ');
  client.write('c3bc', 'hex');
  client.write(Buffer.alloc(0));
  client.write(big);
  client.write('w\u00e4', 'latin1');
  client.uncork();
  const reused = Buffer.from('reused');
  client.cork();
  client.write(reused);
  client.write(reused, () => void reused.fill('#'));
  client.uncork();
  client.end(new Uint8Array([1, 2, 3]));
  const heard = await everything(accepted);
  const expected = [
    Buffer.from('grüße ü'),
    big,
    Buffer.from('w\u00e4', 'latin1'),
    Buffer.from('reusedreused'),
    Buffer.of(1, 2, 3),
  ];
  t.true(heard.equals(Buffer.concat(expected)));
  t.is(client.bytesWritten, heard.length);
});

alike('a write that finds room calls back before the next turn of the loop', async (t, net) => {
  const { client } = await pair(t, net);
  const log: string[] = [];
  setImmediate(() => log.push('turn'));
  client.write('x', () => log.push('written'));
  await turns(2);
  t.deepEqual(log, ['written', 'turn']);
});

alike('process.nextTick runs between two reads, and between the last octets and the end', async (t, net) => {
  const { client, accepted } = await pair(t, net);
  const log: string[] = [];
  for (const name of ['data', 'end']) {
    client.on(name, () => {
      log.push(name);
      process.nextTick(() => log.push('tick'));
      void Promise.resolve().then(() => log.push('microtask'));
    });
  }
  accepted.end(pattern(600_000));
  await once(client, 'end');
  await turns(1);
  t.true(log.length >= 9, 'more than one read');
  for (let i = 0; i < log.length; i += 3) t.deepEqual(log.slice(i + 1, i + 3), ['tick', 'microtask']);
  t.is(log.at(-3), 'end');
});

alike('octets that have come together are read together', async (t, net) => {
  const { client, accepted } = await pair(t, net);
  accepted.cork();
  for (let i = 0; i < 1_000; i++) accepted.write('0123456789');
  accepted.uncork();
  let reads = 0;
  let octets = 0;
  client.on('data', (chunk: Buffer) => {
    reads++;
    octets += chunk.length;
  });
  await until(() => octets === 10_000);
  t.true(reads <= 3, `${reads} reads`);
});

alike('a paused socket delivers nothing, and everything afterwards', async (t, net) => {
  const { client, accepted } = await pair(t, net);
  let heard = '';
  client.on('data', (octets: Buffer) => (heard += String(octets)));
  client.pause();
  accepted.write('later');
  await soon(15);
  t.is(heard, '');
  t.true(client.isPaused());
  client.resume();
  await until(() => heard === 'later');
  client.pause();
  accepted.end(' still');
  await soon(15);
  t.is(heard, 'later');
  client.resume();
  await once(client, 'end');
  t.is(heard, 'later still');
});

alike('setEncoding gives text, whole characters of it', async (t, net) => {
  const { client, accepted } = await pair(t, net);
  client.setEncoding('utf8');
  let heard = '';
  client.on('data', (text: string) => {
    t.is(typeof text, 'string');
    heard += text;
  });
  const euro = Buffer.from('€');
  accepted.write(euro.subarray(0, 1));
  await soon(5);
  accepted.end(euro.subarray(1));
  await once(client, 'end');
  t.is(heard, '€');
});

alike('onread fills one buffer, past the stream, and can be paused', async (t, net) => {
  const sent = pattern(200_000);
  const { port } = await served(t, net, (socket) => socket.end(sent));
  const heard: Buffer[] = [];
  const buffer = Buffer.alloc(10_000);
  let pauses = 0;
  const client = net.connect({
    port,
    host: '127.0.0.1',
    onread: {
      buffer,
      callback: (count, octets) => {
        t.true(octets === buffer);
        heard.push(Buffer.from(octets.subarray(0, count)));
        if (heard.length % 7 > 0) return true;
        pauses++;
        setImmediate(() => client.resume());
        return false;
      },
    },
  });
  client.on('data', () => t.fail('the octets go past the stream'));
  await once(client, 'end');
  t.true(Buffer.concat(heard).equals(sent));
  t.is(client.bytesRead, sent.length);
  t.true(pauses > 0);
});

alike('onread takes a new buffer for every read if it is given a function', async (t, net) => {
  const sent = pattern(100_000);
  const { port } = await served(t, net, (socket) => socket.end(sent));
  const made: Uint8Array[] = [];
  const heard: Uint8Array[] = [];
  const client = net.connect({
    port,
    host: '127.0.0.1',
    onread: {
      buffer: () => {
        const buffer = new Uint8Array(16_384);
        made.push(buffer);
        return buffer;
      },
      callback: (count, octets) => {
        t.true(octets === made.at(-1));
        heard.push(octets.subarray(0, count));
        return true;
      },
    },
  });
  await once(client.resume(), 'end');
  t.true(Buffer.concat(heard).equals(sent));
});

alike('streams: asynchronous iteration, pipeline through a transform, and from a source', async (t, net) => {
  const { port } = await served(t, net, (socket) => {
    const shout = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        done(null, String(chunk).toUpperCase());
      },
    });
    void pipeline(socket, shout, socket);
  });
  const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const lines = Array.from({ length: 2_000 }, (_, i) => `line ${i}\n`);
  const writing = pipeline(Readable.from(lines), client);
  const heard = String(await everything(client));
  await writing;
  t.is(heard, lines.join('').toUpperCase());
});

alike('read(n) waits for n octets', async (t, net) => {
  const { client, accepted } = await pair(t, net);
  client.pause();
  accepted.write('abc');
  await once(client, 'readable');
  t.is(client.read(5), null);
  accepted.write('defgh');
  await until(() => client.readableLength === 8);
  t.is(String(client.read(5)), 'abcde');
  t.is(String(client.read()), 'fgh');
});

alike('unshift gives octets back', async (t, net) => {
  const { client, accepted } = await pair(t, net);
  accepted.end('header|body');
  const [first] = (await once(client, 'data')) as [Buffer];
  client.pause();
  client.unshift(first.subarray(7));
  t.is(String(await everything(client)), 'body');
});

alike('setTimeout tells of idleness, is put off by octets either way, and can be stopped', async (t, net) => {
  const { client, accepted } = await pair(t, net);
  accepted.resume();
  let expired = 0;
  t.is(
    client.setTimeout(250, () => expired++),
    client,
  );
  t.is(client.timeout, 250);
  client.resume();
  const started = performance.now();
  let longest = 0;
  for (let i = 0; performance.now() - started < 300; i++) {
    const before = performance.now();
    if (i % 2 === 0) client.write('x');
    else accepted.write('y');
    await soon(15);
    longest = Math.max(longest, performance.now() - before);
  }
  // On a machine so busy that the pauses were as long as the timeout, nothing is proven, and nothing is wrong.
  const isSteady = longest < 100;
  if (isSteady) t.is(expired, 0);
  if (expired === 0) await once(client, 'timeout');
  t.true(isSteady ? expired === 1 : expired >= 1, `${expired} times`);
  t.false(client.destroyed, 'it is told, and nothing else');
  client.setTimeout(10);
  client.setTimeout(0);
  let isTold = false;
  client.on('timeout', () => (isTold = true));
  await soon(25);
  t.false(isTold);
});

alike('the timeout option of connect is that of the socket', async (t, net) => {
  const { port } = await served(t, net);
  const client: Socket = net.connect({ port, host: '127.0.0.1', timeout: 20 });
  await once(client, 'timeout');
  t.is(client.timeout, 20);
  client.destroy();
});

alike('destroyed, a socket’s timeout does not come', async (t, net) => {
  const { client } = await pair(t, net);
  client.setTimeout(10, () => t.fail());
  client.destroy();
  await soon(25);
  t.true(client.destroyed);
});
