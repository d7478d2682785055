// A simulation that somebody watches: virtual time goes by at a given multiple of wall time, stands still, or goes step by step.
// How it is paced does not change what happens, only when it can be seen.
import { type ScenarioRun } from '../../sim/index.ts';
import { type RunControls } from '../feed/index.ts';

/** Happenings between two looks at the clock, and how long, in milliseconds, the event loop may be kept waiting. */
const CHUNK = 512;
const TURN_MS = 10;
const WAIT_MS = 4;
/** A run that is later than this does not hurry to make up for it. */
const MOST_LATE_MS = 100;

export class Pacer implements RunControls {
  stage: RunControls['stage'] = 'paused';
  speed: number | null;
  readonly #run: ScenarioRun;
  /** When virtual time was what, while it goes by. */
  #since = { wallMs: 0, virtualNs: 0 };
  #steps = 0;
  #isStopped = false;
  #isDecided = false;
  readonly #drained: (() => Promise<void>) | undefined;

  /** `drained` waits for whoever reads a recording along. */
  constructor(run: ScenarioRun, speed: number | null, drained?: () => Promise<void>) {
    this.#run = run;
    this.#drained = drained;
    this.speed = speed;
  }

  /** Resolves when the run has ended, or `stop` was called. Begins paused. */
  async toTheEnd(): Promise<void> {
    while (!this.#isStopped && this.stage !== 'over') {
      if (this.#advance()) this.stage = 'over';
      else await this.#breathe();
      await this.#drained?.();
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Plays, unless somebody has said already whether it shall. */
  begin(): void {
    if (!this.#isDecided) this.play();
  }

  pause(): void {
    this.#isDecided = true;
    this.stage = this.stage === 'over' ? 'over' : 'paused';
  }

  play(): void {
    this.#isDecided = true;
    if (this.stage === 'over') return;
    this.stage = 'running';
    this.#steps = 0;
    this.#anchor();
  }

  /** From a pause, so many happenings; pauses if it does not stand still yet. */
  step(happenings: number): void {
    this.pause();
    this.#steps += happenings;
  }

  setSpeed(speed: number | null): void {
    this.speed = speed;
    this.#anchor();
  }

  #anchor(): void {
    this.#since = { wallMs: performance.now(), virtualNs: this.#run.network.now };
  }

  /** True when the run has ended. */
  #advance(): boolean {
    if (this.stage === 'paused') {
      const steps = Math.min(this.#steps, CHUNK);
      this.#steps -= steps;
      return steps > 0 && this.#run.step(steps);
    }
    const began = performance.now();
    const { speed } = this;
    const { wallMs, virtualNs } = this.#since;
    const target = speed === null ? Infinity : virtualNs + (began - wallMs) * 1e6 * speed;
    while (this.#run.network.now < target && performance.now() - began < TURN_MS) {
      if (this.#run.step(CHUNK, Math.floor(target))) return true;
    }
    if (speed !== null && target - this.#run.network.now > MOST_LATE_MS * 1e6 * speed) this.#anchor();
    return false;
  }

  #breathe(): Promise<void> {
    const isBusy = this.#steps > 0 || (this.stage === 'running' && this.speed === null);
    return new Promise((resolve) => {
      if (isBusy) setImmediate(resolve);
      else setTimeout(resolve, WAIT_MS);
    });
  }
}
