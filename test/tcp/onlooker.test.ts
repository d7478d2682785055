// What an onlooker hears of a connection: each happening, once, with its numbers, and nothing that did not happen.
import { established, listening, type Conversation } from '../harness/conversation.ts';
import { onlooker } from '../harness/onlooker.ts';
import { type OfferRule, type Probe, type Refusal, type TimerName } from '../../src/tcp/index.ts';

/** Listens with `heard` from now on; what it notes is compared and forgotten by `said`. */
function watch(
  tcp: Conversation,
  heard: (note: (what: string) => void) => Partial<Probe>,
): (...lines: string[]) => void {
  let notes: string[] = [];
  tcp.observedBy(onlooker(heard((what) => notes.push(what))));
  return (...lines) => {
    tcp.claims(notes.join('; ') === lines.join('; '), `heard [${lines.join('; ')}], in truth [${notes.join('; ')}]`);
    notes = [];
  };
}

established('every refusal has its reason', { wnd: 1000 }, (tcp) => {
  const said = watch(tcp, (note) => ({ segmentRefused: (_tcb, _seg, refusal: Refusal) => note(refusal) }));
  tcp.receives('P. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 101');
  said();
  tcp.receives('P. 1:101(100) ack 1');
  tcp.sends('. 1:1(0) ack 101');
  said('old');
  tcp.receives('P. 2000:2001(1) ack 1');
  tcp.sends('. 1:1(0) ack 101');
  said('beyond-window');
  tcp.receives('P. 101:2001(1900) ack 1');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  said('beyond-window');
  tcp.receives('P. 1001:1002(1) ack 1');
  tcp.sends('. 1:1(0) ack 1001');
  said('zero-window');
  tcp.receives('. 1001:1001(0) ack 2');
  tcp.sends('. 1:1(0) ack 1001');
  said('ack-unacceptable');
  tcp.receives('P 1001:1001(0)');
  said('no-ack');
  tcp.receives('R 1005:1005(0)');
  said('rst-outside-window');
  tcp.reads(1000);
  tcp.sends('. 1:1(0) ack 1001 win 1000');
  tcp.receives('R 1005:1005(0)');
  tcp.sends('. 1:1(0) ack 1001');
  said('rst-challenged');
  tcp.receives('S 1005:1005(0)');
  tcp.sends('. 1:1(0) ack 1001');
  said('syn-challenged');
  tcp.receives('F. 1001:1001(0) ack 1');
  tcp.sends('. 1:1(0) ack 1002');
  said();
  tcp.receives('P. 1002:1003(1) ack 1');
  said('after-fin');
  tcp.receives('R 1002:1002(0)');
  tcp.receives('. 1002:1002(0) ack 1');
  said('no-connection');
});

listening('every arrow between states is told', {}, (tcp) => {
  const said = watch(tcp, (note) => ({ stateChanges: (_tcb, from, to) => note(`${from} > ${to}`) }));
  tcp.receives('S 0:0(0) <mss 1000>');
  tcp.sends('S. 0:0(0) ack 1');
  tcp.receives('. 1:1(0) ack 1');
  tcp.closes();
  tcp.sends('F. 1:1(0) ack 1');
  tcp.receives('F. 1:1(0) ack 1');
  tcp.sends('. 2:2(0) ack 2');
  tcp.receives('. 2:2(0) ack 2');
  tcp.waits(240_000);
  said(
    'LISTEN > SYN-RECEIVED',
    'SYN-RECEIVED > ESTABLISHED',
    'ESTABLISHED > FIN-WAIT-1',
    'FIN-WAIT-1 > CLOSING',
    'CLOSING > TIME-WAIT',
    'TIME-WAIT > CLOSED',
  );
});

established('every segment that leaves or arrives is told, with its purpose', {}, (tcp) => {
  const said = watch(tcp, (note) => ({
    segmentLeaves: (_tcb, seg) => note(seg.purpose),
    segmentArrives: (_tcb, seg) => note(`${seg.purpose} win ${seg.wnd}`),
  }));
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.waits(1_000);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.receives('. 1:1(0) ack 11 win 700');
  said('text', 'retransmission', 'arrived win 700');
});

// SND.WND as the peer set it: not each of its acknowledgments, but each that offers something else than before.
established('the peer’s window is told when it changes, and only then', { wnd: 4000 }, (tcp) => {
  const said = watch(tcp, (note) => ({ sendWindowChanges: (tcb, from) => note(`${from} > ${tcb.snd.wnd}`) }));
  tcp.writes(6000);
  for (let at = 1; at < 4000; at += 1000) tcp.sends(`. ${at}:${at + 1000}(1000) ack 1`);
  tcp.receives('. 1:1(0) ack 1001');
  tcp.sends('. 4001:5001(1000) ack 1');
  said();
  tcp.receives('. 1:1(0) ack 5001 win 0');
  said('4000 > 0');
  tcp.receives('. 1:1(0) ack 5001 win 0');
  said();
  tcp.receives('. 1:1(0) ack 5001 win 2000');
  said('0 > 2000');
  tcp.sends('P. 5001:6001(1000) ack 1');
});

