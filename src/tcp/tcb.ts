// The transmission control block: everything one connection remembers. Nouns only; what is done with them stands in one
// file per section of RFC 9293 §3.10.
import { Assembler } from './assembler.ts';
import { type Congestion, NoCongestion } from './congestion/index.ts';
import { EventSet, type Failure } from './events.ts';
import { type ConnectionOptions } from './options.ts';
import { type ChosenPolicies, choosePolicies, mayBreak } from './policies/index.ts';
import { type Probe, type Refusal } from './probe.ts';
import { ReceiveBuffer } from './receive-buffer.ts';
import { ReceiveSpace } from './receive-space.ts';
import { Recovery } from './recovery.ts';
import { Rtt } from './rtt.ts';
import { SackReport } from './sack-report.ts';
import { Scoreboard } from './scoreboard.ts';
import { type Segment } from './segment.ts';
import { type Seq, seq, seqDiff } from './seq.ts';
import { SendBuffer } from './send-buffer.ts';
import { SendSpace } from './send-space.ts';
import { type Offering, OFFERINGS, Partition, SILENCE_REASONS, type SilenceReason } from './silence.ts';
import { mayReceiveText, type State } from './state.ts';
import { Tally } from './tally.ts';
import { BEGINNING, type Instant, NEVER } from './time.ts';
import { type Timer, Timers, TIMERS } from './timers.ts';
import { ToldCongestion } from './told-congestion.ts';

/** An acknowledgment that is owed: a delayed one may still ride on text; the others leave at the next poll. */
export type AckDue = 'none' | 'delayed' | 'window-update' | 'challenge-ack' | 'urgent' | 'ack';

/** What must leave at the next poll, apart from text. */
export interface Due {
  handshake: boolean;
  probe: boolean;
  keepalive: boolean;
  ack: AckDue;
  /** Sequence numbers at which a RST leaves. */
  resets: Seq[];
}

const AUTO_SEND_BUFFER = 262_144;
const MOST_RESETS = 8;

export class Tcb {
  readonly options: ConnectionOptions;
  readonly policies: ChosenPolicies;
  /** Policies that declare it send beyond the window, or leave a closed one alone. */
  readonly ignoresWindow: boolean;
  readonly neverProbes: boolean;
  state: State = 'CLOSED';
  /** How the connection was opened; a RST in SYN-RECEIVED depends on it (RFC 9293 §3.10.7.4, second). */
  opened: 'not' | 'actively' | 'passively' = 'not';
  localPort: number;
  remotePort: number;

  readonly snd: SendSpace;
  readonly rcv = new ReceiveSpace();
  readonly sendBuffer = new SendBuffer();
  readonly receiveBuffer: ReceiveBuffer;
  readonly assembler = new Assembler();
  readonly timers = new Timers();
  readonly rtt: Rtt;
  readonly recovery = new Recovery();
  readonly congestion: Congestion;
  /** There is a congestion window at all. */
  readonly isCongestionControlled: boolean;
  readonly scoreboard = new Scoreboard();
  readonly sackReport = new SackReport();
  readonly due: Due = { handshake: false, probe: false, keepalive: false, ack: 'none', resets: [] };

  /** Both ends agreed on timestamps (RFC 7323 §3.2). */
  timestamps = false;
  /** Both ends agreed on selective acknowledgments (RFC 2018 §2). */
  sack = false;
  /** The peer's SYN offered to scale windows, and so do we (RFC 7323 §2.2). */
  scales = false;
  /** Octets our SYN offered: a promise, though made before RCV.NXT was known. */
  synOffer = 0;

  /** What the window policy said last, in octets, where there is one. */
  askedOffer = 0;
  /** Zero-window probes sent since the window closed. */
  probes = 0;
  /** When the first probe left that the peer has not answered: it has said something since `heardAt`, if that is later. */
  askedAt: Instant = BEGINNING;
  /** The override timer has expired: the next short segment may leave (RFC 9293 §3.8.6.2.1, condition 4). */
  isOverridden = false;
  /** When SND.UNA last moved, or the first octet left after silence: R2 counts from here (§3.8.3). */
  progressAt: Instant = BEGINNING;
  /** When text last left (RFC 5681 §4.1). */
  sentAt: Instant = BEGINNING;
  /** When the peer last sent something acceptable. */
  heardAt: Instant = BEGINNING;
  /** Keepalives sent since then. */
  keepalives = 0;
  /** The second in which challenge ACKs are being counted, and how many there were (RFC 5961 §10). */
  challengesSince: Instant = BEGINNING;
  challenges = 0;

