// One packet: why it is here and by which clause, its header's octets with their fields, and what it changed at both ends.
import { useState } from 'preact/hooks';
import { REASON_MEANINGS } from '../../../tcp/index.ts';
import {
  type Flow,
  marksOf,
  offeringOf,
  reasonOf,
  type Row,
  type RowColumn,
  SIDE_NAMES,
  stateOf,
} from '../data/index.ts';
import { type Field, headerOf } from '../view/fields.ts';
import { count, seconds, short } from '../view/format.ts';
import { purposeOf } from '../view/purposes.ts';
import { useView } from '../view/use.ts';
import { type Selected } from '../view/view.ts';
import { whatOf } from './packets.tsx';

export function Detail({ flow, selected }: { flow: Flow; selected: Selected }) {
  const view = useView();
  const { segments, label } = selected.vantage;
  const row = segments.rowOf(selected.packet);
  if (row < 0) return <p class="note">This packet is no longer kept.</p>;
  const at = segments.get('at', row);
  const { comment } = segments.extra(row);
  const purpose = purposeOf(segments, row);
  return (
    <section class="detail" aria-label={`Packet ${selected.packet}`}>
      <header>
        <h3>
          Packet {selected.packet}{' '}
          <small>
            at {seconds(at)} s, seen by the {label}
          </small>
        </h3>
        <button type="button" class="quiet" onClick={() => view.select(undefined)}>
          close
        </button>
      </header>
      <p>
        <b>{whatOf(segments, row)}</b>. {purpose.sentence} <cite>{purpose.clause}</cite>
        {comment !== undefined && <q>{comment}</q>}
      </p>
      <HeaderOctets header={headerOf(segments, row)} marks={marksOf(segments.get('marks', row))} />
      <Changes flow={flow} at={at} />
    </section>
  );
}

function HeaderOctets({ header, marks }: { header: ReturnType<typeof headerOf>; marks: readonly string[] }) {
  const [over, setOver] = useState<Field>();
  const { octets, fields, isOriginal } = header;
  const length = Math.min(octets.length, Math.max(20, (octets[12]! >> 4) * 4));
  return (
    <div class="header">
      <div class="hex" aria-hidden="true">
        {Array.from({ length }, (_, place) => {
          const field = fields.findIndex(({ from, until }) => place >= from && place < until);
          const isOver = over !== undefined && place >= over.from && place < over.until;
          return (
            <span
              key={place}
              class={`${field % 2 === 0 ? 'even' : 'odd'}${isOver ? ' over' : ''}`}
              onMouseEnter={() => setOver(fields[field])}
              onMouseLeave={() => setOver(undefined)}
            >
              {octets[place]!.toString(16).padStart(2, '0')}
            </span>
          );
        })}
      </div>
      <table>
        <caption>
          TCP header{isOriginal ? ', as it stands in the file' : ', laid out from the segment’s fields'}
          {marks.length > 0 && `; ${marks.join(', ')}`}
        </caption>
        <thead class="unseen">
          <tr>
            <th scope="col">field</th>
            <th scope="col">value</th>
            <th scope="col">clause</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr
              key={field.from}
              class={over === field ? 'over' : ''}
              onMouseEnter={() => setOver(field)}
              onMouseLeave={() => setOver(undefined)}
            >
              <th scope="row">{field.name}</th>
              <td>{field.value}</td>
              <td class="clause">{field.clause}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const SHOWN: readonly [RowColumn, string, (value: number) => string][] = [
  ['state', 'state', stateOf],
  ['una', 'SND.UNA', count],
  ['nxt', 'SND.NXT', count],
  ['max', 'SND.MAX', count],
  ['wnd', 'SND.WND', count],
  ['rcvNxt', 'RCV.NXT', count],
  ['rcvWnd', 'RCV.WND', count],
  ['unread', 'unread', count],
  ['unsent', 'unsent', count],
  ['cwnd', 'cwnd', count],
  ['ssthresh', 'ssthresh', count],
  ['srtt', 'SRTT', short],
  ['rto', 'RTO', short],
  ['reason', 'reason', reasonOf],
  ['offering', 'offering', offeringOf],
];

/** What the instant of the packet changed; others of the same instant are in it too. */
function Changes({ flow, at }: { flow: Flow; at: number }) {
  const changes = flow.ends.flatMap(({ side, fold }) => {
    const index = fold.rows.at(at);
    if (index < 1 || fold.rows.get('at', index) < at) return [];
    const [before, after] = [fold.rows.read(index - 1), fold.rows.read(index)];
    return SHOWN.filter(([column]) => isOther(before, after, column)).map(([column, name, write]) => ({
      key: `${side}${column}`,
      end: SIDE_NAMES[side],
      name,
      before: write(before[column]),
      after: write(after[column]),
    }));
  });
  const { rows } = flow.ends[0].fold;
  const reason = reasonOf(rows.get('reason', Math.max(0, rows.at(at))));
  return (
    <table class="changes">
      <caption>What this instant changed</caption>
      <thead>
        <tr>
          <th scope="col">end</th>
          <th scope="col">variable</th>
          <th scope="col">before</th>
          <th scope="col">after</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ key, end, name, before, after }) => (
          <tr key={key}>
            <td>{end}</td>
            <th scope="row">{name}</th>
            <td>{before}</td>
            <td>{after}</td>
          </tr>
        ))}
        {changes.length === 0 && (
          <tr>
            <td colSpan={4}>nothing that is shown here</td>
          </tr>
        )}
      </tbody>
      <tfoot>
        <tr>
          <td colSpan={4}>
            The sender now: {reason === 'unknown' ? 'packets do not tell why it waits' : REASON_MEANINGS[reason]}.
          </td>
        </tr>
      </tfoot>
    </table>
  );
}

function isOther(before: Row, after: Row, column: RowColumn): boolean {
  return before[column] !== after[column] && !(Number.isNaN(before[column]) && Number.isNaN(after[column]));
}
