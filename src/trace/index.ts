// The record of a run: the vocabulary of happenings, the recorder that writes them as a pcapng file, the reader, and what is
// derived from them. Everything here takes and gives octets and plain data; no file is opened.
export {
  align,
  type AlignedConversation,
  type AlignFault,
  type Alignment,
  alignClocks,
  type ClockPiece,
  type Exchange,
  hereTime,
  MOST_SEGMENTS,
  type SecondClock,
  secondClock,
  Sighter,
  Sightings,
  type Way,
} from './align/index.ts';
export { Audit, audit, type AuditReport, type Both } from './audit.ts';
export {
  CapturedPacket,
  CaptureReader,
  type CaptureSink,
  Conversation,
  type FramingFault,
  isDamage,
  MAX_CONVERSATIONS,
  type PacketFault,
  type ReadFault,
  type ReadReport,
} from './capture/index.ts';
export * from './export/index.ts';
export * from './diff/index.ts';
export {
  type Asked,
  type EndView,
  explain,
  type Explanation,
  explanationLines,
  type Moment,
  type PacketView,
  Watch,
  Watcher,
} from './explain/index.ts';
export { toJson, toJsonLine } from './jsonl.ts';
export { flagLetters, PacketdrillNotation, type SegmentNumbers } from './packetdrill.ts';
export { LinkRecorder, type LinkRecorderOptions } from './link-recorder.ts';
export { type PartitionFault, type PartitionReport } from './partition-audit.ts';
export * from './plot/index.ts';
export { Happenings, PcapngReader } from './pcapng-reader.ts';
export { type CopyOptions, PcapngWriter, type Snap } from './pcapng-writer.ts';
export { type RecordFault } from './record-reader.ts';
export { type RecordHappening, writeRecord } from './record-writer.ts';
export { isRemarkable } from './remarkable.ts';
export { Recorder, type RecorderOptions, tallySummary } from './recorder.ts';
export { RecordingFile, type RecordingFileOptions } from './recording-file.ts';
export { Show, type ShowOptions } from './show.ts';
export { type Sink, SLAB } from './slab.ts';
export { decodeUtf8, encodeUtf8 } from './utf8.ts';
export * from './check/index.ts';
export * from './summary/index.ts';
export * from './track/index.ts';
export * from './vocabulary.ts';
export { duration, endpointText, reasonClause, wallClock } from './words.ts';
export * from './feed-messages.ts';
export * from './wireshark/index.ts';
