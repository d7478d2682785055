// Makes a fresh checkout ready: installs when the lock file is newer than what is installed, then builds.
// Runs before `npm start`, `npm test`, `npm run check` and `npm run bench`, and as npm's own `prepare`.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const modified = (path) => (existsSync(root + path) ? statSync(root + path).mtimeMs : 0);

// Inside `npm install` and `npm ci` this script is `prepare`, and installing again would never end.
const isInstalling = ['install', 'ci'].includes(process.env.npm_command ?? '');
if (!isInstalling && modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
  run('npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2', true);
}
run(`"${process.execPath}" src/build/build.js`, true);

function run(command, shell) {
  const { status } = spawnSync(command, { shell, stdio: 'inherit', cwd: root });
  if (status !== 0) process.exit(status ?? 1);
}
