// One end of a connection at a moment, as plain data under RFC names: what a track shows of it, and what a recording told.
import { ABSENT, type Seq, seqDiff } from '../../tcp/index.ts';
import { type Limit, type Observation, type Side, type Track } from '../track/index.ts';
import { type RunningTimer, type Told } from './told.ts';

/** Octets of the timestamps option, with its padding. */
const TIMESTAMPS = 12;

/** Sequence numbers are relative to the initial ones; `null` is what cannot be known from here. */
export interface EndView {
  'SND.UNA': number | null;
  'SND.NXT': number | null;
  'SND.WND': number | null;
  /** Octets in flight, and U, the usable window. */
  flight: number | null;
  usable: number | null;
  'RCV.NXT': number | null;
  /** The window it offered last, and the right edge of it. */
  'RCV.WND': number | null;
  edge: number | null;
  /** Octets of text in a full segment. */
  mss: number;
  srttNs: number | null;
  duplicateAcks: number;
  isRecovering: boolean;
  /** SND.WND is 0 since. */
  zeroSinceNs: number | null;
  /** Why it is silent, as far as packets tell. */
  limit: Limit;
  told: Told | null;
}

/** A packet in the vicinity of the moment. */
export interface PacketView {
  packet: number;
  atNs: number;
  side: Side;
  flags: number;
  seq: number;
  ack: number;
  /** What the urgent pointer points to; null without URG. */
  up: number | null;
  lengthOctets: number;
  wndOctets: number;
  what: Readonly<Observation>;
}

export interface Beside {
  told: Told | undefined;
  zeroSinceNs: number | null;
  /** The moment asked for: no packet passes before it. */
  at: number;
}

export function viewEnd(track: Track, side: Side, { told, zeroSinceNs, at }: Beside): EndView {
  const me = track.ends[side];
  const peer = track.ends[side === 0 ? 1 : 0];
  const own = (seq: Seq): number => seqDiff(seq, me.iss);
  const sends = me.isPlaced;
  const hasWindow = me.hasWindow;
  return {
    'SND.UNA': hasWindow ? own(me.una) : null,
    'SND.NXT': sends ? own(me.nxt) : null,
    'SND.WND': hasWindow ? me.wnd : null,
    flight: hasWindow ? me.flight : null,
    usable: hasWindow ? seqDiff(me.sendEdge, me.nxt) : null,
    'RCV.NXT': me.hasAck && peer.isPlaced ? seqDiff(me.rcvNxt, peer.iss) : null,
    'RCV.WND': me.hasAck ? me.rcvWnd : null,
    edge: me.hasAck && peer.isPlaced ? seqDiff(me.edge, peer.iss) : null,
    mss: peer.mss === ABSENT ? me.segmentSize(peer) : peer.mss - optionsOf(track),
    srttNs: null,
    duplicateAcks: me.dupAcks,
    isRecovering: me.isRecovering,
    zeroSinceNs,
    limit: track.limits[side].presentAt(at),
    told:
      told === undefined ? null : { ...told, timers: told.timers.map((timer) => dueTimer(timer, me.progressAt, at)) },
  };
}

/** Each acknowledgment of new octets sets the two that wait for one anew (RFC 6298 §5.3, RFC 9293 §3.9.1): till when is not told. */
function dueTimer(timer: RunningTimer, progressAt: number, at: number): RunningTimer {
  const isForAcks = timer.timer === 'retransmission' || timer.timer === 'user-timeout';
  const wasSetAnew = (isForAcks && progressAt > timer.startedNs) || (timer.deadlineNs ?? at) < at;
  return wasSetAnew ? { ...timer, deadlineNs: null } : timer;
}

/** Where both ends agreed on timestamps, they stand in every segment and leave less room for text (RFC 9293 §3.7.1, RFC 6691). */
function optionsOf({ ends: [a, b] }: Track): number {
  return a.offersTimestamps && b.offersTimestamps ? TIMESTAMPS : 0;
}
