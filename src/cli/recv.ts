// `sash recv`: listens, and reads what comes. With `--once`, and so with `--out`, the first connection whose handshake
// succeeds is the one; without, connections are taken as they come, several at a time, until Ctrl-C.
import { type AddressInfo } from 'node:net';
import { formatSize, Plan, Tempo } from '../app/index.ts';
import { type Driver, type DriverOwner, listen, type Listener, type ListenerOwner } from '../carrier/index.ts';
import { type Address, DEFAULT_PORT, formatAddress, parseAddress, reachableHost } from './address.ts';
import { chooseConnection, type ConnectionChoice } from './connection-flags.ts';
import { EXIT, type ExitCode, fileSentence, listenFault, usage } from './faults.ts';
import { type Given } from './flag.ts';
import { type Live } from './live.ts';
import { checkLive } from './live-flags.ts';
import { chooseConsumption, type Consumption } from './message-flags.ts';
import { ConsumingParty } from './message-party.ts';
import { type Party, type PartyOptions } from './party.ts';
import { withPolicies } from './policy-file.ts';
import { print } from './print.ts';
import { Receiver } from './receiver.ts';
import { type Attached, type Recordings } from './recordings.ts';
import { describeCommand } from './run-description.ts';
import { checkOutput, printSettings, readSettings } from './settings.ts';
import { Show, type Shown } from './show.ts';
import { type Interruptible, Signals } from './signals.ts';
import { type Sink, sinkFor } from './sink.ts';
import { formatSummary, type RecordingNote, summarize } from './summary.ts';
import { Talk } from './talk.ts';
import { READING_FLAG_NAMES, RECV_FLAGS, type RecvValues } from './transfer-flags.ts';

/** @throws Fault */
export async function recv(argv: Given): Promise<ExitCode> {
  const values = await readSettings('recv', RECV_FLAGS, argv);
  if (values['read-plan'] !== undefined && values['read-rate'] !== Infinity) {
    throw usage('--read-plan and --read-rate both say how fast to read: give one of the two');
  }
  const consumption = chooseConsumption(values, {
    '--out': values.out !== undefined,
    '--read-rate': values['read-rate'] !== Infinity,
    '--read-chunk': values['read-chunk'] !== undefined,
    '--read-plan': values['read-plan'] !== undefined,
  });
  checkOutput(values, values.out);
  checkLive(values);
  const choice = await withPolicies(chooseConnection(values), values.policy);
  if (values['print-config']) {
    await printSettings('recv', READING_FLAG_NAMES, RECV_FLAGS, values);
    return EXIT.done;
  }
  const text = typeof argv.address === 'string' ? argv.address : String(DEFAULT_PORT);
  const address = parseAddress(text);
  const reception = new Reception(values, address, consumption);
  if (values.record !== undefined) {
    const { Recordings: Made } = await import('./recordings.ts');
    const about = { label: 'receiver', run: describeCommand('recv', RECV_FLAGS, values, undefined) } as const;
    reception.recordings = new Made(values.record, values.snap, about, reception.recordingFailed);
  }
  if (values.live !== undefined) {
    const { Live: Made, realTime } = await import('./live.ts');
    const { host = 'all interfaces', port } = address;
    const title = `receiving on ${host}${port === 0 ? '' : `, port ${port}`}`; // 0 is any free one, found later
    reception.live = await Made.open(values, { ...realTime(), command: 'recv', title, mark: reception.mark });
  }
  return reception.run(choice);
}

