// A run of a scenario: builds the network, opens the flows when their time comes, takes samples where periods begin and end,
// and judges. It goes on in steps, so that whoever waits for it can show how far it is.
import { type Connection, type Instant, NEVER } from '../../src/tcp/index.ts';
import { type Host } from '../host.ts';
import { Consuming, Producing } from '../messages.ts';
import { Network, type Wire } from '../network.ts';
import { Relay } from '../relay.ts';
import { type Application } from '../session.ts';
import { makeReceiver, makeSender } from './applications.ts';
import { ScenarioFault } from './fault.ts';
import { FlowRun, type Sample } from './flow-run.ts';
import { judge, type Outcome } from './judge.ts';
import { bottleneck, type ObservedEnd, type RecordOptions, RunRecording } from './record.ts';
import { seatAt, type SeatedApplication, type SeatOptions } from './seat.ts';
import { type FlowPlan, type LinkPlan, type Scenario } from './scenario.ts';
import { whoWaits } from './stuck.ts';
import { Watch } from './watch.ts';

/** Where the first flow's receiver listens; the others follow. */
const PORT = 9_293;
/** Whether all is finished is asked after so many happenings for each flow: few, lest the run go on long after. */
const STRIDE = 1;

/** With `record`, the run is recorded. */
export type RunOptions = Partial<RecordOptions> & SeatOptions;

export type Ending = 'duration' | 'finished' | 'stuck';

export interface RunResult {
  scenario: Scenario;
  ending: Ending;
  /** Of a run that did not end by itself: who waits for whom. */
  waits: readonly string[];
  endedAt: Instant;
  events: number;
  outcomes: readonly Outcome[];
}

export class ScenarioRun {
  readonly scenario: Scenario;
  readonly network: Network;
  readonly #options: RunOptions;
  readonly #recording: RunRecording | undefined;
  readonly #flows = new Map<string, FlowRun>();
  /** By flow, then by the instant asked for. */
  readonly #samples = new Map<string, Map<Instant, Sample>>();
  readonly #stops: Instant[];
  #isBegun = false;
  /** Marks of before there was anything to record. */
  readonly #early: string[] = [];
  #nextStop = 0;
  #ending: Ending | undefined;
  /** Happenings since it was last asked whether the run has ended. */
  #unasked = 0;

