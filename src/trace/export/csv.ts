// Comma-separated values (RFC 4180): a header, and a row for each packet. Lines end in CR LF, as the RFC has it; a cell with a
// comma, a quote or a line's end stands in quotes. What begins like a formula is left as it is: this is data, for programs.
import { type Happening } from '../vocabulary.ts';
import { type Cell, PACKET_COLUMNS, PacketRows } from './packet-rows.ts';
import { type TextExport } from './text-export.ts';

const HEADER = PACKET_COLUMNS.map(({ name }) => name).join(',');

export class CsvExport implements TextExport {
  readonly #rows = new PacketRows();
  #hasHeader = false;

  take(happening: Happening): string {
    const row = this.#rows.take(happening);
    return row === undefined ? '' : `${this.#header()}${row.map(cell).join(',')}\r\n`;
  }

  end(): string {
    return this.#header();
  }

  #header(): string {
    if (this.#hasHeader) return '';
    this.#hasHeader = true;
    return `${HEADER}\r\n`;
  }
}

function cell(value: Cell): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
