// What a shell may complete: the commands and flags as yargs knows them, and the names that come along with sash.
import { GALLERY, WORKLOAD_IDS } from '../../sim/gallery/index.ts';
import { libraryNames } from './sim-files.ts';

/** Names that may stand where the last word is begun; undefined where only yargs knows, or the shell (a file). */
export function namesFor(words: readonly string[]): readonly string[] | undefined {
  const [command, action] = words.filter((word) => !word.startsWith('-'));
  const current = words.at(-1) ?? '';
  if (current.startsWith('-')) return undefined;
  if (words.at(-2) === '--workload') return WORKLOAD_IDS;
  const isFirst = words.length === 2;
  if ((command === 'sim' || command === 'sweep') && isFirst) return libraryNames();
  if (command === 'gallery' && action !== undefined && words.length > 2) return GALLERY.map(({ id }) => id);
  return undefined;
}
