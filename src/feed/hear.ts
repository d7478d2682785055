// What an observer said, or why that is nothing: whatever arrives is checked field by field before anything is done with it.
import { type ControlOperation, type ObserverMessage } from '../trace/index.ts';
import { type Topic, TOPICS } from './frame.ts';
import { MOST_HZ } from './observer.ts';

/** Octets of one message, and messages a second. */
export const MESSAGE_OCTETS = 16_384;
export const MESSAGES_PER_SECOND = 100;
/** Characters of a marker, a link, a rule. */
const MOST_TEXT = 1_000;
export const MOST_STEP = 100_000;
/** Octets a second: more than this is as fast as it can. */
const MOST_PACE = 1e12;
const MOST_SPEED = 1e6;

/** What is wrong with a message; a sentence without its full stop, short enough for a close frame. */
export class Unheard extends Error {}

/** @throws Unheard */
export function hear(text: string): ObserverMessage {
  const message = record(parse(text), 'a message');
  switch (message['kind']) {
    case 'subscribe':
      return subscription(message);
    case 'resync':
      return { kind: 'resync' };
    case 'ping':
      return { kind: 'ping', sentAtMs: number(message, 'sentAtMs', -Number.MAX_VALUE, Number.MAX_VALUE) };
    case 'control':
      return { kind: 'control', id: number(message, 'id', 0, Number.MAX_SAFE_INTEGER), ...operation(message) };
    default:
      throw new Unheard('kind is subscribe, resync, ping or control');
  }
}

function subscription(message: Fields): ObserverMessage {
  const { kinds, hz } = message;
  if (kinds !== undefined && (!Array.isArray(kinds) || !kinds.every(isTopic))) {
    throw new Unheard(`kinds is a list of ${TOPICS.join(', ')}`);
  }
  return {
    kind: 'subscribe',
    ...(kinds === undefined ? {} : { kinds }),
    ...(hz === undefined ? {} : { hz: number(message, 'hz', 1, MOST_HZ) }),
  };
}

function isTopic(value: unknown): value is Topic {
  return TOPICS.includes(value as Topic);
}

function operation(message: Fields): ControlOperation {
  const { operation: name } = message;
  switch (name) {
    case 'pace':
      return { operation: name, connection: whole(message, 'connection'), octetsPerSecond: pace(message) };
    case 'stop':
    case 'resume':
    case 'chunk':
      return { operation: name, connection: whole(message, 'connection') };
    case 'link':
    case 'rule':
      return { operation: name, link: words(message, 'link'), text: words(message, 'text') };
    case 'marker':
      return { operation: name, text: words(message, 'text') };
    case 'pause':
    case 'play':
      return { operation: name };
    case 'step':
      return { operation: name, happenings: Math.floor(number(message, 'happenings', 1, MOST_STEP)) };
    case 'speed':
      return {
        operation: name,
        speed: message['speed'] === null ? null : number(message, 'speed', 1e-6, MOST_SPEED),
      };
    default:
      throw new Unheard('operation is none that there is');
  }
}

type Fields = Readonly<Record<string, unknown>>;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Unheard('a message is one JSON object');
  }
}

function record(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Unheard(`${what} is one JSON object`);
}

function pace(message: Fields): number | null {
  return message['octetsPerSecond'] === null ? null : number(message, 'octetsPerSecond', 0, MOST_PACE);
}

function whole(message: Fields, name: string): number {
  return Math.floor(number(message, name, 0, Number.MAX_SAFE_INTEGER));
}

function number(message: Fields, name: string, least: number, most: number): number {
  const value = message[name];
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw new Unheard(`${name} is a number from ${least} to ${most}`);
}

function words(message: Fields, name: string): string {
  const value = message[name];
  if (typeof value === 'string' && value.length <= MOST_TEXT) return value;
  throw new Unheard(`${name} is text of at most ${MOST_TEXT} characters`);
}
