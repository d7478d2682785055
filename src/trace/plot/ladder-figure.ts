// A ladder as a picture: lifelines, slanted arrows with what they say, times at both ends, lost segments that end halfway in a
// cross, and shade where the window was zero.
import { duration, endpointText, printable } from '../words.ts';
import { type Figure, type FigureOptions, type FigureTable, grouped, rounded, type Spec } from './frame.ts';
import { type Ladder, type Rung } from './ladder.ts';
import { layoutOf, type Layout, type PlacedRung } from './ladder-layout.ts';
import { type Theme, themeConfig, THEMES } from './theme.ts';

const WIDTH = 560;
/** Degrees in a radian. */
const RADIAN = 57.295_779_5;
/** Arrows steeper than this, in degrees, have their words beside them instead of along them. */
const STEEP = 24;

type What = 'text' | 'sent again' | 'probe' | 'acknowledgment' | 'handshake, end';

export function ladderFigure(ladder: Ladder, options: FigureOptions = {}): Figure {
  const theme = THEMES[options.theme ?? 'light'];
  const width = options.width ?? WIDTH;
  const layout = layoutOf(ladder);
  const ends = ladder.ends.map(endpointText).map(printable);
  const title = printable(options.title ?? `${ends[0]} → ${ends[1]}`);
  const subtitle = ['ladder diagram; time runs downwards, not to scale', ...notes(ladder)];
  const canvas = { theme, width, layout };
  return {
    title,
    subtitle,
    table: table(ladder),
    spec: {
      description: `${title}. ${subtitle.join('. ')}.`,
      background: theme.ground,
      padding: { left: 14, right: 14, top: 14, bottom: 12 },
      width,
      height: layout.height,
      title: { text: title, subtitle },
      config: themeConfig(theme),
      layer: [
        bands(canvas),
        lifelines(canvas, ends),
        ...arrows(canvas),
        crosses(canvas),
        ...labels(canvas),
        times(canvas),
        waits(canvas),
      ],
    },
  };
}

interface Canvas {
  theme: Theme;
  width: number;
  layout: Layout;
}

/** Across from 0, the left end, to 1; down in points. Neither deserves an axis. */
function x({ width }: Canvas, field = 'x'): Spec {
  return {
    field,
    type: 'quantitative',
    scale: { domain: [0, 1], range: [0, width], nice: false, zero: false },
    axis: null,
  };
}

function y({ layout }: Canvas, field = 'y'): Spec {
  const { height } = layout;
  return {
    field,
    type: 'quantitative',
    scale: { domain: [0, height], range: [0, height], nice: false, zero: false },
    axis: null,
  };
}

function lifelines(canvas: Canvas, ends: readonly string[]): Spec {
  const { theme, layout } = canvas;
  const values = ends.map((name, index) => ({ x: index, y: -6, bottom: layout.height, name }));
  return {
    data: { values },
    layer: [
      {
        mark: { type: 'rule', color: theme.axis, strokeWidth: 1.5 },
        encoding: { x: x(canvas), y: y(canvas), y2: { field: 'bottom' } },
      },
      {
        mark: { type: 'text', dy: -10, fontSize: 12, fontWeight: 'bold', color: theme.text },
        encoding: { x: x(canvas), y: y(canvas), text: { field: 'name', type: 'nominal' } },
      },
    ],
  };
}

function bands(canvas: Canvas): Spec {
  const { theme, layout } = canvas;
  const values = layout.bands.map(({ fromY, toY, ns }) => ({
    x: 0,
    right: 1,
    y: fromY,
    bottom: toY,
    middle: 0.5,
    label: Number.isNaN(ns) ? 'zero window' : `zero window, ${duration(ns)}`,
    below: fromY + 11,
  }));
  return {
    data: { values },
    layer: [
      {
        mark: { type: 'rect', color: theme.red, opacity: 0.1 },
        encoding: { x: x(canvas), x2: { field: 'right' }, y: y(canvas), y2: { field: 'bottom' } },
      },
      {
        transform: [{ filter: 'datum.bottom - datum.y >= 30' }],
        mark: { type: 'text', color: theme.red, fontSize: 11 },
        encoding: { x: x(canvas, 'middle'), y: y(canvas, 'below'), text: { field: 'label', type: 'nominal' } },
      },
    ],
  };
}

