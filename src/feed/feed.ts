// The feed of one run: which connections and links it follows, who observes, and the tick that tells one of the other. The
// protocol never waits for any of this: followers copy numbers as things happen, and the tick, called by whoever has a clock,
// makes each message once for all observers, within a budget.
import { randomUUID } from 'node:crypto';
import { type Connection, type Instant } from '../tcp/index.ts';
import {
  type ControlOperation,
  FEED_VERSION,
  type FeedHappening,
  type FeedHello,
  type FeedKind,
  type FeedLimits,
  type FeedLinkState,
  type FeedMarker,
  type FeedMessage,
  type FeedRunState,
  type FeedSnapshot,
  type ObserverMessage,
} from '../trace/index.ts';
import { type Controls, type RunControls } from './controls.ts';
import { Follower, type FollowOptions } from './follower.ts';
import { type Frame, frame } from './frame.ts';
import { MESSAGE_OCTETS, MESSAGES_PER_SECOND } from './hear.ts';
import { DEFAULT_HZ, MOST_HZ, Observer, type ObserverSink, QUEUE_OCTETS, STUCK_MS } from './observer.ts';

export interface FeedOptions extends Pick<FeedHello, 'application' | 'command' | 'title' | 'clock' | 'scenario'> {
  /** The wall clock at Instant 0: nanoseconds since 1970. */
  epochNs: bigint;
  /** The run's clock. */
  now: () => Instant;
  /** What observers who may control it can do with the run. */
  controls?: RunControls;
  /** Whatever is done by an observer is told to whoever records. */
  mark?: (text: string) => void;
}

/** A link that is shown, and may be changed. */
export interface FollowedLink {
  state(): Omit<FeedLinkState, 'link'>;
  change?(text: string): void;
  addRule?(text: string): void;
}

/** Happenings a snapshot brings; connections that are followed at once. */
const RING = 2_000;
const CONNECTIONS = 64;
/** Markers that are kept for those who join late. */
const MARKERS = 100;

/** Ticks between two snapshots: whoever comes or asks in between waits for the next, which is made once for all of them. */
const SNAPSHOT_TICKS = 12;

/** Octets a second that all observers together are sent at the most, when there are many: the rest of the machine is the run's. */
const DELIVERY = 16 * 1_048_576;
/** About what a segment and an event take as JSON; and how many of each a tick may make. */
const SEGMENT_OCTETS = 240;
const EVENT_OCTETS = 140;
const MOST_SEGMENTS = 1_024;
const MOST_EVENTS = 512;
const LEAST = 8;

export const LIMITS: FeedLimits = {
  queueOctets: QUEUE_OCTETS,
  stuckMs: STUCK_MS,
  defaultHz: DEFAULT_HZ,
  mostHz: MOST_HZ,
  messageOctets: MESSAGE_OCTETS,
  messagesPerSecond: MESSAGES_PER_SECOND,
  ringEvents: RING,
  connections: CONNECTIONS,
};

export class Feed {
  readonly options: FeedOptions;
  readonly observers = new Set<Observer>();
  readonly controls: Controls;
  readonly #run = randomUUID();
  readonly #followers = new Map<number, Follower>();
  readonly #links = new Map<string, FollowedLink>();
  /** Messages of each kind so far. */
  readonly #counts = new Map<FeedKind, number>();
  #followed = 0;
  #unfollowed = 0;
  #isOver = false;
  /** The latest, for those who join late. */
  readonly #markers: FeedHappening[] = [];
  /** What was said since the last tick and is for everybody. */
  readonly #announcements: Frame[] = [];
  #tickAt = -1;
  #snapshotAt = -SNAPSHOT_TICKS;

  constructor(options: FeedOptions, makeControls: (feed: Feed) => Controls) {
    this.options = options;
    this.controls = makeControls(this);
  }

  get now(): Instant {
    return this.options.now();
  }

  get followers(): ReadonlyMap<number, Follower> {
    return this.#followers;
  }

  get links(): ReadonlyMap<string, FollowedLink> {
    return this.#links;
  }

