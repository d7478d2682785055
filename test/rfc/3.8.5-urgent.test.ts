// Urgent data: RFC 9293 §3.8.5, SEND and RECEIVE (§3.10.2, §3.10.3), the sixth check (§3.10.7.4), and RFC 6093.
import { accepting, closed, connecting, established } from '../harness/conversation.ts';

// ---- the sender ----

// MUST-30, MUST-62: the pointer indicates the octet after the urgent data, counted from SEG.SEQ.
established('an urgent write sets URG, and the pointer stands after its last octet', {}, (tcp) => {
  tcp.writesUrgently(10);
  tcp.sends('PU. 1:11(10) ack 1 urg 10');
  tcp.has({ 'SND.UP': 11, 'SND.NXT': 11 });
  tcp.receives('. 1:1(0) ack 11');
  tcp.has({ 'SND.UP': null });

  tcp.writes(10);
  tcp.sends('P. 11:21(10) ack 1 urg 0');
});

// §3.8.5: "The absence of this flag indicates that there is no urgent data outstanding", so every segment before SND.UP has it.
established('each segment that begins before SND.UP carries URG, and none after', { mss: 1000 }, (tcp) => {
  tcp.writesUrgently(2500);
  tcp.writes(500);
  tcp.sends('U. 1:1001(1000) ack 1 urg 2500');
  tcp.sends('U. 1001:2001(1000) ack 1 urg 1500');
  tcp.sends('PU. 2001:3001(1000) ack 1 urg 500');
  tcp.writes(1000);
  tcp.sends('P. 3001:4001(1000) ack 1');
});

// MUST-31: the field has 16 bits; what lies beyond is pointed to by the segments that follow.
established('urgent data is of any length', { mss: 40_000, wnd: 65_535, sendBuffer: 200_000 }, (tcp) => {
  tcp.writesUrgently(150_000);
  tcp.sends('U. 1:40001(40000) ack 1 urg 65535');
  tcp.has({ 'SND.UP': 150_001 });
  tcp.receives('. 1:1(0) ack 40001');
  tcp.sends('U. 40001:80001(40000) ack 1 urg 65535');
  tcp.receives('. 1:1(0) ack 80001');
  tcp.sends('U. 80001:120001(40000) ack 1 urg 65535');
  tcp.receives('. 1:1(0) ack 120001');
  tcp.sends('PU. 120001:150001(30000) ack 1 urg 30000');
  tcp.receives('. 1:1(0) ack 150001');
  tcp.has({ 'SND.UP': null });
});

// The application hurries before the octets that make it hurry can come: RFC 6093 §3.1, "out of band" signalling in the band.
established('while the window is zero the pointer goes ahead of its octets', { wnd: 1000 }, (tcp) => {
  tcp.writes(1000);
  tcp.sends('P. 1:1001(1000) ack 1');
  tcp.receives('. 1:1(0) ack 1001 win 0');

  tcp.writesUrgently(10);
  tcp.sends('U. 1001:1001(0) ack 1 urg 10', 'urgent');
  tcp.hasReason('zero-window');
  // That segment may be lost, and no acknowledgment would tell: the probes say it again.
  tcp.waits(1_000);
  tcp.sends('U. 1001:1002(1) ack 1 urg 10', 'probe');
  tcp.receives('. 1:1(0) ack 1001 win 0');
  tcp.waits(2_000);
  tcp.sends('U. 1001:1002(1) ack 1 urg 10', 'probe');
  tcp.receives('. 1:1(0) ack 1001 win 1000');
  tcp.sends('PU. 1001:1011(10) ack 1 urg 10', 'text');
  tcp.receives('. 1:1(0) ack 1011');
  tcp.has({ 'SND.UP': null });
});

established(
  'a probe in Linux’s style carries it too, counted from its own place',
  { wnd: 1000, profile: 'linux' },
  (tcp) => {
    tcp.writes(1000);
    tcp.sends('P. 1:1001(1000) ack 1');
    tcp.receives('. 1:1(0) ack 1001 win 0');
    tcp.writesUrgently(10);
    tcp.sends('U. 1001:1001(0) ack 1 urg 10', 'urgent');
    tcp.waitsForTimer();
    tcp.sends('U. 1000:1000(0) ack 1 urg 11', 'probe');
  },
);

