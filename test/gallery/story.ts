// What docs/backpressure.md prints and shows, made anew by the commands that it names: `node dist/test/gallery/story.js --update`
// writes it, and story.test.ts compares.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GalleryOutcome, listOutcome, runOutcome } from '../../src/cli/gallery.ts';

// Compiled, this file is dist/test/gallery/story.js.
export const ROOT = join(import.meta.dirname, '../../..');
const STORY = join(ROOT, 'docs/backpressure.md');
const BLOCK = /```console\n(.*?)```/gs;

/** The outcome of `sash gallery run …` or `sash gallery list …`; its words are separated by blanks alone. */
export async function outcomeOf(command: string): Promise<GalleryOutcome> {
  const [action, ...words] = command.replace(/^(?:npx )?sash gallery /, '').split(' ');
  const argv: Record<string, string | string[]> = {};
  const systems: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word.startsWith('--')) argv[word.slice(2)] = words[++i]!;
    else systems.push(word);
  }
  return action === 'list' ? listOutcome(argv) : runOutcome({ ...argv, systems });
}

/** The document with its blocks made anew, and the pictures that go with it. */
export async function retold(): Promise<{ before: string; after: string; pictures: Map<string, string> }> {
  const before = readFileSync(STORY, 'utf8');
  const pictures = new Map<string, string>();
  let after = before;
  for (const [block, content] of before.matchAll(BLOCK)) {
    const commands = content!.split('\n').filter((line) => line.startsWith('$ '));
    const parts: string[] = [];
    for (const line of commands) {
      const { text, picture } = await outcomeOf(line.slice(2));
      if (picture !== undefined) pictures.set(picture.file, String(picture.content));
      parts.push(`${line}\n${text}`);
    }
    after = after.replace(block, () => `\`\`\`console\n${parts.join('\n')}\`\`\``);
  }
  return { before, after, pictures };
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2] === '--update') {
  const { after, pictures } = await retold();
  writeFileSync(STORY, after);
  for (const [file, content] of pictures) {
    mkdirSync(dirname(join(ROOT, file)), { recursive: true });
    writeFileSync(join(ROOT, file), content);
  }
}
