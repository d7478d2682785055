// The actions of `sash trace`, a function each: how it is called. What it does lies in a file of its own, loaded when it runs.
import { type Argv } from 'yargs';
import { type Given } from './flag.ts';

type Handler = (argv: Given) => Promise<number>;
type Run = (handler: Handler) => (argv: Given) => Promise<void>;

export function declareTrace(y: Argv, run: Run): Argv {
  return y
    .usage('Usage: sash trace <action> FILE')
    .command('show <file>', 'print it, a line per happening', declareShow, run(show))
    .command('export <file>', 'convert it', declareExport, run(convert))
    .demandCommand(1, 'no action given: show or export');
}

function declareShow(y: Argv): Argv {
  return declareFile(y)
    .usage(
      `  sash trace show run.pcapng | less     segments as packetdrill writes them, and why it was silent

Usage: sash trace show FILE`,
    )
    .option('times', { type: 'string', requiresArg: true, describe: 'since-previous (as packetdrill) or since-start' });
}

async function show(argv: Given): Promise<number> {
  return (await import('./trace.ts')).traceShow(argv);
}

function declareExport(y: Argv): Argv {
  return declareFile(y)
    .usage(
      `  sash trace export run.pcapng --to jsonl | jq 'select(.type == "reason")'     when it was silent, and why

Usage: sash trace export FILE --to jsonl`,
    )
    .option('to', { type: 'string', requiresArg: true, demandOption: true, describe: 'jsonl: a JSON document a line' });
}

async function convert(argv: Given): Promise<number> {
  return (await import('./trace.ts')).traceExport(argv);
}

function declareFile(y: Argv): Argv {
  return y.positional('file', { type: 'string', describe: 'a recording; - is standard input' });
}
