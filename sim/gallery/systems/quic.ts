// QUIC: absolute limits, of a stream and of the connection (RFC 9000 §4.1), that are said again when they are lost (§13.3).
// quic-go's rule: at a quarter consumed, and twice the window when that was fast.
import { type Instant, MILLISECOND } from '../../../src/tcp/index.ts';
import { CreditGate } from '../gates.ts';
import { hop } from '../hop.ts';
import { type Entry, type Feedback, type Rule, type View } from '../model.ts';
import { type Moment } from '../rules.ts';

export interface FlowWindow {
  initial: number;
  most: number;
}

/** protocol/params.go: DefaultInitialMaxStreamData, DefaultMaxReceiveStreamFlowControlWindow, and of the connection. */
export const QUIC_GO = {
  stream: { initial: 512 * 1_024, most: 6 * 2 ** 20 },
  connection: { initial: 768 * 1_024, most: 15 * 2 ** 20 },
  /** An update is due when so much of the window is left, or less (WindowUpdateThreshold 0.25). */
  left: 0.75,
  /** ConnectionFlowControlMultiplier. */
  connectionFactor: 1.5,
} as const;

/** base_flow_controller.go. */
export class QuicWindow {
  size: number;
  limit: number;
  read = 0;
  readonly #most: number;
  readonly #rtt: number;
  #epochStart: Instant = 0;
  #epochOffset = 0;

  /** @param rtt smoothed, ns; 0 while it is not known, and then nothing grows */
  constructor({ initial, most }: FlowWindow, rtt: number) {
    this.size = initial;
    this.limit = initial;
    this.#most = most;
    this.#rtt = rtt;
  }

  /** The application has read; gives the new limit if it is to be said. */
  reads(octets: number, now: Instant): number | undefined {
    this.read += octets;
    if (this.limit - this.read > this.size * QUIC_GO.left) return undefined;
    this.#adjust(now);
    this.limit = this.read + this.size;
    return this.limit;
  }

  /** EnsureMinimumWindowSize: the connection keeps 1.5 times what a stream has. */
  ensure(least: number, now: Instant): void {
    if (least <= this.size) return;
    this.size = Math.min(least, this.#most);
    this.#startEpoch(now);
  }

  /** maybeAdjustWindowSize: when over half the window was read in less than four round trips for a whole one. */
  #adjust(now: Instant): void {
    const inEpoch = this.read - this.#epochOffset;
    if (inEpoch <= this.size / 2 || this.#rtt === 0) return;
    const fraction = inEpoch / this.size;
    if (now - this.#epochStart < 4 * fraction * this.#rtt) this.size = Math.min(2 * this.size, this.#most);
    this.#startEpoch(now);
  }

  #startEpoch(now: Instant): void {
    this.#epochStart = now;
    this.#epochOffset = this.read;
  }
}

/** The receiver's half on the link, for a stream or for the connection. */
class MaxData implements Rule {
  readonly taken?: (octets: number, view: View) => Feedback[];
  readonly arrived?: (octets: number, view: View) => Feedback[];
  readonly #window: FlowWindow;
  #flow: QuicWindow | undefined;

  constructor(window: FlowWindow, on: Moment = 'taken') {
    this.#window = window;
    const consume = (octets: number, view: View): Feedback[] => {
      this.#flow ??= new QuicWindow(this.#window, view.rtt);
      return this.#flow.reads(octets, view.now) === undefined ? [] : this.standing();
    };
    if (on === 'arrived') this.arrived = consume;
    else this.taken = consume;
  }

  start(): Feedback[] {
    return this.standing();
  }

  standing(): Feedback[] {
    return [{ kind: 'limit', upTo: this.#flow?.limit ?? this.#window.initial }];
  }
}

/** max_ack_delay (RFC 9000 §18.2): the probe timeout of a settled path is a round trip and this (RFC 9002 §6.2.1). */
const MAX_ACK_DELAY = 25 * MILLISECOND;

export const QUIC: readonly Entry[] = [
  {
    id: 'quic',
    name: 'QUIC (quic-go)',
    family: 'transport',
    signal: 'MAX_STREAM_DATA, MAX_DATA',
    unit: 'octets',
    window: QUIC_GO.stream.initial,
    refill: 1 / 4,
    grants: 'absolute',
    whenFull: 'the sender waits, and says STREAM_DATA_BLOCKED',
    mechanism:
      'How far a stream may go in all, and how far all of them may; said when a quarter is consumed. The window doubles when over half of it is read in under four round trips a window; the connection’s is at least 1.5 times a stream’s. A limit that is lost is sent again.',
    numbers: [
      'quic-go 512 KiB growing to 6 MiB; connection 768 KiB to 15 MiB',
      'quiche: under half left',
      'quinn: 1.25 MB, at an eighth',
    ],
    sources: [
      { where: 'quic-go 2cfe6ee0b internal/flowcontrol/stream_flow_controller_test.go:203-319', how: 'test' },
      { where: 'quic-go 2cfe6ee0b internal/flowcontrol/base_flow_controller.go, protocol/params.go', how: 'derived' },
      { where: 'quiche e97798e1 flowcontrol.rs; quinn a1931ab8 transport.rs:366, recv.rs:123', how: 'derived' },
      { where: 'RFC 9000 §4.1, §13.3', how: 'specification' },
    ],
    leavesOut: 'congestion control, *_BLOCKED frames, limits on the number of streams, loss of data.',
    hops: () => [
      hop('octets', {
        frame: 1_200,
        packs: false,
        rule: () => new MaxData(QUIC_GO.stream),
        resendAfter: (rtt) => rtt + MAX_ACK_DELAY,
        streams: {
          connection: {
            gate: () => new CreditGate(),
            rule: () => new MaxData(QUIC_GO.connection),
            isCoupled: true,
          },
        },
      }),
    ],
  },
];
