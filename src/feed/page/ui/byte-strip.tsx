// An end's sequence space as a strip. Sender: acknowledged, in flight, usable, not yet; scaled to one and a half windows, so
// that the window is a frame that slides over the octets. Receiver: its buffer, what is unread, withheld and offered.
import { type Row } from '../data/index.ts';
import { count, size } from '../view/format.ts';

interface Piece {
  kind: string;
  label: string;
  octets: number;
  /** As many are drawn, where all of them would leave no room for the others. */
  drawn?: number;
}

function Strip({
  pieces,
  about,
  ticks,
}: {
  pieces: readonly Piece[];
  about: string;
  ticks: readonly [number, string][];
}) {
  const whole = pieces.reduce((sum, { octets, drawn = octets }) => sum + drawn, 0) || 1;
  let at = 0;
  return (
    <div class="strip" role="img" aria-label={about}>
      <svg viewBox="0 0 1000 34" preserveAspectRatio="none" aria-hidden="true">
        {pieces.map(({ kind, octets, drawn = octets }) => {
          const x = (at / whole) * 1_000;
          at += drawn;
          return <rect key={kind} class={`piece-${kind}`} x={x} y="0" width={(drawn / whole) * 1_000} height="34" />;
        })}
      </svg>
      <div class="ticks" aria-hidden="true">
        {apart(ticks, whole).map(([octets, label]) => (
          <span
            key={label}
            style={{ left: `${Math.min(100, (octets / whole) * 100)}%` }}
            class={octets / whole > 0.75 ? 'right' : ''}
          >
            {label}
          </span>
        ))}
      </div>
      <div class="legend" aria-hidden="true">
        {pieces.map(({ kind, label, octets }) => (
          <span key={kind} class={octets > 0 ? '' : 'empty'}>
            <i class={`piece-${kind}`} />
            {label} <b>{size(octets)}</b>
          </span>
        ))}
      </div>
    </div>
  );
}

/** Labels that would stand on one another's feet are left out. */
function apart(ticks: readonly [number, string][], whole: number): [number, string][] {
  let last = -1;
  return ticks.filter(([octets, label]): boolean => {
    if (label === '' || octets / whole < last + 0.1) return false;
    last = octets / whole;
    return true;
  });
}

export function SendStrip({ row }: { row: Row | undefined }) {
  if (row === undefined || Number.isNaN(row.wnd + row.una + row.nxt)) return <EmptyStrip />;
  const flight = Math.max(0, row.nxt - row.una);
  const usable = Math.max(0, row.una + row.wnd - row.nxt);
  const span = Math.max(row.wnd, flight, row.mss || 1_460);
  const acked = Math.min(Math.max(0, row.una - 1), span * 0.3);
  const waiting = Number.isNaN(row.unsent) ? 0 : Math.max(0, row.unsent - usable);
  const pieces: Piece[] = [
    { kind: 'acked', label: 'acknowledged', octets: Math.max(0, row.una - 1), drawn: acked },
    { kind: 'flight', label: 'in flight', octets: flight },
    { kind: 'usable', label: 'usable', octets: usable },
    { kind: 'waiting', label: 'must wait', octets: waiting, drawn: Math.min(waiting, span * 0.4) },
  ];
  return (
    <Strip
      pieces={pieces}
      ticks={[
        [acked, 'UNA'],
        [acked + flight, flight > 0 ? 'NXT' : ''],
        [acked + flight + usable, usable > 0 ? 'edge' : ''],
      ]}
      about={`Of the sender's octets ${count(Math.max(0, row.una - 1))} are acknowledged, ${count(flight)} in flight, ${count(usable)} more may be sent, ${count(waiting)} must wait.`}
    />
  );
}

export function ReceiveStrip({ row }: { row: Row | undefined }) {
  if (row === undefined || Number.isNaN(row.capacity + row.unread)) return <EmptyStrip />;
  const unread = Math.max(0, row.unread);
  const room = Math.max(0, row.capacity - unread);
  const offered = Math.min(room, Math.max(0, row.rcvEdge - row.rcvNxt || 0));
  const withheld = Math.max(0, room - offered);
  return (
    <Strip
      pieces={[
        { kind: 'unread', label: 'unread', octets: unread },
        { kind: 'offered', label: 'offered', octets: offered },
        { kind: 'withheld', label: 'withheld', octets: withheld },
      ]}
      ticks={[
        [unread, unread > row.capacity * 0.08 ? 'NXT' : ''],
        [unread + offered, offered > row.capacity * 0.12 && withheld > 0 ? 'edge' : ''],
      ]}
      about={`The receive buffer of ${count(row.capacity)} octets holds ${count(unread)} unread; ${count(offered)} are offered and ${count(withheld)} withheld.`}
    />
  );
}

function EmptyStrip() {
  return (
    <div class="strip empty">
      <p>nothing is known yet</p>
    </div>
  );
}
