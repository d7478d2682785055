// `sash send`: connects to a `sash recv`, and writes a file, standard input or a pattern.
import { formatProduction, formatSize, Plan, Tempo } from '../app/index.ts';
import { dial, type Dialing, type DialOwner, type Driver, type DriverOwner } from '../carrier/index.ts';
import { formatAddress, parseDestination } from './address.ts';
import { chooseConnection, type ConnectionChoice } from './connection-flags.ts';
import { dialFault, EXIT, type ExitCode, Fault, fileSentence, usage } from './faults.ts';
import { type Given } from './flag.ts';
import { type Live } from './live.ts';
import { checkLive } from './live-flags.ts';
import { type Party, type PartyOptions } from './party.ts';
import { withPolicies } from './policy-file.ts';
import { print } from './print.ts';
import { type Attached, type Recordings } from './recordings.ts';
import { chooseProduction, type Production } from './message-flags.ts';
import { ProducingParty } from './message-party.ts';
import { describeCommand } from './run-description.ts';
import { Sender } from './sender.ts';
import { checkOutput, printSettings, readSettings } from './settings.ts';
import { Show } from './show.ts';
import { type Interruptible, Signals } from './signals.ts';
import { sourceFor } from './source.ts';
import { formatSummary, type RecordingNote, summarize } from './summary.ts';
import { Talk } from './talk.ts';
import { SEND_FLAGS, type SendValues, WRITING_FLAG_NAMES } from './transfer-flags.ts';

/** @throws Fault */
export async function send(argv: Given): Promise<ExitCode> {
  const values = await readSettings('send', SEND_FLAGS, argv);
  checkOutput(values, undefined);
  checkLive(values);
  const choice = await withPolicies(chooseConnection(values, values['send-buffer']), values.policy);
  if (values['print-config']) {
    await printSettings('send', WRITING_FLAG_NAMES, SEND_FLAGS, values);
    return EXIT.done;
  }
  const file = typeof argv.file === 'string' ? argv.file : undefined;
  const production = chooseProduction(values, {
    FILE: file !== undefined,
    '--bytes': values.bytes !== undefined,
    '--rate': values.rate !== Infinity,
    '--write-chunk': values['write-chunk'] !== undefined,
  });
  if (typeof argv.to !== 'string') {
    throw usage('nowhere to send to: name the receiver, as in: sash send localhost:9293 FILE');
  }
  const to = parseDestination(argv.to);
  const cargo = production === undefined ? octets(file, values.bytes) : messages(production);
  const transmission = new Transmission(values, to, cargo);
  if (values.record !== undefined) {
    const { Recordings: Made } = await import('./recordings.ts');
    const about = { label: 'sender', run: describeCommand('send', SEND_FLAGS, values, file) } as const;
    transmission.recordings = new Made(values.record, values.snap, about, transmission.recordingFailed);
  }
  if (values.live !== undefined) {
    const { Live: Made, realTime } = await import('./live.ts');
    transmission.live = await Made.open(values, {
      ...realTime(),
      command: 'send',
      title: `sending to ${formatAddress(to.host, to.port)}`,
      mark: transmission.mark,
    });
  }
  return transmission.run(choice);
}

/** What is sent, and who sends it. */
interface Cargo {
  /** For people. */
  name: string;
  /** Octets in all, where that is known beforehand. */
  size: number | undefined;
  begin(driver: Driver, options: PartyOptions): Party;
}

/** @throws Fault where there are none */
function octets(file: string | undefined, bytes: number | undefined): Cargo {
  const source = sourceFor(file, bytes);
  return { name: source.name, size: source.size, begin: (driver, options) => new Sender(driver, source, options) };
}

function messages(production: Production): Cargo {
  const { plan, size } = production;
  const name = `messages of ${formatSize(size)} at ${formatProduction(plan)}`;
  return { name, size: undefined, begin: (driver, options) => new ProducingParty(driver, production, options) };
}

