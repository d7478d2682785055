// Retransmission: RFC 9293 §3.8.1 with RFC 6298's numbers, §3.8.3's thresholds R1 and R2, §3.8.4's keepalives, §3.10.8's timeouts.
import { DEFAULT_KEEPALIVE } from '../../src/tcp/index.ts';
import { connecting, established } from '../harness/conversation.ts';

const SECOND = 1_000_000_000;
const MILLISECOND = 1_000_000;

// RFC 6298 §2 with R = 100 ms each time: RTO is SRTT + 4 RTTVAR, and RTTVAR shrinks by a quarter with each sample.
established('RTO follows RFC 6298 for a constant round trip', { rtt: 100, rtoMin: 1 }, (tcp) => {
  tcp.has({ srtt: 100 * MILLISECOND, rttvar: 50 * MILLISECOND, rto: 300 * MILLISECOND });
  const expected = [250, 212.5, 184.375, 163.28125, 147.4609375, 135.595703125, 126.69677734375];
  for (const [index, rto] of expected.entries()) {
    tcp.writes(10);
    tcp.sends(`P. ${1 + index * 10}:${11 + index * 10}(10) ack 1`);
    tcp.waits(100);
    tcp.receives(`. 1:1(0) ack ${11 + index * 10}`);
    tcp.has({ srtt: 100 * MILLISECOND, rto: Math.round(rto * MILLISECOND) });
  }
});

// RFC 6298 §2.3: SRTT and RTTVAR with alpha = 1/8, beta = 1/4; RTTVAR first, with the old SRTT.
established('a sample is smoothed', { rtt: 100, rtoMin: 1 }, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.waits(180);
  tcp.receives('. 1:1(0) ack 11');
  tcp.has({ srtt: 110 * MILLISECOND, rttvar: 57.5 * MILLISECOND, rto: 340 * MILLISECOND });
});

established('RTO has a floor and a ceiling', { rtt: 100, rtoMax: 3 * SECOND }, (tcp) => {
  tcp.has({ rto: SECOND });
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  for (const gap of [1_000, 2_000, 3_000, 3_000]) {
    tcp.waits(gap);
    tcp.sends('P. 1:11(10) ack 1', 'retransmission');
  }
  tcp.receives('. 1:1(0) ack 11');
});

// MUST-18, MUST-19's backoff: Karn. The RTO stays backed off until something sent once is acknowledged.
established('what was sent twice gives no sample, and the RTO stays backed off', { rtt: 100 }, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.waits(1_000);
  tcp.sends('P. 1:11(10) ack 1', 'retransmission');
  tcp.waits(10);
  tcp.receives('. 1:1(0) ack 11');
  tcp.has({ srtt: 100 * MILLISECOND, rto: 2 * SECOND });
  tcp.writes(10);
  tcp.sends('P. 11:21(10) ack 1');
  tcp.waits(100);
  tcp.receives('. 1:1(0) ack 21');
  tcp.has({ srtt: 100 * MILLISECOND, rto: SECOND });
});

// Simultaneous open: the SYN leaves twice, the second time with an ACK; either may be what is acknowledged.
connecting('a SYN that leaves again in a simultaneous open gives no sample', {}, (tcp) => {
  tcp.waits(300);
  tcp.receives('S 0:0(0) win 4000');
  tcp.sends('S. 0:0(0) ack 1');
  tcp.waits(10);
  tcp.receives('. 1:1(0) ack 1');
  tcp.has({ state: 'ESTABLISHED', srtt: null });
});

// RFC 6298 §5.1 to §5.3.
established(
  'the timer starts with the first octet in flight, again with each ACK, and stops with the last',
  {},
  (tcp) => {
    tcp.has({ timers: {} });
    tcp.writes(2000);
    tcp.sends('. 1:1001(1000) ack 1');
    tcp.sends('P. 1001:2001(1000) ack 1');
    tcp.has({ timers: { retransmission: SECOND } });
    tcp.waits(600);
    tcp.receives('. 1:1(0) ack 1001');
    const { rto } = tcp.connection.snapshot();
    tcp.has({ timers: { retransmission: tcp.now + rto } });
    tcp.waits(600);
    tcp.receives('. 1:1(0) ack 2001');
    tcp.has({ timers: {} });
  },
);

