// Which systems of the gallery go through which workload, as people say it: checked, in the address, and as a command.
import { QuantityError } from '../../../app/index.ts';
import {
  galleryEntry,
  UnknownSystem,
  WORKLOAD_IDS,
  WORKLOAD_KNOBS,
  type Workload,
  WorkloadError,
  type WorkloadId,
  type WorkloadOptions,
  workloadWith,
} from '../../../../sim/index.ts';

/** Systems side by side, at the most: as many as can be looked at. */
export const MOST_SYSTEMS = 6;

export interface GalleryAsked {
  ids: readonly string[];
  /** One of `WORKLOAD_IDS`, unless a link says otherwise. */
  workload: string;
  /** By the knob's name, what was typed; the workload's own where nothing was. */
  given: Readonly<Record<string, string>>;
}

export const FIRST_GALLERY: GalleryAsked = {
  ids: ['tcp', 'reactor', 'kafka-producer', 'node'],
  workload: 'freeze',
  given: {},
};

export interface GalleryWrong {
  /** The knob that is wrong; undefined if it is the choice of systems or of the workload. */
  knob: string | undefined;
  message: string;
}

export interface GalleryChecked {
  id: WorkloadId;
  options: WorkloadOptions;
  workload: Workload;
}

/** Whether it can be run; if not, what is wrong with it. */
export function checkGallery({ ids, workload, given }: GalleryAsked): GalleryChecked | GalleryWrong {
  if (ids.length === 0) return { knob: undefined, message: 'choose a system, or several' };
  if (ids.length > MOST_SYSTEMS) {
    return { knob: undefined, message: `${ids.length} systems are more than fit: take away all but ${MOST_SYSTEMS}` };
  }
  const unknown = ids.find((id) => galleryEntry(id) === undefined);
  if (unknown !== undefined) return { knob: undefined, message: `${new UnknownSystem(unknown).message}: take it away` };
  const id = WORKLOAD_IDS.find((known) => known === workload);
  if (id === undefined) return { knob: undefined, message: `there is no workload "${workload}": choose another` };
  const options: WorkloadOptions = {};
  for (const { name, key, read } of WORKLOAD_KNOBS) {
    const text = given[name];
    if (text === undefined) continue;
    try {
      options[key] = read(text);
    } catch (error) {
      if (!(error instanceof QuantityError)) throw error;
      return { knob: name, message: error.message };
    }
  }
  try {
    return { id, options, workload: workloadWith(id, options) };
  } catch (error) {
    if (!(error instanceof WorkloadError)) throw error;
    return { knob: WORKLOAD_KNOBS.find(({ key }) => key === error.key)?.name, message: error.message };
  }
}

/** `#gallery=tcp,reactor&workload=freeze&rate=2000/s` */
export function galleryLink({ ids, workload, given }: GalleryAsked): string {
  const pairs = WORKLOAD_KNOBS.filter(({ name }) => given[name] !== undefined).map(
    ({ name }) => `&${name}=${encodeURIComponent(given[name]!).replaceAll('%2F', '/')}`,
  );
  return `#gallery=${ids.map((id) => encodeURIComponent(id).replaceAll('%2F', '/')).join(',')}&workload=${encodeURIComponent(workload)}${pairs.join('')}`;
}

/** More than this is nobody's choice. */
const MOST_HASH = 1_000;

/** What a link asks for; undefined where it is none of the gallery's. What it says is checked as what is typed is. */
export function galleryAskedOf(hash: string): GalleryAsked | undefined {
  if (hash === '#gallery') return FIRST_GALLERY;
  if (!hash.startsWith('#gallery=') || hash.length > MOST_HASH) return undefined;
  const query = new URLSearchParams(hash.slice(1));
  const ids = (query.get('gallery') ?? '').split(',').filter((id) => id !== '');
  const workload = query.get('workload') ?? FIRST_GALLERY.workload;
  const given: Record<string, string> = {};
  for (const { name } of WORKLOAD_KNOBS) {
    const text = query.get(name);
    if (text !== null && text !== '') given[name] = text;
  }
  return { ids: [...new Set(ids)], workload, given };
}

/** The same in a terminal. */
export function galleryCommand({ ids, workload, given }: GalleryAsked): string {
  const flags = WORKLOAD_KNOBS.filter(({ name }) => given[name] !== undefined).map(
    ({ name }) => ` --${name} ${given[name]!.replaceAll(' ', '')}`,
  );
  return `sash gallery run ${ids.join(' ')} --workload ${workload}${flags.join('')}`;
}
