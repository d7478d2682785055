// When an acknowledgment leaves: RFC 9293 §3.8.6.3, delayed ACKs, and RFC 5681 §4.2; what waits beyond a gap (SHLD-31).
import { established } from '../harness/conversation.ts';

const delayed = { delayedAck: 40_000_000 };

// SHLD-18, MUST-40.
established('a lone segment is acknowledged after the delay', delayed, (tcp) => {
  tcp.receives('P. 1:101(100) ack 1');
  tcp.sendsNothing();
  tcp.has({ ackDue: 'delayed' });
  tcp.waits(39);
  tcp.sendsNothing();
  tcp.waits(1);
  tcp.sends('. 1:1(0) ack 101', 'ack');
});

// SHLD-19: every second full-sized segment, or 2 MSS of small ones.
established('every second full-sized segment is acknowledged at once', delayed, (tcp) => {
  tcp.receives('. 1:1001(1000) ack 1');
  tcp.sendsNothing();
  tcp.receives('. 1001:2001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 2001', 'ack');
  tcp.receives('. 2001:3001(1000) ack 1');
  tcp.receives('. 3001:4001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 4001', 'ack');
});

established('small segments are acknowledged by twos of MSS', delayed, (tcp) => {
  for (let at = 1; at <= 1_501; at += 500) {
    tcp.sendsNothing();
    tcp.receives(`. ${at}:${at + 500}(500) ack 1`);
  }
  tcp.sends('. 1:1(0) ack 2001');
});

established('the delay counts from the first segment that is not acknowledged', delayed, (tcp) => {
  tcp.receives('P. 1:101(100) ack 1');
  tcp.waits(30);
  tcp.receives('P. 101:201(100) ack 1');
  tcp.waits(10);
  tcp.sends('. 1:1(0) ack 201');
});

established('an acknowledgment rides on text', delayed, (tcp) => {
  tcp.receives('P. 1:101(100) ack 1');
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 101');
  tcp.receives('. 101:101(0) ack 11');
  tcp.waits(100);
});

established('a window update that also acknowledges is an acknowledgment', { ...delayed, wnd: 1500 }, (tcp) => {
  tcp.receives('P. 1:1001(1000) ack 1');
  tcp.sendsNothing();
  tcp.reads(1000);
  tcp.sends('. 1:1(0) ack 1001 win 1500', 'ack');
  tcp.waits(100);
});

established('a FIN is acknowledged at once', delayed, (tcp) => {
  tcp.receives('F. 1:1(0) ack 1');
  tcp.sends('. 1:1(0) ack 2', 'ack');
});

// MUST-58, MUST-59: "owed" is one mark, however many segments came before the driver asked.
established('what came before the poll is acknowledged once', {}, (tcp) => {
  for (let at = 1; at < 5_001; at += 1_000) tcp.receives(`. ${at}:${at + 1000}(1000) ack 1`);
  tcp.sends('. 1:1(0) ack 5001');
  tcp.sendsNothing();
});

// SHLD-31, MAY-13.
established('text beyond a gap is kept, and answered at once', delayed, (tcp) => {
  tcp.receives('. 1001:2001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 1', 'ack');
  tcp.has({ outOfOrder: 1000, outOfOrderRanges: 1, 'RCV.USER': 0 });
  tcp.receives('. 3001:4001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 1', 'ack');
  tcp.has({ outOfOrder: 2000, outOfOrderRanges: 2 });
  tcp.receives('. 1:1001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 2001', 'ack');
  tcp.receives('. 2001:3001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 4001', 'ack');
  tcp.has({ outOfOrder: 0, 'RCV.USER': 4000 });
  tcp.reads(4000);
  tcp.sends('. 1:1(0) ack 4001 win 10000', 'window-update');
});

established('overlapping pieces are put together', {}, (tcp) => {
  tcp.receives('. 301:501(200) ack 1');
  tcp.sends('. 1:1(0) ack 1');
  tcp.receives('. 201:401(200) ack 1');
  tcp.sends('. 1:1(0) ack 1');
  tcp.receives('. 401:601(200) ack 1');
  tcp.sends('. 1:1(0) ack 1');
  tcp.has({ outOfOrder: 400, outOfOrderRanges: 1 });
  tcp.receives('. 1:301(300) ack 1');
  tcp.sends('. 1:1(0) ack 601');
  tcp.reads(600);
});

// Bounded: a peer that sends every second octet cannot make us keep more than so many ranges.
established('too many gaps are refused', { wnd: 1000 }, (tcp) => {
  for (let at = 2; at <= 1000; at += 2) tcp.receives(`. ${at}:${at + 1}(1) ack 1`);
  tcp.sends('. 1:1(0) ack 1');
  tcp.has({ outOfOrder: 256, outOfOrderRanges: 256 });
  tcp.receives('. 1:1001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 1001');
  tcp.reads(1000);
  tcp.sends('. 1:1(0) ack 1001 win 1000');
});

// A window of one segment and a delayed acknowledgment: the sender's rate is W / (RTT + delay).
established('a window of one segment waits for every delayed acknowledgment', { ...delayed, wnd: 4000 }, (tcp) => {
  for (let at = 1; at <= 2_001; at += 1_000) {
    tcp.receives(`P. ${at}:${at + 1000}(1000) ack 1`);
    tcp.waits(40);
    tcp.sends(`. 1:1(0) ack ${at + 1000}`, 'ack');
  }
});
