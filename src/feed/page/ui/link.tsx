// The link between the ends at the cursor: segments on their way, as far along as they are where both ends tell, and what the
// link holds and dropped where it tells.
import { useMemo } from 'preact/hooks';
import { type Flow, matched, type SegmentTable } from '../data/index.ts';
import { count, short, size } from '../view/format.ts';
import { useView } from '../view/use.ts';

interface Dot {
  key: string;
  /** From 0 at the sender to 1 at the receiver. */
  x: number;
  isData: boolean;
  isLost: boolean;
  isZero: boolean;
}

const MOST_DOTS = 120;
/** A lost segment is shown for so long after it left, as a share of the delay. */
const LOST_AT = 0.6;

export function Link({ flow, at }: { flow: Flow; at: number }) {
  const view = useView();
  const dots = useDots(flow, at);
  const sample = view.run?.links.at(at);
  const there = sample?.there;
  const back = sample?.back;
  const row = flow.ends[0].fold.rows;
  const index = row.at(at);
  const delay = index < 0 ? NaN : row.get('srtt', index);
  const data = dots.filter(({ isData }) => isData).length;
  return (
    <section class="link" aria-label="Link">
      <header>
        <h2>Link</h2>
        <span class="address">{Number.isFinite(delay) ? `round trip ${short(delay)}` : ''}</span>
      </header>
      <svg
        viewBox="0 0 300 64"
        role="img"
        aria-label={`On the way: ${data} segments with text, ${dots.length - data} acknowledgments.`}
      >
        <line x1="6" x2="294" y1="20" y2="20" />
        <line x1="6" x2="294" y1="46" y2="46" />
        <path d="M294 20 l-6 -3.5 v7 z M6 46 l6 -3.5 v7 z" />
        {dots.map(({ key, x, isData, isLost, isZero }) =>
          isLost ? (
            <path key={key} class="lost" d={`M${6 + x * 288 - 3} ${isData ? 17 : 43} l6 6 m0 -6 l-6 6`} />
          ) : (
            <rect
              key={key}
              class={isData ? 'data' : isZero ? 'zero' : 'ack'}
              x={6 + x * 288 - (isData ? 4 : 2.5)}
              y={isData ? 15 : 43.5}
              width={isData ? 8 : 5}
              height={isData ? 10 : 5}
              rx="1"
            />
          ),
        )}
      </svg>
      <dl class="variables">
        <div>
          <dt>data on the way</dt>
          <dd>{count(there?.inFlight ?? data)}</dd>
        </div>
        <div>
          <dt>ACKs on the way</dt>
          <dd>{count(back?.inFlight ?? dots.length - data)}</dd>
        </div>
        <div>
          <dt>queue</dt>
          <dd>{there === undefined ? '—' : size(there.queuedOctets)}</dd>
        </div>
        <div>
          <dt>dropped</dt>
          <dd>{sample === undefined ? '—' : count(droppedOf([there, back]))}</dd>
        </div>
        <div>
          <dt>rate</dt>
          <dd>
            {there === undefined
              ? '—'
              : there.bitsPerSecond === null
                ? 'no limit'
                : `${count(there.bitsPerSecond / 1e6)} Mbit/s`}
          </dd>
        </div>
        <div>
          <dt>delay</dt>
          <dd>{there === undefined ? '—' : short(there.delayNs)}</dd>
        </div>
      </dl>
    </section>
  );
}

function droppedOf(links: readonly ({ dropped: Readonly<Record<string, number>> } | undefined)[]): number {
  return links.reduce((sum, link) => sum + Object.values(link?.dropped ?? {}).reduce((a, b) => a + b, 0), 0);
}

function useDots(flow: Flow, at: number): Dot[] {
  const a = flow.seenAt(0)?.segments;
  const b = flow.seenAt(1)?.segments;
  const isWhole = a !== undefined && b !== undefined;
  const matches = useMemo(() => (isWhole ? matched(a, b) : undefined), [isWhole, a, b, a?.length, b?.length]);
  if (matches !== undefined) {
    const { ofFirst, ofSecond } = matches;
    const endNs = matches.isWhole ? flow.endNs : 0;
    return [...dotsOf(a!, b!, ofFirst, at, 1, endNs), ...dotsOf(b!, a!, ofSecond, at, 0, endNs)];
  }
  const only = flow.first;
  return only === undefined ? [] : guessed(only.segments, flow, only.side, at);
}

/** Segments that left `from` and have not arrived at `to` yet; those that will not before `endNs` are lost. */
function dotsOf(
  from: SegmentTable,
  to: SegmentTable,
  partner: Int32Array,
  at: number,
  way: 0 | 1,
  endNs: number,
): Dot[] {
  const dots: Dot[] = [];
  let typical = 50e6;
  for (let row = from.lastAtMost('at', at); row >= 0 && dots.length < MOST_DOTS; row--) {
    if (from.get('isOut', row) !== 1) continue;
    const sent = from.get('at', row);
    const other = partner[row] ?? -1;
    if (other >= 0) typical = Math.max(1, to.get('at', other) - sent);
    const x = (at - sent) / typical;
    if (x > 40) break;
    if (x >= 1) continue;
    const isLost = other < 0 && x >= LOST_AT && sent + 3 * typical < endNs;
    const isData = from.get('length', row) > 0;
    const place = isLost ? LOST_AT : x;
    dots.push({
      key: `${way}${row}`,
      x: way === 1 ? place : 1 - place,
      isData,
      isLost,
      isZero: from.get('window', row) === 0,
    });
  }
  return dots;
}

/** With one vantage nobody saw the other end: half the round trip is taken for the way there. */
function guessed(segments: SegmentTable, flow: Flow, side: 0 | 1, at: number): Dot[] {
  const { rows } = flow.ends[0].fold;
  const index = rows.at(at);
  const srtt = index < 0 ? NaN : rows.get('srtt', index);
  if (!(srtt > 0)) return [];
  const dots: Dot[] = [];
  const half = srtt / 2;
  for (let row = segments.lastAtMost('at', at + half); row >= 0 && dots.length < MOST_DOTS; row--) {
    const seen = segments.get('at', row);
    if (seen < at - half) break;
    const isOut = segments.get('isOut', row) === 1;
    const x = isOut ? (at - seen) / half : 1 - (seen - at) / half;
    if (x < 0 || x > 1) continue;
    const isData = segments.get('length', row) > 0;
    const isForward = isOut === (side === 0);
    dots.push({
      key: String(row),
      x: isForward ? x : 1 - x,
      isData,
      isLost: false,
      isZero: segments.get('window', row) === 0,
    });
  }
  return dots;
}
