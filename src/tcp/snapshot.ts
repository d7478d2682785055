// A TCB as plain data under the RFCs' names, for people and for JSON. Sequence numbers are absolute; times are in
// nanoseconds, and null where there is none.
import { type Failure } from './events.ts';
import { type Offering, type SilenceReason } from './silence.ts';
import { congestionWindow, outstanding } from './loss-recovery.ts';
import { type RecoveryPhase } from './recovery.ts';
import { type State } from './state.ts';
import { type AckDue, type Tcb } from './tcb.ts';
import { type Duration, type Instant, NEVER } from './time.ts';
import { type Timer, type TimerName, TIMERS } from './timers.ts';

export interface Snapshot {
  state: State;
  reason: SilenceReason;
  offering: Offering;
  failure: Failure | null;
  'SND.UNA': number;
  'SND.NXT': number;
  'SND.MAX': number;
  'SND.WND': number;
  'SND.WL1': number;
  'SND.WL2': number;
  /** SND.UP: after the last urgent octet; null while none is outstanding. */
  'SND.UP': number | null;
  ISS: number;
  /** Max(SND.WND). */
  'MAX.SND.WND': number;
  'Snd.Wind.Shift': number;
  'Eff.snd.MSS': number;
  'RCV.NXT': number;
  'RCV.WND': number;
  'RCV.USER': number;
  'RCV.BUFF': number;
  'Rcv.Wind.Shift': number;
  /** RCV.UP: after the last octet the peer calls urgent; null once it is read. */
  'RCV.UP': number | null;
  IRS: number;
  /** U, the usable window, octets; negative after the peer shrank its window. */
  usable: number;
  /** Octets sent and not acknowledged. */
  flight: number;
  /** D: octets queued and not sent, the FIN's included. */
  unsent: number;
  /** Octets the send buffer holds, and can hold. */
  sendBuffered: number;
  sendCapacity: number;
  /** Octets beyond a gap, and in how many ranges. */
  outOfOrder: number;
  outOfOrderRanges: number;
  ackDue: AckDue;
  /** The congestion window and its threshold, octets; null where there is none. */
  cwnd: number | null;
  ssthresh: number | null;
  /** Octets believed to be in the network: RFC 6675's pipe. */
  pipe: number;
  /** What is lost and mended: not at all, by fast recovery, after a timeout; and duplicate acknowledgments so far. */
  recovery: RecoveryPhase;
  dupAcks: number;
  /** Octets the peer holds beyond SND.UNA, by its SACK blocks. */
  sacked: number;
  srtt: Duration | null;
  rttvar: Duration | null;
  rto: Duration;
  /** Deadlines of the timers that run. */
  timers: Partial<Record<TimerName, Instant>>;
}

export function snapshot(tcb: Tcb): Snapshot {
  const { snd, rcv, rtt } = tcb;
  const isOpen = tcb.state !== 'CLOSED' && tcb.state !== 'LISTEN' && tcb.state !== 'SYN-SENT';
  return {
    state: tcb.state,
    reason: tcb.silence.present,
    offering: tcb.offering.present,
    failure: tcb.failure ?? null,
    'SND.UNA': snd.una,
    'SND.NXT': snd.nxt,
    'SND.MAX': snd.max,
    'SND.WND': snd.wnd,
    'SND.WL1': snd.wl1,
    'SND.WL2': snd.wl2,
    'SND.UP': snd.isUrgent ? snd.up : null,
    ISS: snd.iss,
    'MAX.SND.WND': snd.maxWnd,
    'Snd.Wind.Shift': snd.windShift,
    'Eff.snd.MSS': snd.effSndMss,
    'RCV.NXT': rcv.nxt,
    'RCV.WND': rcv.wnd,
    'RCV.USER': tcb.receiveBuffer.length,
    'RCV.BUFF': tcb.receiveBuffer.capacity,
    'Rcv.Wind.Shift': rcv.windShift,
    'RCV.UP': rcv.isUrgent ? rcv.up : null,
    IRS: rcv.irs,
    usable: snd.usable,
    flight: snd.flight,
    unsent: isOpen ? snd.unsent : tcb.sendBuffer.length,
    sendBuffered: tcb.sendBuffer.length,
    sendCapacity: tcb.sendCapacity,
    outOfOrder: tcb.assembler.octets,
    outOfOrderRanges: tcb.assembler.ranges().length,
    ackDue: tcb.due.ack,
    cwnd: finite(congestionWindow(tcb)),
    ssthresh: finite(tcb.congestion.ssthresh),
    pipe: isOpen ? outstanding(tcb) : 0,
    recovery: tcb.recovery.phase,
    dupAcks: tcb.recovery.dupAcks,
    sacked: tcb.scoreboard.octets,
    srtt: rtt.samples > 0 ? rtt.srtt : null,
    rttvar: rtt.samples > 0 ? rtt.rttvar : null,
    rto: rtt.rto,
    timers: runningTimers(tcb),
  };
}

/** JSON has no Infinity; octets are whole. */
function finite(octets: number): number | null {
  return Number.isFinite(octets) ? Math.floor(octets) : null;
}

function runningTimers(tcb: Tcb): Partial<Record<TimerName, Instant>> {
  const running: Partial<Record<TimerName, Instant>> = {};
  TIMERS.forEach((name, index) => {
    const deadline = tcb.timers.deadline(index as Timer);
    if (deadline !== NEVER) running[name] = deadline;
  });
  return running;
}