class Reception implements ListenerOwner, Interruptible {
  recordings: Recordings | undefined = undefined;
  live: Live | undefined = undefined;
  readonly #values: RecvValues;
  readonly #address: Address;
  /** Undefined where octets are received. */
  readonly #consumption: Consumption | undefined;
  readonly #talk: Talk;
  readonly #isOnce: boolean;
  readonly #sink: Sink;
  readonly #signals: Signals;
  readonly #parties = new Map<Party, Attached | undefined>();
  #listener: Listener | undefined = undefined;
  /** With `--once`, the connection that is the one. */
  #chosen: Party | undefined = undefined;
  #resolve: (code: ExitCode) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(values: RecvValues, address: Address, consumption: Consumption | undefined) {
    this.#values = values;
    this.#consumption = consumption;
    this.#address = address;
    this.#isOnce = values.once || values.out !== undefined || values.record === '-';
    this.#talk = new Talk({ isQuiet: values.quiet });
    this.#sink = sinkFor(values.out);
    this.#signals = new Signals(this);
  }

  async run(choice: ConnectionChoice): Promise<ExitCode> {
    const { host, port } = this.#address;
    const listening = new Promise<ExitCode>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const where = host === undefined ? { port } : { port, host };
    // A stream can hold one recording at a time.
    const bounds = this.recordings?.isStream === true ? { maxCarriers: 1 } : {};
    this.#listener = listen({ listen: where, ...choice, ...bounds }, this);
    const show = new Show(this.#showOptions(), true);
    try {
      return await listening;
    } finally {
      show.close();
      this.#signals.close();
      await this.live?.close('the command has ended');
    }
  }

  // ---- the listener's owner ----

  listening(): void {
    const { address, port } = this.#listener!.address() as AddressInfo;
    const { host, isLocalOnly } = reachableHost(address, this.#address.host);
    const isAll = address === '::' || address === '0.0.0.0';
    const where = isAll ? `all interfaces, port ${port}` : formatAddress(host, port);
    this.#talk.say(`listening on ${where}; window ${formatSize(this.#values.window)}`);
    const isLoopback = address === '::1' || address.startsWith('127.');
    const alone = 'this host has no address that others reach; on this one';
    const what = this.#consumption === undefined ? 'FILE' : '--produce 1000/s';
    const other = isLocalOnly ? alone : isLoopback ? 'on this host' : 'on the other host';
    this.#talk.say(`${other}:  ${this.#talk.paint('bold', `sash send ${formatAddress(host, port)} ${what}`)}`);
    this.live?.announce(this.#talk);
  }

  opened(driver: Driver): DriverOwner {
    const now = driver.clock.now();
    const plan = this.#values['read-plan'] ?? Plan.steady(this.#values['read-rate']);
    const receiver = this.#begin(driver, {
      tempo: new Tempo(plan, this.#values['read-chunk'], now),
      connected: (party) => this.#connected(party),
      ended: (party) => void this.#ended(party),
      noted: (_party, text) => this.#talk.say(text),
    });
    this.#parties.set(receiver, this.recordings?.attach(driver, 'when-connected'));
    this.live?.follow(receiver, undefined);
    return receiver;
  }

  #begin(driver: Driver, options: PartyOptions): Party {
    if (this.#consumption !== undefined) return new ConsumingParty(driver, this.#consumption, options);
    return new Receiver(driver, this.#isOnce ? this.#sink : sinkFor(undefined), options);
  }

  failed(error: Error): void {
    this.#reject(listenFault(error, this.#address.host, this.#address.port));
  }

  // ---- Ctrl-C ----

  interrupt(): void {
    this.#listener?.close();
    if (this.#parties.size === 0) this.#resolve(EXIT.interrupted);
    for (const party of this.#parties.keys()) party.interrupt();
  }

  interruptAtOnce(): void {
    for (const party of this.#parties.keys()) party.interruptAtOnce();
  }

  readonly recordingFailed = (error: Error): void => {
    this.#talk.complain(
      `${fileSentence(error, this.#values.record!, 'write')}; the transfer goes on without a recording`,
    );
  };

  readonly mark = (text: string): void => {
    for (const attached of this.#parties.values()) attached?.mark(text);
  };

  // ---- the receivers' ends ----

  #connected(party: Party): void {
    if (this.#isOnce && this.#chosen !== undefined) {
      party.interruptAtOnce();
      return;
    }
    this.#parties.get(party)?.keep();
    this.#talk.say(`connection from ${party.peer}`);
    if (!this.#isOnce) return;
    this.#chosen = party;
    this.#listener!.close();
    for (const other of this.#parties.keys()) if (other !== party) other.interruptAtOnce();
  }

  async #ended(party: Party): Promise<void> {
    this.live?.ended(party);
    const note = (await this.#parties.get(party)?.finish()) ?? null;
    this.#parties.delete(party);
    const isOne = !this.#isOnce || party === this.#chosen;
    if (party.isEstablished && isOne) await this.#tellOf(party, note);
    else if (party.trouble !== undefined) this.#talk.complain(`not a connection: ${party.trouble.sentence}`);

    if (this.#isOnce && party === this.#chosen) this.#resolve(codeFor(party));
    else if (this.#signals.wereThereAny && this.#parties.size === 0) this.#resolve(EXIT.interrupted);
  }

  async #tellOf(party: Party, note: RecordingNote | null): Promise<void> {
    const summary = summarize(party, note);
    if (this.#values.json) await print(`${JSON.stringify(summary, null, this.#isOnce ? 2 : undefined)}\n`);
    else this.#talk.say(formatSummary(summary, this.#talk.width));
    if (summary.error !== null) this.#talk.complain(summary.error.message);
    const { output } = summary;
    if (output?.isPartial === true && output.file !== 'standard output') {
      const octets = formatSize(summary.octets);
      const held =
        party instanceof Receiver && party.isSinkBroken
          ? `the first ${octets}; what else was acknowledged could not be stored, and is lost`
          : `the ${octets} that were acknowledged; the rest is missing`;
      this.#talk.complain(`${output.file} holds ${held}`);
    }
  }

  #showOptions(): ConstructorParameters<typeof Show>[0] {
    const each = (act: (party: Party) => void) => (): void => {
      for (const { party } of this.#shown()) {
        act(party);
        party.go();
        this.live?.changedByHand(party);
      }
    };
    const stop = each((party) => party.tempo.stopOrResume());
    const common = { talk: this.#talk, signals: this.#signals, shown: () => this.#shown() };
    if (this.#consumption !== undefined) return { ...common, keys: { ' ': stop }, keyHelp: 'space stop and resume' };
    const double = each((party) => party.tempo.double(party.now));
    return {
      ...common,
      keys: {
        ' ': stop,
        '+': double,
        '=': double,
        '-': each((party) => party.tempo.halve(party.measuredRate, party.now)),
        s: each((party) => party.tempo.step(party.now)),
      },
      keyHelp: 'space stop and resume · + and - double and halve the pace · s one chunk while stopped',
    };
  }

  #shown(): Shown[] {
    const what = this.#values.out === undefined || this.#values.out === '-' ? '' : this.#values.out;
    return [...this.#parties.keys()]
      .filter((party) => party.isEstablished)
      .map((party) => ({ party, what, total: undefined }));
  }
}

function codeFor(party: Party): ExitCode {
  return party.outcome === 'done' ? EXIT.done : party.outcome === 'interrupted' ? EXIT.interrupted : EXIT.failed;
}
