// Reads recordings and captures dropped on the page: first which conversations there are and who sends in them, then their
// packets. Nothing leaves the tab; the files are read twice, in pieces.
import { SYN } from '../../../tcp/index.ts';
import {
  type CapturedPacket,
  CaptureReader,
  type Conversation,
  type Happening,
  Happenings,
  isDamage,
  type ReadReport,
  type RecordingBegins,
  secondClock,
  Sighter,
  type Sightings,
} from '../../../trace/index.ts';
import { Flow, Run, type Side, type Vantage } from '../data/index.ts';
import { pour } from './octets.ts';

/** Of a file with more conversations those with the most octets are shown. */
const MOST_FLOWS = 32;
/** Segments of each of several files by which their clocks are compared; 35 octets each. */
const MOST_COMPARED = 2_000_000;

/** What the first reading found of a conversation. */
interface Found {
  conversation: Conversation;
  octets: [number, number];
  packets: number;
  /** Initial sequence numbers by end, where the SYNs were seen. */
  isn: [number, number];
  recording: RecordingBegins | undefined;
}

interface Opened {
  name: string;
  file: Blob;
  found: Found[];
  epochNs: bigint | undefined;
  report: ReadReport;
  /** What is wrong with a compressed file from some place on. */
  damage: string | undefined;
  /** Segment by segment, so that clocks can be compared; of a file that is alone none. */
  sightings: readonly Sightings[];
}

interface Placed extends Opened {
  /** From the file's times to the run's. */
  clock: (atNs: number) => number;
  /** The number in the first file of a conversation that both saw. */
  twins: ReadonlyMap<number, number>;
}

export class FileFault extends Error {}

/** @throws FileFault in a sentence for people */
export async function readFiles(files: readonly File[], onProgress: (share: number) => void): Promise<Run> {
  const whole = 2 * files.reduce((sum, { size }) => sum + size, 0) || 1;
  let done = 0;
  const advance = (octets: number): void => onProgress((done += octets) / whole);
  const opened: Opened[] = [];
  for (const file of files) opened.push(await survey(file, files.length > 1, advance));
  const run = new Run(files.map(({ name }) => name).join(' and '), 'recording');
  const placed = onOneClock(opened, run);
  const flows = new Map<string, Flow>();
  for (const one of placed) {
    await build(one, run, flows, advance);
    tellFaults(one, run);
  }
  for (const { name, file } of opened) run.files.push({ name, octets: [], blob: file });
  return run;
}

/** Puts all on the clock of the first, as `sash trace align` does, and begins with what happened first. */
function onOneClock([first, ...others]: readonly Opened[], run: Run): Placed[] {
  if (first === undefined) return [];
  const placed: Placed[] = [
    {
      ...first,
      clock: (atNs) => atNs,
      twins: new Map(first.found.map(({ conversation: { index } }) => [index, index])),
    },
  ];
  for (const other of others) {
    const apartNs =
      other.epochNs === undefined || first.epochNs === undefined ? 0 : Number(other.epochNs - first.epochNs);
    const names = { here: first.name, there: other.name };
    const { clock, alignment, remark } = secondClock(first.sightings, other.sightings, apartNs, names);
    if (remark !== undefined) run.note(`${remark[0]!.toUpperCase()}${remark.slice(1)}.`);
    const pairs = typeof alignment === 'string' ? [] : alignment.conversations;
    placed.push({ ...other, clock, twins: new Map(pairs.map(({ here, there }) => [there.index, here.index])) });
  }
  const baseNs = Math.min(...placed.map(({ clock }) => clock(0)));
  return placed.map((one) => ({ ...one, clock: (atNs) => one.clock(atNs) - baseNs }));
}

async function survey(file: File, isCompared: boolean, advance: (octets: number) => void): Promise<Opened> {
  if (file.size === 0) throw new FileFault(`${file.name} is empty: there is nothing to show.`);
  const found = new Map<number, Found>();
  let recording: RecordingBegins | undefined;
  const sighter = new Sighter(isCompared ? MOST_COMPARED : 0);
  const reader = new CaptureReader({
    packet: (packet) => {
      sighter.packet(packet);
      const { conversation, side, lengthOctets, seg } = packet;
      let own = found.get(conversation.index);
      if (own === undefined) {
        own = { conversation, octets: [0, 0], packets: 0, isn: [-1, -1], recording };
        found.set(conversation.index, own);
      }
      own.packets++;
      own.octets[side] += lengthOctets;
      if (seg.has(SYN)) own.isn[side] = seg.seq;
    },
    happening: (happening) => {
      if (happening.type === 'recording') recording = happening;
    },
  });
  const { damage } = await pour(file, into(reader), advance);
  const report = reader.end();
  if (damage !== undefined && found.size === 0)
    throw new FileFault(`${file.name} is compressed, and damaged from its beginning: there is nothing to show.`);
  if (report.format === 'unknown')
    throw new FileFault(
      `${file.name} is no capture: pcapng and pcap files are read, such as sash, Wireshark and tcpdump write.`,
    );
  if (found.size === 0) throw new FileFault(`${file.name} holds no TCP segment (${report.packets} packets in all).`);
  const sorted = [...found.values()].toSorted((a, b) => b.octets[0] + b.octets[1] - (a.octets[0] + a.octets[1]));
  const { epochNs } = reader;
  return { name: file.name, file, found: sorted, epochNs, report, damage, sightings: sighter.conversations };
}

