// Urgent data in recordings: the header's pointer is kept, and whoever shows segments shows it.
import test from 'ava';
import {
  CaptureReader,
  explain,
  explanationLines,
  LadderBuilder,
  ladderOf,
  ladderText,
  PacketdrillNotation,
  type SegmentPasses,
  Watch,
} from '../../src/trace/index.ts';
import { Pair, readAll } from './pair.ts';
import { ours, theirs, title, withTshark } from './tshark.ts';

const MS = 1_000_000;

/** The window closes, and an urgent octet waits before it until the reader, who has heard of it, has made room. */
function hurried(): Uint8Array {
  const pair = new Pair({ receiver: { receiveBuffer: 4_000, windowScale: 'off' }, sender: { windowScale: 'off' } });
  const { sender, receiver } = pair;
  pair.runFor(10 * MS);
  sender.connection.write(new Uint8Array(4_000), pair.now);
  pair.runFor(100 * MS);
  sender.connection.writeUrgent(Uint8Array.of(7), pair.now);
  pair.runFor(1_500 * MS);
  receiver.connection.read(new Uint8Array(4_000), pair.now);
  pair.runFor(100 * MS);
  return pair.recording(sender);
}

const file = hurried();
const segments = readAll(file).happenings.filter((each): each is SegmentPasses => each.type === 'segment');
const urgent = segments.filter(({ up }) => up !== undefined);

test('the recording keeps the pointer as it stood in the header, and says what it is', (t) => {
  t.deepEqual(
    urgent.map(({ purpose, up, lengthOctets, comment }) => ({ purpose, up, lengthOctets, comment })),
    [
      { purpose: 'urgent', up: 1, lengthOctets: 0, comment: 'urgent pointer 1' },
      {
        purpose: 'probe',
        up: 1,
        lengthOctets: 1,
        comment: 'zero-window probe 1 since the window closed; urgent pointer 1',
      },
      { purpose: 'text', up: 1, lengthOctets: 1, comment: 'urgent pointer 1' },
    ],
  );
});

test('it reads as packetdrill writes it', (t) => {
  const notation = new PacketdrillNotation();
  const lines = segments.map((segment) => notation.segment(segment));
  t.true(lines.includes('> U. 4001:4001(0) ack 1 win 65535 urg 1'), lines.join('\n'));
  t.true(lines.includes('> PU. 4001:4002(1) ack 1 win 65535 urg 1'));
});

test('explain says what it asks for', (t) => {
  const words = urgent.map(({ packet }) => {
    const watch = new Watch({ packet });
    const reader = new CaptureReader(watch);
    reader.push(file);
    reader.end();
    return explanationLines(explain(watch.watchers)!, { atNs: undefined }).join('\n');
  });
  t.regex(words[0]!, /word of urgent octets, and none of them/);
  t.regex(words[1]!, /zero-window probe/);
  for (const each of words) {
    t.regex(each, /URG asks the reader to hurry up to 4002/);
    t.regex(each, /§3\.8\.5 \(MUST-62\)/);
  }
});

test('the ladder shows URG, and where the pointer stands', (t) => {
  const builder = new LadderBuilder();
  const reader = new CaptureReader(builder);
  reader.push(file);
  reader.end();
  const text = ladderText(ladderOf(builder, 100)!);
  t.regex(text, /URG ack 1 win 65535 up 4002/);
  t.regex(text, /URG seq 4001:4002 \(1\).*up 4002/);
});

withTshark(title('Wireshark reads the same'), (t) => {
  const there = theirs(file);
  t.deepEqual(
    ours(file).rows.map(({ info }) => info),
    there.map(({ info }) => info),
  );
  t.is(there.filter(({ info }) => / Urg=1 Len=[01]$/.test(info)).length, 3);
});
