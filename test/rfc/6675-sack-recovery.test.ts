// Loss recovery with SACK: RFC 6675, and what the sender makes of D-SACKs (RFC 2883). Segments of 1000 octets.
import { type Conversation, established } from '../harness/conversation.ts';

const sack = {
  sack: true,
  congestion: 'reno',
  wnd: 60_000,
  sendBuffer: 200_000,
  peer: { options: 'mss 1000,sackOK' },
} as const;

function sends(tcp: Conversation, from: number, count: number): void {
  for (let at = from; at < from + count; at++) tcp.sends(`. ${at * 1000 + 1}:${at * 1000 + 1001}(1000) ack 1`, 'text');
}

function again(tcp: Conversation, at: number): void {
  tcp.sends(`. ${at * 1000 + 1}:${at * 1000 + 1001}(1000) ack 1`, 'retransmission');
}

/** The peer has the first `count` segments, and of the others those from `first` up to `end`, for each pair. */
function acknowledges(tcp: Conversation, count: number, ...blocks: [first: number, end: number][]): void {
  const list = blocks.map(([first, end]) => `${first * 1000 + 1}:${end * 1000 + 1}`).join(' ');
  tcp.receives(`. 1:1(0) ack ${count * 1000 + 1}${list === '' ? '' : ` win 60000 <sack ${list}>`}`);
}

// §5: three duplicates, (4.2) half the flight, (4.3) the first segment; then as much as cwnd - pipe lets.
established('the first of ten segments is lost', { ...sack, initialWindow: 10 }, (tcp) => {
  tcp.writes(100_000);
  sends(tcp, 0, 10);
  acknowledges(tcp, 0, [1, 2]);
  sends(tcp, 10, 1); // (3.3): pipe is one less
  acknowledges(tcp, 0, [1, 3]);
  sends(tcp, 11, 1);
  tcp.has({ pipe: 10_000, sacked: 2_000, recovery: 'none' });
  acknowledges(tcp, 0, [1, 4]);
  again(tcp, 0);
  // 12 in flight, 3 SACKed, 1 lost, 1 of them again: 9. ssthresh is of the 10 that were there before limited transmit.
  tcp.has({ ssthresh: 5_000, cwnd: 5_000, pipe: 9_000, recovery: 'fast' });
  for (let end = 5; end <= 8; end++) acknowledges(tcp, 0, [1, end]);
  tcp.has({ pipe: 5_000 });
  tcp.sendsNothing();
  tcp.hasReason('recovery');
  acknowledges(tcp, 0, [1, 9]);
  sends(tcp, 12, 1); // NextSeg (2)
  acknowledges(tcp, 0, [1, 10]);
  sends(tcp, 13, 1);
  acknowledges(tcp, 12);
  tcp.has({ recovery: 'none', cwnd: 5_000, flight: 2_000, sacked: 0 });
  sends(tcp, 14, 3);
  tcp.claims(tcp.connection.tcb.tally.retransmissions === 1, 'one segment went again');
});

// §4, NextSeg (1): all that is lost goes again within a round trip, the lowest first.
established('several losses in one window', { ...sack, initialWindow: 10 }, (tcp) => {
  tcp.writes(100_000);
  sends(tcp, 0, 10);
  acknowledges(tcp, 0, [1, 2]); // 0, 2 and 4 are lost
  sends(tcp, 10, 1);
  acknowledges(tcp, 0, [3, 4], [1, 2]);
  sends(tcp, 11, 1);
  acknowledges(tcp, 0, [5, 6], [3, 4], [1, 2]);
  again(tcp, 0);
  tcp.sendsNothing();
  acknowledges(tcp, 0, [5, 7], [3, 4], [1, 2]);
  // 2 is lost by now: three ranges, or more than two segments, lie above it. 12 - 4 SACKed - 2 lost + 1 again.
  tcp.has({ pipe: 7_000 });
  acknowledges(tcp, 0, [5, 8], [3, 4], [1, 2]);
  // Now 4 too: 5, 6, 7 lie above it.
  tcp.has({ pipe: 5_000 });
  tcp.sendsNothing();
  acknowledges(tcp, 0, [5, 9], [3, 4], [1, 2]);
  again(tcp, 2);
  acknowledges(tcp, 0, [5, 10], [3, 4], [1, 2]);
  again(tcp, 4);
  acknowledges(tcp, 0, [5, 11], [3, 4], [1, 2]);
  sends(tcp, 12, 1);
  acknowledges(tcp, 2, [5, 12], [3, 4]);
  sends(tcp, 13, 2);
  tcp.has({ recovery: 'fast' });
  acknowledges(tcp, 4, [5, 12]);
  sends(tcp, 15, 1);
  acknowledges(tcp, 12);
  tcp.has({ recovery: 'none', cwnd: 5_000 });
  sends(tcp, 16, 1);
  tcp.claims(tcp.connection.tcb.tally.retransmissions === 3, 'three segments went again');
});