  /** @throws ScenarioFault where the topology is impossible */
  constructor(scenario: Scenario, options: RunOptions = {}) {
    this.scenario = scenario;
    this.#options = options;
    const { record } = options;
    this.#recording =
      record === undefined ? undefined : new RunRecording({ ...options, record }, scenario.flows.length);
    this.network = new Network(scenario.seed);
    for (const name of scenario.hosts) this.network.host(name);
    for (const name of scenario.routers) this.network.router(name);
    const narrowest = bottleneck(scenario.links.map((link) => this.#lay(link)));
    if (narrowest !== undefined) this.#recording?.observeLink(narrowest, this.network, scenario.flows[0]!, PORT);
    scenario.flows.forEach((flow, index) => {
      this.#listen(flow, PORT + index);
      this.#relay(flow, PORT + index);
    });
    for (const flow of scenario.flows) this.#checkPath(flow);
    this.#stops = stopsOf(scenario);
  }

  /** How far it is, from 0 to 1, where that is known. */
  get progress(): number | undefined {
    const { duration } = this.scenario;
    return duration === undefined ? undefined : Math.min(1, this.network.now / duration);
  }

  get flows(): readonly FlowRun[] {
    return [...this.#flows.values()];
  }

  /**
   * Goes on for `events` happenings, or until `instant`; true when the run has ended. What happens does not depend on how a
   * run is cut into steps.
   */
  step(events: number, instant: Instant = NEVER): boolean {
    const { network, scenario } = this;
    const { limits, duration } = scenario;
    const until = network.events + events;
    if (!this.#isBegun) this.#begin();
    while (this.#ending === undefined && network.events < until) {
      const stop = Math.min(this.#stops[this.#nextStop] ?? NEVER, duration ?? limits.time);
      const isCut = instant < stop;
      const why = this.#go(isCut ? instant : stop, isCut, until - network.events);
      this.#askNow(!isCut && why !== 'events', stop); // else more may happen at this very instant
      if (this.#ending === undefined && isCut && why !== 'events') {
        network.pass(instant);
        break;
      }
    }
    return this.#ending !== undefined;
  }

  /** Ends the recordings of a run that does not go on to its end. */
  abandon(why: string): void {
    this.#recording?.finish(this.network.now, why);
  }

  /** Marks this moment in the recordings. */
  mark(text: string): void {
    if (this.#isBegun) this.#recording?.mark(text, this.network.now);
    else this.#early.push(text);
  }

  /** The first flows open: not before the first step, so that whoever follows the run is there. */
  #begin(): void {
    this.#isBegun = true;
    if (this.#stops[0] === 0) this.#stop();
    for (const text of this.#early.splice(0)) this.mark(text);
  }

  /** Ends the recordings and judges. To be asked for once, after `step` has said that the run has ended. */
  result(): RunResult {
    const { network, scenario } = this;
    const ending = this.#ending ?? 'stuck';
    this.#recording?.finish(network.now);
    return {
      scenario,
      ending,
      waits: ending === 'stuck' ? this.flows.flatMap((flow) => whoWaits(flow, network.now)) : [],
      endedAt: ending === 'finished' ? Math.max(...this.flows.map((flow) => flow.endedAt)) : network.now,
      events: network.events,
      outcomes: scenario.expectations.map((expectation) => {
        const flow = this.#flows.get(expectation.flow);
        if (flow === undefined) throw new ScenarioFault([], `the run ended before flow "${expectation.flow}" began`);
        const { from = flow.openedAt, until } = expectation.period;
        const samples = this.#samples.get(expectation.flow)!;
        const taken = {
          flow,
          from: samples.get(Math.max(from, flow.openedAt))!,
          until:
            until === undefined || until > network.now
              ? flow.sample(network.now, ending === 'finished')
              : samples.get(until)!,
          links: this.#links(),
        };
        return judge(expectation, taken, scenario.changed);
      }),
    };
  }

  /** A run of a given duration need not be asked. */
  get #stride(): number {
    return this.scenario.duration === undefined ? STRIDE * this.scenario.flows.length : 4_096;
  }

  get #isFinished(): boolean {
    return this.#flows.size === this.scenario.flows.length && this.flows.every((flow) => flow.isFinished);
  }

  /** All that happens by a stop has happened: opens the flows whose time has come, and takes samples. */
  #stop(): void {
    this.#nextStop++;
    this.#open();
    this.#take();
  }

  #go(until: Instant, isCut: boolean, events: number): 'until' | 'idle' | 'events' {
    const { network } = this;
    const before = network.events;
    const most = Math.min(this.#stride - this.#unasked, this.scenario.limits.events - before, events);
    const why = isCut ? network.runThrough(until, most) : network.run(until, most);
    this.#unasked += network.events - before;
    return why;
  }

  /** Whether it is over, which is not asked after every happening. */
  #askNow(isThere: boolean, stop: Instant): void {
    const { network, scenario } = this;
    const isAsked = this.#unasked >= this.#stride || network.events >= scenario.limits.events;
    if (!isThere && !(isAsked && network.nextAt <= stop)) return;
    this.#unasked = 0;
    if (isThere && stop === this.#stops[this.#nextStop]) this.#stop();
    this.#ending = this.#endingNow(isThere);
  }

  #endingNow(isThere: boolean): Ending | undefined {
    const { network, scenario } = this;
    const { limits, duration } = scenario;
    if (duration !== undefined && isThere && network.now >= duration) return 'duration';
    if (duration === undefined && this.#isFinished) return 'finished';
    return network.now >= limits.time || network.events >= limits.events ? 'stuck' : undefined;
  }

  #lay({ path, between, there, back, rules, rulesBack }: LinkPlan): readonly [Wire, Wire] {
    const [a, b] = between.map((name) => this.network.node(name)!);
    try {
      return this.network.connect(a!, b!, { spec: there, rules }, { spec: back, rules: rulesBack });
    } catch (error) {
      if (error instanceof RangeError) throw new ScenarioFault([...path, 'between'], error.message);
      throw error;
    }
  }

  /** One path leads from any node to any other, or none. */
  #checkPath(flow: FlowPlan): void {
    const wires = this.network.wires();
    const seen = new Set([flow.from]);
    for (const name of seen) for (const { from, to } of wires) if (from.name === name) seen.add(to.name);
    if (!seen.has(flow.to)) throw new ScenarioFault(flow.path, `no link leads from ${flow.from} to ${flow.to}`);
  }

  #listen(plan: FlowPlan, port: number): void {
    const host = this.#host(plan.to);
    host.listen(port, { connection: plan.receiver.connection, profile: plan.receiver.profile }, (connection) => {
      const { application, reader } = makeReceiver(
        plan.read,
        plan.write,
        this.network.now,
        this.#options.isControllable,
      );
      const watch = new Watch();
      this.#observe(
        { plan, end: 'receiver', connection },
        watch,
        application instanceof Consuming ? application : reader,
      );
      const flow = this.#flows.get(plan.name);
      if (flow !== undefined) flow.receives({ connection, watch, reader }, application);
      return application;
    });
  }

