// Pictures of a capture: columns from packets, specifications from columns.
export { type FigureKind, FIGURE_KINDS, figureOf, joined as joinedSeries } from './plot.ts';
export {
  DRAWN_DIRECTIONS,
  type DrawnDirection,
  type Figure,
  type FigureOptions,
  type FigureTable,
  grouped,
} from './frame.ts';
export { type Ladder, LadderBuilder, ladderOf, ladderOfBoth, type Meetings, meetingsOf, type Rung } from './ladder.ts';
export { ladderFigure } from './ladder-figure.ts';
export { ladderMermaid, ladderText } from './ladder-text.ts';
export { PlotBuilder, type PlotOptions } from './plot-builder.ts';
export { Rows } from './rows.ts';
export * from './series.ts';
export { Slices } from './slices.ts';
export { FONT, type Role, THEMES, type Theme, themeConfig, type ThemeName } from './theme.ts';
