// The onlooker that follows one connection for the feed. It stands on the per-segment path, so all it does there is to copy
// numbers into rings; the feed's tick, outside the protocol's turn, makes messages of them. What is worth a look has rings of
// its own, so that a flood of ordinary text and acknowledgments does not wash it away.
import {
  ACK,
  type Connection,
  FIN,
  type Instant,
  type Offering,
  OFFERINGS,
  Onlooker,
  type OfferRule,
  OFFER_RULES,
  RECOVERY_PHASES,
  type RecoveryPhase,
  type Refusal,
  REFUSALS,
  RST,
  type Segment,
  seqDiff,
  SILENCE_REASONS,
  type SilenceReason,
  type State,
  STATES,
  SYN,
  type Tcb,
  type TimerName,
  TIMERS,
} from '../tcp/index.ts';
import {
  type FeedApplicationState,
  type FeedConnection,
  type FeedConnectionState,
  type Happening,
  type RecordingEnds,
  type SegmentPasses,
  tallySummary,
} from '../trace/index.ts';
import { bySerial, evenly, everything, latest, newest } from './places.ts';
import { Ring } from './ring.ts';
import {
  CONGESTION,
  EVENT_WIDTH,
  OFFER,
  OFFERING,
  READ,
  readEvent,
  readSegment,
  REASON,
  REFUSED,
  SEGMENT_WIDTH,
  SEND_WINDOW,
  STATE,
  storeSegment,
  TIMER,
  WRITTEN,
} from './slots.ts';

export interface FollowOptions extends Omit<FeedConnection, 'connection' | 'local' | 'remote' | 'configuration'> {
  /** The two ends; asked whenever they are told, as a listening end learns the peer's port from the SYN. */
  ends: () => Pick<FeedConnection, 'local' | 'remote'>;
  application: () => FeedApplicationState;
  /** What an observer may do with the application, if anything. */
  controls?: ApplicationControls;
}

/** Errors are sentences, and are told to whoever asked. */
export interface ApplicationControls {
  pace(octetsPerSecond: number | null): void;
  stop(): void;
  resume(): void;
  /** One chunk while it stands. */
  chunk(): void;
}

/** Slots; a connection costs 370 KB. */
const SYN_SEGMENTS = 8;
const NOTABLE_SEGMENTS = 256;
const SEGMENTS = 1_024;
const NOTABLE_EVENTS = 512;
const EVENTS = 512;

/** Reasons that come and go with every segment of a busy connection. */
const USUAL: ReadonlySet<SilenceReason> = new Set([
  'sending',
  'window-full',
  'send-buffer',
  'nothing-queued',
  'carrier',
]);
const USUAL_PURPOSES: ReadonlySet<string> = new Set(['text', 'ack', 'arrived']);

/** What was taken for one message. */
export interface Taken<T> {
  taken: T[];
  /** Those that there was no place for. */
  skipped: number;
}

export class Follower extends Onlooker {
  readonly number: number;
  readonly connection: Connection;
  readonly options: FollowOptions;
  /** Nothing is told of it any more, once `ending` is. */
  ending: RecordingEnds | undefined = undefined;
  isEndTold = false;
  readonly #synSegments = new Ring(SYN_SEGMENTS, SEGMENT_WIDTH);
  readonly #notableSegments = new Ring(NOTABLE_SEGMENTS, SEGMENT_WIDTH);
  readonly #segments = new Ring(SEGMENTS, SEGMENT_WIDTH);
  readonly #notableEvents = new Ring(NOTABLE_EVENTS, EVENT_WIDTH);
  readonly #events = new Ring(EVENTS, EVENT_WIDTH);
  readonly #passing = { serial: 0, atNs: -0, packet: 0 };
  #wasZero = false;
  /** Since when the peer's window has held the sender, probes notwithstanding; -1 where it does not. */
  #shutSince = -1;

  constructor(number: number, connection: Connection, options: FollowOptions) {
    super();
    this.number = number;
    this.connection = connection;
    this.options = options;
  }

  get description(): FeedConnection {
    const { label, role, openedNs } = this.options;
    const configuration = this.connection.tcb.options as unknown as FeedConnection['configuration'];
    return { connection: this.number, label, role, ...this.options.ends(), openedNs, configuration };
  }

  state(now: Instant): FeedConnectionState {
    const { connection } = this;
    const { tcb } = connection;
    return {
      connection: this.number,
      tcb: connection.snapshot(),
      reasonSinceNs:
        tcb.silence.present === 'zero-window' && this.#shutSince >= 0 ? this.#shutSince : tcb.silence.since,
      offeringSinceNs: tcb.offering.since,
      reasonsNs: connection.durations(now),
      offeringsNs: connection.offeringDurations(now),
      tally: tallySummary(tcb.tally, now),
      probes: tcb.probes,
      heardNs: tcb.heardAt,
      application: this.options.application(),
    };
  }

