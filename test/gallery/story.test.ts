// docs/backpressure.md tells what is so: its tables and pictures are what its commands give, its traces exist, and each of the three
// misreadings that it corrects is shown to be one.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { galleryEntry, runGallery } from '../../sim/index.ts';
import { retold, ROOT } from './story.ts';
import { TRACES } from './trace.ts';

const CURE = 'node dist/test/gallery/story.js --update';
const story = readFileSync(join(ROOT, 'docs/backpressure.md'), 'utf8');

test('the tables and pictures of docs/backpressure.md are what its commands give', async (t) => {
  const { before, after, pictures } = await retold();
  t.is(after, before, CURE);
  t.true(pictures.size >= 8);
  for (const [file, content] of pictures) {
    t.true(existsSync(join(ROOT, file)) && readFileSync(join(ROOT, file), 'utf8') === content, `${file}: ${CURE}`);
  }
  for (const [, shown] of story.matchAll(/\]\((pictures\/[^)]+)\)/g)) t.true(pictures.has(`docs/${shown}`), shown);
});

test('what docs/backpressure.md names exists', (t) => {
  const ids = TRACES.map(({ id }) => id);
  for (const [, name] of story.matchAll(/`((?:reactor|rxjava|akka|node)-[\w-]*[A-Z\d][\w-]*|node-upload-not-read)`/g)) {
    if (galleryEntry(name!) === undefined) t.true(ids.includes(name!), name);
  }
  for (const [, words] of story.matchAll(/sash gallery run ([^`\n]*)/g)) {
    for (const word of words!.split(' ')) {
      if (word.startsWith('--')) break;
      t.not(galleryEntry(word), undefined, word);
    }
  }
});

test('a lagging Kafka consumer slows no producer', (t) => {
  const [kafka, tcp] = runGallery(['kafka-producer', 'tcp'], 'slow-consumer');
  t.is(kafka!.stalls.count, 0);
  t.is(kafka!.ledger.refused, 0);
  t.true(kafka!.ledger.queued > 29_900); // the log has it all
  t.true(tcp!.stalls.share > 0.9);
  t.true(tcp!.ledger.backlog > 29_900);
});

test('reading a whole upload at once defeats backpressure', (t) => {
  const [pieces, whole] = runGallery(['http-upload', 'http-upload-whole'], 'slow-consumer');
  t.true(pieces!.stalls.share > 0.8);
  t.true(pieces!.peak.queuedOctets <= 3_968_000 + 128_000 + 65_536 + 1_460); // the segment that fills it may overshoot
  t.is(whole!.stalls.count, 0);
  t.true(whole!.peak.queuedOctets > 29_900 * 1_024);
});

test('an upload that nobody reads holds what was measured, to a segment', (t) => {
  const { reqReadableLength, serverKernelRcv, clientKernelSnd } = TRACES.find(
    ({ id }) => id === 'node-upload-not-read',
  ) as unknown as Record<string, number>;
  const [upload] = runGallery(['http-upload'], 'slow-consumer', { diesAt: 0, produces: Infinity, duration: 3e9 });
  const measured = reqReadableLength! + serverKernelRcv! + clientKernelSnd!;
  t.true(Math.abs(upload!.peak.queuedOctets - measured) < 1_460, `${upload!.peak.queuedOctets} for ${measured}`);
});

test('every hop adds its own credit', (t) => {
  const dead = { diesAt: 0, produces: 4_000, duration: 3e9 };
  const [one] = runGallery(['rabbitmq'], 'slow-consumer', dead);
  const [three] = runGallery(['rabbitmq'], 'chain', dead);
  t.deepEqual([one!.peak.committedItems, three!.peak.committedItems], [400, 1_200]);
});
