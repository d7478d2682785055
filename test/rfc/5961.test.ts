// Blind attacks in the window: RFC 5961 §3 (RST), §4 (SYN), §5 (ACK), §10 (how often we answer).
import { accepting, established } from '../harness/conversation.ts';

// §3.2: three cases.
established('a RST exactly at RCV.NXT resets', {}, (tcp) => {
  tcp.receives('P. 1:11(10) ack 1');
  tcp.sends('. 1:1(0) ack 11');
  tcp.receives('R 11:11(0)');
  tcp.has({ state: 'CLOSED', failure: 'reset' });
});

established('a RST elsewhere in the window is challenged', { wnd: 1000 }, (tcp) => {
  tcp.receives('R 2:2(0)');
  tcp.sends('. 1:1(0) ack 1', 'challenge-ack');
  tcp.receives('R. 1000:1000(0) ack 1');
  tcp.sends('. 1:1(0) ack 1', 'challenge-ack');
  tcp.has({ state: 'ESTABLISHED' });
});

established('a RST outside the window is dropped without a word', { wnd: 1000 }, (tcp) => {
  tcp.receives('R 0:0(0)');
  tcp.receives('R 1001:1001(0)');
  tcp.receives('R 90000:90000(0)');
  tcp.sendsNothing();
  tcp.has({ state: 'ESTABLISHED' });
});

// SHLD-2.
established('a RST may carry text, and resets none the less', {}, (tcp) => {
  tcp.receives('R. 1:21(20) ack 1');
  tcp.has({ state: 'CLOSED', failure: 'reset', 'RCV.USER': 0 });
});

// §4.2.
established('a SYN is challenged wherever it lies', { wnd: 1000 }, (tcp) => {
  for (const at of [0, 1, 500, 1001, 70_000]) {
    tcp.receives(`S ${at}:${at}(0)`);
    tcp.sends('. 1:1(0) ack 1', 'challenge-ack');
  }
  tcp.has({ state: 'ESTABLISHED', 'RCV.NXT': 1 });
});

// §5.2 (MAY-12): SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.MAX.
established('an ACK of what was never sent is answered, and its text dropped', { wnd: 4000 }, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.receives('P. 1:101(100) ack 12');
  tcp.sends('. 11:11(0) ack 1', 'ack');
  tcp.has({ 'RCV.NXT': 1, 'SND.UNA': 1 });
});

established('an ACK too far behind is challenged, and its text dropped', { wnd: 4000 }, (tcp) => {
  tcp.writes(8000);
  for (let round = 0; round < 2; round++) {
    for (let at = 1 + round * 4000; at < 4000 * (round + 1); at += 1000)
      tcp.sends(`${at === 7001 ? 'P' : ''}. ${at}:${at + 1000}(1000)`);
    tcp.receives(`. 1:1(0) ack ${4001 + round * 4000}`);
  }
  tcp.receives('. 1:1(0) ack 4001');
  tcp.sendsNothing();
  tcp.receives('P. 1:101(100) ack 4001');
  tcp.sends('. 8001:8001(0) ack 101');
  tcp.receives('. 101:101(0) ack 4000');
  tcp.sends('. 8001:8001(0) ack 101', 'challenge-ack');
  tcp.receives('P. 101:201(100) ack 4000');
  tcp.sends('. 8001:8001(0) ack 101', 'ack');
  tcp.has({ 'RCV.NXT': 101 });
});

established('a segment without ACK is dropped', {}, (tcp) => {
  tcp.receives('P 1:101(100)');
  tcp.has({ 'RCV.NXT': 1 });
});

// §10: ten a second, so that two ends cannot challenge each other for ever; text and FIN are always answered.
established('challenges are limited to ten a second', {}, (tcp) => {
  for (let at = 0; at < 30; at++) {
    tcp.receives('S 5:5(0)');
    if (at < 10) tcp.sends('. 1:1(0) ack 1', 'challenge-ack');
    else tcp.sendsNothing();
  }
  tcp.waits(1_000);
  tcp.receives('R 5:5(0)');
  tcp.sends('. 1:1(0) ack 1', 'challenge-ack');
});

established('text out of the window is answered however often it comes', { wnd: 1000 }, (tcp) => {
  for (let at = 0; at < 30; at++) {
    tcp.receives('P. 2000:2010(10) ack 1');
    tcp.sends('. 1:1(0) ack 1', 'ack');
    tcp.receives('F. 2000:2000(0) ack 1');
    tcp.sends('. 1:1(0) ack 1', 'ack');
  }
});

established('empty segments out of the window are answered ten times a second', { wnd: 1000 }, (tcp) => {
  for (let at = 0; at < 30; at++) {
    tcp.receives('. 2000:2000(0) ack 1');
    if (at < 10) tcp.sends('. 1:1(0) ack 1');
    else tcp.sendsNothing();
  }
});

accepting('a blind RST or SYN outside the window leaves SYN-RECEIVED alone', {}, (tcp) => {
  tcp.receives('R 90000:90000(0)');
  tcp.sendsNothing();
  tcp.has({ state: 'SYN-RECEIVED' });
});
