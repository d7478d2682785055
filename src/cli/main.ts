// The command line. Only `yargs` is loaded here: each command lies in its own file and is loaded when it is called, so that
// `sash --help` answers at once.
import yargs, { type Argv } from 'yargs';
import { readFileSync } from 'node:fs';
import { AS_GIVEN } from './parser.ts';

const COMMANDS = ['recv', 'send', 'trace', 'rerun', 'sim', 'sweep', 'gallery', 'watch', 'serve', 'demo'];
const USAGE_EXIT = 2;
/** How the script that `sash completion` prints asks. */
const COMPLETING = '--get-yargs-completions';

type Given = Readonly<Record<string, unknown>>;

/** The exit code, once a command has run. */
let exitCode = 0;

/** The command line is not one that there is; the message is yargs's. */
class WrongCommandLine extends Error {}

await main(spelledOut(process.argv.slice(2)));

async function main(args: string[]): Promise<void> {
  process.stderr.on('error', () => {}); // whoever reads what is said may have gone: that ends no transfer
  try {
    if (args[0] === COMPLETING && (await completed(args.slice(2)))) return;
    await build(args).parseAsync(args.length === 0 ? ['--help'] : args, {}, (_error, _argv, output) => {
      if (output !== '') process.stdout.write(`${readable(output)}\n`);
    });
  } catch (error) {
    exitCode = await tell(error, args);
  }
  // Not left to an empty event loop: a blocked pipe, or a peer that lingers, shall not keep a command that is done.
  process.exit(exitCode);
}

/** A shell asks what may follow. Names that come along with sash are said here; commands and flags by yargs. */
async function completed(words: string[]): Promise<boolean> {
  const names = (await import('./completion.ts')).namesFor(words);
  if (names !== undefined) process.stdout.write(`${names.join('\n')}\n`);
  return names !== undefined;
}

/** `--live` alone is `--live=on`, and before a port `--live=PORT`; an address is attached, for it might be the one to send to. */
function spelledOut(args: string[]): string[] {
  const end = args.indexOf('--');
  const spelled: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg !== '--live' || (end >= 0 && index > end)) spelled.push(arg);
    else if (/^\d{1,5}$/.test(args[index + 1] ?? '')) spelled.push(`--live=${args[++index]!}`);
    else spelled.push('--live=on');
  }
  return spelled;
}

function build(args: string[]): Argv {
  return yargs(args)
    .scriptName('sash')
    .usage(
      `A laboratory for TCP's sliding window: two processes, a real RFC 9293 TCP between them, and
at any moment the answer to who is holding whom back, and why.

  sash recv                                     receive; prints the line for the other side
  sash send localhost:9293 big.bin              send a file there
  sash recv --read-rate 1MB/s                   read slowly: the window closes, the sender waits
  sash send HOST:9293 big.bin --record r.pcapng record it, for Wireshark
  sash trace show r.pcapng                      print what was recorded
  sash demo                                     see all of this, in half a minute

Usage: sash <command>`,
    )
    .command('recv [address]', 'receive: read what a sender sends, as fast or slowly as told', declareRecv, run(recv))
    .command('send [to] [file]', 'send a file, standard input or a pattern', declareSend, run(send))
    .command('trace', 'study a recording, or any capture of TCP: print, explain, check, compare, draw', declareTrace)
    .command('rerun <file>', 'run again what a recording was made of, and compare', declareRerun, run(rerun))
    .command('sim [scenario]', 'a network in virtual time: scenarios and what they expect', declareSim, run(sim))
    .command('sweep [scenario]', 'a scenario under many parameters and seeds, as a table', declareSweep, run(sweep))
    .command('gallery', 'the flow control of other systems beside TCP, compared', declareGallery)
    .command('watch [what]', 'a live run or a recording, at a glance in a terminal', declareWatch, run(watch))
    .command('serve [files..]', 'the page alone, for recordings and simulations', declareServe, run(serve))
    .command('demo', 'both at once, on this machine', declareDemo, run(demo))
    .completion('completion', 'a script for bash or zsh, which then complete these words')
    .demandCommand(1, 'no command given')
    .strict()
    .fail((message, error: Error | undefined) => {
      throw error === undefined || error.name === 'YError' ? new WrongCommandLine(message) : error;
    })
    .help()
    .alias('help', 'h')
    .version(version())
    .epilogue('Exit codes: 0 done, 1 the transfer failed, 2 usage, 3 could not listen or connect, 130 after Ctrl-C.')
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .locale('en')
    .parserConfiguration(AS_GIVEN);
}

