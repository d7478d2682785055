// Runs a scenario in a worker and makes a run of what it recorded: the same records as a file, with samples of the states
// between them, so that a simulation is shown as a recording is.
import { PcapngReader } from '../../../trace/index.ts';
import { Flow, Run, type Side, type Vantage } from '../data/index.ts';
import { type Sampled, type SimulationAsked, type SimulationTold } from './simulation-messages.ts';

export interface Progress {
  /** From 0 to 1; undefined where the end is not known. */
  fraction: number | undefined;
  atNs: number;
  happenings: number;
}

export class SimulationFault extends Error {
  readonly path: readonly (string | number)[];

  constructor(path: readonly (string | number)[], message: string) {
    super(message);
    this.path = path;
  }
}

/** Octets read before the tab gets its turn. */
const SLICE = 1_048_576;

export class Simulation {
  readonly #worker = new Worker('worker.js');
  readonly #slabs = new Map<string, Uint8Array[]>();
  #samples: readonly Sampled[] = [];
  #cancelled: (() => void) | undefined;

  /** The run, once it is over. Rejects with a SimulationFault for a scenario that is wrong; undefined if it was cancelled. */
  async run(asked: SimulationAsked, onProgress: (progress: Progress) => void): Promise<Run | undefined> {
    const done = await new Promise<Extract<SimulationTold, { kind: 'done' }> | undefined>((resolve, reject) => {
      this.#cancelled = () => resolve(undefined);
      this.#worker.addEventListener('error', (event) => {
        reject(new SimulationFault([], `the simulator could not run: ${event.message || 'its script did not load'}`));
      });
      this.#worker.addEventListener('message', ({ data }: MessageEvent<SimulationTold>) => {
        if (data.kind === 'slab') this.#keep(data.vantage, data.octets);
        else if (data.kind === 'samples') this.#samples = data.samples;
        else if (data.kind === 'progress') onProgress(data);
        else if (data.kind === 'fault') reject(new SimulationFault(data.path, data.message));
        else resolve(data);
      });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- of windows; a worker has none
      this.#worker.postMessage(asked);
    }).finally(() => this.#worker.terminate());
    return done === undefined ? undefined : this.#build(done);
  }

  cancel(): void {
    this.#worker.terminate();
    this.#cancelled?.();
  }

  #keep(vantage: string, octets: Uint8Array): void {
    const own = this.#slabs.get(vantage) ?? [];
    own.push(octets);
    this.#slabs.set(vantage, own);
  }

  async #build(done: Extract<SimulationTold, { kind: 'done' }>): Promise<Run> {
    const run = new Run(done.title, 'simulation');
    for (const name of done.flows) {
      const flow = new Flow(name, [true, true]);
      for (const side of [0, 1] as const) await this.#fold(flow, side);
      if (flow.vantages.length > 0) run.flows.push(flow);
    }
    for (const { atNs, links } of this.#samples) run.links.add(atNs, links);
    run.outcomes = [...done.outcomes];
    for (const [name, octets] of this.#slabs) run.files.push({ name: `${name}.pcapng`, octets });
    for (const wait of done.waits) run.note(`It never ended: ${wait}.`);
    if (done.cutAtNs !== undefined) {
      run.note(
        `The run is long: what is shown of the packets ends about ${(done.cutAtNs / 1e9).toFixed(2)} s in; the measures are of all of it.`,
      );
    }
    return run;
  }

  async #fold(flow: Flow, side: Side): Promise<void> {
    const name = `${flow.name}-${side === 0 ? 'sender' : 'receiver'}`;
    const slabs = this.#slabs.get(name);
    if (slabs === undefined) return;
    const vantage: Vantage = flow.look(side === 0 ? 'sender' : 'receiver', side, true);
    const { fold } = flow.ends[side];
    let next = 0;
    const samples = this.#samples;
    const reader = new PcapngReader((happening) => {
      for (; next < samples.length && samples[next]!.atNs < happening.atNs; next++) {
        const state = samples[next]!.states[name];
        if (state !== undefined) fold.snapshot(state, samples[next]!.atNs);
      }
      if (happening.type === 'recording') {
        vantage.configuration = happening.configuration;
        flow.ends[side].endpoint = happening.local;
      }
      flow.take(vantage, happening);
    });
    let octets = 0;
    for (const slab of slabs) {
      reader.push(slab);
      octets += slab.length;
      if (octets < SLICE) continue;
      octets = 0;
      await new Promise((resolve) => setTimeout(resolve));
    }
    reader.end();
  }
}