// RFC 6298 §5.4: the earliest segment alone; then as much more as acknowledgments allow.
established('after a timeout the first segment goes again, then twice as many per ACK', {}, (tcp) => {
  tcp.writes(6000);
  for (let at = 1; at < 6000; at += 1000) tcp.sends(`${at === 5001 ? 'P' : ''}. ${at}:${at + 1000}(1000) ack 1`);
  tcp.waits(1_000);
  tcp.sends('. 1:1001(1000) ack 1', 'retransmission');
  tcp.sendsNothing();
  tcp.hasReason('nothing-queued');
  tcp.receives('. 1:1(0) ack 1001');
  tcp.sends('. 1001:2001(1000) ack 1', 'retransmission');
  tcp.sends('. 2001:3001(1000) ack 1', 'retransmission');
  tcp.sendsNothing();
  tcp.receives('. 1:1(0) ack 6001');
  tcp.sendsNothing();
});

established('a receiver that kept what came later ends the recovery at once', {}, (tcp) => {
  tcp.writes(3000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('. 1001:2001(1000) ack 1');
  tcp.sends('P. 2001:3001(1000) ack 1');
  tcp.receives('. 1:1(0) ack 1');
  tcp.receives('. 1:1(0) ack 1');
  tcp.waits(1_000);
  tcp.sends('. 1:1001(1000) ack 1', 'retransmission');
  tcp.receives('. 1:1(0) ack 3001');
  tcp.claims(tcp.connection.tcb.tally.retransmissions === 1, 'one segment went again');
});

established('while lost octets go again, new ones may leave if the window lets them', { wnd: 4000 }, (tcp) => {
  tcp.writes(2000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('P. 1001:2001(1000) ack 1');
  tcp.waits(1_000);
  tcp.sends('. 1:1001(1000) ack 1', 'retransmission');
  tcp.writes(3000);
  tcp.sends('. 2001:3001(1000) ack 1', 'text');
  tcp.sends('. 3001:4001(1000) ack 1', 'text');
  tcp.hasReason('recovery');
  tcp.receives('. 1:1(0) ack 4001');
  tcp.sends('P. 4001:5001(1000) ack 1');
});

// §3.8.3. SHLD-9, SHLD-10, MUST-47 (a soft error is told, and ends nothing): R1 is three retransmissions. SHLD-11, MUST-20: R2 is 100 s.
established('after R1 the application is told, after R2 the connection is closed', {}, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  for (const [index, gap] of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000].entries()) {
    tcp.waits(gap);
    tcp.sends('P. 1:11(10) ack 1', 'retransmission');
    if (index === 1) tcp.hasNoEvent('not-delivering');
    if (index === 2) tcp.hasEvent('not-delivering');
  }
  tcp.waits(60_000);
  tcp.has({ state: 'CLOSED', failure: 'timed-out' });
  tcp.hasEvent('finished');
});

// MUST-21.
established('the application sets R2', { r2: 5 * SECOND }, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.waits(1_000);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.waits(2_000);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.waits(4_000);
  tcp.has({ state: 'CLOSED', failure: 'timed-out' });
});

established('R2 counts from the last progress', {}, (tcp) => {
  tcp.waits(500_000);
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.waits(1_000);
  tcp.sends('P. 1:11(10) ack 1', 'retransmission');
  tcp.has({ state: 'ESTABLISHED' });
});

// MUST-22, MUST-23: a SYN is sent for three minutes.
connecting('a SYN that nobody answers is given up after three minutes', {}, (tcp) => {
  for (const gap of [1, 2, 4, 8, 16, 32, 60]) {
    tcp.waits(gap * 1_000);
    tcp.sends('S 0:0(0)', 'handshake');
  }
  tcp.hasEvent('not-delivering');
  tcp.waits(60_000);
  tcp.has({ state: 'CLOSED', failure: 'timed-out' });
  tcp.claims(tcp.now >= 180 * SECOND, 'three minutes have passed');
});

// §3.10.8.
established('the user timeout aborts what goes unanswered', { userTimeout: 10 * SECOND }, (tcp) => {
  tcp.waits(60_000);
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  for (const gap of [1_000, 2_000, 4_000]) {
    tcp.waits(gap);
    tcp.sends('P. 1:11(10) ack 1');
  }
  tcp.waits(2_999);
  tcp.has({ state: 'ESTABLISHED' });
  tcp.waits(1);
  tcp.has({ state: 'CLOSED', failure: 'user-timeout' });
  tcp.hasEvent('finished');
});

