// Slow start, congestion avoidance, fast retransmit and fast recovery: RFC 5681, RFC 6582 (NewReno), RFC 3042 (limited
// transmit), RFC 6928 (initial window). Windows are in segments of 1000 octets; SACK is off.
import { connecting, type Conversation, established } from '../harness/conversation.ts';

const reno = { congestion: 'reno', wnd: 60_000, sendBuffer: 200_000 } as const;

/** `count` segments leave, the first of them at `from` thousands. */
function sends(tcp: Conversation, from: number, count: number): void {
  for (let at = from; at < from + count; at++) tcp.sends(`. ${at * 1000 + 1}:${at * 1000 + 1001}(1000) ack 1`, 'text');
}

function again(tcp: Conversation, at: number): void {
  tcp.sends(`. ${at * 1000 + 1}:${at * 1000 + 1001}(1000) ack 1`, 'retransmission');
}

/** The peer has the first `count` segments. */
function acknowledges(tcp: Conversation, count: number): void {
  tcp.receives(`. 1:1(0) ack ${count * 1000 + 1}`);
}

// RFC 6928 §2: min(10 · MSS, max(2 · MSS, 14600)).
for (const [mss, window] of [
  [1_000, 10_000],
  [1_460, 14_600],
  [2_000, 14_600],
  [9_000, 18_000],
] as const) {
  established(`the initial window is ${window} octets for segments of ${mss}`, { ...reno, mss }, (tcp) => {
    tcp.has({ cwnd: window, ssthresh: null });
  });
}

// RFC 5681 §3.1: (2), a segment for each acknowledgment. Its row in the table of reasons: cwnd, below SND.WND, holds it.
established('slow start adds a segment for each acknowledgment', { ...reno, initialWindow: 2 }, (tcp) => {
  tcp.writes(20_000);
  sends(tcp, 0, 2);
  tcp.sendsNothing();
  tcp.hasReason('congestion');
  acknowledges(tcp, 1);
  tcp.has({ cwnd: 3_000 });
  sends(tcp, 2, 2);
  acknowledges(tcp, 2);
  sends(tcp, 4, 2);
  tcp.has({ cwnd: 4_000, flight: 4_000, pipe: 4_000 });
  acknowledges(tcp, 6); // one acknowledgment, however much it acknowledges
  tcp.has({ cwnd: 5_000 });
  sends(tcp, 6, 5);
  tcp.hasReason('congestion');
  tcp.receives('. 1:1(0) ack 6001 win 4000'); // now the peer's window is the lesser one
  tcp.hasReason('window-full');
});

// RFC 5681 §3.1, (3): SMSS · SMSS / cwnd for each acknowledgment.
established('congestion avoidance adds about a segment in a round trip', { ...reno, initialWindow: 8 }, (tcp) => {
  tcp.writes(100_000);
  sends(tcp, 0, 8);
  tcp.waits(1_000);
  again(tcp, 0);
  acknowledges(tcp, 8);
  sends(tcp, 8, 2);
  acknowledges(tcp, 9);
  sends(tcp, 10, 2);
  acknowledges(tcp, 10);
  tcp.has({ ssthresh: 4_000, cwnd: 4_000 });
  sends(tcp, 12, 2);
  let cwnd = 4_000;
  let [left, sent] = [10, 14];
  for (let i = 0; i < 4; i++) {
    left++;
    acknowledges(tcp, left);
    cwnd += 1_000_000 / cwnd;
    tcp.has({ cwnd: Math.floor(cwnd) });
    const next = left + Math.floor(cwnd / 1_000) - sent;
    sends(tcp, sent, next);
    sent += next;
  }
  tcp.has({ cwnd: 4_920 });
});

// RFC 9438 §5.8 says so, RFC 5681 is silent: what did not fill the window has not tried the network.
established(
  'where the application limits the sender, the window does not grow',
  { ...reno, initialWindow: 4 },
  (tcp) => {
    for (let i = 0; i < 5; i++) {
      tcp.writes(1_000);
      tcp.sends(`P. ${i * 1000 + 1}:${i * 1000 + 1001}(1000) ack 1`);
      acknowledges(tcp, i + 1);
    }
    tcp.has({ cwnd: 4_000 });
  },
);

