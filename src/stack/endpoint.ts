// Many connections behind one address: each segment finds its connection by the peer's address and the two ports; a SYN that
// finds a listener makes one (RFC 9293 §3.10.7.2); the rest gets a RST (§3.10.7.1). Sans-IO like the core: segments, calls and
// the time go in; segments, news and one deadline for all come out. A new SYN may reopen a connection from TIME-WAIT (MAY-2).
import {
  Connection,
  connectionOptions,
  type ConnectionOptions,
  type Instant,
  isSynchronized,
  type ProfileName,
  type Segment,
  SYN,
} from '../tcp/index.ts';
import { Association } from './association.ts';
import { Deadlines } from './deadlines.ts';
import { type Flow, initialSequenceNumber, type Secret } from './isn.ts';
import { EphemeralPorts } from './ports.ts';
import { beyond, isYounger } from './reopening.ts';
import { readsAsOpening, Strays } from './strays.ts';

export interface EndpointOptions {
  /** Our address, in any form. */
  address: string;
  secret: Secret;
  /** Connections at one time; SYNs beyond that are dropped. 65,536. */
  maxConnections?: number;
}

export interface ListenerOptions {
  connection?: Partial<ConnectionOptions>;
  profile?: ProfileName;
  /** Connections that may be in SYN-RECEIVED at one time; SYNs beyond that are dropped. 512. */
  backlog?: number;
  /** Told of each connection that a SYN makes, before the SYN is processed: the moment to observe it. */
  made?: (association: Association, now: Instant) => void;
}

export interface PortListener {
  readonly port: number;
  readonly options: Readonly<ListenerOptions>;
  readonly backlog: number;
  /** Its connections in SYN-RECEIVED. */
  pending: number;
}

/** A fault of the caller's: EADDRINUSE, EADDRNOTAVAIL or ENOBUFS. */
export interface EndpointError extends Error {
  code: 'EADDRINUSE' | 'EADDRNOTAVAIL' | 'ENOBUFS';
}

export class Endpoint {
  readonly address: string;
  readonly #secret: Secret;
  readonly #ports: EphemeralPorts;
  readonly #maxConnections: number;
  readonly #listeners = new Map<number, PortListener>();
  /** By the peer's address, then by both ports. */
  readonly #hosts = new Map<string, Map<number, Association>>();
  readonly #members = new Map<Connection, Association>();
  readonly #deadlines = new Deadlines<Association>();
  readonly #strays = new Strays();
  /** There may be one that is not answered yet. */
  #hasStrays = false;
  // Queues whose arrays are kept and filled again: cutting an array to nothing costs more than a poll.
  readonly #ready: (Association | undefined)[] = [];
  #readyHead = 0;
  #readyLength = 0;
  readonly #news: (Association | undefined)[] = [];
  #newsHead = 0;
  #newsLength = 0;
  /** Where the last segment belonged: the next usually belongs there too. */
  #last: Association | undefined;

  constructor(options: EndpointOptions) {
    this.address = options.address;
    this.#secret = options.secret;
    this.#ports = new EphemeralPorts(options.secret);
    this.#maxConnections = options.maxConnections ?? 65_536;
  }

  /** Connections there are, pending ones included. */
  get size(): number {
    return this.#members.size;
  }