established('progress puts the user timeout off', { userTimeout: 10 * SECOND }, (tcp) => {
  tcp.writes(2000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('P. 1001:2001(1000) ack 1');
  tcp.waits(900);
  tcp.receives('. 1:1(0) ack 1001');
  const { rto } = tcp.connection.snapshot();
  tcp.waits(rto / MILLISECOND);
  tcp.sends('P. 1001:2001(1000) ack 1', 'retransmission');
  tcp.receives('. 1:1(0) ack 2001');
  tcp.has({ timers: {} });
  tcp.waits(100_000);
});

// A window that stays shut while probes are answered is no failure (MUST-37): the user timeout counts unanswered probes.
established('probes that are answered do not run into the user timeout', { userTimeout: 10 * SECOND }, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.writes(10);
  for (const gap of [1, 2, 4, 8, 16, 32, 60, 60]) {
    tcp.waits(gap * 1_000);
    tcp.sends('. 1:2(1) ack 1', 'probe');
    tcp.receives('. 1:1(0) ack 1 win 0');
  }
  tcp.waits(60_000);
  tcp.sends('. 1:2(1) ack 1', 'probe');
  tcp.waits(10_000);
  tcp.has({ state: 'CLOSED', failure: 'user-timeout' });
});

connecting('the user timeout holds for an open as well', { userTimeout: 2 * SECOND }, (tcp) => {
  tcp.waits(1_000);
  tcp.sends('S 0:0(0)');
  tcp.waits(1_000);
  tcp.has({ state: 'CLOSED', failure: 'user-timeout' });
});

// §3.8.4: MUST-25, off by default; MUST-28, after two hours at the least unless asked for otherwise.
established('without keepalive an idle connection is silent for ever', {}, (tcp) => {
  tcp.waits(1_000_000);
  tcp.has({ state: 'ESTABLISHED' });
  tcp.claims(DEFAULT_KEEPALIVE.idle === 7_200 * SECOND, 'the default is two hours');
});

const alive = { idle: 7_200 * SECOND, interval: 75 * SECOND, count: 3 };

// MAY-5, MUST-24, MUST-27, MUST-29, SHLD-12: an empty segment at SND.NXT - 1; one that goes unanswered means nothing.
established('an idle peer is asked, and given up after several unanswered questions', { keepalive: alive }, (tcp) => {
  for (const gap of [7_200, 75, 75]) {
    tcp.waits(gap * 1_000);
    tcp.sends('. 0:0(0) ack 1', 'keepalive');
  }
  tcp.waits(75_000);
  tcp.has({ state: 'CLOSED', failure: 'timed-out' });
});

established('an answer puts the next question off', { keepalive: alive }, (tcp) => {
  tcp.waits(7_200_000);
  tcp.sends('. 0:0(0) ack 1', 'keepalive');
  tcp.receives('. 1:1(0) ack 1');
  tcp.waits(7_200_000);
  tcp.sends('. 0:0(0) ack 1', 'keepalive');
  tcp.receives('. 1:1(0) ack 1');
  tcp.has({ state: 'ESTABLISHED' });
});

// MUST-26: only with nothing outstanding and nothing heard.
established('what is heard puts the first question off', { keepalive: alive }, (tcp) => {
  tcp.waits(7_000_000);
  tcp.receives('P. 1:11(10) ack 1');
  tcp.sends('. 1:1(0) ack 11');
  tcp.waits(7_199_999);
  tcp.sendsNothing();
  tcp.waits(1);
  tcp.sends('. 0:0(0) ack 11', 'keepalive');
});

established('with octets in flight nothing is asked', { keepalive: { ...alive, idle: SECOND / 2 } }, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.waits(999);
  tcp.sendsNothing();
  tcp.waits(1);
  tcp.sends('P. 1:11(10) ack 1', 'retransmission');
  tcp.receives('. 1:1(0) ack 11');
});

established('keepalive can be turned on and off', {}, (tcp) => {
  tcp.setsKeepalive({ idle: SECOND, interval: SECOND, count: 2 });
  tcp.waits(1_000);
  tcp.sends('. 0:0(0) ack 1', 'keepalive');
  tcp.setsKeepalive(undefined);
  tcp.waits(100_000);
  tcp.has({ state: 'ESTABLISHED' });
});

established('a keepalive is answered', {}, (tcp) => {
  tcp.receives('. 0:0(0) ack 1');
  tcp.sends('. 1:1(0) ack 1', 'challenge-ack');
});

// It lies left of what the peer has: SND.WL1 forbids the peer to take its window, so it settles no window update.
established('a keepalive does not stand for a window update', { wnd: 1000, keepalive: alive }, (tcp) => {
  tcp.receives('P. 1:1001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  tcp.holdsPolls(() => {
    tcp.waits(7_200_000);
    tcp.reads(1000);
  });
  tcp.sends('. 0:0(0) ack 1001 win 0', 'keepalive');
  tcp.sends('. 1:1(0) ack 1001 win 1000', 'window-update');
});
