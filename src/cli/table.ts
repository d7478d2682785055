// A table that grows row by row, and may be stopped and go on: comma-separated values (RFC 4180), and Parquet made of them.
import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { type Cell } from '../../sim/index.ts';
import { fileSentence, usage } from './faults.ts';

/** The file, which always holds the first so many rows of the grid. */
export class Table {
  /** Rows that are in it. */
  rows = 0;
  readonly #file: string;
  /** Rows that wait for an earlier one. */
  readonly #waiting = new Map<number, Cell[]>();

  /** @throws Fault where the file holds another sweep */
  constructor(file: string, columns: readonly string[], keys: readonly string[]) {
    this.#file = file;
    const header = csv(columns);
    try {
      if (existsSync(file)) this.#resume(header, keys);
      else writeFileSync(file, `${header}\n`);
    } catch (error) {
      if (error instanceof Error && 'syscall' in error) throw usage(fileSentence(error, file, 'write'), error);
      throw error;
    }
  }

  add(index: number, row: Cell[]): void {
    this.#waiting.set(index, row);
    let text = '';
    for (let next = this.#waiting.get(this.rows); next !== undefined; next = this.#waiting.get(this.rows)) {
      text += `${csv(next)}\n`;
      this.#waiting.delete(this.rows++);
    }
    if (text !== '') appendFileSync(this.#file, text);
  }

  /** Counts the rows; one that is cut short is taken away. */
  #resume(header: string, keys: readonly string[]): void {
    const text = readFileSync(this.#file, 'utf8');
    const [found, ...rows] = text.split('\n').slice(0, -1);
    const isOurs =
      found === header && rows.length <= keys.length && rows.every((row, i) => row.startsWith(`${keys[i]!},`));
    if (!isOurs) throw usage(`${this.#file} holds another table: name another file, or remove it`);
    this.rows = rows.length;
    truncateSync(this.#file, Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1)));
  }
}

/** A line. */
export function csv(cells: readonly Cell[]): string {
  return cells
    .map((cell) => (typeof cell === 'string' && /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : String(cell)))
    .join(',');
}

/** The cells of a line; what looks like a number is one. */
export function parseCsv(line: string): Cell[] {
  const cells: Cell[] = [];
  for (const [, quoted, plain = ''] of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)) {
    if (quoted !== undefined) cells.push(quoted.replaceAll('""', '"'));
    else cells.push(plain !== '' && Number.isFinite(Number(plain)) ? Number(plain) : plain);
  }
  return cells;
}

/** Writes a table of comma-separated values as Parquet: columns of numbers, with gaps where there were none, and of words. */
export async function toParquet(from: string, to: string): Promise<void> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const [header = [], ...rows] = readFileSync(from, 'utf8').trimEnd().split('\n').map(parseCsv);
  const columnData = header.map((name, column) => {
    const cells = rows.map((row) => row[column] ?? '');
    if (cells.every((cell) => typeof cell === 'number' || cell === '')) {
      const data = cells.map((cell) => (cell === '' ? null : cell));
      return { name: String(name), data, type: 'DOUBLE' as const, nullable: true };
    }
    return { name: String(name), data: cells.map(String), type: 'STRING' as const };
  });
  writeFileSync(to, new Uint8Array(parquetWriteBuffer({ columnData })));
}
