// Policies in the place of what a connection does by itself: what each built-in one shows, and what stops one that breaks an
// invariant without saying so (RFC 9293 §3.8.6).
import test from 'ava';
import {
  BUILT_IN,
  checkTcb,
  Connection,
  connectionOptions,
  type ConnectionOptions,
  type Invariant,
  NEVER,
  type PolicyChoice,
  PolicyViolation,
  Segment,
  seq,
  type WindowFacts,
} from '../../src/tcp/index.ts';
import { established } from '../harness/conversation.ts';

const SECOND = 1_000_000_000;

// RFC 813: the receiver's half of silly window syndrome.
established('naive: the window opens octet by octet', { wnd: 2000, policies: { window: 'naive' } }, (tcp) => {
  tcp.receives('. 1:2001(2000) ack 1');
  tcp.sends('. 1:1(0) ack 2001 win 0');
  for (let i = 1; i <= 3; i++) {
    tcp.reads(1);
    tcp.sends(`. 1:1(0) ack 2001 win ${i}`, 'window-update');
  }
});

// SHLD-14, broken: the edge that was at 4001 is at 2001 after 1000 octets that nobody reads. What was promised is still taken.
established('shrinking: the right edge moves left', { wnd: 4000, policies: { window: 'shrinking' } }, (tcp) => {
  tcp.receives('. 1:1001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 1001 win 2000');
  tcp.receives('. 1001:2001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 2001 win 0');
  tcp.receives('. 2001:4001(2000) ack 1');
  tcp.sends('. 1:1(0) ack 4001 win 0');
  tcp.reads(4000);
  tcp.sends('. 1:1(0) ack 4001 win 4000', 'window-update');
});

established(
  'greedy: what there is no room for is thrown away',
  { wnd: 2000, policies: { window: 'greedy' } },
  (tcp) => {
    tcp.receives('. 1:1501(1500) ack 1');
    tcp.sends('. 1:1(0) ack 1501 win 2000');
    tcp.receives('. 1501:2501(1000) ack 1');
    tcp.sends('. 1:1(0) ack 2001 win 2000');
    tcp.receives('. 2001:3001(1000) ack 1');
    tcp.sends('. 1:1(0) ack 2001 win 2000');
    tcp.receives('. 3001:4001(1000) ack 1');
    tcp.sends('. 1:1(0) ack 2001 win 2000');
    tcp.claims(tcp.connection.tcb.tally.segmentsRefused === 3, 'three segments found too little room');
    tcp.reads(2000);
    tcp.receives('. 2001:3001(1000) ack 1');
    tcp.sends('. 1:1(0) ack 3001 win 2000');
  },
);

established('stop-and-wait: one segment at a time', { policies: { gate: 'stop-and-wait' } }, (tcp) => {
  tcp.writes(2500);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.hasReason('policy');
  tcp.receives('. 1:1(0) ack 1001');
  tcp.sends('. 1001:2001(1000) ack 1');
  tcp.receives('. 1:1(0) ack 2001');
  tcp.sends('P. 2001:2501(500) ack 1');
  tcp.receives('. 1:1(0) ack 2501');
  tcp.hasReason('nothing-queued');
});

// The sender's half of silly window syndrome (MUST-38).
established('eager: slivers leave as the window has them', { wnd: 2000, policies: { gate: 'eager' } }, (tcp) => {
  tcp.writes(3000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('. 1001:2001(1000) ack 1');
  tcp.receives('. 1:1(0) ack 2001 win 10');
  tcp.sends('. 2001:2011(10) ack 1');
  tcp.hasReason('window-full');
  tcp.receives('. 1:1(0) ack 2011 win 2000');
  tcp.sends('P. 2011:3001(990) ack 1');
});

established('blind: octets leave beyond the window', { wnd: 1000, policies: { gate: 'blind' } }, (tcp) => {
  tcp.writes(3000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('. 1001:2001(1000) ack 1');
  tcp.sendsNothing();
  tcp.receives('. 1:1(0) ack 2001');
  tcp.sends('P. 2001:3001(1000) ack 1');
});

// MUST-36, broken: after a lost window update nobody moves.
established('no-persist: a closed window is never asked', { policies: { probe: 'no-persist' } }, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.writes(10);
  tcp.hasReason('zero-window');
  tcp.has({ timers: {} });
  tcp.waits(1_000_000);
  tcp.hasReason('zero-window');
});

established('cs144: a probe at once, and each RTO', { policies: { probe: 'cs144' } }, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.writes(10);
  tcp.waits(0);
  tcp.sends('. 1:2(1) ack 1', 'probe');
  for (let i = 0; i < 5; i++) {
    tcp.waits(1_000);
    tcp.sends('. 1:2(1) ack 1', 'probe');
  }
  tcp.receives('. 1:1(0) ack 2 win 4000');
  tcp.sends('P. 2:11(9) ack 1');
});

