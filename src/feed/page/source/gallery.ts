// Runs systems of the gallery in a worker, with progress, until they are done or it is cancelled.
import { type GalleryRun } from '../../../../sim/index.ts';
import { type GalleryQuestion, type GalleryTold } from './gallery-messages.ts';

export type GalleryProgress = Extract<GalleryTold, { kind: 'progress' }>;

/** What went wrong, in a sentence for people. */
export class GalleryFault extends Error {}

export class GalleryJob {
  readonly #worker = new Worker('worker.js');
  #cancelled: (() => void) | undefined;

  /** The runs, in the order asked for; undefined if it was cancelled. Rejects with a GalleryFault. */
  run(
    asked: GalleryQuestion,
    onProgress: (progress: GalleryProgress) => void,
  ): Promise<readonly GalleryRun[] | undefined> {
    return new Promise<readonly GalleryRun[] | undefined>((resolve, reject) => {
      this.#cancelled = () => resolve(undefined);
      this.#worker.addEventListener('error', (event) => {
        event.preventDefault();
        reject(new GalleryFault(`the gallery could not be run: ${event.message || 'its script did not load'}`));
      });
      this.#worker.addEventListener('message', ({ data }: MessageEvent<GalleryTold>) => {
        if (data.kind === 'progress') onProgress(data);
        else if (data.kind === 'fault') reject(new GalleryFault(data.message));
        else resolve(data.runs);
      });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- of windows; a worker has none
      this.#worker.postMessage(asked);
    }).finally(() => this.#worker.terminate());
  }

  cancel(): void {
    this.#worker.terminate();
    this.#cancelled?.();
  }
}
