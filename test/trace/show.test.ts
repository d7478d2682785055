// Recordings in words and as JSON lines.
import test from 'ava';
import { ACK, FIN, PSH, RST, SILENCE_REASONS, SYN } from '../../src/tcp/index.ts';
import {
  duration,
  flagLetters,
  type Happening,
  PacketdrillNotation,
  reasonClause,
  type SegmentPasses,
  Show,
  toJson,
  toJsonLine,
  wallClock,
} from '../../src/trace/index.ts';
import { readAll, slowReader } from './pair.ts';

function segment(given: Partial<SegmentPasses>): SegmentPasses {
  return {
    type: 'segment',
    atNs: 0,
    packet: 1,
    direction: 'in',
    purpose: 'arrived',
    sourcePort: 1,
    destinationPort: 2,
    seq: 0,
    ack: 0,
    flags: ACK,
    wnd: 0,
    lengthOctets: 0,
    ...given,
  };
}

test('a transfer reads like a packetdrill script, with what happened between the segments', (t) => {
  const pair = slowReader();
  const show = new Show();
  const lines = readAll(pair.recording(pair.sender)).happenings.map((happening) => show.line(happening));
  const expected = [
    '+0.000000 > S 0:0(0) win 65535 <mss 1460,sackOK,wscale 0> // 1',
    '+0.001000 < S. 0:0(0) ack 1 win 5840 <mss 1460,sackOK,wscale 0> // 2',
    '+0.000000 * state: SYN-SENT to ESTABLISHED',
    '+0.000000 * nothing-queued, after 1 ms of handshake: the application gives nothing to send; 0 octets in flight',
    '+0.009000 * written: 12000 octets',
    '+0.000000 > . 1461:2921(1460) ack 1 win 65535 // 5',
    '+0.000000 * window-full, after 0 ns of sending: 5840 octets in flight fill the window of 5840, and 6160 octets wait',
    '+0.000000 < . 1:1(0) ack 5841 win 0 // 9: the peer offers nothing: zero window, 6160 octets wait here',
    '+0.000000 * timer: persist starts, due in 1 s',
    '+0.000000 * zero-window, after 1 ms of window-full: the receiver offers nothing, and 6160 octets wait',
    '+1.000000 * timer: persist fires',
    '+0.000000 > . 5841:5842(1) ack 1 win 65535 // 10: zero-window probe 1 since the window closed',
    '+0.998500 < . 1:1(0) ack 5841 win 4000 // 16: the peer opens its window: 4000 octets',
    '+0.000000 * send window: from 0 to 4000 octets; 0 in flight',
    '+0.000000 * window-full, after 0 ns of sending: 2920 octets in flight leave too little of the window of 4000 for a segment, and 3240 octets wait',
    '+0.000000 * silly-window, after 1 ms of window-full: a window of 1080 is not worth a segment of 1460, and 3240 octets wait',
    '+0.000000 * nagle, after 0 ns of sending: 320 octets, less than a segment of 1460, wait for 2920 octets in flight',
    '+0.000000 > F. 12001:12001(0) ack 1 win 65535 // 27',
  ];
  // All of them, and in this order.
  let from = 0;
  for (const line of expected) {
    const at = lines.indexOf(line, from);
    if (at < 0) t.fail(`${line} is not among what follows ${lines[from - 1]}`);
    from = at + 1;
  }
  t.regex(
    lines[0]!,
    /^\+0\.000000 \* recording: sender, 192\.0\.2\.1:40001 to 192\.0\.2\.2:9293; time 0 is 2026-11-21T19:20:00\.123249420Z; by sash test, vocabulary 1$/,
  );
  t.regex(
    lines.at(-1)!,
    /\* end: complete; TIME-WAIT; 16 segments sent, 14 received; 8\.461 s: zero-window 94\.6 %, nothing-queued 4\.2 %/,
  );
});

test("the receiver's side shows what it offers and refuses", (t) => {
  const pair = slowReader();
  const show = new Show({ times: 'since-start' });
  const lines = readAll(pair.recording(pair.receiver)).happenings.map((happening) => show.line(happening));
  for (const line of [
    '1.011501 * refused, zero-window: . 5841:5842(1) ack 1',
    '8.010001 * read: 4000 octets, 1840 left',
    '8.010001 * offer: 4000 octets, by the rule room; room for 4000 of 5840',
    '8.010001 > . 1:1(0) ack 5841 win 4000 // 16: window update: 4000 octets offered, 1840 unread',
  ]) {
    t.true(lines.includes(line), line);
  }
});