// §5, (2): IsLost says so before there are three duplicates, where acknowledgments were lost.
established('one acknowledgment can tell of a loss', { ...sack, initialWindow: 8 }, (tcp) => {
  tcp.writes(8_000);
  sends(tcp, 0, 7);
  tcp.sends('P. 7001:8001(1000) ack 1');
  acknowledges(tcp, 0, [3, 6]);
  again(tcp, 0);
  again(tcp, 1);
  tcp.sendsNothing();
  // 6 and 7, and again 0 and 1; 2 is lost and waits.
  tcp.has({ recovery: 'fast', dupAcks: 1, pipe: 4_000, cwnd: 4_000 });
  acknowledges(tcp, 8);
});

// §4, NextSeg (3) and (4): with nothing new to send, what may not be lost goes again, and last the tail, once.
established('the last resorts', { ...sack, initialWindow: 10 }, (tcp) => {
  tcp.writes(10_000);
  sends(tcp, 0, 9);
  tcp.sends('P. 9001:10001(1000) ack 1');
  acknowledges(tcp, 0, [1, 4]);
  again(tcp, 0);
  acknowledges(tcp, 0, [5, 6], [1, 4]);
  tcp.has({ pipe: 6_000 }); // 4 is not lost: one segment lies above it
  tcp.sendsNothing();
  acknowledges(tcp, 1, [5, 6], [1, 4]);
  acknowledges(tcp, 4, [5, 6]);
  tcp.has({ pipe: 5_000, recovery: 'fast' });
  acknowledges(tcp, 4, [5, 7]);
  tcp.has({ pipe: 4_000 });
  again(tcp, 4); // (3)
  tcp.has({ pipe: 5_000 });
  tcp.sendsNothing();
  acknowledges(tcp, 7);
  tcp.has({ pipe: 3_000 });
  tcp.sendsNothing();
  acknowledges(tcp, 7, [7, 8]);
  tcp.sends('P. 9001:10001(1000) ack 1', 'retransmission'); // (4)
  tcp.sendsNothing();
  acknowledges(tcp, 10);
  tcp.has({ recovery: 'none' });
});

// RFC 2018 §5, RFC 6675 §5.1: after a timeout the SACKed bits are off, and what is SACKed from then on is not sent again.
established('a timeout forgets what was SACKed', { ...sack, initialWindow: 6 }, (tcp) => {
  tcp.writes(6_000);
  sends(tcp, 0, 5);
  tcp.sends('P. 5001:6001(1000) ack 1');
  acknowledges(tcp, 0, [2, 3]);
  tcp.has({ sacked: 1_000 });
  tcp.waits(1_000);
  again(tcp, 0);
  tcp.sendsNothing();
  tcp.has({ sacked: 0, pipe: 1_000, cwnd: 1_000, recovery: 'timeout' });
  acknowledges(tcp, 1, [2, 3]);
  again(tcp, 1);
  again(tcp, 3);
  acknowledges(tcp, 3, [4, 6]);
  tcp.sendsNothing();
  acknowledges(tcp, 6);
  tcp.has({ recovery: 'none', sacked: 0 });
});

// §5.1: until SND.UNA has passed what was sent before the timeout, nothing begins a fast recovery.
established('duplicates after a timeout do not begin a fast recovery', { ...sack, initialWindow: 6 }, (tcp) => {
  tcp.writes(6_000);
  sends(tcp, 0, 5);
  tcp.sends('P. 5001:6001(1000) ack 1');
  tcp.waits(1_000);
  again(tcp, 0);
  for (let end = 2; end < 6; end++) acknowledges(tcp, 0, [1, end]);
  tcp.sendsNothing();
  tcp.has({ recovery: 'timeout' });
  acknowledges(tcp, 5);
  tcp.sends('P. 5001:6001(1000) ack 1', 'retransmission');
  acknowledges(tcp, 6);
  tcp.claims(tcp.connection.tcb.tally.fastRecoveries === 0, 'there was no fast recovery');
});

