// `sash sim --live`: the run is paced against the wall clock, begins when somebody looks, and can be looked at until they leave.
import { EPOCH_MS, type Scenario, ScenarioRun, type RunOptions, type Seat } from '../../sim/index.ts';
import { type FollowOptions } from '../feed/index.ts';
import { EXIT, type ExitCode } from './faults.ts';
import { parseRules } from '../link/index.ts';
import { type Json } from '../trace/index.ts';
import { changeLink, linkState, Live } from './live.ts';
import { type LiveSimulation } from './live-flags.ts';
import { Pacer } from './pacer.ts';
import { faultOf } from './scenario-run.ts';
import { type ScenarioFile } from './sim-files.ts';
import { type SimRecordings } from './sim-recordings.ts';
import { isMet, parametersOf, type Report } from './sim-report.ts';
import { Signals } from './signals.ts';
import { Talk } from './talk.ts';

/** Milliseconds that a page may take to come back when it is loaded again. */
const GRACE_MS = 5_000;
const LOOK_MS = 50;

export interface ShowOptions {
  file: ScenarioFile;
  scenario: Scenario;
  options: RunOptions;
  recordings: SimRecordings | undefined;
  /** Prints what was measured. */
  tell: (report: Report) => Promise<void>;
}

/** @throws Fault */
export async function show(simulation: LiveSimulation, options: ShowOptions): Promise<ExitCode> {
  try {
    const showing = await Showing.open(simulation, options);
    return await showing.play();
  } catch (error) {
    throw faultOf(error, options.file);
  }
}

/** A simulation with somebody who watches, from its making to the end of the watching. */
class Showing {
  readonly #run: ScenarioRun;
  readonly #pacer: Pacer;
  readonly #live: Live;
  readonly #options: ShowOptions;
  readonly #talk = new Talk({ isQuiet: false });
  readonly #signals: Signals;

  /** @throws Fault */
  static async open(simulation: LiveSimulation, options: ShowOptions): Promise<Showing> {
    const { values, speed } = simulation;
    const { scenario, file, recordings } = options;
    const seats: Seat[] = [];
    let live: Live | undefined;
    const follow = (seat: Seat): void => {
      if (live === undefined) seats.push(seat);
      else followSeat(live, seat, values.control);
    };
    const run = new ScenarioRun(scenario, { ...options.options, follow, isControllable: values.control });
    const drained = recordings?.choice.isStream === true ? () => recordings.drained() : undefined;
    const pacer = new Pacer(run, speed, drained);
    live = await Live.open(values, {
      command: 'sim',
      title: scenario.title,
      clock: 'virtual',
      epochNs: BigInt(EPOCH_MS) * 1_000_000n,
      now: () => run.network.now,
      controls: pacer,
      mark: (text) => run.mark(text),
      scenario: { name: file.name, seed: scenario.seed, parameters: parameters(scenario) },
    });
    for (const seat of seats) followSeat(live, seat, values.control);
    followLinks(live, run);
    return new Showing(run, pacer, live, options);
  }

  private constructor(run: ScenarioRun, pacer: Pacer, live: Live, options: ShowOptions) {
    this.#run = run;
    this.#pacer = pacer;
    this.#live = live;
    this.#options = options;
    const stop = (): void => pacer.stop();
    this.#signals = new Signals({ interrupt: stop, interruptAtOnce: stop });
  }

  /** To the end of the run, which begins when the first observer comes, and until the last has left. */
  async play(): Promise<ExitCode> {
    const { file, recordings, tell } = this.#options;
    this.#live.announce(this.#talk);
    this.#talk.say('the run begins when somebody looks; Ctrl-C ends it');
    while (this.#live.observers === 0 && !this.#isInterrupted) await moment();
    const began = performance.now();
    this.#pacer.begin();
    await this.#pacer.toTheEnd();
    if (this.#pacer.stage !== 'over') {
      this.#run.abandon('the simulation was interrupted');
      await recordings?.close();
      await this.#close();
      return EXIT.interrupted;
    }
    for (const follower of this.#live.feed.followers.values()) this.#live.feed.finished(follower);
    const report: Report = {
      name: file.name,
      label: '',
      result: this.#run.result(),
      tookMs: performance.now() - began,
    };
    await recordings?.close();
    await tell(report);
    await this.#waitForObservers();
    await this.#close();
    return isMet(report) ? EXIT.done : EXIT.failed;
  }

  get #isInterrupted(): boolean {
    return this.#signals.wereThereAny;
  }

  async #waitForObservers(): Promise<void> {
    let lastSeen = performance.now();
    if (this.#live.observers > 0) {
      this.#talk.say('the run is over; what it did can be looked at until all pages are closed, or Ctrl-C');
    }
    while (!this.#isInterrupted && performance.now() - lastSeen < GRACE_MS) {
      if (this.#live.observers > 0) lastSeen = performance.now();
      await moment();
    }
  }

  async #close(): Promise<void> {
    await this.#live.close('the simulation is over');
    this.#signals.close();
  }
}

function followSeat(live: Live, seat: Seat, isControllable: boolean): void {
  const { connection, flow, end, local, remote, octets, total = null } = seat;
  const options: FollowOptions = {
    label: `${flow}-${end}`,
    role: end,
    openedNs: live.feed.now,
    ends: () => ({ local, remote }),
    application: () => {
      const tempo = seat.tempo();
      const rate = tempo?.rate(live.feed.now) ?? Infinity;
      return {
        paceOctetsPerSecond: rate === Infinity ? null : rate,
        isStopped: tempo?.isStopped ?? false,
        octets: octets(),
        totalOctets: total,
        ...(seat.ledger === undefined ? {} : { ledger: seat.ledger(live.feed.now) as unknown as Json }),
      };
    },
    ...(isControllable ? { controls: controlsOf(seat, live) } : {}),
  };
  live.feed.follow(connection, options);
}

function controlsOf(seat: Seat, live: Live): NonNullable<FollowOptions['controls']> {
  const change = (act: (tempo: NonNullable<ReturnType<Seat['tempo']>>) => void): void => {
    const tempo = seat.tempo();
    if (tempo === undefined)
      throw new Error(`the application of ${seat.flow}-${seat.end} has no pace to change, or none yet`);
    act(tempo);
    seat.rouse();
  };
  return {
    pace: (rate) => change((tempo) => tempo.setRate(rate ?? Infinity, live.feed.now)),
    stop: () => change((tempo) => tempo.stop()),
    resume: () => change((tempo) => tempo.resume()),
    chunk: () => change((tempo) => tempo.step(live.feed.now)),
  };
}

function followLinks(live: Live, run: ScenarioRun): void {
  for (const wire of run.network.wires()) {
    live.feed.followLink(`${wire.from.name}>${wire.to.name}`, {
      state: () => linkState(wire.link),
      change: (text) => {
        changeLink(wire.link, text, run.network.now);
        wire.changed();
      },
      addRule: (text) => {
        for (const rule of parseRules(text)) wire.link.addRule(rule);
        wire.changed();
      },
    });
  }
}

/** As the scenario's file would have them. */
function parameters(scenario: Scenario): Record<string, string> {
  return Object.fromEntries(
    [...scenario.parameters].map(([key, value]) => [key, parametersOf(new Map([[key, value]])).slice(key.length + 1)]),
  );
}

function moment(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, LOOK_MS);
  });
}
