// Segments are reused: what one connection left in one must not leave with another's.
import test from 'ava';
import { Connection, connectionOptions, Segment, seq } from '../../src/tcp/index.ts';

test('a SYN without ACK carries no acknowledgment number of what the segment was before', (t) => {
  const connection = new Connection(connectionOptions({ iss: seq(1) }), 0);
  connection.connect(0);
  const reused = new Segment();
  reused.ack = seq(12_345);
  reused.seq = seq(6_789);
  t.true(connection.pollSegment(reused, 0));
  t.is(reused.ack, seq(0));
  t.is(reused.seq, seq(1));
});