established('where a full window holds the octets back, the pointer goes ahead', { wnd: 2000, mss: 1000 }, (tcp) => {
  tcp.writes(2000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('P. 1001:2001(1000) ack 1');
  tcp.writesUrgently(10);
  tcp.sends('U. 2001:2001(0) ack 1 urg 10', 'urgent');
  tcp.hasReason('window-full');

  tcp.writesUrgently(10);
  tcp.sends('U. 2001:2001(0) ack 1 urg 20', 'urgent');
  // What was sent before the urgent octets were written says it when it is sent again.
  tcp.waits(1_000);
  tcp.sends('U. 1:1001(1000) ack 1 urg 2020', 'retransmission');
});

established('Nagle does not hold urgent octets', {}, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.writes(10);
  tcp.sendsNothing();
  tcp.hasReason('nagle');
  tcp.writesUrgently(1);
  tcp.sends('PU. 11:22(11) ack 1 urg 11');
});

established('only what found room is urgent', { wnd: 1000, sendBuffer: 1500 }, (tcp) => {
  tcp.writesUrgently(2000, 1500);
  tcp.has({ 'SND.UP': 1501 });
  tcp.sends('U. 1:1001(1000) ack 1 urg 1500');
  tcp.writesUrgently(500, 0); // without an octet nothing can be urgent
  tcp.has({ 'SND.UP': 1501 });
  tcp.sendsNothing();
});

// §3.10.2: SEND in SYN-SENT queues; "the urgent bit if requested in the command must be sent with the data segments".
connecting('what is written urgently before ESTABLISHED is urgent afterwards', {}, (tcp) => {
  tcp.writesUrgently(10);
  tcp.sendsNothing();
  tcp.receives('S. 0:0(0) ack 1 win 1000 <mss 1000>');
  tcp.sends('PU. 1:11(10) ack 1 urg 10');
});

accepting('the same after a passive open, and though the first window is zero', {}, (tcp) => {
  tcp.writesUrgently(10);
  tcp.sendsNothing();
  tcp.receives('. 1:1(0) ack 1 win 0');
  tcp.sends('U. 1:1(0) ack 1 urg 10', 'urgent');
});

established('the FIN after urgent octets is not urgent, and a RST never is', { mss: 1000 }, (tcp) => {
  tcp.writesUrgently(1000);
  tcp.closes();
  tcp.sends('PFU. 1:1001(1000) ack 1 urg 1000');
  tcp.aborts();
  tcp.sends('R 1002:1002(0)');
});

closed('SEND URGENT where there is no connection is an error in the RFC’s words', {}, (tcp) => {
  tcp.refuses((connection, now) => connection.writeUrgent(new Uint8Array(1), now), 'connection does not exist');
});

established('nor is anything urgent after CLOSE', {}, (tcp) => {
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 1');
  tcp.refuses((connection, now) => connection.writeUrgent(new Uint8Array(1), now), 'connection closing');
});

// ---- the receiver ----

// MUST-32, MUST-33.
established('urgent data is told of as it arrives, and how much is left to read', {}, (tcp) => {
  tcp.receives('. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 101');
  tcp.hasNoEvent('urgent');
  tcp.claims(tcp.connection.urgent === 0, 'the normal mode');

  tcp.receives('PU. 101:201(100) ack 1 urg 60');
  tcp.sends('. 1:1(0) ack 201');
  tcp.hasEvent('urgent');
  tcp.has({ 'RCV.UP': 161 });
  tcp.claims(tcp.connection.urgent === 160, 'the octets unread before it count');
  tcp.reads(30);
  tcp.claims(tcp.connection.urgent === 130, 'reading counts it down');
  tcp.reads(130);
  tcp.claims(tcp.connection.urgent === 0, 'the normal mode again');
  tcp.has({ 'RCV.UP': null, 'RCV.USER': 40 });
  tcp.reads(40);
});

// §3.9.1.3: "data following the urgent pointer cannot be delivered to the user in the same buffer".
established('one read never has urgent octets and those that follow them', {}, (tcp) => {
  tcp.receives('PU. 1:101(100) ack 1 urg 60');
  tcp.sends('. 1:1(0) ack 101');
  tcp.claims(tcp.connection.peek().length === 60 && tcp.connection.contiguous === 60, 'what is seen ends there');
  tcp.claims(tcp.connection.read(new Uint8Array(100), tcp.now) === 60, 'and so does a read');
  tcp.claims(tcp.connection.readable === 40, 'the rest is there');
  tcp.claims(tcp.connection.peek().length === 40 && tcp.connection.contiguous === 40, 'and can be seen now');
});

