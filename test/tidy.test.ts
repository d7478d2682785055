// What the compiler and the linter let through: which layer may import which, clocks and chance in the pure layers, functions of
// Math whose last bits differ between engines, sequence numbers compared by hand, files too long to read.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, normalize } from 'node:path';
import test from 'ava';

// Compiled, this file is dist/test/tidy.test.js.
const root = join(import.meta.dirname, '../..');

/** The arrows of docs/architecture.md: whom each layer may import. Those that may name `node:*` are not pure. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'src/tcp': [],
  'src/wire': ['src/tcp'],
  'src/stack': ['src/tcp', 'src/wire'],
  'src/link': ['src/tcp', 'src/wire', 'src/app'],
  'src/app': ['src/tcp'],
  'src/trace': ['src/tcp', 'src/wire'],
  'src/carrier': ['src/tcp', 'src/wire', 'src/stack', 'src/link', 'src/trace'],
  'src/net': ['src/tcp', 'src/wire', 'src/stack', 'src/link', 'src/app', 'src/trace', 'src/carrier'],
  'src/feed': ['src/tcp', 'src/wire', 'src/link', 'src/app', 'src/trace'],
  'src/feed/page': ['src/tcp', 'src/wire', 'src/app', 'src/link', 'src/trace', 'sim'],
  sim: ['src/tcp', 'src/wire', 'src/stack', 'src/link', 'src/app', 'src/trace'],
};
const PURE = ['src/tcp', 'src/wire', 'src/stack', 'src/link', 'src/app', 'src/trace', 'sim'];

interface Source {
  path: string;
  layer: string;
  text: string;
  /** The text without comments and without what stands in quotes. */
  code: string;
}

function sources(): Source[] {
  return ['src', 'sim', 'test'].flatMap((top) =>
    names(top)
      .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
      .map((path) => {
        const text = readFileSync(join(root, path), 'utf8');
        const layer = layerOf(path);
        return { path, layer, text, code: bare(text) };
      }),
  );
}

/** The page is a project of its own within src/feed. */
function layerOf(path: string): string {
  if (path.startsWith('src/feed/page/')) return 'src/feed/page';
  return path.startsWith('src/') ? path.split('/').slice(0, 2).join('/') : path.split('/')[0]!;
}

function names(top: string): string[] {
  try {
    return readdirSync(join(root, top), { recursive: true, encoding: 'utf8' }).map((name) => `${top}/${name}`);
  } catch {
    return []; // there is no such folder
  }
}

/** Takes out comments, strings and regular expressions' look-alikes, leaving the line breaks. */
function bare(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, (found) =>
    found.replace(/[^\n]/g, ' '),
  );
}

const all = sources();

function inPureLayers(forbidden: RegExp, except: (source: Source) => boolean = () => false): string[] {
  return all
    .filter((source) => PURE.includes(source.layer) && !except(source))
    .flatMap((source) => linesThat(source, (line) => forbidden.test(line)));
}

function linesThat(source: Source, isWrong: (line: string) => boolean): string[] {
  const lines = source.text.split('\n');
  return source.code
    .split('\n')
    .flatMap((line, index) => (isWrong(line) ? [`${source.path}:${index + 1}: ${lines[index]!.trim()}`] : []));
}

test('there is something to look at', (t) => {
  t.true(all.filter((source) => source.layer === 'src/tcp').length > 30);
});

test('the pure layers know no clock and no chance', (t) => {
  t.deepEqual(inPureLayers(/\bDate\b|\bMath\.random\b|\bcrypto\b|\bIntl\b/), []);
});

// sqrt, floor, min … are exact everywhere; these are not, and live in one module of our own.
test('the pure layers take logarithms and powers from one module', (t) => {
  const inexact = /\bMath\.(?:log\w*|pow|exp\w*|cbrt|hypot|(?:a?(?:sin|cos|tan)h?|atan2))\b/;
  t.deepEqual(
    inPureLayers(inexact, (source) => basename(source.path) === 'real.ts'),
    [],
  );
});

test('powers of whole numbers only', (t) => {
  // `2 ** n` is exact for every whole n that fits; other bases come out differently in the last bit.
  t.deepEqual(
    inPureLayers(/(?<!\b2|\b\d+n) \*\* /, (source) => basename(source.path) === 'real.ts'),
    [],
  );
});

test('the pure layers import nothing but each other', (t) => {
  const found = all
    .filter((source) => PURE.includes(source.layer))
    .flatMap((source) => imports(source).map((from) => `${source.path}: ${from}`))
    .filter((line) => !/: \./.test(line));
  t.deepEqual(found, []);
});

function imports(source: Source): string[] {
  const found = source.text.matchAll(
    /^(?:import|export)\b[^;]*?\bfrom '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? match[3]!);
}

test('a layer is entered through its index.ts, and the arrows go one way', (t) => {
  const wrong = all.flatMap((source) =>
    imports(source)
      .filter((from) => from.startsWith('.'))
      .map((from) => ({ from, fault: faultOf(source, normalize(join(source.path, '..', from))) }))
      .filter(({ fault }) => fault !== 'none')
      .map(({ from, fault }) => `${source.path}: ${from}: ${fault}`),
  );
  t.deepEqual(wrong, []);
});

function faultOf(source: Source, target: string): 'none' | 'not by its index.ts' | 'against the arrows' {
  const layer = layerOf(target);
  if (layer === source.layer) return 'none';
  if (source.layer === 'test') {
    // A test of a layer may look at its parts; the commands are a program, not a layer to be entered.
    const isOwn = source.path.split('/')[1] === basename(layer) || layer === 'src/cli';
    return isOwn || basename(target) === 'index.ts' ? 'none' : 'not by its index.ts';
  }
  const allowed = ARROWS[source.layer];
  if (layer === 'test' || (allowed !== undefined && !allowed.includes(layer))) return 'against the arrows';
  return basename(target) === 'index.ts' ? 'none' : 'not by its index.ts';
}

// A text check cannot see types; these are the names that sequence numbers go by.
test('sequence numbers are compared in seq.ts only', (t) => {
  const name = String.raw`(?:\b(?:seg|snd|rcv|tcb\.snd|tcb\.rcv|recovery)\.(?:seq|ack|end|una|nxt|max|queued|edge|wl1|wl2|iss|irs|lastAck|lastEdge|point|cursor|sml)\b)`;
  const forbidden = new RegExp(`${name}(?: (?:<|>|<=|>=|-|\\+) )|(?: (?:<|>|<=|>=|-|\\+) )${name}(?!\\()`);
  t.deepEqual(
    inPureLayers(forbidden, (source) => source.layer !== 'src/tcp' || basename(source.path) === 'seq.ts'),
    [],
  );
});

test('no file has more than 400 lines of code, nor a default export', (t) => {
  const long = all.filter((source) => source.code.split('\n').filter((line) => line.trim() !== '').length > 400);
  t.deepEqual(
    long.map((source) => source.path),
    [],
  );
  t.deepEqual(
    all.flatMap((source) => linesThat(source, (line) => /^export default\b/.test(line))),
    [],
  );
});

test('every source file opens by saying what it is', (t) => {
  const silent = all.filter((source) => !source.path.endsWith('index.ts') && !/^(?:#!.*\n)?\/[/*]/.test(source.text));
  t.deepEqual(
    silent.map((source) => source.path),
    [],
  );
});
