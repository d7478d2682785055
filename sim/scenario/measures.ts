// All that can be measured in a run, by name. Most are taken over a period; series hold what happened within it. Sizes are
// octets, times seconds, rates octets per second. docs/scenarios.md lists them.
import {
  type Instant,
  NEVER,
  type Offering,
  OFFERINGS,
  SECOND,
  SILENCE_REASONS,
  type SilenceReason,
} from '../../src/tcp/index.ts';
import { Client } from '../applications.ts';
import { type FlowRun, type Sample } from './flow-run.ts';
import { MESSAGE_MEASURES } from './messages.ts';
import { type Kind } from './quantity.ts';
import { type Noted } from './watch.ts';

export interface Taken {
  flow: FlowRun;
  from: Sample;
  until: Sample;
  /** The links' largest queue, octets, and the segments that did not arrive. */
  links: { queuePeak: number; lost: number };
}

export interface Measure {
  kind: Kind | 'word';
  about: string;
  take: (taken: Taken) => number | number[] | string;
}

const fixed: Record<string, Measure> = {
  goodput: {
    kind: 'rate',
    about: 'octets read, over the period; without one, over the time from opening to the last octet',
    take: ({ flow, from, until }) =>
      ((until.read - from.read) * SECOND) / Math.max(1, readingEnds(flow, until) - from.at),
  },
  'octets-read': counter('size', 'octets read by the receiving application', 'read'),
  'octets-written': counter('size', 'octets the sending application wrote', 'written'),
  segments: counter('number', 'segments of all kinds the sender sent', 'segments'),
  'data-segments': counter('number', 'segments with text, sent for the first time', 'dataSegments'),
  acks: counter('number', 'segments the receiver sent', 'acks'),
  probes: counter('number', 'zero-window probes', 'probes'),
  retransmissions: counter('number', 'segments sent again', 'retransmissions'),
  'window-updates': counter('number', "segments whose only news was the receiver's window", 'windowUpdates'),
  'zero-windows': counter('number', "times the sender's window closed", 'zeroWindows'),
  'zero-window-time': counter('time', "time for which the sender's window was closed", 'zeroWindowTime'),
  'longest-zero-window': {
    kind: 'time',
    about: "the longest time for which the sender's window was closed",
    take: ({ flow, until }) => flow.tally.sendWindowZero.longest(until.at) / SECOND,
  },
  elapsed: {
    kind: 'time',
    about: 'from opening to the last octet read',
    take: ({ flow }) => ((flow.reader?.lastAt ?? NEVER) - flow.openedAt) / SECOND,
  },
  finished: {
    kind: 'time',
    about: "from opening to the sender's TIME-WAIT or CLOSED",
    take: ({ flow }) =>
      flow.sender.finishedAt === NEVER ? Infinity : (flow.sender.finishedAt - flow.openedAt) / SECOND,
  },
  latencies: {
    kind: 'time',
    about: 'of request and response: from the first write to the last octet of the answer',
    take: ({ flow }) => latencies(flow),
  },
  'mean-data-size': {
    kind: 'size',
    about: 'octets of text a segment carried, on average',
    take: ({ from, until }) => (until.dataOctets - from.dataOctets) / (until.dataSegments - from.dataSegments),
  },
  efficiency: {
    kind: 'number',
    about: 'the part of the octets of segments with text that is text, headers of 40 octets counted',
    take: ({ from, until }) => {
      const text = until.dataOctets - from.dataOctets;
      return text / (text + 40 * (until.dataSegments - from.dataSegments));
    },
  },
  rtt: { kind: 'time', about: 'the latest round-trip time sampled', take: ({ flow }) => flow.tcb.rtt.latest / SECOND },
  'queueing-delay': {
    kind: 'time',
    about: 'by how much the latest round-trip time exceeds the least',
    take: ({ flow }) => (flow.tcb.rtt.latest - flow.tcb.rtt.least) / SECOND,
  },
  srtt: { kind: 'time', about: 'the smoothed round-trip time', take: ({ flow }) => flow.tcb.rtt.srtt / SECOND },
  'window-scale': {
    kind: 'number',
    about: "the shift of the receiver's windows",
    take: ({ flow }) => flow.tcb.snd.windShift,
  },
  'widest-window': {
    kind: 'size',
    about: 'the widest window the receiver offered',
    take: ({ flow }) => flow.tcb.snd.maxWnd,
  },
  window: { kind: 'size', about: 'SND.WND at the end of the period', take: ({ until }) => until.window },
  flight: { kind: 'size', about: 'octets in flight at the end of the period', take: ({ until }) => until.flight },
  'flight-peak': { kind: 'size', about: 'the most octets in flight', take: ({ flow }) => flow.watch.flightPeak },
  'queue-peak': { kind: 'size', about: 'the most octets queued on any link', take: ({ links }) => links.queuePeak },
  lost: { kind: 'number', about: 'segments that did not arrive, on all links', take: ({ links }) => links.lost },
  state: { kind: 'word', about: "the sender's state at the end", take: ({ until }) => until.state },
  'data-sizes': series('size', 'octets of text of each segment sent for the first time', ({ flow }) => flow.watch.data),
  'data-times': times('when segments with text left for the first time', ({ flow }) => flow.watch.data),
  'send-times': {
    kind: 'time',
    about: 'when segments with text left, for the first time or again, since the first of them',
    take: ({ flow }) => sendTimes(flow),
  },
  'probe-times': series('time', 'when probes left, since the window closed', ({ flow }) => flow.watch.probes),
  'probe-gaps': {
    kind: 'time',
    about: 'times between probes',
    take: ({ flow }) => flow.watch.probes.slice(1).map(({ at }, i) => (at - flow.watch.probes[i]!.at) / SECOND),
  },
  'retransmission-times': times('when segments left again', ({ flow }) => flow.watch.retransmissions),
  'update-times': times('when window updates left', ({ flow }) => flow.peerWatch?.windowUpdates ?? []),
  updates: series('size', 'the windows that window updates offered', ({ flow }) => flow.peerWatch?.windowUpdates ?? []),
  windows: series(
    'size',
    'the windows the receiver offered in empty segments',
    ({ flow }) => flow.peerWatch?.acks ?? [],
  ),
  'window-changes': series('size', 'SND.WND each time it changed', ({ flow }) => flow.watch.windows),
  rtts: series('time', 'each round-trip time sampled', ({ flow }) => flow.watch.rtts),
  rtos: series('time', 'the RTO after each sample', ({ flow }) => flow.watch.rtos),
};

