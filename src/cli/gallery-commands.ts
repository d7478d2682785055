// The actions of `sash gallery`: how they are called. What they do lies in a file of its own, loaded when one runs.
import { type Argv } from 'yargs';
import { type Given } from './flag.ts';
import { SEVERAL } from './parser.ts';

type Handler = (argv: Given) => Promise<number>;
type Run = (handler: Handler) => (argv: Given) => Promise<void>;

export function declareGallery(y: Argv, run: Run): Argv {
  return y
    .usage(
      `The flow control of systems that people use, beside TCP's, each with its sources.

  sash gallery                                  what there is
  sash gallery show reactor                     one: mechanism, numbers, sources, what is left out
  sash gallery run tcp reactor kafka-producer --workload slow-consumer

Usage: sash gallery <action>`,
    )
    .command(
      ['list', '$0'],
      'what there is: families, signals, windows; what happens by itself',
      declareList,
      run(list),
    )
    .command('show <system>', 'one system: mechanism, numbers, sources', (it) => declareShow(it), run(show))
    .command('run <systems..>', 'some, or all, under one workload, side by side', declareRun, run(compare))
    .strict();
}

function declareList(y: Argv): Argv {
  return y
    .usage('Usage: sash gallery list')
    .option('json', { type: 'boolean', describe: 'as one JSON document, with everything there is to know' })
    .option('out', { type: 'string', requiresArg: true, describe: 'FILE.svg or FILE.png: the chart of m / W' })
    .option('dark', { type: 'boolean', describe: 'the picture for a dark ground' });
}

function declareShow(y: Argv): Argv {
  return y
    .usage('Usage: sash gallery show SYSTEM')
    .positional('system', { type: 'string', describe: 'its name, as `list` has it' })
    .option('json', { type: 'boolean', describe: 'as a JSON document' });
}

/** The workloads are named here too, so that help needs no simulator; a test compares. */
export const WORKLOAD_NAMES =
  'slow-consumer, fast-consumer, freeze, lost-feedback, mixed-sizes, shared-connection, chain';

function declareRun(y: Argv): Argv {
  const options: readonly (readonly [name: string, describe: string])[] = [
    ['workload', `what they go through (slow-consumer): ${WORKLOAD_NAMES}`],
    ['rate', 'what the producer makes, items a second, as in 4000/s; max is as many as are wanted'],
    ['consume', 'what the consumer does, as in 1000/s; max takes no time'],
    ['size', 'octets of each item, as in 1KiB'],
    ['line', 'what the line carries, as in 100Mbit/s'],
    ['delay', 'one way, as in 10ms'],
    ['duration', 'how long, in virtual time, as in 10s'],
    ['items', 'the producer ends after so many'],
    ['dies', 'TIME: the consumer stops for good then'],
    ['memory', 'octets that may be held before a run is ended (1GiB)'],
    ['seed', 'the dice of what is lost (1)'],
    ['out', 'FILE.svg, FILE.png or FILE.json: a picture of the runs, or its vega-lite specification'],
    ['title', 'of the picture'],
  ];
  let it = y
    .usage(
      `Puts systems through one workload, in virtual time, and compares them.

  sash gallery run tcp reactor rabbitmq --workload freeze
  sash gallery run 256/1 256/128 256/256 --workload fast-consumer    a bare window, and its refill
  sash gallery run all --workload lost-feedback --json
  sash gallery run node-ignored tcp --rate 1000000/s --out out-of-memory.svg

Usage: sash gallery run SYSTEM|FAMILY|W/m|all …`,
    )
    .parserConfiguration(SEVERAL)
    .positional('systems', { type: 'string', array: true, describe: 'names as `list` has them' });
  for (const [name, describe] of options) it = it.option(name, { type: 'string', requiresArg: true, describe });
  return it
    .option('json', { type: 'boolean', describe: 'as one JSON document, with what was held when' })
    .option('dark', { type: 'boolean', describe: 'the picture for a dark ground' });
}

async function list(argv: Given): Promise<number> {
  return (await import('./gallery.ts')).galleryList(argv);
}

async function show(argv: Given): Promise<number> {
  return (await import('./gallery.ts')).galleryShow(argv);
}

async function compare(argv: Given): Promise<number> {
  return (await import('./gallery.ts')).galleryRun(argv);
}
