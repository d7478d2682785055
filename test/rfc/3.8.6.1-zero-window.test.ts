// Zero-window probing: RFC 9293 §3.8.6.1, in the RFC's style (one octet) and Linux's (none).
import { established } from '../harness/conversation.ts';

// MUST-36, SHLD-29, SHLD-30. The gaps of a probe are RTO, then twice as long each time, up to a minute.
established('a closed window is probed after one RTO, then ever less often', { wnd: 2000 }, (tcp) => {
  tcp.writes(3000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('. 1001:2001(1000) ack 1');
  tcp.receives('. 1:1(0) ack 2001 win 0');
  tcp.hasReason('zero-window');
  for (const gap of [1, 2, 4, 8, 16, 32, 60, 60, 60]) {
    tcp.waits(gap * 1_000);
    tcp.sends('. 2001:2002(1) ack 1', 'probe');
    tcp.has({ 'SND.NXT': 2001, 'SND.MAX': 2002 });
    tcp.receives('. 1:1(0) ack 2001 win 0');
  }
  tcp.receives('. 1:1(0) ack 2001 win 2000');
  tcp.sends('P. 2001:3001(1000) ack 1', 'text');
  tcp.receives('. 1:1(0) ack 3001');
  tcp.claims(tcp.connection.tcb.tally.sendWindowZero.count === 1, 'one period of zero window is counted');
  tcp.claims(tcp.connection.tcb.tally.sendWindowZero.total(tcp.now) === 243e9, 'it lasted 243 s');
});

// The same in Linux's profile: gaps from an RTO of 200 ms.
established('in Linux’s profile the gaps begin at 200 ms', { wnd: 2000, profile: 'linux', rtt: 10 }, (tcp) => {
  tcp.writes(3000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('. 1001:2001(1000) ack 1');
  tcp.receives('. 1:1(0) ack 2001 win 0');
  for (const gap of [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 120]) {
    tcp.waits(gap * 1_000);
    tcp.sends('. 2000:2000(0) ack 1', 'probe');
    tcp.has({ 'SND.NXT': 2001, 'SND.MAX': 2001 });
    tcp.receives('. 1:1(0) ack 2001 win 0');
  }
  tcp.receives('. 1:1(0) ack 2001 win 2000');
  tcp.sends('P. 2001:3001(1000) ack 1');
});

// MUST-37 and MAY-8: two hours of answers, and still there; a probe interval longer than R2 changes nothing.
for (const profile of ['rfc', 'linux'] as const) {
  established(`a peer that answers every probe may keep its window shut for ever (${profile})`, { profile }, (tcp) => {
    tcp.receives('. 1:1(0) ack 1 win 0');
    tcp.writes(10);
    for (let probes = 0; probes < 130; probes++) {
      tcp.waitsForTimer();
      tcp.sends(profile === 'rfc' ? '. 1:2(1) ack 1' : '. 0:0(0) ack 1', 'probe');
      tcp.waits(50);
      tcp.receives('. 1:1(0) ack 1 win 0');
    }
    tcp.has({ state: 'ESTABLISHED', reason: 'zero-window' });
    tcp.claims(tcp.now > 7_000e9, 'two hours have passed');
  });
}

established('a peer that answers no probe is given up after R2', {}, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.writes(10);
  for (const gap of [1, 2, 4, 8, 16, 32]) {
    tcp.waits(gap * 1_000);
    tcp.sends('. 1:2(1) ack 1', 'probe');
  }
  tcp.waits(60_000);
  tcp.has({ state: 'CLOSED', failure: 'timed-out' });
  tcp.hasEvent('finished');
});

established('each time the window closes the gaps begin anew', {}, (tcp) => {
  for (let round = 0; round < 3; round++) {
    const at = 1 + round * 10;
    tcp.receives(`. 1:1(0) ack ${at} win 0`);
    tcp.writes(10);
    for (const gap of [1, 2, 4]) {
      tcp.waits(gap * 1_000);
      tcp.sends(`. ${at}:${at + 1}(1) ack 1`, 'probe');
      tcp.receives(`. 1:1(0) ack ${at} win 0`);
    }
    tcp.receives(`. 1:1(0) ack ${at} win 10`);
    tcp.sends(`P. ${at}:${at + 10}(10) ack 1`);
    tcp.receives(`. 1:1(0) ack ${at + 10} win 10`);
  }
});

// A probe is answered by accepting its octet: the update that opened the window was lost.
established('a probe’s octet that was taken moves SND.NXT', {}, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.writes(1500);
  tcp.waits(1_000);
  tcp.sends('. 1:2(1) ack 1', 'probe');
  tcp.has({ 'SND.UNA': 1, 'SND.NXT': 1, 'SND.MAX': 2 });
  tcp.receives('. 1:1(0) ack 2 win 4000');
  tcp.has({ 'SND.UNA': 2, 'SND.NXT': 2, 'SND.MAX': 2, srtt: 0 });
  tcp.sends('. 2:1002(1000) ack 1', 'text');
  tcp.receives('. 1:1(0) ack 1002');
  tcp.sends('P. 1002:1501(499) ack 1', 'text');
  tcp.claims(tcp.connection.tcb.tally.octetsSent === 1500, 'the octet that was taken is counted as sent');
});

