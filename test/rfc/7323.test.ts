// Window scaling (RFC 7323 §2), timestamps (§3, §4) and PAWS (§5).
import { closed, connecting, established, listening } from '../harness/conversation.ts';

const MILLISECOND = 1_000_000;
const DAY = 86_400_000;

// §2.2: the option goes into SYN, and into SYN-ACK if the SYN had it; the windows of both are never scaled.
closed('the SYN offers the least shift that can say the buffer', { wnd: 1_000_000, windowScale: 'auto' }, (tcp) => {
  tcp.connects();
  tcp.sends('S 0:0(0) win 65520 <mss 1000,wscale 4>');
  tcp.receives('S. 0:0(0) ack 1 win 5000 <mss 1000,wscale 3>');
  tcp.has({ 'SND.WND': 5000, 'Snd.Wind.Shift': 3, 'Rcv.Wind.Shift': 4 });
  tcp.sends('. 1:1(0) ack 1 win 62500');
  tcp.receives('. 1:1(0) ack 1 win 5000');
  tcp.has({ 'SND.WND': 40_000 });
});

listening('a SYN-ACK scales if the SYN did', { wnd: 100_000, windowScale: 'auto' }, (tcp) => {
  tcp.receives('S 0:0(0) win 5000 <mss 1000,wscale 7>');
  tcp.sends('S. 0:0(0) ack 1 win 65534 <mss 1000,wscale 1>');
  tcp.receives('. 1:1(0) ack 1 win 5000');
  tcp.has({ 'SND.WND': 640_000, 'Snd.Wind.Shift': 7, 'Rcv.Wind.Shift': 1 });
});

listening('a SYN-ACK does not scale if the SYN did not', { wnd: 100_000, windowScale: 'auto' }, (tcp) => {
  tcp.receives('S 0:0(0) win 5000 <mss 1000>');
  tcp.sends('S. 0:0(0) ack 1 win 65535 <mss 1000>');
  tcp.receives('. 1:1(0) ack 1 win 5000');
  tcp.has({ 'SND.WND': 5000, 'Snd.Wind.Shift': 0, 'Rcv.Wind.Shift': 0 });
  tcp.receives('P. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 101 win 65435');
});

connecting('without the option in the SYN-ACK nothing is scaled', { wnd: 100_000, windowScale: 'auto' }, (tcp) => {
  tcp.receives('S. 0:0(0) ack 1 win 5000 <mss 1000>');
  tcp.has({ 'SND.WND': 5000, 'Snd.Wind.Shift': 0, 'Rcv.Wind.Shift': 0 });
  tcp.sends('. 1:1(0) ack 1 win 65534');
});

// §2.3: a larger shift is read as 14.
connecting('a shift over 14 is taken as 14', { windowScale: 0 }, (tcp) => {
  tcp.receives('S. 0:0(0) ack 1 win 5000 <mss 1000,wscale 15>');
  tcp.has({ 'Snd.Wind.Shift': 14 });
  tcp.sends('. 1:1(0) ack 1');
});

// §2.4: offers are rounded down; what was promised is taken all the same.
const coarse = { wnd: 1000, windowScale: 6, peer: { wnd: 1000, options: 'mss 1000,wscale 0' } };

established('a scaled window is rounded down, and the promised edge stays', coarse, (tcp) => {
  tcp.has({ 'RCV.WND': 960 });
  tcp.receives('P. 1:101(100) ack 1 win 1000');
  tcp.sends('. 1:1(0) ack 101 win 13');
  tcp.has({ 'RCV.WND': 860 });
  tcp.receives('P. 101:961(860) ack 1');
  tcp.sends('. 1:1(0) ack 961 win 0');
  tcp.has({ 'RCV.USER': 960 });
});

const stamped = { timestamps: true, timestampOffset: 1_000, peer: { options: 'mss 1000,TS val 700 ecr 1000' } };

// §3.2.
established('every segment carries a timestamp once both SYNs had one', stamped, (tcp) => {
  tcp.waits(5);
  tcp.receives('P. 1:11(10) ack 1 <TS val 750 ecr 1000>');
  tcp.sends('. 1:1(0) ack 11 <TS val 1005 ecr 750>');
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 11 <TS val 1005 ecr 750>');
  tcp.receives('. 11:11(0) ack 11 <TS val 751 ecr 1005>');
});

connecting('no timestamps if the peer’s SYN had none', { timestamps: true }, (tcp) => {
  tcp.receives('S. 0:0(0) ack 1 <mss 1000>');
  tcp.sends('. 1:1(0) ack 1 <>');
  tcp.receives('P. 1:11(10) ack 1');
  tcp.sends('. 1:1(0) ack 11 <>');
});

