// Which systems, found by name and grouped by family, and which workload with what changed of it.
import { useId, useState } from 'preact/hooks';
import {
  type Entry,
  FAMILIES,
  GALLERY,
  galleryEntry,
  paceSentence,
  WORKLOAD_IDS,
  type Workload,
  WORKLOADS,
} from '../../../../sim/index.ts';
import { formatDuration, formatRate, formatSize } from '../../../app/index.ts';
import { type GalleryAsked, MOST_SYSTEMS } from '../view/gallery-asked.ts';

interface ChoiceProps {
  asked: GalleryAsked;
  change: (changed: Partial<GalleryAsked>) => void;
}

/** Those chosen, each with a button that takes it away. */
export function ChosenSystems({ asked: { ids }, change }: ChoiceProps) {
  return (
    <ul class="chosen-systems" aria-label="Systems chosen">
      {ids.map((id) => (
        <li key={id}>
          {id}
          <button
            type="button"
            class="quiet"
            aria-label={`take ${id} away`}
            onClick={() => change({ ids: ids.filter((other) => other !== id) })}
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}

export function SystemChoice({ asked: { ids }, change }: ChoiceProps) {
  const [sought, setSought] = useState('');
  const isFull = ids.length >= MOST_SYSTEMS;
  const found = GALLERY.filter((entry) => isFound(entry, sought));
  const bare = galleryEntry(sought.trim());
  if (found.length === 0 && bare !== undefined) found.push(bare);
  const toggle = (id: string): void =>
    change({ ids: ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id] });
  return (
    <div class="system-choice">
      <label>
        find{' '}
        <input
          type="text"
          value={sought}
          placeholder="credit, kafka, 256/128 …"
          spellcheck={false}
          onInput={(event) => setSought(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') event.preventDefault();
          }}
        />
      </label>{' '}
      <span role="status" class="note">
        {isFull
          ? `${MOST_SYSTEMS} are chosen, which is the most: take one away for another.`
          : found.length === 0
            ? `Nothing is called so. A bare window is W/m: 256 items, more after every 128, is 256/128.`
            : `${ids.length} of at most ${MOST_SYSTEMS} chosen`}
      </span>
      <div class="families" tabIndex={0} role="region" aria-label="Systems by family">
        <div>
          {FAMILIES.map((family) => {
            const own = found.filter((entry) => entry.family === family);
            return own.length === 0 ? null : (
              <fieldset key={family}>
                <legend>{family}</legend>
                {own.map(({ id, name }) => (
                  <label key={id} title={name}>
                    <input
                      type="checkbox"
                      checked={ids.includes(id)}
                      disabled={isFull && !ids.includes(id)}
                      onChange={() => toggle(id)}
                    />{' '}
                    {id} <small>{name}</small>
                  </label>
                ))}
              </fieldset>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** Every word of what is sought stands somewhere in what it is called, said or done. */
function isFound({ id, name, family, signal, mechanism, whenFull }: Entry, sought: string): boolean {
  const text = `${id} ${name} ${family} ${signal} ${whenFull} ${mechanism}`.toLowerCase();
  return sought
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

export function WorkloadChoice({ asked: { workload }, change }: ChoiceProps) {
  const isKnown = WORKLOAD_IDS.some((id) => id === workload);
  return (
    <label>
      workload{' '}
      <select value={workload} onChange={(event) => change({ workload: event.currentTarget.value, given: {} })}>
        {!isKnown && <option value={workload}>{workload}</option>}
        {WORKLOAD_IDS.map((id) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </select>
    </label>
  );
}

interface KnobWords {
  label: string;
  about: string;
  /** What the workload itself has. */
  own: (workload: Workload) => string;
}

/** By the knob's name. The first four stand in the row, the others behind a disclosure. */
const KNOBS: Readonly<Record<string, KnobWords>> = {
  rate: { label: 'produced', about: 'items a second, as in 4000/s, or max', own: ({ produces }) => pace(produces) },
  consume: {
    label: 'consumed',
    about: 'items a second of the first consumer, as in 500/s, or max',
    own: ({ consumers }) => pace(consumers[0]!.perSecond),
  },
  delay: { label: 'delay', about: 'one way, as in 50ms', own: ({ delay }) => formatDuration(delay) },
  duration: { label: 'duration', about: 'as in 30s', own: ({ duration }) => formatDuration(duration) },
  size: { label: 'item size', about: 'of every item, as in 64KiB', own: ({ meanSize }) => formatSize(meanSize) },
  line: { label: 'line', about: 'what it carries, as in 10Mbit/s', own: ({ line }) => formatRate(line) },
  items: { label: 'items in all', about: 'the producer ends after so many', own: () => 'no end' },
  dies: { label: 'consumer dies at', about: 'it stops for good, as at 2s', own: () => 'never' },
  memory: { label: 'memory', about: 'a run that holds more is ended, as in 64MiB', own: () => '1 GiB' },
  seed: { label: 'seed', about: 'of what is lost by chance', own: () => '1' },
};
/** What the field of a knob is called. */
export function knobLabel(name: string): string {
  return KNOBS[name]?.label ?? name;
}

const IN_ROW: readonly string[] = ['rate', 'consume', 'delay', 'duration'];

function pace(perSecond: number): string {
  return perSecond === Infinity ? 'max' : paceSentence(perSecond);
}

interface KnobProps extends ChoiceProps {
  where: 'row' | 'more';
  /** The one that is wrong. */
  wrong: string | undefined;
  /** What says why. */
  trouble: string;
}

export function WorkloadKnobs({ asked, change, where, wrong, trouble }: KnobProps) {
  const id = useId();
  const workload = WORKLOADS[WORKLOAD_IDS.find((known) => known === asked.workload) ?? WORKLOAD_IDS[0]];
  const shown = Object.entries(KNOBS).filter(([name]) => IN_ROW.includes(name) === (where === 'row'));
  const set = (name: string, typed: string): void => {
    const { [name]: _, ...others } = asked.given;
    const text = typed.trim();
    change({ given: text === '' ? others : { ...others, [name]: text } });
  };
  return (
    <>
      {shown.map(([name, { label, about, own }]) => (
        <label key={name} title={about} for={`${id}-${name}`}>
          {label}{' '}
          <input
            id={`${id}-${name}`}
            type="text"
            size={9}
            value={asked.given[name] ?? ''}
            placeholder={own(workload)}
            aria-invalid={wrong === name}
            {...(wrong === name ? { 'aria-describedby': trouble } : {})}
            spellcheck={false}
            autocomplete="off"
            onChange={(event) => set(name, event.currentTarget.value)}
          />
        </label>
      ))}
    </>
  );
}
