// What peers and addresses may do wrong: each gets one clear error, and the listener goes on serving.
import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { dial, Driver, listen } from '../../src/carrier/index.ts';
import { ACK, FIN, MILLISECOND, RST, Segment, seq } from '../../src/tcp/index.ts';
import { encodePreface, encodeSegment } from '../../src/wire/index.ts';
import { freePort } from '../ports.ts';
import { Host, pattern, RawPeer, reach, Witness } from './ends.ts';

/** What the nth driver of the host ended with; it stays good for another connection, which is tried. */
async function ending(
  t: ExecutionContext,
  host: Host,
  index = 0,
): Promise<{ code: string; fault: string; message: string }> {
  const witness = await host.accepted(index);
  await witness.closed();
  t.is(witness.events.at(-1), 'finished');
  const good = await reach(host.port);
  good.send(pattern(100));
  await good.closed();
  t.is(good.driver.error, undefined, 'it goes on serving');
  await host.close();
  const { code, message } = witness.driver.error!;
  return { code, message, fault: (witness.driver.error as unknown as { fault: string }).fault };
}

test('a peer that is not sash is told by what it sent', async (t) => {
  const host = await Host.start();
  connect(host.port, '127.0.0.1')
    .on('error', () => {})
    .write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const error = await ending(t, host);
  t.like(error, { code: 'EPROTO', fault: 'stranger' });
  t.regex(
    error.message,
    /127\.0\.0\.1 does not speak sash: it sent an HTTP request \("GET \/ HTTP\/1\.1"\); .*must be sash/,
  );
});

test('another version of the format', async (t) => {
  const host = await Host.start();
  const preface = encodePreface();
  preface[5] = 9;
  connect(host.port, '127.0.0.1')
    .on('error', () => {})
    .write(preface);
  const error = await ending(t, host);
  t.like(error, { code: 'EPROTO', fault: 'version' });
  t.regex(error.message, /version 9 .*same version at both ends/);
});

for (const [name, octets, what] of [
  ['a length under 20', Buffer.from([0, 19]), /a frame of 19 octets/],
  ['a length no IPv4 packet holds', Buffer.from([0xff, 0xff]), /a frame of 65535 octets/],
  ['a data offset beyond the frame', frame(20, 6), /data-offset-beyond-segment/],
  ['a data offset within the header', frame(40, 4), /data-offset-under-5/],
] as const) {
  test(`${name} is malformed`, async (t) => {
    const host = await Host.start();
    const peer = new RawPeer(host.port);
    peer.socket.write(Buffer.concat([encodePreface(), octets]));
    const error = await ending(t, host);
    t.like(error, { code: 'EPROTO', fault: 'malformed' });
    t.regex(error.message, what);
  });
}

for (const [name, octets, what] of [
  ['the preface', encodePreface().subarray(0, 5), /inside the preface, after 5 octets/],
  ['a length', Buffer.concat([encodePreface(), Buffer.from([0])]), /inside a frame, after 1 of its octets/],
  ['a frame', Buffer.concat([encodePreface(), frame(40, 5).subarray(0, 30)]), /inside a frame, after 30 of its octets/],
] as const) {
  test(`a carrier that ends inside ${name} is truncated`, async (t) => {
    const host = await Host.start();
    new RawPeer(host.port).socket.end(octets);
    const error = await ending(t, host);
    t.like(error, { code: 'ECONNRESET', fault: 'truncated' });
    t.regex(error.message, what);
  });
}

test('a carrier that ends between two frames, before both FINs', async (t) => {
  const host = await Host.start();
  const peer = new RawPeer(host.port);
  await peer.handshake();
  peer.socket.end();
  t.like(await ending(t, host), { code: 'ECONNRESET', fault: 'ended' });
});

test('a malformed frame on an established connection: what was received before stays readable', async (t) => {
  const host = await Host.start({}, (witness) => {
    witness.reads = false;
  });
  const peer = new RawPeer(host.port);
  await peer.handshake();
  peer.send(peer.segment({ text: pattern(100), textLength: 100 }));
  peer.frame(Buffer.alloc(3));
  const witness = await host.accepted();
  await witness.closed();
  t.is(witness.driver.connection.readable, 100);
  t.is(witness.driver.error?.code, 'EPROTO');
  await host.close();
});

for (const [name, first, what] of [
  ['sends nothing', Buffer.alloc(0), /no preface came within 2 s/],
  ['sends its preface and no SYN', encodePreface(), /handshake was not completed within 2 s/],
] as const) {
  test(`a peer that ${name} has so much time and no more`, async (t) => {
    const host = await Host.start({ handshakeTimeout: 2_000 });
    new RawPeer(host.port).socket.write(first);
    const error = await ending(t, host);
    t.like(error, { code: 'ETIMEDOUT', fault: 'silent' });
    t.regex(error.message, what);
  });
}

