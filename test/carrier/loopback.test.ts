// Two ends on the loopback, over real sockets: octets both ways, closing, and who holds whom back.
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { checkTcb, SECOND, SILENCE_REASONS } from '../../src/tcp/index.ts';
import { dialled } from '../../src/carrier/index.ts';
import { Host, pattern, reach, Witness } from './ends.ts';

for (const reading of ['onread', 'data'] as const) {
  test(`a megabyte each way, closed by both, read by way of ${reading}`, async (t) => {
    const host = await Host.start({ reading });
    const client = await reach(host.port);
    const server = await host.accepted();
    const there = pattern(1_000_000);
    const back = pattern(1_000_000, 77);
    client.send(there);
    server.reads = true;
    server.send(back);
    await Promise.all([client.closed(), server.closed()]);
    t.true(server.text.equals(there));
    t.true(client.text.equals(back));
    for (const { driver, events } of [client, server]) {
      t.is(driver.error, undefined);
      t.is(events[0], 'connected');
      t.is(events.at(-1), 'finished');
      t.true(['TIME-WAIT', 'CLOSED'].includes(driver.connection.state));
      t.true(driver.isClosed);
    }
    await host.close();
  });
}

for (const [mss, receiveBuffer] of [
  [1, 1_000],
  [536, 4_096],
  [60_000, 65_536],
  [65_495, 8_388_608],
] as const) {
  test(`MSS ${mss} with a receive buffer of ${receiveBuffer}`, async (t) => {
    // No machine is so busy that a retransmission would be due.
    const patient = { rtoInitial: 1_000 * SECOND, rtoMin: 1_000 * SECOND, rtoMax: 1_000 * SECOND };
    const host = await Host.start({ connection: { mss, receiveBuffer, ...patient } });
    const client = await reach(host.port, { connection: { mss, ...patient } });
    const octets = pattern(mss === 1 ? 5_000 : 3_000_000);
    client.send(octets);
    const server = await host.accepted();
    await Promise.all([client.closed(), server.closed()]);
    t.true(server.text.equals(octets));
    t.is(client.driver.connection.tcb.tally.retransmissions, 0);
    await host.close();
  });
}

// The receiver takes segments off the carrier at once whatever it has unread: what holds the sender is the window.
test('a reader that does not read holds the sender by its window, not by the carrier', async (t) => {
  const host = await Host.start({ connection: { receiveBuffer: 65_535 } }, (witness) => {
    witness.reads = false;
  });
  const client = await reach(host.port);
  const octets = pattern(2_000_000);
  client.send(octets);
  const server = await host.accepted();
  const { connection } = client.driver;
  await server.until(() => server.driver.connection.readable === 65_535);
  while (connection.reason !== 'zero-window') await sleep(5);
  t.is(connection.tcb.snd.wnd, 0);
  t.is(connection.tcb.tally.octetsAcknowledged, 65_535);
  t.is(connection.durations(client.driver.clock.now()).carrier, 0);
  server.reads = true;
  server.drain();
  server.driver.pump();
  await client.closed();
  t.true(server.text.equals(octets));
  await host.close();
});

// One read of the carrier may bring a whole window: the owner is told in between, and the window never closes.
test('a reader that always reads at once is never seen with a closed window', async (t) => {
  const host = await Host.start({ connection: { receiveBuffer: 65_536 } });
  const client = await reach(host.port);
  client.send(pattern(20_000_000));
  await client.closed();
  t.is(client.driver.connection.tcb.tally.sendWindowZero.count, 0);
  const server = await host.accepted();
  t.is(server.receivedLength, 20_000_000);
  await host.close();
});

test('the reasons at both ends sum to the life of the connection', async (t) => {
  const host = await Host.start();
  const client = await reach(host.port);
  client.send(pattern(500_000));
  const server = await host.accepted();
  await Promise.all([client.closed(), server.closed()]);
  for (const { driver } of [client, server]) {
    const { tcb } = driver.connection;
    const durations = driver.connection.durations(driver.clock.now());
    const sum = SILENCE_REASONS.reduce((total, reason) => total + durations[reason], 0);
    t.true(sum > 0 && sum <= tcb.endedAt);
    t.notThrows(() => checkTcb(tcb));
  }
  await host.close();
});

