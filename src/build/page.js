// Bundles the page into dist/page: one script, one style sheet, the simulator's worker, and nothing that is fetched from
// elsewhere. Scenarios that come along are put into the script as they stand.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const SCENARIOS = 'sim/scenarios';

const scenarios = (root) => ({
  name: 'scenarios',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^sash:scenarios$/ }, ({ path }) => ({ path, namespace: 'scenarios' }));
    onLoad({ filter: /.*/, namespace: 'scenarios' }, () => {
      const files = readdirSync(join(root, SCENARIOS)).filter((file) => file.endsWith('.yaml'));
      const texts = files
        .toSorted()
        .map((file) => [file.slice(0, -'.yaml'.length), readFileSync(join(root, SCENARIOS, file), 'utf8')]);
      return { contents: `export const SCENARIOS = ${JSON.stringify(Object.fromEntries(texts))};`, loader: 'js' };
    });
  },
});

export async function buildPage(root) {
  const source = join(root, 'src/feed/page');
  const folder = join(root, 'dist/page');
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: [join(source, 'index.tsx'), join(source, 'worker.ts')],
    outdir: folder,
    bundle: true,
    format: 'iife',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
    plugins: [scenarios(root)],
  });
  copyFileSync(join(source, 'index.html'), join(folder, 'index.html'));
  // What a server with a feed answers otherwise (src/feed/server.ts): whether there is one beside the page.
  writeFileSync(join(folder, 'feed.json'), '{"feed":false,"recordings":0}\n');
}
