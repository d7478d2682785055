// A network in one process: hosts, routers and the links between them, in virtual time. Deterministic: what happens follows
// from what was built and the seed alone. Each segment is one arrival, and the host is polled after each, as over a real
// carrier. Entities with a next deadline stand in one heap; of a link's segments only the first has a place in it.
import { type Flight, Link, type LinkSpec, type Rule } from '../src/link/index.ts';
import { Deadlines, type Timed } from '../src/stack/index.ts';
import { type Instant, NEVER } from '../src/tcp/index.ts';
import { Host } from './host.ts';
import { destinationOf, MOST_HOSTS } from './tags.ts';

/** What can be at the end of a link. */
export interface Node {
  readonly name: string;
  /** A segment has arrived; where from and where to, its tag says. The flight is the node's: to send on, or to drop. */
  receive(flight: Flight, now: Instant): void;
}

/** What happens by itself when its time comes; `act` always reschedules. */
interface Actor extends Timed {
  act(now: Instant): void;
}

/** One direction of a link, and what is at its far end. */
export class Wire implements Actor {
  readonly link: Link;
  readonly from: Node;
  readonly to: Node;
  deadline: Instant = NEVER;
  place = -1;
  readonly #network: Network;

  constructor(network: Network, link: Link, from: Node, to: Node) {
    this.#network = network;
    this.link = link;
    this.from = from;
    this.to = to;
  }

  /** A flight to fill and to send. */
  lend(): Flight {
    return this.link.lend();
  }

  send(flight: Flight, now: Instant): void {
    const { link } = this;
    if (link.isNothing) {
      link.pass(flight, now);
      this.#network.deliver(flight, this.to, now);
      return;
    }
    link.post(flight, now);
    this.#network.reschedule(this, link.nextDeadline());
  }

  /** For whoever changes the link while the run stands still. */
  changed(): void {
    this.#network.reschedule(this, this.link.nextDeadline());
  }

  act(now: Instant): void {
    const { link, to } = this;
    for (let flight = link.takeFlight(now); flight !== undefined; flight = link.takeFlight(now))
      to.receive(flight, now);
    this.#network.reschedule(this, link.nextDeadline());
  }
}

/** Passes each segment on towards its destination. */
export class Router implements Node {
  readonly name: string;
  /** By the number of the destination's host. */
  readonly routes: (Wire | undefined)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  receive(flight: Flight, now: Instant): void {
    this.routes[destinationOf(flight.tag)]?.send(flight, now);
  }
}

export interface WireOptions {
  spec: LinkSpec;
  rules?: readonly Rule[];
}

export class Network {
  /** NEVER until it is made, so that V8 takes it for a floating-point number from the beginning (see `BEGINNING`). */
  now: Instant = NEVER;
  /** Happenings so far: the measure of a run's size. */
  events = 0;
  readonly seed: number;
  /** Told of a host after each of its inputs, when all that followed from it has left: for those who check invariants. */
  inspect: ((host: Host) => void) | undefined = undefined;
  readonly hosts: Host[] = [];
  readonly #nodes = new Map<string, Node>();
  readonly #byAddress = new Map<string, Host>();
  readonly #wires = new Map<Node, Wire[]>();
  readonly #deadlines = new Deadlines<Actor>();
  /** Flights that nothing is done with: one pool for all links, as they hand them on. */
  readonly #pool: Flight[] = [];
  /** What arrives without delay, in order: it has its turn when whatever sent it has come to an end. */
  readonly #arriving: (Flight | undefined)[] = [];
  readonly #arrivingAt: Node[] = [];
  #arrived = 0;
  #arrivals = 0;
  #isRouted = true;

  constructor(seed = 0) {
    this.seed = seed;
    this.now = 0;
  }

  /** @throws RangeError if the name is taken */
  host(name: string): Host {
    if (this.hosts.length >= MOST_HOSTS) throw new RangeError(`there are at most ${MOST_HOSTS} hosts`);
    const host = new Host(this, name, this.hosts.length);
    this.#add(host);
    this.hosts.push(host);
    this.#byAddress.set(host.address, host);
    return host;
  }

  /** A router, or one of its kind that does more than pass on. @throws RangeError if the name is taken */
  router(name: string, router = new Router(name)): Router {
    this.#add(router);
    return router;
  }

  hostAt(address: string): Host | undefined {
    return this.#byAddress.get(address);
  }

  node(name: string): Node | undefined {
    return this.#nodes.get(name);
  }

