// `sash sim`: runs a scenario in virtual time and prints what it measured beside what was expected; lists those that come
// along; checks them all.
import type { Argv } from 'yargs';
import { type Asked, type RunOptions, type Scenario } from '../../sim/index.ts';
import { application } from './version.ts';
import { EXIT, type ExitCode, usage } from './faults.ts';
import { declare, type Given } from './flag.ts';
import { LIVE_FLAGS, liveOf } from './live-flags.ts';
import { loadPolicies } from './policy-file.ts';
import { print } from './print.ts';
import { describePolicy, type ScenarioDescription } from './run-description.ts';
import { prepared, readFile, runToEnd } from './scenario-run.ts';
import { libraryNames, openScenario, type ScenarioFile } from './sim-files.ts';
import { recordingChoice, SimRecordings } from './sim-recordings.ts';
import { isMet, missLines, parametersOf, type Report, reportJson, reportLines } from './sim-report.ts';
import { Talk } from './talk.ts';
import { SEVERAL } from './parser.ts';

export function declareSim(y: Argv): Argv {
  const declared = y
    .usage(
      `Runs a scenario in virtual time: the same core, and a network ruled by a seed.

  sash sim --list                              what there is
  sash sim s01                                 the window law
  sash sim s01 --set window=64KiB --set rtt=1s the same, otherwise
  sash sim my.yaml --record run.pcapng         a scenario of one's own, recorded
  sash sim s05 --record - | wireshark -k -i -  recorded into Wireshark, as it happens
  sash sim s06 --live                          watch it, in real time
  sash sim --check                             all of them against their expectations

Usage: sash sim [FILE|NAME]`,
    )
    // As main.ts has it, but that --set may be given more than once.
    .parserConfiguration(SEVERAL)
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
    .option('record', {
      type: 'string',
      requiresArg: true,
      describe: 'FILE.pcapng|-: record into FILE.sender.pcapng, FILE.link.pcapng and FILE.receiver.pcapng',
    })
    .option('vantage', {
      type: 'string',
      requiresArg: true,
      describe: 'sender,link,receiver: where to record from; all three by default, for --record - the sender',
    })
    .option('one-file', {
      type: 'boolean',
      describe: 'all points of view in one file, an interface each: Wireshark then sees every segment twice or thrice',
    })
    .option('snap', {
      type: 'string',
      requiresArg: true,
      describe: 'headers or full: what the recording keeps of every segment',
    })
    .option('json', { type: 'boolean', describe: 'print the results as one JSON document' })
    .option('list', { type: 'boolean', describe: 'list the scenarios that come along' })
    .option('check', { type: 'boolean', describe: 'run all, or the one named, with their cases; exit 1 on any miss' });
  return declareLive(declared);
}

function declareLive(y: Argv): Argv {
  return declare(y, LIVE_FLAGS, 'Live:').option('speed', {
    group: 'Live:',
    type: 'string',
    requiresArg: true,
    describe: 'virtual over wall time: a number, or max (N)',
    defaultDescription: '1',
  });
}

/** @throws Fault */
export async function sim(argv: Given): Promise<ExitCode> {
  if (argv.list === true) return list();
  const name = typeof argv.scenario === 'string' ? argv.scenario : undefined;
  if (argv.check === true) return check(name === undefined ? libraryNames() : [name], argv);
  if (name === undefined) throw usage('which scenario? Name one, as in: sash sim s01; or see: sash sim --list');
  const live = liveOf(argv);
  const file = await openScenario(name);
  const choice = recordingChoice(argv);
  const policies = typeof argv.policy === 'string' ? await loadPolicies(argv.policy) : {};
  const asked = askedOf(argv);
  const scenario = prepared(readFile(file, asked).scenario, policies, untilOf(argv));
  const recordings = choice === undefined ? undefined : new SimRecordings(choice, scenario);
  const options = recordings && recordOptions(recordings, describe(file, asked, argv, recordings), scenario);
  if (live !== undefined) {
    const { show } = await import('./sim-live.ts');
    return show(live, {
      file,
      scenario,
      options: options ?? {},
      recordings,
      tell: (report) => tell(report, recordings, argv.json === true),
    });
  }
  const report = await simulate(file, scenario, '', argv, options, recordings);
  await recordings?.close();
  await tell(report, recordings, argv.json === true);
  return isMet(report) ? EXIT.done : EXIT.failed;
}

/** Beside a recording on standard output, what was measured is talk. */
async function tell(report: Report, recordings: SimRecordings | undefined, isJson: boolean): Promise<void> {
  const text = isJson ? JSON.stringify(reportJson(report), null, 2) : reportLines(report).join('\n');
  if (recordings?.takesStandardOutput === true) process.stderr.write(`${text}\n`);
  else await print(`${text}\n`);
  for (const { file, vantage } of recordings?.files ?? []) {
    process.stderr.write(`recorded: ${file}${vantage === 'all' ? ' (all points of view)' : ''}\n`);
  }
}

function untilOf({ until }: Given): string | undefined {
  return typeof until === 'string' ? until : undefined;
}

function describe(
  { name, text }: ScenarioFile,
  { set, seed }: Asked,
  argv: Given,
  { choice }: SimRecordings,
): Omit<ScenarioDescription, 'vantage'> {
  return {
    kind: 'scenario',
    name,
    text,
    set: Object.fromEntries(set ?? []),
    seed: seed ?? null,
    until: untilOf(argv) ?? null,
    policy: typeof argv.policy === 'string' ? describePolicy(argv.policy) : null,
    vantages: choice.vantages,
    oneFile: choice.isAllInOne,
    snap: choice.snap,
  };
}

/** What the run is to record, for whoever opens the file as for `sash rerun`. */
export function recordOptions(
  { choice, sink }: Pick<SimRecordings, 'choice' | 'sink'>,
  run: Omit<ScenarioDescription, 'vantage'>,
  { title, seed, parameters }: Scenario,
): RunOptions {
  const names = parametersOf(parameters);
  const policy = run.policy === null ? '' : `; policy ${run.policy.given}`;
  const until = run.until === null ? '' : `; until ${run.until}`;
  return {
    record: sink,
    vantages: choice.vantages,
    isAllInOne: choice.isAllInOne,
    snap: choice.snap,
    application: application(),
    comment: `scenario ${run.name}: ${title}\nseed ${seed}${names === '' ? '' : `; ${names}`}${policy}${until}; run it again with \`sash rerun\``,
    run,
  };
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
  for (const flag of ['set', 'record', 'vantage', 'one-file', 'snap', 'until', 'seed', 'policy', 'live', 'speed']) {
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
      const { scenario } = readFile(file, which < 0 ? {} : { case: which });
      const report = await simulate(file, scenario, label, argv);
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

async function simulate(
  file: ScenarioFile,
  scenario: Scenario,
  label: string,
  argv: Given,
  options: RunOptions = {},
  recordings?: SimRecordings,
): Promise<Report> {
  const began = performance.now();
  const talk = new Talk({ isQuiet: argv.json === true });
  const along = recordings?.choice.isStream === true ? { drained: () => recordings.drained() } : {};
  const result = await runToEnd(file, scenario, options, { talk, ...along });
  return { name: file.name, label, result, tookMs: performance.now() - began };
}
