// Several streams on one connection: HTTP/2, gRPC, yamux, SSH. Each stream has a window of octets; HTTP/2 has one for the whole
// connection besides, and whether that follows the applications or not decides who suffers from a slow one.
import { type Duration, type Instant } from '../../../src/tcp/index.ts';
import { CreditGate } from '../gates.ts';
import { batched, hop } from '../hop.ts';
import { type Entry, type Feedback, type Gate, type Hop, type Rule, type View } from '../model.ts';
import { Batched, type Moment } from '../rules.ts';

/** SETTINGS_INITIAL_WINDOW_SIZE, and of the connection (RFC 9113 §6.9.2). */
export const H2_WINDOW = 65_535;

/** nghttp2_should_send_window_update: when half of the window is consumed. Netty's windowUpdateRatio 0.5 is the same. */
export function h2Rule(on: Moment = 'taken'): Batched {
  return new Batched({ window: H2_WINDOW, refill: Math.floor(H2_WINDOW / 2), on });
}

/**
 * The body of a Node.js HTTP/2 request: octets are reported to nghttp2 as consumed only when the Readable asks for more, which
 * it does when it holds less than its mark; then all that have come are. So a stream that was paused is updated in one lump.
 */
export class Http2Body {
  readonly #rule = h2Rule();
  readonly #highWaterMark: number;
  #buffered = 0;
  #unreported = 0;

  constructor(highWaterMark: number) {
    this.#highWaterMark = highWaterMark;
  }

  arrived(octets: number): void {
    this.#buffered += octets;
    this.#unreported += octets;
  }

  /** The application reads; gives the stream's WINDOW_UPDATE, 0 if there is none. */
  read(octets: number): number {
    this.#buffered -= octets;
    if (this.#buffered >= this.#highWaterMark) return 0;
    const consumed = this.#unreported;
    this.#unreported = 0;
    const [update] = this.#rule.taken!(consumed);
    return update?.kind === 'grant' ? update.units : 0;
  }
}

/** grpc-go's bdp_estimator.go: beta, gamma, bdpLimit. */
export const BDP = { atLeast: 0.66, grow: 2, limit: 2 ** 24 } as const;

/** What is received between a PING and its answer; twice that becomes the window, when it nearly fills it and nothing was faster. */
export class BdpEstimator {
  window = H2_WINDOW;
  #sample = 0;
  #bestBandwidth = 0;
  #rtt = 0;
  #samples = 0;

  received(octets: number): void {
    this.#sample += octets;
  }

  /** The answer to a PING: gives the new window, or undefined if it stays. */
  pong(rtt: Duration): number | undefined {
    const sample = this.#sample;
    this.#sample = 0;
    this.#samples++;
    // The mean over the first ten samples, then an average with alpha 0.9 (bdp_estimator.go).
    this.#rtt += (rtt - this.#rtt) * (this.#samples < 10 ? 1 / this.#samples : 0.9);
    const bandwidth = sample / (this.#rtt * 1.5);
    const isFastest = bandwidth > this.#bestBandwidth;
    if (isFastest) this.#bestBandwidth = bandwidth;
    if (sample < BDP.atLeast * this.window || !isFastest || this.window === BDP.limit) return undefined;
    this.window = Math.min(BDP.limit, BDP.grow * sample);
    return this.window;
  }
}

/** A gRPC window: a quarter at a time, of a window that the estimator raises. */
class GrpcWindow implements Rule {
  readonly #bdp = new BdpEstimator();
  #limit = H2_WINDOW;
  #owed = 0;
  #pingSent: Instant | undefined;

  start(): Feedback[] {
    return [{ kind: 'grant', units: H2_WINDOW }];
  }

