// One flow while it runs: its two sessions, who watches them, and what had been counted at an instant.
import {
  type Connection,
  type Instant,
  type OfferingDurations,
  type ReasonDurations,
  type State,
  type Tally,
  type Tcb,
} from '../../src/tcp/index.ts';
import { Consuming, Producing } from '../messages.ts';
import { type Reader } from '../readers.ts';
import { type Application, type Session } from '../session.ts';
import { type Writer } from '../writers.ts';
import { type FlowPlan } from './scenario.ts';
import { type Watch } from './watch.ts';

/** What had been counted by an instant. */
export interface Sample {
  at: Instant;
  /** The period has no end of its own: a rate is taken up to the last octet. */
  isEnd: boolean;
  read: number;
  written: number;
  segments: number;
  dataSegments: number;
  dataOctets: number;
  acks: number;
  probes: number;
  retransmissions: number;
  windowUpdates: number;
  /** SND.WND. */
  window: number;
  /** SND.NXT - SND.UNA. */
  flight: number;
  zeroWindows: number;
  zeroWindowTime: number;
  reasons: ReasonDurations;
  offerings: OfferingDurations;
  state: State;
}

/** The receiving end, once the SYN has come. */
export interface Receiving {
  connection: Connection;
  watch: Watch;
  reader: Reader | undefined;
}

export class FlowRun {
  readonly plan: FlowPlan;
  readonly sender: Session;
  readonly watch: Watch;
  readonly writer: Writer | undefined;
  readonly openedAt: Instant;
  receiving: Receiving | undefined;
  #consuming: Consuming | undefined;

  constructor(plan: FlowPlan, sender: Session, watch: Watch, writer: Writer | undefined) {
    this.plan = plan;
    this.sender = sender;
    this.watch = watch;
    this.writer = writer;
    this.openedAt = sender.openedAt;
  }

  get tcb(): Tcb {
    return this.sender.connection.tcb;
  }

  get tally(): Tally {
    return this.tcb.tally;
  }

  get reader(): Reader | undefined {
    return this.receiving?.reader;
  }

  get peerWatch(): Watch | undefined {
    return this.receiving?.watch;
  }

  /** The receiving end has begun. Of messages, both ledgers are held against each other from now on. */
  receives(receiving: Receiving, application: Application): void {
    this.receiving = receiving;
    if (!(application instanceof Consuming)) return;
    this.#consuming = application;
    application.pair(this.sender.application);
  }

  /** Both ends of a flow of messages; undefined for octets. */
  get messages(): { producing: Producing; consuming: Consuming } | undefined {
    const { application } = this.sender;
    if (this.#consuming === undefined || !(application instanceof Producing)) return undefined;
    return { producing: application, consuming: this.#consuming };
  }

  /** Both ends are done. */
  get isFinished(): boolean {
    const peer = this.receiving?.connection.state;
    return isOver(this.sender.connection.state) && (peer === undefined || isOver(peer));
  }

  /** When the later of the two ends was done. */
  get endedAt(): Instant {
    return Math.max(this.tcb.endedAt, this.receiving?.connection.tcb.endedAt ?? 0);
  }

  sample(at: Instant, isEnd: boolean): Sample {
    const { tally, watch, sender, receiving } = this;
    const peer = receiving?.connection;
    return {
      at,
      isEnd,
      read: peer?.tcb.tally.octetsRead ?? 0,
      written: tally.octetsAcknowledged + this.tcb.sendBuffer.length,
      segments: tally.segmentsSent,
      dataSegments: watch.dataSegments,
      dataOctets: watch.dataOctets,
      acks: peer?.tcb.tally.segmentsSent ?? 0,
      probes: tally.probesSent,
      retransmissions: tally.retransmissions,
      windowUpdates: peer?.tcb.tally.windowUpdatesSent ?? 0,
      window: this.tcb.snd.wnd,
      flight: this.tcb.snd.flight,
      zeroWindows: tally.sendWindowZero.count,
      zeroWindowTime: tally.sendWindowZero.total(at),
      reasons: sender.connection.durations(at),
      offerings: (peer ?? sender.connection).offeringDurations(at),
      state: sender.connection.state,
    };
  }
}

function isOver(state: State): boolean {
  return state === 'CLOSED' || state === 'TIME-WAIT';
}