export const MEASURES: Readonly<Record<string, Measure>> = {
  ...fixed,
  ...Object.fromEntries(SILENCE_REASONS.map((reason) => [`time-${reason}`, silent(reason)])),
  ...Object.fromEntries(
    Object.entries(MESSAGE_MEASURES).map(([name, { kind, about, of }]) => [
      name,
      {
        kind,
        about: `of a flow of messages, in the whole run: ${about}`,
        take: ({ flow, until }: Taken) => (flow.messages === undefined ? NaN : of({ ...flow.messages, now: until.at })),
      },
    ]),
  ),
  ...Object.fromEntries(OFFERINGS.map((offering) => [`offering-${offering}`, offered(offering)])),
};

type Counter = { [K in keyof Sample]: Sample[K] extends number ? K : never }[keyof Sample];

function counter(kind: Kind, about: string, name: Counter): Measure {
  const scale = kind === 'time' ? SECOND : 1;
  return { kind, about, take: ({ from, until }) => (until[name] - from[name]) / scale };
}

function silent(reason: SilenceReason): Measure {
  return {
    kind: 'time',
    about: `time the sender spent in '${reason}'`,
    take: ({ from, until }) => (until.reasons[reason] - (from.reasons[reason] ?? 0)) / SECOND,
  };
}

function offered(offering: Offering): Measure {
  return {
    kind: 'time',
    about: `time in which the receiver's window was '${offering}'`,
    take: ({ from, until }) => (until.offerings[offering] - (from.offerings[offering] ?? 0)) / SECOND,
  };
}

/** What was noted within the period. */
function series(kind: Kind, about: string, of: (taken: Taken) => readonly Noted[]): Measure {
  const scale = kind === 'time' ? SECOND : 1;
  return { kind, about, take: (taken) => within(of(taken), taken).map(({ value }) => value / scale) };
}

/** When it was noted, counted from the flow's opening. */
function times(about: string, of: (taken: Taken) => readonly Noted[]): Measure {
  return {
    kind: 'time',
    about,
    take: (taken) => within(of(taken), taken).map(({ at }) => (at - taken.flow.openedAt) / SECOND),
  };
}

function within(noted: readonly Noted[], { from, until }: Taken): readonly Noted[] {
  return noted.filter(({ at }) => at >= from.at && at <= until.at);
}

function readingEnds(flow: FlowRun, until: Sample): Instant {
  return until.isEnd && flow.reader !== undefined ? Math.min(until.at, flow.reader.lastAt) : until.at;
}

function sendTimes({ watch }: FlowRun): number[] {
  const began = watch.data[0]?.at ?? 0;
  return [...watch.data, ...watch.retransmissions]
    .toSorted((a, b) => a.at - b.at)
    .map(({ at }) => (at - began) / SECOND);
}

function latencies(flow: FlowRun): number[] {
  const { application } = flow.sender;
  return application instanceof Client ? application.latencies.map((latency) => latency / SECOND) : [];
}
