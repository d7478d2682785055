// `--policy`: policies by name, `window=naive,probe=cs144`, or a module of the user's own, TypeScript or JavaScript, that exports
// any of `window`, `ack`, `gate`, `probe`, `rto` and `congestion`. The module is bundled with what it imports, so that TypeScript
// runs on any Node; types are not checked. Its imports of `sash/…` are ours, the very ones that run.
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ConnectionOptions, connectionOptions, type PolicyChoice, PolicyViolation, seq } from '../tcp/index.ts';
import { EXIT, type Fault, fileSentence, messageOf, usage } from './faults.ts';

/** What each kind must be able to do. */
const METHODS: Readonly<Record<keyof PolicyChoice, readonly string[]>> = {
  window: ['offer'],
  ack: ['decide'],
  gate: ['decide'],
  probe: ['wait'],
  rto: ['rto'],
  congestion: ['begin', 'acknowledged', 'lossFound', 'lossMended', 'timedOut', 'idled'],
};
const KINDS = Object.keys(METHODS) as (keyof PolicyChoice)[];

/** The same choice, with what `--policy` names. @throws Fault */
export async function withPolicies<C extends { connection: Partial<ConnectionOptions> }>(
  choice: C,
  text: string | undefined,
): Promise<C> {
  if (text === undefined) return choice;
  const policies = await loadPolicies(text);
  process.on('uncaughtException', stopped);
  return { ...choice, connection: { ...choice.connection, policies } };
}

/** @throws Fault */
export async function loadPolicies(text: string): Promise<PolicyChoice> {
  const policies = /^\w+=/.test(text) ? named(text) : await loaded(text);
  if (Object.keys(policies).length === 0) throw none(text);
  try {
    connectionOptions({ iss: seq(0), policies });
  } catch (error) {
    throw usage(`--policy: ${messageOf(error).replace(/^policies\./, '')}`, error);
  }
  return policies;
}

function named(text: string): PolicyChoice {
  const choice: Record<string, string> = {};
  for (const part of text.split(',')) {
    const [kind = '', name = ''] = part.split('=', 2);
    if (!(KINDS as string[]).includes(kind)) {
      throw usage(`--policy: there is no kind of policy "${kind}": choose ${KINDS.join(', ')}, as in window=naive`);
    }
    choice[kind] = name;
  }
  return choice;
}

async function loaded(file: string): Promise<PolicyChoice> {
  try {
    await access(file);
  } catch (error) {
    throw usage(`--policy: ${fileSentence(error, file, 'read').replace(/,? or use --bytes.*/, '')}`, error);
  }
  const module = await evaluate(file);
  const choice: Record<string, unknown> = {};
  for (const kind of KINDS) {
    const exported = module[kind];
    if (exported === undefined) continue;
    check(file, kind, exported);
    choice[kind] = exported;
  }
  return choice;
}

function none(text: string): Fault {
  return usage(
    `--policy: ${text} exports no policy: export one as ${KINDS.join(', ')}; see docs/study/write-a-policy.md`,
  );
}

async function evaluate(file: string): Promise<Record<string, unknown>> {
  const octets = await bundle(file);
  const folder = await mkdtemp(join(tmpdir(), 'sash-policy-'));
  try {
    const made = join(folder, 'policy.mjs');
    await writeFile(made, octets);
    process.setSourceMapsEnabled(true); // errors name the user's own lines
    return (await import(pathToFileURL(made).href)) as Record<string, unknown>;
  } catch (error) {
    throw usage(`--policy: ${file} cannot be run: ${messageOf(error)}`, error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bundle(file: string): Promise<Uint8Array> {
  const { build } = await import('esbuild');
  const entry = resolve(file);
  const folder = dirname(entry);
  try {
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      sourcemap: 'inline',
      sourceRoot: `${pathToFileURL(folder).href}/`,
      logLevel: 'silent',
      absWorkingDir: folder,
      outfile: join(folder, 'policy.mjs'),
      plugins: [
        {
          name: 'ours',
          setup: (builder) => {
            builder.onResolve({ filter: /^sash\/\w+$/ }, ({ path }) => ({
              path: new URL(`../${path.slice('sash/'.length)}/index.js`, import.meta.url).href,
              external: true,
            }));
          },
        },
      ],
    });
    return outputFiles[0]!.contents;
  } catch (error) {
    throw usage(`--policy: ${firstFault(error) ?? `${file}: ${messageOf(error)}`}`, error);
  }
}

/** `mine.ts:1:16: Expected ";" but found "is"` */
function firstFault(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('errors' in error) || !Array.isArray(error.errors)) return undefined;
  const [first] = error.errors as { text: string; location: { file: string; line: number; column: number } | null }[];
  if (first === undefined) return undefined;
  const { location, text } = first;
  return location === null ? text : `${basename(location.file)}:${location.line}:${location.column + 1}: ${text}`;
}

function check(file: string, kind: keyof PolicyChoice, exported: unknown): void {
  const policy: unknown = typeof exported === 'function' ? (exported as () => unknown)() : exported;
  if (typeof policy === 'string') return; // one of the built-in ones
  const wanted = kind === 'congestion' ? METHODS[kind] : ['name', ...METHODS[kind]];
  const missing = wanted.find((name) => (policy as Record<string, unknown> | null | undefined)?.[name] === undefined);
  if (missing === undefined) return;
  throw usage(`--policy: ${file}: its ${kind} has no "${missing}"; see docs/study/write-a-policy.md`);
}

/** A policy threw, or was stopped, while segments were on their way: there is nobody else left to tell. */
function stopped(error: unknown): void {
  const isViolation = error instanceof PolicyViolation;
  process.stderr.write(`sash: ${isViolation ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(EXIT.failed);
}
