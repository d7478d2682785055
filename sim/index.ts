// sash/sim: a network in one process, ruled by a seed. Pure: it runs in Node and in a browser.
export { Client, type RequestOptions, Server, TwoWay } from './applications.ts';
export { type Accept, Host } from './host.ts';
export { Consuming, Producing } from './messages.ts';
export { Network, type Node, Router, Wire, type WireOptions } from './network.ts';
export { Relay, type RelayHost, type RelayMode } from './relay.ts';
export { type Application, Session } from './session.ts';
export { EagerReader, PlannedReader, type Reader, StreamsReader, type StreamsOptions } from './readers.ts';
export { BulkWriter, type Message, PacedWriter, Silent, TimedWriter, type Writer } from './writers.ts';
export * from './scenario/index.ts';
export { THEORIES, type Theory } from './theory.ts';
export * from './explore/index.ts';
export {
  type Cell,
  checkTasks,
  keyCells,
  keyColumns,
  parseVariation,
  sweepColumns,
  sweepRow,
  type SweepTask,
  sweepTasks,
  type Variation,
} from './sweep.ts';
export {
  endingSentence,
  type Entry,
  ESTABLISHED,
  FAMILIES,
  type Family,
  type Folded,
  foldedFor,
  GALLERY,
  galleryEntry,
  galleryPicture,
  type GalleryPictureOptions,
  galleryResult,
  type GalleryRun,
  type GallerySpec,
  type How,
  type Measure,
  measuresOf,
  MOST_IN_PICTURE,
  paceSentence,
  PLACEMENT,
  refillOf,
  refillPicture,
  runGallery,
  startGallery,
  UnknownSystem,
  windowOf,
  WORKLOAD_IDS,
  WORKLOAD_KNOBS,
  WORKLOADS,
  type Workload,
  WorkloadError,
  type WorkloadId,
  type WorkloadKnob,
  type WorkloadOptions,
  workloadWith,
} from './gallery/index.ts';
