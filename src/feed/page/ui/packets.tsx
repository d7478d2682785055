// The packet list: every segment of one vantage, as Wireshark would call it, sequence numbers relative. Only the rows in sight
// are there. A click chooses a packet and moves the cursor to it.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { flagNames, kindOf, marksOf, type SegmentTable, type Vantage } from '../data/index.ts';
import { count, seconds } from '../view/format.ts';
import { useView } from '../view/use.ts';

const ROW = 22;
const HOLD_MS = 100;
/** Browsers have a most height of an element; beyond so many rows the list is scrolled in proportion. */
const MOST_HEIGHT = 8_000_000;

export function Packets({ vantage }: { vantage: Vantage }) {
  const view = useView();
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(400);
  const { segments } = vantage;
  const whole = Math.min(MOST_HEIGHT, segments.length * ROW);
  const perRow = segments.length === 0 ? ROW : whole / segments.length;
  const first = Math.max(0, Math.floor(top / perRow) - 4);
  const shown = Math.min(segments.length - first, Math.ceil(height / ROW) + 8);
  const chosen = view.selected?.vantage === vantage ? segments.rowOf(view.selected.packet) : -1;
  const present = useHeld(
    chosen >= 0 ? chosen : segments.lastAtMost('at', view.cursorNs),
    view.isPlaying || view.isFollowing,
  );

  useEffect(() => {
    const element = box.current!;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = box.current!;
    const at = present * perRow;
    if (at >= element.scrollTop && at <= element.scrollTop + element.clientHeight - 2 * ROW) return;
    element.scrollTop = at - element.clientHeight / 2;
    setTop(element.scrollTop); // at once: the event comes a frame late, and a list that grows would stay empty
  }, [present, perRow]);

  const choose = (row: number): void => {
    view.isPlaying = false;
    view.select({ vantage, packet: segments.get('packet', row) });
  };
  const key = (event: KeyboardEvent): void => {
    const way = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const row = present + way;
    if (way === 0 || row < 0 || row >= segments.length) return;
    event.preventDefault();
    choose(row);
  };
  const rows = Array.from({ length: Math.max(0, shown) }, (_, index) => first + index);
  return (
    <div class="packets">
      <div class="packet head" aria-hidden="true">
        <span>no.</span>
        <span>time</span>
        <span />
        <span>seq</span>
        <span>ack</span>
        <span>window</span>
        <span>len</span>
        <span>what</span>
      </div>
      <div
        ref={box}
        class="rows"
        tabIndex={0}
        role="listbox"
        aria-label={`Packets as the ${vantage.label} saw them: ${count(segments.length)}`}
        aria-activedescendant={present >= first && present < first + shown ? `packet-${present}` : undefined}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={key}
      >
        <div class="whole" style={{ height: `${whole}px` }} role="presentation">
          <div class="slice" style={{ transform: `translateY(${first * perRow}px)` }} role="presentation">
            {rows.map((row) => (
              <div
                key={row}
                id={`packet-${row}`}
                role="option"
                aria-selected={row === chosen}
                class={rowClass(segments, row, row === chosen, row > present)}
                onClick={() => choose(row)}
              >
                <PacketCells segments={segments} row={row} />
              </div>
            ))}
          </div>
        </div>
      </div>
      {segments.spared + segments.missed.skipped + segments.missed.lagged > 0 && (
        <p class="note">
          {count(segments.spared + segments.missed.skipped + segments.missed.lagged)} more passed that are not in this
          list.
        </p>
      )}
    </div>
  );
}

/** While time runs the list follows ten times a second: nobody reads faster, and every row of it is new. */
function useHeld(row: number, isRunning: boolean): number {
  const held = useRef({ row, at: 0 });
  const now = performance.now();
  if (!isRunning || now - held.current.at >= HOLD_MS) held.current = { row, at: now };
  const [, catchUp] = useState(0);
  const isBehind = held.current.row !== row;
  // Where time has just stopped nothing else would draw the row that was held back.
  useEffect(() => {
    if (!isBehind) return;
    const timer = setTimeout(() => catchUp(performance.now()), HOLD_MS);
    return () => clearTimeout(timer);
  });
  return held.current.row;
}

function rowClass(segments: SegmentTable, row: number, isChosen: boolean, isLater: boolean): string {
  const kind = kindOf(segments.get('marks', row));
  return `packet${isChosen ? ' chosen' : ''}${isLater ? ' later' : ''} is-${kind}`;
}

function PacketCells({ segments, row }: { segments: SegmentTable; row: number }) {
  const isOut = segments.get('isOut', row) === 1;
  return (
    <>
      <span>{segments.get('packet', row)}</span>
      <span>{seconds(segments.get('at', row))}</span>
      <span aria-label={isOut ? 'leaves' : 'arrives'}>{isOut ? '→' : '←'}</span>
      <span>{segments.get('seq', row)}</span>
      <span>{Number.isNaN(segments.get('ack', row)) ? '' : segments.get('ack', row)}</span>
      <span>{segments.get('window', row)}</span>
      <span>{segments.get('length', row)}</span>
      <span class="what">{whatOf(segments, row)}</span>
    </>
  );
}

/** What a reader of captures would call it, or its control bits. */
export function whatOf(segments: SegmentTable, row: number): string {
  const marks = marksOf(segments.get('marks', row));
  const flags = flagNames(segments.get('flags', row));
  if (marks.length === 0) return flags;
  return flags === 'ACK' || flags === 'PSH, ACK' ? marks.join(', ') : `${flags} · ${marks.join(', ')}`;
}
