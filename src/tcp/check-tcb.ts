// Everything that must be true of a TCB between any two inputs. Tests and simulations call it after each; it costs too much
// for the hot path.
import { assert } from './assert.ts';
import { outstanding } from './loss-recovery.ts';
import { mayBreak } from './policies/index.ts';
import { seqDiff, seqLeq, seqLt } from './seq.ts';
import { isSynchronized } from './state.ts';
import { type Tcb } from './tcb.ts';
import { OVERRIDE, PERSIST, RETRANSMISSION } from './timers.ts';
import { urgentOctets } from './urgent.ts';

export function checkTcb(tcb: Tcb): void {
  checkTimers(tcb);
  checkReceiving(tcb);
  if (tcb.rcv.isUrgent) assert(urgentOctets(tcb) > 0, 'urgent mode ends where RCV.UP is read');
  if (!isSynchronized(tcb.state)) return;
  checkSending(tcb);
  checkNetwork(tcb);
}

function checkSending(tcb: Tcb): void {
  const { snd, sendBuffer, recovery } = tcb;
  assert(seqLeq(snd.una, snd.nxt), 'SND.UNA =< SND.NXT');
  assert(seqLeq(snd.nxt, snd.max), 'SND.NXT =< SND.MAX');
  assert(seqDiff(snd.max, snd.nxt) <= 1, 'only one probe octet lies beyond SND.NXT');
  assert(seqLeq(snd.max, snd.queued), 'only what is queued is sent');
  assert(snd.wnd >= 0 && snd.wnd <= snd.maxWnd, '0 =< SND.WND =< MAX.SND.WND');
  const fin = sendBuffer.isClosed && !tcb.isFinAcknowledged ? 1 : 0;
  assert(seqDiff(snd.queued, snd.una) === sendBuffer.length + fin, 'the send buffer begins at SND.UNA');
  if (snd.isUrgent) {
    assert(seqLt(snd.una, snd.up), 'urgent octets that are acknowledged are no longer urgent');
    assert(seqLeq(snd.up, snd.queued), 'only what is queued is urgent');
  }
  if (recovery.isActive) {
    assert(seqLeq(snd.una, recovery.cursor), 'SND.UNA =< the retransmission cursor');
    assert(seqLeq(recovery.cursor, snd.nxt), 'the cursor stays within what was sent');
    assert(seqLeq(recovery.lostEdge, snd.nxt), 'only what was sent is lost');
    assert(seqLeq(recovery.point, snd.nxt), 'recovery is about octets sent');
  }
}

/** The congestion window, and what the peer says it holds. */
function checkNetwork(tcb: Tcb): void {
  const { snd, scoreboard, congestion } = tcb;
  assert(congestion.cwnd >= snd.effSndMss, 'cwnd is one segment at least');
  let before = snd.una;
  for (const [start, end] of scoreboard.ranges()) {
    assert(seqLeq(before, start) && seqDiff(end, start) > 0, 'SACKed ranges lie beyond SND.UNA, in order');
    before = end;
  }
  assert(seqLeq(before, snd.nxt), 'only what was sent is SACKed');
  assert(outstanding(tcb) >= 0, 'pipe is not negative');
}

function checkReceiving(tcb: Tcb): void {
  const { rcv, receiveBuffer, assembler } = tcb;
  // After the peer's FIN the edge means nothing any more.
  if (!tcb.mayReceive) return;
  assert(seqLeq(rcv.nxt, rcv.edge), 'RCV.NXT =< the promised edge');
  const offersTooMuch = mayBreak(tcb.policies.window, 'RCV.BUFF');
  assert(offersTooMuch || receiveBuffer.length + rcv.wnd <= receiveBuffer.capacity, 'RCV.USER + RCV.WND =< RCV.BUFF');
  assert(receiveBuffer.allocated <= receiveBuffer.capacity, 'no more memory than RCV.BUFF');
  assert(seqLeq(rcv.lastEdge, rcv.edge), 'no more is said than promised');
  let before = rcv.nxt;
  for (const [start, end] of assembler.ranges()) {
    assert(seqDiff(start, before) > 0, 'ranges lie beyond RCV.NXT, in order and apart');
    assert(seqDiff(end, start) > 0, 'no range is empty');
    before = end;
  }
  assert(seqLeq(before, rcv.edge), 'nothing is held beyond the promised edge');
}

function checkTimers(tcb: Tcb): void {
  const running = [RETRANSMISSION, PERSIST, OVERRIDE].filter((timer) => tcb.timers.isRunning(timer as 0 | 1 | 3));
  assert(running.length <= 1, 'only one of retransmission, persist and override runs');
  if (!isSynchronized(tcb.state) || tcb.state === 'TIME-WAIT') return;
  const { snd } = tcb;
  if (snd.wnd > 0 && snd.flight > 0) assert(tcb.timers.isRunning(RETRANSMISSION), 'what is in flight is timed');
  const isBlocked = snd.wnd === 0 && (snd.flight > 0 || snd.unsent > 0);
  if (isBlocked && !tcb.neverProbes)
    assert(tcb.timers.isRunning(PERSIST), 'a zero window with something to send is probed (MUST-36)');
}
