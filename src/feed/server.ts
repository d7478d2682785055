// The feed on the network: an HTTP server with the page, and WebSockets (RFC 6455) on /feed. `ws` speaks the protocol; frames
// are made once (frame.ts) and written to each socket as they are. Compression is off: it would be done for each observer.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { type Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { FEED_PATH, FEED_SUBPROTOCOL } from '../trace/index.ts';
import { admit, type Gate, isLoopbackName, isOwnHost, makeToken } from './admission.ts';
import { type Feed } from './feed.ts';
import { GOODBYE_MS, Guest, HEARD_PER_SECOND } from './guest.ts';
import { MESSAGE_OCTETS } from './hear.ts';
import { Bucket } from './bucket.ts';
import { Recordings } from './recordings.ts';
import { Site } from './site.ts';

export interface FeedServerOptions {
  /** Undefined: the page alone. */
  feed: Feed | undefined;
  host: string;
  port: number;
  /** Ports after it that are tried where it is taken, and then any. */
  spare?: number;
  /** Observers that show the token may control. */
  isControllable?: boolean;
  /** Whoever looks must show it. By default one is made where one is needed: beyond loopback, and to control. */
  token?: string | undefined;
  /** Files that the page replays by itself, by path. */
  recordings?: readonly string[];
  /** Where the page's files lie. */
  folder?: string;
  /** Milliseconds of any monotonic clock. */
  clock?: () => number;
}

export const MOST_OBSERVERS = 2_000;
/** Milliseconds between two looks whether there is something to tell; between two pings. */
const TICK_MS = 16;
const PING_MS = 30_000;
/** Requests and handshakes that are answered in a second, all together, and at once after some quiet. */
export const KNOCKS_PER_SECOND = 200;
const KNOCKS_AT_ONCE = 1_200;
/** Milliseconds that a request's answer may stand without being taken. */
const TAKING_MS = 30_000;
/** Sockets beside the observers': requests for the page and its recordings. */
const PAGE_SOCKETS = 256;

/** Listens. @throws Error with Node's code (EADDRINUSE, EACCES …) */
export async function serveFeed(options: FeedServerOptions): Promise<FeedServer> {
  const { port, spare = 0 } = options;
  const ports = Array.from({ length: spare + 1 }, (_, i) => port + i).filter((one) => one <= 65_535);
  if (spare > 0) ports.push(0);
  for (let tried = 0; ; tried++) {
    const server = new FeedServer(options);
    try {
      await server.listen(ports[tried]!);
      return server;
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!isTaken || tried === ports.length - 1) throw error;
    }
  }
}

