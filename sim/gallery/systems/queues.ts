// Messaging: ZeroMQ's high-water mark, Pulsar's permits, NATS, which stalls producers for a moment and then hangs up on the consumer.
import { MILLISECOND } from '../../../src/tcp/index.ts';
import { batched, hop } from '../hop.ts';
import { type Entry, type Feedback, type Rule, type View } from '../model.ts';
import { Batched } from '../rules.ts';

export const ZMQ_HWM = 1_000;

/** pipe.cpp: the writer counts what was read in all, which it is told every compute_lwm() = (hwm + 1) / 2 messages. */
export function zmqRule(hwm = ZMQ_HWM): Batched {
  return new Batched({ window: hwm, refill: Math.floor((hwm + 1) / 2), isAbsolute: true });
}

/** ConsumerImpl: FLOW with the whole queue at first, then when half of it was handed out. */
export function pulsarRule(queue = 1_000): Batched {
  return new Batched({ window: queue, refill: queue / 2 });
}

/** server/const.go MAX_PENDING_SIZE; client.go: producers stall above three quarters of it. */
export const NATS = { pending: 64 * 2 ** 20, stallFrom: 48 * 2 ** 20, stall: 5 * MILLISECOND } as const;

/** Above three quarters a producer is held for five milliseconds, whatever becomes of the queue meanwhile. */
class NatsStall implements Rule {
  readonly every = NATS.stall;
  #isOpen = true;

  start(): Feedback[] {
    return [];
  }

  arrived(_units: number, view: View): Feedback[] {
    if (!this.#isOpen || view.queuedOctets <= NATS.stallFrom) return [];
    this.#isOpen = false;
    return [{ kind: 'gate', open: false }];
  }

  ticked(): Feedback[] {
    if (this.#isOpen) return [];
    this.#isOpen = true;
    return [{ kind: 'gate', open: true }];
  }
}

export const QUEUES: readonly Entry[] = [
  {
    id: 'zeromq',
    name: 'ZeroMQ pipe, PUSH',
    family: 'broker',
    signal: 'activate_write(messages read)',
    unit: 'items',
    window: ZMQ_HWM,
    refill: 1 / 2,
    grants: 'absolute',
    whenFull: 'PUSH blocks (PUB drops)',
    mechanism:
      'The writer may be 1000 messages ahead of what it knows to be read, and is told every 500. Why half: near 0 the writer would idle while the pipe drains, near the mark both would wake each other for every message.',
    numbers: ['ZMQ_SNDHWM, ZMQ_RCVHWM 1000', 'low mark (hwm + 1) / 2'],
    sources: [{ where: 'libzmq 6b708e4a src/pipe.cpp check_hwm, compute_lwm, :454', how: 'derived' }],
    leavesOut: 'over TCP each end has a pipe of its own, with TCP between them; batches of writes.',
    hops: () => [hop('items', { rule: () => zmqRule() })],
  },
  {
    id: 'zeromq-pub',
    name: 'ZeroMQ pipe, PUB',
    family: 'broker',
    signal: 'activate_write(messages read)',
    unit: 'items',
    window: ZMQ_HWM,
    refill: 1 / 2,
    grants: 'absolute',
    whenFull: 'PUB drops what comes',
    mechanism: 'The same pipe; a publisher waits for no subscriber.',
    numbers: ['ZMQ_SNDHWM 1000'],
    sources: [{ where: 'libzmq 6b708e4a src/pipe.cpp, src/dist.cpp', how: 'derived' }],
    leavesOut: 'as `zeromq`.',
    hops: () => [
      hop('items', { rule: () => zmqRule(), front: { capacity: 0, unit: 'items', overflow: 'drop-incoming' } }),
    ],
  },
  {
    id: 'pulsar',
    name: 'Pulsar consumer',
    family: 'log',
    signal: 'FLOW(permits)',
    unit: 'items',
    window: 1_000,
    refill: 1 / 2,
    grants: 'relative',
    whenFull: 'the broker keeps the messages',
    mechanism:
      'A receiver queue of 1000: permits for all of it, then for 500 whenever 500 were handed to the application.',
    numbers: ['receiverQueueSize 1000'],
    sources: [{ where: 'apache/pulsar ConsumerImpl.java increaseAvailablePermits', how: 'derived' }],
    leavesOut: 'maxUnackedMessages, partitioned consumers.',
    hops: () => [batched('items', { window: 1_000, refill: 500 })],
  },
  {
    id: 'nats',
    name: 'NATS core',
    family: 'broker',
    signal: 'none to speak of: producers stall for milliseconds',
    unit: 'octets',
    window: NATS.pending,
    refill: null,
    grants: 'gate',
    whenFull: 'the consumer is disconnected: "Slow Consumer"',
    mechanism:
      'What waits for a consumer is bounded by 64 MiB. Above three quarters of it producers stall for 2 to 5 ms; beyond it the server closes the consumer’s connection, and what waited is lost.',
    numbers: ['max_pending 64 MiB', 'stall 2–5 ms, 10 ms in all', 'JetStream: MaxAckPending 1000'],
    sources: [
      { where: 'nats-server 1787eee server/const.go:102, client.go:125,2597-2619, consumer.go:602', how: 'derived' },
    ],
    leavesOut: 'reconnecting; stalls of less than 5 ms.',
    hops: () => [
      hop('items', {
        rule: () => new NatsStall(),
        inbox: { capacity: NATS.pending, unit: 'octets', overflow: 'fail-at-once' },
      }),
    ],
  },
];