established('quick: an acknowledgment for each segment', { delayedAck: 40e6, policies: { ack: 'quick' } }, (tcp) => {
  tcp.receives('. 1:11(10) ack 1');
  tcp.sends('. 1:1(0) ack 11');
});

established('stretched: one for eight', { delayedAck: 40e6, policies: { ack: 'stretched' } }, (tcp) => {
  for (let at = 1; at < 7_001; at += 1_000) tcp.receives(`. ${at}:${at + 1000}(1000) ack 1`);
  tcp.sendsNothing();
  tcp.receives('. 7001:8001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 8001');
  tcp.receives('. 8001:8002(1) ack 1');
  tcp.waits(40);
  tcp.sends('. 1:1(0) ack 8002');
});

established('rfc793: twice the smoothed round trip', { rtt: 700, rtoMin: 1, policies: { rto: 'rfc793' } }, (tcp) => {
  tcp.has({ rto: 1.4 * SECOND });
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.waits(1_400);
  tcp.sends('P. 1:11(10) ack 1', 'retransmission');
  tcp.has({ rto: 2.8 * SECOND });
  tcp.receives('. 1:1(0) ack 11');
});

established('no-backoff: again and again', { policies: { rto: 'no-backoff' } }, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  // Also when RFC 6298's own timeout would long have reached its ceiling.
  for (let i = 0; i < 12; i++) {
    tcp.waits(1_000);
    tcp.sends('P. 1:11(10) ack 1', 'retransmission');
  }
  tcp.receives('. 1:1(0) ack 11');
});

// A policy that returns the standard answer changes nothing.
established(
  'what is standard can be had by asking for it',
  {
    wnd: 4000,
    policies: {
      window: { name: 'mine', offer: (it) => it.standard },
      gate: { name: 'mine', decide: (it) => (it.standard === 'send' ? 'send' : 'wait') },
      ack: { name: 'mine', decide: (it) => it.standard },
      probe: { name: 'mine', wait: (it) => it.standard },
      rto: { name: 'mine', rto: (it) => it.standard },
      congestion: 'reno',
    },
  },
  (tcp) => {
    tcp.receives('. 1:4001(4000) ack 1 win 4000');
    tcp.sends('. 1:1(0) ack 4001 win 0');
    tcp.reads(999);
    tcp.sendsNothing();
    tcp.hasOffering('withheld');
    tcp.reads(1);
    tcp.sends('. 1:1(0) ack 4001 win 1000', 'window-update');
    tcp.writes(1500);
    tcp.sends('. 1:1001(1000) ack 4001');
    tcp.hasReason('nagle');
    tcp.receives('. 4001:4001(0) ack 1001 win 0');
    tcp.waits(1_000);
    tcp.sends('. 1001:1002(1) ack 4001', 'probe');
    tcp.waits(2_000);
    tcp.sends('. 1001:1002(1) ack 4001', 'probe');
    tcp.receives('. 4001:4001(0) ack 1002 win 4000');
    tcp.sends('P. 1002:1501(499) ack 4001');
    tcp.waits(1_000);
    tcp.sends('P. 1002:1501(499) ack 4001', 'retransmission');
    tcp.has({ rto: 2 * SECOND });
    tcp.receives('. 4001:4001(0) ack 1501 win 4000');
  },
);