export class FeedServer {
  /** What observers must show, where they must. */
  readonly token: string | undefined;
  readonly #options: FeedServerOptions;
  readonly #gate: Gate;
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: MESSAGE_OCTETS,
    handleProtocols: () => FEED_SUBPROTOCOL,
  });
  readonly #site: Site;
  readonly #recordings: Recordings;
  readonly #guests = new Set<Guest>();
  readonly #knocks: Bucket;
  #timer: NodeJS.Timeout | undefined;
  readonly #pinging: NodeJS.Timeout;

  constructor(options: FeedServerOptions) {
    this.#options = options;
    const isLocal = isLoopbackName(options.host);
    const holdsSomething = options.feed !== undefined || (options.recordings ?? []).length > 0;
    const needsToken = holdsSomething && (!isLocal || options.isControllable === true || options.token !== undefined);
    this.token = needsToken ? (options.token ?? makeToken()) : undefined;
    this.#gate = {
      isLocal,
      token: this.token,
      isClosed: options.token !== undefined,
      names: [options.host, hostname(), `${hostname()}.local`],
    };
    this.#site = new Site(options.folder);
    this.#recordings = new Recordings(options.recordings ?? [], this.#gate, this.#site);
    this.#knocks = new Bucket(KNOCKS_PER_SECOND, KNOCKS_AT_ONCE, this.#now);
    this.#http = createServer(
      { maxHeaderSize: 16_384, requestTimeout: 30_000, headersTimeout: 10_000 },
      (request, response) => this.#answer(request, response),
    );
    this.#http.setTimeout(TAKING_MS);
    this.#http.maxConnections = MOST_OBSERVERS + PAGE_SOCKETS;
    this.#http.on('upgrade', this.#upgrade).on('clientError', (_error, socket) => socket.destroy());
    this.#pinging = setInterval(() => this.#ping(), PING_MS).unref();
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#http.once('error', (error) => {
        clearInterval(this.#pinging);
        reject(error);
      });
      this.#http.listen({ host: this.#options.host, port, backlog: 1_024 }, () => resolve());
    });
  }

  /** As it was asked for. */
  get host(): string {
    return this.#options.host;
  }

  /** As it is listened on. */
  get address(): string {
    return (this.#http.address() as AddressInfo).address;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** The page's address, with the token in its fragment, which browsers keep to themselves. */
  url(host = this.#options.host): string {
    const name = host.includes(':') ? `[${host}]` : host;
    const token = this.token === undefined ? '' : `#token=${this.token}`;
    return `http://${name}:${this.port}/${token}`;
  }

  get observers(): number {
    return this.#guests.size;
  }

  /** Holds the event loop, as servers do, or not. */
  unref(): void {
    this.#http.unref();
  }

  /** Says goodbye to all observers, waits a moment for those that are slow, and is gone. */
  async close(reason: string): Promise<void> {
    const { feed } = this.#options;
    feed?.end(reason);
    const until = this.#now + GOODBYE_MS;
    while (this.#now < until && [...this.#guests].some(({ observer }) => observer.waiting > 0)) {
      for (const { observer } of this.#guests) observer.flush(feed!.now);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    for (const { observer } of this.#guests) observer.close(1000, reason.slice(0, 100));
    const gone = new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
    });
    this.#http.closeIdleConnections();
    while (this.#now < until && this.#guests.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const guest of this.#guests) guest.terminate();
    this.#http.closeAllConnections();
    clearInterval(this.#timer);
    clearInterval(this.#pinging);
    await gone;
  }

  get #now(): number {
    return this.#options.clock?.() ?? performance.now();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url?.split('?', 1)[0] ?? '/';
    if (!this.#knocks.take(1, this.#now)) {
      this.#site.refuse(response, 429, 'too much is asked for: try again in a moment', { Connection: 'close' });
    } else if (!isOwnHost(request.headers.host, this.#gate)) {
      this.#site.refuse(response, 403, 'this is no name of this server: use the address that was printed');
    } else if (path === FEED_PATH) {
      this.#site.refuse(response, 426, `this is a WebSocket, subprotocol ${FEED_SUBPROTOCOL}`, {
        Upgrade: 'websocket',
      });
    } else if (path === '/feed.json') {
      const here = { feed: this.#options.feed !== undefined, recordings: this.#recordings.count };
      this.#site.tell(response, `${JSON.stringify(here)}\n`); // where nobody answers, the build's file does
    } else if (!this.#recordings.answer(path, request, response)) this.#site.answer(request, response);
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    const { feed } = this.#options;
    if (!this.#knocks.take(1, this.#now)) {
      refuse(socket, 429, 'too much is asked for: try again in a moment');
      return;
    }
    if (feed === undefined || request.url?.split('?')[0] !== FEED_PATH) {
      refuse(socket, 404, 'there is no feed here');
      return;
    }
    const { host, origin } = request.headers;
    const admission = admit({ host, origin, protocols: request.headers['sec-websocket-protocol'] }, this.#gate);
    if (admission.verdict === 'refused') {
      refuse(socket, admission.status, admission.reason);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (admission.verdict === 'dismissed') dismiss(webSocket, 1008, admission.reason);
      else if (this.#guests.size >= MOST_OBSERVERS)
        dismiss(webSocket, 1013, `there are ${MOST_OBSERVERS} observers already`);
      else this.#welcome(feed, webSocket, socket as Socket, admission.isTrusted);
    });
  };

  #welcome(feed: Feed, webSocket: WebSocket, socket: Socket, isTrusted: boolean): void {
    const mayControl = this.#options.isControllable === true && isTrusted;
    const guest = new Guest(feed, webSocket, socket, {
      mayControl,
      now: () => this.#now,
      heardPerSecond: () => HEARD_PER_SECOND / this.#guests.size,
    });
    this.#guests.add(guest);
    webSocket.on('close', () => {
      this.#guests.delete(guest);
      feed.leave(guest.observer);
      if (this.#guests.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
    this.#timer ??= setInterval(() => feed.tick(this.#now), TICK_MS).unref();
  }

  #ping(): void {
    for (const guest of this.#guests) guest.ping();
  }
}

const STATUS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
};

function refuse(socket: Duplex, status: number, reason: string): void {
  const body = `${reason}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function dismiss(webSocket: WebSocket, code: number, reason: string): void {
  webSocket.on('error', () => {});
  webSocket.close(code, reason);
  setTimeout(() => webSocket.terminate(), GOODBYE_MS).unref();
}