  /** The proxy of a flow that has one: it takes the connection at the same port, and opens one to the flow's end. */
  #relay({ via, to }: FlowPlan, port: number): void {
    if (via === undefined) return;
    const { connection, profile } = via.end;
    const host = this.#host(via.host);
    host.listen(port, { connection, profile }, () => {
      const dial = (application: Application): Connection =>
        host.connect(this.#host(to), port, connection, () => application, profile).connection;
      return new Relay({ dial, wake: (other) => host.wake(other) }, via.mode);
    });
  }

  /** Opens the flows whose time has come. */
  #open(): void {
    const { now } = this.network;
    this.scenario.flows.forEach((plan, index) => {
      if (plan.at > now || this.#flows.has(plan.name)) return;
      const { application, writer } = makeSender(plan.write, this.network.now);
      const watch = new Watch();
      const make = (connection: Connection): Application => {
        this.#observe(
          { plan, end: 'sender', connection },
          watch,
          application instanceof Producing ? application : writer,
        );
        return application;
      };
      const { connection, profile } = plan.sender;
      const session = this.#host(plan.from).connect(
        this.#host(plan.via?.host ?? plan.to),
        PORT + index,
        connection,
        make,
        profile,
      );
      this.#flows.set(plan.name, new FlowRun(plan, session, watch, writer));
      this.#samples.set(plan.name, new Map());
    });
  }

  #observe(
    { plan, end, connection }: Pick<ObservedEnd, 'plan' | 'end' | 'connection'>,
    watch: Watch,
    application: SeatedApplication,
  ): void {
    const local = this.#host(end === 'sender' ? plan.from : plan.to);
    const remote = this.#host(plan.via?.host ?? (end === 'sender' ? plan.to : plan.from));
    const observed = { plan, end, connection, local, remote };
    const recorder = this.#recording?.observe(observed, this.network.now);
    connection.observe(watch);
    if (recorder !== undefined) connection.observe(recorder);
    this.#options.follow?.(seatAt(observed, application));
  }

  /** Takes the samples that are asked for now. */
  #take(): void {
    const { now } = this.network;
    for (const [name, flow] of this.#flows) {
      const samples = this.#samples.get(name)!;
      if ((now === flow.openedAt || this.#stops.includes(now)) && !samples.has(now))
        samples.set(now, flow.sample(now, false));
    }
  }

  #links(): { queuePeak: number; lost: number } {
    let queuePeak = 0;
    let lost = 0;
    for (const { link } of this.network.wires()) {
      queuePeak = Math.max(queuePeak, link.tally.peakQueue);
      for (const count of Object.values(link.tally.dropped)) lost += count;
    }
    return { queuePeak, lost };
  }

  #host(name: string): Host {
    return this.network.node(name) as Host;
  }
}

/** The instants at which a flow opens or a sample is taken, in order. */
function stopsOf({ flows, expectations }: Scenario): Instant[] {
  const stops = new Set<Instant>(flows.map(({ at }) => at));
  for (const { period } of expectations) {
    if (period.from !== undefined) stops.add(period.from);
    if (period.until !== undefined) stops.add(period.until);
  }
  return [...stops].toSorted((a, b) => a - b);
}

/** The whole of a run. @throws ScenarioFault */
export function runScenario(scenario: Scenario, options: RunOptions = {}): RunResult {
  const run = new ScenarioRun(scenario, options);
  while (!run.step(1e6));
  return run.result();
}
