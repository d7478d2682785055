// A happening as a record, the way back from record-reader.ts: for those who put recordings together anew.
import { OFFERINGS, OFFER_RULES, RECOVERY_PHASES, REFUSALS, SILENCE_REASONS, STATES, TIMERS } from '../tcp/index.ts';
import { type RecordKind } from './format.ts';
import { type PcapngWriter } from './pcapng-writer.ts';
import { type Happening, TIMER_EVENTS } from './vocabulary.ts';

/** Segments are packets, and what conversations there are follows from them. */
export type RecordHappening = Exclude<Happening, { type: 'segment' | 'conversation' }>;

/** Writes it at its own time, at the interface that `writer.at` says. */
export function writeRecord(writer: PcapngWriter, happening: RecordHappening): void {
  const { atNs } = happening;
  switch (happening.type) {
    case 'recording':
    case 'end': {
      const { type, atNs: _atNs, ...content } = happening;
      writer.textRecord(type, JSON.stringify(content), atNs);
      return;
    }
    case 'marker':
      writer.textRecord('marker', happening.text, atNs);
      return;
    default:
      writeNumbers(writer, happening);
  }
}

type Fields = readonly ({ octets: number } | { time: number })[];

function write(
  writer: PcapngWriter,
  kind: RecordKind,
  codes: readonly [number, number],
  at: number,
  fields: Fields,
): void {
  writer.beginRecord(kind, codes[0], codes[1], 8 * fields.length, at);
  for (const field of fields) {
    if ('octets' in field) writer.octets32(field.octets);
    else writer.time(field.time);
  }
  writer.endRecord();
}

function octets(...values: number[]): Fields {
  return values.map((value) => ({ octets: value }));
}

type NumbersHappening = Exclude<RecordHappening, { type: 'recording' | 'end' | 'marker' }>;

function writeNumbers(writer: PcapngWriter, it: NumbersHappening): void {
  const { type, atNs } = it;
  switch (type) {
    case 'refused':
      return write(
        writer,
        type,
        [REFUSALS.indexOf(it.refusal), it.flags],
        atNs,
        octets(it.seq, it.ack, it.lengthOctets),
      );
    case 'offer': {
      const fields = octets(it.edge, it.wndOctets, it.roomOctets, it.capacityOctets);
      return write(writer, type, [OFFER_RULES.indexOf(it.rule), 0], atNs, fields);
    }
    case 'send-window':
      return write(writer, type, [0, 0], atNs, octets(it.fromOctets, it.toOctets, it.flightOctets));
    case 'reason': {
      const codes = [SILENCE_REASONS.indexOf(it.from), SILENCE_REASONS.indexOf(it.to)] as const;
      const rest = octets(it.flightOctets, it.wndOctets, it.unsentOctets, it.mssOctets, it.roomOctets);
      return write(writer, type, codes, atNs, [{ time: it.heldNs }, ...rest]);
    }
    case 'congestion': {
      const codes = [RECOVERY_PHASES.indexOf(it.from), RECOVERY_PHASES.indexOf(it.to)] as const;
      const fields = octets(it.cwndOctets ?? Infinity, it.ssthreshOctets ?? Infinity, it.pipeOctets);
      return write(writer, type, codes, atNs, fields);
    }
    case 'offering': {
      const codes = [OFFERINGS.indexOf(it.from), OFFERINGS.indexOf(it.to)] as const;
      return write(writer, type, codes, atNs, [{ time: it.heldNs }, ...octets(it.roomOctets, it.capacityOctets)]);
    }
    case 'timer': {
      const codes = [TIMERS.indexOf(it.timer), TIMER_EVENTS.indexOf(it.event)] as const;
      return write(writer, type, codes, atNs, [{ time: it.deadlineNs ?? 0 }]);
    }
    case 'state':
      return write(writer, type, [STATES.indexOf(it.from), STATES.indexOf(it.to)], atNs, []);
    case 'written':
      return write(writer, type, [0, 0], atNs, octets(it.offeredOctets, it.acceptedOctets, it.roomOctets));
    case 'read':
      return write(writer, type, [0, 0], atNs, octets(it.octets, it.unreadOctets));
  }
}
