// The record of a run: the vocabulary of happenings, the recorder that writes them as a pcapng file, the reader, and what is
// derived from them. Everything here takes and gives octets and plain data; no file is opened.
export { type FramingFault } from './block-reader.ts';
export { PcapngReader, type PacketFault, type ReadFault, type ReadReport } from './pcapng-reader.ts';
export { type Snap } from './pcapng-writer.ts';
export { type RecordFault } from './record-reader.ts';
export { Recorder, type RecorderOptions, tallySummary } from './recorder.ts';
export { type Sink, SLAB } from './slab.ts';
export { decodeUtf8, encodeUtf8 } from './utf8.ts';
export * from './vocabulary.ts';
