// A recording for people, a line per happening: segments as packetdrill writes them, the rest after a `*`.
//   +0.001000 < . 1:1(0) ack 5841 win 0 // 9: the peer offers nothing: zero window, 6160 octets wait here
//   +0.000000 * zero-window, after 1 ms of window-full: the receiver offers nothing, and 6160 octets wait
// Where a capture holds several conversations, segments of all but the first begin with which: `[2] < . 1:1(0) …`.
// A segment's line ends in its number in the file, which is Wireshark's, and the recorder's comment.
import { PacketdrillNotation } from './packetdrill.ts';
import {
  type CongestionChanges,
  type Endpoint,
  type Happening,
  type RecordingBegins,
  type RecordingEnds,
  type SegmentPasses,
  type TimerHappening,
  type Written,
} from './vocabulary.ts';
import { duration, endpointText, octets, PHASE_WORDS, printable, reasonClause, wallClock } from './words.ts';

export interface ShowOptions {
  /** Times as packetdrill has them, `+` and the seconds since the line before, or seconds since the run began. */
  times?: 'since-previous' | 'since-start';
}

/** Conversations whose initial sequence numbers are remembered; the earliest is forgotten first. */
const MAX_NOTATIONS = 65_536;

export class Show {
  readonly #isAbsolute: boolean;
  /** One a conversation, and point of view. */
  readonly #notations = new Map<string, PacketdrillNotation>();
  /** Of the last segment, which is what is said to have been refused. */
  #conversation = 0;
  /** Who looks, where there are several in one file: by interface. */
  readonly #labels = new Map<number, string>();
  #previousNs: number | undefined = undefined;

  constructor({ times = 'since-previous' }: ShowOptions = {}) {
    this.#isAbsolute = times === 'since-start';
  }

  /** One line, without its end. Happenings must come in order. */
  line(happening: Happening): string {
    const { interfaceId = 0 } = happening;
    if (happening.type === 'recording') this.#begin(happening, interfaceId);
    const who = this.#labels.size > 1 ? `{${this.#labels.get(interfaceId) ?? interfaceId}} ` : '';
    return `${this.#time(happening.atNs)} ${who}${this.#what(happening, interfaceId)}`;
  }

  /** A file of its own, or one more point of view in it. */
  #begin({ label, atNs }: RecordingBegins, interfaceId: number): void {
    if (interfaceId === 0) {
      this.#labels.clear();
      this.#notations.clear();
      this.#previousNs = atNs;
    }
    this.#labels.set(interfaceId, printable(label));
  }

  #time(atNs: number): string {
    const previousNs = this.#previousNs ?? atNs;
    this.#previousNs = atNs;
    if (this.#isAbsolute) return seconds(atNs);
    // Of rounded instants, so that the differences sum to what they should.
    return `+${seconds((Math.floor(atNs / 1e3) - Math.floor(previousNs / 1e3)) * 1e3)}`;
  }

  #what(happening: Happening, interfaceId: number): string {
    if (happening.type === 'segment') return this.#segment(happening, interfaceId);
    if (happening.type === 'refused') {
      const notation = this.#notation(this.#conversation, interfaceId);
      return `* refused, ${happening.refusal}: ${notation.numbers('in', happening)}`;
    }
    return `* ${words(happening)}`;
  }

  #segment(segment: SegmentPasses, interfaceId: number): string {
    const comment = segment.comment === undefined ? '' : `: ${printable(segment.comment)}`;
    const { conversation = 0 } = segment;
    this.#conversation = conversation;
    const which = conversation === 0 ? '' : `[${conversation}] `;
    return `${which}${this.#notation(conversation, interfaceId).segment(segment)} // ${segment.packet}${comment}`;
  }

  #notation(conversation: number, interfaceId: number): PacketdrillNotation {
    const key = `${interfaceId} ${conversation}`;
    let notation = this.#notations.get(key);
    if (notation === undefined) {
      notation = new PacketdrillNotation();
      this.#notations.set(key, notation);
      if (this.#notations.size > MAX_NOTATIONS) this.#notations.delete(this.#notations.keys().next().value!);
    }
    return notation;
  }
}