test('pending handshakes are bounded, and places come free', async (t) => {
  const host = await Host.start({ maxPending: 2 });
  const idle = [new RawPeer(host.port), new RawPeer(host.port)];
  await host.until(() => host.listener.pending === 2);
  const third = new RawPeer(host.port);
  await third.ended();
  t.is(host.dropped, 1);
  for (const { socket } of idle) socket.destroy();
  for (const index of [0, 1]) await (await host.accepted(index)).closed();
  t.is(host.listener.pending, 0);
  const good = await reach(host.port);
  good.send(pattern(1));
  await good.closed();
  t.is(good.driver.error, undefined);
  await host.close();
});

test('carriers are bounded', async (t) => {
  const host = await Host.start({ maxCarriers: 1 });
  const one = await reach(host.port);
  await one.until(() => one.events.includes('connected'));
  const two = await reach(host.port);
  await two.closed();
  t.is(two.driver.error?.code, 'ECONNRESET');
  t.is(host.dropped, 1);
  t.is(host.listener.carriers, 1);
  await host.close();
  t.is(host.listener.carriers, 0);
});

/** Dials and says how that failed. */
function refusal(options: Parameters<typeof dial>[0]): Promise<NodeJS.ErrnoException> {
  return new Promise((resolve, reject) => {
    dial(options, { failed: resolve, opened: (driver) => (reject(new Error('opened')), new Witness(driver)) });
  });
}

test('where nobody listens: ECONNREFUSED; an unknown name: ENOTFOUND', async (t) => {
  const port = await freePort();
  t.like(await refusal({ host: '127.0.0.1', port }), { code: 'ECONNREFUSED', syscall: 'connect', port });
  const missing = Object.assign(new Error('getaddrinfo ENOTFOUND nowhere'), { code: 'ENOTFOUND' });
  const lookup = (_: string, __: object, done: (error: Error, address: string, family: number) => void): void =>
    done(missing, '', 0);
  t.is((await refusal({ host: 'nowhere', port, lookup })).code, 'ENOTFOUND');
});

test('a dial can be abandoned, by a signal or by hand', async (t) => {
  const host = await Host.start();
  const aborted = await refusal({ host: '127.0.0.1', port: host.port, signal: AbortSignal.abort() });
  t.is(aborted.name, 'AbortError');
  const reason = new Error('changed my mind');
  const abandoned = await new Promise<Error>((resolve) => {
    const dialling = dial({ host: '127.0.0.1', port: host.port }, { failed: resolve, opened: (d) => new Witness(d) });
    dialling.abandon(reason);
  });
  t.is(abandoned, reason);
  await host.close();
});

test('the name that is looked up is told', async (t) => {
  const host = await Host.start();
  const found = await new Promise<unknown[]>((resolve) => {
    dial(
      { host: 'localhost', port: host.port, family: 4 },
      { failed: (e) => t.fail(e.message), opened: (d) => new Witness(d), lookedUp: (...all) => resolve(all) },
    );
  });
  t.deepEqual(found, [null, '127.0.0.1', 4, 'localhost']);
  await host.accepted();
  await host.close();
});

test('a port in use: EADDRINUSE', async (t) => {
  const host = await Host.start();
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => {
    listen({ listen: { port: host.port, host: '127.0.0.1' } }, { failed: resolve, opened: (d) => new Witness(d) });
  });
  t.is(error.code, 'EADDRINUSE');
  await host.close();
});

test('impossible options throw at once', (t) => {
  const owner = { failed: () => {}, opened: (driver: Driver) => new Witness(driver) };
  t.throws(() => dial({ port: 1, connection: { mss: 0 } }, owner), { instanceOf: RangeError });
  t.throws(() => dial({ port: 65_536 }, owner), { instanceOf: RangeError });
  t.throws(() => listen({ listen: { port: 0 }, connection: { receiveBuffer: 0 } }, owner), { instanceOf: RangeError });
});

test('a listener that closes lets its carriers live, and is closed when they are gone', async (t) => {
  const host = await Host.start();
  const client = await reach(host.port);
  await client.until(() => client.events.includes('connected'));
  host.listener.close();
  await sleep(20);
  t.false(host.isClosed);
  t.false(host.listener.isListening);
  client.send(pattern(1_000));
  await client.closed();
  t.is(client.driver.error, undefined);
  await host.until(() => host.isClosed);
  t.is((await host.accepted()).receivedLength, 1_000);
});

test("between other ports than the connection's nothing arrives", async (t) => {
  const host = await Host.start();
  const peer = new RawPeer(host.port);
  await peer.handshake();
  peer.send(peer.segment({ sourcePort: 8, text: pattern(10), textLength: 10 }));
  peer.send(peer.segment({ destinationPort: 8, flags: RST }));
  peer.send(peer.segment({ text: pattern(20), textLength: 20, flags: ACK | FIN }));
  const witness = await host.accepted();
  await witness.until(() => witness.events.includes('peer-closed'));
  t.is(witness.receivedLength, 20);
  await host.close();
});

