// The audit passes what keeps the rules and names the packets of what does not.
import test from 'ava';
import { ACK, FIN, MILLISECOND, SECOND, SYN } from '../../src/tcp/index.ts';
import {
  audit,
  type AuditReport,
  type Happening,
  type RecordingEnds,
  type SegmentPasses,
} from '../../src/trace/index.ts';
import { Pair, readAll, slowReader } from './pair.ts';

test('a transfer through a window that closes and opens is sound from both ends, and the two agree', (t) => {
  const pair = slowReader();
  const sender = audit(readAll(pair.recording(pair.sender)).happenings);
  const receiver = audit(readAll(pair.recording(pair.receiver)).happenings);
  t.true(sender.isSound, JSON.stringify(sender));
  t.true(receiver.isSound, JSON.stringify(receiver));
  t.is(sender.probes.sent, 3);
  t.is(receiver.probes.received, 3);
  t.is(sender.zeroWindows.received, 4);
  t.is(receiver.zeroWindows.sent, 4);
  t.is(sender.zeroWindowPeriods.received, 1);
  t.is(sender.windowUpdates.received, receiver.windowUpdates.sent);
  t.is(receiver.windowUpdates.sent, pair.receiver.connection.tcb.tally.windowUpdatesSent);
  t.true(sender.reasons.lifeNs > 8 * SECOND);
  t.is(sender.reasons.sumNs, sender.reasons.lifeNs);
});

test('loss, scaled windows and crossing transfers are sound as well', (t) => {
  const pair = new Pair({
    sender: { receiveBuffer: 1_000_000, delayedAck: 0 },
    receiver: { receiveBuffer: 300_000 },
    loses: (_, count) => count % 7 === 5,
  });
  pair.runFor(5 * SECOND);
  const target = new Uint8Array(20_000);
  for (let turn = 0; turn < 60; turn++) {
    for (const { connection } of [pair.sender, pair.receiver]) {
      connection.write(new Uint8Array(30_000), pair.now);
      connection.read(target, pair.now);
    }
    pair.runFor(200 * MILLISECOND);
  }
  for (const end of [pair.sender, pair.receiver]) {
    const report = audit(readAll(pair.recording(end)).happenings);
    t.true(report.isSound, JSON.stringify(report));
    t.is(report.retransmissions, end.connection.tcb.tally.retransmissions);
    t.true(report.retransmissions > 0);
  }
});

test("probes in Linux's style, and timestamps, change nothing of that", (t) => {
  const pair = slowReader({
    sender: { probeStyle: 'linux', timestamps: true },
    receiver: { receiveBuffer: 5_840, timestamps: true },
  });
  const { happenings } = readAll(pair.recording(pair.sender));
  const sender = audit(happenings);
  const receiver = audit(readAll(pair.recording(pair.receiver)).happenings);
  t.true(sender.isSound, JSON.stringify(sender));
  t.true(receiver.isSound, JSON.stringify(receiver));
  t.is(sender.probes.sent, 3);
  t.is(receiver.probes.received, 3);
  t.true(happenings.every((it) => it.type !== 'segment' || it.tsVal !== undefined));
});

const BASE = { type: 'segment', atNs: 0, sourcePort: 1, destinationPort: 2, lengthOctets: 0 } as const;
const OUT = { ...BASE, direction: 'out', purpose: 'text', ack: 501, flags: ACK, wnd: 100 } as const;
const IN = { ...BASE, direction: 'in', purpose: 'arrived', seq: 501, flags: ACK } as const;

/** A handshake in which the peer offers 1000 octets from 101 on and we offer 400 from 501 on, then what is given. */
function after(
  given: readonly (Omit<SegmentPasses, 'packet'> | Exclude<Happening, SegmentPasses>)[],
  scale?: number,
): AuditReport {
  const option = scale === undefined ? {} : { windowScale: scale };
  let packet = 0;
  const all = [
    { ...OUT, seq: 100, ack: 0, flags: SYN, wnd: 400, purpose: 'handshake', ...option },
    { ...IN, seq: 500, ack: 101, flags: SYN | ACK, wnd: 1_000, ...option },
    ...given,
  ].map((happening) => (happening.type === 'segment' ? { ...happening, packet: ++packet } : happening));
  return audit(all as Happening[]);
}

test('octets beyond the edge are found, whoever sent them', (t) => {
  const text = (seq: number, lengthOctets: number): typeof OUT & { seq: number } =>
    ({ ...OUT, seq, lengthOctets }) as never;
  t.deepEqual(after([text(101, 1_000)]).beyondEdge, []);
  t.deepEqual(after([text(101, 1_001)]).beyondEdge, [3]);
  t.deepEqual(after([text(101, 1_000), text(1_101, 1)]).beyondEdge, [4]);
  t.deepEqual(after([{ ...text(101, 1_000), flags: ACK | FIN }]).beyondEdge, [3], 'a FIN counts');
  t.deepEqual(after([text(101, 1_000), text(600, 500)]).beyondEdge, [], 'what was sent before may be sent again');
  t.deepEqual(after([text(101, 1_000), { ...IN, ack: 601, wnd: 600 }, text(1_101, 100)]).beyondEdge, []);
  t.deepEqual(after([text(101, 1_000), { ...IN, ack: 601, wnd: 600 }, text(1_101, 101)]).beyondEdge, [5]);
});

