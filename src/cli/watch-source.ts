// Where `sash watch` has it from: a live feed, with reconnection, or a recording, at its pace.
import { WebSocket } from 'ws';
import {
  type FeedConnection,
  type FeedHappening,
  type FeedMessage,
  FEED_PATH,
  FEED_SUBPROTOCOL,
  type Happening,
  isRemarkable,
  PcapngReader,
  Show,
} from '../trace/index.ts';
import { formatAddress } from './address.ts';
import { feedCapture } from './capture-file.ts';
import { codeOf, EXIT, Fault, usage } from './faults.ts';
import { Fold, newEnd, takeState, type WatchedEnd } from './watch-end.ts';

export interface WatchSource {
  title: string;
  readonly nowNs: number;
  /** `live`, `replay`. */
  readonly mode: string;
  readonly ends: Iterable<WatchedEnd>;
  readonly events: readonly string[];
  /** How many there were ever: of `events` only the latest are kept. */
  readonly total: number;
  readonly note: string;
  /** Nothing more will come. */
  readonly isOver: boolean;
  /** Brings it up to the present. @throws Fault where nothing will come any more for a reason */
  update(): void;
  pauseOrResume(): void;
  /** By so many events; backwards too. */
  step(by: number): void;
  close(): void;
}

/** Lines of events that are kept. */
const LINES = 200;
/** Milliseconds between two attempts, and how long they go on. */
const RETRY_MS = 1_000;
const PATIENCE_MS = 60_000;

export class LiveSource implements WatchSource {
  title = '';
  events: string[] = [];
  total = 0;
  note = '';
  isOver = false;
  readonly #address: { url: string; token: string | undefined };
  readonly #ends = new Map<number, WatchedEnd>();
  readonly #show = new Show({ times: 'since-start' });
  #socket: WebSocket | undefined;
  #fault: Fault | undefined;
  #state = { atNs: 0, heardMs: 0, isRunning: false };
  #lostAtMs: number | undefined;
  #isFrozen = false;
  #hasBeen = false;

  constructor(address: { url: string; token: string | undefined }) {
    this.#address = address;
    this.#connect();
  }

  get mode(): string {
    return this.#isFrozen ? 'live, frozen' : 'live';
  }

  get ends(): Iterable<WatchedEnd> {
    return this.#ends.values();
  }

  get nowNs(): number {
    const { atNs, heardMs, isRunning } = this.#state;
    return isRunning && !this.#isFrozen ? atNs + (performance.now() - heardMs) * 1e6 : atNs;
  }

  update(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }

  pauseOrResume(): void {
    this.#isFrozen = !this.#isFrozen;
  }

  step(): void {} // a live run cannot be stepped from here

  close(): void {
    this.isOver = true;
    this.#socket?.terminate();
  }

