// `sash gallery`: lists the systems, tells one, and puts several through a workload.
import { writeFileSync } from 'node:fs';
import {
  endingSentence,
  type Entry,
  FAMILIES,
  GALLERY,
  galleryEntry,
  galleryPicture,
  galleryResult,
  type GalleryRun,
  MOST_IN_PICTURE,
  PLACEMENT,
  refillPicture,
  startGallery,
  WORKLOAD_KNOBS,
  WORKLOAD_IDS,
  type Workload,
  WorkloadError,
  type WorkloadId,
  type WorkloadOptions,
} from '../../sim/index.ts';
import { QuantityError } from '../app/index.ts';
import { EXIT, type ExitCode, fileSentence, usage } from './faults.ts';
import { figureSvg, type FigureSpec, svgPng } from './figure-image.ts';
import { type Given } from './flag.ts';
import { compareLines, listLines, showLines } from './gallery-report.ts';
import { didYouMean } from './nearest.ts';
import { print } from './print.ts';
import { Talk } from './talk.ts';

/** Happenings between two looks at the clock, and how long a run may take before it says how far it is, in ms. */
const STEP = 100_000;
const PATIENCE = 500;

/** What an action has to say: on standard output, on standard error, and in a file. */
export interface GalleryOutcome {
  text: string;
  remark?: string;
  picture?: { file: string; content: string | Uint8Array };
}

export function galleryList(argv: Given): Promise<ExitCode> {
  return tell(listOutcome(argv), argv);
}

export function galleryShow(argv: Given): Promise<ExitCode> {
  const entry = find(text(argv, 'system') ?? '');
  const said = argv['json'] === true ? JSON.stringify(entryJson(entry), null, 2) : showLines(entry).join('\n');
  return tell(Promise.resolve({ text: `${said}\n` }), argv);
}

export function galleryRun(argv: Given): Promise<ExitCode> {
  return tell(runOutcome(argv), argv);
}

/** @throws Fault */
async function tell(outcome: Promise<GalleryOutcome>, argv: Given): Promise<ExitCode> {
  const { text: said, remark, picture } = await outcome;
  await print(said);
  if (remark !== undefined) new Talk({ isQuiet: argv['json'] === true }).say(remark);
  if (picture === undefined) return EXIT.done;
  try {
    writeFileSync(picture.file, picture.content);
  } catch (error) {
    throw usage(fileSentence(error, picture.file, 'write'), error);
  }
  return EXIT.done;
}

/** @throws Fault */
export async function listOutcome(argv: Given): Promise<GalleryOutcome> {
  const out = text(argv, 'out');
  if (argv['json'] === true) return { text: `${JSON.stringify(GALLERY.map(entryJson), null, 2)}\n` };
  if (out === undefined) return { text: `${listLines().join('\n')}\n` };
  return { text: '', picture: { file: out, content: await drawn(out, refillPicture(GALLERY, theme(argv))) } };
}

/** @throws Fault */
export async function runOutcome(argv: Given): Promise<GalleryOutcome> {
  const ids = [...new Set([argv['systems'] ?? []].flat().map(String).flatMap(namesOf))];
  const workload = workloadOf(text(argv, 'workload') ?? 'slow-consumer');
  const options = optionsOf(argv);
  const out = text(argv, 'out');
  if (out !== undefined) checkPicture(out, ids.length);
  const talk = new Talk({ isQuiet: argv['json'] === true });
  const done = ids.map((id) => runOne(id, workload, options, talk));
  talk.erase();
  const runs = done.map(({ result }) => result);
  const used = done[0]!.workload;
  const outcome: GalleryOutcome =
    argv['json'] === true
      ? { text: `${JSON.stringify(document(runs, used, options), null, 1)}\n` }
      : { text: `${compareLines(runs, used).join('\n')}\n`, remark: PLACEMENT };
  if (out === undefined) return outcome;
  const title = text(argv, 'title');
  const spec = galleryPicture(runs, { ...theme(argv), ...(title === undefined ? {} : { title }) });
  return { ...outcome, picture: { file: out, content: await drawn(out, spec) } };
}