listening('no timestamps in the SYN-ACK unless the SYN had them', { timestamps: true }, (tcp) => {
  tcp.receives('S 0:0(0) <mss 1000>');
  tcp.sends('S. 0:0(0) ack 1 <mss 1000>');
});

listening('a SYN’s timestamp is echoed', { timestamps: true }, (tcp) => {
  tcp.receives('S 0:0(0) <mss 1000,TS val 42 ecr 0>');
  tcp.sends('S. 0:0(0) ack 1 <mss 1000,TS val 0 ecr 42>');
});

established('a segment without the timestamp that was agreed on is dropped', stamped, (tcp) => {
  tcp.receives('P. 1:11(10) ack 1');
  tcp.sendsNothing();
  tcp.has({ 'RCV.NXT': 1 });
});

// §4.3: TS.Recent comes from segments that begin at or before Last.ACK.sent.
established(
  'with acknowledgments delayed the earliest timestamp is echoed',
  { ...stamped, delayedAck: 40 * MILLISECOND },
  (tcp) => {
    tcp.receives('P. 1:11(10) ack 1 <TS val 710 ecr 1000>');
    tcp.receives('P. 11:21(10) ack 1 <TS val 720 ecr 1000>');
    tcp.waits(40);
    tcp.sends('. 1:1(0) ack 21 <TS val 1040 ecr 710>');
  },
);

established('a segment beyond a gap does not set TS.Recent', stamped, (tcp) => {
  tcp.receives('P. 11:21(10) ack 1 <TS val 790 ecr 1000>');
  tcp.sends('. 1:1(0) ack 1 <TS val 1000 ecr 700>');
  tcp.receives('P. 1:11(10) ack 1 <TS val 780 ecr 1000>');
  tcp.sends('. 1:1(0) ack 21 <TS val 1000 ecr 780>');
});

// §5.3, R3 after R2: or a single segment from anywhere could shut the peer out.
established('a segment outside the window does not set TS.Recent', { ...stamped, wnd: 1000 }, (tcp) => {
  tcp.receives('P. -500:-490(10) ack 1 <TS val 900000 ecr 1000>');
  tcp.sends('. 1:1(0) ack 1 <TS val 1000 ecr 700>');
  tcp.receives('P. 1:11(10) ack 1 <TS val 701 ecr 1000>');
  tcp.sends('. 1:1(0) ack 11 <TS val 1000 ecr 701>');
});

// §5.3, R1: PAWS.
established('an old timestamp marks an old segment', stamped, (tcp) => {
  tcp.receives('P. 1:11(10) ack 1 <TS val 699 ecr 1000>');
  tcp.sends('. 1:1(0) ack 1 <TS val 1000 ecr 700>');
  tcp.has({ 'RCV.NXT': 1 });
  tcp.receives('P. 1:11(10) ack 1 <TS val 700 ecr 1000>');
  tcp.sends('. 1:1(0) ack 11');
});

established(
  'timestamps come round at 2^32',
  { ...stamped, peer: { options: 'mss 1000,TS val 4294967290 ecr 0' } },
  (tcp) => {
    tcp.receives('P. 1:11(10) ack 1 <TS val 5 ecr 1000>');
    tcp.sends('. 1:1(0) ack 11 <TS val 1000 ecr 5>');
  },
);

established('our own timestamps come round at 2^32', { ...stamped, timestampOffset: 2 ** 32 - 3 }, (tcp) => {
  tcp.waits(10);
  tcp.writes(1);
  tcp.sends('P. 1:2(1) ack 1 <TS val 7 ecr 700>');
});

// §5.2.
established('a RST needs no timestamp', stamped, (tcp) => {
  tcp.receives('R 1:1(0)');
  tcp.has({ state: 'CLOSED', failure: 'reset' });
});

established('an old timestamp does not save from a RST', stamped, (tcp) => {
  tcp.receives('R 1:1(0) <TS val 3 ecr 0>');
  tcp.has({ state: 'CLOSED', failure: 'reset' });
});

// §5.5: after 24 days of silence TS.Recent is worth nothing.
established('TS.Recent expires after 24 idle days', stamped, (tcp) => {
  tcp.waits(24 * DAY - 1);
  tcp.receives('P. 1:11(10) ack 1 <TS val 600 ecr 1000>');
  tcp.sends('. 1:1(0) ack 1');
  tcp.waits(1);
  tcp.receives('P. 1:11(10) ack 1 <TS val 600 ecr 1000>');
  tcp.sends('. 1:1(0) ack 11');
});