  #connect(): void {
    const { url, token } = this.#address;
    const socket = new WebSocket(url, [FEED_SUBPROTOCOL, ...(token === undefined ? [] : [`token.${token}`])], {
      maxPayload: 64 * 1_048_576,
      handshakeTimeout: 10_000,
    });
    this.#socket = socket;
    let error: Error | undefined;
    socket.on('unexpected-response', (_request, response) => {
      this.#fault ??= new Fault(
        `${url} is no feed that lets us in (HTTP ${response.statusCode ?? 0}): use the address that \`--live\` printed`,
        EXIT.unreachable,
      );
      response.resume();
      socket.terminate();
    });
    socket.on('error', (failed: Error) => (error = failed));
    socket.on('message', (data: Buffer) => this.#hear(JSON.parse(data.toString()) as FeedMessage));
    socket.on('close', (code, reason) => this.#closed(code, String(reason), error));
  }

  #closed(code: number, reason: string, error: Error | undefined): void {
    if (this.isOver || this.#fault !== undefined) return;
    const { url } = this.#address;
    if (code === 1000) {
      this.isOver = true;
      return;
    }
    if (code === 1008) this.#fault = new Fault(`${url} turned us away: ${reason}`, EXIT.unreachable);
    else if (!this.#hasBeen) this.#fault = new Fault(unreachable(url, error), EXIT.unreachable, error);
    this.#lostAtMs ??= performance.now();
    if (performance.now() - this.#lostAtMs > PATIENCE_MS) {
      this.#fault ??= new Fault(
        `${url} was lost, and did not come back within a minute: start the command there again`,
        EXIT.unreachable,
      );
    }
    if (this.#fault !== undefined) return;
    this.note = `the feed is lost${reason === '' ? '' : ` (${reason})`}; trying again …`;
    this.#state.isRunning = false;
    setTimeout(() => this.#connect(), RETRY_MS);
  }

  #hear(message: FeedMessage): void {
    switch (message.kind) {
      case 'hello':
        this.#hasBeen = true;
        this.#lostAtMs = undefined;
        this.note = '';
        this.title = message.title;
        this.#ends.clear();
        return;
      case 'snapshot':
        this.events = [];
        for (const one of message.connections) this.#opens(one);
        for (const one of message.ring) this.#event(one);
        this.#states(message);
        return;
      case 'connection':
        this.#opens(message.opened);
        return;
      case 'state':
        this.#states(message);
        return;
      case 'events':
        for (const happening of message.events) this.#event({ connection: message.connection, happening });
        return;
      case 'marker':
        this.#event({ connection: 0, happening: { type: 'marker', atNs: message.atNs, text: message.text } });
        return;
      case 'lag':
        this.note = `this terminal is slow: ${message.missed.segments} segments and ${message.missed.events} events were left out`;
        return;
      case 'end':
        this.note = `the feed has ended: ${message.reason}`;
        this.#state.isRunning = false;
        return;
      default:
    }
  }

  #opens({ connection, label, role, local, remote }: FeedConnection): void {
    const path = `${formatAddress(local.address, local.port)} → ${formatAddress(remote.address, remote.port)}`;
    this.#ends.set(connection, newEnd(label, role, path));
  }

  #states(message: Extract<FeedMessage, { kind: 'state' | 'snapshot' }>): void {
    if (this.#isFrozen) return;
    for (const state of message.states) {
      const end = this.#ends.get(state.connection);
      if (end !== undefined) takeState(end, state);
    }
    this.#state = {
      atNs: message.atNs,
      heardMs: performance.now(),
      isRunning: message.run.stage === 'running' && message.run.speed === 1,
    };
  }

  #event({ connection, happening }: FeedHappening): void {
    if (!isRemarkable(happening)) return;
    const label = this.#ends.size > 1 ? `${this.#ends.get(connection)?.label ?? ''} ` : '';
    this.total++;
    this.events.push(this.#show.line(happening).replace(' ', ` ${label}`));
    if (this.events.length > LINES) this.events.shift();
  }
}

function unreachable(url: string, error: Error | undefined): string {
  if (codeOf(error) === 'ECONNREFUSED')
    return `nothing shows itself at ${url}: start a command with --live there first, as in sash recv --live`;
  if (codeOf(error) === 'ENOTFOUND') return `the host of ${url} is unknown: check its spelling, or give its address`;
  return `${url} cannot be reached: ${error?.message ?? 'it closed at once'}`;
}

/** Happenings that a replay holds in memory, to step back and forth. */
const MOST_HAPPENINGS = 1_000_000;

export class ReplaySource implements WatchSource {
  title: string;
  events: string[] = [];
  total = 0;
  note = '';
  readonly #happenings: readonly Happening[];
  readonly #speed: number | null;
  #end = newEnd('capture', 'sender', '');
  #fold = new Fold(this.#end);
  #show = new Show({ times: 'since-start' });
  #at = 0;
  #nowNs: number;
  #tickedMs = performance.now();
  #isPaused = false;

