// Runs AVA and ends with one line, `N passed, M failed`, which AVA itself does not print when something fails.
// `npm test -- --match '…'` and file names are passed on. Under CI=true a skipped test is a failure.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = fileURLToPath(new URL('../', import.meta.url));
const ava = spawn(process.execPath, ['node_modules/ava/entrypoints/cli.mjs', ...process.argv.slice(2)], {
  cwd: root,
  stdio: ['inherit', 'pipe', 'inherit'],
  env: process.stdout.isTTY ? { FORCE_COLOR: '1', ...process.env } : process.env,
});

let passed = 0;
let failed = 0;
let skipped = 0;
let rest = '';
ava.stdout.setEncoding('utf8');
ava.stdout.on('data', (chunk) => {
  process.stdout.write(chunk);
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) count(line);
});

ava.on('close', (code) => {
  count(rest);
  const isCi = process.env.CI === 'true';
  if (isCi && skipped > 0) console.log(`${skipped} skipped: under CI=true nothing may be skipped`);
  if (isCi) failed += skipped;
  const status = code !== 0 || failed > 0 ? code || 1 : 0;
  // An uncaught exception or a timeout fails the run without a line of its own.
  if (status !== 0 && failed === 0) failed = 1;
  console.log(`\n${passed} passed, ${failed} failed${isCi || skipped === 0 ? '' : `, ${skipped} skipped`}`);
  process.exitCode = status;
});

function count(line) {
  const plain = stripVTControlCharacters(line);
  if (/^\s+✔ (?!\[expected fail\])/.test(plain)) passed++;
  else if (/^\s+✘ /.test(plain)) failed++;
  else if (/^\s+- \[skip\] /.test(plain)) skipped++;
}
