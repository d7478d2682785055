// Silly windows: RFC 9293 §3.8.6.2.1, the sender (MUST-38), and §3.8.6.2.2, the receiver (MUST-39); and when a window update
// leaves by itself. Figures of RFC 813 and of Tanenbaum's example.
import { established } from '../harness/conversation.ts';

// (1) a whole segment.
established('a whole segment leaves, whatever the window', { wnd: 1000, peer: { wnd: 5500 } }, (tcp) => {
  tcp.writes(6000);
  for (let at = 1; at < 5000; at += 1000) tcp.sends(`. ${at}:${at + 1000}(1000) ack 1`);
  tcp.sendsNothing();
  tcp.hasReason('window-full');
});

// (2) all that is queued.
established('all that is queued leaves, if it fits the window', { peer: { wnd: 500 } }, (tcp) => {
  tcp.writes(500);
  tcp.sends('P. 1:501(500) ack 1');
});

// (3) half the widest window. RFC 813's example: 1000 offered, segments of 200; fifty octets left over by a push are not used.
const rfc813 = { mss: 200, peer: { wnd: 1000 } };

established('a usable window of a quarter is left alone', rfc813, (tcp) => {
  tcp.writes(50);
  tcp.sends('P. 1:51(50) ack 1');
  tcp.setsNagle('off');
  tcp.writes(2000);
  tcp.sends('. 51:251(200) ack 1');
  tcp.sends('. 251:451(200) ack 1');
  tcp.sends('. 451:651(200) ack 1');
  tcp.sends('. 651:851(200) ack 1');
  tcp.hasReason('window-full');
  tcp.has({ usable: 150 });
  tcp.receives('. 1:1(0) ack 51');
  tcp.sends('. 851:1051(200) ack 1');
  tcp.sendsNothing();
});

established('half the widest window leaves, though it fills no segment', { mss: 1000, peer: { wnd: 1000 } }, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 500');
  tcp.writes(2000);
  tcp.sends('. 1:501(500) ack 1');
  tcp.receives('. 1:1(0) ack 501 win 499');
  tcp.sendsNothing();
  tcp.hasReason('silly-window');
  tcp.waits(200);
  tcp.sends('. 501:1000(499) ack 1');
});

// (4) the override, 0.1 to 1 s: the only way out when a receiver has become smaller than it was.
established('with nothing in flight the override sends what the window takes', { peer: { wnd: 5000 } }, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 100');
  tcp.writes(2000);
  tcp.sendsNothing();
  tcp.hasReason('silly-window');
  tcp.waits(199);
  tcp.sendsNothing();
  tcp.waits(1);
  tcp.sends('. 1:101(100) ack 1', 'text');
  tcp.sendsNothing();
  tcp.receives('. 1:1(0) ack 101 win 100');
  tcp.waits(200);
  tcp.sends('. 101:201(100) ack 1');
  tcp.receives('. 1:1(0) ack 201 win 5000');
  tcp.sends('. 201:1201(1000) ack 1');
});

established('without avoidance the sender takes every sliver', { sillyWindowAvoidance: false }, (tcp) => {
  tcp.receives('. 1:1(0) ack 1 win 100');
  tcp.writes(300);
  tcp.sends('. 1:101(100) ack 1');
  tcp.receives('. 1:1(0) ack 101 win 1');
  tcp.sends('. 101:102(1) ack 1');
});

// MUST-39: the right edge stays until min(RCV.BUFF / 2, Eff.snd.MSS) is free.
established('a slow reader does not reopen the window in slivers', { wnd: 4000 }, (tcp) => {
  tcp.receives('P. 1:4001(4000) ack 1 win 4000');
  tcp.sends('. 1:1(0) ack 4001 win 0');
  tcp.hasOffering('zero');
  tcp.reads(999);
  tcp.sendsNothing();
  tcp.hasOffering('withheld');
  tcp.reads(1);
  tcp.sends('. 1:1(0) ack 4001 win 1000', 'window-update');
  tcp.hasOffering('open');
});