// RFC 5681 §3.2 and RFC 3042: eight segments in flight, and the first is lost.
established('fast retransmit and fast recovery', { ...reno, initialWindow: 8 }, (tcp) => {
  tcp.writes(100_000);
  sends(tcp, 0, 8);
  acknowledges(tcp, 0);
  sends(tcp, 8, 1); // RFC 3042
  acknowledges(tcp, 0);
  sends(tcp, 9, 1);
  tcp.has({ cwnd: 8_000, dupAcks: 2, recovery: 'none' });
  acknowledges(tcp, 0);
  again(tcp, 0);
  tcp.sendsNothing();
  tcp.hasReason('recovery');
  // ssthresh of the 8 that were in flight, not of the 2 that limited transmit added; cwnd = ssthresh + 3.
  tcp.has({ ssthresh: 4_000, cwnd: 7_000, recovery: 'fast' });
  for (let i = 4; i <= 6; i++) acknowledges(tcp, 0);
  tcp.has({ cwnd: 10_000 });
  tcp.sendsNothing();
  acknowledges(tcp, 0);
  sends(tcp, 10, 1);
  acknowledges(tcp, 0);
  sends(tcp, 11, 1);
  acknowledges(tcp, 0);
  sends(tcp, 12, 1);
  // The retransmission has arrived, and with it all that was sent before it: 3 in flight, so 4 is no burst (RFC 6582 §3.2).
  acknowledges(tcp, 10);
  tcp.has({ recovery: 'none', cwnd: 4_000, flight: 3_000 });
  sends(tcp, 13, 1);
  tcp.hasReason('congestion');
  tcp.claims(tcp.connection.tcb.tally.retransmissions === 1, 'one segment went again');
  acknowledges(tcp, 14);
  sends(tcp, 14, 4); // congestion avoidance: 1000 · 1000 / 4000
  tcp.has({ cwnd: 4_250 });
});

// RFC 6582 §3.2, step 3: each partial acknowledgment names the next loss; it deflates by what it acknowledges, less a segment.
established('NewReno mends one loss in a round trip', { ...reno, initialWindow: 10 }, (tcp) => {
  tcp.writes(10_000);
  for (let at = 0; at < 9; at++) tcp.sends(`. ${at * 1000 + 1}:${at * 1000 + 1001}(1000) ack 1`);
  tcp.sends('P. 9001:10001(1000) ack 1');
  for (let i = 0; i < 3; i++) acknowledges(tcp, 0);
  again(tcp, 0);
  tcp.has({ ssthresh: 5_000, cwnd: 8_000 });
  for (let i = 3; i < 7; i++) acknowledges(tcp, 0);
  tcp.has({ cwnd: 12_000 });
  acknowledges(tcp, 3); // 3 and 6 are lost too
  again(tcp, 3);
  tcp.has({ cwnd: 10_000, recovery: 'fast' });
  acknowledges(tcp, 6);
  again(tcp, 6);
  tcp.sendsNothing();
  tcp.has({ cwnd: 8_000, recovery: 'fast' });
  acknowledges(tcp, 10);
  tcp.has({ recovery: 'none', cwnd: 2_000 }); // min(ssthresh, max(FlightSize, SMSS) + SMSS)
});

// RFC 6582 §4, impatient: only the first partial acknowledgment restarts the retransmission timer.
established('only the first partial acknowledgment restarts the timer', { ...reno, initialWindow: 10 }, (tcp) => {
  tcp.writes(10_000);
  for (let at = 0; at < 9; at++) tcp.sends(`. ${at * 1000 + 1}:${at * 1000 + 1001}(1000) ack 1`);
  tcp.sends('P. 9001:10001(1000) ack 1');
  for (let i = 0; i < 3; i++) acknowledges(tcp, 0);
  again(tcp, 0);
  tcp.waits(500);
  acknowledges(tcp, 1);
  again(tcp, 1);
  const { retransmission } = tcp.connection.snapshot().timers;
  tcp.claims(retransmission === tcp.now + tcp.connection.snapshot().rto, 'the timer starts again');
  tcp.waits(500);
  acknowledges(tcp, 2);
  again(tcp, 2);
  tcp.claims(tcp.connection.snapshot().timers.retransmission === retransmission, 'the timer goes on');
  acknowledges(tcp, 10);
  tcp.has({ timers: {} });
});

// RFC 6582 §3.2, steps 1 and 2: duplicates that do not lie beyond the last recovery may be its own echo.
established('duplicates of what was mended do not begin another recovery', { ...reno, initialWindow: 6 }, (tcp) => {
  tcp.writes(6_000);
  for (let at = 0; at < 5; at++) tcp.sends(`. ${at * 1000 + 1}:${at * 1000 + 1001}(1000) ack 1`);
  tcp.sends('P. 5001:6001(1000) ack 1');
  for (let i = 0; i < 3; i++) acknowledges(tcp, 0);
  again(tcp, 0);
  acknowledges(tcp, 6);
  tcp.writes(1_000);
  tcp.sends('P. 6001:7001(1000) ack 1');
  for (let i = 0; i < 5; i++) acknowledges(tcp, 6);
  tcp.sendsNothing();
  tcp.has({ recovery: 'none' });
  acknowledges(tcp, 7);
});

