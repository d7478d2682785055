// What is being looked at: a run (and one to compare it with), a flow of it, a moment, a stretch of time, a packet. All panels
// share it; what changes is told once a frame.
import { type Flow, type Run, turned, type Vantage } from '../data/index.ts';

export interface Selected {
  vantage: Vantage;
  packet: number;
}

type Listener = () => void;

/** ns. */
const LEAST_RANGE = 1_000;
/** How much of a live run is shown while it is followed. */
export const LIVE_RANGE = 20e9;

export class View {
  run: Run | undefined;
  flowIndex = 0;
  /** The octets of the other end are looked at: who was the receiver is the sender. */
  isTurned = false;
  /** Which vantage's packets are listed; -1: the flow's first. */
  vantageIndex = -1;
  cursorNs = 0;
  fromNs = 0;
  untilNs = 1e9;
  /** The cursor stays at the end of what grows. */
  isFollowing = false;
  isPlaying = false;
  /** Run time over wall time when it plays. */
  speed = 1;
  selected: Selected | undefined;
  /** The run's clock now, where that is known (live). */
  liveNow: (() => number) | undefined;
  #beside: Run | undefined;
  #isZoomed = false;
  #listeners = new Set<Listener>();
  #isAsked = false;
  #lastFrame = 0;
  #seenVersion = -1;

  get flow(): Flow | undefined {
    const flow = this.run?.flows[this.flowIndex] ?? this.run?.flows[0];
    return flow !== undefined && this.isTurned ? turned(flow) : flow;
  }

  /** There is nothing to be looked at. */
  get isEmpty(): boolean {
    return this.run === undefined;
  }

  get vantage(): Vantage | undefined {
    return this.flow?.vantages[this.vantageIndex] ?? this.flow?.first;
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something changed: everybody draws at the next frame. */
  touch(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    requestAnimationFrame((ms) => this.#frame(ms));
  }

  show(run: Run | undefined, at: 'beginning' | 'end' = 'end'): void {
    this.run = run;
    this.selected = undefined;
    this.isPlaying = false;
    this.#isZoomed = false;
    this.vantageIndex = -1;
    this.isTurned = false;
    this.flowIndex = run === undefined ? 0 : Math.max(0, run.flows.indexOf(busiest(run)!));
    this.isFollowing = run?.isGrowing ?? false;
    this.fit();
    this.cursorNs = at === 'end' ? this.endNs : this.beginNs;
    this.touch();
  }

  /** Another run stands beside this one: time goes on to the later end of both. */
  compare(beside: Run | undefined): void {
    if (this.#beside === beside && this.cursorNs === this.endNs) return;
    this.#beside = beside;
    this.fit();
    this.cursorNs = this.endNs;
    this.touch();
  }

  get beginNs(): number {
    const begin = this.flow?.beginNs ?? 0;
    return Number.isFinite(begin) ? begin : 0;
  }

  get endNs(): number {
    const beside = this.#beside?.flows[this.flowIndex] ?? this.#beside?.flows[0];
    const end = Math.max(this.flow?.endNs ?? 0, beside?.endNs ?? 0);
    return this.run?.isGrowing === true ? Math.max(end, this.liveNow?.() ?? 0) : end;
  }

  /** Shows all of it; of what grows, the latest. */
  fit(): void {
    this.#isZoomed = false;
    const end = Math.max(this.endNs, this.beginNs + LEAST_RANGE);
    const length = end - this.beginNs;
    this.fromNs = this.isFollowing ? Math.max(this.beginNs, end - LIVE_RANGE) : this.beginNs;
    this.untilNs = this.isFollowing ? Math.max(end, this.fromNs + 2e9) : end + length * 0.02;
    this.touch();
  }

  zoom(fromNs: number, untilNs: number): void {
    if (untilNs - fromNs < LEAST_RANGE) return;
    this.#isZoomed = true;
    this.isFollowing = false;
    this.fromNs = fromNs;
    this.untilNs = untilNs;
    this.touch();
  }

  get isZoomed(): boolean {
    return this.#isZoomed;
  }

  moveTo(ns: number): void {
    this.isFollowing = false;
    this.cursorNs = Math.min(this.endNs, Math.max(this.beginNs, ns));
    const length = this.untilNs - this.fromNs;
    if (this.cursorNs < this.fromNs || this.cursorNs > this.untilNs) {
      this.fromNs = Math.max(this.beginNs, this.cursorNs - length / 2);
      this.untilNs = this.fromNs + length;
    }
    this.touch();
  }

  follow(): void {
    this.isFollowing = true;
    this.isPlaying = false;
    this.fit();
  }

  play(): void {
    this.isFollowing = false;
    if (this.cursorNs >= this.endNs) this.cursorNs = this.beginNs;
    this.isPlaying = true;
    this.touch();
  }

  pause(): void {
    this.isPlaying = false;
    this.isFollowing = false;
    this.touch();
  }

  select(selected: Selected | undefined, isMoving = true): void {
    this.selected = selected;
    if (selected !== undefined && isMoving) {
      const { segments } = selected.vantage;
      const row = segments.rowOf(selected.packet);
      if (row >= 0) this.moveTo(segments.get('at', row));
    }
    this.touch();
  }

  #frame(ms: number): void {
    this.#isAsked = false;
    const passed = Math.min(100, ms - this.#lastFrame);
    this.#lastFrame = ms;
    if (this.isPlaying) this.#advance(passed);
    const isAlong = this.isFollowing && this.run?.isGrowing === true;
    // Once more when nothing grows any more: what has ended is looked at as it ended.
    if (isAlong || (this.isFollowing && this.cursorNs !== this.endNs)) this.#goAlong();
    for (const listener of this.#listeners) listener();
    const version = this.run?.version ?? -1;
    const isNews = version !== this.#seenVersion;
    this.#seenVersion = version;
    if (this.isPlaying || isNews || isAlong) this.touch();
  }

  #goAlong(): void {
    this.cursorNs = this.endNs;
    if (!this.#isZoomed) this.fit();
  }

  #advance(ms: number): void {
    this.cursorNs += ms * 1e6 * this.speed;
    if (this.cursorNs >= this.endNs) {
      this.cursorNs = this.endNs;
      this.isPlaying = false;
    }
    if (this.cursorNs > this.untilNs) {
      const length = this.untilNs - this.fromNs;
      this.fromNs = this.cursorNs;
      this.untilNs = this.fromNs + length;
    }
  }
}

function busiest(run: Run): Flow | undefined {
  return run.flows.toSorted((a, b) => octetsOf(b) - octetsOf(a))[0];
}

function octetsOf(flow: Flow): number {
  const { rows } = flow.ends[0].fold;
  return rows.length === 0 ? -1 : rows.get('max', rows.length - 1);
}