  /** The connection's last event: to be called when nothing more happens to it. */
  end(now: Instant): void {
    const { tcb } = this.connection;
    const endedNs = Math.min(now, tcb.endedAt);
    this.ending ??= {
      type: 'end',
      atNs: now,
      complete: true,
      why: '',
      connection: {
        state: tcb.state,
        failure: tcb.failure ?? null,
        endedNs,
        reasonsNs: tcb.silence.durations(endedNs),
        offeringsNs: tcb.offering.durations(endedNs),
        tally: tallySummary(tcb.tally, endedNs),
      },
    };
  }

  /** Segments and events that wait to be taken. */
  get pending(): { segments: number; events: number } {
    return {
      segments: this.#synSegments.untaken + this.#notableSegments.untaken + this.#segments.untaken,
      events: this.#notableEvents.untaken + this.#events.untaken,
    };
  }

  /** `most` segments at the most, in order: all that are worth a look, and of the others an even selection. */
  takeSegments(most: number): Taken<SegmentPasses> {
    const [syn, notable, ordinary] = [this.#synSegments, this.#notableSegments, this.#segments];
    const total = syn.untaken + notable.untaken + ordinary.untaken;
    const chosen = latest(syn, most);
    chosen.push(...latest(notable, most - chosen.length));
    chosen.push(...evenly(ordinary, most - chosen.length));
    for (const ring of [syn, notable, ordinary]) ring.take();
    chosen.sort(bySerial);
    return { taken: chosen.map(({ numbers, at }) => readSegment(numbers, at)), skipped: total - chosen.length };
  }

  /** `most` events at the most, in order: the latest, and sooner those that are worth a look. */
  takeEvents(most: number): Taken<Exclude<Happening, SegmentPasses>> {
    const [notable, ordinary] = [this.#notableEvents, this.#events];
    const total = notable.untaken + ordinary.untaken;
    const chosen = latest(notable, most);
    chosen.push(...latest(ordinary, most - chosen.length));
    notable.take();
    ordinary.take();
    chosen.sort(bySerial);
    const taken: Exclude<Happening, SegmentPasses>[] = chosen.map(({ numbers, at }) => readEvent(numbers, at));
    const skipped = total - taken.length;
    if (this.ending !== undefined && !this.isEndTold) {
      this.isEndTold = true;
      taken.push(this.ending);
    }
    return { taken, skipped };
  }

  /**
   * What is still there, told or not, in order, `most` at the most: how it began, then what is worth a look, up to half of it,
   * then the latest. What is pending is still told afterwards, unless it is taken first.
   */
  past(most: number): Happening[] {
    const notable = newest(
      [...everything(this.#notableSegments, true), ...everything(this.#notableEvents, false)],
      most >> 1,
    );
    const ordinary = [...everything(this.#segments, true), ...everything(this.#events, false)];
    const kept = [...everything(this.#synSegments, true), ...notable];
    kept.push(...newest(ordinary, most - kept.length - 1));
    const past: Happening[] = kept
      .toSorted(bySerial)
      .map(({ numbers, at, isSegment }) => (isSegment ? readSegment(numbers, at) : readEvent(numbers, at)));
    if (this.isEndTold) past.push(this.ending!);
    return past;
  }

  // ---- what the connection tells ----

  override segmentArrives(_tcb: Tcb, seg: Segment, now: Instant): void {
    const isZero = seg.wnd === 0 && seg.has(ACK);
    this.#passes(seg, 0, seg.has(FIN | RST) || isZero || this.#wasZero, now);
    this.#wasZero = isZero;
  }

  override segmentLeaves(_tcb: Tcb, seg: Segment, now: Instant): void {
    const isUsual = USUAL_PURPOSES.has(seg.purpose) && !seg.has(FIN | RST) && seg.wnd !== 0;
    this.#passes(seg, 1, !isUsual, now);
  }

  override segmentRefused(_tcb: Tcb, seg: Segment, refusal: Refusal, now: Instant): void {
    const n = this.#notableEvents.numbers;
    const at = this.#slot(this.#notableEvents, REFUSED, now);
    n[at] = REFUSALS.indexOf(refusal);
    n[at + 1] = seg.seq;
    n[at + 2] = seg.ack;
    n[at + 3] = seg.flags;
    n[at + 4] = seg.textLength;
  }

  override stateChanges(_tcb: Tcb, from: State, to: State, now: Instant): void {
    const n = this.#notableEvents.numbers;
    const at = this.#slot(this.#notableEvents, STATE, now);
    n[at] = STATES.indexOf(from);
    n[at + 1] = STATES.indexOf(to);
  }

  override reasonChanges(tcb: Tcb, from: SilenceReason, to: SilenceReason, now: Instant): void {
    const isProbing = this.#shutSince >= 0 && tcb.snd.wnd === 0 && (to === 'sending' || to === 'zero-window');
    if (!isProbing) this.#shutSince = to === 'zero-window' ? now : -1;
    const isUsual = USUAL.has(from) && USUAL.has(to);
    const ring = isUsual ? this.#events : this.#notableEvents;
    const n = ring.numbers;
    const at = this.#slot(ring, REASON, now);
    n[at] = SILENCE_REASONS.indexOf(from);
    n[at + 1] = SILENCE_REASONS.indexOf(to);
    n[at + 2] = now - tcb.silence.since;
    n[at + 3] = tcb.snd.flight;
    n[at + 4] = tcb.snd.wnd;
    n[at + 5] = Math.max(0, tcb.snd.unsent);
    n[at + 6] = tcb.snd.effSndMss;
    n[at + 7] = tcb.sendRoom;
  }

  override offeringChanges(tcb: Tcb, from: Offering, to: Offering, now: Instant): void {
    const n = this.#notableEvents.numbers;
    const at = this.#slot(this.#notableEvents, OFFERING, now);
    n[at] = OFFERINGS.indexOf(from);
    n[at + 1] = OFFERINGS.indexOf(to);
    n[at + 2] = now - tcb.offering.since;
    n[at + 3] = tcb.receiveRoom;
    n[at + 4] = tcb.receiveBuffer.capacity;
  }

  override sendWindowChanges(tcb: Tcb, from: number, now: Instant): void {
    const isNotable = from === 0 || tcb.snd.wnd === 0;
    const ring = isNotable ? this.#notableEvents : this.#events;
    const n = ring.numbers;
    const at = this.#slot(ring, SEND_WINDOW, now);
    n[at] = from;
    n[at + 1] = tcb.snd.wnd;
    n[at + 2] = tcb.snd.flight;
  }

  override congestionChanges(tcb: Tcb, from: RecoveryPhase, now: Instant): void {
    const { told } = tcb;
    const ring = from === told.phase ? this.#events : this.#notableEvents;
    const n = ring.numbers;
    const at = this.#slot(ring, CONGESTION, now);
    n[at] = RECOVERY_PHASES.indexOf(from);
    n[at + 1] = RECOVERY_PHASES.indexOf(told.phase);
    n[at + 2] = told.cwnd;
    n[at + 3] = told.ssthresh;
    n[at + 4] = told.pipe;
  }

  override windowOffered(tcb: Tcb, rule: OfferRule, now: Instant): void {
    const n = this.#events.numbers;
    const at = this.#slot(this.#events, OFFER, now);
    n[at] = OFFER_RULES.indexOf(rule);
    n[at + 1] = tcb.rcv.lastEdge;
    n[at + 2] = seqDiff(tcb.rcv.lastEdge, tcb.rcv.lastAck);
    n[at + 3] = tcb.receiveRoom;
    n[at + 4] = tcb.receiveBuffer.capacity;
  }

  override timerStarts(_tcb: Tcb, timer: TimerName, deadline: Instant, now: Instant): void {
    const n = this.#events.numbers;
    const at = this.#slot(this.#events, TIMER, now);
    n[at] = TIMERS.indexOf(timer);
    n[at + 1] = 0;
    n[at + 2] = deadline;
  }

  override timerStops(_tcb: Tcb, timer: TimerName, now: Instant): void {
    const n = this.#events.numbers;
    const at = this.#slot(this.#events, TIMER, now);
    n[at] = TIMERS.indexOf(timer);
    n[at + 1] = 1;
  }

  override timerFires(_tcb: Tcb, timer: TimerName, now: Instant): void {
    const n = this.#notableEvents.numbers;
    const at = this.#slot(this.#notableEvents, TIMER, now);
    n[at] = TIMERS.indexOf(timer);
    n[at + 1] = 2;
  }

  override written(tcb: Tcb, accepted: number, offered: number, now: Instant): void {
    const n = this.#events.numbers;
    const at = this.#slot(this.#events, WRITTEN, now);
    n[at] = offered;
    n[at + 1] = accepted;
    n[at + 2] = tcb.sendRoom;
  }

  override read(tcb: Tcb, octets: number, now: Instant): void {
    const n = this.#events.numbers;
    const at = this.#slot(this.#events, READ, now);
    n[at] = octets;
    n[at + 1] = tcb.receiveBuffer.length;
  }

  #passes(seg: Segment, direction: 0 | 1, isNotable: boolean, now: Instant): void {
    const ring = seg.has(SYN) ? this.#synSegments : isNotable ? this.#notableSegments : this.#segments;
    const passing = this.#passing;
    passing.serial++;
    passing.packet++;
    passing.atNs = now;
    storeSegment(ring.numbers, ring.claim(), seg, direction, passing);
  }

  /** Begins a slot; `at` is where the fields of its kind begin. */
  #slot(ring: Ring, kind: number, now: Instant): number {
    const n = ring.numbers;
    const at = ring.claim();
    n[at] = ++this.#passing.serial;
    n[at + 1] = now;
    n[at + 2] = kind;
    return at + 3;
  }
}
