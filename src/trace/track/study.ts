// A capture of many connections, one track each; and what sash's own recordings say of the connection that they are of: at
// which end they were made, and exactly why its sending side was silent. Bounded: connections beyond the first so many are
// counted and told, and not followed.
import { SILENCE_REASONS, type SilenceReason } from '../../tcp/index.ts';
import { type ConnectionSummary, type Endpoint, type Happening, type RecordingBegins } from '../vocabulary.ts';
import { type Passing, type Side } from './passing.ts';
import { Track } from './track.ts';

/** The two ends of a connection: ends[0] sent the first packet seen. */
export interface Between {
  readonly index: number;
  readonly ends: readonly [Endpoint, Endpoint];
  /** The connection whose ports it uses anew. */
  readonly reusesPortsOf?: number | undefined;
}

export interface PassingBetween extends Passing {
  readonly conversation: Between;
  /** Where in the file it was seen: each interface is a point of view of its own. */
  readonly interfaceId: number;
}

/** What a track is of: a connection, as one interface of the capture saw it. */
export interface Subject {
  readonly between: Between;
  readonly interfaceId: number;
  /** The recording that it is of, if it is of one. */
  readonly recorded: Recorded | undefined;
}

/** What is followed of one connection, beside its track. */
export interface Studied<P extends PassingBetween> {
  readonly track: Track;
  /** Told after the track. */
  packet(packet: P): void;
}

/** What a recording says of its connection. */
export class Recorded {
  readonly begins: RecordingBegins;
  /** The end at which it was made, once a packet has shown which that is. */
  side: Side | undefined = undefined;
  end: ConnectionSummary | null | undefined = undefined;
  isComplete = false;
  /** The life of the connection is over. */
  endedNs: number | undefined = undefined;
  /** The recording ended. */
  stoppedNs: number | undefined = undefined;
  #present: SilenceReason | undefined = undefined;
  #since: number;
  #first: number;
  readonly #totals = new Float64Array(SILENCE_REASONS.length);

  constructor(begins: RecordingBegins) {
    this.begins = begins;
    this.#since = begins.atNs;
    this.#first = begins.atNs;
  }

  /** Why the sending side is silent at present. */
  get reason(): SilenceReason | undefined {
    return this.#present;
  }

  turn(from: SilenceReason, to: SilenceReason, heldNs: number, now: number): void {
    if (this.#present === undefined) this.#first = now - heldNs;
    this.#totals[SILENCE_REASONS.indexOf(from)]! += heldNs;
    this.#present = to;
    this.#since = now;
  }

  /** How long each reason held, up to the end, or to `now` in a recording that has none; when they began. */
  reasons(now: number): { durations: Record<SilenceReason, number>; beganNs: number } {
    const beganNs = this.#first;
    if (this.end !== undefined && this.end !== null) return { durations: { ...this.end.reasonsNs }, beganNs };
    const durations = Object.fromEntries(SILENCE_REASONS.map((name, i) => [name, this.#totals[i]!])) as Record<
      SilenceReason,
      number
    >;
    const until = Math.max(this.#since, this.endedNs ?? now);
    durations[this.#present ?? 'handshake'] += until - this.#since;
    return { durations, beganNs };
  }
}

export interface StudyOptions<P extends PassingBetween, S extends Studied<P>> {
  make: (track: Track, subject: Subject) => S;
  /** Connections followed at the most. */
  most?: number;
}

const MOST = 16_384;
/** Interfaces that are told apart. */
const INTERFACES = 1_024;

/** A sink for a capture's packets and happenings. */
export class Study<P extends PassingBetween, S extends Studied<P>> {
  readonly connections: S[] = [];
  /** Connections beyond `most`: packets of theirs that were not followed. */
  unfollowedPackets = 0;
  readonly #options: StudyOptions<P, S>;
  readonly #most: number;
  readonly #byIndex = new Map<number, S>();
  /** By interface: the recording made there, and the connection that it is of. */
  readonly #recorded = new Map<number, Recorded>();
  readonly #own = new Map<number, S>();
  #lastIndex = -1;
  #last: S | undefined = undefined;

  constructor(options: StudyOptions<P, S>) {
    this.#options = options;
    this.#most = options.most ?? MOST;
  }

  packet(packet: P): void {
    const index = packet.conversation.index * INTERFACES + Math.min(packet.interfaceId, INTERFACES - 1);
    if (index !== this.#lastIndex) {
      this.#last = this.#byIndex.get(index) ?? this.#open(packet, index);
      this.#lastIndex = index;
    }
    const studied = this.#last;
    if (studied === undefined) {
      this.unfollowedPackets++;
      return;
    }
    studied.track.take(packet);
    studied.packet(packet);
  }

  happening(happening: Happening): void {
    const at = happening.interfaceId ?? 0;
    const recorded = this.#recorded.get(at);
    switch (happening.type) {
      case 'recording':
        this.#recorded.set(at, new Recorded(happening));
        this.#own.delete(at);
        return;
      case 'reason':
        recorded?.turn(happening.from, happening.to, happening.heldNs, happening.atNs);
        return;
      case 'state':
        if (happening.to === 'TIME-WAIT' || happening.to === 'CLOSED') this.#ended(at, happening.atNs);
        return;
      case 'end':
        if (recorded === undefined) return;
        recorded.end = happening.connection;
        recorded.isComplete = happening.complete;
        recorded.stoppedNs = happening.atNs;
        return;
      default:
    }
  }

  #ended(at: number, now: number): void {
    const recorded = this.#recorded.get(at);
    if (recorded?.side === undefined || recorded.endedNs !== undefined) return;
    recorded.endedNs = now;
    this.#own.get(at)?.track.ended(recorded.side, now);
  }

  #open(packet: P, index: number): S | undefined {
    if (this.connections.length >= this.#most) return undefined;
    const { conversation: between, interfaceId } = packet;
    const track = new Track(packet.atNs);
    const recorded = this.#recordedOf(between, interfaceId);
    if (recorded?.side !== undefined) track.vantage.is(recorded.side, 'recording');
    const studied = this.#options.make(track, { between, interfaceId, recorded });
    if (recorded !== undefined) this.#own.set(interfaceId, studied);
    this.#byIndex.set(index, studied);
    this.connections.push(studied);
    return studied;
  }

  /** The recording that this is the connection of: the first between its two ends. */
  #recordedOf({ ends }: Between, interfaceId: number): Recorded | undefined {
    const recorded = this.#recorded.get(interfaceId);
    if (recorded === undefined || recorded.side !== undefined) return undefined;
    const { local, remote } = recorded.begins;
    const side = ends.findIndex((end, at) => isSame(end, local) && isSame(ends[1 - at]!, remote));
    if (side < 0) return undefined;
    recorded.side = side === 0 ? 0 : 1;
    return recorded;
  }
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address;
}
