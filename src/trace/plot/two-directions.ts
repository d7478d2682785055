// The other direction of a connection, and both in one picture: a panel each, over one time axis. Each panel says whose octets
// it shows and has a legend of its own, for the two need not have the same lines.
import { type Figure, type FigureOptions, flowName, HEIGHT, pairName, type Spec } from './frame.ts';
import { mainFlow, type PlotSeries, type DrawnFrom } from './series.ts';
import { themeConfig, THEMES } from './theme.ts';

/** A panel's height where none is asked for; what its axis, its legend and the next one's title take below it, and each line under that. */
const PANEL = 0.6 * HEIGHT;
const BETWEEN = 144;
const LINE = 18;

type Draw = (series: PlotSeries, options: FigureOptions) => Figure;

/** The same connection with the eyes of the other end: its octets are those that are drawn. */
export function turned(series: PlotSeries): PlotSeries {
  const { sender, receiver } = series.hasRecords;
  const drawn = mainFlow(series).from === 0 ? 1 : 0;
  return {
    ...series,
    drawn,
    vantage: OTHER_END[series.vantage],
    hasRecords: { sender: receiver, receiver: sender },
  };
}

const OTHER_END: Readonly<Record<DrawnFrom, DrawnFrom>> = {
  sender: 'receiver',
  receiver: 'sender',
  both: 'both',
  middle: 'middle',
  unknown: 'unknown',
};

/** Of kinds whose rows decide the height, as blame's do, `hasOwnHeight`. */
export function bothDirections(draw: Draw, series: PlotSeries, options: FigureOptions, hasOwnHeight: boolean): Figure {
  const height = options.height ?? (hasOwnHeight ? undefined : PANEL);
  const each = { ...options, ...(height === undefined ? {} : { height }) };
  const figures = [series, turned(series)].map((one) => draw(one, { ...each, title: flowName(one) }));
  const title = options.title ?? pairName(series);
  const theme = THEMES[options.theme ?? 'light'];
  const [first, second] = figures as [Figure, Figure];
  return {
    title,
    subtitle: figures.map((figure) => `${figure.title}: ${figure.subtitle.join(', ')}`),
    table: {
      caption: `${first.table.caption}, both directions`,
      columns: ['direction', ...first.table.columns],
      rows: figures.flatMap((figure) => figure.table.rows.map((row) => [figure.title, ...row])),
    },
    spec: {
      description: `${title}, both directions. ${first.spec['description'] as string} ${second.spec['description'] as string}`,
      background: theme.ground,
      padding: first.spec['padding']!,
      autosize: { type: 'pad' },
      title: { text: title, subtitle: ['both directions, on one time axis'] },
      config: { ...(themeConfig(theme) as Spec), concat: { spacing: BETWEEN + LINE * second.subtitle.length } },
      // Areas for plotting stand under each other whatever the width of what is written beside them.
      bounds: 'flush',
      vconcat: [panel(first), panel(second)],
      resolve: {
        scale: { color: 'independent', strokeDash: 'independent', fillOpacity: 'independent', opacity: 'independent' },
      },
    },
  };
}

/** A figure without what it has in common with the other. */
function panel({ spec }: Figure): Spec {
  const { description: _d, background: _b, padding: _p, autosize: _a, config: _c, title, ...rest } = spec;
  return { ...rest, title: { ...(title as Spec), fontSize: 13 } };
}
