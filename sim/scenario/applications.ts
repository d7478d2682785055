// What a flow's two ends do, as a scenario says it: `write` and `read`.
import { Plan } from '../../src/app/index.ts';
import { type Duration, type Instant } from '../../src/tcp/index.ts';
import { Client, Server, TwoWay } from '../applications.ts';
import { EagerReader, PlannedReader, type Reader, type StreamsOptions, StreamsReader } from '../readers.ts';
import { type Application } from '../session.ts';
import { BulkWriter, type Message, PacedWriter, Silent, TimedWriter, type Writer } from '../writers.ts';
import { Consuming, Producing } from '../messages.ts';
import {
  CONSUME_KEYS,
  type ConsumePlan,
  PRODUCE_KEYS,
  type ProducePlan,
  readConsuming,
  readProducing,
} from './messages.ts';
import { type Place } from './place.ts';

export type WritePlan =
  | { kind: 'bulk'; octets: number; chunk: number | undefined; closes: boolean }
  | { kind: 'plan'; plan: Plan; octets: number; chunk: number | undefined; closes: boolean }
  | { kind: 'messages'; messages: readonly Message[]; closes: boolean }
  | { kind: 'request'; request: readonly number[]; response: number; count: number; think: Duration }
  | ProducePlan;

export type ReadPlan =
  | { kind: 'plan'; plan: Plan; chunk: number | undefined; checks: boolean }
  | ({ kind: 'streams' } & StreamsOptions)
  | { kind: 'server' }
  | ConsumePlan;

const WRITE_KEYS = [
  'bulk',
  'plan',
  'octets',
  'chunk',
  'keystrokes',
  'every',
  'messages',
  'request',
  'response',
  'count',
  'think',
  'close',
  ...PRODUCE_KEYS,
] as const;
type WriteKey = (typeof WRITE_KEYS)[number];

/** What goes with each way of writing. */
const COMPANY: Readonly<
  Record<'bulk' | 'plan' | 'keystrokes' | 'messages' | 'request' | 'produce', readonly WriteKey[]>
> = {
  bulk: ['chunk', 'close'],
  plan: ['octets', 'chunk', 'close'],
  keystrokes: ['every', 'octets', 'close'],
  messages: ['close'],
  request: ['response', 'count', 'think'],
  produce: ['message', 'on-full', 'for', 'count'],
};

/** @throws ScenarioFault */
export function readWriting(place: Place): WritePlan {
  if (typeof place.value !== 'object' || place.value === null) {
    return { kind: 'bulk', octets: place.size('1MB'), chunk: undefined, closes: true };
  }
  const given = place.mapping(WRITE_KEYS, 'bulk: 1MB');
  const ways = Object.keys(COMPANY) as (keyof typeof COMPANY)[];
  const [way, another] = ways.filter((name) => !given[name].isAbsent);
  if (way === undefined) throw place.wrong(`one of ${ways.join(', ')} is expected, as in "bulk: 1MB"`);
  for (const key of WRITE_KEYS) {
    if (given[key].isAbsent || key === way || COMPANY[way].includes(key)) continue;
    throw given[another ?? key].wrong(`this does not go together with "${way}"`);
  }
  return WAYS[way](given);
}

const WAYS: Readonly<Record<keyof typeof COMPANY, (given: Record<WriteKey, Place>) => WritePlan>> = {
  bulk: ({ bulk, chunk, close }) => ({
    kind: 'bulk',
    octets: bulk.size('1MB'),
    chunk: chunkOf(chunk),
    closes: close.switch(true),
  }),
  plan: ({ plan, octets, chunk, close }) => ({
    kind: 'plan',
    plan: plan.plan(),
    octets: octets.size('1MB'),
    chunk: chunkOf(chunk),
    closes: close.switch(true),
  }),
  keystrokes: ({ keystrokes, every, octets, close }) => {
    const gap = every.duration('200ms');
    const size = octets.isAbsent ? 1 : octets.size('1');
    const messages = Array.from({ length: keystrokes.whole(1, 1e6, '26') }, (_, i) => ({ at: i * gap, octets: size }));
    return { kind: 'messages', messages, closes: close.switch(true) };
  },
  messages: ({ messages, close }) => ({
    kind: 'messages',
    messages: messages.list('- { at: 1s, octets: 100 }').map((item) => {
      const { at, octets } = item.mapping(['at', 'octets'], 'at: 1s');
      return { at: at.duration('1s'), octets: octets.size('100') };
    }),
    closes: close.switch(true),
  }),
  request: ({ request, response, count, think }) => ({
    kind: 'request',
    request: request.list('[100, 100]').map((item) => item.size('100')),
    response: response.size('100'),
    count: count.isAbsent ? 1 : count.whole(1, 1e6, '5'),
    think: think.isAbsent ? 0 : think.duration('1s'),
  }),
  produce: readProducing,
};

