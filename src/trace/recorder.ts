// The onlooker that writes down all it hears of one connection: a section of a pcapng file, packets and records of our own.
// It stands on the per-segment path, so it stores into slabs and builds no objects. It opens no file: full slabs go to a
// sink, whose owner writes them, bounds what waits, and holds the connection (`hold('recorder')`) when that is too much.
import {
  type Instant,
  NEVER,
  type Offering,
  OFFERINGS,
  type OfferRule,
  OFFER_RULES,
  type Periods,
  type Probe,
  RECOVERY_PHASES,
  type RecoveryPhase,
  type Refusal,
  REFUSALS,
  type Segment,
  seqDiff,
  SILENCE_REASONS,
  type SilenceReason,
  type State,
  STATES,
  type Tally,
  type Tcb,
  type TimerName,
  TIMERS,
} from '../tcp/index.ts';
import { type IpHeader, ipHeader } from '../wire/index.ts';
import { commentArrival, commentDeparture } from './comments.ts';
import { Note } from './note.ts';
import { type PcapngWriter, type Snap } from './pcapng-writer.ts';
import { RecordingFile } from './recording-file.ts';
import { type Sink } from './slab.ts';
import {
  type ConnectionSummary,
  type Endpoint,
  type PeriodsSummary,
  TALLY_COUNTERS,
  type TallyCounter,
  type TallySummary,
  TIMER_EVENTS,
  type TimerEvent,
} from './vocabulary.ts';

export interface RecorderOptions {
  /** Takes the octets, in order; see `Sink` for whose they are. Or a file that several points of view share. */
  sink: Sink | RecordingFile;
  /** The two ends as they stand in the packets. */
  local: Endpoint;
  remote: Endpoint;
  /** Whose point of view this is, `sender` or `receiver`: the name of the interface in Wireshark. */
  label: string;
  /** What records, with its version: `sash 0.1.0`. */
  application: string;
  /** What the wall clock said, in milliseconds since 1970 (fractions welcome), at an Instant. */
  anchor: { epochMs: number; at: Instant };
  /** All that the connection was made with; kept as JSON. */
  configuration: object;
  /** How to run it again: see `RecordingBegins.run`. */
  run?: object;
  /** For people, in the file's head: the scenario, its seed … */
  comment?: string;
  /** Octets of every segment kept: headers (the default) or all. A shared file says that itself. */
  snap?: Snap;
}

export class Recorder implements Probe {
  readonly #file: PcapngWriter;
  readonly #interface: number;
  readonly #outgoing: IpHeader;
  readonly #incoming: IpHeader;
  readonly #note = new Note();
  #tcb: Tcb | undefined = undefined;

  /**
   * Make it together with the connection, so that nothing is missed, and give it to `connection.observe`.
   * @throws RangeError if an address is none.
   */
  constructor(options: RecorderOptions, now: Instant) {
    const { local, remote, sink } = options;
    this.#outgoing = headerBetween(local, remote);
    this.#incoming = headerBetween(remote, local);
    const file = typeof sink === 'function' ? new RecordingFile({ ...options, sink }) : sink;
    this.#file = file.writer;
    this.#interface = file.addView(options, now);
  }

