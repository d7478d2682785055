// What a scenario's measures are taken from: an onlooker of one end that notes when which segments left. It keeps the first
// hundred thousand happenings of a kind, so that a long run costs no more memory than a short one.
import {
  type Instant,
  NEVER,
  type OfferRule,
  Onlooker,
  type Segment,
  seqDiff,
  type SilenceReason,
  SYN,
  type Tcb,
} from '../../src/tcp/index.ts';

const MOST = 100_000;

export interface Noted {
  at: Instant;
  value: number;
}

export class Watch extends Onlooker {
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

  override segmentArrives(tcb: Tcb, _seg: Segment, now: Instant): void {
    this.#lookAt(tcb, now);
  }

  override segmentLeaves(tcb: Tcb, seg: Segment, now: Instant): void {
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

  override sendWindowChanges(tcb: Tcb, _from: number, now: Instant): void {
    note(this.windows, tcb.snd.wnd, now);
    if (tcb.snd.wnd > 0) this.#shutAt = NEVER;
    else if (this.#shutAt === NEVER) this.#shutAt = now;
  }

  override windowOffered(tcb: Tcb, _rule: OfferRule, now: Instant): void {
    note(this.offers, seqDiff(tcb.rcv.lastEdge, tcb.rcv.lastAck), now);
  }

  override reasonChanges(tcb: Tcb, _from: SilenceReason, _to: SilenceReason, now: Instant): void {
    this.#lookAt(tcb, now);
  }

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