/** An established connection; nothing has left since. */
function open(options: Partial<ConnectionOptions>): { connection: Connection; out: Segment } {
  const connection = new Connection(
    connectionOptions({ iss: seq(0), mss: 1_000, receiveBuffer: 4_000, ...options }),
    0,
  );
  const out = new Segment();
  connection.connect(0);
  while (connection.pollSegment(out, 0));
  arrives(connection, { flags: 0x12, seq: 0, ack: 1, wnd: 4_000, length: 0 });
  while (connection.pollSegment(out, 0));
  checkTcb(connection.tcb);
  return { connection, out };
}

function arrives(
  connection: Connection,
  given: { flags?: number; seq?: number; ack?: number; wnd?: number; length: number },
): void {
  const seg = new Segment();
  seg.flags = given.flags ?? 0x10;
  seg.seq = seq(given.seq ?? 1);
  seg.ack = seq(given.ack ?? 1);
  seg.wnd = given.wnd ?? 4_000;
  seg.text = new Uint8Array(given.length);
  seg.textLength = given.length;
  seg.mss = seg.flags === 0x12 ? 1_000 : seg.mss;
  connection.segmentArrives(seg, 0);
}

const stopped: Record<
  string,
  { policies: PolicyChoice; clause: Invariant; does: (c: Connection, out: Segment) => void }
> = {
  'offers more than there is room for': {
    policies: { window: { name: 'mine', offer: (it) => it.capacity } },
    clause: 'RCV.BUFF',
    does: (connection, out) => {
      arrives(connection, { length: 1_000 });
      connection.pollSegment(out, 40e6);
      connection.timePasses(40e6);
      connection.pollSegment(out, 40e6);
    },
  },
  'moves the edge left': {
    policies: { window: { name: 'mine', offer: (it) => (it.unread > 0 ? it.promised - 1 : it.standard) } },
    clause: 'SHLD-14',
    does: (connection, out) => {
      arrives(connection, { length: 2_000 });
      connection.pollSegment(out, 0);
    },
  },
  'sends beyond the window': {
    policies: { gate: { name: 'mine', decide: () => 'send' } },
    clause: 'SND.WND',
    does: (connection, out) => {
      connection.write(new Uint8Array(9_000), 0);
      while (connection.pollSegment(out, 0));
    },
  },
  'leaves a closed window alone': {
    policies: { probe: { name: 'mine', wait: () => NEVER } },
    clause: 'MUST-36',
    does: (connection) => {
      arrives(connection, { length: 0, wnd: 0 });
      connection.write(new Uint8Array(10), 0);
    },
  },
};

for (const [what, { policies, clause, does }] of Object.entries(stopped)) {
  test(`a policy that ${what} is stopped`, (t) => {
    const { connection, out } = open({ policies });
    const error = t.throws(() => does(connection, out), { instanceOf: PolicyViolation });
    t.is(error.clause, clause);
    t.is(error.policy, 'mine');
    t.is(error.state.state, 'ESTABLISHED');
    t.true(error.message.includes(`breaks: ['${clause}']`));
  });
}

test('names that there are not are refused, with those that there are', (t) => {
  for (const kind of ['window', 'ack', 'gate', 'probe', 'rto', 'congestion'] as const) {
    const error = t.throws(() => connectionOptions({ iss: seq(0), policies: { [kind]: 'sensible' } }), {
      instanceOf: RangeError,
    });
    const names = kind === 'congestion' ? ['none', 'reno', 'cubic'] : ['standard', ...Object.keys(BUILT_IN[kind])];
    t.is(error.message, `policies.${kind}: there is no policy "sensible", only ${names.join(', ')}`);
  }
});

test('a policy that remembers something is made anew for each connection', (t) => {
  let made = 0;
  const window = (): { name: string; offer: (it: WindowFacts) => number } => {
    made++;
    return { name: 'mine', offer: (it) => it.standard };
  };
  const options = connectionOptions({ iss: seq(0), policies: { window } });
  const before = made;
  const connections = [new Connection(options, 0), new Connection(options, 0)];
  t.is(made - before, connections.length);
});
