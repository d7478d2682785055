// The application's calls: RFC 9293 §3.10.1 to §3.10.6, and the news it is told (§3.9.1.8).
import { closed, connecting, established, listening } from '../harness/conversation.ts';

const octet = new Uint8Array(1);

// §3.10.1.
closed('an open of what is open is an error', {}, (tcp) => {
  tcp.listens();
  tcp.refuses((connection, now) => connection.listen(now), 'connection already exists');
});

closed('a passive open may become active', {}, (tcp) => {
  tcp.listens();
  tcp.connects();
  tcp.has({ state: 'SYN-SENT' });
  tcp.sends('S 0:0(0)');
});

connecting('a second active open is an error', {}, (tcp) => {
  tcp.refuses((connection, now) => connection.connect(now), 'connection already exists');
});

established('what has ended is not opened again', {}, (tcp) => {
  tcp.receives('R 1:1(0)');
  tcp.refuses((connection, now) => connection.connect(now), 'connection already exists');
});

// §3.10.2.
closed('a write to what does not exist is an error', {}, (tcp) => {
  tcp.refuses((connection, now) => connection.write(octet, now), 'connection does not exist');
});

established('a write after close is an error', {}, (tcp) => {
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 1');
  tcp.refuses((connection, now) => connection.write(octet, now), 'connection closing');
});

established('a write after a reset is an error', {}, (tcp) => {
  tcp.receives('R 1:1(0)');
  tcp.refuses((connection, now) => connection.write(octet, now), 'connection does not exist');
});

listening('a write in LISTEN leaves with the connection', {}, (tcp) => {
  tcp.writes(10);
  tcp.sendsNothing();
  tcp.receives('S 0:0(0) <mss 1000>');
  tcp.sends('S. 0:0(0) ack 1');
  tcp.receives('. 1:1(0) ack 1');
  tcp.sends('P. 1:11(10) ack 1');
  tcp.receives('. 1:1(0) ack 11');
});

established('a write takes as much as there is room for, and the rest is told of', { sendBuffer: 1500 }, (tcp) => {
  tcp.writes(4000, 1500);
  tcp.writes(10, 0);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.hasNoEvent('writable');
  tcp.receives('. 1:1(0) ack 1001');
  tcp.hasEvent('writable');
  tcp.sends('P. 1001:1501(500) ack 1');
  tcp.writes(2000, 1000);
  tcp.sends('P. 1501:2501(1000) ack 1');
  tcp.receives('. 1:1(0) ack 2501');
});

