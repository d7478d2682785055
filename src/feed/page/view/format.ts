// Numbers for people, in columns that line up.
import { formatRate, formatSize } from '../../../app/index.ts';

const GROUPED = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `65,535`; a dash where nothing is known. */
export function count(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '—' : GROUPED.format(value);
}

/** Seconds with six decimals, as captures have them. */
export function seconds(ns: number): string {
  return Number.isFinite(ns) ? (ns / 1e9).toFixed(6) : '—';
}

/** `1.42 s`, `60.5 ms`: short, for axes and countdowns. */
export function short(ns: number): string {
  if (!Number.isFinite(ns)) return '—';
  if (ns === 0) return '0';
  const abs = Math.abs(ns);
  if (abs >= 99.95e9) return `${Math.round(ns / 1e9)} s`;
  if (abs >= 0.9995e9) return `${(ns / 1e9).toFixed(2)} s`;
  if (abs >= 1e6) return `${(ns / 1e6).toFixed(abs >= 99.5e6 ? 0 : 1)} ms`;
  return `${(ns / 1e3).toFixed(0)} µs`;
}

export function size(octets: number): string {
  if (!Number.isFinite(octets)) return '—';
  return octets < 10_000 ? count(octets) : formatSize(octets);
}

export function rate(octetsPerSecond: number): string {
  return Number.isFinite(octetsPerSecond) ? (octetsPerSecond <= 0 ? '0 B/s' : formatRate(octetsPerSecond)) : '—';
}

/** For axes: `64K`, `1.5M`. */
export function axisSize(octets: number): string {
  const [value, unit] =
    octets >= 1e9
      ? [octets / 1e9, 'G']
      : octets >= 1e6
        ? [octets / 1e6, 'M']
        : octets >= 1e3
          ? [octets / 1e3, 'k']
          : [octets, ''];
  return `${Number(value.toPrecision(3))}${unit}`;
}