  /** Reads the whole file. @throws Fault */
  static async open(file: string, speed: number | null): Promise<ReplaySource> {
    const happenings: Happening[] = [];
    let missing = 0;
    const reader = new PcapngReader((happening) => {
      if (happenings.length < MOST_HAPPENINGS) happenings.push(structuredClone(happening));
      else missing++;
    });
    await feedCapture(file, reader);
    if (happenings.length === 0) throw usage(`${file} holds no TCP: give a recording, or a capture`);
    const replay = new ReplaySource(file, happenings, speed);
    if (missing > 0) replay.note = `only the first ${MOST_HAPPENINGS} of its happenings are shown; ${missing} are not`;
    return replay;
  }

  private constructor(file: string, happenings: readonly Happening[], speed: number | null) {
    this.title = file;
    this.#happenings = happenings;
    this.#speed = speed;
    this.#nowNs = happenings[0]!.atNs;
  }

  get mode(): string {
    const speed = this.#speed === null ? 'at once' : `${this.#speed}×`;
    return `replay ${speed}, ${this.#at} of ${this.#happenings.length}${this.#isPaused ? ', paused' : ''}`;
  }

  get ends(): Iterable<WatchedEnd> {
    return [this.#end];
  }

  get nowNs(): number {
    return this.#nowNs;
  }

  get isOver(): boolean {
    return this.#at >= this.#happenings.length;
  }

  update(): void {
    const nowMs = performance.now();
    const passed = (nowMs - this.#tickedMs) * 1e6;
    this.#tickedMs = nowMs;
    if (this.#isPaused || this.isOver) return;
    this.#nowNs = this.#speed === null ? Infinity : this.#nowNs + passed * this.#speed;
    while (!this.isOver && this.#happenings[this.#at]!.atNs <= this.#nowNs) this.#take();
    if (this.isOver) this.#nowNs = this.#happenings.at(-1)!.atNs;
  }

  pauseOrResume(): void {
    this.#isPaused = !this.#isPaused;
  }

  step(by: number): void {
    this.#isPaused = true;
    if (by < 0) {
      const to = Math.max(0, this.#at + by);
      this.#end = newEnd('capture', 'sender', '');
      this.#fold = new Fold(this.#end);
      this.#show = new Show({ times: 'since-start' });
      this.events = [];
      this.#at = 0;
      while (this.#at < to) this.#take();
    } else for (let i = 0; i < by && !this.isOver; i++) this.#take();
    this.#nowNs = this.#happenings[Math.max(0, this.#at - 1)]!.atNs;
  }

  close(): void {}

  #take(): void {
    const happening = this.#happenings[this.#at++]!;
    if (happening.type === 'recording') {
      const { label, local, remote } = happening;
      const role = label.includes('receiver') || label === 'server' ? 'receiver' : 'sender';
      const path = `${formatAddress(local.address, local.port)} → ${formatAddress(remote.address, remote.port)}`;
      Object.assign(this.#end, { label, role, path });
    }
    const line = this.#show.line(happening);
    if (isRemarkable(happening)) {
      this.total++;
      this.events.push(line);
      if (this.events.length > LINES) this.events.shift();
    }
    this.#fold.take(happening);
  }
}

/** `http://HOST:PORT/#token=TOKEN`, `ws://HOST:PORT/feed`, `HOST:PORT`, `PORT`. @throws Fault */
export function feedAddress(text: string, given: string | undefined): { url: string; token: string | undefined } {
  const whole = /^\d+$/.test(text) ? `http://127.0.0.1:${text}/` : text.includes('://') ? text : `http://${text}/`;
  let url: URL;
  try {
    url = new URL(whole);
  } catch (error) {
    throw usage(`"${text}" is neither a file nor an address: give the one that \`--live\` printed`, error);
  }
  if (!['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol))
    throw usage(`"${text}": a feed's address begins with http:// or ws://`);
  const token = given ?? new URLSearchParams(url.hash.slice(1)).get('token') ?? undefined;
  const protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:';
  return { url: `${protocol}//${url.host}${FEED_PATH}`, token };
}
