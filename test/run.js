// Runs AVA and ends with the failed tests, a line each, and with one line, `N passed, M failed`, which AVA itself does not print when
// something fails: whoever sees only the end of a log knows what to look for.
// `npm test -- --match '…'` and file names are passed on. Under CI=true a skipped test is a failure.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = fileURLToPath(new URL('../', import.meta.url));
const ALL = 'dist/test/**/*.test.js';
/** Tests of what a clock says want the machine for themselves: they come last, one after another. */
const ALONE = 'dist/test/alone/*.test.js';
const asked = process.argv.slice(2);
const runs =
  asked.length > 0
    ? [asked]
    : [
        [ALL, `!${ALONE}`],
        [ALONE, '--concurrency', '1'],
      ];
const isCi = process.env.CI === 'true';

let passed = 0;
let failed = 0;
let skipped = 0;
/** What failed, in AVA's words: its file and its title, or what became of a whole file. */
const names = new Set();
/** Characters of a name: what a test says of its failure stands on the same line. */
const LONGEST = 240;

let code = 0;
for (const args of runs) code = (await run(args)) || code;
tell();

/** One run of AVA, counted; its exit code. */
async function run(args) {
  const ava = spawn(process.execPath, ['node_modules/ava/entrypoints/cli.mjs', ...args], {
    cwd: root,
    stdio: ['inherit', 'pipe', 'inherit'],
    env: process.stdout.isTTY ? { FORCE_COLOR: '1', ...process.env } : process.env,
  });
  let rest = '';
  ava.stdout.setEncoding('utf8');
  ava.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) count(line);
  });
  const [status] = await once(ava, 'close');
  count(rest);
  return status ?? 1; // null: it was killed
}

function tell() {
  if (isCi && skipped > 0) console.log(`${skipped} skipped: under CI=true nothing may be skipped`);
  if (isCi) failed += skipped;
  const status = code !== 0 || failed > 0 ? code || 1 : 0;
  // An uncaught exception or a timeout fails the run without a line of its own.
  if (status !== 0 && failed === 0) failed = 1;
  console.log('');
  for (const name of names) console.log(`failed: ${name}`);
  console.log(`${passed} passed, ${failed} failed${isCi || skipped === 0 ? '' : `, ${skipped} skipped`}`);
  process.exitCode = status;
}

function count(line) {
  const plain = stripVTControlCharacters(line);
  if (/^\s+✔ (?!\[expected fail\])/.test(plain)) passed++;
  else if (/^\s+✘ /.test(plain)) {
    failed++;
    note(plain.replace(/^\s+✘ (?:\[fail\]: )?/, ''));
  } else if (/^\s+- \[skip\] /.test(plain)) {
    skipped++;
    if (isCi) note(plain.replace(/^\s+- \[skip\] /, 'skipped: '));
  } else if (/^\s+◌ /.test(plain)) note(plain.replace(/^\s+◌ /, 'did not end: '));
  else if (/^\s+(?:Uncaught exception in|Unhandled rejection in|Failed to exit when running) /.test(plain))
    note(plain.trim());
}

function note(name) {
  names.add(name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name);
}
