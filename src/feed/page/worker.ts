// The simulator, in a worker of the tab: runs systems of the gallery (worker-gallery.ts), or one scenario to its end and tells what both ends of each flow recorded, samples
// of their states, and how far it is. It is ended from outside.
import {
  formatQuantity,
  type Measured,
  readScenario,
  type RunResult,
  ScenarioFault,
  ScenarioRun,
} from '../../../sim/index.ts';
import { type Connection, PolicyViolation } from '../../tcp/index.ts';
import { type FeedLinkState, tallySummary } from '../../trace/index.ts';
import { type KnownState } from './data/index.ts';
import { type GalleryQuestion, type GalleryTold } from './source/gallery-messages.ts';
import { type Sampled, type SimulationAsked, type SimulationTold } from './source/simulation-messages.ts';
import { runGalleryHere } from './worker-gallery.ts';

/** Samples of all flows together: at first one each happening, every second goes whenever there are too many. */
const MOST_SAMPLES = 6_000;
/** Recorded of each end at the most, in octets; half a million segments or so. */
const MOST_OCTETS = 48 * 1_048_576;
/** Milliseconds between two words of progress. */
const PROGRESS_MS = 100;

const tell = (told: SimulationTold | GalleryTold, transfer: Transferable[] = []): void => {
  (globalThis as unknown as { postMessage(message: unknown, transfer: Transferable[]): void }).postMessage(
    told,
    transfer,
  );
};

globalThis.addEventListener('message', ({ data }: MessageEvent<SimulationAsked | GalleryQuestion>) => {
  try {
    if ('gallery' in data) runGalleryHere(data, tell);
    else simulate(data);
  } catch (error) {
    tell(faultOf(error));
  }
});

function faultOf(error: unknown): SimulationTold {
  if (error instanceof ScenarioFault) return { kind: 'fault', path: error.path, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return {
    kind: 'fault',
    path: [],
    message: error instanceof PolicyViolation ? message : `the simulator failed: ${message}`,
  };
}

function simulate({ value, seed, set }: SimulationAsked): void {
  const scenario = readScenario(value, {
    ...(seed === undefined ? {} : { seed }),
    set: new Map(Object.entries(set)),
  });
  const recorder = new Slabs();
  const run = new ScenarioRun(scenario, { record: (vantage) => recorder.sink(vantage), application: 'sash' });
  recorder.run = run;
  let samples: Sampled[] = [];
  let stride = 1;
  const most = Math.max(200, MOST_SAMPLES / scenario.flows.length);
  let toldAt = performance.now();
  for (let isOver = false; !isOver;) {
    isOver = run.step(stride);
    samples.push(sample(run));
    if (samples.length >= most) {
      samples = samples.filter((_, index) => index % 2 === 0);
      stride *= 2;
    }
    if (performance.now() - toldAt < PROGRESS_MS) continue;
    toldAt = performance.now();
    const { progress: fraction, network } = run;
    tell({ kind: 'progress', fraction, atNs: network.now, happenings: network.events });
  }
  const result = run.result();
  tell({ kind: 'samples', samples });
  tell({
    kind: 'done',
    title: scenario.title,
    lesson: scenario.lesson,
    clauses: scenario.clauses,
    flows: scenario.flows.map(({ name }) => name),
    outcomes: outcomesOf(result),
    waits: result.waits,
    endedAtNs: result.endedAt,
    happenings: result.events,
    cutAtNs: recorder.cutAt,
  });
}

/** Hands over what is recorded, up to a bound for each end. */
class Slabs {
  cutAt: number | undefined = undefined;

  run: ScenarioRun | undefined = undefined;

  sink(vantage: string): (octets: Uint8Array) => void {
    let total = 0;
    return (octets) => {
      total += octets.length;
      if (total > MOST_OCTETS) {
        this.cutAt ??= this.run?.network.now;
        return;
      }
      const own = octets.slice();
      tell({ kind: 'slab', vantage, octets: own }, [own.buffer]);
    };
  }
}

function sample(run: ScenarioRun): Sampled {
  const { now } = run.network;
  const states: Record<string, KnownState> = {};
  for (const flow of run.flows) addStates(states, flow, now);
  return { atNs: now, states, links: linksOf(run) };
}

function addStates(states: Record<string, KnownState>, flow: ScenarioRun['flows'][number], now: number): void {
  const { name } = flow.plan;
  states[`${name}-sender`] = stateOf(flow.sender.connection, now);
  const there = flow.receiving?.connection;
  if (there !== undefined) states[`${name}-receiver`] = stateOf(there, now);
}

function stateOf(connection: Connection, now: number): KnownState {
  const { tcb } = connection;
  return {
    tcb: connection.snapshot(),
    reasonSinceNs: tcb.silence.since,
    offeringSinceNs: tcb.offering.since,
    tally: tallySummary(tcb.tally, now),
    probes: tcb.probes,
  };
}

function linksOf(run: ScenarioRun): FeedLinkState[] {
  return run.network
    .wires()
    .slice(0, 8)
    .map(({ link, from, to }) => ({
      link: `${from.name}>${to.name}`,
      inFlight: link.inFlight,
      queuedOctets: link.queued,
      delivered: link.tally.delivered,
      duplicated: link.tally.duplicated,
      dropped: { ...link.tally.dropped },
      delayNs: link.state.delay,
      bitsPerSecond: Number.isFinite(link.state.rate) ? link.state.rate : null,
    }));
}

function outcomesOf({ outcomes }: RunResult): Extract<SimulationTold, { kind: 'done' }>['outcomes'] {
  return outcomes.map(({ expectation, measured, stated, expected, verdict }) => ({
    measure: expectation.measure,
    measured: written(expectation.kind, measured),
    expected: (stated ?? expected) === undefined ? '' : written(expectation.kind, (stated ?? expected)!),
    verdict,
    source: expectation.source ?? '',
  }));
}

function written(kind: string, value: Measured): string {
  if (typeof value === 'string') return value;
  const one = (number: number): string => formatQuantity(kind as Parameters<typeof formatQuantity>[0], number);
  if (typeof value === 'number') return one(value);
  const shown = value.slice(0, 8).map(one).join(', ');
  return value.length > 8 ? `${shown}, … (${value.length})` : shown;
}
