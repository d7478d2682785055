// A record's body as a happening, or the fault that keeps it from being one. The layout stands in format.ts; what is stored
// is in recorder.ts, field by field in the same order.
import { OFFERINGS, OFFER_RULES, RECOVERY_PHASES, REFUSALS, SILENCE_REASONS, STATES, TIMERS } from '../tcp/index.ts';
import { RECORD_FIELDS, RECORD_KINDS, type RecordKind } from './format.ts';
import { hasShapeOf, SAMPLE_BEGINNING, SAMPLE_CONNECTION } from './shape.ts';
import { decodeUtf8 } from './utf8.ts';
import { type ConnectionSummary, type Happening, type Json, type RecordingBegins, TIMER_EVENTS } from './vocabulary.ts';

export type RecordFault =
  | 'record-kind' // a kind this version does not know
  | 'record-code' // a place beyond the end of a list
  | 'record-length' // fewer octets than its kind has
  | 'record-time' // no instant
  | 'record-content'; // JSON that is none, or says something else

/** Octets of each kind's fields; those with text have its length. */
const FIELD_OCTETS: Readonly<Record<RecordKind, number>> = {
  recording: 4,
  refused: 12,
  offer: 16,
  'send-window': 12,
  reason: 28,
  offering: 16,
  timer: 8,
  state: 0,
  written: 12,
  read: 8,
  marker: 4,
  end: 4,
  congestion: 12,
};

/** Reads the record whose body is `length` octets at `at`. */
export function readRecord(view: DataView, at: number, length: number, little: boolean): Happening | RecordFault {
  const happening = read(view, at, length, little);
  const interfaceId = length < RECORD_FIELDS ? 0 : view.getUint8(at + 3);
  return typeof happening === 'string' || interfaceId === 0 ? happening : { ...happening, interfaceId };
}

function read(view: DataView, at: number, length: number, little: boolean): Happening | RecordFault {
  if (length < RECORD_FIELDS) return 'record-length';
  const kind = RECORD_KINDS[view.getUint8(at)];
  if (kind === undefined) return 'record-kind';
  if (length < RECORD_FIELDS + FIELD_OCTETS[kind]) return 'record-length';
  const atNs = view.getFloat64(at + 4, little);
  if (!Number.isSafeInteger(atNs)) return 'record-time';

  const body = {
    view,
    little,
    first: view.getUint8(at + 1),
    second: view.getUint8(at + 2),
    at: at + RECORD_FIELDS,
    atNs,
  };
  switch (kind) {
    case 'recording':
    case 'marker':
    case 'end':
      return readText(kind, body, at + length);
    case 'refused':
    case 'offer':
    case 'send-window':
      return readWindow(kind, body);
    case 'congestion':
      return readCongestion(body);
    default:
      return readOther(kind, body);
  }
}

interface Body {
  view: DataView;
  little: boolean;
  first: number;
  second: number;
  /** Where the fields begin. */
  at: number;
  atNs: number;
}

function octets(body: Body, offset: number): number {
  return body.view.getUint32(body.at + offset, body.little);
}

function time(body: Body): number {
  return body.view.getFloat64(body.at, body.little);
}

function readWindow(type: 'refused' | 'offer' | 'send-window', body: Body): Happening | RecordFault {
  const { atNs } = body;
  const a = octets(body, 0);
  const b = octets(body, 4);
  const c = octets(body, 8);
  if (type === 'send-window') return { type, atNs, fromOctets: a, toOctets: b, flightOctets: c };
  if (type === 'refused') {
    const refusal = REFUSALS[body.first];
    if (refusal === undefined) return 'record-code';
    return { type, atNs, refusal, seq: a, ack: b, flags: body.second, lengthOctets: c };
  }
  const rule = OFFER_RULES[body.first];
  if (rule === undefined) return 'record-code';
  return { type, atNs, rule, edge: a, wndOctets: b, roomOctets: c, capacityOctets: octets(body, 12) };
}

