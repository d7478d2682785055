// The gallery, in the simulate tab: several systems put through one workload, their queues watched side by side.
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { type GalleryRun, PLACEMENT, type Workload } from '../../../../sim/index.ts';
import { GalleryFault, GalleryJob, type GalleryProgress } from '../source/gallery.ts';
import { count } from '../view/format.ts';
import { checkGallery, type GalleryAsked, galleryCommand, galleryLink } from '../view/gallery-asked.ts';
import { commonScale, GALLERY_PLOTS, type ScaleChoice, SCALES } from '../view/gallery-series.ts';
import { GALLERY_SPEEDS, type GalleryView } from '../view/gallery-view.ts';
import { useView } from '../view/use.ts';
import { ChosenSystems, knobLabel, SystemChoice, WorkloadChoice, WorkloadKnobs } from './gallery-choice.tsx';
import { GalleryPlot } from './gallery-plot.tsx';
import { GalleryResults, Mechanisms } from './gallery-results.tsx';
import { Transport } from './transport.tsx';

interface Shown {
  runs: readonly GalleryRun[];
  asked: GalleryAsked;
  workload: Workload;
}

export function Gallery({ linked, view }: { linked: GalleryAsked; view: GalleryView }) {
  const trouble = useId();
  const [asked, setAsked] = useState(linked);
  const [progress, setProgress] = useState<GalleryProgress>();
  const [fault, setFault] = useState('');
  const [shown, setShown] = useState<Shown>();
  const running = useRef<GalleryJob | undefined>(undefined);
  const checked = useMemo(() => checkGallery(asked), [asked]);
  const wrong = 'message' in checked ? checked : undefined;

  const run = async (of: GalleryAsked): Promise<void> => {
    const ready = checkGallery(of);
    if ('message' in ready) return;
    running.current?.cancel();
    setFault('');
    setProgress({ kind: 'progress', id: of.ids[0]!, fraction: 0, happenings: 0 });
    const job = new GalleryJob();
    running.current = job;
    try {
      const runs = await job.run({ gallery: of.ids, workload: ready.id, options: ready.options }, setProgress);
      if (runs !== undefined) {
        setShown({ runs, asked: of, workload: ready.workload });
        view.showRuns(runs, matchMedia('(prefers-reduced-motion: reduce)').matches ? 'end' : 'playing');
        history.replaceState(null, '', galleryLink(of));
      }
    } catch (error) {
      if (!(error instanceof GalleryFault)) throw error;
      setFault(error.message);
    } finally {
      if (running.current === job) {
        running.current = undefined;
        setProgress(undefined);
      }
    }
  };
  useEffect(() => {
    setAsked(linked);
    void run(linked);
    return () => running.current?.cancel();
  }, [linked]);
  const change = (changed: Partial<GalleryAsked>): void => {
    setFault('');
    setAsked({ ...asked, ...changed });
  };
  const parts = { asked, change };
  const said = wrong?.knob === undefined ? (wrong?.message ?? fault) : `${knobLabel(wrong.knob)}: ${wrong.message}`;
  return (
    <>
      <form
        class="simulate"
        onSubmit={(event) => {
          event.preventDefault();
          void run(asked);
        }}
      >
        <div class="row">
          <WorkloadChoice {...parts} />
          <WorkloadKnobs {...parts} where="row" wrong={wrong?.knob} trouble={trouble} />
          <span class="buttons">
            {progress === undefined ? (
              <button key="run" type="submit" class="main" disabled={wrong !== undefined}>
                run
              </button>
            ) : (
              <button key="cancel" type="button" class="main" onClick={() => running.current?.cancel()}>
                cancel
              </button>
            )}
          </span>
        </div>
        <div class="unfold">
          <ChosenSystems {...parts} />
          <details>
            <summary>choose systems</summary>
            <SystemChoice {...parts} />
          </details>
          <details open={wrong?.knob !== undefined || undefined}>
            <summary>more of the workload</summary>
            <div class="row">
              <WorkloadKnobs {...parts} where="more" wrong={wrong?.knob} trouble={trouble} />
            </div>
          </details>
        </div>
        {said !== '' && (
          <p class="trouble" role="alert" id={trouble}>
            {said[0]!.toUpperCase() + said.slice(1)}.
          </p>
        )}
        {progress !== undefined && <Running progress={progress} />}
      </form>
      {shown !== undefined && <ShownRuns shown={shown} view={view} isOld={shown.asked !== asked} />}
    </>
  );
}

function Running({ progress: { id, fraction, happenings } }: { progress: GalleryProgress }) {
  return (
    <p class="running" role="status">
      <progress max={1} value={fraction} aria-label="Running" /> {id}, {count(happenings)} happenings
    </p>
  );
}

function ShownRuns({
  shown: { runs, asked, workload },
  view,
  isOld,
}: {
  shown: Shown;
  view: GalleryView;
  isOld: boolean;
}) {
  useView();
  const [kindId, setKind] = useState('items');
  const [scaleChoice, setScale] = useState<ScaleChoice>('as fits');
  const kind = GALLERY_PLOTS.find(({ id }) => id === kindId)!;
  const scale = useMemo(() => commonScale(kind, runs, scaleChoice), [kind, runs, scaleChoice]);
  // They are the same at every moment.
  const outcome = useMemo(
    () => (
      <>
        <GalleryResults runs={runs} />
        <Mechanisms runs={runs} />
      </>
    ),
    [runs],
  );
  return (
    <div class="gallery">
      <p class="lesson">
        <b>{workload.id}</b>: {workload.about} {PLACEMENT}
        {isOld && <i> What is shown is of before the last change: run it to see.</i>}
      </p>
      <div class="choices">
        <label>
          show{' '}
          <select value={kindId} onChange={(event) => setKind(event.currentTarget.value)}>
            {GALLERY_PLOTS.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <label>
          scale{' '}
          <select value={scaleChoice} onChange={(event) => setScale(SCALES[event.currentTarget.selectedIndex]!)}>
            {SCALES.map((choice) => (
              <option key={choice}>{choice}</option>
            ))}
          </select>
        </label>
        {scale.linearTo !== undefined && (
          <span class="note">The scale goes by factors: the same step up is the same number of times as much.</span>
        )}
      </div>
      <h2 class="unseen">Side by side</h2>
      <div class={`gallery-plots of-${runs.length}`}>
        {runs.map((run) => (
          <GalleryPlot
            key={run.id}
            run={run}
            name={run.name}
            kind={kind}
            scale={scale}
            view={view}
            disturbance={disturbanceOf(workload)}
          />
        ))}
      </div>
      {outcome}
      <p class="note">
        The same in a terminal: <code>{galleryCommand(asked)}</code>
      </p>
      <Transport of="sample" step={(way) => view.step(way)} aims={[]} speeds={GALLERY_SPEEDS} />
    </div>
  );
}

function disturbanceOf({ freeze, losses }: Workload): string {
  if (freeze !== undefined) return Number.isFinite(freeze.to) ? 'the consumer stands still' : 'the consumer is dead';
  return losses === undefined ? '' : 'signals are lost';
}