  /** Follows a connection from now on: before anything happens to it, to miss nothing. Undefined where there are too many. */
  follow(connection: Connection, options: FollowOptions): Follower | undefined {
    if (this.#followers.size >= CONNECTIONS && !this.#forgetOne()) {
      this.#unfollowed++;
      return undefined;
    }
    const follower = new Follower(++this.#followed, connection, options);
    this.#followers.set(follower.number, follower);
    connection.observe(follower);
    this.#announce({ ...this.#base('connection'), kind: 'connection', opened: follower.description });
    return follower;
  }

  /** Nothing more happens to it. It is shown until others need its place. */
  finished(follower: Follower): void {
    follower.connection.unobserve(follower);
    follower.end(this.now);
  }

  followLink(name: string, link: FollowedLink): void {
    this.#links.set(name, link);
  }

  forgetLink(name: string): void {
    this.#links.delete(name);
  }

  /** Marks this moment for all observers, and in the recording. */
  mark(text: string, by: FeedMarker['by']): void {
    const marker: FeedMarker = { ...this.#base('marker'), kind: 'marker', text, by };
    this.#announce(marker);
    this.#markers.push({ connection: 0, happening: { type: 'marker', atNs: marker.atNs, text } });
    if (this.#markers.length > MARKERS) this.#markers.shift();
    this.options.mark?.(text);
  }

  join(sink: ObserverSink, mayControl: boolean, nowMs: number): Observer {
    const observer = new Observer(sink, mayControl, nowMs);
    this.observers.add(observer);
    observer.tell(frame(this.#hello(observer)), this.now);
    return observer;
  }

  leave(observer: Observer): void {
    this.observers.delete(observer);
    observer.isClosed = true;
  }

  /** Does what an observer asks for. What it says has been checked already. */
  heard(observer: Observer, message: ObserverMessage): void {
    const receivedNs = this.now;
    switch (message.kind) {
      case 'subscribe':
        if (message.kinds !== undefined) observer.topics = new Set(message.kinds);
        if (message.hz !== undefined) observer.hz = message.hz;
        return;
      case 'resync':
        observer.awaitSnapshot();
        return;
      case 'ping': {
        const { sentAtMs } = message;
        this.#reply(observer, { ...this.#base('pong'), kind: 'pong', sentAtMs, receivedNs });
        return;
      }
      case 'control': {
        const { id, ...operation } = message;
        const error = this.#do(observer, operation);
        this.#reply(observer, { ...this.#base('answer'), kind: 'answer', id, isDone: error === '', error });
      }
    }
  }

  /**
   * Tells what is new, at most `MOST_HZ` times a second; `nowMs` is any monotonic clock. Costs nothing while nobody observes,
   * but for what the rings hold.
   */
  tick(nowMs: number): void {
    const tick = Math.floor((nowMs * MOST_HZ) / 1_000);
    if (tick === this.#tickAt || this.observers.size === 0) return;
    const before = this.#tickAt < 0 ? tick - 1 : this.#tickAt;
    this.#tickAt = tick;
    this.#tell((hz) => Math.floor((tick * hz) / MOST_HZ) !== Math.floor((before * hz) / MOST_HZ));
    for (const observer of this.observers) observer.isStuck(nowMs);
  }

  /** Says goodbye; nothing is told after it. */
  end(reason: string): void {
    if (this.#isOver) return;
    for (const follower of this.#followers.values()) this.finished(follower);
    this.#isOver = true;
    this.#tell(() => true);
    const end = frame({ ...this.#base('end'), kind: 'end', reason });
    for (const observer of this.observers) observer.tell(end, this.now);
  }

  /** `isDue` says whether it is time for a state at that rate. */
  #tell(isDue: (hz: number) => boolean): void {
    const { now } = this;
    const isSnapshotDue = this.#isOver || this.#tickAt - this.#snapshotAt >= SNAPSHOT_TICKS;
    const joining = isSnapshotDue ? [...this.observers].filter((one) => one.isReadyForSnapshot) : [];
    const fastest = Math.max(DEFAULT_HZ, ...[...this.observers].map(({ hz }) => hz));
    const frames = this.#announcements.splice(0);
    const state = [...this.observers].some(({ hz }) => isDue(hz)) ? this.#state(now) : undefined;
    if (joining.length > 0 || isDue(fastest)) frames.push(...this.#happenings(fastest));
    this.#deliver(frames, state, isDue);
    if (joining.length > 0) this.#welcome(joining);
    for (const observer of this.observers) observer.flush(now);
  }

  #do(observer: Observer, operation: ControlOperation): string {
    if (!observer.mayControl) return 'this observer may only look: controls need --control, and the token';
    return this.controls.do(operation);
  }

  #reply(observer: Observer, message: FeedMessage): void {
    observer.tell(frame(message), message.atNs);
  }

  #announce(message: FeedMessage): void {
    if (this.observers.size > 0) this.#announcements.push(frame(message));
  }

  /** What every message begins with; those for all are counted. */
  #base(kind: FeedKind): { v: typeof FEED_VERSION; n: number; atNs: Instant } {
    const isForAll = !['hello', 'snapshot', 'pong', 'answer'].includes(kind);
    const n = isForAll ? (this.#counts.get(kind) ?? 0) + 1 : 0;
    if (isForAll) this.#counts.set(kind, n);
    return { v: FEED_VERSION, n, atNs: this.now };
  }

  /** Events and segments that have come up since they were last told, as many as the budget has room for. */
  #happenings(hz: number): Frame[] {
    const pending = [...this.#followers.values()].filter(hasNews);
    if (pending.length === 0) return [];
    const octets = DELIVERY / hz / Math.max(1, this.observers.size);
    const share = (most: number, each: number): number =>
      Math.max(LEAST, Math.floor(Math.min(most, octets / 2 / each) / pending.length));
    const frames: Frame[] = [];
    for (const follower of pending) {
      const connection = follower.number;
      const segments = follower.takeSegments(share(MOST_SEGMENTS, SEGMENT_OCTETS));
      const events = follower.takeEvents(share(MOST_EVENTS, EVENT_OCTETS));
      if (segments.taken.length > 0) {
        const { taken, skipped } = segments;
        frames.push(
          frame(
            { ...this.#base('segments'), kind: 'segments', connection, skipped, segments: taken } as const,
            taken.length,
          ),
        );
      }
      if (events.taken.length > 0) {
        const { taken, skipped } = events;
        frames.push(
          frame({ ...this.#base('events'), kind: 'events', connection, skipped, events: taken } as const, taken.length),
        );
      }
    }
    return frames;
  }

  #state(now: Instant): Frame {
    const alive = [...this.#followers.values()].filter((one) => !one.isEndTold);
    const message = {
      ...this.#base('state'),
      kind: 'state',
      states: alive.map((one) => one.state(now)),
      links: this.#linkStates(),
      run: this.#runState(),
    } as const;
    return frame(message);
  }

  /** Observers with the same wishes are given the same octets. */
  #deliver(frames: readonly Frame[], state: Frame | undefined, isDue: (hz: number) => boolean): void {
    const { now } = this;
    const parcels = new Map<number, { frames: Frame[]; joined: Buffer }>();
    for (const observer of this.observers) {
      if (observer.awaitsSnapshot) continue;
      const { topics } = observer;
      const wantsState = state !== undefined && topics.has('state') && isDue(observer.hz);
      const key = (topics.has('events') ? 1 : 0) | (topics.has('segments') ? 2 : 0) | (wantsState ? 4 : 0);
      let parcel = parcels.get(key);
      if (parcel === undefined) {
        const wanted = frames.filter(({ topic }) => topic === undefined || topics.has(topic));
        if (wantsState) wanted.push(state);
        parcel = { frames: wanted, joined: joined(wanted) };
        parcels.set(key, parcel);
      }
      observer.deliver(parcel.frames, parcel.joined, now);
    }
  }

  /** Everything that was pending has just been told to the others, so nothing is missing and nothing comes twice. */
  #welcome(joining: readonly Observer[]): void {
    this.#snapshotAt = this.#tickAt;
    const snapshot = frame(this.#snapshot());
    for (const observer of joining) {
      observer.awaitsSnapshot = false;
      observer.tell(snapshot, this.now);
    }
  }

  #hello(observer: Observer): FeedHello {
    const { application, command, title, clock, scenario, epochNs } = this.options;
    return {
      ...this.#base('hello'),
      kind: 'hello',
      run: this.#run,
      application,
      command,
      title,
      clock,
      epochNs: String(epochNs),
      connections: this.#descriptions(),
      operations: observer.mayControl ? this.controls.operations : [],
      ...(scenario === undefined ? {} : { scenario }),
      limits: LIMITS,
    };
  }

  #snapshot(): FeedSnapshot {
    const { now } = this;
    const followers = [...this.#followers.values()];
    const each = Math.floor((RING - MARKERS) / Math.max(1, followers.length));
    const ring: FeedHappening[] = followers.flatMap((one) =>
      one.past(each).map((happening) => ({ connection: one.number, happening })),
    );
    ring.push(...this.#markers);
    if (followers.length > 1 || this.#markers.length > 0) ring.sort((a, b) => a.happening.atNs - b.happening.atNs);
    const count = (kind: FeedKind): number => this.#counts.get(kind) ?? 0;
    return {
      ...this.#base('snapshot'),
      kind: 'snapshot',
      connections: this.#descriptions(),
      states: followers.map((one) => one.state(now)),
      links: this.#linkStates(),
      ring,
      after: { events: count('events'), segments: count('segments'), state: count('state') },
      run: this.#runState(),
    };
  }

  #descriptions(): FeedHello['connections'] {
    return [...this.#followers.values()].map(({ description }) => description);
  }

  #linkStates(): FeedLinkState[] {
    return [...this.#links].map(([name, link]) => ({ link: name, ...link.state() }));
  }

  #runState(): FeedRunState {
    const { controls } = this.options;
    return {
      stage: this.#isOver ? 'over' : (controls?.stage ?? 'running'),
      speed: controls === undefined ? 1 : controls.speed,
      observers: this.observers.size,
      unfollowed: this.#unfollowed,
    };
  }

  /** Makes place: of the connections that have ended the first is forgotten. */
  #forgetOne(): boolean {
    for (const [number, { ending }] of this.#followers) {
      if (ending === undefined) continue;
      this.#followers.delete(number);
      return true;
    }
    return false;
  }
}

function joined(frames: readonly Frame[]): Buffer {
  const [first] = frames;
  return first !== undefined && frames.length === 1 ? first.octets : Buffer.concat(frames.map(({ octets }) => octets));
}

function hasNews(follower: Follower): boolean {
  const { segments, events } = follower.pending;
  return segments > 0 || events > 0 || (follower.ending !== undefined && !follower.isEndTold);
}
