// Closing a connection: RFC 9293 §3.6, and the FIN rows of §3.10.7.4.
import { accepting, closed, connecting, established, listening } from '../harness/conversation.ts';

// Figure 12, the left side.
established('the side that closes first ends in TIME-WAIT', {}, (tcp) => {
  tcp.closes();
  tcp.has({ state: 'FIN-WAIT-1' });
  tcp.sends('F. 1:1(0) ack 1');
  tcp.hasReason('closing');
  tcp.receives('. 1:1(0) ack 2');
  tcp.has({ state: 'FIN-WAIT-2' });
  tcp.receives('F. 1:1(0) ack 2');
  tcp.has({ state: 'TIME-WAIT' });
  tcp.sends('. 2:2(0) ack 2');
  tcp.hasEvent('peer-closed');
  tcp.hasEvent('finished');
  // MUST-13: 2 MSL.
  tcp.waits(239_999);
  tcp.has({ state: 'TIME-WAIT' });
  tcp.waits(1);
  tcp.has({ state: 'CLOSED', failure: null });
});

// Figure 12, the right side.
established('the side that closes second ends at once', {}, (tcp) => {
  tcp.receives('F. 1:1(0) ack 1');
  tcp.sends('. 1:1(0) ack 2');
  tcp.has({ state: 'CLOSE-WAIT' });
  tcp.hasEvent('peer-closed');
  tcp.hasNoEvent('finished');
  tcp.closes();
  tcp.has({ state: 'LAST-ACK' });
  tcp.sends('F. 1:1(0) ack 2');
  tcp.receives('. 2:2(0) ack 2');
  tcp.has({ state: 'CLOSED', failure: null });
  tcp.hasEvent('finished');
});

// Figure 13.
established('simultaneous closes meet', {}, (tcp) => {
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 1');
  tcp.receives('F. 1:1(0) ack 1');
  tcp.has({ state: 'CLOSING' });
  tcp.sends('. 2:2(0) ack 2');
  tcp.receives('. 2:2(0) ack 2');
  tcp.has({ state: 'TIME-WAIT' });
});

established('a FIN that acknowledges ours leads straight to TIME-WAIT', {}, (tcp) => {
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 1');
  tcp.receives('F. 1:1(0) ack 2');
  tcp.has({ state: 'TIME-WAIT' });
  tcp.sends('. 2:2(0) ack 2');
});

established('a FIN that comes again restarts the 2 MSL', {}, (tcp) => {
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 1');
  tcp.receives('F. 1:1(0) ack 2');
  tcp.sends('. 2:2(0) ack 2');
  tcp.waits(200_000);
  tcp.receives('F. 1:1(0) ack 2');
  tcp.sends('. 2:2(0) ack 2');
  tcp.waits(239_999);
  tcp.has({ state: 'TIME-WAIT' });
  tcp.waits(1);
  tcp.has({ state: 'CLOSED' });
});

established('a RST ends TIME-WAIT without a word', {}, (tcp) => {
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 1');
  tcp.receives('F. 1:1(0) ack 2');
  tcp.sends('. 2:2(0) ack 2');
  tcp.receives('R 2:2(0)');
  tcp.has({ state: 'CLOSED', failure: null });
});

established('a FIN leaves with the last of the text', {}, (tcp) => {
  tcp.writes(1500);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.closes();
  tcp.sends('FP. 1001:1501(500) ack 1');
  tcp.receives('. 1:1(0) ack 1502');
  tcp.has({ state: 'FIN-WAIT-2' });
});

established('a FIN that does not fit the window waits for it', { wnd: 1000 }, (tcp) => {
  tcp.writes(1000);
  tcp.closes();
  tcp.sends('P. 1:1001(1000) ack 1');
  tcp.sendsNothing();
  tcp.hasReason('window-full');
  tcp.receives('. 1:1(0) ack 1001');
  tcp.sends('F. 1001:1001(0) ack 1');
});

