// Onlookers: one that hears nothing, for others to begin from, and one that passes what it hears on to several.
import { type OfferRule, type Probe, type Refusal } from './probe.ts';
import { type RecoveryPhase } from './recovery.ts';
import { type Segment } from './segment.ts';
import { type Offering, type SilenceReason } from './silence.ts';
import { type State } from './state.ts';
import { type Tcb } from './tcb.ts';
import { type Instant } from './time.ts';
import { type TimerName } from './timers.ts';

/** Hears all and does nothing: whoever extends it says what is of interest. */
export class Onlooker implements Probe {
  segmentArrives(_tcb: Tcb, _seg: Segment, _now: Instant): void {}
  segmentRefused(_tcb: Tcb, _seg: Segment, _refusal: Refusal, _now: Instant): void {}
  segmentLeaves(_tcb: Tcb, _seg: Segment, _now: Instant): void {}
  stateChanges(_tcb: Tcb, _from: State, _to: State, _now: Instant): void {}
  reasonChanges(_tcb: Tcb, _from: SilenceReason, _to: SilenceReason, _now: Instant): void {}
  offeringChanges(_tcb: Tcb, _from: Offering, _to: Offering, _now: Instant): void {}
  sendWindowChanges(_tcb: Tcb, _from: number, _now: Instant): void {}
  congestionChanges(_tcb: Tcb, _from: RecoveryPhase, _now: Instant): void {}
  windowOffered(_tcb: Tcb, _rule: OfferRule, _now: Instant): void {}
  timerStarts(_tcb: Tcb, _timer: TimerName, _deadline: Instant, _now: Instant): void {}
  timerStops(_tcb: Tcb, _timer: TimerName, _now: Instant): void {}
  timerFires(_tcb: Tcb, _timer: TimerName, _now: Instant): void {}
  written(_tcb: Tcb, _accepted: number, _offered: number, _now: Instant): void {}
  read(_tcb: Tcb, _octets: number, _now: Instant): void {}
}

/** With one more onlooker, who hears of everything after the others. */
export function withOnlooker(present: Probe | undefined, another: Probe): Probe {
  if (present === undefined) return another;
  return new Several([...onlookersOf(present), another]);
}

/** Without one of them; undefined where nobody is left. */
export function withoutOnlooker(present: Probe | undefined, gone: Probe): Probe | undefined {
  if (present === undefined) return undefined;
  const left = onlookersOf(present).filter((one) => one !== gone);
  return left.length > 1 ? new Several(left) : left[0];
}

function onlookersOf(probe: Probe): readonly Probe[] {
  return probe instanceof Several ? probe.onlookers : [probe];
}

/** Tells several, in order. Never changed once made: one that goes while it is told of something disturbs no other. */
class Several implements Probe {
  readonly onlookers: readonly Probe[];

  constructor(onlookers: readonly Probe[]) {
    this.onlookers = onlookers;
  }

  segmentArrives(tcb: Tcb, seg: Segment, now: Instant): void {
    for (let i = 0; i < this.onlookers.length; i++) this.onlookers[i]!.segmentArrives(tcb, seg, now);
  }

  segmentRefused(tcb: Tcb, seg: Segment, refusal: Refusal, now: Instant): void {
    for (let i = 0; i < this.onlookers.length; i++) this.onlookers[i]!.segmentRefused(tcb, seg, refusal, now);
  }

  segmentLeaves(tcb: Tcb, seg: Segment, now: Instant): void {
    for (let i = 0; i < this.onlookers.length; i++) this.onlookers[i]!.segmentLeaves(tcb, seg, now);
  }

  stateChanges(tcb: Tcb, from: State, to: State, now: Instant): void {
    for (const one of this.onlookers) one.stateChanges(tcb, from, to, now);
  }

  reasonChanges(tcb: Tcb, from: SilenceReason, to: SilenceReason, now: Instant): void {
    for (let i = 0; i < this.onlookers.length; i++) this.onlookers[i]!.reasonChanges(tcb, from, to, now);
  }

  offeringChanges(tcb: Tcb, from: Offering, to: Offering, now: Instant): void {
    for (const one of this.onlookers) one.offeringChanges(tcb, from, to, now);
  }

  sendWindowChanges(tcb: Tcb, from: number, now: Instant): void {
    for (let i = 0; i < this.onlookers.length; i++) this.onlookers[i]!.sendWindowChanges(tcb, from, now);
  }

  congestionChanges(tcb: Tcb, from: RecoveryPhase, now: Instant): void {
    for (let i = 0; i < this.onlookers.length; i++) this.onlookers[i]!.congestionChanges(tcb, from, now);
  }

  windowOffered(tcb: Tcb, rule: OfferRule, now: Instant): void {
    for (let i = 0; i < this.onlookers.length; i++) this.onlookers[i]!.windowOffered(tcb, rule, now);
  }

  timerStarts(tcb: Tcb, timer: TimerName, deadline: Instant, now: Instant): void {
    for (let i = 0; i < this.onlookers.length; i++) this.onlookers[i]!.timerStarts(tcb, timer, deadline, now);
  }

  timerStops(tcb: Tcb, timer: TimerName, now: Instant): void {
    for (let i = 0; i < this.onlookers.length; i++) this.onlookers[i]!.timerStops(tcb, timer, now);
  }

  timerFires(tcb: Tcb, timer: TimerName, now: Instant): void {
    for (const one of this.onlookers) one.timerFires(tcb, timer, now);
  }

  written(tcb: Tcb, accepted: number, offered: number, now: Instant): void {
    for (let i = 0; i < this.onlookers.length; i++) this.onlookers[i]!.written(tcb, accepted, offered, now);
  }

  read(tcb: Tcb, octets: number, now: Instant): void {
    for (let i = 0; i < this.onlookers.length; i++) this.onlookers[i]!.read(tcb, octets, now);
  }
}
