// What an end of a message stream accounts for at its end: plain data for `--json` and the feed, and the same in words.
import { type Account, type Bucket, formatDuration, formatSize, type ProducerEnd } from '../app/index.ts';
import { type Duration } from '../tcp/index.ts';

export interface Latency {
  p50: Duration;
  p99: Duration;
  max: Duration;
  /** By how much the producer's clock is ahead of the consumer's, and within what: latencies are off by no more. */
  clockOffset: Duration;
  clockError: Duration | null;
}

interface CommonNote {
  /** Whether offered = delivered + dropped + refused + queued, by the ledgers of both ends; null where one of them is not known. */
  isConserved: boolean | null;
  latencyNs: Latency | null;
  /** The most memory this process had. */
  peakMemoryOctets: number;
}

export interface ProducerNote extends CommonNote, Account {
  end: 'producer';
  strategy: string;
  produce: string;
  messageOctets: number;
  /** From the first message to the last. */
  producedForNs: Duration;
}

export interface ConsumerNote extends CommonNote {
  end: 'consumer';
  workNs: Duration;
  consumers: string;
  arrived: number;
  delivered: number;
  /** Being processed when it ended. */
  inFlight: number;
  latencyBucketsNs: Bucket[];
  clockExchanges: number;
  /** The most messages that waited for a consumer, at both ends and between them, as far as this end could tell. */
  peakLag: number;
  peakUnreadOctets: number;
  /** How long no consumer had anything to do. */
  idleNs: Duration;
  /** How many consumers there were from when on, since the run's clock began. */
  consumersOverTime: { atNs: number; consumers: number }[];
  /** What the producer said of itself; null where it did not come to that. */
  producer: ProducerEnd | null;
}

export type MessagesNote = ProducerNote | ConsumerNote;

type Line = (name: string, text: string) => void;

export function messageLines(note: MessagesNote, line: Line): void {
  if (note.end === 'producer') producerLines(note, line);
  else consumerLines(note, line);
  line('memory', `${formatSize(note.peakMemoryOctets)} at most`);
}

/** For a status: what has become of all so far. */
export function briefly(note: MessagesNote): string {
  if (note.end === 'producer') return sumOf(note);
  const { arrived, delivered, inFlight, consumersOverTime } = note;
  const consumers = consumersOverTime.at(-1)?.consumers ?? 0;
  return `${count(arrived)} arrived = ${count(delivered)} delivered + ${count(inFlight)} in work; ${consumers} consumer${consumers === 1 ? '' : 's'}`;
}

function producerLines(note: ProducerNote, line: Line): void {
  line('messages', sumOf(note));
  if (note.isConserved !== null) line('', conserved(note.isConserved));
  line('strategy', `${note.strategy}; messages of ${formatSize(note.messageOctets)} at ${note.produce}`);
  const lost = note.dropped + note.refused;
  if (lost > 0) {
    const { p50, p99, max } = note.dropAgesNs;
    const what = note.refused === 0 ? 'dropped' : note.dropped === 0 ? 'refused' : 'lost';
    line(
      what,
      `at the age of ${formatDuration(p50)} in half the cases, ${formatDuration(p99)} in 99 %, ${formatDuration(max)} at most`,
    );
  }
  latencyLine(note.latencyNs, line);
  line('queue', `${count(note.peakQueued)} messages at most, ${formatSize(note.peakQueuedOctets)}`);
  line('stalled', note.stalls === 0 ? 'never' : `${formatDuration(note.stalledNs)} in all, ${times(note.stalls)}`);
}

function consumerLines(note: ConsumerNote, line: Line): void {
  line('messages', briefly(note).replace(/;.*$/, ''));
  const { producer } = note;
  if (producer !== null) {
    const { offered, dropped, refused } = producer;
    line(
      '',
      `of ${count(offered)} offered, ${count(dropped)} were dropped and ${count(refused)} refused before they left`,
    );
  }
  if (note.isConserved !== null) line('', conserved(note.isConserved));
  latencyLine(note.latencyNs, line);
  const changes = note.consumersOverTime.map(({ consumers }) => consumers);
  const most = Math.max(...changes);
  const over = changes.length === 1 ? '' : `; ${times(changes.length - 1)} changed, ${most} at most`;
  line('consumers', `${note.consumers}, ${formatDuration(note.workNs)} a message${over}`);
  line('lag', `${count(note.peakLag)} messages at most; ${formatSize(note.peakUnreadOctets)} unread at most`);
  if (note.idleNs > 0) line('idle', formatDuration(note.idleNs));
}

function latencyLine(latency: Latency | null, line: Line): void {
  if (latency === null) return;
  const { p50, p99, max, clockError } = latency;
  const quantiles = `half under ${formatDuration(p50)}, 99 % under ${formatDuration(p99)}, ${formatDuration(max)} at most`;
  const error = clockError === null ? '' : ` (± ${formatDuration(clockError)}, as the clocks were compared)`;
  line('latency', `${quantiles}${error}`);
}

function sumOf({ offered, delivered, dropped, refused, queued, inFlight }: ProducerNote): string {
  const parts = [
    `${count(delivered)} delivered`,
    `${count(dropped)} dropped`,
    `${count(refused)} refused`,
    `${count(queued)} queued`,
    `${count(inFlight)} in flight`,
  ];
  return `${count(offered)} offered = ${parts.join(' + ')}`;
}

function conserved(isConserved: boolean): string {
  return isConserved ? 'both ends agree: nothing was lost between the lines' : 'THE TWO ENDS DO NOT AGREE';
}

function times(value: number): string {
  return value === 1 ? 'once' : `${count(value)} times`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
