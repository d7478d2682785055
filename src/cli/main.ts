// The command line. Only `yargs` is loaded here: each command lies in its own file and is loaded when it is called, so that
// `sash --help` answers at once.
import yargs, { type Argv } from 'yargs';
import { readFileSync } from 'node:fs';

const COMMANDS = ['recv', 'send', 'trace', 'demo'];
const USAGE_EXIT = 2;

type Handler = (argv: Readonly<Record<string, unknown>>) => Promise<number>;

/** The exit code, once a command has run. */
let exitCode = 0;

await main(process.argv.slice(2));

async function main(args: string[]): Promise<void> {
  const parser = build(args);
  try {
    if (args.length === 0) parser.showHelp('log');
    else await parser.parseAsync();
  } catch (error) {
    exitCode = await tell(error, args);
  }
  // Not left to an empty event loop: a blocked pipe, or a peer that lingers, shall not keep a command that is done.
  process.exit(exitCode);
}

function build(args: string[]): Argv {
  return yargs(args)
    .scriptName('sash')
    .usage(
      `Usage: sash <command>

A laboratory for TCP's sliding window: two processes, a real RFC 9293 TCP between them,
and at any moment the answer to who is holding whom back, and why.`,
    )
    .example('sash recv', 'receive, on port 9293; prints the line for the other side')
    .example('sash send localhost:9293 big.bin', 'send a file there')
    .example('sash recv --read-rate 1MB/s', 'read slowly: the window closes, the sender waits')
    .example('sash send localhost:9293 big.bin --record run.pcapng', 'record it, for Wireshark')
    .example('sash trace show run.pcapng', 'print what was recorded')
    .example('sash demo', 'see all of this, in half a minute')
    .command('recv [address]', 'receive: read what a sender sends, as fast or slowly as told', declareRecv, run(recv))
    .command('send [to] [file]', 'send a file, standard input or a pattern', declareSend, run(send))
    .command('trace', 'print or convert a recording', declareTrace)
    .command(
      'demo',
      'both at once, on this machine',
      (y) => y.usage('Usage: sash demo\n\nA slow receiver that pauses, and a sender with a file.'),
      run(demo),
    )
    .demandCommand(1, 'no command given')
    .strict()
    .fail(false)
    .help()
    .alias('help', 'h')
    .version(version())
    .epilogue('Exit codes: 0 done, 1 the transfer failed, 2 usage, 3 could not listen or connect, 130 after Ctrl-C.')
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .locale('en')
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    });
}

async function declareRecv(y: Argv): Promise<Argv> {
  return (await import('./transfer-flags.ts')).declareRecv(y);
}

async function declareSend(y: Argv): Promise<Argv> {
  return (await import('./transfer-flags.ts')).declareSend(y);
}

function declareTrace(y: Argv): Argv {
  return y
    .usage('Usage: sash trace <action> FILE')
    .command('show <file>', 'print it, a line per happening', declareShow, run(traceShow))
    .command('export <file>', 'convert it', declareExport, run(traceExport))
    .demandCommand(1, 'no action given: show or export');
}

function declareShow(y: Argv): Argv {
  return declareFile(y)
    .usage('Usage: sash trace show FILE')
    .option('times', { type: 'string', requiresArg: true, describe: 'since-previous (as packetdrill) or since-start' })
    .example('sash trace show run.pcapng | less', 'segments as packetdrill writes them, and why it was silent');
}

function declareExport(y: Argv): Argv {
  return declareFile(y)
    .usage('Usage: sash trace export FILE --to jsonl')
    .option('to', { type: 'string', requiresArg: true, demandOption: true, describe: 'jsonl: a JSON document a line' })
    .example(
      'sash trace export run.pcapng --to jsonl | jq \'select(.type == "reason")\'',
      'when it was silent, and why',
    );
}

function declareFile(y: Argv): Argv {
  return y.positional('file', { type: 'string', describe: 'a recording; - is standard input' });
}

const recv: Handler = async (argv) => (await import('./recv.ts')).recv(argv);
const send: Handler = async (argv) => (await import('./send.ts')).send(argv);
const demo: Handler = async () => (await import('./demo.ts')).demo();
const traceShow: Handler = async (argv) => (await import('./trace.ts')).traceShow(argv);
const traceExport: Handler = async (argv) => (await import('./trace.ts')).traceExport(argv);

function run(handler: Handler) {
  return async (argv: Readonly<Record<string, unknown>>): Promise<void> => {
    exitCode = await handler(argv);
  };
}

/** Says what went wrong, and gives the exit code. */
async function tell(error: unknown, args: string[]): Promise<number> {
  const { Fault, messageOf } = await import('./faults.ts');
  if (error instanceof Fault) {
    process.stderr.write(`sash: ${error.message}\n`);
    return error.exitCode;
  }
  // yargs throws its own errors, and a TypeError or the like is ours.
  if (error instanceof Error && error.name !== 'YError') {
    process.stderr.write(`sash: this should not have happened, please report it\n${error.stack ?? ''}\n`);
    return 1;
  }
  const { rephrase } = await import('./rephrase.ts');
  process.stderr.write(`sash: ${await rephrase(messageOf(error), args, COMMANDS)}\n`);
  return USAGE_EXIT;
}

function version(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const { version: found } = JSON.parse(text) as { version: string };
  return found;
}