class Transmission implements DialOwner, Interruptible {
  recordings: Recordings | undefined = undefined;
  live: Live | undefined = undefined;
  readonly #values: SendValues;
  readonly #to: { host: string; port: number };
  readonly #cargo: Cargo;
  readonly #talk: Talk;
  readonly #signals: Signals;
  #dialing: Dialing | undefined = undefined;
  #sender: Party | undefined = undefined;
  #attached: Attached | undefined = undefined;
  #resolve: (code: ExitCode) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(values: SendValues, to: { host: string; port: number }, cargo: Cargo) {
    this.#values = values;
    this.#to = to;
    this.#cargo = cargo;
    this.#talk = new Talk({ isQuiet: values.quiet });
    this.#signals = new Signals(this);
  }

  async run(choice: ConnectionChoice): Promise<ExitCode> {
    const ending = new Promise<ExitCode>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.live?.announce(this.#talk);
    this.#dialing = dial({ ...this.#to, ...choice }, this);
    const show = new Show(
      {
        talk: this.#talk,
        signals: this.#signals,
        shown: () => this.#shown(),
        keys: { ' ': () => this.#stopOrResume() },
        keyHelp: 'space stop and resume writing · Ctrl-C end',
      },
      this.#cargo.name !== 'standard input',
    );
    try {
      return await ending;
    } finally {
      show.close();
      this.#signals.close();
      await this.live?.close('the command has ended');
    }
  }

  // ---- the dial's owner ----

  opened(driver: Driver): DriverOwner {
    const tempo = new Tempo(Plan.steady(this.#values.rate), this.#values['write-chunk'], driver.clock.now());
    this.#sender = this.#cargo.begin(driver, {
      tempo,
      connected: (party) => this.#talk.say(`connected to ${party.peer}; sending ${this.#cargo.name}`),
      ended: (party) => void this.#ended(party),
      noted: (_party, text) => this.#talk.say(text),
    });
    this.#attached = this.recordings?.attach(driver, 'always');
    this.live?.follow(this.#sender, this.#cargo.size);
    return this.#sender;
  }

  failed(error: Error): void {
    this.#reject(dialFault(error, this.#to.host, this.#to.port));
  }

  // ---- Ctrl-C ----

  interrupt(): void {
    if (this.#sender !== undefined) {
      this.#sender.interrupt();
      return;
    }
    this.#dialing?.abandon();
    this.#resolve(EXIT.interrupted);
  }

  interruptAtOnce(): void {
    this.#sender?.interruptAtOnce();
  }

  readonly recordingFailed = (error: Error): void => {
    this.#talk.complain(
      `${fileSentence(error, this.#values.record!, 'write')}; the transfer goes on without a recording`,
    );
  };

  readonly mark = (text: string): void => this.#attached?.mark(text);

  // ---- the sender's end ----

  async #ended(party: Party): Promise<void> {
    this.live?.ended(party);
    const note = (await this.#attached?.finish()) ?? null;
    if (!party.isEstablished && !party.isInterrupted) {
      this.#reject(new Fault(this.#whyNot(party), EXIT.unreachable));
      return;
    }
    await this.#tellOf(party, note);
    this.#resolve(
      party.outcome === 'done' ? EXIT.done : party.outcome === 'interrupted' ? EXIT.interrupted : EXIT.failed,
    );
  }

  #whyNot(party: Party): string {
    const { error } = party.driver;
    if (error !== undefined && 'errno' in error) return dialFault(error, this.#to.host, this.#to.port).message;
    const where = formatAddress(this.#to.host, this.#to.port);
    return party.trouble?.sentence ?? `${where} ended the connection before it was established: see what it says there`;
  }

  async #tellOf(party: Party, note: RecordingNote | null): Promise<void> {
    const summary = summarize(party, note);
    if (this.#values.json) await print(`${JSON.stringify(summary, null, 2)}\n`);
    else this.#talk.say(formatSummary(summary, this.#talk.width));
    if (summary.error !== null) this.#talk.complain(summary.error.message);
    if (summary.outcome === 'interrupted' && summary.messages?.isConserved !== true) {
      this.#talk.say(
        'the connection was reset before the end of the source: the receiver knows that it has a part only',
      );
    }
  }

  #shown(): { party: Party; what: string; total: number | undefined }[] {
    const sender = this.#sender;
    if (sender?.isEstablished !== true) return [];
    return [{ party: sender, what: this.#cargo.name, total: this.#cargo.size }];
  }

  #stopOrResume(): void {
    if (this.#sender === undefined) return;
    this.#sender.tempo.stopOrResume();
    this.#sender.go();
    this.live?.changedByHand(this.#sender);
  }
}
