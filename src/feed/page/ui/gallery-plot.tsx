// One system of the gallery over time: what is behind the cursor is drawn full, what is to come faintly, and beside it stand
// the queues as they are at the cursor, on the same scale. A click moves the cursor, a drag chooses a stretch of time.
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { endingSentence, type GalleryRun } from '../../../../sim/index.ts';
import { seconds, short } from '../view/format.ts';
import { type GalleryPlotKind, niceTicks, type Scale } from '../view/gallery-series.ts';
import { type GalleryView } from '../view/gallery-view.ts';
import { PointsTable } from './points-table.tsx';

const LEFT = 50;
const TOP = 15;
const HEIGHT = 122;
const AXIS = 18;
const TANK = 11;
const GAP = 4;

interface GalleryPlotProps {
  run: GalleryRun;
  name: string;
  kind: GalleryPlotKind;
  scale: Scale;
  view: GalleryView;
  /** What happens between `disturbed.from` and `to`, in two words. */
  disturbance: string;
}

export function GalleryPlot({ run, name, kind, scale, view, disturbance }: GalleryPlotProps) {
  const [isTable, setTable] = useState(false);
  const place = view.placeOf(run);
  const values = kind.series.map(({ of }) => of(run)[place] ?? null);
  const words = values.map((value) => (value === null ? '—' : kind.format(value)));
  const said = kind.series.map(({ label }, index) => `${label} ${words[index]}`).join(', ');
  const { ending } = run;
  // It does not change with the cursor, and is long.
  const table = useMemo(
    () => (isTable ? <SampleTable run={run} name={name} kind={kind} /> : null),
    [isTable, run, name, kind],
  );
  return (
    <section class="plot gallery-plot" aria-label={name}>
      <header>
        <h3>{name}</h3>
        <button type="button" class="quiet" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          table<span class="unseen"> of {name}</span>
        </button>
      </header>
      <ul class="keys">
        {kind.series.map(({ label, role }, index) => (
          <li key={label}>
            <i class={`key gallery-${role}`} />
            {label} <b>{words[index]}</b>
          </li>
        ))}
      </ul>
      <Picture
        run={run}
        kind={kind}
        scale={scale}
        view={view}
        values={values}
        disturbance={disturbance}
        label={`${name}: ${kind.title}. At ${seconds(view.cursorNs)} s: ${said}.`}
      />
      {ending.says !== '' && <p class="ending">{endingSentence(ending)}</p>}
      {table}
    </section>
  );
}

interface PictureProps extends Omit<GalleryPlotProps, 'name'> {
  values: readonly (number | null)[];
  label: string;
}