established('a probe’s octet that was refused is sent again with the text', {}, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.writes(100);
  tcp.waits(1_000);
  tcp.sends('. 1:2(1) ack 1', 'probe');
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.receives('. 1:1(0) ack 1 win 4000');
  tcp.sends('P. 1:101(100) ack 1', 'text');
  tcp.has({ 'SND.MAX': 101 });
});

// No RTT sample from a probe's octet, nor from the text that begins with it: either may be what is acknowledged.
established('a probe gives no RTT sample', { rtt: 100 }, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.writes(1);
  tcp.waits(1_000);
  tcp.sends('P. 1:2(1) ack 1', 'probe');
  tcp.receives('. 1:1(0) ack 1 win 4000');
  tcp.sends('P. 1:2(1) ack 1', 'text');
  tcp.waits(700);
  tcp.receives('. 1:1(0) ack 2');
  tcp.has({ srtt: 100e6 });
});

// With octets in flight the probe is the one at SND.UNA, and the retransmission timer stands down.
established('with octets in flight the probe is the first of them', {}, (tcp) => {
  tcp.writes(2000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('P. 1001:2001(1000) ack 1');
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.waits(1_000);
  tcp.sends('. 1:2(1) ack 1', 'probe');
  tcp.has({ 'SND.NXT': 2001, 'SND.MAX': 2001 });
  tcp.waits(2_000);
  tcp.sends('. 1:2(1) ack 1', 'probe');
  tcp.receives('. 1:1(0) ack 2 win 0');
  tcp.waits(4_000);
  tcp.sends('. 2:3(1) ack 1', 'probe');
  tcp.receives('. 1:1(0) ack 2 win 4000');
  tcp.waits(1_000);
  tcp.sends('. 2:1002(1000) ack 1', 'retransmission');
  tcp.receives('. 1:1(0) ack 2001');
});

// R2 does not count the time in which the window was shut and every probe answered.
established('after a long zero window, what is in flight has its whole R2', {}, (tcp) => {
  tcp.writes(1000);
  tcp.sends('P. 1:1001(1000) ack 1');
  tcp.receives('. 1:1(0) ack 1 win 0');
  for (let probe = 0; probe < 10; probe++) {
    tcp.waitsForTimer();
    tcp.sends('. 1:2(1) ack 1', 'probe');
    tcp.receives('. 1:1(0) ack 1 win 0');
  }
  tcp.receives('. 1:1(0) ack 1 win 4000');
  for (let gap = 1_000; gap <= 4_000; gap *= 2) {
    tcp.waits(gap);
    tcp.sends('P. 1:1001(1000) ack 1', 'retransmission');
  }
  tcp.receives('. 1:1(0) ack 1001');
  tcp.has({ state: 'ESTABLISHED' });
});

// A FIN is an octet: behind a zero window it waits, is the probe, and is refused like text.
established('a FIN waits at a zero window, and is the probe', {}, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.closes();
  tcp.has({ state: 'FIN-WAIT-1', reason: 'zero-window' });
  tcp.waits(1_000);
  tcp.sends('F. 1:1(0) ack 1', 'probe');
  tcp.has({ 'SND.NXT': 1, 'SND.MAX': 2 });
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.hasReason('zero-window');
  tcp.waits(2_000);
  tcp.sends('F. 1:1(0) ack 1', 'probe');
  tcp.receives('. 1:1(0) ack 1 win 10');
  tcp.sends('F. 1:1(0) ack 1', 'text');
  tcp.hasReason('closing');
  tcp.receives('. 1:1(0) ack 2 win 10');
  tcp.has({ state: 'FIN-WAIT-2' });
});

established('a FIN that is taken as a probe is acknowledged', {}, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.closes();
  tcp.waits(1_000);
  tcp.sends('F. 1:1(0) ack 1', 'probe');
  tcp.receives('. 1:1(0) ack 2 win 0');
  tcp.has({ state: 'FIN-WAIT-2', 'SND.NXT': 2, reason: 'closing' });
  tcp.waits(100_000);
});