  /**
   * Lays a link between two nodes, one wire for each direction.
   * @throws RangeError where that would close a loop, or give a host a second link: there is one path between any two hosts.
   */
  connect(a: Node, b: Node, there: WireOptions, back: WireOptions): [Wire, Wire] {
    if (this.#reaches(a, b)) throw new RangeError(`a link between ${a.name} and ${b.name} would close a loop`);
    const wires: [Wire, Wire] = [this.#wire(a, b, there), this.#wire(b, a, back)];
    this.#isRouted = false; // until it runs: to find the way anew for each of a thousand links takes long
    return wires;
  }

  /** Every wire, in the order they were laid. */
  wires(): Wire[] {
    return [...this.#wires.values()].flat();
  }

  /** Runs until `until`, or until nothing is left to happen, or `most` events more; says which. */
  run(until: Instant, most = Infinity): 'until' | 'idle' | 'events' {
    const why = this.runThrough(until, most);
    if (why !== 'events' && until !== NEVER) this.pass(until);
    return why;
  }

  /** Time goes by in which nothing happens. */
  pass(until: Instant): void {
    this.now = Math.max(this.now, until);
  }

  /** When something happens next; NEVER where nothing is left to. */
  get nextAt(): Instant {
    return this.#arrivals > 0 ? this.now : (this.#deadlines.first()?.deadline ?? NEVER);
  }

  /** As `run`, but it stays the instant of what happened last. */
  runThrough(until: Instant, most = Infinity): 'until' | 'idle' | 'events' {
    if (!this.#isRouted) this.#route();
    const limit = this.events + most;
    for (;;) {
      if (this.#arrivals > 0) {
        if (this.events >= limit) return 'events';
        this.#arrive();
        continue;
      }
      const first = this.#deadlines.first();
      if (first === undefined) return 'idle';
      if (first.deadline > until) return 'until';
      if (this.events >= limit) return 'events';
      this.events++;
      this.now = Math.max(this.now, first.deadline);
      first.act(this.now); // which says when it wants to act next
    }
  }

  /** For the network's own parts: something will happen to `actor` at `deadline` next. */
  reschedule(actor: Actor, deadline: Instant): void {
    this.#deadlines.set(actor, deadline);
  }

  /** For the network's own parts: a flight gets to `to` without delay. Routers only pass on: at once, if they know where to. */
  deliver(flight: Flight, to: Node, now: Instant): void {
    if (this.#isRouted && !(to instanceof Host)) {
      to.receive(flight, now);
      return;
    }
    this.#arriving[this.#arrivals] = flight;
    this.#arrivingAt[this.#arrivals++] = to;
  }

  /** For the network's own parts: nobody needs this flight any more. */
  drop(flight: Flight): void {
    this.#pool.push(flight);
  }

  #arrive(): void {
    const place = this.#arrived++;
    const flight = this.#arriving[place]!;
    this.#arriving[place] = undefined;
    const to = this.#arrivingAt[place]!;
    if (this.#arrived === this.#arrivals) {
      this.#arrived = 0;
      this.#arrivals = 0;
    }
    this.events++;
    to.receive(flight, this.now);
  }

  #add(node: Node): void {
    if (this.#nodes.has(node.name)) throw new RangeError(`there is a node named ${node.name} already`);
    this.#nodes.set(node.name, node);
    this.#wires.set(node, []);
  }

  #wire(from: Node, to: Node, { spec, rules = [] }: WireOptions): Wire {
    const link = new Link({
      spec,
      rules,
      seed: this.seed,
      name: `${from.name}>${to.name}`,
      sharesText: true,
      pool: this.#pool,
    });
    const wire = new Wire(this, link, from, to);
    this.#wires.get(from)!.push(wire);
    if (from instanceof Host) from.attach(wire);
    return wire;
  }

  #reaches(a: Node, b: Node): boolean {
    const seen = new Set<Node>([a]);
    for (const node of seen) {
      if (node === b) return true;
      for (const { to } of this.#wires.get(node)!) seen.add(to);
    }
    return false;
  }

  /** There is one path between any two nodes, so a walk from each host finds every router's way back to it. */
  #route(): void {
    this.#isRouted = true;
    for (const host of this.hosts) {
      const seen = new Set<Node>([host]);
      for (const node of seen) {
        for (const wire of this.#wires.get(node)!) {
          if (seen.has(wire.to)) continue;
          seen.add(wire.to);
          const back = this.#wires.get(wire.to)!.find(({ to }) => to === node);
          if (wire.to instanceof Router) wire.to.routes[host.number] = back;
        }
      }
    }
  }
}