  /** @throws EndpointError EADDRINUSE */
  listen(port: number, options: ListenerOptions = {}): PortListener {
    if (this.#listeners.has(port)) throw fault('EADDRINUSE', `there is a listener at port ${port} already`);
    const listener: PortListener = { port, options, backlog: options.backlog ?? 512, pending: 0 };
    this.#listeners.set(port, listener);
    return listener;
  }

  /** Takes no more SYNs; the connections there are live on. */
  unlisten(port: number): void {
    this.#listeners.delete(port);
  }

  /**
   * Opens actively. Where `options.localPort` is not given, an ephemeral one is chosen.
   * @throws EndpointError
   */
  connect(
    remoteAddress: string,
    remotePort: number,
    options: Partial<ConnectionOptions>,
    now: Instant,
    profile?: ProfileName,
  ): Association {
    if (this.#members.size >= this.#maxConnections) throw fault('ENOBUFS', 'there are too many connections');
    const isTaken = (port: number): boolean =>
      this.#listeners.has(port) || this.#find(remoteAddress, port, remotePort) !== undefined;
    const asked = options.localPort ?? 0;
    const localPort = asked === 0 ? this.#ports.choose(this.address, remoteAddress, remotePort, isTaken) : asked;
    if (localPort === undefined) throw fault('EADDRNOTAVAIL', `no port is left to reach ${remoteAddress}`);
    if (this.#find(remoteAddress, localPort, remotePort) !== undefined) {
      throw fault('EADDRINUSE', `there is a connection from port ${localPort} to ${remoteAddress} already`);
    }
    const flow = { localAddress: this.address, localPort, remoteAddress, remotePort };
    const association = this.#add(flow, options, profile, undefined, now);
    association.connection.connect(now);
    this.wake(association);
    return association;
  }

  /** What the application's calls to its connection caused is to be polled. */
  wake(association: Association): void {
    if (association.isReady) return;
    association.isReady = true;
    this.#ready[this.#readyLength++] = association;
  }

  /** The same, for those who hold the connection alone. */
  wakeConnection(connection: Connection): void {
    const association = this.#members.get(connection);
    if (association !== undefined) this.wake(association);
  }

  /** A segment came from `address`; returns the connection it was for, if there is one. */
  segmentArrives(seg: Segment, address: string, now: Instant): Association | undefined {
    let association = this.#find(address, seg.destinationPort, seg.sourcePort) ?? this.#open(seg, address, now);
    if (association === undefined) return undefined;
    if ((seg.flags & SYN) !== 0) association = this.#reopen(association, seg, now) ?? association;
    association.connection.segmentArrives(seg, now);
    this.wake(association);
    return association;
  }

  timePasses(now: Instant): void {
    for (;;) {
      const association = this.#deadlines.take(now);
      if (association === undefined) return;
      association.connection.timePasses(now);
      this.wake(association);
    }
  }

  /** Fills `out` with the next segment and says to which address it goes; undefined when there is none. */
  pollSegment(out: Segment, now: Instant): string | undefined {
    if (this.#hasStrays) {
      const stray = this.#strays.poll(out);
      if (stray !== undefined) return stray;
      this.#hasStrays = false;
    }
    while (this.#readyHead < this.#readyLength) {
      const association = this.#ready[this.#readyHead]!;
      if (association.connection.pollSegment(out, now)) return association.flow.remoteAddress;
      this.#ready[this.#readyHead++] = undefined;
      association.isReady = false;
      this.#settle(association, now);
    }
    this.#readyHead = 0;
    this.#readyLength = 0;
    return undefined;
  }

  /**
   * The next connection that has events: ask its `pollEvent` until undefined. To be asked when `pollSegment` has said
   * there are none. A passive connection is first heard of when it is established; one that fails before that, never.
   */
  pollNews(): Association | undefined {
    if (this.#newsHead === this.#newsLength) {
      this.#newsHead = 0;
      this.#newsLength = 0;
      return undefined;
    }
    const association = this.#news[this.#newsHead]!;
    this.#news[this.#newsHead++] = undefined;
    association.hasNews = false;
    return association;
  }

  /** The earliest deadline of all connections, or NEVER. */
  nextDeadline(): Instant {
    return this.#deadlines.next();
  }

  #find(address: string, localPort: number, remotePort: number): Association | undefined {
    const last = this.#last;
    if (last !== undefined) {
      const { flow } = last;
      if (flow.localPort === localPort && flow.remotePort === remotePort && flow.remoteAddress === address) return last;
    }
    const found = this.#hosts.get(address)?.get(localPort * 65_536 + remotePort);
    if (found !== undefined) this.#last = found;
    return found;
  }

  /** A segment without a connection: a new one if it is a SYN for a listener that has room. */
  #open(seg: Segment, address: string, now: Instant): Association | undefined {
    const listener = this.#listeners.get(seg.destinationPort);
    const kind = listener === undefined ? 'stray' : readsAsOpening(seg);
    if (kind === 'stray') {
      this.#strays.answer(seg, address);
      this.#hasStrays = true;
    }
    if (listener === undefined || kind !== 'opening') return undefined;
    if (!this.#hasRoom(listener)) return undefined;
    const flow = {
      localAddress: this.address,
      localPort: seg.destinationPort,
      remoteAddress: address,
      remotePort: seg.sourcePort,
    };
    return this.#accept(flow, listener, listener.options.connection ?? {}, now);
  }

  #hasRoom(listener: PortListener): boolean {
    return listener.pending < listener.backlog && this.#members.size < this.#maxConnections;
  }

