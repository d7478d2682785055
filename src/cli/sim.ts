// `sash sim`: runs a scenario in virtual time and prints what it measured beside what was expected; lists those that come
// along; checks them all.
import { closeSync, openSync, writeSync } from 'node:fs';
import { parse as parsePath, join } from 'node:path';
import type { Argv } from 'yargs';
import {
  type Asked,
  countCases,
  readScenario,
  type RunOptions,
  type Scenario,
  ScenarioFault,
  ScenarioRun,
} from '../../sim/index.ts';
import { parseDuration, QuantityError } from '../app/index.ts';
import { type Sink } from '../trace/index.ts';
import { type PolicyChoice, PolicyViolation } from '../tcp/index.ts';
import { EXIT, type ExitCode, Fault, fileSentence, usage } from './faults.ts';
import { type Given } from './flag.ts';
import { loadPolicies } from './policy-file.ts';
import { print } from './print.ts';
import { libraryNames, openScenario, type ScenarioFile } from './sim-files.ts';
import { isMet, missLines, parametersOf, type Report, reportJson, reportLines } from './sim-report.ts';
import { Talk } from './talk.ts';
import { application } from './version.ts';

/** Happenings between two looks at the clock: a tenth of a second or so. */
const STEP = 50_000;
/** A run shows how far it is when it has taken so long, in milliseconds. */
const PATIENCE = 500;

export function declareSim(y: Argv): Argv {
  return (
    y
      .usage(
        `Runs a scenario in virtual time: the same core, and a network ruled by a seed.

  sash sim --list                              what there is
  sash sim s01                                 the window law
  sash sim s01 --set window=64KiB --set rtt=1s the same, otherwise
  sash sim my.yaml --record run.pcapng         a scenario of one's own, recorded
  sash sim --check                             all of them against their expectations

Usage: sash sim [FILE|NAME]`,
      )
      // As main.ts has it, but that --set may be given more than once.
      .parserConfiguration({
        'camel-case-expansion': false,
        'dot-notation': false,
        'duplicate-arguments-array': true,
        'parse-numbers': false,
        'parse-positional-numbers': false,
      })
      .positional('scenario', { type: 'string', describe: 'a file, or the name of a scenario that comes along' })
      .option('set', { type: 'string', requiresArg: true, describe: 'KEY=VALUE: a parameter; may be given again' })
      .option('seed', {
        type: 'string',
        requiresArg: true,
        describe: 'the dice of the links; by default the scenario has one',
      })
      .option('policy', {
        type: 'string',
        requiresArg: true,
        describe: 'FILE.ts or KIND=NAME: policies for both ends of every flow (docs/study/write-a-policy.md)',
      })
      .option('until', { type: 'string', requiresArg: true, describe: 'TIME: end there' })
      .option('record', { type: 'string', requiresArg: true, describe: 'FILE.pcapng: record; one file for each end' })
      .option('json', { type: 'boolean', describe: 'print the results as one JSON document' })
      .option('list', { type: 'boolean', describe: 'list the scenarios that come along' })
      .option('check', { type: 'boolean', describe: 'run all, or the one named, with their cases; exit 1 on any miss' })
  );
}

/** @throws Fault */
export async function sim(argv: Given): Promise<ExitCode> {
  if (argv.list === true) return list();
  const name = typeof argv.scenario === 'string' ? argv.scenario : undefined;
  if (argv.check === true) return check(name === undefined ? libraryNames() : [name], argv);
  if (name === undefined) throw usage('which scenario? Name one, as in: sash sim s01; or see: sash sim --list');
  const file = await openScenario(name);
  const recordings = typeof argv.record === 'string' ? new Recordings(argv.record) : undefined;
  const policies = typeof argv.policy === 'string' ? await loadPolicies(argv.policy) : {};
  const report = simulate(file, '', askedOf(argv), argv, { recordings, policies });
  recordings?.close();
  await print(
    argv.json === true ? `${JSON.stringify(reportJson(report), null, 2)}\n` : `${reportLines(report).join('\n')}\n`,
  );
  for (const recording of recordings?.files ?? []) process.stderr.write(`recorded: ${recording}\n`);
  return isMet(report) ? EXIT.done : EXIT.failed;
}

async function list(): Promise<ExitCode> {
  const lines: string[] = [];
  for (const name of libraryNames()) {
    const { scenario } = readFile(await openScenario(name), {});
    lines.push(`${name.padEnd(28)} ${scenario.title}`);
    const parameters = parametersOf(scenario.parameters);
    if (parameters !== '') lines.push(`${' '.repeat(28)}   ${parameters}`);
  }
  await print(`${lines.join('\n')}\n`);
  return EXIT.done;
}

