// The actions of `sash trace`, a function each: how it is called. What it does lies in a file of its own, loaded when it runs.
import { type Argv } from 'yargs';
import { type Given } from './flag.ts';
import { SEVERAL } from './parser.ts';

type Handler = (argv: Given) => Promise<number>;
type Run = (handler: Handler) => (argv: Given) => Promise<void>;

const STREAM = 'N: this conversation, as tcp.stream in Wireshark, from 0';

export function declareTrace(y: Argv, run: Run): Argv {
  return y
    .usage(
      `Studies recordings, and any other capture of TCP: pcapng or pcap, compressed or not.

  sash trace summary run.pcapng               who held whom back
  sash trace explain run.pcapng --at 3.2s     why nothing left then
  sash trace check --help                     each action has examples of its own

Usage: sash trace <action> FILE`,
    )
    .command('show <file>', 'print it, a line per happening', declareShow, run(show))
    .command('flags <file>', "every packet, with the flags of Wireshark's analysis", declareFlags, run(flags))
    .command('export <file>', 'convert it', declareExport, run(convert))
    .command('summary <files..>', 'each connection in numbers, and who limited whom', declareSummary, run(summary))
    .command('explain <file>', 'both ends at a moment, and why', declareExplain, run(explainIt))
    .command('align <sender> <receiver>', "two hosts' recordings on one clock", declareAlign, run(alignBoth))
    .command('check [file]', 'hold it against the clauses of the RFCs', declareCheck, run(check))
    .command('diff <a> <b>', 'two runs held against each other', declareDiff, run(diffBoth))
    .command('plot <files..>', 'draw it', declarePlot, run(plot))
    .command('report <files..>', 'all of it in one page, to hand in or to mail', declareReport, run(report))
    .demandCommand(1, 'no action given, as in: sash trace show run.pcapng');
}

function declareShow(y: Argv): Argv {
  return declareFile(y)
    .usage(
      `  sash trace show run.pcapng | less     segments as packetdrill writes them, and why it was silent
  sash trace show run.pcapng --times since-start
  zcat big.pcap.gz | sash trace show - --stream 2

Usage: sash trace show FILE`,
    )
    .option('times', { type: 'string', requiresArg: true, describe: 'since-previous (as packetdrill) or since-start' })
    .option('stream', { type: 'string', requiresArg: true, describe: STREAM });
}

async function show(argv: Given): Promise<number> {
  return (await import('./trace.ts')).traceShow(argv);
}

function declareFlags(y: Argv): Argv {
  return declareFile(y)
    .usage(
      `  sash trace flags run.pcapng --only zero_window,window_full     what Wireshark would mark
  sash trace flags run.pcapng --against tshark                   where Wireshark marks otherwise

Usage: sash trace flags FILE`,
    )
    .option('only', {
      type: 'string',
      requiresArg: true,
      describe: 'packets with one of these flags: FLAG,FLAG … or any',
    })
    .option('stream', { type: 'string', requiresArg: true, describe: STREAM })
    .option('against', { type: 'string', requiresArg: true, describe: 'tshark: compare; exit 1 on a difference' })
    .option('json', { type: 'boolean', describe: 'a JSON document a packet' });
}

async function flags(argv: Given): Promise<number> {
  return (await import('./trace-flags.ts')).traceFlags(argv);
}

function declareExport(y: Argv): Argv {
  return declareFile(y)
    .usage(
      `  sash trace export run.pcapng --to jsonl | jq 'select(.type == "reason")'     why it was silent
  sash trace export run.pcapng --to parquet -o run.parquet                     for pandas, DuckDB …
  sash trace export run.pcapng --to xplot -o run.xpl                           a graph a direction

Usage: sash trace export FILE --to FORMAT`,
    )
    .option('to', {
      type: 'string',
      requiresArg: true,
      demandOption: true,
      describe: 'jsonl, csv, parquet, qlog, qvis or xplot',
    })
    .option('out', { alias: 'o', type: 'string', requiresArg: true, describe: 'FILE; by default standard output' })
    .option('stream', { type: 'string', requiresArg: true, describe: STREAM });
}

async function convert(argv: Given): Promise<number> {
  return (await import('./trace-export.ts')).traceExport(argv);
}

