// Selective acknowledgment as the receiver gives it: RFC 2018 with the examples of its §7, and D-SACK, RFC 2883.
// The left edge of RFC 2018's examples, 5000, is 5001 here: the first octets of the stream are read before.
import { accepting, connecting, established, listening } from '../harness/conversation.ts';

const sack = { sack: true, mss: 500, wnd: 60_000, peer: { options: 'mss 500,sackOK' } } as const;

connecting('SACK is offered with the SYN', { sack: true }, () => {});

listening('SACK-permitted is answered in kind', { sack: true }, (tcp) => {
  tcp.receives('S 0:0(0) win 9000 <mss 1000,sackOK>');
  tcp.sends('S. 0:0(0) ack 1 <mss 1000,sackOK>');
});

listening('a SYN without SACK-permitted is answered without', { sack: true }, (tcp) => {
  tcp.receives('S 0:0(0) win 9000 <mss 1000>');
  tcp.sends('S. 0:0(0) ack 1 <mss 1000>');
  tcp.receives('. 1:1(0) ack 1');
  tcp.receives('. 1001:2001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 1 <>');
});

accepting('who does not want SACK does not offer it', {}, (tcp) => {
  tcp.receives('. 1:1(0) ack 1');
  tcp.receives('. 1001:2001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 1 <>');
});

// §7, case 1: the first four of eight segments are here, the last four are lost.
established('RFC 2018 §7, case 1: what is in order needs no option', sack, (tcp) => {
  for (let at = 5001; at < 7001; at += 500) {
    if (at === 5001) tcp.receives('. 1:5001(5000) ack 1');
    if (at === 5001) tcp.sends('. 1:1(0) ack 5001 <>');
    tcp.receives(`. ${at}:${at + 500}(500) ack 1`);
    tcp.sends(`. 1:1(0) ack ${at + 500} <>`);
  }
});

// Case 2: the first segment is lost, seven arrive.
established('RFC 2018 §7, case 2: one block that grows', sack, (tcp) => {
  tcp.receives('. 1:5001(5000) ack 1');
  tcp.sends('. 1:1(0) ack 5001 <>');
  for (let end = 6001; end <= 9001; end += 500) {
    tcp.receives(`. ${end - 500}:${end}(500) ack 1`);
    tcp.sends(`. 1:1(0) ack 5001 <sack 5501:${end}>`);
  }
});

// Case 3: the second, fourth, sixth and eighth are lost; then the fourth comes late, then the second.
established('RFC 2018 §7, case 3: the most recent block comes first', sack, (tcp) => {
  tcp.receives('. 1:5001(5000) ack 1');
  tcp.sends('. 1:1(0) ack 5001 <>');
  tcp.receives('. 5001:5501(500) ack 1');
  tcp.sends('. 1:1(0) ack 5501 <>');
  tcp.receives('. 6001:6501(500) ack 1');
  tcp.sends('. 1:1(0) ack 5501 <sack 6001:6501>');
  tcp.receives('. 7001:7501(500) ack 1');
  tcp.sends('. 1:1(0) ack 5501 <sack 7001:7501 6001:6501>');
  tcp.receives('. 8001:8501(500) ack 1');
  tcp.sends('. 1:1(0) ack 5501 <sack 8001:8501 7001:7501 6001:6501>');
  tcp.receives('. 6501:7001(500) ack 1');
  tcp.sends('. 1:1(0) ack 5501 <sack 6001:7501 8001:8501>');
  tcp.receives('. 5501:6001(500) ack 1');
  tcp.sends('. 1:1(0) ack 7501 <sack 8001:8501>');
  tcp.has({ 'RCV.WND': 60_000 - 7_500 });
});

// §3: 40 octets of options hold four blocks; what was reported longest ago is left out.
established('four blocks at the most', sack, (tcp) => {
  const blocks: string[] = [];
  for (let at = 1001; at <= 11_001; at += 2000) {
    tcp.receives(`. ${at}:${at + 500}(500) ack 1`);
    blocks.unshift(`${at}:${at + 500}`);
    tcp.sends(`. 1:1(0) ack 1 <sack ${blocks.slice(0, 4).join(' ')}>`);
  }
});

