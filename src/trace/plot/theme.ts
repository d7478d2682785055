// How every picture looks: colours, type and grid, for light and for dark. The colours are Okabe and Ito's (2008), which the
// colour-blind tell apart, darkened or lightened where the ground asks for it; none speaks alone: dashes, shapes, letters or
// rows say the same. Each role has a colour of its own within a theme, so that a page may exchange one theme for the other.
import { type Json } from '../vocabulary.ts';

export type ThemeName = 'light' | 'dark';

export interface Theme {
  readonly ground: string;
  readonly text: string;
  /** Less important text. */
  readonly muted: string;
  readonly axis: string;
  readonly grid: string;
  readonly blue: string;
  readonly green: string;
  readonly orange: string;
  readonly vermillion: string;
  readonly purple: string;
  readonly sky: string;
  readonly grey: string;
  readonly red: string;
}

export type Role = keyof Theme;

export const THEMES: Readonly<Record<ThemeName, Theme>> = {
  light: {
    ground: '#ffffff',
    text: '#1a1a1a',
    muted: '#595959',
    axis: '#8c8c8c',
    grid: '#e9e9e9',
    blue: '#0072b2',
    green: '#00805d',
    orange: '#b87800',
    vermillion: '#d55e00',
    purple: '#a8447f',
    sky: '#56b4e9',
    grey: '#7a7a7a',
    red: '#c62828',
  },
  dark: {
    ground: '#15181c',
    text: '#e8e8e8',
    muted: '#a9adb3',
    axis: '#767b82',
    grid: '#2b3036',
    blue: '#4fa9e2',
    green: '#23c194',
    orange: '#e6a51f',
    vermillion: '#ff8340',
    purple: '#dd8fbb',
    sky: '#8fd0f7',
    grey: '#9a9fa6',
    red: '#ff6659',
  },
};

export const FONT = 'DejaVu Sans, Verdana, Arial, sans-serif';

/** The part of a vega-lite specification that has nothing to do with what is drawn. */
export function themeConfig(theme: Theme): Json {
  const { ground, text, muted, axis, grid } = theme;
  return {
    aria: false, // a picture has one text alternative, not one per mark
    background: ground,
    font: FONT,
    view: { stroke: null },
    axis: {
      labelColor: muted,
      labelFontSize: 11,
      titleColor: text,
      titleFontSize: 12,
      titleFontWeight: 'normal',
      domainColor: axis,
      tickColor: axis,
      gridColor: grid,
      tickSize: 4,
      labelPadding: 4,
    },
    axisX: { titlePadding: 6, labelFlush: true },
    // Above its axis, read without turning the head.
    axisY: {
      titleAngle: 0,
      titleAlign: 'left',
      titleAnchor: 'start',
      titleX: -52,
      titleY: -10,
      domain: false,
      ticks: false,
    },
    legend: {
      orient: 'bottom',
      direction: 'horizontal',
      labelColor: text,
      labelFontSize: 12,
      labelLimit: 900,
      symbolOpacity: 1,
      symbolStrokeWidth: 2,
      symbolSize: 140,
      title: null,
      columnPadding: 18,
      offset: 10,
    },
    title: {
      anchor: 'start',
      frame: 'bounds',
      color: text,
      fontSize: 15,
      fontWeight: 'bold',
      subtitleColor: muted,
      subtitleFontSize: 12,
      subtitleLineHeight: 16,
      subtitlePadding: 5,
      offset: 22,
      limit: 2_000,
    },
    text: { color: text, fontSize: 11 },
  };
}
