// Segmentation: the maximum segment size (RFC 9293 §3.7.1), Nagle (§3.7.4) and Minshall's variant (Appendix A.3), pushes (§3.9.1.2).
import { connecting, established, listening } from '../harness/conversation.ts';

// MUST-14, SHLD-5, MAY-3, MUST-65: every SYN carries the option, and nothing else does.
connecting('SYN and only SYN carry our MSS', { mss: 1460 }, (tcp) => {
  tcp.waits(1_000);
  tcp.sends('S 0:0(0) <mss 1460>');
  tcp.receives('S. 0:0(0) ack 1 <mss 1200>');
  tcp.sends('. 1:1(0) ack 1 <>');
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1 <>');
  tcp.receives('. 1:1(0) ack 11');
});

// MUST-15.
listening('a peer without the MSS option gets 536 octets at most', {}, (tcp) => {
  tcp.receives('S 0:0(0) win 5000 <>');
  tcp.sends('S. 0:0(0) ack 1 <mss 1000>');
  tcp.receives('. 1:1(0) ack 1 win 5000');
  tcp.has({ 'Eff.snd.MSS': 536 });
  tcp.writes(1000);
  tcp.sends('. 1:537(536) ack 1');
  tcp.sendsNothing();
  tcp.receives('. 1:1(0) ack 537');
  tcp.sends('P. 537:1001(464) ack 1');
});

// MUST-16: the least of what the peer takes and what we take, less our options.
established('no segment is larger than what the peer takes', { mss: 1400, peer: { options: 'mss 600' } }, (tcp) => {
  tcp.has({ 'Eff.snd.MSS': 600 });
  tcp.writes(1200);
  tcp.sends('. 1:601(600) ack 1');
  tcp.sends('P. 601:1201(600) ack 1');
});

established('no segment is larger than what we take', { mss: 600, peer: { options: 'mss 1400' } }, (tcp) => {
  tcp.has({ 'Eff.snd.MSS': 600 });
});

const stamped = { mss: 1000, timestamps: true, peer: { options: 'mss 1000,TS val 7 ecr 0' } };

established('timestamps take their room from the text', stamped, (tcp) => {
  tcp.has({ 'Eff.snd.MSS': 988 });
});

established('an MSS of zero is not taken seriously', { peer: { options: 'mss 0' } }, (tcp) => {
  tcp.has({ 'Eff.snd.MSS': 536 });
});

// SHLD-28.
established('what fills a segment leaves at once, the rest waits', {}, (tcp) => {
  tcp.writes(2500);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('. 1001:2001(1000) ack 1');
  tcp.sendsNothing();
  tcp.hasReason('nagle');
  tcp.receives('. 1:1(0) ack 1001');
  tcp.sendsNothing();
  tcp.receives('. 1:1(0) ack 2001');
  tcp.sends('P. 2001:2501(500) ack 1');
});

// SHLD-7.
established('with nothing in flight a short segment leaves at once', {}, (tcp) => {
  tcp.writes(1);
  tcp.sends('P. 1:2(1) ack 1');
  tcp.writes(1);
  tcp.writes(1);
  tcp.writes(1);
  tcp.sendsNothing();
  tcp.hasReason('nagle');
  tcp.receives('. 1:1(0) ack 2');
  tcp.sends('P. 2:5(3) ack 1');
});

established('what has gathered to a whole segment waits no longer', {}, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.writes(990);
  tcp.sendsNothing();
  tcp.writes(20);
  tcp.sends('. 11:1011(1000) ack 1');
  tcp.sendsNothing();
  tcp.receives('. 1:1(0) ack 1011');
  tcp.sends('P. 1011:1021(10) ack 1');
});

// MUST-17.
established('without Nagle every write leaves at once', { nagle: 'off' }, (tcp) => {
  tcp.writes(1);
  tcp.sends('P. 1:2(1) ack 1');
  tcp.writes(1);
  tcp.sends('P. 2:3(1) ack 1');
});

established('Nagle can be turned off while it holds something', {}, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.writes(10);
  tcp.sendsNothing();
  tcp.setsNagle('off');
  tcp.sends('P. 11:21(10) ack 1');
});

// Appendix A.3: only a short segment in flight holds back the next.
established('Minshall’s variant lets one short segment follow full ones', { nagle: 'minshall' }, (tcp) => {
  tcp.writes(2500);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('. 1001:2001(1000) ack 1');
  tcp.sends('P. 2001:2501(500) ack 1');
  tcp.writes(10);
  tcp.sendsNothing();
  tcp.hasReason('nagle');
  tcp.receives('. 1:1(0) ack 2001');
  tcp.sendsNothing();
  tcp.receives('. 1:1(0) ack 2501');
  tcp.sends('P. 2501:2511(10) ack 1');
});

established('a FIN does not wait for Nagle', {}, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.writes(10);
  tcp.sendsNothing();
  tcp.closes();
  tcp.sends('FP. 11:21(10) ack 1');
});

// MUST-60 and MUST-61: every write is a push; nothing is buffered for long, and the last segment says PSH.
established('the last of what is queued is pushed', { nagle: 'off' }, (tcp) => {
  tcp.writes(2000);
  tcp.sends('. 1:1001(1000) ack 1');
  tcp.sends('P. 1001:2001(1000) ack 1');
  tcp.writes(10);
  tcp.sends('P. 2001:2011(10) ack 1');
});

// SHLD-27.
established('pushes are not counted: two writes may share a segment', {}, (tcp) => {
  tcp.writes(400);
  tcp.sends('P. 1:401(400) ack 1');
  tcp.writes(500);
  tcp.writes(500);
  tcp.sends('P. 401:1401(1000) ack 1');
});

// Two writes and a read: Nagle here waits for a delayed acknowledgment there. RFC 9293 §3.7.4's warning, seen from the sender.
established('the second small write waits as long as the peer’s delayed acknowledgment', {}, (tcp) => {
  tcp.writes(100);
  tcp.sends('P. 1:101(100) ack 1');
  tcp.writes(100);
  tcp.waits(240);
  tcp.receives('. 1:1(0) ack 101');
  tcp.sends('P. 101:201(100) ack 1');
  tcp.claims(tcp.connection.durations(tcp.now).nagle === 240e6, '240 ms went by for Nagle');
});
