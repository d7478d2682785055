// How happenings are called in qlog, field by field: the table that both the export and docs/qlog.md stand on. Names are the RFCs':
// SEG.SEQ is `seg_seq`, SND.WND is `snd_wnd`. Times are milliseconds, as qlog has them; sequence numbers are absolute.
import { type Happening } from '../vocabulary.ts';

/** How a value is written: as it is; nanoseconds as milliseconds; control bits as their names; octets as hexadecimal digits. */
export type Writing = 'same' | 'ms' | 'flags' | 'hex';

export type FieldMap = readonly (readonly [from: string, to: string, writing: Writing])[];

export interface QlogEvent {
  /** One, or for segments three, of which `nameOf` chooses. */
  readonly names: readonly string[];
  readonly fields: FieldMap;
}

function same(...pairs: readonly (readonly [from: string, to: string])[]): FieldMap {
  return pairs.map(([from, to]) => [from, to, 'same']);
}

export const QLOG_EVENTS: Readonly<Record<Happening['type'], QlogEvent>> = {
  recording: {
    names: ['tcp:connection_started'],
    fields: same(
      ['version', 'vocabulary_version'],
      ['application', 'application'],
      ['label', 'vantage'],
      ['local', 'local'],
      ['remote', 'remote'],
      ['epochNs', 'epoch_ns'],
      ['configuration', 'configuration'],
      ['run', 'run'],
    ),
  },
  conversation: {
    names: ['tcp:connection_observed'],
    fields: same(['conversation', 'stream'], ['local', 'local'], ['remote', 'remote']),
  },
  segment: {
    names: ['tcp:segment_sent', 'tcp:segment_received', 'tcp:segment_dropped'],
    fields: [
      ...same(
        ['packet', 'frame_number'],
        ['conversation', 'stream'],
        ['direction', 'direction'],
        ['purpose', 'purpose'],
        ['sourcePort', 'source_port'],
        ['destinationPort', 'destination_port'],
        ['seq', 'seg_seq'],
        ['ack', 'seg_ack'],
      ),
      ['flags', 'seg_ctl', 'flags'],
      ...same(
        ['wnd', 'seg_wnd'],
        ['up', 'seg_up'],
        ['lengthOctets', 'seg_len'],
        ['mss', 'mss'],
        ['windowScale', 'window_scale'],
        ['tsVal', 'ts_val'],
        ['tsEcr', 'ts_ecr'],
        ['sackPermitted', 'sack_permitted'],
        ['sacks', 'sack_blocks'],
        ['comment', 'comment'],
        ['lost', 'trigger'],
      ),
      ['text', 'text', 'hex'],
    ],
  },
  refused: {
    names: ['tcp:segment_refused'],
    fields: [
      ...same(['refusal', 'trigger'], ['seq', 'seg_seq'], ['ack', 'seg_ack']),
      ['flags', 'seg_ctl', 'flags'],
      ['lengthOctets', 'seg_len', 'same'],
    ],
  },
  offer: {
    names: ['tcp:window_advertised'],
    fields: same(
      ['rule', 'rule'],
      ['edge', 'right_edge'],
      ['wndOctets', 'rcv_wnd'],
      ['roomOctets', 'receive_buffer_room'],
      ['capacityOctets', 'rcv_buff'],
    ),
  },
  'send-window': {
    names: ['tcp:send_window_updated'],
    fields: same(['fromOctets', 'old'], ['toOctets', 'snd_wnd'], ['flightOctets', 'bytes_in_flight']),
  },
  congestion: {
    names: ['tcp:recovery_metrics_updated'],
    fields: same(
      ['from', 'old'],
      ['to', 'new'],
      ['cwndOctets', 'congestion_window'],
      ['ssthreshOctets', 'ssthresh'],
      ['pipeOctets', 'pipe'],
    ),
  },
  reason: {
    names: ['tcp:data_blocked_updated'],
    fields: [
      ...same(['from', 'old'], ['to', 'new']),
      ['heldNs', 'duration', 'ms'],
      ...same(
        ['flightOctets', 'bytes_in_flight'],
        ['wndOctets', 'snd_wnd'],
        ['unsentOctets', 'unsent'],
        ['mssOctets', 'eff_snd_mss'],
        ['roomOctets', 'send_buffer_room'],
      ),
    ],
  },
  offering: {
    names: ['tcp:offering_updated'],
    fields: [
      ...same(['from', 'old'], ['to', 'new']),
      ['heldNs', 'duration', 'ms'],
      ...same(['roomOctets', 'receive_buffer_room'], ['capacityOctets', 'rcv_buff']),
    ],
  },
  timer: {
    names: ['tcp:timer_updated'],
    fields: [...same(['timer', 'timer_type'], ['event', 'event_type']), ['deadlineNs', 'deadline', 'ms']],
  },
  state: { names: ['tcp:connection_state_updated'], fields: same(['from', 'old'], ['to', 'new']) },
  written: {
    names: ['tcp:data_written'],
    fields: same(['offeredOctets', 'offered'], ['acceptedOctets', 'length'], ['roomOctets', 'send_buffer_room']),
  },
  read: { names: ['tcp:data_read'], fields: same(['octets', 'length'], ['unreadOctets', 'unread']) },
  marker: { names: ['simulation:marker'], fields: same(['text', 'message']) },
  end: {
    names: ['tcp:connection_closed'],
    fields: same(['complete', 'complete'], ['why', 'why_incomplete'], ['connection', 'summary']),
  },
};

/** What qlog calls this very happening. */
export function qlogName(happening: Happening): string {
  const { names } = QLOG_EVENTS[happening.type];
  if (happening.type !== 'segment') return names[0]!;
  if (happening.lost !== undefined) return names[2]!;
  return happening.direction === 'out' ? names[0]! : names[1]!;
}
