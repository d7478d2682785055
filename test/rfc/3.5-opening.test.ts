// Establishing a connection: RFC 9293 §3.5, with the half-open recovery of its figures 9 to 11, and §3.10.7.1 to §3.10.7.3.
import { accepted, accepting, closed, connecting, established, listening } from '../harness/conversation.ts';

// Figure 6.
closed('an active open takes three segments', {}, (tcp) => {
  tcp.connects();
  tcp.has({ state: 'SYN-SENT', reason: 'handshake' });
  tcp.sends('S 0:0(0) win 10000 <mss 1000>', 'handshake');
  tcp.receives('S. 0:0(0) ack 1 win 5000 <mss 1200>');
  tcp.has({ state: 'ESTABLISHED', 'SND.WND': 5000, 'SND.UNA': 1, 'SND.NXT': 1, 'RCV.NXT': 1, 'Eff.snd.MSS': 1000 });
  tcp.sends('. 1:1(0) ack 1 win 10000 <>', 'ack');
  tcp.hasEvent('connected');
});

closed('a passive open takes three segments', {}, (tcp) => {
  tcp.listens();
  tcp.receives('S 0:0(0) win 5000 <mss 700>');
  tcp.has({ state: 'SYN-RECEIVED', reason: 'handshake' });
  tcp.sends('S. 0:0(0) ack 1 win 10000 <mss 1000>');
  tcp.receives('. 1:1(0) ack 1 win 6000');
  tcp.has({ state: 'ESTABLISHED', 'SND.WND': 6000, 'Eff.snd.MSS': 700 });
  tcp.hasEvent('connected');
});

// Figure 7 (MUST-10): each side sends SYN, then SYN-ACK; the SYN-ACK lies wholly left of RCV.NXT, and its ACK counts.
connecting('simultaneous opens meet', {}, (tcp) => {
  tcp.receives('S 0:0(0) win 4000 <mss 1000>');
  tcp.has({ state: 'SYN-RECEIVED' });
  tcp.sends('S. 0:0(0) ack 1 win 10000 <mss 1000>');
  tcp.receives('S. 0:0(0) ack 1 win 4000 <mss 1000>');
  tcp.has({ state: 'ESTABLISHED', 'SND.WND': 4000 });
  tcp.hasEvent('connected');
  tcp.sends('. 1:1(0) ack 1');
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.receives('. 1:1(0) ack 11');
});

connecting('a simultaneous open is also completed by a plain ACK', {}, (tcp) => {
  tcp.receives('S 0:0(0) win 4000 <mss 1000>');
  tcp.sends('S. 0:0(0) ack 1');
  tcp.receives('. 1:1(0) ack 1 win 4000');
  tcp.has({ state: 'ESTABLISHED' });
});

// MUST-11: the connection remembers how it was opened, and a RST means something else accordingly.
connecting('a RST refuses an active open', {}, (tcp) => {
  tcp.receives('R. 0:0(0) ack 1');
  tcp.has({ state: 'CLOSED', failure: 'refused' });
  tcp.hasEvent('finished');
});

connecting('a RST that does not acknowledge the SYN is an old one', {}, (tcp) => {
  tcp.receives('R 0:0(0)');
  tcp.receives('R. 0:0(0) ack 0');
  tcp.receives('R. 0:0(0) ack 2');
  tcp.has({ state: 'SYN-SENT' });
});

accepting('a RST in SYN-RECEIVED ends a passive open', {}, (tcp) => {
  tcp.receives('R 1:1(0)');
  tcp.has({ state: 'CLOSED', failure: 'refused' });
});

connecting('a RST in SYN-RECEIVED ends a simultaneous open', {}, (tcp) => {
  tcp.receives('S 0:0(0) win 4000');
  tcp.sends('S. 0:0(0) ack 1');
  tcp.receives('R 1:1(0)');
  tcp.has({ state: 'CLOSED', failure: 'refused' });
});