interface Entry {
  flow: Flow;
  vantage: Vantage;
  /** The conversation's end whose segments leave; of recordings the file says itself which way each went. */
  outSide: 0 | 1 | undefined;
}

async function build(
  placed: Placed,
  run: Run,
  flows: Map<string, Flow>,
  advance: (octets: number) => void,
): Promise<void> {
  const { file, found } = placed;
  const entries = new Map<number, Entry>();
  for (const one of found.slice(0, MOST_FLOWS)) entries.set(one.conversation.index, enter(one, run, flows, placed));
  if (found.length > MOST_FLOWS)
    run.note(`There are ${found.length} conversations; the ${MOST_FLOWS} with the most octets are shown.`);
  let packet: CapturedPacket | undefined;
  let latest: Entry | undefined;
  const told = new Happenings((happening) => {
    if (happening.type !== 'segment' || packet === undefined) return;
    latest = entries.get(packet.conversation.index);
    if (latest === undefined) return;
    take(latest, packet, happening);
  });
  const reader = new CaptureReader({
    packet: (captured) => {
      packet = captured;
      told.packet(captured);
    },
    happening: (happening) => {
      if (happening.type === 'recording')
        latest =
          [...entries.values()].find(
            ({ vantage }) => vantage.configuration === undefined && vantage.label === happening.label,
          ) ?? latest;
      if (latest === undefined) return;
      if (happening.type === 'recording') latest.vantage.configuration = happening.configuration ?? {};
      latest.flow.take(latest.vantage, happening);
    },
  });
  await pour(file, into(reader), advance);
  reader.end();
}

function into(reader: CaptureReader): (octets: Uint8Array) => 'more' | 'enough' {
  return (octets) => {
    reader.push(octets);
    return reader.isBroken ? 'enough' : 'more';
  };
}

function take(
  { flow, vantage, outSide }: Entry,
  packet: CapturedPacket,
  happening: Extract<Happening, { type: 'segment' }>,
): void {
  if (outSide !== undefined) happening.direction = packet.side === outSide ? 'out' : 'in';
  const { octets, ipAt, tcpAt, number } = packet;
  vantage.segments.headers.keep(
    number,
    octets,
    ipAt,
    tcpAt,
    Math.min(packet.endAt, tcpAt + Math.max(20, (octets[tcpAt + 12]! >> 4) * 4)),
  );
  flow.take(vantage, happening);
}

/** Finds the flow a conversation belongs to, another file may have shown it already, and begins a vantage of it. */
function enter(one: Found, run: Run, flows: Map<string, Flow>, { clock, twins }: Placed): Entry {
  const { conversation, octets, recording } = one;
  const sending: 0 | 1 = octets[1] > octets[0] ? 1 : 0;
  const [first, second] = conversation.ends;
  const twin = twins.get(conversation.index);
  const keys = [...(twin === undefined ? [] : [`twin ${twin}`]), keyOf(one, sending)];
  let flow = keys.map((key) => flows.get(key)).find((found) => found !== undefined);
  if (flow === undefined) {
    flow = new Flow(`${first.address}:${first.port} ↔ ${second.address}:${second.port}`);
    flow.ends[0].endpoint = conversation.ends[sending];
    flow.ends[1].endpoint = conversation.ends[sending === 0 ? 1 : 0];
    for (const key of keys) flows.set(key, flow);
    run.flows.push(flow);
  }
  const isOwn = recording !== undefined && /^(?:.*-)?(?:sender|receiver)$/.test(recording.label);
  if (recording === undefined || !isOwn) {
    const vantage = flow.look(recording?.label ?? 'capture', 0, false);
    vantage.clock = clock;
    return { flow, vantage, outSide: sending };
  }
  const { local } = recording;
  const isSender =
    local.port === conversation.ends[sending].port && local.address === conversation.ends[sending].address;
  const side: Side = isSender ? 0 : 1;
  const vantage = flow.look(recording.label, side, true);
  vantage.clock = clock;
  return { flow, vantage, outSide: undefined };
}

/** What a conversation is known by where segments could not be compared: initial sequence numbers, else addresses. */
function keyOf({ conversation, isn }: Found, sending: 0 | 1): string {
  if (isn[0] >= 0 && isn[1] >= 0) return `${isn[sending]},${isn[1 - sending]}`;
  const [first, second] = conversation.ends;
  return `${first.address}:${first.port},${second.address}:${second.port}`;
}

function tellFaults({ name, report, damage: broken }: Opened, run: Run): void {
  if (broken !== undefined) run.note(`${name} is compressed, and damaged (${broken}): what comes after that is lost.`);
  const damage = Object.entries(report.faults).filter(([fault]) => isDamage(fault as keyof typeof report.faults));
  for (const [fault, count] of damage) run.note(`${name}: ${count} × ${fault}: what could not be read is left out.`);
  if (report.lostOctets > 0) run.note(`${name} ends in the middle: its last ${report.lostOctets} octets are lost.`);
}
