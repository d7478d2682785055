// Sequence numbers: RFC 9293 §3.4, table 6 of §3.10.7.4 row by row, and what is trimmed. Every conversation of these tests
// also runs across 2^31 and 2^32 (MUST-1: windows and sequence numbers are unsigned).
import { established } from '../harness/conversation.ts';

// Table 6, length 0, window 0.
established('with a closed window only an empty segment at RCV.NXT is acceptable', { wnd: 1000 }, (tcp) => {
  tcp.writes(30);
  tcp.sends('P. 1:31(30) ack 1');
  tcp.receives('P. 1:1001(1000) ack 1');
  tcp.sends('. 31:31(0) ack 1001 win 0');
  tcp.receives('. 1001:1001(0) ack 11');
  tcp.sendsNothing();
  tcp.has({ 'SND.UNA': 11 });
  tcp.receives('. 1002:1002(0) ack 21');
  tcp.sends('. 31:31(0) ack 1001 win 0');
  tcp.has({ 'SND.UNA': 11 });
});

// Table 6, length 0, window open: RCV.NXT =< SEG.SEQ < RCV.NXT + RCV.WND, and the right edge itself (Appendix A.2).
established('an empty segment is acceptable from RCV.NXT to the right edge', { wnd: 1000 }, (tcp) => {
  tcp.writes(50);
  tcp.sends('P. 1:51(50) ack 1');
  tcp.receives('. 1:1(0) ack 11');
  tcp.receives('. 1000:1000(0) ack 21');
  tcp.receives('. 1001:1001(0) ack 31');
  tcp.sendsNothing();
  tcp.has({ 'SND.UNA': 31 });
  tcp.receives('. 1002:1002(0) ack 41');
  tcp.sends('. 51:51(0) ack 1', 'challenge-ack');
  tcp.has({ 'SND.UNA': 31 });
});

// Table 6, length over 0, window 0: not acceptable, yet answered.
established('with a closed window text is refused and answered', { wnd: 1000 }, (tcp) => {
  tcp.receives('P. 1:1001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  tcp.receives('P. 1001:1101(100) ack 1');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  tcp.has({ 'RCV.NXT': 1001, 'RCV.USER': 1000 });
});

// Table 6, length over 0, window open: the first or the last octet lies in the window.
established('text beyond the window is refused and answered', { wnd: 1000 }, (tcp) => {
  tcp.receives('P. 1001:1011(10) ack 1');
  tcp.sends('. 1:1(0) ack 1 win 1000', 'ack');
  tcp.receives('P. 5001:5011(10) ack 1');
  tcp.sends('. 1:1(0) ack 1 win 1000', 'ack');
  tcp.has({ outOfOrder: 0, 'RCV.NXT': 1 });
});

established('text is trimmed to the window on the right, and its FIN with it', { wnd: 1000 }, (tcp) => {
  tcp.receives('FP. 1:1501(1500) ack 1');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  tcp.has({ state: 'ESTABLISHED', 'RCV.NXT': 1001 });
  tcp.reads(1000);
  tcp.sends('. 1:1(0) ack 1001 win 1000');
});

established('a FIN just beyond the window is cut off', { wnd: 1000 }, (tcp) => {
  tcp.receives('FP. 1:1001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  tcp.has({ state: 'ESTABLISHED' });
});

established('text is trimmed to the window on the left', { wnd: 1000 }, (tcp) => {
  tcp.receives('P. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 101');
  tcp.receives('P. 51:201(150) ack 1');
  tcp.sends('. 1:1(0) ack 201');
  tcp.reads(200);
});

established('text that is here already is answered, and not taken twice', {}, (tcp) => {
  tcp.receives('P. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 101');
  tcp.receives('P. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 101', 'ack');
  tcp.reads(100);
});

// A segment wholly left of RCV.NXT loses its text; its ACK and its window are no older for that.
established('an old segment’s ACK and window count', {}, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.receives('P. 1:101(100) ack 1');
  tcp.sends('. 11:11(0) ack 101');
  tcp.receives('P. 1:101(100) ack 11 win 700');
  tcp.sends('. 11:11(0) ack 101');
  tcp.has({ 'SND.UNA': 11, 'SND.WND': 700 });
});

established('a segment half the sequence space away changes nothing', {}, (tcp) => {
  tcp.receives(`P. ${2 ** 31 - 5}:${2 ** 31 + 5}(10) ack 1`);
  tcp.sends('. 1:1(0) ack 1');
  tcp.receives(`. ${-(2 ** 31) + 10}:${-(2 ** 31) + 10}(0) ack 1 win 5`);
  tcp.sends('. 1:1(0) ack 1');
  tcp.has({ 'SND.WND': 10_000, 'RCV.NXT': 1 });
});

// SND.NXT never moves left; retransmission has a cursor of its own.
established('a retransmission leaves SND.NXT where it is', {}, (tcp) => {
  tcp.writes(2000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('P. 1001:2001(1000) ack 1');
  tcp.waits(1_000);
  tcp.sends('. 1:1001(1000) ack 1', 'retransmission');
  tcp.has({ 'SND.NXT': 2001, 'SND.UNA': 1 });
  tcp.receives('. 1:1(0) ack 2001');
  tcp.has({ 'SND.UNA': 2001 });
});

// SND.WL1: a pure ACK overtakes the text sent before it, so the window it carries is the newer one.
established('an overtaken segment does not bring back its window', { wnd: 4000 }, (tcp) => {
  tcp.writes(1000);
  tcp.sends('P. 1:1001(1000) ack 1');
  tcp.receives('. 11:11(0) ack 1001 win 500');
  tcp.receives('P. 1:11(10) ack 1001 win 4000');
  tcp.has({ 'SND.WND': 500, 'SND.WL1': 11, 'RCV.NXT': 11 });
  tcp.sends('. 1001:1001(0) ack 11');
});

established('of two windows at one sequence number the one with the later ACK counts', { wnd: 4000 }, (tcp) => {
  tcp.writes(2000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('P. 1001:2001(1000) ack 1');
  tcp.receives('. 1:1(0) ack 2001 win 3000');
  tcp.receives('. 1:1(0) ack 1001 win 9000');
  tcp.has({ 'SND.WND': 3000, 'SND.WL2': 2001, 'SND.UNA': 2001 });
});

// updateWindow comes after acknowledge: an overtaken ACK that is new moves SND.UNA, and the right edge stays.
established('an ACK whose window is stale leaves the right edge where it was', { wnd: 4000 }, (tcp) => {
  tcp.writes(2000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('P. 1001:2001(1000) ack 1');
  tcp.receives('. 11:11(0) ack 1 win 4000');
  tcp.receives('P. 1:11(10) ack 1001 win 9000');
  tcp.has({ 'SND.UNA': 1001, 'SND.WND': 3000, 'SND.WL1': 11 });
  tcp.sends('. 2001:2001(0) ack 11');
  tcp.receives('. 11:11(0) ack 2001');
});

// RFC 5961 §5. 2^31 away no number is left or right of another; and a peer that has never offered a window leaves one ACK only.
established('an acknowledgment 2^31 away is none', { peer: { wnd: 0 } }, (tcp) => {
  tcp.receives('. 1:1(0) ack 2147483649');
  tcp.sends('. 1:1(0) ack 1', 'challenge-ack');
  tcp.has({ 'SND.UNA': 1 });
});
