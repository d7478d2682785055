// Pause, step, rewind: the controls of time, and where in the run the cursor is.
import { type Aim, goTo, step as stepPacket } from '../view/steps.ts';
import { seconds } from '../view/format.ts';
import { useView } from '../view/use.ts';
import { Icon } from './icons.tsx';

const SPEEDS = [0.01, 0.1, 0.25, 0.5, 1, 2, 5, 10];

const AIMS: readonly [Aim, string, string][] = [
  ['zero-window', 'Z', 'next zero window'],
  ['probe', 'P', 'next probe'],
  ['block', 'B', 'next block of the sender'],
  ['retransmission', 'R', 'next retransmission'],
];

interface TransportProps {
  /** What the arrows go to. */
  of?: string;
  step?: (way: 1 | -1) => void;
  aims?: typeof AIMS;
  speeds?: readonly number[];
}

export function Transport({ of = 'packet', step: stepping, aims = AIMS, speeds = SPEEDS }: TransportProps) {
  const view = useView();
  const step = stepping ?? ((way: 1 | -1): void => stepPacket(view, way));
  const { beginNs, endNs } = view;
  const isLive = view.run?.isGrowing === true;
  const isGoing = view.isPlaying || (view.isFollowing && isLive);
  const length = Math.max(1, endNs - beginNs);
  return (
    <footer class="transport" aria-label="Time">
      <div class="buttons">
        <button type="button" onClick={() => step(-1)} aria-label={`Previous ${of}`} title={`previous ${of} (←)`}>
          <Icon name="back" />
        </button>
        <button
          type="button"
          class="main"
          onClick={() => (isGoing ? view.pause() : view.play())}
          aria-label={isGoing ? 'Pause' : 'Play'}
          title="play, pause (space)"
        >
          <Icon name={isGoing ? 'pause' : 'play'} />
        </button>
        <button type="button" onClick={() => step(1)} aria-label={`Next ${of}`} title={`next ${of} (→)`}>
          <Icon name="on" />
        </button>
      </div>
      <output class="clock" aria-label="Cursor">
        {seconds(view.cursorNs)} <small>of {seconds(endNs)} s</small>
      </output>
      <input
        type="range"
        min={0}
        max={10_000}
        step={1}
        value={((view.cursorNs - beginNs) / length) * 10_000}
        aria-label="Moment shown"
        aria-valuetext={`${seconds(view.cursorNs)} seconds`}
        onInput={(event) => {
          view.isPlaying = false;
          view.moveTo(beginNs + (Number(event.currentTarget.value) / 10_000) * length);
        }}
      />
      <div class="buttons">
        {aims.map(([aim, letter, what]) => (
          <button
            key={aim}
            type="button"
            title={`${what} (${letter})`}
            aria-label={what}
            onClick={() => goTo(view, aim)}
          >
            {letter}
          </button>
        ))}
      </div>
      <label>
        <span class="unseen">Speed</span>
        <select
          value={String(view.speed)}
          onChange={(event) => {
            view.speed = Number(event.currentTarget.value);
            view.touch();
          }}
        >
          {speeds.map((speed) => (
            <option key={speed} value={String(speed)}>
              {speed} ×
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        disabled={!view.isZoomed}
        onClick={() => view.fit()}
        title="show all (double click on a plot)"
      >
        all
      </button>
      {isLive && (
        <button
          type="button"
          class={view.isFollowing ? 'live on' : 'live'}
          aria-pressed={view.isFollowing}
          onClick={() => view.follow()}
        >
          ● live
        </button>
      )}
    </footer>
  );
}
