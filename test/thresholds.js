// The coverage floor: 95 % of the lines of the protocol's own layers. Reads what `c8 node test/run.js` left behind.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const FLOOR = { 'src/tcp': 95, 'src/wire': 95, 'src/stack': 95 };

const root = fileURLToPath(new URL('../', import.meta.url));
let isBelow = false;
for (const [folder, lines] of Object.entries(FLOOR)) {
  const { status } = spawnSync(
    process.execPath,
    [
      'node_modules/c8/bin/c8.js',
      'report',
      '--check-coverage',
      '--reporter',
      'text-summary',
      '--include',
      `${folder}/**/*.ts`,
      '--lines',
      String(lines),
      '--branches',
      '0',
      '--functions',
      '0',
      '--statements',
      '0',
    ],
    { cwd: root, stdio: 'inherit' },
  );
  console.log(`${folder}: ${status === 0 ? 'at least' : 'under'} ${lines} % of lines\n`);
  isBelow ||= status !== 0;
}
process.exitCode = isBelow ? 1 : 0;
