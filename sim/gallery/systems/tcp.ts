// TCP: a window of octets, said as an absolute edge in every acknowledgment (RFC 9293 §3.8.6). The rules are those of this
// project's own core (src/tcp/window-policy.ts and send-policy.ts), without sequence numbers, delayed acknowledgments and Nagle.
import { type Duration, MILLISECOND, MINUTE, SECOND } from '../../../src/tcp/index.ts';
import { hop } from '../hop.ts';
import { type Entry, type Feedback, type Hop, type Rule } from '../model.ts';

export interface ReceiveBuffer {
  /** RCV.BUFF, octets. */
  buffer: number;
  mss: number;
}

/** Receiver silly-window avoidance (RFC 9293 §3.8.6.2.2): the edge moves by min(RCV.BUFF / 2, Eff.snd.MSS) at least. */
export class Edge implements Rule {
  readonly #buffer: number;
  readonly #mss: number;
  #received = 0;
  #read = 0;
  #edge: number;
  /** What the last segment offered. */
  #lastOffer: number;
  #lastEdge: number;

  constructor({ buffer, mss }: ReceiveBuffer) {
    this.#buffer = buffer;
    this.#mss = mss;
    this.#edge = buffer;
    this.#lastEdge = buffer;
    this.#lastOffer = buffer;
  }

  /** RCV.WND, as the next segment would say it. */
  get window(): number {
    return this.#edge - this.#received;
  }

  start(): Feedback[] {
    return this.#say();
  }

  arrived(octets: number): Feedback[] {
    this.#received += octets;
    this.#move();
    return this.#say();
  }

  /** News of the window alone is worth a segment when little was offered, or when it moves by two segments or half the buffer. */
  taken(octets: number): Feedback[] {
    this.#read += octets;
    this.#move();
    const moves = this.#edge - this.#lastEdge;
    const isDue = this.#lastOffer < this.#mss || moves >= Math.min(2 * this.#mss, Math.ceil(this.#buffer / 2));
    return moves > 0 && isDue ? this.#say() : [];
  }

  standing(): Feedback[] {
    return this.#say();
  }

  #move(): void {
    const wide = this.#read + this.#buffer;
    if (wide - this.#edge >= Math.min(this.#mss, this.#buffer / 2)) this.#edge = wide;
  }

  #say(): Feedback[] {
    this.#lastEdge = this.#edge;
    this.#lastOffer = this.window;
    return [{ kind: 'limit', upTo: this.#edge }];
  }
}

/** When the n-th probe leaves after the one before: the retransmission timeout, doubled each time (RFC 9293 §3.8.6.1). */
export function probeGap(first: Duration, most: Duration, probe: number): Duration {
  return Math.min(first * 2 ** probe, most);
}

const MSS = 1_460;
const RTO_MIN_RFC = SECOND;
const RTO_MIN_LINUX = 200 * MILLISECOND;

function tcpHop(buffer: number, rest: Partial<Hop> = {}): Hop {
  return hop('octets', {
    frame: MSS,
    packs: true,
    rule: () => new Edge({ buffer, mss: MSS }),
    persist: { first: RTO_MIN_RFC, most: MINUTE },
    streams: 'shared',
    ...rest,
  });
}

const COMMON = {
  family: 'transport',
  signal: 'the window in every ACK',
  unit: 'octets',
  grants: 'absolute',
} as const;

export const TCP: readonly Entry[] = [
  {
    ...COMMON,
    id: 'tcp',
    name: 'TCP, RFC 9293',
    window: 65_536,
    refill: MSS / 65_536,
    whenFull: 'the sender waits, and probes a window of zero',
    mechanism:
      'Every ACK says how far the sender may go. The edge is absolute, so the next ACK heals one that was lost; if none would come, the persist timer asks. The receiver keeps the edge until it can move by a segment or half of its buffer.',
    numbers: ['RCV.BUFF 64 KiB', 'MSS 1460', 'first probe after 1 s, doubling to 60 s'],
    sources: [
      { where: 'RFC 9293 §3.8.6.1, §3.8.6.2.1, §3.8.6.2.2', how: 'specification' },
      { where: 'src/tcp/window-policy.ts of this project', how: 'executed' },
    ],
    leavesOut:
      'delayed acknowledgments, Nagle, congestion control, loss of data, headers: the simulator (sash sim) has them. Every segment is acknowledged at once.',
    hops: () => [tcpHop(65_536)],
  },
  {
    ...COMMON,
    id: 'tcp-linux',
    name: 'TCP, Linux',
    window: 131_072,
    refill: MSS / 131_072,
    whenFull: 'the sender waits; zero-window probes without text',
    mechanism:
      'As RFC 9293, with a larger buffer that grows while the application reads more than it per round trip (dynamic right-sizing), and probes from 200 ms on.',
    numbers: [
      'tcp_rmem 4096 / 131072 / 6291456 (this kernel: at most 33554432)',
      'tcp_wmem 4096 / 16384 / 4194304',
      'probe gaps measured: 216, 452, 864, 1732, 3452 ms',
    ],
    sources: [
      { where: 'Documentation/networking/ip-sysctl.rst: tcp_rmem, tcp_wmem', how: 'specification' },
      { where: 'net/ipv4/tcp_output.c __tcp_select_window', how: 'derived' },
      { where: 'zero-window probes of Linux 6.18.44 on loopback', how: 'measured' },
    ],
    leavesOut:
      'dynamic right-sizing (the buffer stays at tcp_rmem[1], all of it offered), delayed acknowledgments, congestion control, the rate limit on ACKs of invalid segments.',
    hops: ({ rtt }) => [tcpHop(131_072, { persist: { first: RTO_MIN_LINUX + rtt, most: 2 * MINUTE } })],
  },
  {
    ...COMMON,
    id: 'tcp-without-persist',
    name: 'TCP without its persist timer',
    family: 'contrast',
    window: 65_536,
    refill: MSS / 65_536,
    whenFull: 'the sender waits, for ever if the news of the open window is lost',
    mechanism: 'What RFC 9293 §3.8.6.1 (MUST-35, MUST-36) is for: the same window, and nobody asks.',
    numbers: ['RCV.BUFF 64 KiB', 'MSS 1460'],
    sources: [{ where: 'RFC 9293 §3.8.6.1', how: 'specification' }],
    leavesOut: 'as `tcp`. No TCP does this.',
    hops: () => {
      const { persist: _, ...rest } = tcpHop(65_536);
      return [rest];
    },
  },
];
