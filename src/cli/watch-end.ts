// One end of a connection as `sash watch` shows it: taken from the feed's states, or folded from a recording's happenings.
import { type Offering, seqDiff, type SilenceReason, type State, SYN, type TimerName, type Seq } from '../tcp/index.ts';
import { type FeedConnectionState, type Happening, type SegmentPasses, type TimerHappening } from '../trace/index.ts';

export interface WatchedEnd {
  label: string;
  role: 'sender' | 'receiver';
  /** `10.0.0.1:4000 → 10.0.0.2:9293` */
  path: string;
  state: State | '';
  /** '' where a capture of others does not say. */
  reason: SilenceReason | '';
  reasonSinceNs: number;
  offering: Offering | '';
  offeringSinceNs: number;
  /** Octets of text acknowledged, in flight, allowed beyond that, and queued. */
  acknowledged: number;
  flight: number;
  window: number;
  widest: number;
  unsent: number;
  /** The receive buffer: octets unread, offered, in all; and read. */
  unread: number;
  offered: number;
  buffer: number;
  read: number;
  timers: Partial<Record<TimerName, number>>;
  srtt: number | null;
  rto: number | null;
  cwnd: number | null;
  sent: number;
  received: number;
  again: number;
  probes: number;
}

export function newEnd(label: string, role: 'sender' | 'receiver', path: string): WatchedEnd {
  return {
    label,
    role,
    path,
    state: '',
    reason: '',
    reasonSinceNs: 0,
    offering: '',
    offeringSinceNs: 0,
    acknowledged: 0,
    flight: 0,
    window: 0,
    widest: 0,
    unsent: 0,
    unread: 0,
    offered: 0,
    buffer: 0,
    read: 0,
    timers: {},
    srtt: null,
    rto: null,
    cwnd: null,
    sent: 0,
    received: 0,
    again: 0,
    probes: 0,
  };
}

/** As the feed has it. */
export function takeState(end: WatchedEnd, { tcb, tally, ...rest }: FeedConnectionState): void {
  const { reasonSinceNs, offeringSinceNs } = rest;
  Object.assign(end, {
    state: tcb.state,
    reason: tcb.reason,
    reasonSinceNs,
    offering: tcb.offering,
    offeringSinceNs,
    acknowledged: tally.octetsAcknowledged,
    flight: tcb.flight,
    window: tcb['SND.WND'],
    widest: tcb['MAX.SND.WND'],
    unsent: Math.max(0, tcb.unsent),
    unread: tcb['RCV.USER'],
    offered: tcb['RCV.WND'],
    buffer: tcb['RCV.BUFF'],
    read: tally.octetsRead,
    timers: tcb.timers,
    srtt: tcb.srtt,
    rto: tcb.rto,
    cwnd: tcb.cwnd,
    sent: tally.segmentsSent,
    received: tally.segmentsReceived,
    again: tally.retransmissions,
    probes: tally.probesSent,
  } satisfies Partial<WatchedEnd>);
}

/** What only the fold needs to know. */
export class Fold {
  readonly end: WatchedEnd;
  #una: Seq | undefined;
  #next: Seq | undefined;
  #iss: Seq | undefined;
  #scales = { in: 0, out: 0 };
  #lastIn: Seq | undefined;
  /** Since when the sender has been held by a window of zero: a probe does not interrupt that. */
  #shutSinceNs: number | undefined;

  constructor(end: WatchedEnd) {
    this.end = end;
  }

  take(happening: Happening): void {
    const { end } = this;
    switch (happening.type) {
      case 'segment':
        this.#segment(happening);
        return;
      case 'reason':
        if (happening.to === 'zero-window') this.#shutSinceNs ??= happening.atNs;
        else if (happening.to !== 'sending' || happening.wndOctets > 0) this.#shutSinceNs = undefined;
        end.reason = happening.to;
        end.reasonSinceNs = happening.to === 'zero-window' ? this.#shutSinceNs! : happening.atNs;
        end.unsent = happening.unsentOctets;
        return;
      case 'offering':
        end.offering = happening.to;
        end.offeringSinceNs = happening.atNs;
        end.unread = Math.max(0, happening.capacityOctets - happening.roomOctets);
        end.buffer = happening.capacityOctets;
        return;
      case 'offer':
        end.offered = happening.wndOctets;
        end.unread = Math.max(0, happening.capacityOctets - happening.roomOctets);
        end.buffer = happening.capacityOctets;
        return;
      case 'congestion':
        end.cwnd = happening.cwndOctets;
        return;
      case 'read':
        end.unread = happening.unreadOctets;
        end.read += happening.octets;
        return;
      case 'state':
        end.state = happening.to;
        return;
      case 'timer':
        this.#timer(happening);
        return;
      default:
    }
  }

  #timer({ timer, deadlineNs }: TimerHappening): void {
    const { end } = this;
    end.timers = { ...end.timers };
    if (deadlineNs === undefined) delete end.timers[timer];
    else end.timers[timer] = deadlineNs;
  }

  #segment(seg: SegmentPasses): void {
    if (seg.direction === 'out') this.#leaves(seg);
    else this.#arrives(seg);
    this.end.flight =
      this.#una === undefined || this.#next === undefined ? 0 : Math.max(0, seqDiff(this.#next, this.#una));
    const acknowledged = this.#una === undefined || this.#iss === undefined ? 0 : seqDiff(this.#una, this.#iss) - 1;
    this.end.acknowledged = Math.max(this.end.acknowledged, acknowledged);
  }

  #leaves(seg: SegmentPasses): void {
    const { end } = this;
    end.sent++;
    if (seg.purpose === 'retransmission') end.again++;
    if (seg.purpose === 'probe') end.probes++;
    if ((seg.flags & SYN) !== 0) {
      this.#iss = seg.seq as Seq;
      this.#una = seg.seq as Seq;
      this.#scales.out = seg.windowScale ?? 0;
    }
    end.offered = seg.wnd << ((seg.flags & SYN) === 0 ? this.#scales.out : 0);
    const after = ((seg.seq + seg.lengthOctets + ((seg.flags & SYN) === 0 ? 0 : 1)) >>> 0) as Seq;
    if (seg.purpose === 'probe') return;
    if (this.#next === undefined || seqDiff(after, this.#next) > 0) this.#next = after;
  }

  #arrives(seg: SegmentPasses): void {
    const { end } = this;
    end.received++;
    if ((seg.flags & SYN) !== 0) {
      this.#scales.in = seg.windowScale ?? 0;
      if (seg.windowScale === undefined) this.#scales.out = 0;
      this.#lastIn = seg.seq as Seq;
    }
    if (this.#lastIn !== undefined && seqDiff(seg.seq as Seq, this.#lastIn) < 0) return; // an older one: its window is stale
    this.#lastIn = seg.seq as Seq;
    end.window = seg.wnd << ((seg.flags & SYN) === 0 ? this.#scales.in : 0);
    end.widest = Math.max(end.widest, end.window);
    if (this.#una === undefined || seqDiff(seg.ack as Seq, this.#una) > 0) this.#una = seg.ack as Seq;
  }
}