function chunkOf(place: Place): number | undefined {
  if (place.isAbsent) return undefined;
  const size = place.size('1460');
  if (size < 1) throw place.wrong('a chunk holds at least one octet');
  return size;
}

/** @throws ScenarioFault */
export function readReading(place: Place, write: WritePlan): ReadPlan {
  if (write.kind === 'request') {
    if (!place.isAbsent) throw place.wrong('whoever answers requests reads them at once: leave this out');
    return { kind: 'server' };
  }
  if (write.kind === 'produce') return readConsuming(place);
  if (place.isAbsent) return { kind: 'plan', plan: Plan.steady(Infinity), chunk: undefined, checks: true };
  if (typeof place.value !== 'object') return { kind: 'plan', plan: place.plan(), chunk: undefined, checks: true };
  if (Object.hasOwn(place.value ?? {}, 'streams')) return readStreams(place);
  const consuming = CONSUME_KEYS.find((key) => Object.hasOwn(place.value ?? {}, key));
  if (consuming !== undefined) throw place.wrong(`"${consuming}" is for messages: write "produce" at the other end`);
  const { plan, chunk, verify } = place.mapping(['plan', 'chunk', 'verify'], 'plan: 2s full, 3s stop, full');
  return { kind: 'plan', plan: plan.plan(), chunk: chunkOf(chunk), checks: verify.switch(true) };
}

/** @throws ScenarioFault */
function readStreams(place: Place): ReadPlan {
  const given = place.mapping(['streams', 'block', 'parking', 'hold'], 'streams: 2');
  return {
    kind: 'streams',
    streams: given.streams.whole(2, 1_000, '2'),
    block: Math.max(1, given.block.size('1000')),
    parking: given.parking.size('10KB'),
    hold: given.hold.duration('5s'),
  };
}

/** The writing end. */
export function makeSender(plan: WritePlan, now: Instant): { application: Application; writer: Writer | undefined } {
  if (plan.kind === 'request') {
    const { count, request, response, think } = plan;
    return { application: new Client({ count, request, response, think }), writer: undefined };
  }
  if (plan.kind === 'produce') return { application: new Producing(plan, now), writer: undefined };
  const writer = makeWriter(plan);
  return { application: new TwoWay(writer, new EagerReader()), writer };
}

function makeWriter(plan: Exclude<WritePlan, { kind: 'request' | 'produce' }>): Writer {
  const { closes } = plan;
  if (plan.kind === 'messages') return new TimedWriter(plan.messages, { closes });
  const chunk = plan.chunk === undefined ? {} : { chunk: plan.chunk };
  if (plan.kind === 'bulk') return new BulkWriter(plan.octets, { closes, ...chunk });
  return new PacedWriter(plan.octets, plan.plan, { closes, ...chunk });
}

/** The reading end. One that reads at once does so in a way that can be slowed down by hand, if that is asked for. */
export function makeReceiver(
  plan: ReadPlan,
  write: WritePlan,
  now: Instant,
  isControllable = false,
): { application: Application; reader: Reader | undefined } {
  if (plan.kind === 'consume') return { application: new Consuming(plan, now), reader: undefined };
  if (plan.kind === 'server' || write.kind === 'request') {
    const { request, response } = write as Extract<WritePlan, { kind: 'request' }>;
    const whole = request.reduce((sum, part) => sum + part, 0);
    return { application: new Server(whole, response), reader: undefined };
  }
  if (plan.kind === 'streams') {
    const reader = new StreamsReader(plan);
    return { application: new TwoWay(new Silent(), reader), reader };
  }
  const { chunk, checks } = plan;
  const isEager = plan.plan.phases.length === 1 && plan.plan.phases[0]!.rate === Infinity && chunk === undefined;
  const reader =
    isEager && !isControllable
      ? new EagerReader({ checks })
      : new PlannedReader(plan.plan, chunk === undefined ? { checks } : { chunk, checks });
  return { application: new TwoWay(new Silent(), reader), reader };
}
