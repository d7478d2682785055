// One observer's queue. What the kernel does not take at once waits here, bounded: past the bound segments are thinned, then
// states coalesced, then events dropped, the oldest first, and the observer is told exactly what it missed. Frames are shared
// with all other observers, so that a hundred slow ones hold little more memory than one. Whoever takes nothing for half a
// minute is closed. Knows no socket and no clock: both are arguments.
import { type FeedLag } from '../trace/index.ts';
import { type Frame, frame, type FrameClass, type Topic, TOPICS } from './frame.ts';

/** Where frames go. */
export interface ObserverSink {
  /** Octets written that the kernel has not taken yet. */
  readonly pending: number;
  write(octets: Buffer): void;
  /** Says why (RFC 6455 §7.4), and ends. */
  close(code: number, reason: string): void;
}

/** Octets that may wait for one observer, the kernel's not counted; and how many of them are given to its socket. */
export const QUEUE_OCTETS = 1_048_576;
const SOCKET_OCTETS = 262_144;
export const STUCK_MS = 30_000;
/** Looked at this seldom, an observer is not the one that was away. */
const ABSENCE_MS = 1_000;
export const DEFAULT_HZ = 30;
export const MOST_HZ = 60;

export class Observer {
  topics: ReadonlySet<Topic> = new Set(TOPICS);
  hz = DEFAULT_HZ;
  readonly mayControl: boolean;
  readonly sink: ObserverSink;
  /** A snapshot is to come as soon as there is room; until then nothing else does. */
  awaitsSnapshot = true;
  /** Of its whole life. */
  readonly missed = { segments: 0, events: 0, states: 0 };
  isClosed = false;
  #queue: Frame[] = [];
  #queued = 0;
  #untold = { segments: 0, events: 0, states: 0 };
  #written = 0;
  #taken = 0;
  #tookAtMs: number;
  #lookedAtMs: number;

  constructor(sink: ObserverSink, mayControl: boolean, nowMs: number) {
    this.sink = sink;
    this.mayControl = mayControl;
    this.#tookAtMs = nowMs;
    this.#lookedAtMs = nowMs;
  }

  /** Octets that wait for it. */
  get waiting(): number {
    return this.#queued + this.sink.pending;
  }

  get isLagging(): boolean {
    return this.#queued > 0 || this.#untold.segments + this.#untold.events + this.#untold.states > 0;
  }

  /** There is room for a snapshot, which takes the place of all that waits. */
  get isReadyForSnapshot(): boolean {
    return this.awaitsSnapshot && this.sink.pending < SOCKET_OCTETS;
  }

  /** What waits is void: a snapshot is coming. */
  awaitSnapshot(): void {
    this.awaitsSnapshot = true;
    for (const one of this.#queue) if (one.class !== 'must') this.#queued -= one.octets.length;
    this.#queue = this.#queue.filter((one) => one.class === 'must');
  }

  /**
   * Frames of one tick, those that this observer wants; `joined` holds the same octets in one piece, for whoever keeps up.
   */
  deliver(frames: readonly Frame[], joined: Buffer, atNs: number): void {
    if (this.isClosed || frames.length === 0) return;
    if (!this.isLagging && this.sink.pending + joined.length <= SOCKET_OCTETS) {
      this.#write(joined);
      return;
    }
    for (const one of frames) {
      this.#queue.push(one);
      this.#queued += one.octets.length;
    }
    this.flush(atNs);
  }

  /** Said to this observer alone. */
  tell(one: Frame, atNs: number): void {
    this.deliver([one], one.octets, atNs);
  }

  /** Gives the socket what it may hold, bounds what is left. To be called now and then. */
  flush(atNs: number): void {
    while (!this.isClosed && this.isLagging && this.sink.pending < SOCKET_OCTETS) {
      this.#tellLag(atNs);
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#queued -= next.octets.length;
      this.#write(next.octets);
    }
    if (!this.isClosed) this.#bound();
  }

  /**
   * Closes it if it has taken nothing for too long; says whether. To be called many times a second: a longer while without a call
   * is this process's own, which was stopped or starved, and is not held against the observer.
   */
  isStuck(nowMs: number): boolean {
    const absence = nowMs - this.#lookedAtMs;
    this.#lookedAtMs = nowMs;
    if (absence > ABSENCE_MS) this.#tookAtMs += absence;
    const taken = this.#written - this.sink.pending;
    if (taken > this.#taken || this.sink.pending === 0) {
      this.#taken = taken;
      this.#tookAtMs = nowMs;
    }
    if (nowMs - this.#tookAtMs < STUCK_MS) return false;
    this.close(1013, `nothing was taken for ${STUCK_MS / 1_000} s`);
    return true;
  }

  close(code: number, reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#queue = [];
    this.#queued = 0;
    this.sink.close(code, reason);
  }

  #write(octets: Buffer): void {
    this.#written += octets.length;
    this.sink.write(octets);
  }

  #tellLag(atNs: number): void {
    const { segments, events, states } = this.#untold;
    if (segments + events + states === 0) return;
    this.#untold = { segments: 0, events: 0, states: 0 };
    const lag: FeedLag = {
      v: 1,
      kind: 'lag',
      n: 0,
      atNs,
      missed: { segments, events, states },
      queuedOctets: this.waiting,
    };
    this.#write(frame(lag).octets);
  }

  #bound(): void {
    if (this.waiting <= QUEUE_OCTETS) return;
    this.#drop('segments', 0);
    this.#drop('state', 1);
    this.#drop('events', 0);
    // Answers and snapshots are asked for, and are few; whoever asks for more than it takes is not served for ever.
    if (this.waiting > 2 * QUEUE_OCTETS) this.close(1008, 'more is asked for than is taken');
  }

  /** Drops frames of a class, the oldest first, until what waits is within bounds or `keep` of them are left. */
  #drop(of: FrameClass, keep: number): void {
    let left = this.#queue.filter((one) => one.class === of).length;
    this.#queue = this.#queue.filter((one) => {
      if (one.class !== of || left <= keep || this.waiting <= QUEUE_OCTETS) return true;
      left--;
      this.#queued -= one.octets.length;
      this.#miss(of, one.count);
      return false;
    });
  }

  #miss(of: FrameClass, count: number): void {
    const name = of === 'state' ? 'states' : of === 'segments' ? 'segments' : 'events';
    this.#untold[name] += count;
    this.missed[name] += count;
  }
}