// RFC 2018 §3: blocks that make no sense, beyond SND.NXT or the wrong way round, tell nothing.
established('senseless blocks are ignored', { ...sack, initialWindow: 6 }, (tcp) => {
  tcp.writes(4_000);
  sends(tcp, 0, 3);
  tcp.sends('P. 3001:4001(1000) ack 1');
  for (let i = 0; i < 4; i++) acknowledges(tcp, 0, [3, 2], [3, 5], [1, 1]);
  tcp.has({ sacked: 0, dupAcks: 0, recovery: 'none' });
  tcp.sendsNothing();
  acknowledges(tcp, 4);
});

established('D-SACKs are counted, and acknowledge nothing', { ...sack, initialWindow: 6 }, (tcp) => {
  tcp.writes(6_000);
  sends(tcp, 0, 5);
  tcp.sends('P. 5001:6001(1000) ack 1');
  acknowledges(tcp, 2);
  acknowledges(tcp, 2, [0, 1]);
  tcp.has({ sacked: 0, dupAcks: 0 });
  acknowledges(tcp, 2, [3, 4], [3, 5]);
  tcp.has({ sacked: 2_000, dupAcks: 1 });
  acknowledges(tcp, 2, [3, 4], [3, 5]);
  tcp.claims(tcp.connection.tcb.tally.dsacksReceived === 2, 'two told nothing else');
  acknowledges(tcp, 6);
});

// Without a congestion window there is nothing to keep going: only what is lost goes again.
established('SACK without congestion control', { ...sack, congestion: 'none', wnd: 10_000 }, (tcp) => {
  tcp.writes(20_000);
  sends(tcp, 0, 10);
  tcp.receives('. 1:1(0) ack 1 win 10000 <sack 1001:2001>');
  tcp.receives('. 1:1(0) ack 1 <sack 3001:4001 1001:2001>');
  tcp.sendsNothing();
  tcp.receives('. 1:1(0) ack 1 <sack 5001:7001 3001:4001 1001:2001>');
  again(tcp, 0);
  again(tcp, 2);
  tcp.sendsNothing();
  tcp.hasReason('recovery');
  tcp.receives('. 1:1(0) ack 1 <sack 5001:8001 3001:4001 1001:2001>');
  again(tcp, 4);
  tcp.sendsNothing();
  tcp.receives('. 1:1(0) ack 10001');
  sends(tcp, 10, 9);
  tcp.sends('P. 19001:20001(1000) ack 1');
  tcp.receives('. 1:1(0) ack 20001');
});

// SHLD-16: the window has shrunk; what is lost beyond its edge waits.
established('what is lost beyond the edge waits for it', { ...sack, congestion: 'none', wnd: 6_000 }, (tcp) => {
  tcp.writes(6_000);
  sends(tcp, 0, 5);
  tcp.sends('P. 5001:6001(1000) ack 1');
  tcp.receives('. 1:1(0) ack 1 win 2500 <sack 1001:2001 3001:4001 5001:6001>');
  again(tcp, 0);
  tcp.receives('. 1:1(0) ack 1 <sack 1001:2001 3001:6001>');
  tcp.sends('. 2001:2501(500) ack 1', 'retransmission');
  tcp.sendsNothing();
  tcp.receives('. 1:1(0) ack 2001 win 4000 <sack 3001:6001>');
  tcp.sends('. 2501:3001(500) ack 1', 'retransmission');
  tcp.receives('. 1:1(0) ack 6001 win 6000');
});

// Blocks outside SND.UNA to SND.NXT, empty ones and those that end before they begin, however far apart their edges are.
established('impossible blocks are not believed', sack, (tcp) => {
  tcp.writes(2_000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('P. 1001:2001(1000) ack 1');
  const half = 2 ** 31;
  for (const [start, end] of [
    [1001, 2002],
    [2001, 1001],
    [1001, 1001],
    [5000, 6000],
    [75_000_000, 75_000_000 - half],
    [1500, 1500 + half],
    [1 - half, 1500 - half],
  ]) {
    tcp.receives(`. 1:1(0) ack 1 <sack ${start}:${end}>`);
    tcp.claims(tcp.connection.tcb.scoreboard.isEmpty, 'nothing is noted');
  }
  tcp.receives('. 1:1(0) ack 2001');
});