established('a lost FIN goes again', {}, (tcp) => {
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 1');
  tcp.waits(1_000);
  tcp.sends('F. 1:1(0) ack 1', 'retransmission');
  tcp.waits(2_000);
  tcp.sends('F. 1:1(0) ack 1', 'retransmission');
  tcp.receives('. 1:1(0) ack 2');
  tcp.has({ state: 'FIN-WAIT-2' });
});

established('lost text and its FIN go again together', {}, (tcp) => {
  tcp.writes(10);
  tcp.closes();
  tcp.sends('FP. 1:11(10) ack 1');
  tcp.waits(1_000);
  tcp.sends('FP. 1:11(10) ack 1', 'retransmission');
  tcp.receives('. 1:1(0) ack 12');
  tcp.has({ state: 'FIN-WAIT-2' });
});

// MAY-1's alternative, half-close: each direction ends by itself.
established('after closing, text still arrives', {}, (tcp) => {
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 1');
  tcp.receives('P. 1:101(100) ack 1');
  tcp.sends('. 2:2(0) ack 101');
  tcp.reads(100);
  tcp.receives('. 101:101(0) ack 2');
  tcp.receives('P. 101:201(100) ack 2');
  tcp.sends('. 2:2(0) ack 201');
  tcp.reads(100);
  tcp.has({ state: 'FIN-WAIT-2' });
});

established('after the peer has closed, text still leaves', {}, (tcp) => {
  tcp.receives('F. 1:1(0) ack 1');
  tcp.sends('. 1:1(0) ack 2');
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 2');
  tcp.receives('. 2:2(0) ack 11');
  tcp.has({ state: 'CLOSE-WAIT', reason: 'nothing-queued' });
});

established('text beyond the peer’s own FIN is ignored', {}, (tcp) => {
  tcp.receives('F. 1:1(0) ack 1');
  tcp.sends('. 1:1(0) ack 2');
  tcp.receives('P. 2:12(10) ack 1');
  tcp.has({ 'RCV.USER': 0, 'RCV.NXT': 2, state: 'CLOSE-WAIT' });
});

established('a FIN beyond a gap waits until the gap is filled', {}, (tcp) => {
  tcp.receives('FP. 101:201(100) ack 1');
  tcp.sends('. 1:1(0) ack 1');
  tcp.has({ state: 'ESTABLISHED' });
  tcp.claims(!tcp.connection.isPeerClosed, 'the peer has not closed yet');
  tcp.receives('. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 202');
  tcp.has({ state: 'CLOSE-WAIT' });
  tcp.claims(tcp.connection.isPeerClosed, 'now it has');
  tcp.reads(200);
});

established('a bare FIN beyond a gap waits likewise', {}, (tcp) => {
  tcp.receives('F. 101:101(0) ack 1');
  tcp.sends('. 1:1(0) ack 1');
  tcp.receives('. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 102');
  tcp.has({ state: 'CLOSE-WAIT' });
});

established('text beyond a FIN that is noted is cut off', {}, (tcp) => {
  tcp.receives('F. 101:101(0) ack 1');
  tcp.sends('. 1:1(0) ack 1');
  tcp.receives('P. 91:121(30) ack 1');
  tcp.sends('. 1:1(0) ack 1');
  tcp.receives('P. 111:121(10) ack 1');
  tcp.has({ outOfOrder: 10 });
  tcp.receives('. 1:91(90) ack 1');
  tcp.sends('. 1:1(0) ack 102');
  tcp.has({ state: 'CLOSE-WAIT', 'RCV.USER': 100 });
  tcp.reads(100);
});

established('a FIN before octets that are here already is not believed', {}, (tcp) => {
  tcp.receives('P. 101:201(100) ack 1');
  tcp.sends('. 1:1(0) ack 1');
  tcp.receives('F. 51:51(0) ack 1');
  tcp.receives('. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 201');
  tcp.has({ state: 'ESTABLISHED' });
  tcp.reads(200);
});

