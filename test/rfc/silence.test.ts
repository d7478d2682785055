// Silence has a reason: each of them reached and left, and its time accounted for (every conversation's end checks the sum).
// Then the holds of the recorder and the carrier.
import { accepting, connecting, established } from '../harness/conversation.ts';
import { onlooker } from '../harness/onlooker.ts';
import { type SilenceReason } from '../../src/tcp/index.ts';

connecting('handshake: until ESTABLISHED', {}, (tcp) => {
  tcp.hasReason('handshake');
  tcp.waits(300);
  tcp.receives('S. 0:0(0) ack 1');
  tcp.sends('. 1:1(0) ack 1');
  tcp.hasReason('nothing-queued');
  tcp.claims(tcp.connection.durations(tcp.now).handshake === 300e6, 'it took 300 ms');
});

accepting('handshake: in SYN-RECEIVED too', {}, (tcp) => {
  tcp.hasReason('handshake');
});

established('closing: from the FIN to TIME-WAIT', {}, (tcp) => {
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 1');
  tcp.hasReason('closing');
  tcp.waits(100);
  tcp.receives('. 1:1(0) ack 2');
  tcp.hasReason('closing');
  tcp.waits(100);
  tcp.receives('F. 1:1(0) ack 2');
  tcp.sends('. 2:2(0) ack 2');
  tcp.waits(500);
  tcp.claims(tcp.connection.durations(tcp.now).closing === 200e6, 'TIME-WAIT is no part of it');
});

established(
  'nothing-queued and send-buffer: the application, or the room for what it has',
  { sendBuffer: 1000 },
  (tcp) => {
    tcp.hasReason('nothing-queued');
    tcp.writes(1500, 1000);
    tcp.sends('P. 1:1001(1000) ack 1');
    tcp.hasReason('send-buffer');
    tcp.hasNoEvent('writable');
    tcp.waits(30);
    tcp.receives('. 1:1(0) ack 1001');
    tcp.hasEvent('writable');
    // There is room, and the application has not used it: no write waits any more.
    tcp.hasReason('nothing-queued');
    tcp.claims(tcp.connection.durations(tcp.now)['send-buffer'] === 30e6, 'it waited for 30 ms');
  },
);

established('zero-window: something to send, and SND.WND is 0', {}, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.hasReason('nothing-queued');
  tcp.writes(10);
  tcp.hasReason('zero-window');
  tcp.waits(400);
  tcp.receives('. 1:1(0) ack 1 win 100');
  tcp.sends('P. 1:11(10) ack 1');
  tcp.hasReason('nothing-queued');
  tcp.claims(tcp.connection.durations(tcp.now)['zero-window'] === 400e6, 'it lasted 400 ms');
});

established('recovery: from a retransmission until SND.UNA reaches what SND.NXT was', { wnd: 2000 }, (tcp) => {
  tcp.writes(4000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('. 1001:2001(1000) ack 1');
  tcp.hasReason('window-full');
  tcp.waits(1_000);
  tcp.sends('. 1:1001(1000) ack 1', 'retransmission');
  tcp.hasReason('recovery');
  tcp.waits(50);
  tcp.receives('. 1:1(0) ack 1001 win 1000');
  tcp.sends('. 1001:2001(1000) ack 1', 'retransmission');
  tcp.hasReason('recovery');
  tcp.receives('. 1:1(0) ack 2001 win 2000');
  tcp.sends('. 2001:3001(1000) ack 1');
  tcp.sends('P. 3001:4001(1000) ack 1');
  tcp.hasReason('nothing-queued');
  const { recovery, 'window-full': full } = tcp.connection.durations(tcp.now);
  tcp.claims(recovery === 50e6 && full === 1_000e6, 'a second for the window, 50 ms for what was lost');
});

established('nagle: only its condition holds', {}, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.writes(10);
  tcp.hasReason('nagle');
  tcp.receives('. 1:1(0) ack 11');
  tcp.sends('P. 11:21(10) ack 1');
  tcp.hasReason('nothing-queued');
});

established('window-full: octets are in flight, and the window must slide', { wnd: 1500 }, (tcp) => {
  tcp.writes(2000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.hasReason('window-full'); // 500 more would fit: less than half the widest window, and not all that is queued
  tcp.receives('. 1:1(0) ack 1001');
  tcp.sends('P. 1001:2001(1000) ack 1');
});

established('silly-window: nothing in flight, and the offer too small to use', { peer: { wnd: 5000 } }, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 100');
  tcp.writes(1000);
  tcp.hasReason('silly-window');
  tcp.waits(150);
  tcp.receives('. 1:1(0) ack 1 win 5000');
  tcp.sends('P. 1:1001(1000) ack 1');
  tcp.claims(tcp.connection.durations(tcp.now)['silly-window'] === 150e6, 'it lasted 150 ms');
});

