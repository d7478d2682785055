// What the page and the worker say to each other of the gallery.
import { type GalleryRun, type WorkloadId, type WorkloadOptions } from '../../../../sim/index.ts';

export interface GalleryQuestion {
  gallery: readonly string[];
  workload: WorkloadId;
  options: WorkloadOptions;
}

export type GalleryTold =
  /** `fraction` is of all of them, from 0 to 1. */
  | { kind: 'progress'; id: string; fraction: number; happenings: number }
  | { kind: 'done'; runs: readonly GalleryRun[] }
  | { kind: 'fault'; message: string };
