// Many connections behind one address: two endpoints joined in virtual time.
import test from 'ava';
import { type Association, Endpoint, type EndpointOptions, type Secret } from '../../src/stack/index.ts';
import {
  ACK,
  type ConnectionEvent,
  FIN,
  MILLISECOND,
  RST,
  SECOND,
  Segment,
  seq,
  seqAdd,
  seqLt,
  SYN,
} from '../../src/tcp/index.ts';

const secret: Secret = [1, 2, 3, 4];
const A = '10.0.0.1';
const B = '10.0.0.2';

class Pair {
  readonly a: Endpoint;
  readonly b: Endpoint;
  now = 0;
  readonly news: [string, Association, ConnectionEvent][] = [];
  /** Loses what leaves while it says no. */
  passes: (seg: Segment, to: string) => boolean = () => true;
  readonly seen: Segment[] = [];
  readonly #seg = new Segment();

  constructor(options: Partial<EndpointOptions> = {}) {
    this.a = new Endpoint({ address: A, secret });
    this.b = new Endpoint({ address: B, secret, ...options });
  }

  run(): void {
    while (this.#move(this.a, this.b) || this.#move(this.b, this.a));
  }

  at(now: number): void {
    this.now = now;
    this.a.timePasses(now);
    this.b.timePasses(now);
    this.run();
  }

  events(of: Association): ConnectionEvent[] {
    return this.news.filter(([, association]) => association === of).map(([, , event]) => event);
  }

  #move(from: Endpoint, to: Endpoint): boolean {
    let moved = false;
    for (;;) {
      const address = from.pollSegment(this.#seg, this.now);
      if (address === undefined) break;
      moved = true;
      this.seen.push(Object.assign(new Segment(), this.#seg));
      if (address === to.address && this.passes(this.#seg, address))
        to.segmentArrives(this.#seg, from.address, this.now);
    }
    for (;;) {
      const association = from.pollNews();
      if (association === undefined) return moved;
      for (let event = association.connection.pollEvent(); event !== undefined;) {
        this.news.push([from.address, association, event]);
        event = association.connection.pollEvent();
      }
    }
  }
}

function arrive(flags: number, ports: [number, number], more: Partial<Segment> = {}): Segment {
  const seg = new Segment();
  [seg.sourcePort, seg.destinationPort] = ports;
  seg.flags = flags;
  return Object.assign(seg, more);
}

/** What an endpoint answers to one segment from A. */
function answers(endpoint: Endpoint, seg: Segment): Segment[] {
  endpoint.segmentArrives(seg, A, 0);
  const replies: Segment[] = [];
  for (;;) {
    const out = new Segment();
    if (endpoint.pollSegment(out, 0) === undefined) return replies;
    replies.push(out);
  }
}

test('a SYN that finds a listener makes a connection, and both ends hear of it', (t) => {
  const pair = new Pair();
  pair.b.listen(80);
  const one = pair.a.connect(B, 80, {}, 0);
  pair.run();
  t.deepEqual(pair.events(one), ['connected']);
  const [, passive] = pair.news.find(([address]) => address === B)!;
  t.is(passive.connection.state, 'ESTABLISHED');
  t.deepEqual(passive.flow, { localAddress: B, localPort: 80, remoteAddress: A, remotePort: one.flow.localPort });
  t.is(passive.listener?.pending, 0);
});

test('a hundred connections between two addresses keep their octets apart', (t) => {
  const pair = new Pair();
  pair.b.listen(80);
  const opened = Array.from({ length: 100 }, () => pair.a.connect(B, 80, {}, 0));
  pair.run();
  t.is(new Set(opened.map(({ flow }) => flow.localPort)).size, 100);
  opened.forEach((association, i) => {
    association.connection.write(Uint8Array.of(i), 0);
    pair.a.wake(association);
  });
  pair.run();
  t.is(pair.b.size, 100);
  for (const [address, association] of pair.news.filter(([, , event]) => event === 'readable')) {
    t.is(address, B);
    const sender = opened.findIndex(({ flow }) => flow.localPort === association.flow.remotePort);
    t.deepEqual([...association.connection.peek()], [sender]);
  }
});

// RFC 9293 §3.10.7.1.
test('a stray gets a RST that it accepts, and a stray RST gets nothing', (t) => {
  const endpoint = new Endpoint({ address: B, secret });
  const [toAck] = answers(endpoint, arrive(ACK, [5, 80], { ack: seq(77) }));
  t.like(toAck, { flags: RST, seq: seq(77), sourcePort: 80, destinationPort: 5, purpose: 'reset' });
  const [toSyn] = answers(endpoint, arrive(SYN, [5, 80], { seq: seq(2 ** 32 - 1), textLength: 10 }));
  t.like(toSyn, { flags: RST | ACK, seq: seq(0), ack: seq(10) });
  t.deepEqual(answers(endpoint, arrive(RST, [5, 80])), []);
});

// RFC 9293 §3.10.7.2.
test('a listener answers an ACK with a RST and drops what opens nothing', (t) => {
  const endpoint = new Endpoint({ address: B, secret });
  endpoint.listen(80);
  const [reset] = answers(endpoint, arrive(SYN | ACK, [5, 80], { ack: seq(9) }));
  t.like(reset, { flags: RST, seq: seq(9) });
  t.deepEqual(answers(endpoint, arrive(0, [5, 80])), []);
  t.deepEqual(answers(endpoint, arrive(RST, [5, 80])), []);
  t.is(endpoint.size, 0);
});

test('replies to a flood of strays are bounded', (t) => {
  const endpoint = new Endpoint({ address: B, secret });
  for (let i = 0; i < 10_000; i++) endpoint.segmentArrives(arrive(ACK, [i, 80]), A, 0);
  const out = new Segment();
  let replies = 0;
  while (endpoint.pollSegment(out, 0) !== undefined) replies++;
  t.true(replies > 0 && replies <= 64, `${replies}`);
});

test('to a port where nobody listens, connecting is refused', (t) => {
  const pair = new Pair();
  const one = pair.a.connect(B, 81, {}, 0);
  pair.run();
  t.deepEqual(pair.events(one), ['finished']);
  t.is(one.connection.failure, 'refused');
  t.is(pair.a.size, 0);
  t.is(pair.a.nextDeadline(), Infinity);
});

test('SYNs beyond the backlog are dropped; a place that becomes free is taken', (t) => {
  const endpoint = new Endpoint({ address: B, secret });
  const listener = endpoint.listen(80, { backlog: 2 });
  t.is(answers(endpoint, arrive(SYN, [1, 80])).length, 1);
  t.is(answers(endpoint, arrive(SYN, [2, 80])).length, 1);
  t.is(answers(endpoint, arrive(SYN, [3, 80])).length, 0);
  t.is(listener.pending, 2);
  t.is(endpoint.size, 2);
  answers(endpoint, arrive(RST, [1, 80], { seq: seq(1) }));
  t.is(listener.pending, 1);
  t.is(answers(endpoint, arrive(SYN, [3, 80])).length, 1);
});

test('connections beyond the limit: SYNs are dropped, calls are told', (t) => {
  const endpoint = new Endpoint({ address: B, secret, maxConnections: 1 });
  endpoint.listen(80);
  answers(endpoint, arrive(SYN, [1, 80]));
  t.is(answers(endpoint, arrive(SYN, [2, 80])).length, 0);
  t.throws(() => endpoint.connect(A, 80, {}, 0), { code: 'ENOBUFS' });
});

// RFC 9293 §3.10.7.4, second: a passive open that is reset goes back to LISTEN, and nobody hears of it.
test('a passive connection reset before it is established is forgotten without a word', (t) => {
  const endpoint = new Endpoint({ address: B, secret });
  const listener = endpoint.listen(80);
  answers(endpoint, arrive(SYN, [1, 80], { seq: seq(10) }));
  t.is(endpoint.size, 1);
  answers(endpoint, arrive(RST, [1, 80], { seq: seq(11) }));
  t.is(endpoint.size, 0);
  t.is(listener.pending, 0);
  t.is(endpoint.pollNews(), undefined);
  t.is(answers(endpoint, arrive(SYN, [1, 80])).length, 1, 'the listener is still there');
});

test('a connection is forgotten when TIME-WAIT is over', (t) => {
  const pair = new Pair();
  pair.b.listen(80);
  const one = pair.a.connect(B, 80, { msl: SECOND }, 0);
  pair.run();
  one.connection.close(0);
  pair.a.wake(one);
  pair.run();
  const [, passive] = pair.news.find(([address]) => address === B)!;
  passive.connection.close(0);
  pair.b.wake(passive);
  pair.run();
  t.is(pair.b.size, 0);
  t.is(one.connection.state, 'TIME-WAIT');
  t.is(pair.a.nextDeadline(), 2 * SECOND);
  pair.at(2 * SECOND);
  t.is(pair.a.size, 0);
  t.deepEqual(pair.events(one), ['connected', 'peer-closed', 'finished']);
});

test('a SYN that is lost is sent again when the first deadline of all has come', (t) => {
  const pair = new Pair();
  pair.b.listen(80);
  pair.passes = () => false;
  const one = pair.a.connect(B, 80, { rtoInitial: SECOND }, 0);
  pair.run();
  t.is(one.connection.state, 'SYN-SENT');
  t.is(pair.a.nextDeadline(), SECOND);
  pair.passes = () => true;
  pair.at(SECOND);
  t.is(one.connection.state, 'ESTABLISHED');
});

test('what cannot be is an error with a code', (t) => {
  const endpoint = new Endpoint({ address: B, secret });
  endpoint.listen(80);
  t.throws(() => endpoint.listen(80), { code: 'EADDRINUSE' });
  endpoint.connect(A, 80, { localPort: 50_000 }, 0);
  t.throws(() => endpoint.connect(A, 80, { localPort: 50_000 }, 0), { code: 'EADDRINUSE' });
  t.notThrows(() => endpoint.connect(A, 81, { localPort: 50_000 }, 0), 'another destination is another connection');
  endpoint.unlisten(80);
  t.notThrows(() => endpoint.listen(80));
});

test('a listener that stops leaves its connections alone', (t) => {
  const pair = new Pair();
  pair.b.listen(80);
  const one = pair.a.connect(B, 80, {}, 0);
  pair.run();
  pair.b.unlisten(80);
  one.connection.write(Uint8Array.of(1), 0);
  pair.a.wake(one);
  const two = pair.a.connect(B, 80, {}, 0);
  pair.run();
  t.is(two.connection.failure, 'refused');
  const [, passive] = pair.news.find(([address]) => address === B)!;
  t.is(passive.connection.readable, 1);
});

test('when every port is taken, connecting is told so', (t) => {
  const endpoint = new Endpoint({ address: A, secret });
  for (let i = 0; i < 16_384; i++) endpoint.connect(B, 80, {}, 0);
  t.throws(() => endpoint.connect(B, 80, {}, 0), { code: 'EADDRNOTAVAIL' });
  t.notThrows(() => endpoint.connect(B, 81, {}, 0));
});

// ---- TIME-WAIT, reopened (RFC 9293 §3.6.1, MAY-2; RFC 6191, SHLD-4) ----

const PORT = 5_000;

/** A has connected to B from PORT, B has closed first: it sits out TIME-WAIT with an octet unread, and A is done. */
function inTimeWait(timestamps: boolean): { pair: Pair; old: Association } {
  const pair = new Pair();
  pair.b.listen(80, { connection: { timestamps, receiveBuffer: 70_000 } });
  pair.now = 10 * SECOND;
  const a = reach(pair, 1_000, timestamps);
  const old = pair.news.find(([address]) => address === B)![1];
  a.connection.write(Uint8Array.of(7), pair.now);
  pair.a.wake(a);
  pair.run();
  old.connection.close(pair.now);
  pair.b.wake(old);
  pair.run();
  a.connection.close(pair.now);
  pair.a.wake(a);
  pair.run();
  pair.seen.length = 0;
  return { pair, old };
}

function reach(pair: Pair, iss: number, timestamps: boolean): Association {
  const association = pair.a.connect(B, 80, { localPort: PORT, iss: seq(iss), timestamps }, pair.now);
  pair.run();
  return association;
}

test('a SYN beyond all that the connection in TIME-WAIT has seen reopens it at once (MAY-2)', (t) => {
  const { pair, old } = inTimeWait(false);
  t.is(old.connection.state, 'TIME-WAIT');
  t.is(pair.a.size, 0);
  const { max } = old.connection.tcb.snd;
  const again = reach(pair, 5_000, false);
  t.is(again.connection.state, 'ESTABLISHED');
  const synAck = pair.seen.find((seg) => seg.flags === (SYN | ACK))!;
  t.true(seqLt(max, synAck.seq), 'it begins beyond the largest sequence number of the last incarnation');
  t.is(pair.b.size, 1);
  t.is(old.connection.state, 'CLOSED');
  t.is(old.connection.readable, 1, 'what is unread can still be read');
  old.connection.read(new Uint8Array(1), pair.now);
  pair.b.wake(old);
  pair.run();

  const [, fresh] = pair.news
    .filter(([address, , event]) => address === B && event === 'connected')
    .map(([, of]) => of);
  again.connection.write(Uint8Array.of(8), pair.now);
  pair.a.wake(again);
  pair.run();
  t.is(fresh!.connection.readable, 1);
});

test('where the clock that numbers begin with is behind what was sent, the new incarnation begins beyond it all the same', (t) => {
  const { pair, old } = inTimeWait(false);
  // At this moment the generator would begin where it began for the last incarnation.
  const { iss, max } = old.connection.tcb.snd;
  reach(pair, 5_000, false);
  const synAck = pair.seen.find((seg) => seg.flags === (SYN | ACK))!;
  t.not(synAck.seq, iss);
  t.is(synAck.seq, seqAdd(max, 65_537));
});

test('a SYN that may be an old duplicate is challenged, and TIME-WAIT goes on', (t) => {
  const { pair, old } = inTimeWait(false);
  pair.passes = () => false; // A's RST in answer would end TIME-WAIT (RFC 9293 §3.10.7.4, second)
  pair.b.segmentArrives(arrive(SYN, [PORT, 80], { seq: seq(1_001) }), A, pair.now);
  pair.run();
  t.is(old.connection.state, 'TIME-WAIT');
  t.is(pair.seen[0]!.flags, ACK);
  t.is(pair.seen[0]!.purpose, 'challenge-ack');
});

test('the younger timestamp decides, whatever the sequence number; an equal one leaves it to that (SHLD-4)', (t) => {
  for (const [later, iss, opens] of [
    [1, 500, true],
    [0, 500, false],
    [0, 5_000, true],
  ] as const) {
    const { pair } = inTimeWait(true);
    pair.now += later * MILLISECOND;
    pair.passes = (seg) => seg.flags !== RST;
    const { connection } = reach(pair, iss, true);
    t.is(connection.state, opens ? 'ESTABLISHED' : 'SYN-SENT', `${later} ms later, from ${iss}`);
  }
  // Without timestamps then, and with them now: no old duplicate has any.
  const { pair, old } = inTimeWait(false);
  const syn = arrive(SYN, [PORT, 80], { seq: seq(500), tsVal: 1, tsEcr: 0 });
  pair.b.segmentArrives(syn, A, pair.now);
  t.is(old.connection.state, 'TIME-WAIT', 'this listener wants none');
});

test('a SYN that was an old duplicate after all gives its place back to TIME-WAIT, which ends in its time', (t) => {
  const { pair, old } = inTimeWait(false);
  // A knows nothing of it: its RST in answer to the SYN-ACK ends the new incarnation.
  pair.b.segmentArrives(arrive(SYN, [PORT, 80], { seq: seq(5_000), wnd: 1_000 }), A, pair.now);
  t.is(pair.b.size, 2);
  pair.run();
  t.deepEqual(
    pair.seen.map((seg) => seg.flags),
    [SYN | ACK, RST],
  );
  t.is(old.connection.state, 'TIME-WAIT');
  t.is(pair.b.size, 1);
  // And it is there again: a FIN that comes once more is acknowledged.
  pair.seen.length = 0;
  const { rcv, snd } = old.connection.tcb;
  pair.b.segmentArrives(arrive(FIN | ACK, [PORT, 80], { seq: seqAdd(rcv.nxt, -1), ack: snd.nxt }), A, pair.now);
  pair.run();
  t.is(pair.seen[0]!.ack, rcv.nxt);
  t.is(pair.news.filter(([, , event]) => event === 'connected').length, 2, 'nobody has heard of it');
  pair.at(old.connection.nextDeadline());
  t.is(pair.b.size, 0);
});

test('TIME-WAIT may end while its successor is not established yet', (t) => {
  const { pair, old } = inTimeWait(false);
  pair.passes = () => false;
  pair.at(old.connection.nextDeadline() - SECOND / 2);
  pair.b.segmentArrives(arrive(SYN, [PORT, 80], { seq: seq(5_000), wnd: 1_000 }), A, pair.now);
  pair.run();
  pair.at(old.connection.nextDeadline());
  t.is(old.connection.state, 'CLOSED');
  t.is(pair.b.size, 1);
  const { seq: iss } = pair.seen.find((seg) => seg.flags === (SYN | ACK))!;
  pair.b.segmentArrives(arrive(ACK, [PORT, 80], { seq: seq(5_001), ack: seqAdd(iss, 1), wnd: 1_000 }), A, pair.now);
  pair.run();
  t.true(pair.news.some(([address, of, event]) => address === B && of !== old && event === 'connected'));
});

test('without a listener, or without room, nothing is reopened', (t) => {
  const { pair, old } = inTimeWait(false);
  pair.passes = () => false;
  pair.b.unlisten(80);
  pair.b.segmentArrives(arrive(SYN, [PORT, 80], { seq: seq(5_000) }), A, pair.now);
  pair.run();
  t.is(old.connection.state, 'TIME-WAIT');
  t.is(pair.b.size, 1);
  pair.b.listen(80, { backlog: 0 });
  pair.b.segmentArrives(arrive(SYN, [PORT, 80], { seq: seq(5_000) }), A, pair.now);
  t.is(pair.b.size, 1);
});
