// A live feed: connects, and again when the line breaks, and makes a run of what it tells. Several feeds, one on each host, tell
// of the same run: their clocks are aligned by pings, and connections that belong together become one flow.
import {
  type ControlOperation,
  FEED_SUBPROTOCOL,
  type FeedConnection,
  type FeedConnectionState,
  type FeedHello,
  type FeedMessage,
  type FeedSnapshot,
  type Happening,
  type ObserverMessage,
} from '../../../trace/index.ts';
import { Continuity, Flow, Run, type Side, type Vantage } from '../data/index.ts';
import { FeedClock } from './clock.ts';

export type FeedStatus = 'connecting' | 'live' | 'lost' | 'over' | 'refused';

interface Followed {
  flow: Flow;
  vantage: Vantage;
  side: Side;
  connection: FeedConnection;
  state: FeedConnectionState | undefined;
  continuity: Continuity;
}

const PINGS = 4;
const PING_EVERY_MS = 5_000;
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000];
/** What came is taken in order of its instants once a while, for events and segments come apart. */
const FLUSH_MS = 40;

/** One or more feeds and the run they tell of. */
export class LiveSession {
  readonly feeds: FeedClient[] = [];
  run: Run | undefined;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Begins to look at a feed; the one that is looked at already, if it is. */
  connect(url: string, token: string): FeedClient {
    const known = this.feeds.find((feed) => feed.url === url);
    if (known !== undefined) this.leave(known);
    const feed = new FeedClient(url, token, this);
    this.feeds.push(feed);
    feed.open();
    return feed;
  }

  leave(feed: FeedClient): void {
    feed.close();
    this.feeds.splice(this.feeds.indexOf(feed), 1);
    this.touch();
  }

  /** The run's clock, the first feed's. */
  now(): number {
    return this.feeds[0]?.now() ?? 0;
  }

  begin(hello: FeedHello): Run {
    this.run ??= new Run(hello.title, 'live', true);
    return this.run;
  }

  /** A run of another name at the first feed's address: what was shown is over. */
  beginAnew(hello: FeedHello): Run {
    this.run = undefined;
    return this.begin(hello);
  }

  touch(): void {
    if (this.run !== undefined) {
      this.run.version++;
      // A line that broke may come back: only a feed that has said so is over.
      this.run.isGrowing = this.feeds.some(({ status }) => status !== 'over' && status !== 'refused');
    }
    this.#changed();
  }
}

export class FeedClient {
  readonly url: string;
  status: FeedStatus = 'connecting';
  /** A sentence on what is the matter. */
  trouble = '';
  hello: FeedHello | undefined;
  readonly followed = new Map<number, Followed>();
  readonly clock = new FeedClock();
  /** Names of its links. */
  links: string[] = [];
  readonly answers = new Map<number, string>();
  latestNs = 0;
  readonly #token: string;
  readonly #session: LiveSession;
  #socket: WebSocket | undefined;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pinging: ReturnType<typeof setInterval> | undefined;
  #pending: { connection: number; happening: Happening }[] = [];
  #flushing: ReturnType<typeof setTimeout> | undefined;
  #nextId = 1;

  constructor(url: string, token: string, session: LiveSession) {
    this.url = url;
    this.#token = token;
    this.#session = session;
  }

  open(): void {
    this.status = 'connecting';
    const protocols = this.#token === '' ? [FEED_SUBPROTOCOL] : [FEED_SUBPROTOCOL, `token.${this.#token}`];
    let socket: WebSocket;
    try {
      socket = new WebSocket(this.url, protocols);
    } catch {
      this.#end('refused', `“${this.url}” is no address of a feed: write ws://HOST:9294/feed`);
      return;
    }
    this.#socket = socket;
    socket.addEventListener('open', () => this.#greet());
    socket.addEventListener('message', ({ data }: MessageEvent<string>) => this.#hear(data));
    socket.addEventListener('close', ({ code, reason }) => this.#closed(code, reason));
  }

  close(): void {
    this.#end('over', '');
    this.#socket?.close();
  }

  /** The run's clock: virtual clocks, and those nobody has asked yet, go by what was told last. */
  now(): number {
    const now = this.clock.nowNs(performance.now());
    if (this.hello?.clock === 'virtual' || Number.isNaN(now) || this.status !== 'live') return this.latestNs;
    return Math.max(this.latestNs, Math.min(now, this.latestNs + 500e6));
  }

  /** Asks for an operation; the answer's error, '' if it was done, comes to `answers`. */
  control(operation: ControlOperation): number {
    const id = this.#nextId++;
    this.#say({ kind: 'control', id, ...operation });
    return id;
  }

  #say(message: ObserverMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #greet(): void {
    const ping = (): void => this.#say({ kind: 'ping', sentAtMs: performance.now() });
    for (let n = 0; n < PINGS; n++) setTimeout(ping, n * 60);
    this.#pinging = setInterval(ping, PING_EVERY_MS);
  }

  #closed(code: number, reason: string): void {
    clearInterval(this.#pinging);
    this.#flush();
    if (this.status === 'over' || this.status === 'refused') return;
    if (code === 1000) return this.#end('over', reason);
    if (code === 1008)
      return this.#end('refused', `The feed does not let this page in: ${reason || 'no reason given'}.`);
    const wait = RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)]!;
    this.status = 'lost';
    const what = this.hello === undefined ? `There is no feed at ${this.url}` : 'The line to the feed broke';
    this.trouble = `${what}${reason === '' ? '' : ` (${reason})`}; trying again in ${wait / 1_000} s.`;
    this.#timer = setTimeout(() => this.open(), wait);
    this.#session.touch();
  }