  arrived(octets: number, view: View): Feedback[] {
    // The PING goes with the first data, its answer comes a round trip later; what arrives till then is the sample.
    const hasAnswer = this.#pingSent !== undefined && view.now >= this.#pingSent + view.rtt;
    const window = hasAnswer ? this.#bdp.pong(view.now - this.#pingSent!) : undefined;
    if (this.#pingSent === undefined || hasAnswer) this.#pingSent = view.now;
    this.#bdp.received(octets);
    if (window === undefined) return [];
    const units = window - this.#limit;
    this.#limit = window;
    return [{ kind: 'grant', units }];
  }

  taken(octets: number): Feedback[] {
    this.#owed += octets;
    if (this.#owed < this.#limit / 4) return [];
    const units = this.#owed;
    this.#owed = 0;
    return [{ kind: 'grant', units }];
  }
}

/** OpenSSH: channels.h CHAN_SES_PACKET_DEFAULT and CHAN_SES_WINDOW_DEFAULT. */
export const SSH = { packet: 32 * 1_024, window: 64 * 32 * 1_024 } as const;

/** channel_check_window: more than three packets are consumed, or under half of the window is left. */
export function sshRule(): Batched {
  return new Batched({ window: SSH.window, refill: 3 * SSH.packet + 1 });
}

/** hashicorp/yamux: the window of a stream, and half of it at a time (stream.go sendWindowUpdate). */
export const YAMUX_WINDOW = 256 * 1_024;

export function yamuxRule(): Batched {
  return new Batched({ window: YAMUX_WINDOW, refill: YAMUX_WINDOW / 2 });
}

function nested(rule: () => Rule, isCoupled: boolean): Hop['streams'] {
  return { connection: { gate: (): Gate => new CreditGate(), rule, isCoupled } };
}

const H2 = {
  family: 'multiplexed',
  signal: 'WINDOW_UPDATE, of the stream and of the connection',
  unit: 'octets',
  window: H2_WINDOW,
  grants: 'relative',
  whenFull: 'the sender waits; to exceed it is FLOW_CONTROL_ERROR',
} as const;
const H2_SOURCES = [
  { where: 'RFC 9113 §5.2, §6.9', how: 'specification' },
  { where: 'nghttp2 692c8d8f lib/nghttp2_helper.c:248', how: 'derived' },
] as const;

export const MULTIPLEXED: readonly Entry[] = [
  {
    ...H2,
    id: 'http2',
    name: 'HTTP/2, Node.js (nghttp2)',
    refill: 1 / 2,
    mechanism:
      'Two windows, one within the other; each is updated when half of it is consumed. Node refills the connection’s as octets arrive, whatever the application does, so that one slow stream cannot stop the others: memory is bounded by streams × window.',
    numbers: ['65 535 for stream and connection', 'update at half', 'frames of 16 384'],
    sources: [...H2_SOURCES, { where: 'Node v20.20.2 and v22.23.3, frames seen', how: 'measured' }],
    leavesOut: 'HEADERS, priorities, TCP below, padding, which counts too.',
    hops: () => [hop('octets', { rule: () => h2Rule(), streams: nested(() => h2Rule('arrived'), false) })],
  },
  {
    ...H2,
    id: 'http2-coupled',
    name: 'HTTP/2, connection window coupled to the applications',
    refill: 1 / 2,
    mechanism:
      'The same two windows, but the connection’s is refilled only as applications read: a stream that nobody reads holds octets of the window that all share.',
    numbers: ['65 535 for stream and connection', 'update at half, windowUpdateRatio 0.5 in Netty', 'frames of 16 384'],
    sources: [...H2_SOURCES, { where: 'netty 4.1.48 DefaultHttp2LocalFlowController.java:47', how: 'executed' }],
    leavesOut: 'as `http2`.',
    hops: () => [hop('octets', { rule: () => h2Rule(), streams: nested(() => h2Rule(), true) })],
  },
  {
    ...H2,
    id: 'grpc',
    name: 'gRPC (grpc-go), BDP estimation',
    refill: 1 / 4,
    whenFull: 'the sender waits',
    mechanism:
      'HTTP/2, updated at a quarter, with a window that grows: a PING measures what comes in a round trip; if that is two thirds of the window or more, and faster than ever, twice as much becomes the window.',
    numbers: ['65 535 growing to 16 MiB', 'update at 1/4', 'beta 0.66, gamma 2'],
    sources: [
      { where: 'grpc-go 4793ad047 internal/transport/bdp_estimator.go, flowcontrol.go', how: 'derived' },
      { where: 'grpc-go 4793ad047 internal/transport/http2_client.go:1207', how: 'derived' },
    ],
    leavesOut: 'keepalive, messages of five octets more. The window of a stream grows by a grant, really by SETTINGS.',
    hops: () => [
      hop('octets', { rule: () => new GrpcWindow(), streams: nested(() => new GrpcWindowOnArrival(), false) }),
    ],
  },
  {
    id: 'yamux',
    name: 'yamux',
    family: 'multiplexed',
    signal: 'WindowUpdate',
    unit: 'octets',
    window: YAMUX_WINDOW,
    refill: 1 / 2,
    grants: 'relative',
    whenFull: 'Write blocks',
    mechanism:
      'A window for each stream over one TCP connection, and none for the connection; updated when half is consumed.',
    numbers: ['256 KiB', 'update at half'],
    sources: [{ where: 'hashicorp/yamux e14d7fe stream.go:278', how: 'derived' }],
    leavesOut: 'TCP below, the backlog of streams, keepalives.',
    hops: () => [hop('octets', { rule: yamuxRule })],
  },
  {
    id: 'ssh',
    name: 'SSH channel (OpenSSH)',
    family: 'multiplexed',
    signal: 'SSH_MSG_CHANNEL_WINDOW_ADJUST',
    unit: 'octets',
    window: SSH.window,
    refill: (3 * SSH.packet + 1) / SSH.window,
    grants: 'relative',
    whenFull: 'the sender waits',
    mechanism:
      'A window for each channel, adjusted when more than three packets are consumed, or under half of it is left. It has to cover the path by itself: beyond 2 MiB a round trip the channel, and not TCP, is the limit.',
    numbers: ['2 MiB (x11 64 KiB)', 'packets of 32 KiB', 'adjusted beyond 96 KiB'],
    sources: [
      { where: 'openssh 0ef0f5a83 channels.c:2440, channels.h:230', how: 'derived' },
      { where: 'RFC 4254 §5.2', how: 'specification' },
    ],
    leavesOut: 'TCP below, rekeying.',
    hops: () => [batched('octets', { window: SSH.window, refill: 3 * SSH.packet + 1 }, { frame: SSH.packet })],
  },
];

/** The connection's: refilled whatever the applications do (grpc-go http2_client.go:1207). */
class GrpcWindowOnArrival implements Rule {
  readonly #window = new GrpcWindow();

  start(): Feedback[] {
    return this.#window.start();
  }

  arrived(octets: number, view: View): Feedback[] {
    return [...this.#window.arrived(octets, view), ...this.#window.taken(octets)];
  }
}
