// RabbitMQ: credit between its processes, which a blocked process defers; prefetch towards consumers; alarms; bounded queues.
import { hop } from '../hop.ts';
import { type Entry, type Feedback, type Rule, type View } from '../model.ts';
import { Batched, Watermark } from '../rules.ts';
import { WatermarkGate } from '../gates.ts';

export interface CreditSpec {
  initial: number;
  moreAfter: number;
}

/** credit_flow_default_credit and the message store's own. */
export const CREDIT: CreditSpec = { initial: 400, moreAfter: 200 };
export const MSG_STORE_CREDIT: CreditSpec = { initial: 4_000, moreAfter: 800 };

/** What a process grants the one above it: so many for every so many handled, kept back while it is blocked itself. */
export class DeferringCredit implements Rule {
  readonly #spec: CreditSpec;
  #until: number;
  #isHeld = false;
  #deferred = 0;

  constructor(spec: CreditSpec = CREDIT) {
    this.#spec = spec;
    this.#until = spec.moreAfter;
  }

  start(): Feedback[] {
    return [{ kind: 'grant', units: this.#spec.initial }];
  }

  /** credit_flow:ack. */
  done(units: number): Feedback[] {
    this.#until -= units;
    if (this.#until > 0) return [];
    this.#until += this.#spec.moreAfter;
    if (!this.#isHeld) return [{ kind: 'grant', units: this.#spec.moreAfter }];
    this.#deferred += this.#spec.moreAfter;
    return [];
  }

  /** credit_flow:block, and unblock, at which what was kept back goes at once. */
  held(isHeld: boolean): Feedback[] {
    this.#isHeld = isHeld;
    if (isHeld || this.#deferred === 0) return [];
    const units = this.#deferred;
    this.#deferred = 0;
    return [{ kind: 'grant', units }];
  }
}

/** The credit of a process towards the one below. It sends on even when that is used up, but is blocked until it is positive again. */
export class CreditTowards {
  credit: number;
  isBlocked = false;

  constructor(spec: CreditSpec = CREDIT) {
    this.credit = spec.initial;
  }

  /** credit_flow:send. Says whether that blocked it. */
  send(): boolean {
    this.credit--;
    if (this.credit !== 0) return false;
    this.isBlocked = true;
    return true;
  }

  /** credit_flow:handle_bump_msg. Says whether that freed it. */
  bump(units: number): boolean {
    this.credit += units;
    if (!this.isBlocked || this.credit <= 0) return false;
    this.isBlocked = false;
    return true;
  }
}

/**
 * AMQP 1.0 link credit from rabbit_amqp_session.erl: topped up to 170 when half is used, unless 170 are unconfirmed. A flow frame
 * carries the delivery count, so the grant is absolute.
 */
export class LinkCredit implements Rule {
  readonly #most: number;
  #transferred = 0;
  #confirmed = 0;
  #upTo: number;

  constructor(most = 170) {
    this.#most = most;
    this.#upTo = most;
  }

  start(): Feedback[] {
    return this.standing();
  }

  arrived(units: number): Feedback[] {
    this.#transferred += units;
    return this.#topUp();
  }

  done(units: number): Feedback[] {
    this.#confirmed += units;
    return this.#topUp();
  }

  standing(): Feedback[] {
    return [{ kind: 'limit', upTo: this.#upTo }];
  }

  #topUp(): Feedback[] {
    const credit = this.#upTo - this.#transferred;
    const unconfirmed = this.#transferred - this.#confirmed;
    if (credit > this.#most / 2 || unconfirmed >= this.#most) return [];
    this.#upTo = this.#transferred + this.#most;
    return this.standing();
  }
}

/** rabbit_fifo_client: blocked when more than the soft limit are not applied, free again when fewer than it are. */
export function quorumGate(softLimit = 32): WatermarkGate {
  return new WatermarkGate({ shutsFrom: softLimit + 1, opensFrom: softLimit - 1 });
}

/** `basic.qos`: a message for each ack. */
export function prefetch(count: number): Batched {
  return new Batched({ window: count, refill: 1, on: 'done' });
}

/** The alarm's mark in the run: as if the node had little memory. */
const ALARM = 16 * 2 ** 20;

const CREDIT_SOURCES = [
  { where: 'rabbitmq-server 5b09e556da credit_flow.erl, in Erlang/OTP 25', how: 'executed' },
  { where: 'rabbitmq-server 5b09e556da rabbit/Makefile:16-112; rabbit_reader.erl:478-490,1790-1870', how: 'derived' },
] as const;

export const RABBITMQ: readonly Entry[] = [
  {
    id: 'rabbitmq',
    name: 'RabbitMQ credit flow',
    family: 'broker',
    signal: 'bump_credit between processes',
    unit: 'items',
    window: CREDIT.initial,
    refill: CREDIT.moreAfter / CREDIT.initial,
    grants: 'relative',
    whenFull: 'the reader stops reading its socket, and TCP does the rest',
    mechanism:
      'Each pair of processes — reader, channel, queue, message store — has 400 messages of credit, and 200 more for every 200 handled. A process that is blocked keeps its own grants back, so the pressure walks up to the socket; yet it handles what it was sent, so every hop adds its 400.',
    numbers: ['credit_flow_default_credit {400, 200}', 'message store {4000, 800}', 'classic consumer 200 unsent'],
    sources: CREDIT_SOURCES,
    leavesOut: 'TCP at the socket, several senders to a process, the message store (its numbers are CREDIT’s sibling).',
    hops: () => [hop('items', { rule: () => new DeferringCredit(CREDIT), sendsOn: 'regardless', streams: 'shared' })],
  },
  {
    id: 'rabbitmq-prefetch',
    name: 'RabbitMQ basic.qos, prefetch 20',
    family: 'broker',
    signal: 'ack',
    unit: 'items',
    window: 20,
    refill: 1 / 20,
    grants: 'relative',
    whenFull: 'the queue keeps the message',
    mechanism: 'A consumer has at most so many messages that it has not acknowledged; each ack lets one more come.',
    numbers: ['default 0: unlimited'],
    sources: [{ where: 'rabbitmq-server 5b09e556da rabbit_limiter.erl', how: 'derived' }],
    leavesOut: 'multiple acks at once, the global flag, consumer_timeout. The producer here is the queue.',
    hops: () => [hop('items', { rule: () => prefetch(20) })],
  },
  {
    id: 'rabbitmq-unlimited',
    name: 'RabbitMQ without prefetch',
    family: 'contrast',
    signal: 'none',
    unit: 'items',
    window: null,
    refill: null,
    grants: 'none',
    whenFull: 'the consumer’s memory grows',
    mechanism: 'The default of basic.qos is 0, which is unlimited: the whole queue is pushed at the consumer.',
    numbers: ['default 0: unlimited'],
    sources: [{ where: 'rabbitmq-server 5b09e556da rabbit_limiter.erl', how: 'derived' }],
    leavesOut: 'TCP, which holds the broker when the client library stops reading.',
    hops: () => [hop('items')],
  },
  {
    id: 'rabbitmq-amqp10',
    name: 'RabbitMQ, AMQP 1.0 link credit',
    family: 'broker',
    signal: 'flow (delivery-count, link-credit)',
    unit: 'items',
    window: 170,
    refill: 85 / 170,
    grants: 'absolute',
    whenFull: 'the publisher has no credit: it stops at 255 if nothing is confirmed',
    mechanism: 'Credit is topped up to 170 when half of it is used, as long as fewer than 170 are unconfirmed.',
    numbers: ['link credit 170', 'session window 400'],
    sources: [{ where: 'rabbitmq-server 5b09e556da rabbit_amqp_session.erl:44-66,2901', how: 'derived' }],
    leavesOut: 'the session’s window, drain, credit towards consumers.',
    hops: () => [hop('items', { rule: () => new LinkCredit() })],
  },
  {
    id: 'rabbitmq-quorum',
    name: 'RabbitMQ quorum queue, client',
    family: 'broker',
    signal: 'applied',
    unit: 'items',
    window: 33,
    refill: 2 / 33,
    grants: 'gate',
    whenFull: 'the channel is blocked',
    mechanism: 'More than 32 commands that are not applied block the channel, fewer than 32 free it.',
    numbers: ['quorum_commands_soft_limit 32', 'streams 256'],
    sources: [{ where: 'rabbitmq-server 5b09e556da rabbit_fifo_client.erl:47,162,703', how: 'derived' }],
    leavesOut: 'Raft. A command counts as applied when the consumer has done it.',
    hops: () => [
      hop('items', { gate: () => quorumGate(), rule: () => new Batched({ window: 0, refill: 1, on: 'done' }) }),
    ],
  },
  {
    id: 'rabbitmq-alarm',
    name: 'RabbitMQ memory alarm',
    family: 'broker',
    signal: 'a gate for the whole node',
    unit: 'octets',
    window: ALARM,
    refill: null,
    grants: 'gate',
    whenFull: 'publishers’ sockets are not read, those of consumers are',
    mechanism:
      'Above 0.6 of the memory, or below 50 MB of disk, a connection that publishes is blocked. Memory is looked at once a second, so what comes in that second is in already.',
    numbers: [
      'vm_memory_high_watermark 0.6',
      'disk_free_limit 50 MB',
      'looked at every 1 s',
      'here the mark is 16 MiB',
    ],
    sources: [
      {
        where: 'rabbitmq-server 5b09e556da rabbit_reader.erl; rabbit_memory.hrl; rabbit_disk_monitor.erl',
        how: 'derived',
      },
    ],
    leavesOut: 'paging, the state "blocking" before the first publish.',
    hops: () => [hop('items', { rule: () => new Alarm(), streams: 'shared' })],
  },
  {
    id: 'rabbitmq-drop-head',
    name: 'RabbitMQ queue, max-length 1000, drop-head',
    family: 'broker',
    signal: 'none',
    unit: 'items',
    window: null,
    refill: null,
    grants: 'none',
    whenFull: 'the oldest message is dropped (or dead-lettered)',
    mechanism: 'A queue with x-max-length drops at its head by default.',
    numbers: ['no limit by default'],
    sources: [{ where: 'rabbitmq-server 5b09e556da rabbit_amqqueue: overflow', how: 'derived' }],
    leavesOut: 'dead letters, max-length-bytes.',
    hops: () => [hop('items', { inbox: { capacity: 1_000, unit: 'items', overflow: 'drop-oldest' } })],
  },
  {
    id: 'rabbitmq-reject',
    name: 'RabbitMQ queue, max-length 1000, reject-publish',
    family: 'broker',
    signal: 'basic.nack to the publisher',
    unit: 'items',
    window: null,
    refill: null,
    grants: 'none',
    whenFull: 'the publish is refused',
    mechanism: 'The same queue with overflow=reject-publish: the publisher gets a nack for what found no room.',
    numbers: ['no limit by default'],
    sources: [{ where: 'rabbitmq-server 5b09e556da rabbit_amqqueue: overflow', how: 'derived' }],
    leavesOut: 'publishers that publish again.',
    hops: () => [hop('items', { inbox: { capacity: 1_000, unit: 'items', overflow: 'refuse' } })],
  },
];

/** Looks once a second whether the mark is passed. */
class Alarm implements Rule {
  readonly every = 1_000_000_000;
  readonly #mark = new Watermark({ shutsFrom: ALARM + 1, opensFrom: ALARM }, (view) => view.queuedOctets);

  start(): Feedback[] {
    return [];
  }

  ticked(view: View): Feedback[] {
    return this.#mark.arrived(0, view);
  }
}

/** For an in-process pair: W and m alone. */
export function creditPair(spec: CreditSpec = CREDIT): Batched {
  return new Batched({ window: spec.initial, refill: spec.moreAfter, on: 'done' });
}
