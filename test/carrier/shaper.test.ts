// Link models between two real ends: what leaves goes through them, nothing is lost for good, and all ends in order.
import test from 'ava';
import { parseLink, parseRule } from '../../src/link/index.ts';
import { MILLISECOND } from '../../src/tcp/index.ts';
import { type ShaperOptions } from '../../src/carrier/index.ts';
import { Host, pattern, reach, type Witness } from './ends.ts';

function shape(link: string, rules: string[] = []): ShaperOptions {
  return { link: parseLink(link), rules: rules.map(parseRule), seed: 1 };
}

/** Sends so many octets there and closes both ways; each end has its link model. */
async function transfer(octets: number, there: ShaperOptions, back: ShaperOptions): Promise<[Witness, Witness]> {
  const profile = 'linux'; // its RTO begins at 200 ms: what is lost comes again soon
  const host = await Host.start({ shape: back, profile });
  const client = await reach(host.port, { shape: there, profile });
  client.send(pattern(octets));
  const server = await host.accepted();
  await Promise.all([client.closed(), server.closed()]);
  await host.close();
  return [client, server];
}

test('a delay each way is in every round trip', async (t) => {
  const [client, server] = await transfer(20_000, shape('delay=30ms'), shape('delay=20ms'));
  t.true(server.text.equals(pattern(20_000)));
  t.true(client.driver.connection.tcb.rtt.least >= 50 * MILLISECOND);
  t.is(client.driver.error, undefined);
  t.is(server.driver.error, undefined);
});

test('a rate holds the sender to it', async (t) => {
  const began = performance.now();
  // 100,000 octets and their headers at 2 Mbit/s: 0.41 s.
  const [, server] = await transfer(100_000, shape('rate=2Mbit/s'), shape(''));
  t.true(server.text.equals(pattern(100_000)));
  t.true(performance.now() - began > 400);
});

test('through loss, duplication and reordering on both ways, every octet arrives once and in order', async (t) => {
  const bad = 'delay=2ms jitter=2ms:uniform:reorder loss=3% duplicate=3%';
  const [client, server] = await transfer(300_000, shape(bad), shape(bad));
  t.true(server.text.equals(pattern(300_000)));
  t.is(client.driver.error, undefined);
  t.is(server.driver.error, undefined);
  const { tally } = client.driver.shaper!;
  t.true(tally.dropped.loss > 0 && tally.duplicated > 0);
  t.true(client.driver.connection.tcb.tally.retransmissions > 0);
});

test('a rule hits just what it names', async (t) => {
  const [client, server] = await transfer(20_000, shape('', ['drop data nth 3']), shape(''));
  t.true(server.text.equals(pattern(20_000)));
  t.is(client.driver.shaper!.tally.dropped.rule, 1);
  t.true(client.driver.connection.tcb.tally.retransmissions >= 1);
});

test('the last ACK may be lost: a FIN that comes again is answered before the carrier ends', async (t) => {
  // The client closes first; of its last segments only ACKs of the server's FIN follow its own FIN.
  const [client, server] = await transfer(1_000, shape('', ['drop ack nth 2']), shape('delay=1ms'));
  t.true(server.text.equals(pattern(1_000)));
  t.is(client.driver.error, undefined);
  t.is(server.driver.error, undefined);
  t.is(client.driver.shaper!.tally.dropped.rule, 1);
  t.is(server.driver.connection.state, 'CLOSED');
});

test('how late segments were is told', async (t) => {
  const [client] = await transfer(20_000, shape('delay=5ms'), shape(''));
  const { lateness, tally } = client.driver.shaper!;
  t.is(lateness.segments, tally.delivered);
  t.true(lateness.segments > 10);
  t.true(lateness.medianNs >= 0 && lateness.medianNs <= lateness.p99Ns && lateness.p99Ns <= lateness.maxNs);
});

test('an impossible link is refused where it is given', async (t) => {
  await t.throwsAsync(reach(1, { shape: { link: { delay: -1 } } }), { instanceOf: RangeError });
  await t.throwsAsync(Host.start({ shape: { link: { rate: 0 } } }), { instanceOf: RangeError });
});
