// The recordings of a run: who looks from where. Each end sees what leaves and arrives there; the link sees what passes the
// bottleneck of the path, and what is lost there.
import { type Drop, type Flight, type LinkWatcher } from '../../src/link/index.ts';
import { type Connection, type Instant } from '../../src/tcp/index.ts';
import { LinkRecorder, Recorder, RecordingFile, type Sink, type Snap } from '../../src/trace/index.ts';
import { type Host } from '../host.ts';
import { type Network, Router, type Wire } from '../network.ts';
import { destinationOf, sourceOf } from '../tags.ts';
import { type FlowPlan } from './scenario.ts';

export type Vantage = 'sender' | 'link' | 'receiver';
export const VANTAGES: readonly Vantage[] = ['sender', 'link', 'receiver'];

/** The wall clock at the beginning of every run, so that recordings are the same whenever they are made: 2000-01-01. */
export const EPOCH_MS = 946_684_800_000;
const ANCHOR = { epochMs: EPOCH_MS, at: 0 };

export interface RecordOptions {
  /** Gives a sink for each point of view: `flow-sender` and `flow-receiver`, and `link`; or `all`, once. */
  record: (vantage: string) => Sink;
  /** From where; by default the two ends. */
  vantages?: readonly Vantage[];
  /** All of them in one file, an interface each. */
  isAllInOne?: boolean;
  snap?: Snap;
  /** What records, with its version. */
  application?: string;
  /** For people, in the file's head. */
  comment?: string;
  /** How to run it again; the point of view is added. */
  run?: object;
}

export interface ObservedEnd {
  plan: FlowPlan;
  end: 'sender' | 'receiver';
  connection: Connection;
  local: Host;
  remote: Host;
}

export class RunRecording {
  readonly #options: RecordOptions;
  readonly #recorders: { recorder: Recorder; connection: Connection }[] = [];
  readonly #flows: number;
  #link: LinkRecorder | undefined;
  #shared: RecordingFile | undefined;

  constructor(options: RecordOptions, flows: number) {
    this.#options = options;
    this.#flows = flows;
  }

  /** Undefined where nobody looks from there. */
  observe({ plan, end, connection, local, remote }: ObservedEnd, now: Instant): Recorder | undefined {
    const { vantages = ['sender', 'receiver'] } = this.#options;
    if (!vantages.includes(end)) return undefined;
    const name = `${plan.name}-${end}`;
    const recorder = new Recorder(
      {
        ...this.#common(name),
        local: { address: local.address, port: connection.tcb.localPort },
        remote: { address: remote.address, port: connection.tcb.remotePort },
        label: this.#options.isAllInOne === true && this.#flows > 1 ? name : end,
        configuration: connection.tcb.options,
      },
      now,
    );
    this.#recorders.push({ recorder, connection });
    return recorder;
  }

  /** Looks at the link of `wires`, the two directions; `port` is that of the first flow. */
  observeLink(wires: readonly [Wire, Wire], network: Network, plan: FlowPlan, port: number): void {
    if (this.#options.vantages?.includes('link') !== true) return;
    const [there, back] = wires;
    const [from, to] = [plan.from, plan.via?.host ?? plan.to].map((name) => network.node(name) as Host);
    const recorder = new LinkRecorder(
      {
        ...this.#common('link'),
        label: 'link',
        about: `between ${there.from.name} and ${there.to.name}`,
        local: { address: from!.address, port: 0 },
        remote: { address: to!.address, port },
        configuration: { there: there.link.state, back: back.link.state },
      },
      network.now,
    );
    this.#link = recorder;
    const telling = { isNow: false };
    there.link.watch(new Direction(recorder, network, back, telling));
    back.link.watch(new Direction(recorder, network, there, telling));
  }

  /** Marks this moment, wherever somebody looks from. */
  mark(text: string, now: Instant): void {
    for (const { recorder } of this.#recorders) recorder.marker(text, now);
  }

  /** `why` says what keeps them from being complete; '' if nothing does. */
  finish(now: Instant, why = ''): void {
    for (const { recorder, connection } of this.#recorders) {
      connection.unobserve(recorder);
      recorder.finish(now, why === '', why);
    }
    this.#link?.finish(now, why === '', why);
  }

  #common(name: string) {
    const { application = 'sash', comment, snap, run } = this.#options;
    return {
      sink: this.#sink(name),
      application,
      anchor: ANCHOR,
      ...(comment === undefined ? {} : { comment }),
      ...(snap === undefined ? {} : { snap }),
      ...(run === undefined ? {} : { run: { ...run, vantage: this.#options.isAllInOne === true ? 'all' : name } }),
    };
  }

  #sink(name: string): Sink | RecordingFile {
    const { record, isAllInOne, application = 'sash', comment, snap } = this.#options;
    if (isAllInOne !== true) return record(name);
    this.#shared ??= new RecordingFile({
      sink: record('all'),
      application,
      anchor: ANCHOR,
      ...(comment === undefined ? {} : { comment }),
      ...(snap === undefined ? {} : { snap }),
    });
    return this.#shared;
  }
}

/**
 * One way of the link. Links are served lazily: before anything is told of one, the other is brought up to that time. What
 * that tells in its turn is earlier, and comes while the first is being served: it must be left alone then.
 */
class Direction implements LinkWatcher {
  readonly #recorder: LinkRecorder;
  readonly #network: Network;
  readonly #opposite: Wire;
  readonly #path = { source: '', destination: '' };
  readonly #fate: { why: string | undefined; rule: number; isCopy: boolean } = {
    why: undefined,
    rule: 0,
    isCopy: false,
  };
  readonly #telling: { isNow: boolean };

  constructor(recorder: LinkRecorder, network: Network, opposite: Wire, telling: { isNow: boolean }) {
    this.#recorder = recorder;
    this.#network = network;
    this.#opposite = opposite;
    this.#telling = telling;
  }

  passes(flight: Flight, why: Drop | undefined, at: Instant): void {
    if (!this.#telling.isNow) {
      this.#telling.isNow = true;
      this.#opposite.link.settle(at);
      this.#telling.isNow = false;
    }
    const { tag, rule, isCopy } = flight;
    const { hosts } = this.#network;
    this.#path.source = hosts[sourceOf(tag)]!.address;
    this.#path.destination = hosts[destinationOf(tag)]!.address;
    this.#fate.why = why;
    this.#fate.rule = rule;
    this.#fate.isCopy = isCopy;
    this.#recorder.passes(flight, this.#path, this.#fate, at);
  }
}

/**
 * Where a path is narrowest: the link with the least rate in either direction. Among equals one between two routers, where
 * flows meet; among those the first.
 */
export function bottleneck(links: readonly (readonly [Wire, Wire])[]): readonly [Wire, Wire] | undefined {
  let best: readonly [Wire, Wire] | undefined;
  for (const link of links) {
    const isNarrower = best === undefined || rank(link) < rank(best);
    if (isNarrower || (rank(link) === rank(best!) && isInner(link) && !isInner(best!))) best = link;
  }
  return best;
}

function rank([there, back]: readonly [Wire, Wire]): number {
  return Math.min(there.link.state.rate, back.link.state.rate);
}

function isInner([{ from, to }]: readonly [Wire, Wire]): boolean {
  return from instanceof Router && to instanceof Router;
}