test('sequence numbers are relative to each ISN, count on beyond 2^32, and begin at 1 where no SYN was seen', (t) => {
  const notation = new PacketdrillNotation();
  t.is(notation.segment(segment({ seq: 0xffff_fff0, flags: SYN, wnd: 5, mss: 9 })), '< S 0:0(0) win 5 <mss 9>');
  const text = { flags: PSH | ACK, ack: 1_001, lengthOctets: 100 };
  t.is(notation.segment(segment({ ...text, seq: 0xffff_fff1 })), '< P. 1:101(100) ack 1 win 0');
  t.is(notation.segment(segment({ ...text, seq: 85 })), '< P. 101:201(100) ack 1 win 0');
  const answer = { direction: 'out', seq: 1_001, ack: 185, tsVal: 7, tsEcr: 8 } as const;
  t.is(notation.segment(segment(answer)), '> . 1:1(0) ack 201 win 0 <TS val 7 ecr 8>');
  const holes = { ...answer, sacks: [[285, 385]] } satisfies Partial<SegmentPasses>;
  t.is(notation.segment(segment(holes)), '> . 1:1(0) ack 201 win 0 <TS val 7 ecr 8,sack 301:401>');
  let last = '';
  for (let at = 185; at < 5 * 2 ** 32; at += 2 ** 30) last = notation.segment(segment({ ...text, seq: at % 2 ** 32 }));
  t.is(last, `< P. ${201 + 19 * 2 ** 30}:${301 + 19 * 2 ** 30}(100) ack 1 win 0`);
  t.is(notation.segment(segment({ flags: RST, seq: 185 })).split(' ')[1], 'R');
});

test('control bits have their letters', (t) => {
  t.is(flagLetters(SYN | ACK), 'S.');
  t.is(flagLetters(FIN | PSH | ACK), 'FP.');
  t.is(flagLetters(0x20 | ACK), 'U.');
  t.is(flagLetters(0), '-');
});

test('every reason has its clause, with the numbers that decide it', (t) => {
  const numbers = { flightOctets: 111, wndOctets: 222, unsentOctets: 1, mssOctets: 444, roomOctets: 555 };
  const clauses = SILENCE_REASONS.map((to) =>
    reasonClause({ type: 'reason', atNs: 0, from: 'sending', to, heldNs: 0, ...numbers }),
  );
  t.is(new Set(clauses).size, SILENCE_REASONS.length);
  t.deepEqual(clauses.filter((clause) => /1 octet\b/.test(clause)).length, 9);
  t.true(clauses.every((clause) => !clause.includes('undefined')));
});

test('what is written where it does not fit, markers and incomplete ends say so', (t) => {
  const show = new Show();
  const line = (happening: Happening): string => show.line(happening).replace(/^\S+ /, '');
  t.is(
    line({ type: 'written', atNs: 0, offeredOctets: 9, acceptedOctets: 4, roomOctets: 0 }),
    '* written: 4 of 9 octets; room left for 0',
  );
  t.is(line({ type: 'marker', atNs: 0, text: 'a\u001b[31mb\n' }), '* marker: a?[31mb?');
  t.is(
    line({ type: 'end', atNs: 0, complete: false, why: 'disk full', connection: null }),
    '* end: incomplete, disk full',
  );
  t.is(line({ type: 'timer', atNs: 0, timer: 'override', event: 'fires' }), '* timer: override fires');
});

test('lengths of time and moments read as people write them', (t) => {
  t.is(duration(0), '0 ns');
  t.is(duration(999), '999 ns');
  t.is(duration(1_500), '1.5 us');
  t.is(duration(40_000_000), '40 ms');
  t.is(duration(8_460_500_000), '8.461 s');
  for (const iso of [
    '1970-01-01T00:00:00.000Z',
    '2000-02-29T23:59:59.999Z',
    '2026-11-21T19:20:00.123Z',
    '2100-03-01T00:00:00.001Z',
  ]) {
    t.is(wallClock(BigInt(Date.parse(iso)) * 1_000_000n), iso.replace('Z', '000000Z'));
  }
});

test('a JSON line has stable names, letters for control bits, digits for octets and null for never', (t) => {
  const text = Uint8Array.of(0, 0x61, 0xff);
  const full = segment({ flags: PSH | ACK, lengthOctets: 3, text, comment: 'x' });
  t.is(
    toJsonLine(full),
    '{"type":"segment","atNs":0,"packet":1,"direction":"in","purpose":"arrived","sourcePort":1,"destinationPort":2,' +
      '"seq":0,"ack":0,"flags":"P.","wnd":0,"lengthOctets":3,"textHex":"0061ff","comment":"x"}',
  );
  t.deepEqual(toJson({ type: 'timer', atNs: 5, timer: 'persist', event: 'starts', deadlineNs: Infinity }), {
    type: 'timer',
    atNs: 5,
    timer: 'persist',
    event: 'starts',
    deadlineNs: null,
  });
});

test('every happening of a recording is one JSON line', (t) => {
  const pair = slowReader({ snap: 'full' });
  const { happenings } = readAll(pair.recording(pair.sender));
  const lines = happenings.map(toJsonLine);
  t.true(lines.every((line) => !line.includes('\n')));
  t.deepEqual(
    lines.map((line) => (JSON.parse(line) as Happening).type),
    happenings.map(({ type }) => type),
  );
});
