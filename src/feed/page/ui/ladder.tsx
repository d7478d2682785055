// The ladder: time runs down, the sender left, the receiver right, an arrow for each segment near the cursor. Rows are as far
// apart as they can be read, not as the time between them, which stands beside them.
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { flagNames, type Flow, kindOf, matched, type Matches, type SegmentTable } from '../data/index.ts';
import { seconds } from '../view/format.ts';
import { useView } from '../view/use.ts';

interface Arrow {
  packet: number;
  /** Rows of the ladder at which it leaves and arrives; no arrival: lost, or not seen. */
  from: number;
  until: number | undefined;
  isForward: boolean;
  isLost: boolean;
  label: string;
  kind: ReturnType<typeof kindOf>;
  row: number;
}

interface Stop {
  at: number;
  side: 0 | 1;
}

const SHOWN = 26;
const HEIGHT = 24;
const LEFT = 150;
const RIGHT = 350;

export function Ladder({ flow }: { flow: Flow }) {
  const view = useView();
  const box = useRef<HTMLDivElement>(null);
  const place = useRef(0);
  useEffect(() => {
    const { current } = box;
    if (current !== null) current.scrollTop = place.current * current.scrollHeight - current.clientHeight / 2;
  }, [view.cursorNs, view.selected]);
  const a = flow.seenAt(0);
  const b = flow.seenAt(1);
  const vantage = a ?? b;
  const both = a !== undefined && b !== undefined;
  const matches = useMemo(
    () => (both ? matched(a.segments, b.segments) : undefined),
    [both, a, b, a?.segments.length, b?.segments.length],
  );
  if (vantage === undefined) return <p class="note">Nothing has passed yet.</p>;
  const center = vantage.segments.lastAtMost('at', view.cursorNs);
  const first = Math.max(0, Math.min(center - SHOWN / 2, vantage.segments.length - SHOWN));
  const { arrows, stops } =
    matches === undefined
      ? single(vantage.segments, vantage.side, first)
      : double(a!.segments, b!.segments, matches, first);
  const cursorRow = stops.findLastIndex(({ at }) => at <= view.cursorNs);
  const height = (stops.length + 1) * HEIGHT;
  const chosen = view.selected?.vantage === vantage ? view.selected.packet : -1;
  const here = arrows.find(({ packet }) => packet === chosen)?.from ?? cursorRow;
  place.current = (here + 1) / (stops.length + 1);
  return (
    <div ref={box} class="ladder" tabIndex={0} role="region" aria-label="Ladder">
      <svg
        viewBox={`0 0 500 ${height}`}
        role="img"
        aria-label={`Segments near the cursor: ${arrows.map((arrow) => `${arrow.isForward ? 'sender' : 'receiver'} sends ${arrow.label}${arrow.isLost ? ', lost' : ''}`).join('; ')}`}
      >
        <line class="pole" x1={LEFT} x2={LEFT} y1="0" y2={height} />
        <line class="pole" x1={RIGHT} x2={RIGHT} y1="0" y2={height} />
        {cursorRow >= 0 && (
          <line class="now" x1="0" x2="500" y1={(cursorRow + 1.5) * HEIGHT} y2={(cursorRow + 1.5) * HEIGHT} />
        )}
        {stops.map(({ at, side }, row) => (
          <text
            key={row}
            class="time"
            x={side === 0 ? LEFT - 6 : RIGHT + 6}
            y={(row + 1) * HEIGHT + 10}
            text-anchor={side === 0 ? 'end' : 'start'}
          >
            {seconds(at)}
          </text>
        ))}
        {arrows.map((arrow) => (
          <ArrowLine
            key={`${arrow.isForward}${arrow.row}`}
            arrow={arrow}
            isChosen={arrow.packet === chosen}
            onChoose={() => arrow.packet >= 0 && view.select({ vantage, packet: arrow.packet })}
          />
        ))}
      </svg>
    </div>
  );
}