// By the quarter of the buffer while there are whole segments to send, so that a bulk transfer is not written in slivers.
established('room is told of by the quarter', { wnd: 2000, sendBuffer: 8000 }, (tcp) => {
  tcp.writes(9000, 8000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('. 1001:2001(1000) ack 1');
  tcp.receives('. 1:1(0) ack 1001');
  tcp.hasNoEvent('writable');
  tcp.sends('. 2001:3001(1000) ack 1');
  tcp.receives('. 1:1(0) ack 2001');
  tcp.hasEvent('writable');
  tcp.sends('. 3001:4001(1000) ack 1');
});

established('a reset tells no one that there is room', { sendBuffer: 1000 }, (tcp) => {
  tcp.writes(4000, 1000);
  tcp.sends('P. 1:1001(1000) ack 1');
  tcp.receives('R 1:1(0)');
  tcp.hasEvent('finished');
  tcp.hasNoEvent('writable');
});

established('room that an ACK made is not told when a RST came with it', { sendBuffer: 1000 }, (tcp) => {
  tcp.writes(4000, 1000);
  tcp.sends('P. 1:1001(1000) ack 1');
  tcp.holdsPolls(() => {
    tcp.receives('. 1:1(0) ack 1001');
    tcp.receives('R 1:1(0)');
  });
  tcp.hasEvent('finished');
  tcp.hasNoEvent('writable');
});

established('an empty write does nothing', {}, (tcp) => {
  tcp.writes(0);
  tcp.sendsNothing();
});

// The automatic send buffer: the larger of 256 KiB and twice the widest window.
established(
  'the send buffer follows the peer’s window',
  { windowScale: 'auto', peer: { options: 'mss 1000,wscale 5' } },
  (tcp) => {
    tcp.has({ sendCapacity: 262_144 });
    tcp.receives('. 1:1(0) ack 1 win 10000');
    tcp.has({ sendCapacity: 640_000 });
    tcp.receives('. 1:1(0) ack 1 win 100');
    tcp.has({ sendCapacity: 640_000 });
  },
);

// §3.10.3.
established('a read takes what there is, in order', {}, (tcp) => {
  tcp.receives('P. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 101');
  tcp.hasEvent('readable');
  tcp.reads(40);
  tcp.reads(60);
  tcp.reads(0);
  tcp.hasNoEvent('readable');
  tcp.claims(tcp.connection.peek().length === 0, 'nothing is left to peek at');
});

established('octets can be looked at in place and forgotten', {}, (tcp) => {
  tcp.receives('P. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 101');
  const view = tcp.connection.peek();
  tcp.claims(view.length === 100 && tcp.connection.readable === 100, 'a view of all 100 octets');
  tcp.connection.consume(99, tcp.now);
  tcp.claims(tcp.connection.readable === 1, 'one octet is left');
  tcp.claims(tcp.connection.tcb.tally.octetsRead === 99, 'the tally knows');
});

established('what is unread can still be read after both sides have closed', {}, (tcp) => {
  tcp.receives('FP. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 102');
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 102');
  tcp.receives('. 102:102(0) ack 2');
  tcp.has({ state: 'CLOSED', failure: null });
  tcp.reads(100);
});

// §3.10.4.
established('closing twice is no error', {}, (tcp) => {
  tcp.closes();
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 1');
  tcp.receives('. 1:1(0) ack 2');
});

established('a close lets what is queued leave first', { wnd: 1000 }, (tcp) => {
  tcp.writes(1500);
  tcp.closes();
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.has({ state: 'FIN-WAIT-1' });
  tcp.receives('. 1:1(0) ack 1001');
  tcp.sends('FP. 1001:1501(500) ack 1');
});

// §3.10.6, and the loss of what carries the segments.
established(
  'a snapshot tells the state under RFC names',
  { rtt: 100, keepalive: { idle: 9e9, interval: 9e9, count: 3 } },
  (tcp) => {
    tcp.writes(3000);
    tcp.sends('. 1:1001(1000) ack 1');
    tcp.sends('. 1001:2001(1000) ack 1');
    tcp.sends('P. 2001:3001(1000) ack 1');
    tcp.receives('. 11:21(10) ack 1001');
    tcp.sends('. 3001:3001(0) ack 1');
    tcp.has({
      'SND.UNA': 1001,
      'SND.NXT': 3001,
      'SND.WND': 10_000,
      'MAX.SND.WND': 10_000,
      'RCV.BUFF': 10_000,
      flight: 2000,
      unsent: 0,
      usable: 8000,
      outOfOrder: 10,
      sendBuffered: 2000,
    });
    tcp.has({ timers: { retransmission: 1_100_000_000, keepalive: 9_100_000_000 } });
  },
);

established('a carrier that is lost is as good as a reset', {}, (tcp) => {
  tcp.receives('P. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 101');
  tcp.connection.carrierLost(tcp.now);
  tcp.has({ state: 'CLOSED', failure: 'reset' });
  tcp.reads(100);
  tcp.connection.carrierLost(tcp.now);
});

established('a carrier that is lost in TIME-WAIT harms nobody', {}, (tcp) => {
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 1');
  tcp.receives('F. 1:1(0) ack 2');
  tcp.sends('. 2:2(0) ack 2');
  tcp.connection.carrierLost(tcp.now);
  tcp.has({ state: 'CLOSED', failure: null });
});

established('the user timeout can be set later', {}, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.connection.setUserTimeout(500_000_000, tcp.now);
  tcp.waits(500);
  tcp.has({ state: 'CLOSED', failure: 'user-timeout' });
});
