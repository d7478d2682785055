// What recordings and captures become for other tools: writers that take happenings and give text, or rows, piece by piece.
export { CsvExport } from './csv.ts';
export { type Cell, type Column, type ColumnType, PACKET_COLUMNS, PacketRows } from './packet-rows.ts';
export { QLOG_EVENTS, type QlogEvent, qlogName } from './qlog-events.ts';
export { QlogExport, SIMULATION_SCHEMA, TCP_SCHEMA, toQlogData } from './qlog.ts';
export { QvisExport } from './qvis.ts';
export { JsonLinesExport, type TextExport } from './text-export.ts';
export { type XplotGraph, XplotExport } from './xplot.ts';