function whatOf({ kind }: Rung): What {
  switch (kind) {
    case 'retransmission':
      return 'sent again';
    case 'probe':
    case 'keepalive':
      return 'probe';
    case 'handshake':
    case 'fin':
    case 'reset':
      return 'handshake, end';
    case 'text':
    case 'out-of-order':
      return 'text';
    default:
      return 'acknowledgment';
  }
}

/** Where an arrow begins and ends, across; a lost one goes half the way. */
function reachOf({ isRightward, rung }: PlacedRung): [number, number] {
  const reach = rung.isLost ? 0.5 : 1;
  return isRightward ? [0, reach] : [1, 1 - reach];
}

/** The slope as an angle, clockwise: small ones, to a third of a degree. */
function angle(placed: PlacedRung, width: number): number {
  const [from, to] = reachOf(placed);
  const slope = (placed.toY - placed.fromY) / (Math.abs(to - from) * width);
  const radians = slope / (1 + 0.28 * slope * slope);
  return rounded((placed.isRightward ? radians : -radians) * RADIAN);
}

function arrows(canvas: Canvas): Spec[] {
  const { theme, layout, width } = canvas;
  const colors: Record<What, string> = {
    text: theme.blue,
    'sent again': theme.red,
    probe: theme.purple,
    acknowledgment: theme.green,
    'handshake, end': theme.grey,
  };
  const segments = layout.rungs.filter(({ rung }) => rung.what === 'segment');
  const values = segments.map((placed) => {
    const [from, to] = reachOf(placed);
    const what = whatOf(placed.rung);
    return {
      x: from,
      right: to,
      y: placed.fromY,
      bottom: placed.toY,
      what,
      turn: angle(placed, width) + (placed.isRightward ? 0 : 180),
      isLost: placed.rung.isLost,
    };
  });
  const domain = (Object.keys(colors) as What[]).filter((name) => values.some(({ what }) => what === name));
  const color = {
    field: 'what',
    type: 'nominal',
    scale: { domain, range: domain.map((name) => colors[name]) },
    legend: { title: null, symbolType: 'stroke' },
  };
  const strokeDash = {
    field: 'what',
    type: 'nominal',
    scale: {
      domain,
      range: domain.map((name) => (name === 'acknowledgment' ? [5, 2] : name === 'probe' ? [2, 2] : [1, 0])),
    },
    legend: { title: null, symbolType: 'stroke' },
  };
  return [
    {
      data: { values },
      mark: { type: 'rule', strokeWidth: 1.5 },
      encoding: { x: x(canvas), x2: { field: 'right' }, y: y(canvas), y2: { field: 'bottom' }, color, strokeDash },
    },
    {
      data: { values: values.filter(({ isLost }) => !isLost) },
      mark: { type: 'point', shape: 'M0,0L-1.1,-0.45L-1.1,0.45Z', size: 200, filled: true, opacity: 1 },
      encoding: {
        x: x(canvas, 'right'),
        y: y(canvas, 'bottom'),
        angle: { field: 'turn', type: 'quantitative', scale: null },
        color: { ...color, legend: null },
      },
    },
  ];
}

function crosses(canvas: Canvas): Spec {
  const lost = canvas.layout.rungs.filter(({ rung }) => rung.isLost);
  return {
    data: { values: lost.map((placed) => ({ x: reachOf(placed)[1], y: placed.toY, sign: '×' })) },
    mark: { type: 'text', fontSize: 20, fontWeight: 'bold', color: canvas.theme.red, baseline: 'middle' },
    encoding: { x: x(canvas), y: y(canvas), text: { field: 'sign', type: 'nominal' } },
  };
}

/** Some arrows of this side are too steep for words along them: then none has them so, for they would cross. */
function isSteep(rungs: readonly PlacedRung[], isRightward: boolean, width: number): boolean {
  return rungs.some((placed) => placed.isRightward === isRightward && Math.abs(angle(placed, width)) > STEEP);
}