  /** The file, at this recorder's place in it: another may have written since. */
  get #writer(): PcapngWriter {
    const file = this.#file;
    file.at = this.#interface;
    return file;
  }

  /** Octets recorded so far. */
  get octets(): number {
    return this.#file.total;
  }

  /** Hands what there is to the sink, full slab or not: for whoever watches a recording grow. */
  flush(): void {
    this.#file.flush();
  }

  /** Gives back octets that the sink's owner has written, so that their memory is used again. */
  recycle(octets: Uint8Array): void {
    this.#file.recycle(octets);
  }

  marker(text: string, now: Instant): void {
    this.#writer.textRecord('marker', text, now);
  }

  /**
   * Writes the end and hands over the rest. `why` says what is missing where the recording is not complete. The recorder
   * must not be observing any more: `connection.unobserve(recorder)`.
   */
  finish(now: Instant, complete: boolean, why = ''): void {
    const connection = this.#tcb === undefined ? null : summary(this.#tcb, now);
    this.#writer.textRecord('end', JSON.stringify({ complete, why, connection }), now);
    this.#file.flush();
  }

  // ---- what the connection tells ----

  segmentArrives(tcb: Tcb, seg: Segment, now: Instant): void {
    this.#tcb = tcb;
    const note = this.#note;
    note.clear();
    commentArrival(note, tcb, seg);
    this.#writer.packet(this.#incoming, seg, 'in', 'arrived', note, now);
  }

  segmentLeaves(tcb: Tcb, seg: Segment, now: Instant): void {
    this.#tcb = tcb;
    const note = this.#note;
    note.clear();
    commentDeparture(note, tcb, seg);
    this.#writer.packet(this.#outgoing, seg, 'out', seg.purpose, note, now);
  }

  segmentRefused(_tcb: Tcb, seg: Segment, refusal: Refusal, now: Instant): void {
    const writer = this.#writer;
    writer.beginRecord('refused', REFUSALS.indexOf(refusal), seg.flags, 12, now);
    writer.octets32(seg.seq);
    writer.octets32(seg.ack);
    writer.octets32(seg.textLength);
    writer.endRecord();
  }

  stateChanges(tcb: Tcb, from: State, to: State, now: Instant): void {
    this.#tcb = tcb;
    this.#writer.beginRecord('state', STATES.indexOf(from), STATES.indexOf(to), 0, now);
    this.#writer.endRecord();
  }

  reasonChanges(tcb: Tcb, from: SilenceReason, to: SilenceReason, now: Instant): void {
    const writer = this.#writer;
    writer.beginRecord('reason', SILENCE_REASONS.indexOf(from), SILENCE_REASONS.indexOf(to), 28, now);
    writer.time(now - tcb.silence.since);
    writer.octets32(tcb.snd.flight);
    writer.octets32(tcb.snd.wnd);
    writer.octets32(Math.max(0, tcb.snd.unsent));
    writer.octets32(tcb.snd.effSndMss);
    writer.octets32(tcb.sendRoom);
    writer.endRecord();
  }

  offeringChanges(tcb: Tcb, from: Offering, to: Offering, now: Instant): void {
    const writer = this.#writer;
    writer.beginRecord('offering', OFFERINGS.indexOf(from), OFFERINGS.indexOf(to), 16, now);
    writer.time(now - tcb.offering.since);
    writer.octets32(tcb.receiveRoom);
    writer.octets32(tcb.receiveBuffer.capacity);
    writer.endRecord();
  }

  sendWindowChanges(tcb: Tcb, from: number, now: Instant): void {
    const writer = this.#writer;
    writer.beginRecord('send-window', 0, 0, 12, now);
    writer.octets32(from);
    writer.octets32(tcb.snd.wnd);
    writer.octets32(tcb.snd.flight);
    writer.endRecord();
  }

  congestionChanges(tcb: Tcb, from: RecoveryPhase, now: Instant): void {
    const writer = this.#writer;
    const { told } = tcb;
    writer.beginRecord('congestion', RECOVERY_PHASES.indexOf(from), RECOVERY_PHASES.indexOf(told.phase), 12, now);
    writer.octets32(told.cwnd);
    writer.octets32(told.ssthresh);
    writer.octets32(told.pipe);
    writer.endRecord();
  }

  windowOffered(tcb: Tcb, rule: OfferRule, now: Instant): void {
    const writer = this.#writer;
    writer.beginRecord('offer', OFFER_RULES.indexOf(rule), 0, 16, now);
    writer.octets32(tcb.rcv.lastEdge);
    writer.octets32(seqDiff(tcb.rcv.lastEdge, tcb.rcv.lastAck));
    writer.octets32(tcb.receiveRoom);
    writer.octets32(tcb.receiveBuffer.capacity);
    writer.endRecord();
  }

  timerStarts(_tcb: Tcb, timer: TimerName, deadline: Instant, now: Instant): void {
    this.#timer(timer, 'starts', deadline, now);
  }

  timerStops(_tcb: Tcb, timer: TimerName, now: Instant): void {
    this.#timer(timer, 'stops', NEVER, now);
  }

  timerFires(_tcb: Tcb, timer: TimerName, now: Instant): void {
    this.#timer(timer, 'fires', NEVER, now);
  }

  written(tcb: Tcb, accepted: number, offered: number, now: Instant): void {
    const writer = this.#writer;
    writer.beginRecord('written', 0, 0, 12, now);
    writer.octets32(offered);
    writer.octets32(accepted);
    writer.octets32(tcb.sendRoom);
    writer.endRecord();
  }

  read(tcb: Tcb, octets: number, now: Instant): void {
    const writer = this.#writer;
    writer.beginRecord('read', 0, 0, 8, now);
    writer.octets32(octets);
    writer.octets32(tcb.receiveBuffer.length);
    writer.endRecord();
  }

  #timer(timer: TimerName, event: TimerEvent, deadline: Instant, now: Instant): void {
    const writer = this.#writer;
    writer.beginRecord('timer', TIMERS.indexOf(timer), TIMER_EVENTS.indexOf(event), 8, now);
    writer.time(deadline);
    writer.endRecord();
  }
}

function headerBetween(source: Endpoint, destination: Endpoint): IpHeader {
  const header = ipHeader(source.address, destination.address);
  if (header !== undefined) return header;
  throw new RangeError(`a recording needs IP addresses, not '${source.address}' and '${destination.address}'`);
}

function summary(tcb: Tcb, now: Instant): ConnectionSummary {
  const endedNs = Math.min(now, tcb.endedAt);
  return {
    state: tcb.state,
    failure: tcb.failure ?? null,
    endedNs,
    reasonsNs: tcb.silence.durations(endedNs),
    offeringsNs: tcb.offering.durations(endedNs),
    tally: tallySummary(tcb.tally, endedNs),
  };
}

/** A tally as plain numbers, with what is still open counted up to `now`. */
export function tallySummary(tally: Tally, now: Instant): TallySummary {
  const counters = Object.fromEntries(TALLY_COUNTERS.map((name) => [name, tally[name]])) as Record<
    TallyCounter,
    number
  >;
  return {
    ...counters,
    sendWindowZero: periods(tally.sendWindowZero, now),
    receiveWindowZero: periods(tally.receiveWindowZero, now),
  };
}

function periods(of: Periods, now: Instant): PeriodsSummary {
  return { count: of.count, totalNs: of.total(now), longestNs: of.longest(now) };
}