function runOne(
  id: string,
  workload: WorkloadId,
  options: WorkloadOptions,
  talk: Talk,
): { result: GalleryRun; workload: Workload } {
  try {
    const run = startGallery(id, workload, options);
    const began = performance.now();
    while (!run.step(STEP)) {
      if (performance.now() - began < PATIENCE) continue;
      const part = Math.floor((100 * run.now) / run.workload.duration);
      talk.draw([`${id}: ${part} %, ${run.agenda.count} happenings`]);
    }
    return { result: galleryResult(id, run), workload: run.workload };
  } catch (error) {
    if (!(error instanceof WorkloadError)) throw error;
    const { name } = WORKLOAD_KNOBS.find(({ key }) => key === error.key)!;
    throw usage(`--${name}: that cannot be run: ${error.message}`, error);
  }
}

/** A name of a system, of a family, or all that are no contrasts; W/m is a bare window. */
function namesOf(name: string): string[] {
  if (name === 'all') return GALLERY.map(({ id }) => id);
  const family = GALLERY.filter((entry) => entry.family.replaceAll(' ', '-') === name || entry.family === name);
  return galleryEntry(name) === undefined && family.length > 0 ? family.map(({ id }) => id) : [find(name).id];
}

/** @throws Fault */
function find(id: string): Entry {
  const entry = galleryEntry(id);
  if (entry !== undefined) return entry;
  const families = FAMILIES.map((family) => family.replaceAll(' ', '-'));
  const meant = didYouMean(id, [...GALLERY.map((known) => known.id), ...families, 'all']);
  throw usage(`there is no system "${id}".${meant} See: sash gallery list; a bare window is W/m, as in 256/128`);
}

/** @throws Fault */
function workloadOf(name: string): WorkloadId {
  const id = WORKLOAD_IDS.find((known) => known === name);
  if (id !== undefined) return id;
  throw usage(`--workload: there is no "${name}": choose ${WORKLOAD_IDS.join(', ')}.${didYouMean(name, WORKLOAD_IDS)}`);
}

/** @throws Fault */
function optionsOf(argv: Given): WorkloadOptions {
  const options: WorkloadOptions = {};
  const set = (name: string, key: keyof WorkloadOptions, read: (given: string) => number): void => {
    const given = text(argv, name);
    if (given === undefined) return;
    try {
      options[key] = read(given);
    } catch (error) {
      throw error instanceof QuantityError ? usage(`--${name}: ${error.message}`, error) : error;
    }
  };
  for (const { name, key, read } of WORKLOAD_KNOBS) set(name, key, read);
  return options;
}

function text(argv: Given, name: string): string | undefined {
  const value = argv[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw usage(`--${name}: a single value is expected, and it is given more than once`);
  return value;
}

function theme(argv: Given): { theme?: 'dark' } {
  return argv['dark'] === true ? { theme: 'dark' } : {};
}

/** Without functions. */
function entryJson(entry: Entry): object {
  return { ...entry, hops: undefined };
}

/** Infinite times and numbers are null in JSON: for ever, as many as are wanted. */
function document(runs: readonly GalleryRun[], workload: Workload, options: WorkloadOptions): object {
  const { size: _, ...described } = workload;
  return {
    schema: 'sash-gallery-1',
    note: PLACEMENT,
    workload: described,
    seed: options.seed ?? 1,
    runs: runs.map((run) => ({
      ...run,
      ending: { ...run.ending, says: run.ending.says === '' ? '' : endingSentence(run.ending) },
    })),
  };
}

/** Before anything is run. @throws Fault */
function checkPicture(out: string, count: number): void {
  if (!/\.(?:svg|png|json)$/i.test(out)) {
    throw usage(`--out: "${out}" does not say by its ending what it is to be: end it in .svg, .png or .json`);
  }
  if (count > MOST_IN_PICTURE) {
    throw usage(
      `a picture tells ${MOST_IN_PICTURE} systems apart, and these are ${count}: name fewer, or leave --out away`,
    );
  }
}

/** @throws Fault */
async function drawn(out: string, spec: FigureSpec): Promise<string | Uint8Array> {
  checkPicture(out, 0);
  if (/\.json$/i.test(out)) return `${JSON.stringify(spec, null, 1)}\n`;
  const svg = await figureSvg(spec);
  return /\.png$/i.test(out) ? svgPng(svg) : `${svg}\n`;
}
