// Compiles every project into dist/, then deletes what no longer has a source: `tsc -b` never does, and AVA would run it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], {
  stdio: 'inherit',
  cwd: root,
});
if (status !== 0) process.exit(status ?? 1);

for (const folder of ['src', 'sim', 'test']) prune(`dist/${folder}`);

function prune(folder) {
  if (!existsSync(root + folder)) return;
  for (const file of readdirSync(root + folder, { recursive: true, encoding: 'utf8' })) {
    const compiled = /^(.*?)(\.js|\.js\.map|\.d\.ts)$/.exec(file);
    if (compiled === null) continue;
    const source = `${root}${folder.slice('dist/'.length)}/${compiled[1]}.ts`;
    if (!existsSync(source)) rmSync(`${root}${folder}/${file}`);
  }
}