function seconds(ns: number): string {
  return (ns / 1e9).toFixed(6);
}

function words(happening: Exclude<Happening, { type: 'segment' | 'refused' }>): string {
  switch (happening.type) {
    case 'recording':
      return beginning(happening);
    case 'conversation':
      return `conversation ${happening.conversation}: ${endpoint(happening.local)} to ${endpoint(happening.remote)}`;
    case 'offer': {
      const { wndOctets, rule, roomOctets, capacityOctets } = happening;
      return `offer: ${octets(wndOctets)}, by the rule ${rule}; room for ${roomOctets} of ${capacityOctets}`;
    }
    case 'send-window': {
      const { fromOctets, toOctets, flightOctets } = happening;
      return `send window: from ${fromOctets} to ${octets(toOctets)}; ${flightOctets} in flight`;
    }
    case 'reason':
      return `${happening.to}, after ${duration(happening.heldNs)} of ${happening.from}: ${reasonClause(happening)}`;
    case 'congestion':
      return congestion(happening);
    case 'offering': {
      const { from, to, heldNs, roomOctets, capacityOctets } = happening;
      return `offering: ${to}, after ${duration(heldNs)} of ${from}; room for ${roomOctets} of ${capacityOctets}`;
    }
    case 'timer':
      return timer(happening);
    case 'state':
      return `state: ${happening.from} to ${happening.to}`;
    case 'written':
      return written(happening);
    case 'read':
      return `read: ${octets(happening.octets)}, ${happening.unreadOctets} left`;
    case 'marker':
      return `marker: ${printable(happening.text)}`;
    case 'end':
      return ending(happening);
  }
}

function beginning({ label, application, epochNs, local, remote, version }: RecordingBegins): string {
  const ends = `${endpoint(local)} to ${endpoint(remote)}`;
  const since = `time 0 is ${wallClock(BigInt(epochNs))}`;
  return `recording: ${printable(label)}, ${ends}; ${since}; by ${printable(application)}, vocabulary ${version}`;
}

function endpoint({ address, port }: Endpoint): string {
  return endpointText({ address: printable(address), port });
}

function congestion({ from, to, cwndOctets, ssthreshOctets, pipeOctets }: CongestionChanges): string {
  const phase = from === to ? '' : `; ${PHASE_WORDS[to]}`;
  const [cwnd, ssthresh] = [cwndOctets ?? 'without limit', ssthreshOctets ?? 'not set'];
  return `congestion: cwnd ${cwnd}, ssthresh ${ssthresh}, ${pipeOctets} in the network${phase}`;
}

function timer({ timer: name, event, deadlineNs, atNs }: TimerHappening): string {
  if (deadlineNs === undefined) return `timer: ${name} ${event}`;
  return `timer: ${name} ${event}, due in ${duration(deadlineNs - atNs)}`;
}

function written({ acceptedOctets, offeredOctets, roomOctets }: Written): string {
  if (acceptedOctets === offeredOctets) return `written: ${octets(acceptedOctets)}`;
  return `written: ${acceptedOctets} of ${octets(offeredOctets)}; room left for ${roomOctets}`;
}

function ending({ complete, why, connection }: RecordingEnds): string {
  const state = complete ? 'end: complete' : `end: incomplete, ${printable(why)}`;
  if (connection === null) return state;
  const { tally, failure, reasonsNs } = connection;
  const life = Object.values(reasonsNs).reduce((sum, ns) => sum + ns, 0);
  const shares = Object.entries(reasonsNs)
    .filter(([, ns]) => ns > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, ns]) => `${name} ${((100 * ns) / life).toFixed(1)} %`);
  const outcome = failure === null ? connection.state : `${connection.state}, ${failure}`;
  const counts = `${tally.segmentsSent} segments sent, ${tally.segmentsReceived} received`;
  return `${state}; ${outcome}; ${counts}; ${duration(life)}: ${shares.join(', ')}`;
}