// MUST-12 and the rule about resets: the application is told, and what is in order stays readable.
established('a reset leaves what was received readable', {}, (tcp) => {
  tcp.receives('P. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 101');
  tcp.receives('R 101:101(0)');
  tcp.has({ state: 'CLOSED', failure: 'reset' });
  tcp.hasEvent('finished');
  tcp.reads(100);
});

established('a RST in CLOSE-WAIT, LAST-ACK or FIN-WAIT-2 is a reset', {}, (tcp) => {
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 1');
  tcp.receives('. 1:1(0) ack 2');
  tcp.receives('R 1:1(0)');
  tcp.has({ state: 'CLOSED', failure: 'reset' });
});

established('a RST after both FINs, before ours is acknowledged, is a reset all the same', {}, (tcp) => {
  tcp.receives('F. 1:1(0) ack 1');
  tcp.sends('. 1:1(0) ack 2');
  tcp.writes(10);
  tcp.closes();
  tcp.sends('FP. 1:11(10) ack 2');
  tcp.receives('R 2:2(0)');
  tcp.has({ state: 'CLOSED', failure: 'reset' });
});

// §3.10.5: an abort sends a RST.
established('an abort sends a RST at SND.NXT', {}, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.aborts();
  tcp.has({ state: 'CLOSED', failure: 'aborted' });
  tcp.sends('R 11:11(0)', 'reset');
  tcp.hasEvent('finished');
});

// RFC 5961 §3: a RST counts only exactly at RCV.NXT, and a probe's octet may have been taken or not.
established('an abort while a probe’s octet is out sends a RST at both places', {}, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.writes(10);
  tcp.waits(1_000);
  tcp.sends('. 1:2(1) ack 1', 'probe');
  tcp.aborts();
  tcp.sends('R 1:1(0)', 'reset');
  tcp.sends('R 2:2(0)', 'reset');
});

established('an abort leaves what was received readable', {}, (tcp) => {
  tcp.receives('P. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 101');
  tcp.aborts();
  tcp.sends('R 1:1(0)');
  tcp.reads(100);
});

accepting('an abort in SYN-RECEIVED sends a RST', {}, (tcp) => {
  tcp.aborts();
  tcp.sends('R 1:1(0)');
});

connecting('an abort or a close in SYN-SENT needs no segment', {}, (tcp) => {
  tcp.closes();
  tcp.has({ state: 'CLOSED', failure: 'aborted' });
});

listening('an abort or a close in LISTEN needs no segment', {}, (tcp) => {
  tcp.aborts();
  tcp.has({ state: 'CLOSED' });
});

established('an abort in TIME-WAIT ends it', {}, (tcp) => {
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 1');
  tcp.receives('F. 1:1(0) ack 2');
  tcp.sends('. 2:2(0) ack 2');
  tcp.aborts();
  tcp.has({ state: 'CLOSED', failure: null });
});

established('an abort in CLOSING or LAST-ACK needs no segment', {}, (tcp) => {
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 1');
  tcp.receives('F. 1:1(0) ack 1');
  tcp.sends('. 2:2(0) ack 2');
  tcp.aborts();
  tcp.has({ state: 'CLOSED', failure: 'aborted' });
});

accepting('a close in SYN-RECEIVED sends the FIN once the connection is there', {}, (tcp) => {
  tcp.closes();
  tcp.sendsNothing();
  tcp.receives('. 1:1(0) ack 1');
  tcp.has({ state: 'FIN-WAIT-1' });
  tcp.sends('F. 1:1(0) ack 1');
});

closed('closing what was never opened does nothing', {}, (tcp) => {
  tcp.closes();
  tcp.aborts();
  tcp.has({ state: 'CLOSED', failure: null });
});

established('in TIME-WAIT a SYN is challenged', {}, (tcp) => {
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 1');
  tcp.receives('F. 1:1(0) ack 2');
  tcp.sends('. 2:2(0) ack 2');
  tcp.receives('S 5000:5000(0)');
  tcp.sends('. 2:2(0) ack 2', 'challenge-ack');
  tcp.has({ state: 'TIME-WAIT' });
});