// §3.10.7.4, fourth: in SYN-RECEIVED after a passive open a SYN in the window goes back to LISTEN; the listener is there still.
accepting('a new SYN in the window ends a passive open', {}, (tcp) => {
  tcp.receives('S 100:100(0)');
  tcp.has({ state: 'CLOSED', failure: 'refused' });
});

connecting('a new SYN in the window does not end a simultaneous open', {}, (tcp) => {
  tcp.receives('S 0:0(0) win 4000');
  tcp.sends('S. 0:0(0) ack 1');
  tcp.receives('S 100:100(0)');
  tcp.sends('. 1:1(0) ack 1', 'challenge-ack');
  tcp.has({ state: 'SYN-RECEIVED' });
});

// Figure 8: an old duplicate SYN is told apart by the RST that answers our SYN-ACK.
listening('an old duplicate SYN is undone by the RST of its sender', {}, (tcp) => {
  tcp.receives('S 90:90(0)');
  tcp.sends('S. 0:0(0) ack 91');
  tcp.receives('R 91:91(0)');
  tcp.has({ state: 'CLOSED', failure: 'refused' });
});

connecting('an ACK of something we never sent is reset', {}, (tcp) => {
  tcp.receives('. 300:300(0) ack 100');
  tcp.sends('R 100:100(0)', 'reset');
  tcp.receives('. 300:300(0) ack 0');
  tcp.sends('R 0:0(0)', 'reset');
  tcp.receives('S. 300:300(0) ack 2');
  tcp.sends('R 2:2(0)', 'reset');
  tcp.has({ state: 'SYN-SENT' });
});

connecting('an ACK without SYN or RST is dropped', {}, (tcp) => {
  tcp.receives('. 1:1(0) ack 1');
  tcp.has({ state: 'SYN-SENT' });
});

// Figure 9: the other side of a half-open connection finds out with our challenge ACK, and its RST ends ours.
established('a peer that has lost its memory resets us after our challenge', {}, (tcp) => {
  tcp.receives('S 400:400(0)');
  tcp.sends('. 1:1(0) ack 1', 'challenge-ack');
  tcp.receives('R 1:1(0)');
  tcp.has({ state: 'CLOSED', failure: 'reset' });
  tcp.hasEvent('finished');
});

// Figure 10.
established('text to a peer that has lost its memory is answered by a RST', {}, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.receives('R 1:1(0)');
  tcp.has({ state: 'CLOSED', failure: 'reset' });
});

listening('LISTEN answers an ACK with a RST, and drops what is neither', {}, (tcp) => {
  tcp.receives('R 5:5(0)');
  tcp.receives('R. 5:5(0) ack 9');
  tcp.sendsNothing();
  tcp.receives('P 1:11(10)');
  tcp.receives('F 1:1(0)');
  tcp.sendsNothing();
  tcp.receives('. 1:1(0) ack 77');
  tcp.sends('R 77:77(0)', 'reset');
  tcp.receives('S. 1:1(0) ack 78');
  tcp.sends('R 78:78(0)', 'reset');
  tcp.has({ state: 'LISTEN' });
});

closed('CLOSED takes nothing', {}, (tcp) => {
  tcp.receives('S 0:0(0)');
  tcp.receives('P. 1:11(10) ack 5');
  tcp.has({ state: 'CLOSED' });
});

accepting('an ACK of something we never sent in SYN-RECEIVED is reset', {}, (tcp) => {
  tcp.receives('. 1:1(0) ack 2');
  tcp.sends('R 2:2(0)', 'reset');
  tcp.receives('. 1:1(0) ack 0');
  tcp.sends('R 0:0(0)', 'reset');
  tcp.has({ state: 'SYN-RECEIVED' });
  tcp.receives('. 1:1(0) ack 1');
  tcp.has({ state: 'ESTABLISHED' });
});

