// Compiles every project into dist/, deletes what no longer has a source (`tsc -b` never does, and AVA would run it), and
// bundles what is better loaded whole, and the page into dist/page.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPage } from './page.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], {
  stdio: 'inherit',
  cwd: root,
});
if (status !== 0) process.exit(status ?? 1);

for (const folder of ['src', 'sim', 'test']) prune(`dist/${folder}`);
await bundleCommandLine();
await buildPage(root);

function prune(folder) {
  if (!existsSync(root + folder)) return;
  for (const file of readdirSync(root + folder, { recursive: true, encoding: 'utf8' })) {
    const compiled = /^(.*?)(\.js|\.js\.map|\.d\.ts)$/.exec(file);
    if (compiled === null) continue;
    const source = `${root}${folder.slice('dist/'.length)}/${compiled[1]}.ts`;
    if (!existsSync(source) && !existsSync(`${source}x`)) rmSync(`${root}${folder}/${file}`);
  }
}

/** The command line's main file with yargs inside, and the commands outside: a third of what starting took was finding files. */
async function bundleCommandLine() {
  const { build } = await import('esbuild');
  const out = `${root}dist/bundle/cli/main.js`;
  const ours = {
    name: 'ours',
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\./ }, ({ path, importer, resolveDir }) => {
        if (!importer.startsWith(`${root}dist`)) return undefined;
        return { path: relative(dirname(out), resolve(resolveDir, path)), external: true };
      }),
  };
  await build({
    entryPoints: [`${root}dist/src/cli/main.js`],
    outfile: out,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // Of the libraries inside, one loads what it needs with `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    plugins: [ours],
    logLevel: 'warning',
  });
}