established('our window is told with the rule that made it', { wnd: 2000 }, (tcp) => {
  const said = watch(tcp, (note) => ({ windowOffered: (tcb, rule: OfferRule) => note(`${rule} ${tcb.rcv.wnd}`) }));
  tcp.receives('P. 1:501(500) ack 1');
  tcp.sends('. 1:1(0) ack 501 win 1500');
  said();
  tcp.receives('P. 501:2001(1500) ack 1');
  tcp.sends('. 1:1(0) ack 2001 win 0');
  said();
  tcp.reads(1500);
  tcp.sends('. 1:1(0) ack 2001 win 1500');
  said('room 1500');
});

established('timers are told as they start, stop and fire', { wnd: 1000 }, (tcp) => {
  const said = watch(tcp, (note) => ({
    timerStarts: (_tcb, timer: TimerName, deadline, now) => note(`${timer} in ${(deadline - now) / 1e6}`),
    timerStops: (_tcb, timer: TimerName) => note(`no ${timer}`),
    timerFires: (_tcb, timer: TimerName) => note(`${timer}!`),
  }));
  tcp.writes(1500);
  tcp.sends('. 1:1001(1000) ack 1');
  said('retransmission in 1000');
  tcp.waits(1_000);
  tcp.sends('. 1:1001(1000) ack 1');
  said('retransmission!', 'retransmission in 2000');
  tcp.receives('. 1:1(0) ack 1001 win 0');
  said('no retransmission', 'persist in 1000');
  tcp.receives('. 1:1(0) ack 1001 win 100');
  said('no persist', 'override in 200');
  tcp.waits(200);
  tcp.sends('. 1001:1101(100) ack 1');
  said('override!', 'retransmission in 2000');
  tcp.receives('. 1:1(0) ack 1101 win 1000');
  tcp.sends('P. 1101:1501(400) ack 1');
});

established('what the application does is told', { sendBuffer: 1000 }, (tcp) => {
  const said = watch(tcp, (note) => ({
    written: (_tcb, accepted, offered) => note(`wrote ${accepted} of ${offered}`),
    read: (_tcb, octets) => note(`read ${octets}`),
  }));
  tcp.writes(1500, 1000);
  tcp.sends('P. 1:1001(1000) ack 1');
  tcp.receives('P. 1:101(100) ack 1001');
  tcp.sends('. 1001:1001(0) ack 101');
  tcp.reads(100);
  said('wrote 1000 of 1500', 'read 100');
});

established('offerings are told as they begin', { wnd: 1000 }, (tcp) => {
  const said = watch(tcp, (note) => ({ offeringChanges: (_tcb, from, to) => note(`${from} > ${to}`) }));
  tcp.receives('P. 1:1001(1000) ack 1');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  tcp.reads(100);
  tcp.reads(400);
  tcp.sends('. 1:1(0) ack 1001 win 500');
  said('open > zero', 'zero > withheld', 'withheld > open');
});

// The tally, where a summary's numbers come from.
established('the tally counts probes, updates and zero windows at both ends', { wnd: 1000 }, (tcp) => {
  const { tally } = tcp.connection.tcb;
  tcp.receives('P. 1:1001(1000) ack 1 win 1000');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  tcp.waits(300);
  tcp.receives('. 1001:1002(1) ack 1');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  tcp.receives('. 1000:1000(0) ack 1');
  tcp.sends('. 1:1(0) ack 1001 win 0');
  tcp.waits(200);
  tcp.reads(1000);
  tcp.sends('. 1:1(0) ack 1001 win 1000');
  tcp.claims(tally.probesReceived === 2, 'two probes came');
  tcp.claims(tally.windowUpdatesSent === 1, 'one update left');
  tcp.claims(tally.receiveWindowZero.count === 1, 'the window was shut once');
  tcp.claims(tally.receiveWindowZero.total(tcp.now) === 500e6, 'for half a second');
  tcp.claims(tally.octetsReceived === 1000 && tally.octetsRead === 1000, 'a thousand octets');

  tcp.receives('. 1001:1001(0) ack 1 win 0');
  tcp.writes(10);
  tcp.waits(1_000);
  tcp.sends('. 1:2(1) ack 1001', 'probe');
  tcp.receives('. 1001:1001(0) ack 1 win 1000');
  tcp.sends('P. 1:11(10) ack 1001');
  tcp.receives('. 1001:1001(0) ack 11');
  tcp.claims(tally.probesSent === 1 && tally.windowUpdatesReceived === 2, 'shut and opened again');
  tcp.claims(tally.sendWindowZero.longest(tcp.now) === 1_000e6, 'for a second');
  tcp.claims(tally.octetsSent === 10 && tally.octetsAcknowledged === 10, 'a refused probe’s octet counts once');
});
