// What an observer with the token may do (`--control`): how fast the application reads or writes, stop, one chunk, the link, and
// of a simulation its pace. Each is answered, and marked in the recording.
import { useState } from 'preact/hooks';
import { type ControlOperation } from '../../../trace/index.ts';
import { type FeedClient } from '../source/live.ts';
import { rate } from '../view/format.ts';
import { useView } from '../view/use.ts';

/** The slider's places: not at all, powers of two from 1 KiB/s on, and as fast as it can. */
const PLACES = 21;
const FULL = PLACES;

export function Control({ feed }: { feed: FeedClient }) {
  const view = useView();
  const operations = feed.hello?.operations ?? [];
  if (operations.length === 0 || feed.status !== 'live') return null;
  const may = (operation: ControlOperation['operation']): boolean => operations.includes(operation);
  const followed = [...feed.followed.values()].filter(({ flow }) => flow === view.flow);
  return (
    <section class="control" aria-label="Control">
      {followed.map(({ connection, side, state }) => (
        <Pace
          key={connection.connection}
          name={side === 0 ? 'writer' : 'reader'}
          octetsPerSecond={state?.application.paceOctetsPerSecond ?? null}
          isStopped={state?.application.isStopped === true}
          may={may}
          say={(operation) => feed.control({ ...operation, connection: connection.connection })}
        />
      ))}
      {may('rule') && <Rule feed={feed} links={feed.links} />}
      {may('pause') && <Steps feed={feed} />}
    </section>
  );
}

interface PaceProps {
  name: string;
  octetsPerSecond: number | null;
  isStopped: boolean;
  may: (operation: ControlOperation['operation']) => boolean;
  say: (
    operation: { operation: 'pace'; octetsPerSecond: number | null } | { operation: 'stop' | 'resume' | 'chunk' },
  ) => void;
}

function Pace({ name, octetsPerSecond, isStopped, may, say }: PaceProps) {
  const place = placeOf(octetsPerSecond);
  const [held, setHeld] = useState<number>();
  const shown = held ?? Math.min(FULL, Math.max(0, place));
  return (
    <div class="pace">
      <label>
        {name}’s pace{' '}
        <input
          type="range"
          min={0}
          max={FULL}
          step={0.25}
          value={shown}
          disabled={!may('pace')}
          aria-valuetext={paceOf(shown)}
          onInput={(event) => {
            setHeld(Number(event.currentTarget.value));
            say({ operation: 'pace', octetsPerSecond: octetsOf(Number(event.currentTarget.value)) });
          }}
          onChange={() => setHeld(undefined)}
        />
        <output>{paceOf(shown)}</output>
      </label>
      {may('stop') && (
        <button
          type="button"
          aria-pressed={isStopped}
          onClick={() => say({ operation: isStopped ? 'resume' : 'stop' })}
        >
          {isStopped ? `let the ${name} go on` : `stop the ${name}`}
        </button>
      )}
      {may('chunk') && (
        <button type="button" disabled={!isStopped} onClick={() => say({ operation: 'chunk' })}>
          one chunk
        </button>
      )}
    </div>
  );
}

function octetsOf(place: number): number | null {
  if (place <= 0) return 0;
  return place >= FULL ? null : Math.round(512 * 2 ** place);
}

function placeOf(octetsPerSecond: number | null): number {
  if (octetsPerSecond === null) return FULL;
  return octetsPerSecond <= 0 ? 0 : Math.max(0.25, Math.log2(octetsPerSecond / 512));
}

function paceOf(place: number): string {
  const octets = octetsOf(place);
  if (octets === 0) return 'not at all';
  return octets === null ? 'as fast as it can' : rate(octets);
}

function Rule({ feed, links }: { feed: FeedClient; links: readonly string[] }) {
  const [text, setText] = useState('');
  const [link, setLink] = useState('');
  const chosen = link === '' ? (links[0] ?? 'out') : link;
  const submit = (event: Event): void => {
    event.preventDefault();
    const isRule = /^(?:drop|delay|duplicate|corrupt)\b(?!=)/.test(text.trim());
    feed.control({ operation: isRule ? 'rule' : 'link', link: chosen, text: text.trim() });
  };
  return (
    <form class="rule" onSubmit={submit}>
      <label>
        link{' '}
        {links.length > 1 ? (
          <select value={chosen} onChange={(event) => setLink(event.currentTarget.value)}>
            {links.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        ) : (
          chosen
        )}
        <input
          type="text"
          aria-label="Rule or link"
          value={text}
          placeholder="drop window-update nth 1, or delay=50ms loss=1%"
          spellcheck={false}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={text.trim() === ''}>
        apply
      </button>
    </form>
  );
}

const SPEEDS: readonly [string, number | null][] = [
  ['0.01 ×', 0.01],
  ['0.1 ×', 0.1],
  ['1 ×', 1],
  ['10 ×', 10],
  ['as fast as it can', null],
];

function Steps({ feed }: { feed: FeedClient }) {
  return (
    <div class="steps">
      simulation{' '}
      <button type="button" onClick={() => feed.control({ operation: 'pause' })}>
        stand still
      </button>
      <button type="button" onClick={() => feed.control({ operation: 'step', happenings: 1 })}>
        one happening
      </button>
      <button type="button" onClick={() => feed.control({ operation: 'play' })}>
        go on
      </button>
      <label>
        <span class="unseen">Virtual time over wall time</span>
        <select
          onChange={(event) =>
            feed.control({ operation: 'speed', speed: SPEEDS[event.currentTarget.selectedIndex]![1] })
          }
        >
          {SPEEDS.map(([name, speed]) => (
            <option key={name} selected={speed === 1}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