test('half-closed: the other way goes on', async (t) => {
  const host = await Host.start({}, (witness) => {
    witness.reads = false;
  });
  const client = await reach(host.port);
  client.send(pattern(10));
  const server = await host.accepted();
  await server.until(() => server.events.includes('peer-closed'));
  t.true(server.driver.connection.isPeerClosed);
  server.send(pattern(300_000));
  await client.closed();
  t.is(client.receivedLength, 300_000);
  t.is(server.driver.connection.readable, 10, 'and what is unread stays readable');
  await server.closed();
  t.is(server.driver.connection.readable, 10);
  await host.close();
});

test('an abort is a RST: what was received stays readable, then ECONNRESET', async (t) => {
  const host = await Host.start({}, (witness) => {
    witness.reads = false;
  });
  const client = await reach(host.port);
  client.send(pattern(1_000), false);
  const server = await host.accepted();
  await server.until(() => server.driver.connection.readable === 1_000);
  client.driver.connection.abort(client.driver.clock.now());
  client.driver.pump();
  await server.closed();
  t.is(server.driver.connection.failure, 'reset');
  t.is(server.driver.error?.code, 'ECONNRESET');
  t.is(server.driver.connection.readable, 1_000);
  await client.closed();
  t.is(client.driver.connection.failure, 'aborted');
  t.is(client.driver.error, undefined);
  await host.close();
});

test('the segments name the ports of the sockets, and the addresses are theirs', async (t) => {
  const host = await Host.start();
  const client = await reach(host.port);
  const server = await host.accepted();
  await Promise.all([client, server].map((end) => end.until(() => end.events.includes('connected'))));
  t.like(client.driver.remote, { address: '127.0.0.1', port: host.port, family: 'IPv4' });
  t.is(server.driver.local.port, host.port);
  t.is(server.driver.remote.port, client.driver.local.port);
  client.driver.destroy();
  t.is(client.driver.remote.port, host.port, 'readable after the end');
  await server.closed();
  await host.close();
});

test('dialled resolves when the connection is established', async (t) => {
  const host = await Host.start();
  const driver = await dialled({ host: '127.0.0.1', port: host.port }, (made) => new Witness(made));
  t.is(driver.connection.state, 'ESTABLISHED');
  const { owner } = driver;
  t.true(owner instanceof Witness);
  t.deepEqual((owner as Witness).events, ['connected']);
  await host.close();
});

// 30,000 segments of 16 octets are due at once: others must get their turn before the last has left.
test('one connection does not keep the event loop to itself', async (t) => {
  const host = await Host.start({ connection: { mss: 16, receiveBuffer: 1_048_576, delayedAck: 0 } });
  const client = await reach(host.port, { connection: { sendBuffer: 1_048_576, nagle: 'off' } });
  await client.until(() => client.events.includes('connected'));
  const { connection } = client.driver;
  client.send(pattern(480_000));
  let turns = 0;
  let longest = 0;
  let last = process.cpuUsage();
  while (connection.tcb.unsentText > 0) {
    await new Promise((resolve) => setImmediate(resolve));
    // What this process has computed, and not what others have had of the machine meanwhile.
    const { user, system } = process.cpuUsage(last);
    longest = Math.max(longest, user + system);
    last = process.cpuUsage();
    turns++;
  }
  t.true(turns > 1, `${turns} turns`);
  t.true(longest < 1e6, `${longest} µs`);
  await client.closed();
  await host.close();
});

test('IPv6', async (t) => {
  let host: Host;
  try {
    host = await Host.start({ listen: { port: 0, host: '::1' } });
  } catch {
    t.pass('this machine has no IPv6');
    return;
  }
  const client = await reach(host.port, {}, '::1');
  client.send(pattern(100));
  const server = await host.accepted();
  await server.closed();
  t.is(server.receivedLength, 100);
  t.like(server.driver.remote, { address: '::1', family: 'IPv6' });
  await host.close();
});

test('an owner that throws does not stop the connection', async (t) => {
  const host = await Host.start();
  const client = await reach(host.port);
  const server = await host.accepted();
  await Promise.all([client, server].map((end) => end.until(() => end.events.includes('connected'))));
  const { driver } = client;
  driver.owner = {
    connectionEvent: () => {
      throw new Error('an owner’s own mistake');
    },
    carrierClosed: () => {},
  };
  driver.connection.abort(driver.clock.now());
  t.throws(() => driver.pumpNow(), { message: 'an owner’s own mistake' });
  driver.pumpNow(); // the RST still leaves
  await server.closed();
  t.is(server.driver.error?.code, 'ECONNRESET');
  await host.close();
});
