// Sender, link and receiver at the cursor: their octets as strips, every variable under its RFC name, timers counting down, the
// receive buffer filling.
import { useMemo } from 'preact/hooks';
import { type Flow, offeringOf, reasonOf, type Row, stateOf, TIMER_COLUMNS } from '../data/index.ts';
import { count, short, size } from '../view/format.ts';
import { useView } from '../view/use.ts';
import { Link } from './link.tsx';
import { ReceiveStrip, SendStrip } from './byte-strip.tsx';

export function Stage({ flow }: { flow: Flow }) {
  const view = useView();
  const at = view.cursorNs;
  const sender = rowAt(flow, 0, at);
  const receiver = rowAt(flow, 1, at);
  return (
    <div class="stage">
      <SenderPanel flow={flow} row={sender} at={at} />
      <Link flow={flow} at={at} />
      <ReceiverPanel flow={flow} row={receiver} at={at} />
    </div>
  );
}

function rowAt(flow: Flow, side: 0 | 1, at: number): Row | undefined {
  const { rows } = flow.ends[side].fold;
  const index = rows.at(at);
  return useMemo(() => (index < 0 ? undefined : rows.read(index)), [rows, index, rows.length, at]);
}

interface PanelProps {
  flow: Flow;
  row: Row | undefined;
  at: number;
}

function SenderPanel({ flow, row, at }: PanelProps) {
  const { endpoint, fold } = flow.ends[0];
  return (
    <section class="end sender" aria-label="Sender">
      <EndHeading
        name="Sender"
        address={endpoint && `${endpoint.address}:${endpoint.port}`}
        row={row}
        isExact={fold.isExact}
      />
      <SendStrip row={row} />
      <Variables
        values={[
          ['SND.UNA', count(row?.una)],
          ['SND.NXT', count(row?.nxt)],
          ['SND.MAX', count(row?.max)],
          ['SND.WND', count(row?.wnd)],
          ['in flight', count(row && row.nxt - row.una)],
          ['usable', count(row && Math.max(0, row.una + row.wnd - row.nxt))],
          ['unsent', count(row?.unsent)],
          ['cwnd', limit(row?.cwnd, fold.isExact)],
          ['ssthresh', limit(row?.ssthresh, fold.isExact)],
          ['Eff.snd.MSS', count(row?.mss)],
          ['SRTT', short(row?.srtt ?? NaN)],
          ['RTO', short(row?.rto ?? NaN)],
        ]}
      />
      <footer>
        <span class={`chip reason-${reasonOf(row?.reason ?? 0)}`}>{row ? reasonOf(row.reason) : '—'}</span>
        <span class="for">{row ? short(Math.max(0, at - row.reasonSince)) : ''}</span>
        <Timers row={row} at={at} />
      </footer>
    </section>
  );
}

function ReceiverPanel({ flow, row, at }: PanelProps) {
  const { endpoint, fold } = flow.ends[1];
  const room = row && row.capacity - row.unread;
  return (
    <section class="end receiver" aria-label="Receiver">
      <EndHeading
        name="Receiver"
        address={endpoint && `${endpoint.address}:${endpoint.port}`}
        row={row}
        isExact={fold.isExact}
      />
      <ReceiveStrip row={row} />
      <Variables
        values={[
          ['RCV.NXT', count(row?.rcvNxt)],
          ['RCV.WND', count(row?.rcvWnd)],
          ['right edge', count(row?.rcvEdge)],
          ['RCV.USER', `${fold.isExact ? '' : '≈ '}${count(row?.unread)}`],
          ['RCV.BUFF', `${fold.isExact ? '' : '≥ '}${count(row?.capacity)}`],
          ['room', count(room)],
          ['out of order', count(row?.outOfOrder)],
          ['read', fold.isExact ? size(row?.read ?? NaN) : '—'],
          ['segments in', count(row?.segmentsIn)],
        ]}
      />
      <footer>
        <span class={`chip offering-${row ? offeringOf(row.offering) : 'open'}`}>
          window {row ? offeringOf(row.offering) : '—'}
        </span>
        <span class="for">{row ? short(Math.max(0, at - row.offeringSince)) : ''}</span>
        <Timers row={row} at={at} />
      </footer>
    </section>
  );
}

/** Of an end that tells all, what is not there is none. */
function limit(octets: number | undefined, isExact: boolean): string {
  return isExact && octets !== undefined && !Number.isFinite(octets) ? 'none' : count(octets);
}

interface HeadingProps {
  name: string;
  address: string | undefined;
  row: Row | undefined;
  isExact: boolean;
}

function EndHeading({ name, address, row, isExact }: HeadingProps) {
  return (
    <header>
      <h2>{name}</h2>
      <span class="address">{address}</span>
      <span class="state">{row && isExact ? stateOf(row.state) : isExact ? '' : 'as its packets tell'}</span>
    </header>
  );
}

function Variables({ values }: { values: readonly (readonly [string, string])[] }) {
  return (
    <dl class="variables">
      {values.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const TIMERS = Object.entries(TIMER_COLUMNS);

/** What will happen next by itself; the ring empties as the time runs out. */
function Timers({ row, at }: { row: Row | undefined; at: number }) {
  const running =
    row === undefined ? [] : TIMERS.filter(([, column]) => row[column] >= at && Number.isFinite(row[column]));
  return (
    <ul class="timers" aria-label="Timers that run">
      {running.map(([name, column]) => (
        <li key={name}>
          {name} <b>{short(row![column] - at)}</b>
        </li>
      ))}
      {running.length === 0 && <li class="none">no timer runs</li>}
    </ul>
  );
}
