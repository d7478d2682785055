// Which rows of a table a plot must draw so that no peak is lost: of each pixel's rows the first, the last, and those with the
// least and the most of each series. Events are not plotted this way and are never left out.
import { type RowTable } from '../data/index.ts';

export type Getter = (column: RowTable['column'], row: number) => number;

/** x in seconds, then a column of numbers or gaps for each getter. */
export type Columns = [number[], ...(number | null)[][]];

export function decimate(
  rows: RowTable,
  fromNs: number,
  untilNs: number,
  pixels: number,
  getters: readonly Getter[],
  endNs = -Infinity,
): Columns {
  const first = Math.max(0, rows.at(fromNs));
  const last = Math.min(rows.length - 1, rows.at(untilNs) + 1);
  const picked =
    last - first < pixels * 2 ? everyRow(first, last) : pickRows(rows, first, last, fromNs, untilNs, pixels, getters);
  const { column } = rows;
  const columns: Columns = [picked.map((row) => column.at[row]! / 1e9)];
  for (const get of getters) columns.push(picked.map((row) => finite(get(column, row))));
  // The last row holds until the end of what is known.
  const end = Math.min(untilNs, endNs);
  if (last === rows.length - 1 && last >= 0 && end > column.at[last]!) {
    const [seconds, ...series] = columns;
    seconds.push(end / 1e9);
    for (const values of series) values.push(values.at(-1) ?? null);
  }
  return columns;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function everyRow(first: number, last: number): number[] {
  const picked: number[] = [];
  for (let row = first; row <= last; row++) picked.push(row);
  return picked;
}

function pickRows(
  rows: RowTable,
  first: number,
  last: number,
  fromNs: number,
  untilNs: number,
  pixels: number,
  getters: readonly Getter[],
): number[] {
  const { column } = rows;
  const width = (untilNs - fromNs) / pixels;
  const picked: number[] = [];
  let begin = first;
  while (begin <= last) {
    const pixel = Math.floor((column.at[begin]! - fromNs) / width);
    let end = begin;
    while (end < last && Math.floor((column.at[end + 1]! - fromNs) / width) === pixel) end++;
    const of = new Set<number>([begin, end]);
    if (end - begin > 1) for (const get of getters) addExtremes(of, column, begin, end, get);
    picked.push(...[...of].toSorted((a, b) => a - b));
    begin = end + 1;
  }
  return picked;
}

function addExtremes(of: Set<number>, column: RowTable['column'], begin: number, end: number, get: Getter): void {
  let low = begin;
  let high = begin;
  let least = Infinity;
  let most = -Infinity;
  for (let row = begin; row <= end; row++) {
    const value = get(column, row);
    if (value < least) [least, low] = [value, row];
    if (value > most) [most, high] = [value, row];
  }
  of.add(low);
  of.add(high);
}