/** That a value is text goes without saying. */
function readable(help: string): string {
  return help.replaceAll(/ *\[(?:string|boolean|required)\]/g, '');
}

async function declareRecv(y: Argv): Promise<Argv> {
  return (await import('./transfer-flags.ts')).declareRecv(y, process.argv.slice(2));
}

async function declareSend(y: Argv): Promise<Argv> {
  return (await import('./transfer-flags.ts')).declareSend(y, process.argv.slice(2));
}

async function declareSim(y: Argv): Promise<Argv> {
  return (await import('./sim.ts')).declareSim(y);
}

async function declareGallery(y: Argv): Promise<Argv> {
  return (await import('./gallery-commands.ts')).declareGallery(y, run);
}

async function declareSweep(y: Argv): Promise<Argv> {
  return (await import('./sweep.ts')).declareSweep(y);
}

async function declareWatch(y: Argv): Promise<Argv> {
  return (await import('./watch.ts')).declareWatch(y);
}

async function declareServe(y: Argv): Promise<Argv> {
  return (await import('./serve.ts')).declareServe(y);
}

function declareDemo(y: Argv): Argv {
  return y.usage(
    'Usage: sash demo\n\nA receiver that reads slowly and pauses, and a sender with a file of 20 MiB, on this machine.',
  );
}

async function declareTrace(y: Argv): Promise<Argv> {
  return (await import('./trace-commands.ts')).declareTrace(y, run);
}

async function declareRerun(y: Argv): Promise<Argv> {
  return (await import('./rerun.ts')).declareRerun(y);
}

async function rerun(argv: Given): Promise<number> {
  return (await import('./rerun.ts')).rerun(argv);
}

async function recv(argv: Given): Promise<number> {
  return (await import('./recv.ts')).recv(argv);
}

async function send(argv: Given): Promise<number> {
  return (await import('./send.ts')).send(argv);
}

async function watch(argv: Given): Promise<number> {
  return (await import('./watch.ts')).watch(argv);
}

async function serve(argv: Given): Promise<number> {
  return (await import('./serve.ts')).serve(argv);
}

async function demo(): Promise<number> {
  return (await import('./demo.ts')).demo();
}

async function sim(argv: Given): Promise<number> {
  return (await import('./sim.ts')).sim(argv);
}

async function sweep(argv: Given): Promise<number> {
  return (await import('./sweep.ts')).sweep(argv);
}

function run(handler: (argv: Given) => Promise<number>) {
  return async (argv: Given): Promise<void> => {
    // yargs takes a lone dash, in a position, for a flag without a name.
    const isDash = argv.file === '' && process.argv.includes('-');
    exitCode = await handler(isDash ? { ...argv, file: '-' } : withDash(argv));
  };
}

/** Says what went wrong, and gives the exit code. */
async function tell(error: unknown, args: string[]): Promise<number> {
  const { Fault, messageOf } = await import('./faults.ts');
  if (error instanceof Fault) {
    process.stderr.write(`sash: ${error.message}\n`);
    return error.exitCode;
  }
  if (error instanceof WrongCommandLine || (error instanceof Error && error.name === 'YError')) {
    const { rephrase } = await import('./rephrase.ts');
    process.stderr.write(`sash: ${await rephrase(error.message, args, COMMANDS)}\n`);
    return USAGE_EXIT;
  }
  const stack = error instanceof Error ? error.stack : undefined;
  process.stderr.write(`sash: this should not have happened, please report it\n${stack ?? messageOf(error)}\n`);
  return 1;
}

function version(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const { version: found } = JSON.parse(text) as { version: string };
  return found;
}

/** Of several files `yargs` loses a lone dash altogether: it stands at the end here. As the value of -o it is none of them. */
function withDash(argv: Given): Given {
  const { files } = argv;
  const words = process.argv.slice(2);
  const isThere = words.some((word, index) => word === '-' && !/^(?:-o|--out)$/.test(words[index - 1] ?? ''));
  if (!Array.isArray(files) || !isThere || files.includes('-')) return argv;
  return { ...argv, files: [...(files as unknown[]).filter((file) => file !== ''), '-'] };
}
