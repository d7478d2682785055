// qlog in the dress of QUIC, for the viewer qvis (https://github.com/quiclog/qvis), which knows nothing else: its congestion graph draws
// segments, acknowledgments, losses, octets in flight, round trips, and the peer's window as the flow-control limit. What stands for
// what is told in docs/qlog.md; for everything but looking at it, the export qlog is the better one.
import { SYN } from '../../tcp/index.ts';
import {
  type CongestionChanges,
  type Direction,
  type Happening,
  type Json,
  type RecordingBegins,
} from '../vocabulary.ts';
import { Connections, type ConnectionView, opposite, type SegmentSeen } from './connections.ts';
import { Flights } from './flights.ts';
import { type TextExport } from './text-export.ts';

const RECORD_SEPARATOR = '\u001E';

interface Flow {
  readonly flights: Readonly<Record<Direction, Flights>>;
  /** Milliseconds, of what the onlooker sends. */
  smoothedRtt: number | undefined;
  leastRtt: number | undefined;
}

export class QvisExport implements TextExport {
  readonly #connections = new Connections();
  readonly #flows = new WeakMap<ConnectionView, Flow>();
  #hasHeader = false;

  take(happening: Happening): string {
    const view = this.#connections.take(happening);
    const head = this.#header(happening);
    if (happening.type === 'congestion') return head + congestion(happening, view);
    return happening.type === 'segment' ? head + this.#segment(happening, view) : head;
  }

  end(): string {
    return '';
  }

  #header(first: Happening): string {
    if (this.#hasHeader) return '';
    this.#hasHeader = true;
    return record(header(first.type === 'recording' ? first : undefined));
  }

  #segment(segment: SegmentSeen, view: ConnectionView): string {
    const { atNs, direction, lengthOctets, flags } = segment;
    const flow = this.#flow(view);
    const isOut = direction === 'out';
    const from = view.seq(segment) + ((flags & SYN) === 0 ? 0 : 1);
    const { number, again } = flow.flights[direction].leaves(from, lengthOctets, atNs);
    const answer = answerOf(segment, view, flow.flights[opposite(direction)]);
    const frames = [...answer.frames];
    if (lengthOctets > 0) frames.push({ frame_type: 'stream', stream_id: 0, offset: from - 1, length: lengthOctets });

    const event = (name: string, data: Json): string =>
      record({ time: atNs / 1e6, name, group_id: groupOf(view), data });
    let text = '';
    for (const lost of isOut ? again : []) text += event('recovery:packet_lost', { header: headerOf(lost) });
    if ((flags & SYN) !== 0) {
      text += event('transport:parameters_set', { owner: isOut ? 'local' : 'remote', initial_max_data: segment.wnd });
    }
    const raw = { length: lengthOctets, payload_length: lengthOctets };
    const name = `transport:packet_${isOut ? 'sent' : 'received'}`;
    return (
      text + event(name, { header: headerOf(number), raw, frames }) + this.#metrics(flow, segment, answer.rttNs, event)
    );
  }

  #flow(view: ConnectionView): Flow {
    let flow = this.#flows.get(view);
    if (flow === undefined) {
      flow = { flights: { in: new Flights(), out: new Flights() }, smoothedRtt: undefined, leastRtt: undefined };
      this.#flows.set(view, flow);
    }
    return flow;
  }

  /** Of what this end sends: octets in flight, and round trips where one was measured. */
  #metrics(
    flow: Flow,
    { direction, lengthOctets }: SegmentSeen,
    rttNs: number | undefined,
    event: (name: string, data: Json) => string,
  ): string {
    const isOut = direction === 'out';
    if (isOut && lengthOctets === 0) return '';
    const data: Record<string, Json> = { bytes_in_flight: flow.flights.out.octets };
    if (!isOut && rttNs !== undefined) {
      const rtt = rttNs / 1e6;
      flow.smoothedRtt = flow.smoothedRtt === undefined ? rtt : (7 * flow.smoothedRtt + rtt) / 8; // RFC 6298 §2
      flow.leastRtt = Math.min(flow.leastRtt ?? rtt, rtt);
      Object.assign(data, { latest_rtt: rtt, smoothed_rtt: flow.smoothedRtt, min_rtt: flow.leastRtt });
    }
    return event('recovery:metrics_updated', data);
  }
}

/** What the segment says of the other direction: which packets are there, and up to where more may come. */
function answerOf(
  segment: SegmentSeen,
  view: ConnectionView,
  flights: Flights,
): { frames: readonly Json[]; rttNs: number | undefined } {
  const ack = view.ack(segment);
  if (ack === undefined) return { frames: [], rttNs: undefined };
  const line = view.lines[opposite(segment.direction)];
  const blocks = (segment.sacks ?? []).map(([start, end]) => [line.offset(start), line.offset(end)] as const);
  line.offset(segment.ack); // later numbers are measured from it, and not from a block
  const { ranges, rttNs } = flights.lands(ack, blocks, segment.atNs);
  const window = view.windowOctets(segment) ?? segment.wnd;
  const limit = { frame_type: 'max_data', maximum: ack + window - 1 };
  return { frames: ranges.length === 0 ? [limit] : [{ frame_type: 'ack', acked_ranges: ranges }, limit], rttNs };
}

/** What qvis draws as the congestion window. It has no word for none. */
function congestion({ atNs, cwndOctets, ssthreshOctets }: CongestionChanges, view: ConnectionView): string {
  const data: Record<string, Json> = {};
  if (cwndOctets !== null) data['congestion_window'] = cwndOctets;
  if (ssthreshOctets !== null) data['ssthresh'] = ssthreshOctets;
  return record({ time: atNs / 1e6, name: 'recovery:metrics_updated', group_id: groupOf(view), data });
}

function headerOf(number: number): { packet_type: string; packet_number: number } {
  return { packet_type: '1RTT', packet_number: number };
}

/** qvis makes a connection of each group. */
function groupOf({ conversation, label }: ConnectionView): string {
  return label === '' ? `connection ${conversation}` : `${label}, connection ${conversation}`;
}

/** `qlog_version` and `qlog_format` first: qvis looks for them at the beginning of the file. */
function header(recording: RecordingBegins | undefined): Json {
  const name = recording?.label ?? 'capture';
  const type = name === 'receiver' || name === 'server' ? 'server' : name === 'link' ? 'network' : 'client';
  const epochMs = recording === undefined ? 0 : Number(BigInt(recording.epochNs) / 1_000_000n);
  return {
    qlog_version: '0.3',
    qlog_format: 'JSON-SEQ',
    title: `TCP as if it were QUIC: ${name}`,
    description:
      'packets are TCP segments, max_data is the right edge of the window; see the export qlog for what they are',
    trace: {
      vantage_point: { name, type, ...(type === 'network' ? { flow: 'client' } : {}) },
      title: name,
      common_fields: { time_format: 'relative', reference_time: epochMs },
      configuration: { time_units: 'ms' },
    },
  };
}

function record(value: Json): string {
  return `${RECORD_SEPARATOR}${JSON.stringify(value)}\n`;
}