function ArrowLine({ arrow, isChosen, onChoose }: { arrow: Arrow; isChosen: boolean; onChoose: () => void }) {
  const { from, until = from, isForward, isLost, label, kind } = arrow;
  const [x1, x2] = isForward ? [LEFT, RIGHT] : [RIGHT, LEFT];
  const [y1, y2] = [(from + 1) * HEIGHT, (until + 1) * HEIGHT];
  const end = isLost ? [x1 + (x2 - x1) * 0.6, y1 + 8] : [x2, y2];
  const angle = (Math.atan2(end[1]! - y1, end[0]! - x1) * 180) / Math.PI;
  const shown = kind === 'zero' || kind === 'again' ? kind : isForward ? 'data' : 'ack';
  return (
    <g class={`arrow ${shown}${isChosen ? ' chosen' : ''}`} onClick={onChoose}>
      <line x1={x1} y1={y1} x2={end[0]} y2={end[1]} />
      {isLost ? (
        <path d="M-4 -4 L4 4 M4 -4 L-4 4" transform={`translate(${end[0]!} ${end[1]!})`} />
      ) : (
        <path class="tip" d="M0 0 L-7 -3 L-7 3 Z" transform={`translate(${end[0]!} ${end[1]!}) rotate(${angle})`} />
      )}
      {from >= 0 && (
        <text x={isForward ? x1 - 6 : x1 + 6} y={y1} text-anchor={isForward ? 'end' : 'start'}>
          {label}
        </text>
      )}
    </g>
  );
}

/** What it carries, or what it acknowledges: the rest is in the packet list. */
function labelOf(segments: SegmentTable, row: number): string {
  const length = segments.get('length', row);
  const flags = flagNames(segments.get('flags', row))
    .replaceAll(/(?:, )?(?:ACK|PSH)/g, '')
    .replace(/^, /, '');
  const own = length > 0 ? `${segments.get('seq', row)} (${length})` : '';
  const ack = segments.get('ack', row);
  const answer = length > 0 || Number.isNaN(ack) ? '' : `ack ${ack} win ${segments.get('window', row)}`;
  return [flags, own, answer].filter((part) => part !== '').join(' ');
}

function arrowOf(segments: SegmentTable, row: number, isForward: boolean): Omit<Arrow, 'from' | 'until' | 'isLost'> {
  return {
    packet: segments.get('packet', row),
    isForward,
    label: labelOf(segments, row),
    kind: kindOf(segments.get('marks', row)),
    row,
  };
}

/** One vantage: nobody saw the other end, so arrows are level. */
function single(segments: SegmentTable, side: 0 | 1, first: number): { arrows: Arrow[]; stops: Stop[] } {
  const arrows: Arrow[] = [];
  const stops: Stop[] = [];
  for (let row = first; row < Math.min(segments.length, first + SHOWN); row++) {
    const isForward = (segments.get('isOut', row) === 1) === (side === 0);
    arrows.push({ ...arrowOf(segments, row, isForward), from: stops.length, until: undefined, isLost: false });
    stops.push({ at: segments.get('at', row), side });
  }
  return { arrows, stops };
}

/** Both: what leaves one pole reaches the other at its own time. */
function double(
  a: SegmentTable,
  b: SegmentTable,
  { ofFirst: ofA, ofSecond: ofB, isWhole }: Matches,
  first: number,
): { arrows: Arrow[]; stops: Stop[] } {
  const last = Math.min(a.length - 1, first + Math.floor(SHOWN * 0.6));
  const [from, until] = [a.get('at', first), a.get('at', last)];
  type Entry = Stop & { row: number; isLeaving: boolean };
  const entries: Entry[] = [];
  const add = (table: SegmentTable, side: 0 | 1): void => {
    for (
      let row = Math.max(0, table.lastAtMost('at', from - 1));
      row < table.length && table.get('at', row) <= until;
      row++
    )
      if (table.get('at', row) >= from)
        entries.push({ at: table.get('at', row), side, row, isLeaving: table.get('isOut', row) === 1 });
  };
  add(a, 0);
  add(b, 1);
  entries.sort((p, q) => p.at - q.at);
  const places = new Map(entries.map(({ side, row }, place) => [`${side}:${row}`, place]));
  const arrows: Arrow[] = [];
  entries.forEach(({ side, row, isLeaving }, place) => {
    const [own, partners] = side === 0 ? [a, ofA] : [b, ofB];
    const partner = partners[row] ?? -1;
    const there = places.get(`${1 - side}:${partner}`);
    if (isLeaving) {
      const isLost = partner < 0 && isWhole;
      const packet = side === 0 ? own.get('packet', row) : partner >= 0 ? a.get('packet', partner) : -1;
      arrows.push({
        ...arrowOf(own, row, side === 0),
        packet,
        from: place,
        until: partner < 0 ? place : (there ?? entries.length),
        isLost,
      });
    } else if (there === undefined) {
      arrows.push({
        ...arrowOf(own, row, side === 1),
        packet: side === 0 ? own.get('packet', row) : -1,
        from: -1,
        until: place,
        isLost: false,
      });
    }
  });
  return { arrows, stops: entries.map(({ at, side }) => ({ at, side })) };
}