test('a probe of one octet may lie beyond the edge, a longer one may not, nor the same octet unmarked', (t) => {
  const full = { ...OUT, seq: 101, lengthOctets: 1_000 };
  const probe = { ...OUT, seq: 1_101, lengthOctets: 1, purpose: 'probe' } as const;
  t.deepEqual(after([full, probe]).beyondEdge, []);
  t.deepEqual(after([full, { ...probe, lengthOctets: 2 }]).beyondEdge, [4]);
  t.deepEqual(after([full, probe, { ...probe, purpose: 'text' }]).beyondEdge, [5]);
  t.is(after([full, probe]).probes.sent, 1);
});

test('a window that shrank binds from then on, and an overtaken segment does not bring the old one back', (t) => {
  const shrink = { ...IN, ack: 101, wnd: 300 };
  t.deepEqual(after([shrink, { ...OUT, seq: 101, lengthOctets: 301 }]).beyondEdge, [4]);
  const newer = { ...IN, seq: 511, ack: 101, wnd: 300 };
  const older = { ...IN, seq: 501, ack: 101, wnd: 1_000, lengthOctets: 10 };
  t.deepEqual(after([newer, older, { ...OUT, seq: 101, lengthOctets: 301 }]).beyondEdge, [5]);
  const refused = {
    type: 'refused',
    atNs: 0,
    refusal: 'paws',
    seq: 511,
    ack: 101,
    flags: ACK,
    lengthOctets: 0,
  } as const;
  t.deepEqual(
    after([newer, refused, { ...OUT, seq: 101, lengthOctets: 1_000 }]).beyondEdge,
    [],
    'a refused window is none',
  );
});

test('windows are scaled if both SYNs say so', (t) => {
  const open = { ...IN, ack: 101, wnd: 1_000 };
  t.deepEqual(after([open, { ...OUT, seq: 101, lengthOctets: 4_000 }], 2).beyondEdge, []);
  t.deepEqual(after([open, { ...OUT, seq: 101, lengthOctets: 4_001 }], 2).beyondEdge, [4]);
});

test('a promised edge that moves left is found; on the wire it may lie a unit of the scale left of it', (t) => {
  const ack = (at: number, wnd: number): Omit<SegmentPasses, 'packet'> => ({
    ...OUT,
    seq: 101,
    ack: at,
    wnd,
    purpose: 'ack',
  });
  t.deepEqual(after([ack(501, 400), ack(601, 300), ack(601, 299)]).edgeMovedLeft, [5]);
  t.deepEqual(after([ack(501, 399)]).edgeMovedLeft, [3], 'the SYN was a promise');
  t.deepEqual(after([ack(501, 100), ack(502, 99)], 2).edgeMovedLeft, [], 'three octets less');
  t.deepEqual(after([ack(501, 100), ack(501, 99)], 2).edgeMovedLeft, [4], 'four octets less');
});

test('without the handshake nothing can be said of edges', (t) => {
  const report = audit([{ ...OUT, seq: 101, lengthOctets: 9_999, packet: 1 }]);
  t.false(report.hasHandshake);
  t.deepEqual(report.beyondEdge, []);
  t.false(report.isSound);
});

test('reasons that do not cover the life are found out, each way of it', (t) => {
  const pair = slowReader();
  const { happenings } = readAll(pair.recording(pair.sender));
  const faults = (change: (happening: Happening, index: number) => Happening | undefined): unknown =>
    audit(happenings.flatMap((happening, index) => change(structuredClone(happening), index) ?? [])).reasons.faults;
  const reasons = happenings.flatMap(({ type }, index) => (type === 'reason' ? index : []));
  t.deepEqual(
    faults((it) => it),
    [],
  );
  t.deepEqual(
    faults((it, index) => (index === reasons[3] ? undefined : it)),
    ['gap', 'length', 'sum'],
  );
  t.deepEqual(
    faults((it) => (it.type === 'end' ? undefined : it)),
    ['no-end'],
  );
  t.deepEqual(
    faults((it) => (it.type === 'reason' ? undefined : it)),
    ['never-changed'],
  );
  t.deepEqual(
    faults((it) => {
      if (it.type === 'end') ended(it).reasonsNs['zero-window'] += 1;
      return it;
    }),
    ['sum', 'life'],
  );
  t.deepEqual(
    faults((it, index) => {
      if (it.type === 'reason' && index === reasons[2]) it.heldNs += 5;
      return it;
    }),
    ['length', 'sum'],
  );
});

function ended({ connection }: RecordingEnds): NonNullable<RecordingEnds['connection']> {
  if (connection === null) throw new Error('the recording has a connection');
  return connection;
}

test('an incomplete recording is not sound', (t) => {
  const pair = slowReader();
  const report = audit(readAll(pair.recording(pair.sender, false, 'disk full')).happenings);
  t.false(report.isComplete);
  t.false(report.isSound);
});