/** Along its arrow, at the end where it leaves; what lies beneath is kept off by a border of the ground's colour. */
function labels(canvas: Canvas): Spec[] {
  const { theme, layout, width } = canvas;
  const steep = [true, false].filter((isRightward) => isSteep(layout.rungs, isRightward, width));
  const values = layout.rungs.map((placed) => {
    const { rung, fromY, toY, isRightward } = placed;
    const isBeside = steep.includes(isRightward);
    const at = 0.03 * (rung.isLost ? 2 : 1);
    const isMore = rung.what === 'more';
    return {
      x: isRightward ? 0.03 : 0.97,
      y: isBeside ? fromY + 5 : rounded(fromY + at * (toY - fromY)),
      turn: isBeside ? 0 : angle(placed, width),
      label: isMore ? `⋮ ${rung.label}` : rung.label,
      isRightward,
      isMore,
    };
  });
  return [true, false].flatMap((isRightward) =>
    [true, false].map((isHalo) => ({
      data: { values: values.filter((one) => one.isRightward === isRightward) },
      mark: {
        type: 'text',
        align: isRightward ? 'left' : 'right',
        baseline: 'bottom',
        dy: -2,
        fontSize: 11,
        ...(isHalo
          ? { stroke: theme.ground, strokeWidth: 3, strokeJoin: 'round', color: theme.ground }
          : { color: theme.text }),
      },
      encoding: {
        x: x(canvas),
        y: y(canvas),
        angle: { field: 'turn', type: 'quantitative', scale: null },
        text: { field: 'label', type: 'nominal' },
      },
    })),
  );
}

function times(canvas: Canvas): Spec {
  const { theme, layout } = canvas;
  const layer = [true, false].map((isLeft) => ({
    data: {
      values: layout.times
        .filter((time) => time.isLeft === isLeft)
        .map(({ y: at, atNs }) => ({ x: isLeft ? 0 : 1, y: at, label: seconds(atNs) })),
    },
    mark: {
      type: 'text',
      align: isLeft ? 'right' : 'left',
      dx: isLeft ? -8 : 8,
      baseline: 'middle',
      fontSize: 10,
      color: theme.muted,
    },
    encoding: { x: x(canvas), y: y(canvas), text: { field: 'label', type: 'nominal' } },
  }));
  return { layer };
}

function waits(canvas: Canvas): Spec {
  return {
    data: { values: canvas.layout.waits.map(({ y: at, ns }) => ({ x: 0.5, y: at, label: `– ${duration(ns)} –` })) },
    mark: { type: 'text', fontSize: 10, color: canvas.theme.muted, baseline: 'middle' },
    encoding: { x: x(canvas), y: y(canvas), text: { field: 'label', type: 'nominal' } },
  };
}

/** `1.020000 s`: as many digits as microseconds need, so that they stand beneath each other. */
export function seconds(ns: number): string {
  return `${(ns / 1e9).toFixed(6)} s`;
}

export function notes({ estimated, segments, told, ends: [left, right] }: Ladder): string[] {
  const lines: string[] = [];
  const names = {
    left: `times at ${endpointText(left)} are`,
    right: `times at ${endpointText(right)} are`,
    both: 'times at both ends are',
  };
  if (estimated !== 'nobody') lines.push(`${names[estimated]} estimated: half of the handshake’s round trip`);
  if (told < segments)
    lines.push(`the first ${grouped(told)} of ${grouped(segments)} segments: --from and --to show others`);
  return lines.map(printable);
}

function table({ rungs, left }: Ladder): FigureTable {
  return {
    caption: 'The segments of the ladder',
    columns: ['left', 'from', 'what', 'arrived'],
    rows: rungs.map((rung) => [
      seconds(rung.sentNs),
      rung.side === left ? 'left to right' : 'right to left',
      rung.label,
      rung.isLost ? 'lost' : seconds(rung.arrivedNs),
    ]),
  };
}