function declarePlot(y: Argv): Argv {
  return y
    .usage(
      `  sash trace plot run.pcapng --kind window -o window.svg     the window, and what is in flight
  sash trace plot sender.pcapng receiver.pcapng --kind buffer -o buffer.png
  sash trace plot run.pcapng --direction both -o both.svg    requests and answers, a panel each
  sash trace plot run.pcapng --kind ladder --format text --to 200ms

Usage: sash trace plot FILE [RECEIVER]`,
    )
    .parserConfiguration(SEVERAL)
    .positional('files', { type: 'string', array: true, describe: 'a capture; or the sender’s and the receiver’s' })
    .option('kind', {
      type: 'string',
      requiresArg: true,
      describe: 'sequence, window, throughput, rtt, buffer, blame or ladder; several, with commas, in a page',
    })
    .option('out', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      describe: 'FILE.svg, .png, .html …; - is standard output',
    })
    .option('format', {
      type: 'string',
      requiresArg: true,
      describe: 'svg, png, html, vega-lite; of a ladder also text or mermaid. By default what FILE ends in, or svg',
    })
    .option('direction', {
      type: 'string',
      requiresArg: true,
      describe: 'main, other or both: whose octets; by default of the end that sent more. A ladder has both',
    })
    .option('from', { type: 'string', requiresArg: true, describe: 'TIME: where the picture begins, as in 3.2s' })
    .option('to', { type: 'string', requiresArg: true, describe: 'TIME: where it ends' })
    .option('stream', {
      type: 'string',
      requiresArg: true,
      describe: `${STREAM}; by default the one with most octets`,
    })
    .option('title', {
      type: 'string',
      requiresArg: true,
      describe: 'TEXT above the picture, in the place of the two ends',
    })
    .option('width', { type: 'string', requiresArg: true, describe: 'PIXELS of the plotting area, 200 to 4000' })
    .option('height', { type: 'string', requiresArg: true, describe: 'PIXELS, 40 to 4000' })
    .option('dark', { type: 'boolean', describe: 'light on dark' });
}

function declareReport(y: Argv): Argv {
  return y
    .usage(
      `  sash trace report run.pcapng -o run.html     verdict, tables, pictures, packets, in one file
  sash trace report sender.pcapng receiver.pcapng -o run.html

Usage: sash trace report FILE [RECEIVER] -o FILE.html`,
    )
    .parserConfiguration(SEVERAL)
    .positional('files', { type: 'string', array: true, describe: 'a capture; or the sender’s and the receiver’s' })
    .option('out', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      describe: 'FILE.html; - is standard output, which is also the rule',
    })
    .option('direction', {
      type: 'string',
      requiresArg: true,
      describe: 'main, other or both: whose octets the pictures show; by default of all who sent some',
    })
    .option('from', { type: 'string', requiresArg: true, describe: 'TIME: where the pictures begin, as in 3.2s' })
    .option('to', { type: 'string', requiresArg: true, describe: 'TIME: where they end' })
    .option('stream', {
      type: 'string',
      requiresArg: true,
      describe: `${STREAM}; by default the one with most octets`,
    })
    .option('title', { type: 'string', requiresArg: true, describe: 'TEXT at the top, in the place of the two ends' })
    .option('dark', { type: 'boolean', describe: 'light on dark, whatever the reader prefers' });
}

async function report(argv: Given): Promise<number> {
  return (await import('./trace-report.ts')).traceReport(argv);
}

async function plot(argv: Given): Promise<number> {
  return (await import('./trace-plot.ts')).tracePlot(argv);
}

function declareSummary(y: Argv): Argv {
  return y
    .positional('files', { type: 'string', array: true, describe: 'captures, pcapng or pcap; - is standard input' })
    .usage(
      `  sash trace summary run.pcapng                        how much, how fast, and what held it back
  sash trace summary sender.pcapng receiver.pcapng     both ends of a connection side by side

Usage: sash trace summary FILE...`,
    )
    .parserConfiguration(SEVERAL)
    .option('stream', { type: 'string', requiresArg: true, describe: STREAM })
    .option('all', { type: 'boolean', describe: 'all connections, however many; otherwise the five with most octets' })
    .option('json', { type: 'boolean', describe: 'print it as one JSON document' });
}

async function summary(argv: Given): Promise<number> {
  return (await import('./trace-summary.ts')).traceSummary(argv);
}

