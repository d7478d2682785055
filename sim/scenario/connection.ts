// The settings of a connection in a scenario: by the names they have on the command line, and some that only studies need.
import { parseDuration, parseSize, QuantityError } from '../../src/app/index.ts';
import {
  BUILT_IN,
  CONGESTION_NAMES,
  type ConnectionOptions,
  connectionOptions,
  DEFAULT_KEEPALIVE,
  NEVER,
  type ProfileName,
  seq,
} from '../../src/tcp/index.ts';
import { type Place } from './place.ts';

export interface EndOptions {
  connection: Partial<ConnectionOptions>;
  profile: ProfileName;
}

type Setting = (text: string) => Partial<ConnectionOptions>;

function timeOr(off: number): (text: string) => number {
  return (text) => (text === 'off' ? off : parseDuration(text));
}

function isOn(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new QuantityError(`"${text}" is neither true nor false`);
}

function oneOf<C extends string>(text: string, choices: readonly C[]): C {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw new QuantityError(`"${text}" is not one of ${choices.join(', ')}`);
  return choice;
}

function whole(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new QuantityError(`"${text}" is not a whole number`);
}

const SETTINGS: Readonly<Record<string, Setting>> = {
  window: (text) => ({ receiveBuffer: parseSize(text) }),
  mss: (text) => ({ mss: parseSize(text) }),
  nagle: (text) => ({
    nagle: text === 'true' ? 'nagle' : text === 'false' ? 'off' : oneOf(text, ['nagle', 'minshall', 'off']),
  }),
  'delayed-ack': (text) => ({ delayedAck: timeOr(0)(text) }),
  'window-scale': (text) => ({ windowScale: text === 'auto' || text === 'off' ? text : whole(text) }),
  sws: (text) => ({ sillyWindowAvoidance: isOn(text) }),
  probe: (text) => ({ probeStyle: oneOf(text, ['rfc', 'linux']) }),
  keepalive: (text) => ({
    keepalive: text === 'off' ? undefined : { ...DEFAULT_KEEPALIVE, idle: parseDuration(text) },
  }),
  'user-timeout': (text) => ({ userTimeout: timeOr(NEVER)(text) }),
  'send-buffer': (text) => ({ sendBuffer: text === 'auto' ? 'auto' : parseSize(text) }),
  timestamps: (text) => ({ timestamps: isOn(text) }),
  'rto-initial': (text) => ({ rtoInitial: parseDuration(text) }),
  'rto-min': (text) => ({ rtoMin: parseDuration(text) }),
  'rto-max': (text) => ({ rtoMax: parseDuration(text) }),
  'persist-max': (text) => ({ persistMax: parseDuration(text) }),
  'sws-override': (text) => ({ sillyWindowOverride: parseDuration(text) }),
  sack: (text) => ({ sack: isOn(text) }),
  congestion: (text) => ({ congestion: oneOf(text, CONGESTION_NAMES) }),
  'initial-window': (text) => ({ initialWindow: text === 'auto' ? 'auto' : whole(text) }),
  iss: (text) => ({ iss: seq(whole(text)) }),
};

const EXAMPLE = 'window: 64KiB';

/** What `sender` or `receiver` says. @throws ScenarioFault */
export function readEnd(place: Place): EndOptions {
  if (place.isAbsent) return { connection: {}, profile: 'rfc' };
  const entries = place.entries(EXAMPLE);
  let connection: Partial<ConnectionOptions> = {};
  let profile: ProfileName = 'rfc';
  for (const [name, value] of entries) {
    if (name === 'profile') {
      profile = value.choice(['rfc', 'linux']);
      continue;
    }
    if (name === 'policies') {
      connection = { ...connection, policies: readPolicies(value) };
      continue;
    }
    const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
    if (setting === undefined) {
      throw value.wrong(
        `"${name}" is no setting of a connection: there are profile, policies, ${Object.keys(SETTINGS).join(', ')}`,
      );
    }
    connection = { ...connection, ...tried(value, setting) };
  }
  checkTogether(place, connection, profile);
  return { connection, profile };
}

/** `{ window: shrinking, probe: no-persist }`: those that come with sash, by name. @throws ScenarioFault */
function readPolicies(place: Place): NonNullable<ConnectionOptions['policies']> {
  const policies: Record<string, string> = {};
  for (const [kind, value] of place.entries('window: shrinking')) {
    const known = (BUILT_IN as Readonly<Record<string, Readonly<Record<string, unknown>>>>)[kind];
    if (known === undefined) {
      throw value.wrong(`there are no policies for "${kind}": there are for ${Object.keys(BUILT_IN).join(', ')}`);
    }
    policies[kind] = value.choice(['standard', ...Object.keys(known)]);
  }
  return policies;
}

function tried(value: Place, setting: Setting): Partial<ConnectionOptions> {
  const text = value.text(EXAMPLE);
  try {
    return setting(text);
  } catch (error) {
    if (error instanceof QuantityError) throw value.wrong(error.message);
    throw error;
  }
}

/** The core speaks of its options; a scenario knows them as settings. */
const SETTING_OF: Readonly<Record<string, string>> = {
  receiveBuffer: 'window',
  sendBuffer: 'send-buffer',
  windowScale: 'window-scale',
  delayedAck: 'delayed-ack',
};

function checkTogether(place: Place, connection: Partial<ConnectionOptions>, profile: ProfileName): void {
  try {
    connectionOptions({ iss: seq(0), ...connection }, profile);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw place.wrong(error.message.replace(/^\w+/, (option) => SETTING_OF[option] ?? option));
  }
}