async function check(names: readonly string[], argv: Given): Promise<ExitCode> {
  for (const flag of ['set', 'record', 'until', 'seed', 'policy']) {
    if (argv[flag] !== undefined)
      throw usage(`--check holds scenarios against what they expect, and --${flag} changes them: leave one out`);
  }
  const talk = new Talk({ isQuiet: argv.json === true });
  const reports: Report[] = [];
  for (const name of names) {
    const file = await openScenario(name);
    const { cases } = readFile(file, {});
    for (let which = -1; which < cases; which++) {
      const label = which < 0 ? '' : `#${which + 1}`;
      const report = simulate(file, label, which < 0 ? {} : { case: which }, argv);
      reports.push(report);
      const { outcomes } = report.result;
      const met = outcomes.filter(({ verdict }) => verdict === 'met').length;
      talk.say(
        `${isMet(report) ? 'ok  ' : 'MISS'} ${`${file.name}${label}`.padEnd(32)} ${met} of ${outcomes.length}, ${Math.round(report.tookMs)} ms`,
      );
    }
  }
  const misses = missLines(reports);
  if (argv.json === true) await print(`${JSON.stringify(reports.map(reportJson), null, 2)}\n`);
  else if (misses.length > 0) await print(`\n${misses.join('\n')}\n`);
  return misses.length > 0 ? EXIT.failed : EXIT.done;
}

function askedOf(argv: Given): Asked {
  const set = settingsOf(argv);
  if (argv.seed === undefined) return { set };
  const text = typeof argv.seed === 'string' ? argv.seed : '';
  const seed = Number(text);
  if (text === '' || !Number.isSafeInteger(seed) || seed < 0) throw usage(`--seed: "${text}" is not a whole number`);
  return { set, seed };
}

/** What `--set` says, given once or more. @throws Fault */
export function settingsOf(argv: Given): Map<string, string> {
  const set = new Map<string, string>();
  for (const text of [argv.set ?? []].flat().map(String)) {
    const at = text.indexOf('=');
    if (at <= 0) throw usage(`--set: "${text}" sets nothing: write KEY=VALUE, as in --set window=64KiB`);
    set.set(text.slice(0, at), text.slice(at + 1));
  }
  return set;
}

function readFile(file: ScenarioFile, asked: Asked): { scenario: ReturnType<typeof readScenario>; cases: number } {
  try {
    return { scenario: readScenario(file.value, asked), cases: countCases(file.value) };
  } catch (error) {
    throw error instanceof ScenarioFault ? file.fault(error) : error;
  }
}

interface Extras {
  recordings?: Recordings | undefined;
  policies?: PolicyChoice;
}

function simulate(file: ScenarioFile, label: string, asked: Asked, argv: Given, extras: Extras = {}): Report {
  const { recordings, policies = {} } = extras;
  const scenario = underPolicies(readFile(file, asked).scenario, policies);
  const until = typeof argv.until === 'string' ? readUntil(argv.until) : undefined;
  const began = performance.now();
  try {
    const options: RunOptions =
      recordings === undefined ? {} : { record: (vantage) => recordings.sink(vantage), application: application() };
    const run = new ScenarioRun(until === undefined ? scenario : { ...scenario, duration: until }, options);
    wait(run, new Talk({ isQuiet: argv.json === true }), file.name);
    return { name: file.name, label, result: run.result(), tookMs: performance.now() - began };
  } catch (error) {
    if (error instanceof PolicyViolation) throw new Fault(error.message, EXIT.failed, error);
    throw error instanceof ScenarioFault ? file.fault(error) : error;
  }
}

/** The same with these policies at both ends of every flow, in the place of the scenario's own. */
function underPolicies(scenario: Scenario, policies: PolicyChoice): Scenario {
  type End = Scenario['flows'][number]['sender'];
  const under = (end: End): End => ({
    ...end,
    connection: { ...end.connection, policies: { ...end.connection.policies, ...policies } },
  });
  const flows = scenario.flows.map((flow) => ({ ...flow, sender: under(flow.sender), receiver: under(flow.receiver) }));
  return { ...scenario, flows };
}

/** Runs it to its end; on a terminal a long run shows how far it is. */
function wait(run: ScenarioRun, talk: Talk, name: string): void {
  const began = performance.now();
  while (!run.step(STEP)) {
    const seconds = (performance.now() - began) / 1_000;
    if (seconds * 1_000 < PATIENCE) continue;
    const { progress, network } = run;
    const left =
      progress === undefined || progress === 0 ? '' : `, ${Math.ceil((seconds * (1 - progress)) / progress)} s left`;
    const part = progress === undefined ? '' : ` ${Math.floor(progress * 100)} %`;
    talk.draw([`${name}:${part} ${(network.now / 1e9).toFixed(1)} s simulated, ${network.events} events${left}`]);
  }
  talk.erase();
}

function readUntil(text: string): number {
  try {
    const until = parseDuration(text);
    if (until > 0) return until;
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
  }
  throw usage(`--until: "${text}" is not a time, as in 10s`);
}

/** A file for each point of view: `run.pcapng` becomes `run-flow-sender.pcapng` and `run-flow-receiver.pcapng`. */
class Recordings {
  readonly files: string[] = [];
  readonly #base: string;
  readonly #open: number[] = [];

  constructor(base: string) {
    this.#base = base;
  }

  /** @throws Fault */
  sink(vantage: string): Sink {
    const { dir, name, ext } = parsePath(this.#base);
    const file = join(dir, `${name}-${vantage}${ext}`);
    const write = <T>(task: () => T): T => {
      try {
        return task();
      } catch (error) {
        throw usage(fileSentence(error, file, 'write'), error);
      }
    };
    const handle = write(() => openSync(file, 'w'));
    this.files.push(file);
    this.#open.push(handle);
    return (octets) =>
      write(() => {
        for (let at = 0; at < octets.length;) at += writeSync(handle, octets, at);
      });
  }

  close(): void {
    for (const handle of this.#open) closeSync(handle);
  }
}
