// The core alone, without carrier or clock: segments of 1,460 octets in, acknowledgments out, the application reading at
// once; two cores joined back to back; and an endpoint with a hundred connections.
import { Endpoint } from '../../src/stack/index.ts';
import { Connection, connectionOptions, MICROSECOND, Segment, seq } from '../../src/tcp/index.ts';

const MSS = 1_460;
const WINDOW = 1_048_576;
const chunk = new Uint8Array(262_144);

const count = process.argv.includes('--quick') ? 20_000 : 3_000_000;

/** Two connections that hand each other segments as they are. */
class Pair {
  readonly sender = new Connection(connectionOptions({ iss: seq(0), localPort: 1, remotePort: 2, mss: MSS }), 0);
  readonly receiver = new Connection(
    connectionOptions({ iss: seq(0), localPort: 2, remotePort: 1, mss: MSS, receiveBuffer: WINDOW }),
    0,
  );
  readonly #seg = new Segment();
  now = 0;

  constructor() {
    this.receiver.listen(0);
    this.sender.connect(0);
    while (this.move(this.sender, this.receiver) + this.move(this.receiver, this.sender) > 0);
    while (this.sender.pollEvent() !== undefined);
  }

  /** Moves what `from` has to send, and says how many segments that was. */
  move(from: Connection, to: Connection): number {
    let moved = 0;
    while (from.pollSegment(this.#seg, (this.now += MICROSECOND))) {
      moved++;
      to.segmentArrives(this.#seg, this.now);
    }
    return moved;
  }
}

/** Data in and ACK out: only the receiving core is timed by being the only one there is. */
function receiving(total: number): number {
  const { sender, receiver } = new Pair();
  const seg = new Segment();
  const out = new Segment();
  let now = 1_000_000;
  let acknowledgments = 0;
  let next = sender.tcb.snd.nxt;
  const begun = process.hrtime.bigint();
  for (let i = 0; i < total; i++) {
    seg.clear();
    seg.sourcePort = 1;
    seg.destinationPort = 2;
    seg.seq = next;
    seg.ack = receiver.tcb.snd.nxt;
    seg.flags = 0x10;
    seg.wnd = 0xffff;
    seg.text = chunk;
    seg.textLength = MSS;
    next = seg.end;
    receiver.segmentArrives(seg, (now += MICROSECOND));
    while (receiver.pollSegment(out, (now += MICROSECOND))) acknowledgments++;
    if ((i & 31) !== 31) continue;
    while (receiver.pollEvent() !== undefined);
    while (receiver.readable > 0) receiver.consume(receiver.peek().length, now);
  }
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  if (receiver.tcb.tally.octetsReceived !== total * MSS) throw new Error('octets are missing');
  if (acknowledgments < total / 2 - 1) throw new Error('acknowledgments are missing');
  return total / seconds;
}

/** Both cores: every data segment is made, taken, read and acknowledged. */
function both(total: number): number {
  const pair = new Pair();
  const { sender, receiver } = pair;
  const begun = process.hrtime.bigint();
  let moved = 0;
  while (moved < total) {
    while (sender.sendRoom >= chunk.length) sender.write(chunk, pair.now);
    moved += pair.move(sender, receiver);
    while (receiver.pollEvent() !== undefined);
    while (receiver.readable > 0) receiver.consume(receiver.peek().length, pair.now);
    pair.move(receiver, sender);
    while (sender.pollEvent() !== undefined);
  }
  return moved / (Number(process.hrtime.bigint() - begun) / 1e9);
}

/** A hundred connections between two endpoints, each with its turn: every segment finds its connection. */
function endpoint(total: number): number {
  const a = new Endpoint({ address: '10.0.0.1', secret: [1, 2, 3, 4] });
  const b = new Endpoint({ address: '10.0.0.2', secret: [1, 2, 3, 4] });
  b.listen(80, { connection: { mss: MSS, receiveBuffer: 65_535 } });
  const seg = new Segment();
  let now = 0;
  const move = (from: Endpoint, to: Endpoint): number => {
    let moved = 0;
    while (from.pollSegment(seg, (now += MICROSECOND)) !== undefined) {
      to.segmentArrives(seg, from.address, now);
      moved++;
    }
    for (let news = from.pollNews(); news !== undefined; news = from.pollNews()) {
      const { connection } = news;
      while (connection.pollEvent() !== undefined);
      while (connection.readable > 0) connection.consume(connection.peek().length, now);
      if (from === b) b.wake(news);
    }
    return moved;
  };
  const senders = Array.from({ length: 100 }, () => a.connect('10.0.0.2', 80, { mss: MSS }, now));
  while (move(a, b) + move(b, a) > 0);
  const begun = process.hrtime.bigint();
  let moved = 0;
  while (moved < total) {
    for (const association of senders) {
      while (association.connection.sendRoom >= 65_536) association.connection.write(chunk.subarray(0, 65_536), now);
      a.wake(association);
    }
    moved += move(a, b);
    moved += move(b, a);
  }
  return moved / (Number(process.hrtime.bigint() - begun) / 1e9);
}

function report(name: string, measure: (total: number) => number, target?: string): void {
  measure(count / 10);
  const rates = Array.from({ length: 3 }, () => measure(count)).toSorted((a, b) => a - b);
  const rate = (rates[1]! / 1e6).toFixed(2).padStart(6);
  console.log(`${rate} M segments/s  ${name}${target === undefined ? '' : ` (target ${target})`}`);
}

console.log('\nThe core alone, MSS 1460, medians of 3');
report('data in, ACK out', receiving, '2');
report('two cores: data made, taken, read and acknowledged (data segments counted)', both);
report('two endpoints with 100 connections (all segments counted)', endpoint, '1');
