// Receive-buffer autotuning: the window follows what the reader takes in a round trip. Linux's, measured on a path of 50 ms with
// tcp_rmem of 131072 and 6 MB, offered 68096, 79104, 80512, 149376, 326016, 667264, 1336064, 2500608 and 3930752 octets
// in the first nine round trips: flat until the sender's slow start has filled it, then twice as much each time, up to the cap.
import test from 'ava';
import { parsePlan } from '../../src/app/index.ts';
import { parseLink } from '../../src/link/index.ts';
import { type Connection, MILLISECOND, type PolicyChoice, SECOND } from '../../src/tcp/index.ts';
import { BulkWriter, EagerReader, Network, PlannedReader, type Reader, Silent, TwoWay } from '../../sim/index.ts';

const RTT = 50 * MILLISECOND;
const CAP = 3_930_752;

interface Run {
  network: Network;
  receiving: () => Connection;
  reader: Reader;
}

function run(policies: PolicyChoice, reader: Reader = new EagerReader({ checks: false })): Run {
  const network = new Network(1);
  const [a, b] = [network.host('a'), network.host('b')];
  const wire = { spec: parseLink('delay=25ms') };
  network.connect(a, b, wire, wire);
  let receiving: Connection | undefined;
  b.listen(5_001, { connection: { delayedAck: 0, receiveBuffer: CAP, policies } }, (connection) => {
    receiving = connection;
    return new TwoWay(new Silent(), reader);
  });
  const writer = new BulkWriter(1e12);
  a.connect(b, 5_001, { delayedAck: 0, congestion: 'reno' }, () => new TwoWay(writer, new EagerReader()));
  return { network, receiving: () => receiving!, reader };
}

test('the window doubles each round trip, once the sender has filled it, up to the buffer', (t) => {
  const { network, receiving } = run({ window: 'autotuned' });
  const offers: number[] = [];
  for (let round = 1; round <= 9; round++) {
    network.run((round + 1) * RTT - MILLISECOND); // a round trip for the handshake
    offers.push(receiving().tcb.rcv.lastOffer);
  }
  t.log(offers.join(', '));
  const flat = offers.filter((offer) => offer < 70_000).length;
  t.true(flat >= 2 && flat <= 4, 'flat for two to four round trips');
  const rising = offers.slice(flat).filter((offer) => offer < CAP);
  t.true(rising.length >= 4);
  for (let i = 1; i < rising.length; i++) {
    const factor = rising[i]! / rising[i - 1]!;
    t.true(factor > 1.7 && factor < 2.3, `${rising[i - 1]} to ${rising[i]}`);
  }
  t.is(offers.at(-1), CAP);
});

test('it does not hold a sender in slow start', (t) => {
  const read = (policies: PolicyChoice): number => {
    const { network, reader } = run(policies);
    network.run(10 * RTT);
    return reader.read;
  };
  const [tuned, whole] = [read({ window: 'autotuned' }), read({})];
  t.log(`${tuned} octets, and ${whole} where all is offered at once`);
  t.true(tuned >= 0.8 * whole);
});

test('for a slow reader it stays small', (t) => {
  const { network, receiving } = run(
    { window: 'autotuned' },
    new PlannedReader(parsePlan('100KB/s'), { chunk: 1_000, checks: false }),
  );
  let widest = 0;
  for (let at = RTT; at < 20 * SECOND; at += RTT) {
    network.run(at);
    widest = Math.max(widest, receiving().tcb.rcv.lastOffer);
  }
  t.true(widest <= 65_536);
  t.true(receiving().tcb.receiveBuffer.allocated <= 131_072);
});