established('text before the FIN is probed first', {}, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.writes(1);
  tcp.closes();
  tcp.waits(1_000);
  tcp.sends('P. 1:2(1) ack 1', 'probe');
  tcp.receives('. 1:1(0) ack 2 win 0');
  tcp.waits(2_000);
  tcp.sends('F. 2:2(0) ack 1', 'probe');
  tcp.receives('. 1:1(0) ack 3 win 0');
  tcp.has({ state: 'FIN-WAIT-2' });
});

// Nothing is probed without something to send (and a probe that is due is forgotten with it).
established('without anything to send a zero window is not probed', {}, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.hasReason('nothing-queued');
  tcp.waits(1_000_000);
});

established('a probe that was due when the last octet was acknowledged does not leave', {}, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.holdsPolls(() => {
    tcp.waits(1_000);
    tcp.receives('. 1:1(0) ack 11 win 0');
  });
  tcp.sendsNothing();
  tcp.has({ 'SND.UNA': 11, 'SND.MAX': 11 });
  // The next wait at a closed window begins with one RTO again (of a sample of 0 and one of 1 s).
  tcp.writes(10);
  tcp.waits(1_125);
  tcp.sends('. 11:12(1) ack 1', 'probe');
});

// Window updates that are lost: the next probe finds out.
established('a lost window update costs no more than the wait for the next probe', {}, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.writes(10);
  tcp.waits(1_000);
  tcp.sends('. 1:2(1) ack 1', 'probe');
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.waits(2_000);
  tcp.sends('. 1:2(1) ack 1', 'probe');
  tcp.waits(50);
  tcp.receives('. 1:1(0) ack 2 win 4000');
  tcp.sends('P. 2:11(9) ack 1', 'text');
});

// The receiving side. MUST-66, and §3.10.7.4's special allowance: at a zero window text is refused, everything else counts.
established('at a zero window text is refused, but its ACK and its window count', { wnd: 1000 }, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.receives('P. 1:1001(1000) ack 1');
  tcp.sends('. 11:11(0) ack 1001 win 0');
  tcp.hasOffering('zero');
  tcp.receives('. 1001:1002(1) ack 11 win 700');
  tcp.has({ 'SND.UNA': 11, 'SND.WND': 700, 'RCV.NXT': 1001, 'RCV.USER': 1000 });
  tcp.sends('. 11:11(0) ack 1001 win 0');
});

established('at a zero window a RST at RCV.NXT counts', { wnd: 1000 }, (tcp) => {
  tcp.receives('P. 1:1001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  tcp.receives('R 1001:1001(0)');
  tcp.has({ state: 'CLOSED', failure: 'reset' });
  tcp.reads(1000);
});

established('at a zero window a FIN is refused', { wnd: 1000 }, (tcp) => {
  tcp.receives('P. 1:1001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  tcp.receives('F. 1001:1001(0) ack 1');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  tcp.has({ state: 'ESTABLISHED' });
  tcp.reads(1000);
  tcp.sends('. 1:1(0) ack 1001 win 1000', 'window-update');
  tcp.receives('F. 1001:1001(0) ack 1');
  tcp.sends('. 1:1(0) ack 1002');
  tcp.has({ state: 'CLOSE-WAIT' });
});

established('a probe of no octets, left of RCV.NXT, is answered', { wnd: 1000 }, (tcp) => {
  tcp.receives('P. 1:1001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  for (let probe = 0; probe < 3; probe++) {
    tcp.waits(200);
    tcp.receives('. 1000:1000(0) ack 1');
    tcp.sends('. 1:1(0) ack 1001 win 0');
  }
});

// Both ends at zero window, and their probes cross: each processes the other's ACK, and no ACK answers an ACK.
established('probes that cross end in silence', { wnd: 1000 }, (tcp) => {
  tcp.writes(1010);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.receives('. 1:1001(1000) ack 1001 win 0');
  tcp.sends('. 1001:1001(0) ack 1001 win 0');
  tcp.waits(1_000);
  tcp.sends('. 1001:1002(1) ack 1001 win 0', 'probe');
  tcp.receives('. 1001:1002(1) ack 1001 win 0');
  tcp.sends('. 1001:1001(0) ack 1001 win 0', 'ack');
  tcp.receives('. 1001:1001(0) ack 1001 win 0');
  tcp.sendsNothing();
  tcp.has({ 'SND.NXT': 1001, 'SND.MAX': 1002, 'RCV.NXT': 1001 });
});

// RFC 9293 Appendix A.2: an empty segment exactly at the right edge.
established('an empty segment at the right edge is acceptable', { wnd: 1000 }, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.receives('. 1001:1001(0) ack 11');
  tcp.has({ 'SND.UNA': 11 });
  tcp.sendsNothing();
});