// Each text to the left of RCV.NXT is answered; who does not read the answers fills the kernel's buffers, and then waits.
test('a peer that sends and never reads costs a bounded amount of memory', async (t) => {
  const host = await Host.start();
  const peer = new RawPeer(host.port);
  await peer.handshake();
  peer.socket.pause();
  const witness = await host.accepted();
  const old = Buffer.alloc(2 + 21);
  old.writeUInt16BE(21);
  encodeSegment(peer.segment({ seq: seq(peer.iss), text: pattern(1), textLength: 1 }), old, 2);
  const flood = Buffer.concat(Array.from({ length: 10_000 }, () => old));
  const { tcb } = witness.driver.connection;
  const before = process.memoryUsage().arrayBuffers;
  for (let sent = 0; sent < 60 && !tcb.holds.carrier; sent++) {
    await new Promise((resolve) => peer.socket.write(flood, resolve));
  }
  t.true(tcb.holds.carrier, 'the carrier is blocked');
  for (let sent = 0; sent < 30; sent++) await new Promise((resolve) => peer.socket.write(flood, resolve));
  t.true(process.memoryUsage().arrayBuffers - before < 16 * 1_048_576);
  t.is(tcb.due.resets.length, 0);
  witness.driver.destroy();
  await host.close();
});

/** A process of its own that connects, says so, and then stays there. */
function bystander(port: number): ChildProcess {
  const script = `
    import { Witness, reach, pattern } from ${JSON.stringify(new URL('ends.js', import.meta.url).href)};
    const witness = await reach(${port});
    witness.send(pattern(1000), false);`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
}

test('a peer killed with SIGKILL is ECONNRESET', async (t) => {
  const host = await Host.start();
  const child = bystander(host.port);
  const witness = await host.accepted();
  await witness.until(() => witness.receivedLength === 1_000);
  child.kill('SIGKILL');
  await witness.closed();
  t.is(witness.driver.error?.code, 'ECONNRESET');
  await host.close();
});

test('a peer stopped with SIGSTOP is waited for, and goes on after SIGCONT', async (t) => {
  const host = await Host.start({ connection: { rtoMin: 100_000_000 } });
  const child = bystander(host.port);
  const witness = await host.accepted();
  await witness.until(() => witness.receivedLength === 1_000);
  child.kill('SIGSTOP');
  witness.send(pattern(5_000_000));
  await sleep(600); // the retransmission timer fires meanwhile
  t.is(witness.driver.connection.failure, undefined);
  t.true(witness.driver.connection.tcb.tally.octetsAcknowledged < 1_000_000);
  child.kill('SIGCONT');
  await witness.until(() => witness.events.includes('peer-closed'));
  await witness.closed();
  t.is(witness.driver.error, undefined);
  t.is(witness.driver.connection.tcb.tally.octetsAcknowledged, 5_000_000);
  await host.close();
});

// As after Ctrl-Z: the acknowledgment lies in the socket, and the retransmission timer has long run out.
test('what arrived while this process stood still is read before its timers act', async (t) => {
  const host = await Host.start({ connection: { rtoInitial: 300 * MILLISECOND, rtoMin: 300 * MILLISECOND } });
  const peer = new RawPeer(host.port);
  await peer.handshake();
  const witness = await host.accepted();
  await witness.until(() => witness.events.includes('connected'));
  const heard = peer.segments.length;
  witness.send(pattern(100), false);
  await peer.until(() => peer.segments.length > heard);
  const { connection, clock } = witness.driver;
  const { tally } = connection.tcb;
  const before = tally.retransmissions;
  peer.send(peer.segment({ ack: seq(peer.irs + 101) }));
  const stillMs = (connection.nextDeadline() - clock.now()) / MILLISECOND + 100;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stillMs);
  while (tally.octetsAcknowledged < 100) await sleep(1);
  t.is(tally.retransmissions, before);
  await host.close();
});

// A peer that accepts the carrier and says nothing, as a listener of something else may.
test('dialling a port where something silent listens ends after so much time', async (t) => {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const client = await reach((server.address() as { port: number }).port, { handshakeTimeout: 500 });
  await client.closed();
  t.is(client.driver.error?.code, 'ETIMEDOUT');
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

test('dialling a web server: it is told by what it sent', async (t) => {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {}).resume();
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const client = await reach((server.address() as { port: number }).port);
  await client.closed();
  t.is(client.driver.error?.code, 'EPROTO');
  t.regex(client.driver.error!.message, /an HTTP response \("HTTP\/1\.1 400 Bad Request"\)/);
  await new Promise((resolve) => server.close(resolve));
});

/** A frame of an otherwise plausible segment of `length` octets, with this data offset. */
function frame(length: number, dataOffset: number): Buffer {
  const octets = Buffer.alloc(2 + length);
  octets.writeUInt16BE(length);
  encodeSegment(new Segment(), octets, 2);
  octets[2 + 12] = dataOffset << 4;
  return octets;
}