  readonly holds = { recorder: false, carrier: false };
  /** A write found too little room and waits. */
  isWriteWaiting = false;

  failure: Failure | undefined = undefined;
  readonly events = new EventSet();
  readonly tally = new Tally();
  readonly silence: Partition<SilenceReason>;
  readonly offering: Partition<Offering>;
  /** When TIME-WAIT or CLOSED ended the connection's life. */
  endedAt: Instant = NEVER;

  probe: Probe | undefined = undefined;
  /** What `probe` has been told of congestion control. */
  readonly told = new ToldCongestion();

  constructor(options: ConnectionOptions, now: Instant) {
    this.options = options;
    this.localPort = options.localPort;
    this.remotePort = options.remotePort;
    this.snd = new SendSpace(seq(options.iss));
    this.receiveBuffer = new ReceiveBuffer(options.receiveBuffer);
    this.policies = choosePolicies(options.policies, options.congestion);
    this.ignoresWindow = mayBreak(this.policies.gate, 'SND.WND');
    this.neverProbes = mayBreak(this.policies.probe, 'MUST-36');
    this.rtt = new Rtt(options.rtoInitial, options.rtoMin, options.rtoMax, this.policies.rto);
    this.congestion = this.policies.congestion;
    this.isCongestionControlled = !(this.congestion instanceof NoCongestion);
    this.silence = new Partition(SILENCE_REASONS, 'handshake', now);
    this.offering = new Partition(OFFERINGS, 'open', now);
    this.heardAt = now;
    this.progressAt = now;
  }

  /** Octets the send buffer holds at most. */
  get sendCapacity(): number {
    const asked = this.options.sendBuffer;
    return asked === 'auto' ? Math.max(AUTO_SEND_BUFFER, 2 * this.snd.maxWnd) : asked;
  }

  /** Octets a write would find room for. */
  get sendRoom(): number {
    return Math.max(0, this.sendCapacity - this.sendBuffer.length);
  }

  /** The FIN has left and is in flight or acknowledged; as a probe that may be refused it has not. */
  get isFinSent(): boolean {
    return this.sendBuffer.isClosed && seqDiff(this.snd.nxt, this.snd.queued) === 0;
  }

  get isFinAcknowledged(): boolean {
    return this.sendBuffer.isClosed && seqDiff(this.snd.una, this.snd.queued) === 0;
  }

  /** Octets of text queued and not sent yet: D without the FIN. */
  get unsentText(): number {
    return this.snd.unsent - (this.sendBuffer.isClosed && !this.isFinSent ? 1 : 0);
  }

  /** Room in the receive buffer: RCV.BUFF - RCV.USER. */
  get receiveRoom(): number {
    return this.receiveBuffer.capacity - this.receiveBuffer.length;
  }

  /** Text may still arrive and be taken: the peer's FIN has not come. */
  get mayReceive(): boolean {
    return mayReceiveText(this.state);
  }

  get isHeld(): boolean {
    return this.holds.carrier || this.holds.recorder;
  }

  startTimer(timer: Timer, deadline: Instant, now: Instant): void {
    const wasRunning = this.timers.isRunning(timer);
    this.timers.start(timer, deadline);
    if (!wasRunning && this.probe !== undefined) this.probe.timerStarts(this, TIMERS[timer]!, deadline, now);
  }

  stopTimer(timer: Timer, now: Instant): void {
    if (!this.timers.isRunning(timer)) return;
    this.timers.stop(timer);
    if (this.probe !== undefined) this.probe.timerStops(this, TIMERS[timer]!, now);
  }

  /** Owes a RST at `at`. While nothing may leave a few are kept: a peer that does not read gets no list of its faults. */
  oweReset(at: Seq): void {
    if (this.due.resets.length < MOST_RESETS) this.due.resets.push(at);
  }

  refuse(seg: Segment, refusal: Refusal, now: Instant): void {
    this.tally.segmentsRefused++;
    if (this.probe !== undefined) this.probe.segmentRefused(this, seg, refusal, now);
  }
}