for (const reason of ['recorder', 'carrier'] as const) {
  established(`${reason}: something could leave and is held`, {}, (tcp) => {
    tcp.holds(reason);
    tcp.hasReason('nothing-queued');
    tcp.writes(10);
    tcp.sendsNothing();
    tcp.hasReason(reason);
    tcp.waits(70);
    tcp.releases(reason);
    tcp.sends('P. 1:11(10) ack 1');
    tcp.hasReason('nothing-queued');
    tcp.claims(tcp.connection.durations(tcp.now)[reason] === 70e6, 'it held for 70 ms');
  });
}

established('sending: between a call and the poll', {}, (tcp) => {
  const seen: SilenceReason[] = [];
  tcp.observedBy(onlooker({ reasonChanges: (_tcb, _from, to) => seen.push(to) }));
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.claims(seen.join() === 'sending,nothing-queued', 'the onlooker heard of both');
});

established('the recorder’s hold comes before the carrier’s, and both must end', {}, (tcp) => {
  tcp.holds('carrier');
  tcp.holds('recorder');
  tcp.writes(10);
  tcp.hasReason('recorder');
  tcp.releases('recorder');
  tcp.hasReason('carrier');
  tcp.sendsNothing();
  tcp.releases('carrier');
  tcp.sends('P. 1:11(10) ack 1');
});

// The receiving side's own partition.
established('open, zero, withheld: what the peer can use', { wnd: 2000 }, (tcp) => {
  tcp.hasOffering('open');
  tcp.waits(10);
  tcp.receives('P. 1:1001(1000) ack 1');
  tcp.receives('P. 1001:2001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 2001 win 0');
  tcp.hasOffering('zero');
  tcp.waits(20);
  tcp.reads(500);
  tcp.hasOffering('withheld');
  tcp.waits(30);
  tcp.reads(500);
  tcp.sends('. 1:1(0) ack 2001 win 1000');
  tcp.hasOffering('open');
  const { open, zero, withheld } = tcp.connection.offeringDurations(tcp.now);
  tcp.claims(open === 10e6 && zero === 20e6 && withheld === 30e6, 'each has its time');
});

// A blocked carrier: timers that fire while held only re-arm.
established('while held the retransmission timer only re-arms', {}, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.holds('carrier');
  tcp.waits(500_000);
  tcp.has({ state: 'ESTABLISHED', rto: 1_000_000_000 });
  tcp.hasNoEvent('not-delivering');
  tcp.releases('carrier');
  tcp.waits(999);
  tcp.sendsNothing();
  tcp.waits(1);
  tcp.sends('P. 1:11(10) ack 1', 'retransmission');
  tcp.waits(2_000);
  tcp.sends('P. 1:11(10) ack 1', 'retransmission');
  tcp.receives('. 1:1(0) ack 11');
});

established('while held the persist timer only re-arms', {}, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.writes(10);
  tcp.holds('carrier');
  tcp.waits(500_500);
  tcp.hasReason('zero-window');
  tcp.releases('carrier');
  tcp.waits(500);
  tcp.sends('. 1:2(1) ack 1', 'probe');
  tcp.waits(2_000);
  tcp.sends('. 1:2(1) ack 1', 'probe');
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.has({ state: 'ESTABLISHED' });
});

established('time in which nothing could leave is no time without an answer', {}, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.writes(10);
  tcp.waits(1_000);
  tcp.sends('. 1:2(1) ack 1', 'probe');
  tcp.holds('carrier');
  tcp.waits(500_000);
  tcp.releases('carrier');
  tcp.waitsForTimer();
  tcp.sends('. 1:2(1) ack 1', 'probe');
  tcp.has({ state: 'ESTABLISHED' });
  tcp.receives('. 1:1(0) ack 1 win 0');
});

established(
  'while held nobody is asked whether it lives',
  { keepalive: { idle: 1e9, interval: 1e9, count: 3 } },
  (tcp) => {
    tcp.holds('recorder');
    tcp.waits(100_000);
    tcp.has({ state: 'ESTABLISHED' });
    tcp.releases('recorder');
    tcp.sendsNothing();
  },
);

established('an acknowledgment that is owed waits for the release', {}, (tcp) => {
  tcp.holds('carrier');
  tcp.receives('P. 1:101(100) ack 1');
  tcp.receives('P. 101:201(100) ack 1');
  tcp.sendsNothing();
  tcp.reads(200);
  tcp.releases('carrier');
  tcp.sends('. 1:1(0) ack 201 win 9800');
});

established('a release without a hold changes nothing', {}, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.waits(600);
  tcp.releases('carrier');
  tcp.waits(400);
  tcp.sends('P. 1:11(10) ack 1', 'retransmission');
  tcp.receives('. 1:1(0) ack 11');
});

established('a RST waits for the release as well', {}, (tcp) => {
  tcp.holds('carrier');
  tcp.aborts();
  tcp.sendsNothing();
  tcp.releases('carrier');
  tcp.sends('R 1:1(0)');
});
