// The window: RFC 9293 §3.8.6. A window that shrinks (MUST-34, MUST-35, SHLD-15 to SHLD-17), and one that slides.
import { established } from '../harness/conversation.ts';

established('the window slides with each acknowledgment', { wnd: 2000 }, (tcp) => {
  tcp.writes(4000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('. 1001:2001(1000) ack 1');
  tcp.sendsNothing();
  tcp.hasReason('window-full');
  tcp.receives('. 1:1(0) ack 1001');
  tcp.sends('. 2001:3001(1000) ack 1');
  tcp.receives('. 1:1(0) ack 3001');
  tcp.sends('P. 3001:4001(1000) ack 1');
});

established('an acknowledgment that keeps the right edge lets nothing leave', { wnd: 2000 }, (tcp) => {
  tcp.writes(4000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('. 1001:2001(1000) ack 1');
  tcp.receives('. 1:1(0) ack 1001 win 1000');
  tcp.sendsNothing();
  tcp.hasReason('window-full');
  tcp.receives('. 1:1(0) ack 2001 win 0');
  tcp.hasReason('zero-window');
});

// MUST-34, SHLD-15: U is negative, and nothing new leaves.
established('when the window shrinks nothing new leaves', { wnd: 4000 }, (tcp) => {
  tcp.writes(6000);
  for (let at = 1; at < 4000; at += 1000) tcp.sends(`. ${at}:${at + 1000}(1000) ack 1`);
  tcp.receives('. 1:1(0) ack 1 win 1000');
  tcp.has({ usable: -3000, 'SND.WND': 1000 });
  tcp.sendsNothing();
  tcp.hasReason('window-full');
});

// SHLD-16: only what lies within the window goes again; MAY-7 is not used.
established('of what is in flight only the part within the shrunk window goes again', { wnd: 4000 }, (tcp) => {
  tcp.writes(4000);
  for (let at = 1; at < 4000; at += 1000) tcp.sends(`${at === 3001 ? 'P' : ''}. ${at}:${at + 1000}(1000) ack 1`);
  tcp.receives('. 1:1(0) ack 1 win 1500');
  tcp.waits(1_000);
  tcp.sends('. 1:1001(1000) ack 1', 'retransmission');
  tcp.receives('. 1:1(0) ack 1001 win 500');
  tcp.sends('. 1001:1501(500) ack 1', 'retransmission');
  tcp.sendsNothing();
  tcp.receives('. 1:1(0) ack 1501 win 2500');
  tcp.sends('. 1501:2501(1000) ack 1', 'retransmission');
  tcp.sends('. 2501:3501(1000) ack 1', 'retransmission');
  tcp.sends('P. 3501:4001(500) ack 1', 'retransmission');
});

// SHLD-17: acknowledgments within the window are progress, however long the rest waits.
established('octets beyond a shrunk window do not time the connection out', { wnd: 4000 }, (tcp) => {
  tcp.writes(4000);
  for (let at = 1; at < 4000; at += 1000) tcp.sends(`${at === 3001 ? 'P' : ''}. ${at}:${at + 1000}(1000) ack 1`);
  tcp.receives('. 1:1(0) ack 1001 win 0');
  for (let probe = 0; probe < 20; probe++) {
    tcp.waitsForTimer();
    tcp.sends('. 1001:1002(1) ack 1', 'probe');
    tcp.receives('. 1:1(0) ack 1001 win 0');
  }
  tcp.has({ state: 'ESTABLISHED', reason: 'nothing-queued' });
  tcp.claims(tcp.now > 600e9, 'ten minutes have passed');
});

// MUST-35: shrunk to zero, it is probed like any other.
established('a window that shrinks to zero is probed, and reopens', { wnd: 2000 }, (tcp) => {
  tcp.writes(2000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('P. 1001:2001(1000) ack 1');
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.has({ usable: -2000 });
  tcp.waits(1_000);
  tcp.sends('. 1:2(1) ack 1', 'probe');
  tcp.receives('. 1:1(0) ack 2 win 1999');
  tcp.waitsForTimer();
  tcp.sends('. 2:1002(1000) ack 1', 'retransmission');
  tcp.receives('. 1:1(0) ack 2001 win 2000');
});

established('octets sent before the window shrank are acknowledged all the same', { wnd: 4000 }, (tcp) => {
  tcp.writes(4000);
  for (let at = 1; at < 4000; at += 1000) tcp.sends(`${at === 3001 ? 'P' : ''}. ${at}:${at + 1000}(1000) ack 1`);
  tcp.receives('. 1:1(0) ack 1 win 1000');
  tcp.receives('. 1:1(0) ack 4001 win 1000');
  tcp.has({ 'SND.UNA': 4001, usable: 1000 });
});

// Empty segments carry SND.NXT, or the right edge if that lies left of it: else a peer that shrank would refuse them.
established('after a shrink an acknowledgment lies at the right edge', { wnd: 4000 }, (tcp) => {
  tcp.writes(4000);
  for (let at = 1; at < 4000; at += 1000) tcp.sends(`${at === 3001 ? 'P' : ''}. ${at}:${at + 1000}(1000) ack 1`);
  tcp.receives('. 1:11(10) ack 1 win 1000');
  tcp.sends('. 1001:1001(0) ack 11');
});

// The promised edge: octets that were offered are taken, even when the reader has stopped since.
established('all that was ever offered is taken', { wnd: 4000 }, (tcp) => {
  tcp.receives('. 1:1001(1000) ack 1');
  tcp.receives('. 1001:2001(1000) ack 1');
  tcp.receives('. 2001:3001(1000) ack 1');
  tcp.receives('P. 3001:4001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 4001 win 0');
  tcp.reads(4000);
  tcp.sends('. 1:1(0) ack 4001 win 4000');
});