  #end(status: FeedStatus, why: string): void {
    clearTimeout(this.#timer);
    clearInterval(this.#pinging);
    this.status = status;
    this.trouble = why;
    this.#session.touch();
  }

  #hear(data: string): void {
    let message: FeedMessage;
    try {
      message = JSON.parse(data) as FeedMessage;
    } catch {
      this.trouble = 'The feed said something that is not JSON.';
      return;
    }
    this.latestNs = Math.max(this.latestNs, message.atNs);
    switch (message.kind) {
      case 'hello':
        this.#hello(message);
        break;
      case 'snapshot':
        this.#snapshot(message);
        break;
      case 'connection':
        this.#follow(message.opened);
        break;
      case 'state':
        this.#flush();
        for (const state of message.states) this.#state(state, message.atNs);
        this.#links(message);
        break;
      case 'events':
        for (const happening of message.events) this.#pending.push({ connection: message.connection, happening });
        this.#flushSoon();
        return;
      case 'segments':
        this.#missed(message.connection, message.skipped);
        for (const happening of message.segments) this.#pending.push({ connection: message.connection, happening });
        this.#flushSoon();
        return;
      default:
        this.#hearRest(message);
    }
    this.#session.touch();
  }

  #hearRest(message: FeedMessage): void {
    switch (message.kind) {
      case 'lag': {
        const { segments, events } = message.missed;
        if (segments + events > 0)
          this.#session.run?.note(
            `This page was too slow: you missed ${segments.toLocaleString('en')} segments and ${events.toLocaleString('en')} events.`,
          );
        return;
      }
      case 'marker':
        this.#mark({ type: 'marker', atNs: message.atNs, text: message.text });
        return;
      case 'pong':
        this.clock.pong(message.sentAtMs, performance.now(), message.receivedNs);
        this.#align();
        return;
      case 'answer':
        this.answers.set(message.id, message.error);
        if (message.error !== '') this.trouble = message.error;
        return;
      case 'end':
        this.#flush();
        this.status = 'over';
        this.trouble = message.reason;
        return;
      default:
    }
  }

  /** A marker is of all connections; `known` says up to when what is of them was known before. */
  #mark(happening: Happening, known?: ReadonlyMap<number, number>): void {
    if (happening.type !== 'marker') return;
    for (const [connection, { flow, vantage }] of this.followed)
      if (happening.atNs >= (known?.get(connection) ?? 0)) flow.take(vantage, happening);
  }

  #hello(hello: FeedHello): void {
    const isAnother = this.hello !== undefined && this.hello.run !== hello.run;
    this.hello = hello;
    this.status = 'live';
    this.trouble = '';
    this.#tries = 0;
    if (isAnother) {
      this.followed.clear();
      this.#session.beginAnew(hello);
    } else this.#session.begin(hello);
    for (const connection of hello.connections) this.#follow(connection);
  }

  #snapshot(snapshot: FeedSnapshot): void {
    this.#flush();
    for (const connection of snapshot.connections) this.#follow(connection);
    // What had been read before all that the ring tells of. After a broken line it holds what is known already, too.
    const read = new Map<number, number>();
    for (const { connection, tcb, tally } of snapshot.states) {
      const followed = this.followed.get(connection);
      followed?.flow.ends[followed.side].fold.anchor(tcb);
      read.set(connection, tally.octetsRead);
    }
    const known = new Map([...this.followed].map(([connection, { continuity }]) => [connection, continuity.knownNs]));
    const ring = snapshot.ring.filter(({ connection, happening }) => happening.atNs >= (known.get(connection) ?? 0));
    for (const { connection, happening } of ring)
      if (happening.type === 'read') read.set(connection, (read.get(connection) ?? 0) - happening.octets);
    for (const { connection, happening } of ring) {
      const followed = this.followed.get(connection);
      if (followed === undefined) this.#mark(happening, known);
      else if (this.#take(followed, happening, read.get(connection))) read.delete(connection);
    }
    for (const state of snapshot.states) this.#state(state, snapshot.atNs);
    this.#links(snapshot);
  }

  #state(state: FeedConnectionState, atNs: number): void {
    const followed = this.followed.get(state.connection);
    if (followed === undefined) return;
    followed.state = state;
    followed.continuity.state(atNs);
    const { flow, side } = followed;
    const at = Math.max(0, atNs + this.#shift);
    flow.ends[side].fold.snapshot(state, at, this.#shift);
    flow.beginNs = Math.min(flow.beginNs, at);
    flow.endNs = Math.max(flow.endNs, at);
  }

  #links({ atNs, links }: Pick<FeedSnapshot, 'atNs' | 'links'>): void {
    this.links = links.map(({ link }) => link);
    const sides = new Set([...this.followed.values()].map(({ side }) => side));
    const teller = sides.size > 1 ? 'both' : sides.has(1) ? 'receiver' : 'sender';
    this.#session.run?.links.add(atNs + this.#shift, links, teller);
  }

  #missed(connection: number, skipped: number): void {
    const followed = this.followed.get(connection);
    if (followed !== undefined) followed.vantage.segments.missed.skipped += skipped;
  }

  #flushSoon(): void {
    this.#flushing ??= setTimeout(() => {
      this.#flush();
      this.#session.touch();
    }, FLUSH_MS);
  }

  #flush(): void {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    const pending = this.#pending;
    this.#pending = [];
    pending.sort((a, b) => a.happening.atNs - b.happening.atNs);
    for (const { connection, happening } of pending) {
      const followed = this.followed.get(connection);
      if (followed !== undefined) this.#take(followed, happening);
    }
  }

  /** @returns whether something was not seen before it */
  #take({ flow, vantage, continuity }: Followed, happening: Happening, read?: number): boolean {
    const gap = happening.type === 'segment' ? continuity.segment(happening) : undefined;
    if (gap !== undefined) flow.misses(vantage, gap, read);
    flow.take(vantage, happening);
    return gap !== undefined;
  }

  #follow(connection: FeedConnection): void {
    const known = this.followed.get(connection.connection);
    const run = this.#session.run;
    if (known !== undefined || run === undefined) return;
    const side: Side = connection.role === 'sender' ? 0 : 1;
    let flow = run.flows.find((other) => isSame(other, connection, side));
    if (flow === undefined) {
      const { label, local, remote } = connection;
      const name = label.replace(/-?(?:sender|receiver)$/, '');
      flow = new Flow(name === '' ? `${local.address}:${local.port} ↔ ${remote.address}:${remote.port}` : name);
      run.flows.push(flow);
    }
    flow.ends[side].endpoint = connection.local;
    flow.ends[side === 0 ? 1 : 0].endpoint ??= connection.remote;
    const vantage = flow.look(side === 0 ? 'sender' : 'receiver', side, true, this.#shift);
    vantage.configuration = connection.configuration;
    const continuity = new Continuity(connection.openedNs);
    this.followed.set(connection.connection, { flow, vantage, side, connection, state: undefined, continuity });
  }

  /** What is to be added to this run's instants to have the first feed's. */
  get #shift(): number {
    const first = this.#session.feeds[0];
    if (first === undefined || first === this) return 0;
    const ns = (this.clock.zeroMs - first.clock.zeroMs) * 1e6;
    return Number.isNaN(ns) ? 0 : ns;
  }

  #align(): void {
    for (const { vantage } of this.followed.values())
      if (vantage.segments.length === 0 || Math.abs(vantage.shiftNs - this.#shift) > 1e9) vantage.shiftNs = this.#shift;
  }
}

/** The other end of the same connection: the ports say so, and the place is free. */
function isSame(flow: Flow, { local, remote }: FeedConnection, side: Side): boolean {
  if (flow.vantages.some((vantage) => vantage.side === side) || flow.vantages.length > 1) return false;
  const [own, other] = [flow.ends[side].endpoint, flow.ends[side === 0 ? 1 : 0].endpoint];
  return own?.port === local.port && other?.port === remote.port;
}
