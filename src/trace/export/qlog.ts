// qlog (draft-ietf-quic-qlog-main-schema): a sequence of JSON records (RFC 7464), a header first and then an event for each happening,
// with an event schema of our own for TCP, for there is none. docs/qlog.md has every event and field.
import { type Happening, type Json, type RecordingBegins } from '../vocabulary.ts';
import { wallClock } from '../words.ts';
import { Connections, type ConnectionView } from './connections.ts';
import { QLOG_EVENTS, qlogName, type Writing } from './qlog-events.ts';
import { type TextExport } from './text-export.ts';
import { controlBits } from '../words.ts';

/** Names our event schema: whoever reads a file may know it by that. Raised in its last part when the meaning of something changes. */
export const TCP_SCHEMA = 'urn:uuid:736173d8-7463-4701-8c09-000000000001';
/** The generic events of the main schema that we use. */
export const SIMULATION_SCHEMA = 'urn:ietf:params:qlog:events:simulation';

const RECORD_SEPARATOR = '\u001E';

/** The header's kind of vantage point for each of ours. */
const VANTAGE_TYPES: Readonly<Record<string, string>> = {
  sender: 'client',
  client: 'client',
  receiver: 'server',
  server: 'server',
  link: 'network',
};

export class QlogExport implements TextExport {
  readonly #connections = new Connections();
  #hasHeader = false;

  take(happening: Happening): string {
    const view = this.#connections.take(happening);
    const group = groupOf(view);
    let text = this.#header(happening);
    if (happening.type === 'recording') text += scenario(happening, group);
    const data = toQlogData(happening);
    return text + record({ time: happening.atNs / 1e6, name: qlogName(happening), ...group, data });
  }

  end(): string {
    return '';
  }

  #header(first: Happening): string {
    if (this.#hasHeader) return '';
    this.#hasHeader = true;
    return record(header(first.type === 'recording' ? first : undefined));
  }
}

/** A happening's fields under qlog's names. Tests turn it back. */
export function toQlogData(happening: Happening): { [name: string]: Json } {
  const data: Record<string, Json> = {};
  const given = happening as unknown as Readonly<Record<string, unknown>>;
  for (const [from, to, writing] of QLOG_EVENTS[happening.type].fields) {
    if (given[from] !== undefined) data[to] = written(given[from], writing);
  }
  return data;
}

function written(value: unknown, writing: Writing): Json {
  switch (writing) {
    case 'ms':
      return value === Infinity ? null : (value as number) / 1e6;
    case 'flags':
      return controlBits(value as number);
    case 'hex':
      return Array.from(value as Uint8Array, (octet) => octet.toString(16).padStart(2, '0')).join('');
    case 'same':
      return value as Json;
  }
}

/** Several connections, or several points of view, in one file are told apart by their group; the first has none. */
function groupOf({ conversation, interfaceId, label }: ConnectionView): { group_id?: string } {
  if (conversation === 0 && interfaceId === 0) return {};
  return { group_id: label === '' ? `connection ${conversation}` : `${label}, connection ${conversation}` };
}

function header(recording: RecordingBegins | undefined): { [name: string]: Json } {
  const name = recording?.label ?? 'capture';
  const type = VANTAGE_TYPES[name] ?? 'unknown';
  const wall = recording === undefined ? {} : { wall_clock_time: wallClock(BigInt(recording.epochNs)) };
  return {
    file_schema: 'urn:ietf:params:qlog:file:sequential',
    serialization_format: 'application/qlog+json-seq',
    title: recording === undefined ? 'a TCP capture' : `${recording.application}: ${recording.label}`,
    trace: {
      vantage_point: { name, type, ...(type === 'network' ? { flow: 'client' } : {}) },
      event_schemas: [TCP_SCHEMA, SIMULATION_SCHEMA],
      common_fields: {
        time_format: 'relative_to_epoch',
        reference_time: { clock_type: 'monotonic', epoch: 'unknown', ...wall },
      },
    },
  };
}

/** What a simulated run was made of, as the main schema has it. */
function scenario({ atNs, run }: RecordingBegins, group: { group_id?: string }): string {
  if (typeof run !== 'object' || run === null || Array.isArray(run)) return '';
  const { kind, name, ...details } = run as Readonly<Record<string, Json>>;
  if (kind !== 'scenario' || typeof name !== 'string') return '';
  return record({ time: atNs / 1e6, name: 'simulation:scenario', ...group, data: { name, details } });
}

function record(value: Json): string {
  return `${RECORD_SEPARATOR}${JSON.stringify(value)}\n`;
}