accepting('a SYN that comes again is answered', {}, (tcp) => {
  tcp.receives('S 0:0(0)');
  tcp.sends('. 1:1(0) ack 1');
  tcp.has({ state: 'SYN-RECEIVED' });
});

connecting('a lost SYN goes again, the RTO doubling', {}, (tcp) => {
  tcp.waits(1_000);
  tcp.sends('S 0:0(0) <mss 1000>', 'handshake');
  tcp.waits(2_000);
  tcp.sends('S 0:0(0)');
  tcp.receives('S. 0:0(0) ack 1');
  tcp.sends('. 1:1(0) ack 1');
  // RFC 6298 §5.7: and then data begins with an RTO of 3 s.
  tcp.has({ rto: 3_000_000_000, srtt: null });
});

connecting('a SYN that was due again when the SYN-ACK came does not leave', {}, (tcp) => {
  tcp.holdsPolls(() => {
    tcp.waits(1_000);
    tcp.receives('S. 0:0(0) ack 1');
  });
  tcp.sends('. 1:1(0) ack 1');
  tcp.sendsNothing();
});

accepting('a lost SYN-ACK goes again', {}, (tcp) => {
  tcp.waits(1_000);
  tcp.sends('S. 0:0(0) ack 1 <mss 1000>');
  tcp.receives('. 1:1(0) ack 1');
  tcp.has({ state: 'ESTABLISHED' });
});

// R2 for a SYN counts from the SYN, however long the listener had waited before.
listening('a passive open has its three minutes from the SYN on', {}, (tcp) => {
  tcp.waits(600_000);
  tcp.receives('S 0:0(0)');
  tcp.sends('S. 0:0(0) ack 1');
  tcp.waits(1_000);
  tcp.sends('S. 0:0(0) ack 1');
});

established('a SYN-ACK that comes again is answered', {}, (tcp) => {
  tcp.receives('S. 0:0(0) ack 1');
  tcp.sends('. 1:1(0) ack 1', 'challenge-ack');
  tcp.has({ state: 'ESTABLISHED' });
});

connecting('text that comes with the SYN-ACK is taken', {}, (tcp) => {
  tcp.receives('SP. 0:10(10) ack 1');
  tcp.sends('. 1:1(0) ack 11 win 9990');
  tcp.reads(10);
});

connecting('text beyond the window of our SYN is not taken', { wnd: 100 }, (tcp) => {
  tcp.receives('SP. 0:200(200) ack 1 win 4000');
  tcp.sends('. 1:1(0) ack 101 win 0');
  tcp.reads(100);
  tcp.sends('. 1:1(0) ack 101 win 100', 'window-update');
});

connecting('a FIN that comes with the SYN-ACK is taken', {}, (tcp) => {
  tcp.receives('SF. 0:10(10) ack 1');
  tcp.has({ state: 'CLOSE-WAIT' });
  tcp.sends('. 1:1(0) ack 12');
  tcp.hasEvent('peer-closed');
});

accepting('text that comes with the last ACK of the handshake is taken', {}, (tcp) => {
  tcp.receives('P. 1:11(10) ack 1');
  tcp.sends('. 1:1(0) ack 11');
  tcp.reads(10);
});

accepted('what was written early leaves once the connection is there', {}, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.receives('. 1:1(0) ack 11');
});

connecting('what is written in SYN-SENT leaves with the handshake’s ACK', {}, (tcp) => {
  tcp.writes(10);
  tcp.sendsNothing();
  tcp.receives('S. 0:0(0) ack 1');
  tcp.sends('P. 1:11(10) ack 1');
  tcp.receives('. 1:1(0) ack 11');
});

connecting('a SYN whose window is zero makes the first write wait', {}, (tcp) => {
  tcp.writes(10);
  tcp.receives('S. 0:0(0) ack 1 win 0');
  tcp.sends('. 1:1(0) ack 1');
  tcp.hasReason('zero-window');
  tcp.receives('. 1:1(0) ack 1 win 1000');
  tcp.sends('P. 1:11(10) ack 1');
});