function declareExplain(y: Argv): Argv {
  return declareFile(y)
    .usage(
      `  sash trace explain run.pcapng --at 3.2s          why did nothing leave then?
  sash trace explain run.pcapng --packet 812       why did this?

Usage: sash trace explain FILE --at TIME | --packet NUMBER`,
    )
    .option('at', { type: 'string', requiresArg: true, describe: 'a moment, since the beginning of the file' })
    .option('packet', { type: 'string', requiresArg: true, describe: 'a packet, by its number in the file' })
    .option('stream', {
      type: 'string',
      requiresArg: true,
      describe: `${STREAM}; of --at the first, if it is not given`,
    })
    .option('json', { type: 'boolean', describe: 'a JSON document' });
}

async function explainIt(argv: Given): Promise<number> {
  return (await import('./trace-explain.ts')).traceExplain(argv);
}

function declareAlign(y: Argv): Argv {
  return y
    .usage(
      `  sash trace align sender.pcapng receiver.pcapng                     clocks, delays, losses
  sash trace align sender.pcapng receiver.pcapng -o both.pcapng      both, on one clock
  sash trace align sender.pcapng receiver.pcapng -o segments.jsonl   a line for each segment

Segments are matched by their numbers, not by addresses: there may be a translator between the
hosts. In both.pcapng each recording has an interface of its own; Wireshark follows a connection
without regard to interfaces, so it sees every segment twice.

Usage: sash trace align SENDER RECEIVER`,
    )
    .positional('sender', { type: 'string', describe: 'a capture of one end; its clock is the one that counts' })
    .positional('receiver', { type: 'string', describe: 'a capture of the other' })
    .option('out', { type: 'string', alias: 'o', requiresArg: true, describe: 'FILE.pcapng or FILE.jsonl' })
    .option('json', { type: 'boolean', describe: 'a JSON document on standard output' });
}

async function alignBoth(argv: Given): Promise<number> {
  return (await import('./trace-align.ts')).traceAlign(argv);
}

function declareCheck(y: Argv): Argv {
  return declareFile(y)
    .usage(
      `  sash trace check run.pcapng                  every rule, and where it was broken; exit 1 if one was
  sash trace check run.pcapng --rule MUST-39   one of them
  sash trace check --list                      what there is

Usage: sash trace check FILE`,
    )
    .option('rule', { type: 'string', requiresArg: true, describe: 'ID, or several with commas: only these' })
    .option('vantage', {
      type: 'string',
      requiresArg: true,
      describe: 'sender or receiver: where the capture was taken, where that is known better',
    })
    .option('stream', { type: 'string', requiresArg: true, describe: STREAM })
    .option('all', { type: 'boolean', describe: 'all connections, those too that break nothing' })
    .option('json', { type: 'boolean', describe: 'print it as one JSON document' })
    .option('list', { type: 'boolean', describe: 'list the rules' });
}

async function check(argv: Given): Promise<number> {
  return (await import('./trace-check.ts')).traceCheck(argv);
}

function declareDiff(y: Argv): Argv {
  return y
    .usage(
      `  sash trace diff before.pcapng after.pcapng               the first difference explained; the rest
  sash trace diff ours.pcapng linux.pcap --tolerance off   whatever the times

Segments are compared by relative sequence numbers; ports, initial sequence numbers and timestamps
are left out. Exit codes: 0 no difference, 1 there are some.

Usage: sash trace diff A B`,
    )
    .positional('a', { type: 'string', describe: 'a capture' })
    .positional('b', { type: 'string', describe: 'another of the same transfer' })
    .option('tolerance', { type: 'string', requiresArg: true, describe: 'by how much times may differ (1ms), or off' })
    .option('stream', {
      type: 'string',
      requiresArg: true,
      describe: `${STREAM}, of both files; 0, if it is not given`,
    })
    .option('all', { type: 'boolean', describe: 'every difference' })
    .option('json', { type: 'boolean', describe: 'a JSON document' });
}

async function diffBoth(argv: Given): Promise<number> {
  return (await import('./trace-diff.ts')).traceDiff(argv);
}

function declareFile(y: Argv): Argv {
  return y.positional('file', { type: 'string', describe: 'a recording, or any capture; - is standard input' });
}
