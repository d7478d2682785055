// What a scenario's measures are taken from: an onlooker of one end that notes when which segments left. It keeps the first
// hundred thousand happenings of a kind, so that a long run costs no more memory than a short one.
import {
  type Instant,
  NEVER,
  type Offering,
  type OfferRule,
  type Probe,
  type Refusal,
  type Segment,
  seqDiff,
  type SilenceReason,
  type State,
  SYN,
  type Tcb,
  type TimerName,
} from '../../src/tcp/index.ts';

const MOST = 100_000;

export interface Noted {
  at: Instant;
  value: number;
}

export class Watch implements Probe {
  /** Octets of text of each segment that left for the first time. */
  readonly data: Noted[] = [];
  /** Relative to the closing of the window, which began the wait. */
  readonly probes: Noted[] = [];
  readonly retransmissions: Noted[] = [];
  /** Empty segments: the octets that each offered. */
  readonly acks: Noted[] = [];
  readonly windowUpdates: Noted[] = [];
  /** Windows offered, each time a segment said another edge. */
  readonly offers: Noted[] = [];
  /** The peer's windows that closed and opened: octets. */
  readonly windows: Noted[] = [];
  readonly rtts: Noted[] = [];
  /** RTO after each sample. */
  readonly rtos: Noted[] = [];
  /** The most octets that were in flight. */
  flightPeak = 0;
  dataSegments = 0;
  dataOctets = 0;
  #samples = 0;
  #shutAt: Instant = NEVER;

  segmentArrives(tcb: Tcb, _seg: Segment, now: Instant): void {
    this.#lookAt(tcb, now);
  }

  segmentLeaves(tcb: Tcb, seg: Segment, now: Instant): void {
    this.#lookAt(tcb, now);
    switch (seg.purpose) {
      case 'text':
        this.dataSegments++;
        this.flightPeak = Math.max(this.flightPeak, tcb.snd.flight);
        this.dataOctets += seg.textLength;
        note(this.data, seg.textLength, now);
        return;
      case 'probe':
        note(this.probes, this.#shutAt === NEVER ? 0 : now - this.#shutAt, now);
        return;
      case 'retransmission':
        note(this.retransmissions, seg.textLength, now);
        return;
      case 'window-update':
        note(this.windowUpdates, seg.wnd << tcb.rcv.windShift, now);
        note(this.acks, seg.wnd << tcb.rcv.windShift, now);
        return;
      default:
        if (!seg.has(SYN)) note(this.acks, seg.wnd << tcb.rcv.windShift, now);
    }
  }

  sendWindowChanges(tcb: Tcb, _from: number, now: Instant): void {
    note(this.windows, tcb.snd.wnd, now);
    if (tcb.snd.wnd > 0) this.#shutAt = NEVER;
    else if (this.#shutAt === NEVER) this.#shutAt = now;
  }

  windowOffered(tcb: Tcb, _rule: OfferRule, now: Instant): void {
    note(this.offers, seqDiff(tcb.rcv.lastEdge, tcb.rcv.lastAck), now);
  }

  reasonChanges(tcb: Tcb, _from: SilenceReason, _to: SilenceReason, now: Instant): void {
    this.#lookAt(tcb, now);
  }

  segmentRefused(_tcb: Tcb, _seg: Segment, _refusal: Refusal, _now: Instant): void {}
  stateChanges(_tcb: Tcb, _from: State, _to: State, _now: Instant): void {}
  offeringChanges(_tcb: Tcb, _from: Offering, _to: Offering, _now: Instant): void {}
  timerStarts(_tcb: Tcb, _timer: TimerName, _deadline: Instant, _now: Instant): void {}
  timerStops(_tcb: Tcb, _timer: TimerName, _now: Instant): void {}
  timerFires(_tcb: Tcb, _timer: TimerName, _now: Instant): void {}
  written(_tcb: Tcb, _accepted: number, _offered: number, _now: Instant): void {}
  read(_tcb: Tcb, _octets: number, _now: Instant): void {}

  #lookAt(tcb: Tcb, now: Instant): void {
    const { rtt } = tcb;
    if (rtt.samples === this.#samples) return;
    this.#samples = rtt.samples;
    note(this.rtts, rtt.latest, now);
    note(this.rtos, rtt.base, now);
  }
}

function note(list: Noted[], value: number, at: Instant): void {
  if (list.length < MOST) list.push({ at, value });
}

/** Tells two onlookers. */
export class Both implements Probe {
  readonly #a: Probe;
  readonly #b: Probe;

  constructor(a: Probe, b: Probe) {
    this.#a = a;
    this.#b = b;
  }

  segmentArrives(tcb: Tcb, seg: Segment, now: Instant): void {
    this.#a.segmentArrives(tcb, seg, now);
    this.#b.segmentArrives(tcb, seg, now);
  }

  segmentRefused(tcb: Tcb, seg: Segment, refusal: Refusal, now: Instant): void {
    this.#a.segmentRefused(tcb, seg, refusal, now);
    this.#b.segmentRefused(tcb, seg, refusal, now);
  }

  segmentLeaves(tcb: Tcb, seg: Segment, now: Instant): void {
    this.#a.segmentLeaves(tcb, seg, now);
    this.#b.segmentLeaves(tcb, seg, now);
  }

  stateChanges(tcb: Tcb, from: State, to: State, now: Instant): void {
    this.#a.stateChanges(tcb, from, to, now);
    this.#b.stateChanges(tcb, from, to, now);
  }

  reasonChanges(tcb: Tcb, from: SilenceReason, to: SilenceReason, now: Instant): void {
    this.#a.reasonChanges(tcb, from, to, now);
    this.#b.reasonChanges(tcb, from, to, now);
  }

  offeringChanges(tcb: Tcb, from: Offering, to: Offering, now: Instant): void {
    this.#a.offeringChanges(tcb, from, to, now);
    this.#b.offeringChanges(tcb, from, to, now);
  }

  sendWindowChanges(tcb: Tcb, from: number, now: Instant): void {
    this.#a.sendWindowChanges(tcb, from, now);
    this.#b.sendWindowChanges(tcb, from, now);
  }

  windowOffered(tcb: Tcb, rule: OfferRule, now: Instant): void {
    this.#a.windowOffered(tcb, rule, now);
    this.#b.windowOffered(tcb, rule, now);
  }

  timerStarts(tcb: Tcb, timer: TimerName, deadline: Instant, now: Instant): void {
    this.#a.timerStarts(tcb, timer, deadline, now);
    this.#b.timerStarts(tcb, timer, deadline, now);
  }

  timerStops(tcb: Tcb, timer: TimerName, now: Instant): void {
    this.#a.timerStops(tcb, timer, now);
    this.#b.timerStops(tcb, timer, now);
  }

  timerFires(tcb: Tcb, timer: TimerName, now: Instant): void {
    this.#a.timerFires(tcb, timer, now);
    this.#b.timerFires(tcb, timer, now);
  }

  written(tcb: Tcb, accepted: number, offered: number, now: Instant): void {
    this.#a.written(tcb, accepted, offered, now);
    this.#b.written(tcb, accepted, offered, now);
  }

  read(tcb: Tcb, octets: number, now: Instant): void {
    this.#a.read(tcb, octets, now);
    this.#b.read(tcb, octets, now);
  }
}
