// The programs of docs/api.md and docs/backpressure-streams.md: each is run as it stands, from the repository, and prints what stands below it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { takeTurns } from '../turns.ts';
import { everything } from './harness.ts';

takeTurns();

const root = fileURLToPath(new URL('../../../', import.meta.url));

for (const name of ['docs/api.md', 'docs/backpressure-streams.md']) {
  const page = readFileSync(`${root}${name}`, 'utf8');
  const programs = [...page.matchAll(/## ([^\n]+)\n|```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g)];

  let section = 'its title';
  let nth = 0;
  for (const [, heading, program, expected] of programs) {
    if (heading !== undefined) section = heading;
    if (program === undefined) continue;
    nth++;
    test(`${name}: program ${nth}, under “${section}”, prints what stands below it`, async (t) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [output, [code]] = await Promise.all([everything(child.stdout), once(child, 'exit')]);
      t.is(String(output), expected!);
      t.is(code, 0);
    });
  }

  test(`${name}: every program has its output below it`, (t) => {
    t.is(page.match(/```js/g)!.length, programs.filter(([, , program]) => program !== undefined).length);
  });
}