  #accept(flow: Flow, listener: PortListener, given: Partial<ConnectionOptions>, now: Instant): Association {
    const association = this.#add(flow, given, listener.options.profile, listener, now);
    listener.pending++;
    listener.options.made?.(association, now);
    association.connection.listen(now);
    return association;
  }

  /** MAY-2: takes the place of a connection in TIME-WAIT, which gets it back if the SYN was an old duplicate after all. */
  #reopen(old: Association, seg: Segment, now: Instant): Association | undefined {
    const { flow, connection } = old;
    const listener = this.#listeners.get(flow.localPort);
    if (connection.state !== 'TIME-WAIT' || listener === undefined || !this.#hasRoom(listener)) return undefined;
    const given = listener.options.connection ?? {};
    const iss = beyond(connection, given.iss ?? initialSequenceNumber(flow, this.#secret, now));
    const { timestamps } = connectionOptions({ ...given, iss }, listener.options.profile);
    if (!isYounger(connection, seg, timestamps)) return undefined;
    const association = this.#accept(flow, listener, { ...given, iss }, now);
    association.predecessor = old;
    this.#last = association;
    return association;
  }

  #add(
    flow: Flow,
    given: Partial<ConnectionOptions>,
    profile: ProfileName | undefined,
    listener: PortListener | undefined,
    now: Instant,
  ): Association {
    const { localPort, remotePort } = flow;
    const iss = given.iss ?? initialSequenceNumber(flow, this.#secret, now);
    const options = connectionOptions({ ...given, localPort, remotePort, iss }, profile);
    const association = new Association(new Connection(options, now), flow, listener);
    let host = this.#hosts.get(flow.remoteAddress);
    if (host === undefined) this.#hosts.set(flow.remoteAddress, (host = new Map()));
    host.set(localPort * 65_536 + remotePort, association);
    this.#members.set(association.connection, association);
    return association;
  }

  /** All that a connection had to send is polled: takes note of its deadline, its news and its end. */
  #settle(association: Association, now: Instant): void {
    const { connection, listener } = association;
    if (association.isPending && isSynchronized(connection.state)) {
      association.isPending = false;
      listener!.pending--;
      if (association.predecessor !== undefined) this.#replace(association, association.predecessor, now);
    }
    if (connection.state === 'CLOSED') this.#forget(association);
    else this.#deadlines.set(association, connection.nextDeadline());
    if (association.isPending || association.hasNews || !connection.hasEvents) return;
    association.hasNews = true;
    this.#news[this.#newsLength++] = association;
  }

  /** The new incarnation is established: of the old one only what is unread is left. */
  #replace(association: Association, old: Association, now: Instant): void {
    association.predecessor = undefined;
    old.connection.abort(now); // in TIME-WAIT: nothing is sent
    this.#forget(old);
  }

  #forget(association: Association): void {
    const { connection, flow, listener, predecessor } = association;
    if (!this.#members.delete(connection)) return;
    if (association.isPending) listener!.pending--;
    this.#deadlines.remove(association);
    const host = this.#hosts.get(flow.remoteAddress)!;
    const place = flow.localPort * 65_536 + flow.remotePort;
    if (host.get(place) !== association) return; // a successor has it
    if (predecessor !== undefined && this.#members.has(predecessor.connection)) host.set(place, predecessor);
    else host.delete(place);
    if (host.size === 0) this.#hosts.delete(flow.remoteAddress);
    if (this.#last === association) this.#last = undefined;
  }
}

function fault(code: EndpointError['code'], message: string): EndpointError {
  return Object.assign(new Error(`${message} (${code})`), { code });
}