const stamped = { ...sack, timestamps: true, peer: { options: 'mss 500,sackOK,TS val 1 ecr 0' } } as const;

established('beside timestamps three blocks', stamped, (tcp) => {
  const blocks: string[] = [];
  for (let at = 1001; at <= 9001; at += 2000) {
    tcp.receives(`. ${at}:${at + 500}(500) ack 1 <TS val 1 ecr 0>`);
    blocks.unshift(`${at}:${at + 500}`);
    tcp.sends(`. 1:1(0) ack 1 <TS val 0 ecr 1,sack ${blocks.slice(0, 3).join(' ')}>`);
  }
});

// §4: all acknowledgments while anything lies beyond a gap; text carries them too, and has that much less room.
established('text carries blocks, and is shorter by them', sack, (tcp) => {
  tcp.receives('. 1001:1501(500) ack 1');
  tcp.sends('. 1:1(0) ack 1 <sack 1001:1501>');
  tcp.writes(1_000);
  tcp.sends('. 1:489(488) ack 1 <sack 1001:1501>');
  tcp.sends('. 489:977(488) ack 1 <sack 1001:1501>');
  tcp.receives('. 1501:1501(0) ack 977');
  tcp.sends('P. 977:1001(24) ack 1 <sack 1001:1501>');
});

// The octets beyond a gap take none of the window: the edge stays, and so the acknowledgments are duplicates (RFC 5681 §2).
established('what lies beyond a gap does not move the edge', sack, (tcp) => {
  for (const at of [1001, 2001, 3001, 4001]) {
    tcp.receives(`. ${at}:${at + 500}(500) ack 1`);
    tcp.has({ 'RCV.WND': 60_000 });
    tcp.sends('. 1:1(0) ack 1 win 60000');
  }
});

// RFC 2883 §4.1.1: a segment that was here, below SEG.ACK; it is reported once.
established('D-SACK of what was acknowledged', sack, (tcp) => {
  tcp.receives('. 1:501(500) ack 1');
  tcp.sends('. 1:1(0) ack 501 <>');
  tcp.receives('. 1:501(500) ack 1');
  tcp.sends('. 1:1(0) ack 501 <sack 1:501>');
  tcp.receives('. 501:1001(500) ack 1');
  tcp.sends('. 1:1(0) ack 1001 <>');
  tcp.claims(tcp.connection.tcb.tally.dsacksSent === 1, 'one D-SACK was sent');
});

// §4.1.2 and §4.1.3: below SEG.ACK while something lies beyond a gap; beyond the gap itself, with the block that holds it.
established('D-SACK beside other blocks', sack, (tcp) => {
  tcp.receives('. 1:501(500) ack 1');
  tcp.sends('. 1:1(0) ack 501 <>');
  tcp.receives('. 1001:1501(500) ack 1');
  tcp.sends('. 1:1(0) ack 501 <sack 1001:1501>');
  tcp.receives('. 1501:2001(500) ack 1');
  tcp.sends('. 1:1(0) ack 501 <sack 1001:2001>');
  tcp.receives('. 1:501(500) ack 1');
  tcp.sends('. 1:1(0) ack 501 <sack 1:501 1001:2001>');
  tcp.receives('. 1501:2001(500) ack 1');
  tcp.sends('. 1:1(0) ack 501 <sack 1501:2001 1001:2001>');
  tcp.receives('. 3001:3501(500) ack 1');
  tcp.sends('. 1:1(0) ack 501 <sack 3001:3501 1001:2001>');
});

// §4.2.1, §4.2.2: of a segment that is partly news the part that is none.
established('D-SACK of a part', sack, (tcp) => {
  tcp.receives('. 1:501(500) ack 1');
  tcp.sends('. 1:1(0) ack 501 <>');
  tcp.receives('. 301:701(400) ack 1');
  tcp.sends('. 1:1(0) ack 701 <sack 301:501>');
  tcp.receives('. 1001:1501(500) ack 1');
  tcp.sends('. 1:1(0) ack 701 <sack 1001:1501>');
  tcp.receives('. 1301:1601(300) ack 1');
  tcp.sends('. 1:1(0) ack 701 <sack 1301:1501 1001:1601>');
});
