// The gallery, in a worker of the tab: puts systems through a workload one after another and tells how far it is.
import { galleryResult, type GalleryRun, startGallery } from '../../../sim/index.ts';
import { type GalleryQuestion, type GalleryTold } from './source/gallery-messages.ts';

/** Happenings of one system: a tab has less room than a terminal. */
const MOST_HAPPENINGS = 3_000_000;
/** Happenings between two looks at the clock. */
const STEP = 20_000;
/** Milliseconds between two words of progress. */
const PROGRESS_MS = 100;

export function runGalleryHere(
  { gallery, workload, options }: GalleryQuestion,
  tell: (told: GalleryTold) => void,
): void {
  const runs: GalleryRun[] = [];
  let happened = 0;
  let toldAt = performance.now();
  try {
    for (const id of gallery) {
      const run = startGallery(id, workload, { ...options, happenings: MOST_HAPPENINGS });
      while (!run.step(STEP)) {
        if (performance.now() - toldAt < PROGRESS_MS) continue;
        toldAt = performance.now();
        const fraction = (runs.length + run.now / run.workload.duration) / gallery.length;
        tell({ kind: 'progress', id, fraction, happenings: happened + run.agenda.count });
      }
      happened += run.agenda.count;
      runs.push(galleryResult(id, run));
    }
    tell({ kind: 'done', runs });
  } catch (error) {
    tell({ kind: 'fault', message: error instanceof Error ? error.message : String(error) });
  }
}
