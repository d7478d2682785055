// A connection as its driver sees it. Four kinds of method: getters; calls of the application; arrivals (a segment, the
// time); polls (segments, events, then one timer for `nextDeadline()`). `now` is always the last parameter and never
// decreases. After any call or arrival: poll segments until there is none, then events until there is none.
import { type ConnectionEvent, type Failure } from './events.ts';
import { withOnlooker, withoutOnlooker } from './onlooker.ts';
import { tellCongestion } from './loss-recovery.ts';
import { type ConnectionOptions, type Keepalive, type NagleVariant } from './options.ts';
import { type Probe } from './probe.ts';
import { segmentArrives } from './segment-arrives.ts';
import { nextSegment } from './segmentize.ts';
import { type Segment } from './segment.ts';
import { silenceReason } from './send-policy.ts';
import {
  type HoldReason,
  type Offering,
  type OfferingDurations,
  type ReasonDurations,
  type SilenceReason,
} from './silence.ts';
import { seqLt } from './seq.ts';
import { snapshot, type Snapshot } from './snapshot.ts';
import { isSynchronized, type State } from './state.ts';
import { Tcb } from './tcb.ts';
import { type Duration, type Instant } from './time.ts';
import { superviseTimers, timePasses } from './timeouts.ts';
import { KEEPALIVE } from './timers.ts';
import { urgentOctets } from './urgent.ts';
import * as calls from './user-calls.ts';
import { presentOffering } from './window-policy.ts';

export class Connection {
  /** For onlookers, who read it and change nothing. */
  readonly tcb: Tcb;
  /** Nothing has left since the reasons were last settled. */
  #isSettled = true;

  /** A connection in CLOSED. Take the options from `connectionOptions`. */
  constructor(options: ConnectionOptions, now: Instant) {
    this.tcb = new Tcb({ ...options }, now);
  }

  // ---- getters ----

  get state(): State {
    return this.tcb.state;
  }

  /** Why the connection ended, if otherwise than by two FINs. */
  get failure(): Failure | undefined {
    return this.tcb.failure;
  }

  /** Octets that can be read now. */
  get readable(): number {
    return this.tcb.receiveBuffer.length;
  }

  /**
   * Octets that are left to read up to the end of the peer's urgent data, whether they have come or not: 0 in the normal mode
   * (RFC 9293 §3.8.5, MUST-33).
   */
  get urgent(): number {
    return urgentOctets(this.tcb);
  }

  /** Octets that a write would find room for now. */
  get sendRoom(): number {
    return this.tcb.sendRoom;
  }

  /** The peer's FIN has come: after what is readable nothing follows. */
  get isPeerClosed(): boolean {
    const { finAt, nxt } = this.tcb.rcv;
    return finAt !== undefined && seqLt(finAt, nxt);
  }

  get reason(): SilenceReason {
    return this.tcb.silence.present;
  }

  get offering(): Offering {
    return this.tcb.offering.present;
  }

  /** How long the sending side spent in each reason; the sum is the connection's life up to `now`. */
  durations(now: Instant): ReasonDurations {
    return this.tcb.silence.durations(Math.min(now, this.tcb.endedAt));
  }

  /** The same for the receiving side. */
  offeringDurations(now: Instant): OfferingDurations {
    return this.tcb.offering.durations(Math.min(now, this.tcb.endedAt));
  }

  snapshot(): Snapshot {
    return snapshot(this.tcb);
  }

  // ---- calls of the application ----

  /** OPEN, active. @throws Error if the connection exists already. */
  connect(now: Instant): void {
    calls.openActively(this.tcb, now);
    this.#settle(now);
  }

  /** OPEN, passive. @throws Error if the connection exists already. */
  listen(now: Instant): void {
    calls.openPassively(this.tcb, now);
    this.#settle(now);
  }

  /**
   * SEND: returns how many octets found room; if fewer than given, a 'writable' event follows when there is room again.
   * Views are kept, not copied: leave the octets alone until they are acknowledged.
   * @throws Error 'connection closing' after close, 'connection does not exist' when closed.
   */
  write(octets: Uint8Array, now: Instant): number {
    const accepted = calls.write(this.tcb, octets, now);
    this.#settle(now);
    return accepted;
  }

  /**
   * SEND with the URGENT flag: as `write`, and asks the peer's application to hurry up to the end of what found room. The
   * octets stay in line; word of them goes ahead, at once and whatever the window. New applications should not use it (SHLD-13).
   */
  writeUrgent(octets: Uint8Array, now: Instant): number {
    const accepted = calls.writeUrgent(this.tcb, octets, now);
    this.#settle(now);
    return accepted;
  }

  /**
   * The first unread octets that lie together: a view, whose octets stay as they are until they are consumed. Urgent octets and
   * those after them are never shown together (RFC 9293 §3.9.1.3).
   */
  peek(): Uint8Array {
    const view = this.tcb.receiveBuffer.peek();
    return this.tcb.rcv.isUrgent ? view.subarray(0, this.contiguous) : view;
  }

  /** How many octets `peek` would show, for those who do not want to see them. */
  get contiguous(): number {
    const { contiguous } = this.tcb.receiveBuffer;
    return this.tcb.rcv.isUrgent ? Math.min(contiguous, this.urgent) : contiguous;
  }

  /** RECEIVE, in place: forgets the first `count` unread octets. */
  consume(count: number, now: Instant): void {
    this.tcb.receiveBuffer.consume(count);
    this.#consumed(count, now);
  }

