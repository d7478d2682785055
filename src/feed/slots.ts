// What lies in a slot of a ring: happenings as numbers, stored field by field by the follower and read back here in the same
// order. A slot begins with its serial number and its instant; names are their places in the core's lists, as in recordings.
import {
  ABSENT,
  OFFERINGS,
  OFFER_RULES,
  PURPOSES,
  RECOVERY_PHASES,
  REFUSALS,
  type Segment,
  SILENCE_REASONS,
  STATES,
  TIMERS,
} from '../tcp/index.ts';
import { DIRECTIONS, type Happening, type SegmentPasses, TIMER_EVENTS } from '../trace/index.ts';

/** Numbers of a segment's slot, and how many SACK blocks fit: no segment carries more. */
export const SEGMENT_WIDTH = 27;
const SACK_BLOCKS = 4;

/** Numbers of an event's slot: serial, instant, kind, then the fields of its kind. */
export const EVENT_WIDTH = 11;

export const REFUSED = 0;
export const OFFER = 1;
export const SEND_WINDOW = 2;
export const REASON = 3;
export const OFFERING = 4;
export const TIMER = 5;
export const STATE = 6;
export const WRITTEN = 7;
export const READ = 8;
export const CONGESTION = 9;

const ARRIVED = PURPOSES.indexOf('arrived');

/** What numbers can say. */
export type FeedEvent = Exclude<
  Happening,
  SegmentPasses | { type: 'recording' } | { type: 'marker' } | { type: 'end' }
>;

/** Stores what `readSegment` reads. `direction`: 0 in, 1 out. */
export function storeSegment(
  n: Float64Array,
  at: number,
  seg: Segment,
  direction: 0 | 1,
  passing: { serial: number; atNs: number; packet: number },
): void {
  n[at] = passing.serial;
  n[at + 1] = passing.atNs;
  n[at + 2] = passing.packet;
  n[at + 3] = direction;
  n[at + 4] = direction === 0 ? ARRIVED : PURPOSES.indexOf(seg.purpose); // what it was sent for, only its sender knows
  n[at + 5] = seg.sourcePort;
  n[at + 6] = seg.destinationPort;
  n[at + 7] = seg.seq;
  n[at + 8] = seg.ack;
  n[at + 9] = seg.flags;
  n[at + 10] = seg.wnd;
  n[at + 11] = seg.textLength;
  n[at + 12] = seg.mss;
  n[at + 13] = seg.windowScale;
  n[at + 14] = seg.tsVal;
  n[at + 15] = seg.tsEcr;
  n[at + 16] = seg.sackPermitted ? 1 : 0;
  const blocks = Math.min(seg.sackCount, SACK_BLOCKS);
  n[at + 17] = blocks;
  for (let i = 0; i < 2 * blocks; i++) n[at + 18 + i] = seg.sacks[i]!;
  n[at + 26] = seg.up;
}

export function readSegment(n: Float64Array, at: number): SegmentPasses {
  const passes: SegmentPasses = {
    type: 'segment',
    atNs: n[at + 1]!,
    packet: n[at + 2]!,
    direction: DIRECTIONS[n[at + 3]!]!,
    purpose: PURPOSES[n[at + 4]!]!,
    sourcePort: n[at + 5]!,
    destinationPort: n[at + 6]!,
    seq: n[at + 7]!,
    ack: n[at + 8]!,
    flags: n[at + 9]!,
    wnd: n[at + 10]!,
    lengthOctets: n[at + 11]!,
  };
  if (n[at + 26]! > 0) passes.up = n[at + 26]!;
  if (n[at + 12] !== ABSENT) passes.mss = n[at + 12]!;
  if (n[at + 13] !== ABSENT) passes.windowScale = n[at + 13]!;
  if (n[at + 14] !== ABSENT) {
    passes.tsVal = n[at + 14]!;
    passes.tsEcr = n[at + 15]!;
  }
  if (n[at + 16] === 1) passes.sackPermitted = true;
  const blocks = n[at + 17]!;
  if (blocks > 0) {
    passes.sacks = [];
    for (let i = 0; i < blocks; i++) passes.sacks.push([n[at + 18 + 2 * i]!, n[at + 19 + 2 * i]!]);
  }
  return passes;
}

/** The fields of an event's slot follow its kind, in the order in which this reads them. */
export function readEvent(n: Float64Array, at: number): FeedEvent {
  const atNs = n[at + 1]!;
  const field = (i: number): number => n[at + 3 + i]!;
  switch (n[at + 2]) {
    case REFUSED:
      return {
        type: 'refused',
        atNs,
        refusal: REFUSALS[field(0)]!,
        seq: field(1),
        ack: field(2),
        flags: field(3),
        lengthOctets: field(4),
      };
    case OFFER:
      return {
        type: 'offer',
        atNs,
        rule: OFFER_RULES[field(0)]!,
        edge: field(1),
        wndOctets: field(2),
        roomOctets: field(3),
        capacityOctets: field(4),
      };
    case SEND_WINDOW:
      return { type: 'send-window', atNs, fromOctets: field(0), toOctets: field(1), flightOctets: field(2) };
    case OFFERING:
      return {
        type: 'offering',
        atNs,
        from: OFFERINGS[field(0)]!,
        to: OFFERINGS[field(1)]!,
        heldNs: field(2),
        roomOctets: field(3),
        capacityOctets: field(4),
      };
    case STATE:
      return { type: 'state', atNs, from: STATES[field(0)]!, to: STATES[field(1)]! };
    case WRITTEN:
      return { type: 'written', atNs, offeredOctets: field(0), acceptedOctets: field(1), roomOctets: field(2) };
    case READ:
      return { type: 'read', atNs, octets: field(0), unreadOctets: field(1) };
    case CONGESTION:
      return readCongestion(atNs, field);
    case TIMER:
      return readTimer(atNs, field);
    default:
      return readReason(atNs, field);
  }
}

function readTimer(atNs: number, field: (i: number) => number): FeedEvent {
  const timer = TIMERS[field(0)]!;
  const event = TIMER_EVENTS[field(1)]!;
  return event === 'starts'
    ? { type: 'timer', atNs, timer, event, deadlineNs: field(2) }
    : { type: 'timer', atNs, timer, event };
}

/** Infinity is no limit. */
function limit(octets: number): number | null {
  return Number.isFinite(octets) ? octets : null;
}

function readCongestion(atNs: number, field: (i: number) => number): FeedEvent {
  return {
    type: 'congestion',
    atNs,
    from: RECOVERY_PHASES[field(0)]!,
    to: RECOVERY_PHASES[field(1)]!,
    cwndOctets: limit(field(2)),
    ssthreshOctets: limit(field(3)),
    pipeOctets: field(4),
  };
}

function readReason(atNs: number, field: (i: number) => number): FeedEvent {
  return {
    type: 'reason',
    atNs,
    from: SILENCE_REASONS[field(0)]!,
    to: SILENCE_REASONS[field(1)]!,
    heldNs: field(2),
    flightOctets: field(3),
    wndOctets: field(4),
    unsentOctets: field(5),
    mssOctets: field(6),
    roomOctets: field(7),
  };
}