// MUST-32: "whenever it receives an urgent pointer and there was previously no pending urgent data, or whenever the urgent
// pointer advances in the data stream".
established('each advance of the pointer is told, its repetition is not', {}, (tcp) => {
  tcp.receives('U. 1:1(0) ack 1 urg 500');
  tcp.hasEvent('urgent');
  tcp.receives('U. 1:101(100) ack 1 urg 500');
  tcp.sends('. 1:1(0) ack 101');
  tcp.hasNoEvent('urgent');
  tcp.receives('U. 101:201(100) ack 1 urg 401');
  tcp.sends('. 1:1(0) ack 201');
  tcp.hasEvent('urgent');
  tcp.has({ 'RCV.UP': 502 });

  tcp.reads(200);
  tcp.receives('U. 201:502(301) ack 1 urg 301');
  tcp.sends('. 1:1(0) ack 502');
  tcp.hasNoEvent('urgent');
  tcp.reads(301);
  tcp.receives('U. 502:512(10) ack 1 urg 10');
  tcp.sends('. 1:1(0) ack 512');
  tcp.hasEvent('urgent');
});

// MUST-66: "A TCP receiver MUST process the RST and URG fields of all incoming segments, even when the receive window is zero".
established('URG is seen while the window is zero', { wnd: 1000 }, (tcp) => {
  tcp.receives('P. 1:1001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  tcp.receives('U. 1001:1001(0) ack 1 urg 10');
  tcp.hasEvent('urgent');
  tcp.has({ 'RCV.UP': 1011 });
  tcp.claims(tcp.connection.urgent === 1010, 'all that is unread, and ten that have not come');

  // A probe's octet is refused, its URG is not; nor is that of an empty probe, left of what is expected.
  tcp.receives('PU. 1001:1002(1) ack 1 urg 20');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  tcp.hasEvent('urgent');
  tcp.has({ 'RCV.UP': 1021 });
  tcp.receives('U. 1000:1000(0) ack 1 urg 31');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  tcp.hasEvent('urgent');
  tcp.has({ 'RCV.UP': 1031 });

  tcp.reads(1000);
  tcp.sends('. 1:1(0) ack 1001 win 1000');
  tcp.claims(tcp.connection.urgent === 30, 'what has not come yet');
  tcp.receives('PU. 1001:1041(40) ack 1 urg 30');
  tcp.sends('. 1:1(0) ack 1041');
  tcp.reads(30);
  tcp.reads(10);
  tcp.has({ 'RCV.UP': null });
});

// §3.8.5: 'the urgent pointer cannot "recede" in the sequence space, but a TCP receiver should be robust'.
established('RCV.UP never moves back', {}, (tcp) => {
  tcp.receives('U. 1:101(100) ack 1 urg 300');
  tcp.sends('. 1:1(0) ack 101');
  tcp.hasEvent('urgent');
  tcp.receives('U. 101:201(100) ack 1 urg 5'); // a smaller one, from a peer that is confused
  tcp.sends('. 1:1(0) ack 201');
  tcp.receives('U. 1:101(100) ack 1 urg 50'); // an old duplicate
  tcp.sends('. 1:1(0) ack 201');
  tcp.hasNoEvent('urgent');
  tcp.has({ 'RCV.UP': 301 });
  tcp.reads(200);

  tcp.receives('. 201:301(100) ack 1');
  tcp.sends('. 1:1(0) ack 301');
  tcp.reads(100);
  tcp.receives('U. 101:201(100) ack 1 urg 200'); // to where all is read already
  tcp.sends('. 1:1(0) ack 301');
  tcp.hasNoEvent('urgent');
  tcp.has({ 'RCV.UP': null });
});

established('segments 2^31 away do not move it either', { wnd: 10_000 }, (tcp) => {
  tcp.receives('U. 1:101(100) ack 1 urg 5000');
  tcp.sends('. 1:1(0) ack 101');
  tcp.hasEvent('urgent');
  tcp.receives('U. -2147483547:-2147483547(0) ack 1 urg 65535'); // 101 - 2^31: the oldest there can be
  tcp.sends('. 1:1(0) ack 101', 'challenge-ack');
  tcp.receives('U. -2147400000:-2147399990(10) ack 1 urg 9');
  tcp.sends('. 1:1(0) ack 101');
  tcp.hasNoEvent('urgent');
  tcp.has({ 'RCV.UP': 5001 });
});

established('a segment that overlaps what is here points where it pointed', {}, (tcp) => {
  tcp.receives('. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 101');
  tcp.reads(100);
  tcp.receives('U. 51:151(100) ack 1 urg 80');
  tcp.sends('. 1:1(0) ack 151');
  tcp.has({ 'RCV.UP': 131 });
  tcp.receives('U. 51:201(150) ack 1 urg 60'); // to 111, which is less
  tcp.sends('. 1:1(0) ack 201');
  tcp.has({ 'RCV.UP': 131 });
});

established('the pointer of a segment beyond a gap counts before the gap is filled', {}, (tcp) => {
  tcp.receives('U. 101:201(100) ack 1 urg 100');
  tcp.sends('. 1:1(0) ack 1');
  tcp.hasEvent('urgent');
  tcp.claims(tcp.connection.urgent === 200, 'from the first octet that is not read');
  tcp.receives('. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 201');
  tcp.reads(200);
  tcp.has({ 'RCV.UP': null });
});

established('the pointer means nothing without URG, nor in a segment that is not believed', {}, (tcp) => {
  tcp.receives('. 1:11(10) ack 1 urg 10');
  tcp.sends('. 1:1(0) ack 11');
  tcp.receives('U. 20011:20021(10) ack 1 urg 10'); // beyond the window
  tcp.sends('. 1:1(0) ack 11');
  tcp.receives('U. 11:21(10) ack 500 urg 10'); // acknowledges what was never sent
  tcp.sends('. 1:1(0) ack 11');
  tcp.receives('U 11:21(10) urg 10'); // has no ACK
  tcp.hasNoEvent('urgent');
  tcp.has({ 'RCV.UP': null });
});

established('a pointer of 0 calls nothing urgent', {}, (tcp) => {
  tcp.receives('U. 1:11(10) ack 1 urg 0');
  tcp.sends('. 1:1(0) ack 11');
  tcp.hasNoEvent('urgent');
});

// §3.10.7.4, sixth, CLOSE-WAIT and on: "This should not occur since a FIN has been received. Ignore the URG."
established('after the FIN nothing is urgent', {}, (tcp) => {
  tcp.receives('F. 1:1(0) ack 1');
  tcp.sends('. 1:1(0) ack 2');
  tcp.receives('U. 2:2(0) ack 1 urg 100');
  tcp.hasNoEvent('urgent');
});

established('what is pointed to beyond the FIN is not there', {}, (tcp) => {
  tcp.receives('FU. 1:11(10) ack 1 urg 500');
  tcp.sends('. 1:1(0) ack 12');
  tcp.hasEvent('urgent');
  tcp.claims(tcp.connection.urgent === 10, 'the stream ends after ten octets');
  tcp.reads(10);
  tcp.has({ 'RCV.UP': null });
});

established('a FIN alone ends an urgent mode that waits for more', {}, (tcp) => {
  tcp.receives('U. 1:11(10) ack 1 urg 500');
  tcp.sends('. 1:1(0) ack 11');
  tcp.reads(10);
  tcp.claims(tcp.connection.urgent === 490, 'more is to come');
  tcp.receives('F. 11:11(0) ack 1');
  tcp.sends('. 1:1(0) ack 12');
  tcp.has({ 'RCV.UP': null });
  tcp.hasNoEvent('urgent');
});

connecting('a SYN-ACK’s pointer counts from its SYN', {}, (tcp) => {
  tcp.receives('SU. 0:10(10) ack 1 win 1000 urg 6 <mss 1000>');
  tcp.sends('. 1:1(0) ack 11');
  tcp.hasEvent('urgent');
  tcp.has({ 'RCV.UP': 6 });
  tcp.reads(5);
  tcp.has({ 'RCV.UP': null, 'RCV.USER': 5 });
});

established('both ends may be urgent at once', {}, (tcp) => {
  tcp.writesUrgently(10);
  tcp.sends('PU. 1:11(10) ack 1 urg 10');
  tcp.receives('PU. 1:21(20) ack 11 urg 20');
  tcp.hasEvent('urgent');
  tcp.sends('. 11:11(0) ack 21');
  tcp.has({ 'SND.UP': null, 'RCV.UP': 21 });
  tcp.reads(20);
});