function Picture({ run, kind, scale, view, values, disturbance, label }: PictureProps) {
  const host = useRef<SVGSVGElement>(null);
  const width = useWidth(host);
  const clip = useId();
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const tanks = kind.series.length * (TANK + GAP) + 6;
  const inner = Math.max(40, width - LEFT - tanks - 4);
  const { fromNs, untilNs } = view;
  const xOf = (ns: number): number => LEFT + ((ns - fromNs) / (untilNs - fromNs)) * inner;
  const yOf = (value: number): number => TOP + HEIGHT * (1 - scale.at(value));
  const lines = useMemo(
    () => kind.series.map(({ of }) => pathsOf(run.series.time, of(run), xOf, yOf)),
    [run, kind, scale, inner, fromNs, untilNs],
  );
  const cursor = Math.min(LEFT + inner, Math.max(LEFT, xOf(view.cursorNs)));
  const place = (event: PointerEvent): number => {
    const x = event.clientX - host.current!.getBoundingClientRect().left;
    return Math.min(LEFT + inner, Math.max(LEFT, x));
  };
  const nsAt = (x: number): number => fromNs + ((x - LEFT) / inner) * (untilNs - fromNs);
  const choose = (): void => {
    if (drag === undefined) return;
    setDrag(undefined);
    const [from, to] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    view.isPlaying = false;
    if (to - from >= 4) view.zoom(nsAt(from), nsAt(to));
    else view.moveTo(nsAt(from));
  };
  const bottom = TOP + HEIGHT;
  return (
    <svg
      ref={host}
      class="gallery-picture"
      height={bottom + AXIS}
      role="img"
      aria-label={label}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: place(event), to: place(event) });
      }}
      onPointerMove={(event) => drag !== undefined && setDrag({ ...drag, to: place(event) })}
      onPointerUp={choose}
      onPointerCancel={() => setDrag(undefined)}
      onDblClick={() => view.fit()}
    >
      <defs>
        <clipPath id={`${clip}-past`}>
          <rect x={LEFT} y={0} width={Math.max(0, cursor - LEFT)} height={bottom + 1} />
        </clipPath>
        <clipPath id={`${clip}-all`}>
          <rect x={LEFT} y={0} width={inner} height={bottom + 1} />
        </clipPath>
      </defs>
      <Band run={run} disturbance={disturbance} xOf={xOf} inner={inner} clip={`${clip}-all`} />
      {scale.ticks.map((tick) => (
        <g key={tick} class="grid">
          <line x1={LEFT} x2={LEFT + inner} y1={yOf(tick)} y2={yOf(tick)} />
          <text x={LEFT - 5} y={yOf(tick) + 3.5} class="y">
            {kind.axis(tick)}
          </text>
        </g>
      ))}
      {niceTicks(Math.max(0, fromNs), untilNs, Math.max(2, inner / 70)).map((ns) => (
        <text key={ns} x={xOf(ns)} y={bottom + 13} class="x">
          {ns === 0 ? '0' : short(ns).replace(/\.0+(?= )|(?<=\.\d)0(?= )/, '')}
        </text>
      ))}
      {(['all', 'past'] as const).map((part) => (
        <g key={part} class={part} clip-path={`url(#${clip}-${part})`}>
          {kind.series.map(({ label: what, role, isFilled }, index) => (
            <g key={what} class={`line gallery-${role}`}>
              {isFilled === true && <path class="area" d={lines[index]!.area} />}
              <path d={lines[index]!.line} />
            </g>
          ))}
        </g>
      ))}
      <line class="moment-line" x1={cursor} x2={cursor} y1={TOP} y2={bottom} />
      {kind.series.map(({ label: what, role }, index) => {
        const x = LEFT + inner + 8 + index * (TANK + GAP);
        const level = Math.min(HEIGHT, HEIGHT * scale.at(values[index] ?? 0));
        return (
          <g key={what} class={`tank gallery-${role}`}>
            <rect class="wall" x={x} y={TOP} width={TANK} height={HEIGHT} />
            <rect class="fill" x={x} y={bottom - level} width={TANK} height={level} />
          </g>
        );
      })}
      {drag !== undefined && (
        <rect
          class="chosen-stretch"
          x={Math.min(drag.from, drag.to)}
          y={TOP}
          width={Math.abs(drag.to - drag.from)}
          height={HEIGHT}
        />
      )}
    </svg>
  );
}

/** While the consumer stands still, or its signals are lost. */
function Band({
  run: { disturbed },
  disturbance,
  xOf,
  inner,
  clip,
}: {
  run: GalleryRun;
  disturbance: string;
  xOf: (ns: number) => number;
  inner: number;
  clip: string;
}) {
  if (disturbed === null) return null;
  const from = xOf(disturbed.from);
  const to = Number.isFinite(disturbed.to) ? xOf(disturbed.to) : LEFT + inner;
  return (
    <g clip-path={`url(#${clip})`} class="band">
      <rect x={from} y={TOP} width={Math.max(1, to - from)} height={HEIGHT} />
      <text x={Math.max(from, LEFT)} y={TOP - 4}>
        {disturbance}
      </text>
    </g>
  );
}

function pathsOf(
  time: readonly number[],
  values: readonly (number | null)[],
  xOf: (ns: number) => number,
  yOf: (value: number) => number,
): { line: string; area: string } {
  let line = '';
  let area = '';
  let begin = -1;
  for (let i = 0; i <= time.length; i++) {
    const value = values[i] ?? null;
    if (value === null) {
      if (begin >= 0) area += `L${xOf(time[i - 1]!).toFixed(1)} ${yOf(0)}Z`;
      begin = -1;
      continue;
    }
    const point = `${xOf(time[i]!).toFixed(1)} ${yOf(value).toFixed(1)}`;
    area += begin < 0 ? `M${xOf(time[i]!).toFixed(1)} ${yOf(0)}L${point}` : `L${point}`;
    line += `${begin < 0 ? 'M' : 'L'}${point}`;
    if (begin < 0) begin = i;
  }
  return { line, area };
}

function SampleTable({ run, name, kind }: { run: GalleryRun; name: string; kind: GalleryPlotKind }) {
  const { time } = run.series;
  const columns = kind.series.map(({ of }) => of(run));
  return (
    <PointsTable
      label={name}
      caption={`${name}: ${kind.title}, ${time.length} samples`}
      time="time, s"
      kind={kind}
      rows={time.map((ns, place) => ({
        time: seconds(ns),
        values: columns.map((column) => column[place]),
      }))}
    />
  );
}

function useWidth(host: { current: SVGSVGElement | null }): number {
  const [width, setWidth] = useState(360);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const { width: now } = entry!.contentRect;
      if (now > 0) setWidth(Math.round(now));
    });
    observer.observe(host.current!);
    return () => observer.disconnect();
  }, [host]);
  return width;
}