type OtherKind = Exclude<
  RecordKind,
  'recording' | 'marker' | 'end' | 'refused' | 'offer' | 'send-window' | 'congestion'
>;

function readOther(type: OtherKind, body: Body): Happening | RecordFault {
  const { atNs } = body;
  switch (type) {
    case 'reason':
      return readReason(body);
    case 'offering': {
      const from = OFFERINGS[body.first];
      const to = OFFERINGS[body.second];
      if (from === undefined || to === undefined) return 'record-code';
      const [heldNs, roomOctets, capacityOctets] = [time(body), octets(body, 8), octets(body, 12)];
      return { type, atNs, from, to, heldNs, roomOctets, capacityOctets };
    }
    case 'timer': {
      const timer = TIMERS[body.first];
      const event = TIMER_EVENTS[body.second];
      if (timer === undefined || event === undefined) return 'record-code';
      return event === 'starts' ? { type, atNs, timer, event, deadlineNs: time(body) } : { type, atNs, timer, event };
    }
    case 'state': {
      const from = STATES[body.first];
      const to = STATES[body.second];
      return from === undefined || to === undefined ? 'record-code' : { type, atNs, from, to };
    }
    case 'written':
      return {
        type,
        atNs,
        offeredOctets: octets(body, 0),
        acceptedOctets: octets(body, 4),
        roomOctets: octets(body, 8),
      };
    case 'read':
      return { type, atNs, octets: octets(body, 0), unreadOctets: octets(body, 4) };
  }
}

function readReason(body: Body): Happening | RecordFault {
  const from = SILENCE_REASONS[body.first];
  const to = SILENCE_REASONS[body.second];
  if (from === undefined || to === undefined) return 'record-code';
  return {
    type: 'reason',
    atNs: body.atNs,
    from,
    to,
    heldNs: time(body),
    flightOctets: octets(body, 8),
    wndOctets: octets(body, 12),
    unsentOctets: octets(body, 16),
    mssOctets: octets(body, 20),
    roomOctets: octets(body, 24),
  };
}

/** What was too much for 32 bits, or no limit at all, is none. */
function limit(octetsSaid: number): number | null {
  return octetsSaid === 0xffff_ffff ? null : octetsSaid;
}

function readCongestion(body: Body): Happening | RecordFault {
  const from = RECOVERY_PHASES[body.first];
  const to = RECOVERY_PHASES[body.second];
  if (from === undefined || to === undefined) return 'record-code';
  const [cwndOctets, ssthreshOctets] = [limit(octets(body, 0)), limit(octets(body, 4))];
  return { type: 'congestion', atNs: body.atNs, from, to, cwndOctets, ssthreshOctets, pipeOctets: octets(body, 8) };
}

function readText(type: 'recording' | 'marker' | 'end', body: Body, end: number): Happening | RecordFault {
  const { view, atNs } = body;
  const start = body.at + 4;
  const length = octets(body, 0);
  if (start + length > end) return 'record-length';
  const text = decodeUtf8(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), start, start + length);
  if (type === 'marker') return { type, atNs, text };
  const content = parseJson(text);
  return (type === 'end' ? ending(content, atNs) : beginning(content, atNs)) ?? 'record-content';
}

function beginning(content: unknown, atNs: number): Happening | undefined {
  if (!hasShapeOf(content, SAMPLE_BEGINNING)) return undefined;
  const { configuration = null, ...rest } = content as Omit<RecordingBegins, 'type' | 'atNs' | 'configuration'> & {
    configuration?: Json;
  };
  if (!/^\d{1,19}$/.test(rest.epochNs)) return undefined;
  return { ...rest, type: 'recording', atNs, configuration };
}

function ending(content: unknown, atNs: number): Happening | undefined {
  if (!hasShapeOf(content, { complete: true, why: '' })) return undefined;
  const { complete, why, connection } = content as { complete: boolean; why: string; connection?: unknown };
  if (connection !== null && !hasShapeOf(connection, SAMPLE_CONNECTION)) return undefined;
  return { type: 'end', atNs, complete, why, connection: connection as ConnectionSummary | null };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