established('a buffer smaller than two segments reopens by half', { wnd: 1000 }, (tcp) => {
  tcp.receives('P. 1:1001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  tcp.reads(499);
  tcp.sendsNothing();
  tcp.reads(1);
  tcp.sends('. 1:1(0) ack 1001 win 500', 'window-update');
});

established('a buffer of one octet reopens whole', { wnd: 1 }, (tcp) => {
  tcp.receives('P. 1:2(1) ack 1');
  tcp.sends('. 1:1(0) ack 2 win 0');
  tcp.reads(1);
  tcp.sends('. 1:1(0) ack 2 win 1');
});

established('without avoidance the receiver offers every octet', { wnd: 4000, sillyWindowAvoidance: false }, (tcp) => {
  tcp.receives('P. 1:4001(4000) ack 1');
  tcp.sends('. 1:1(0) ack 4001 win 0');
  tcp.reads(1);
  tcp.sends('. 1:1(0) ack 4001 win 1', 'window-update');
  tcp.reads(1);
  tcp.sends('. 1:1(0) ack 4001 win 2', 'window-update');
});

// SHLD-14: the edge never moves left; as the buffer fills, the window shrinks by exactly what arrives.
established('the right edge never moves left', { wnd: 4000 }, (tcp) => {
  tcp.receives('P. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 101 win 3900');
  tcp.reads(100);
  tcp.sendsNothing();
  tcp.receives('P. 101:1101(1000) ack 1');
  tcp.sends('. 1:1(0) ack 1101 win 2900');
  tcp.reads(1000);
  tcp.receives('P. 1101:1201(100) ack 1');
  // 1100 octets have become free since the edge was set: it moves to the full 3900.
  tcp.sends('. 1:1(0) ack 1201 win 3900');
});

// A window update leaves by itself when the edge moves by min(2 MSS, half the buffer), or when the last offer was small.
established(
  'while the peer has a segment’s worth of window, news of it rides on the next ACK',
  { wnd: 10_000 },
  (tcp) => {
    tcp.receives('. 1:1001(1000) ack 1');
    tcp.sends('. 1:1(0) ack 1001 win 9000');
    tcp.reads(1000);
    tcp.sendsNothing();
    tcp.receives('. 1001:2001(1000) ack 1');
    tcp.sends('. 1:1(0) ack 2001 win 9000');
    tcp.receives('. 2001:3001(1000) ack 1');
    tcp.sends('. 1:1(0) ack 3001 win 8000');
    tcp.reads(1000);
    tcp.sendsNothing();
    tcp.reads(1000);
    tcp.sends('. 1:1(0) ack 3001 win 10000', 'window-update');
  },
);

established('a small buffer’s update leaves after half of it', { wnd: 3001 }, (tcp) => {
  tcp.receives('P. 1:502(501) ack 1');
  tcp.sends('. 1:1(0) ack 502 win 2500');
  tcp.receives('P. 502:1002(500) ack 1');
  tcp.receives('P. 1002:1502(500) ack 1');
  tcp.sends('. 1:1(0) ack 1502 win 1500');
  tcp.reads(1500);
  tcp.sendsNothing();
  tcp.reads(1);
  tcp.sends('. 1:1(0) ack 1502 win 3001', 'window-update');
});

// Tanenbaum's figure: 4 KiB of buffer, writes of 2 KiB and 3 KiB at the other end.
established('a buffer of 4 KiB fills, blocks its sender and reopens', { wnd: 4096, mss: 2048 }, (tcp) => {
  tcp.receives('P. 1:2049(2048) ack 1');
  tcp.sends('. 1:1(0) ack 2049 win 2048');
  tcp.receives('. 2049:4097(2048) ack 1');
  tcp.sends('. 1:1(0) ack 4097 win 0');
  tcp.reads(2048);
  tcp.sends('. 1:1(0) ack 4097 win 2048', 'window-update');
  tcp.receives('P. 4097:5121(1024) ack 1');
  tcp.sends('. 1:1(0) ack 5121 win 1024');
});

// Scaled windows: thresholds compare what the header can say, so that rounding never keeps a window shut.
const scaled = { wnd: 6, windowScale: 2, mss: 7, delayedAck: 499e6, peer: { options: 'mss 7,wscale 0' } } as const;

established('a promise that rounding hides is offered anew', scaled, (tcp) => {
  tcp.has({ 'Rcv.Wind.Shift': 2, 'RCV.WND': 4 });
  tcp.receives('P. 1:2(1) ack 1');
  tcp.reads(1);
  tcp.sends('. 1:1(0) ack 2 win 1');
  tcp.has({ 'RCV.WND': 4 });
});