  /** RECEIVE: copies up to `target.length` octets out, up to the end of urgent data if there is any; returns how many. */
  read(target: Uint8Array, now: Instant): number {
    const fits = this.tcb.rcv.isUrgent ? target.subarray(0, this.urgent) : target;
    const count = this.tcb.receiveBuffer.read(fits);
    if (count > 0) this.#consumed(count, now);
    return count;
  }

  /** CLOSE: what is queued is still sent, then the FIN. Reading goes on. */
  close(now: Instant): void {
    calls.close(this.tcb, now);
    this.#settle(now);
  }

  /** ABORT: the RST leaves at the next poll. */
  abort(now: Instant): void {
    calls.abort(this.tcb, now);
    this.#settle(now);
  }

  /** The carrier is gone for good: ends as by a RST from the peer. */
  carrierLost(now: Instant): void {
    calls.carrierLost(this.tcb, now);
    this.#settle(now);
  }

  /** Lets nothing leave until `release`, and charges the time to `reason`. */
  hold(reason: HoldReason, now: Instant): void {
    calls.hold(this.tcb, reason);
    this.#settle(now);
  }

  release(reason: HoldReason, now: Instant): void {
    calls.release(this.tcb, reason, now);
    this.#settle(now);
  }

  setNagle(nagle: NagleVariant, now: Instant): void {
    this.tcb.options.nagle = nagle;
    this.#settle(now);
  }

  setKeepalive(keepalive: Keepalive | undefined, now: Instant): void {
    const { tcb } = this;
    tcb.options.keepalive = keepalive;
    tcb.keepalives = 0;
    if (keepalive === undefined) tcb.stopTimer(KEEPALIVE, now);
    else if (isSynchronized(tcb.state)) tcb.startTimer(KEEPALIVE, now + keepalive.idle, now);
  }

  /** How long octets may go unanswered; NEVER to leave R2 alone. */
  setUserTimeout(userTimeout: Duration, now: Instant): void {
    this.tcb.options.userTimeout = userTimeout;
    this.#settle(now);
  }

  /** From now on `probe` hears of all that happens, after those who do already. */
  observe(probe: Probe): void {
    this.tcb.probe = withOnlooker(this.tcb.probe, probe);
  }

  unobserve(probe: Probe): void {
    this.tcb.probe = withoutOnlooker(this.tcb.probe, probe);
  }

  // ---- arrivals ----

  /** Takes a segment for this connection's ports. The segment is trimmed in place. */
  segmentArrives(seg: Segment, now: Instant): void {
    segmentArrives(this.tcb, seg, now);
    this.#settle(now);
  }

  /**
   * A segment came whose checksum is wrong (RFC 9293 §3.1, MUST-3), as far as it can be read: it is dropped, and as it may be
   * anybody's, nothing is changed by it but what is counted and told.
   */
  damageArrives(seg: Segment, now: Instant): void {
    this.tcb.refuse(seg, 'checksum', now);
  }

  /** It is `now`: fires the timers that are due. */
  timePasses(now: Instant): void {
    timePasses(this.tcb, now);
    this.#settle(now);
  }

  // ---- polls ----

  /** Fills `out` with the next segment that leaves; its text is valid until the next poll. False when there is none. */
  pollSegment(out: Segment, now: Instant): boolean {
    const { tcb } = this;
    if (nextSegment(tcb, out, now)) {
      superviseTimers(tcb, now);
      this.#isSettled = false;
      return true;
    }
    // A poll that says no changes nothing by itself: what the reason is was settled before, unless something has left.
    if (!this.#isSettled) this.#settle(now);
    return false;
  }

  /** `pollEvent` would say something. */
  get hasEvents(): boolean {
    return !this.tcb.events.isEmpty;
  }

  pollEvent(): ConnectionEvent | undefined {
    return this.tcb.events.take();
  }

  /** When `timePasses` wants to be called next; NEVER if no timer runs. */
  nextDeadline(): Instant {
    return this.tcb.timers.next();
  }

  /** After every input, and after the poll that says no: the timers that should run, and the two partitions of time. */
  #settle(now: Instant): void {
    const { tcb } = this;
    this.#isSettled = true;
    superviseTimers(tcb, now);
    if (tcb.endedAt <= now) return;
    if (tcb.isWriteWaiting) calls.tellRoom(tcb);

    if (tcb.isCongestionControlled && tcb.probe !== undefined) tellCongestion(tcb, tcb.probe, now);
    const reason = silenceReason(tcb);
    const { silence } = tcb;
    if (reason !== silence.present) {
      if (tcb.probe !== undefined) tcb.probe.reasonChanges(tcb, silence.present, reason, now);
      silence.turn(reason, now);
    }
    if (!isSynchronized(tcb.state)) return;
    this.#settleOffering(now);
  }

  /** Reading changes what is offered. What is sent, and which timers run, follows from nothing that it changes. */
  #consumed(count: number, now: Instant): void {
    const { tcb } = this;
    calls.consumed(tcb, count, now);
    if (!this.#isSettled) this.#settle(now);
    else if (tcb.endedAt > now && isSynchronized(tcb.state)) this.#settleOffering(now);
  }

  #settleOffering(now: Instant): void {
    const { tcb } = this;
    const { offering } = tcb;
    const offered = presentOffering(tcb);
    if (offered !== offering.present) {
      if (tcb.probe !== undefined) tcb.probe.offeringChanges(tcb, offering.present, offered, now);
      offering.turn(offered, now);
    }
  }
}