// RFC 5681 §2: text, another window, a zero window: none of them is a duplicate acknowledgment.
established('what brings text or another window is no duplicate acknowledgment', { wnd: 10_000 }, (tcp) => {
  tcp.writes(5_000);
  for (let at = 0; at < 4; at++) tcp.sends(`. ${at * 1000 + 1}:${at * 1000 + 1001}(1000) ack 1`);
  tcp.sends('P. 4001:5001(1000) ack 1');
  for (let i = 0; i < 5; i++) tcp.receives(`. 1:1(0) ack 1 win ${10_001 + i}`);
  for (let i = 0; i < 5; i++) {
    tcp.receives(`P. ${1 + i}:${2 + i}(1) ack 1`);
    tcp.sends(`. 5001:5001(0) ack ${2 + i}`);
  }
  for (let i = 0; i < 5; i++) {
    tcp.receives('P. 5:6(1) ack 1'); // text that is here already
    tcp.sends('. 5001:5001(0) ack 6');
  }
  tcp.sendsNothing();
  tcp.has({ dupAcks: 0, recovery: 'none' });
  tcp.receives('. 6:6(0) ack 1 win 0');
  for (let i = 0; i < 5; i++) tcp.receives('. 6:6(0) ack 1');
  tcp.has({ dupAcks: 0, recovery: 'none' });
  tcp.receives('. 6:6(0) ack 5001 win 10000');
});

// Without congestion control what is lost goes again, and nothing else changes.
established('fast retransmit without a congestion window', { wnd: 10_000 }, (tcp) => {
  tcp.writes(20_000);
  sends(tcp, 0, 10);
  for (let i = 0; i < 3; i++) acknowledges(tcp, 0);
  again(tcp, 0);
  tcp.hasReason('recovery');
  tcp.has({ cwnd: null, ssthresh: null });
  acknowledges(tcp, 5);
  again(tcp, 5);
  sends(tcp, 10, 5);
  acknowledges(tcp, 15);
  for (let at = 15; at < 19; at++) tcp.sends(`. ${at * 1000 + 1}:${at * 1000 + 1001}(1000) ack 1`);
  tcp.sends('P. 19001:20001(1000) ack 1');
  acknowledges(tcp, 20);
});

// RFC 5681 §3.1: ssthresh is half of FlightSize, cwnd one segment; a second timeout of the same segment leaves ssthresh.
established('after a timeout slow start begins again', { ...reno, initialWindow: 8 }, (tcp) => {
  tcp.writes(100_000);
  sends(tcp, 0, 8);
  tcp.waits(1_000);
  again(tcp, 0);
  tcp.sendsNothing();
  tcp.has({ ssthresh: 4_000, cwnd: 1_000, pipe: 1_000 });
  tcp.waits(2_000);
  again(tcp, 0);
  tcp.has({ ssthresh: 4_000, cwnd: 1_000 });
  acknowledges(tcp, 1);
  again(tcp, 1);
  again(tcp, 2);
  tcp.sendsNothing();
  acknowledges(tcp, 2);
  again(tcp, 3);
  again(tcp, 4);
  tcp.has({ cwnd: 3_000, pipe: 3_000 });
  acknowledges(tcp, 8);
  tcp.has({ cwnd: 4_000, recovery: 'none' });
  sends(tcp, 8, 4);
  acknowledges(tcp, 12);
  tcp.has({ cwnd: 4_250 });
  sends(tcp, 12, 4);
});

// RFC 5681 §4.1.
established(
  'after an idle time of more than RTO the window is the initial one again',
  { ...reno, initialWindow: 2 },
  (tcp) => {
    tcp.writes(6_000);
    sends(tcp, 0, 2);
    acknowledges(tcp, 1);
    sends(tcp, 2, 2);
    acknowledges(tcp, 2);
    sends(tcp, 4, 1);
    tcp.sends('P. 5001:6001(1000) ack 1');
    acknowledges(tcp, 6);
    tcp.has({ cwnd: 5_000 });
    tcp.waits(1_000);
    tcp.writes(1_000);
    tcp.sends('P. 6001:7001(1000) ack 1');
    tcp.has({ cwnd: 5_000 });
    acknowledges(tcp, 7);
    tcp.waits(1_001);
    tcp.writes(5_000);
    sends(tcp, 7, 2);
    tcp.has({ cwnd: 2_000 });
    acknowledges(tcp, 9);
    sends(tcp, 9, 2);
    tcp.sends('P. 11001:12001(1000) ack 1');
  },
);

// RFC 5681 §3.1.
connecting('after a lost SYN the window is one segment', reno, (tcp) => {
  tcp.waits(1_000);
  tcp.sends('S 0:0(0)');
  tcp.receives('S. 0:0(0) ack 1 win 60000 <mss 1000>');
  tcp.sends('. 1:1(0) ack 1');
  tcp.has({ cwnd: 1_000 });
});
