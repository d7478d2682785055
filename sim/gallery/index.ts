// sash/sim, the gallery: the flow control of systems that people use, beside TCP's.
export * from './model.ts';
export * from './gates.ts';
export * from './rules.ts';
export * from './store.ts';
export { batched, hop } from './hop.ts';
export * from './systems/index.ts';
export {
  GALLERY,
  galleryEntry,
  galleryResult,
  type GalleryRun,
  runGallery,
  startGallery,
  UnknownSystem,
} from './gallery.ts';
export { type Ending, MEMORY, MOST_EVENTS } from './ending.ts';
export { Run } from './run.ts';
export { type Ledger } from './stock.ts';
export { type Quantiles, type Series } from './tally.ts';
export {
  WORKLOAD_IDS,
  WORKLOADS,
  type Workload,
  WorkloadError,
  type WorkloadId,
  type WorkloadOptions,
  workloadWith,
} from './workloads.ts';
export {
  endingSentence,
  ESTABLISHED,
  type Measure,
  measuresOf,
  paceSentence,
  PLACEMENT,
  refillOf,
  windowOf,
} from './measures.ts';
export { WORKLOAD_KNOBS, type WorkloadKnob } from './knobs.ts';
export {
  type Folded,
  foldedFor,
  galleryPicture,
  type GalleryPictureOptions,
  type GallerySpec,
  MOST_IN_PICTURE,
  refillPicture,
} from './picture.ts';
