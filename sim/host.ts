// A host: an endpoint of the stack and the sessions of its applications, at the end of one wire.
import { Flight } from '../src/link/index.ts';
import { type Association, Deadlines, Endpoint, type ListenerOptions } from '../src/stack/index.ts';
import { type Connection, type ConnectionOptions, type Instant, NEVER, type ProfileName } from '../src/tcp/index.ts';
import { type Network, type Node, type Wire } from './network.ts';
import { type Application, Session } from './session.ts';
import { sourceOf, tagOf } from './tags.ts';

/** Makes the application for a connection that a listener has accepted; the first segment has not been answered yet. */
export type Accept = (connection: Connection) => Application;

export class Host implements Node {
  readonly name: string;
  readonly number: number;
  /** 10.x.y.z, from 10.0.0.1 on. */
  readonly address: string;
  readonly sessions: Session[] = [];
  deadline: Instant = NEVER;
  place = -1;

  readonly #network: Network;
  readonly #endpoint: Endpoint;
  readonly #byAssociation = new Map<Association, Session>();
  /** The one served last: the next segment is usually for it too. */
  #latest: Session | undefined;
  readonly #sleeping = new Deadlines<Session>();
  /** There is an application that does. */
  #hearsAll = false;
  #wire: Wire | undefined;
  /** For the segment that leaves next. */
  #leaving: Flight | undefined;
  // The peer asked for last is usually asked for again; of thousands of hosts, its own object is not in the processor's cache.
  #peerAddress = '';
  #peerNumber = -1;

  constructor(network: Network, name: string, number: number) {
    const n = number + 1;
    this.#network = network;
    this.name = name;
    this.number = number;
    this.address = `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
    // It makes the initial sequence numbers (RFC 9293 §3.4.1): of the seed, so that they are the same in every run.
    const secret = [network.seed >>> 0, number, 0x7361_7368, Math.floor(network.seed / 2 ** 32) >>> 0] as const;
    this.#endpoint = new Endpoint({ address: this.address, secret });
  }

  /** @throws RangeError if the host has a wire already */
  attach(wire: Wire): void {
    if (this.#wire !== undefined) {
      throw new RangeError(`host ${this.name} has a link already: where paths meet there must be a router`);
    }
    this.#wire = wire;
  }

  /** Accepts connections at a port. @throws EndpointError where there is a listener already */
  listen(port: number, options: ListenerOptions, accept: Accept): void {
    this.#endpoint.listen(port, {
      ...options,
      made: (association, now) => this.#begin(association, accept(association.connection), now),
    });
  }

  /**
   * Opens a connection now. `made` gets it before its SYN leaves, to observe it.
   * @throws EndpointError where there is no port left
   */
  connect(to: Host, port: number, options: Partial<ConnectionOptions>, make: Accept, profile?: ProfileName): Session {
    const { now } = this.#network;
    const association = this.#endpoint.connect(to.address, port, options, now, profile);
    const session = this.#begin(association, make(association.connection), now);
    this.#settle(now);
    return session;
  }

  /** For an application that did something to another connection of this host than the one it was called for. */
  wake(connection: Connection): void {
    this.#endpoint.wakeConnection(connection);
  }

  /** For whoever changed, from outside, what an application wants: it has its turn now. */
  rouse(connection: Connection): void {
    const session = this.sessions.find((one) => one.connection === connection);
    if (session === undefined) return;
    this.#sleeping.set(session, this.#network.now);
    this.#network.reschedule(this, this.#network.now);
  }

  receive(flight: Flight, now: Instant): void {
    const association = this.#endpoint.segmentArrives(flight, this.#addressOf(sourceOf(flight.tag)), now);
    this.#network.drop(flight);
    // The application hears of it before the answer leaves: one that reads at once has then read, and all is offered again.
    if (association !== undefined && !association.isPending) {
      if (this.#hearsAll) this.#serveAlways(association, now);
      this.#tell(association, now);
    }
    this.#settle(now);
  }

  /** A timer, or an application whose time has come. */
  act(now: Instant): void {
    this.#endpoint.timePasses(now);
    const session = this.#sleeping.take(now); // others that are due have their turn when this one's segments have left
    if (session !== undefined) this.#serve(session, now);
    this.#settle(now);
  }

  #begin(association: Association, application: Application, now: Instant): Session {
    const session = new Session(association, application, now);
    this.sessions.push(session);
    if (application.hearsAll === true) this.#hearsAll = true;
    this.#byAssociation.set(association, session);
    return session;
  }

  /** Segments leave, applications hear the news, what they do leaves, until there is nothing more. */
  #settle(now: Instant): void {
    const endpoint = this.#endpoint;
    for (;;) {
      this.#transmit(now);
      const association = endpoint.pollNews();
      if (association === undefined) break;
      this.#tell(association, now);
    }
    const next = endpoint.nextDeadline();
    this.#network.reschedule(this, this.#sleeping.size === 0 ? next : Math.min(next, this.#sleeping.next()));
    this.#network.inspect?.(this);
  }

  #transmit(now: Instant): void {
    const wire = this.#wire;
    for (;;) {
      this.#leaving ??= wire?.lend() ?? new Flight();
      const flight = this.#leaving;
      const to = this.#endpoint.pollSegment(flight, now);
      if (to === undefined) return;
      if (wire === undefined) continue;
      this.#leaving = undefined;
      flight.tag = tagOf(this.number, this.#numberOf(to));
      wire.send(flight, now);
    }
  }

  #tell(association: Association, now: Instant): void {
    const { connection } = association;
    if (!connection.hasEvents) return;
    const session = this.#latest?.association === association ? this.#latest : this.#byAssociation.get(association);
    if (session === undefined) return;
    this.#latest = session;
    for (let event = connection.pollEvent(); event !== undefined; event = connection.pollEvent()) {
      if (event === 'finished') session.finishedAt = now;
    }
    this.#serve(session, now);
  }

  #serveAlways(association: Association, now: Instant): void {
    const session = this.#byAssociation.get(association);
    if (session?.application.hearsAll === true && !association.connection.hasEvents) this.#serve(session, now);
  }

  #serve(session: Session, now: Instant): void {
    const next = session.application.serve(session.connection, now);
    this.#sleeping.set(session, next);
    this.#endpoint.wake(session.association);
  }

  #addressOf(number: number): string {
    if (this.#peerNumber !== number) this.#turnTo(this.#network.hosts[number]!);
    return this.#peerAddress;
  }

  #numberOf(address: string): number {
    if (this.#peerAddress !== address) this.#turnTo(this.#network.hostAt(address) ?? this);
    return this.#peerNumber;
  }

  #turnTo(peer: Host): void {
    this.#peerAddress = peer.address;
    this.#peerNumber = peer.number;
  }
}
