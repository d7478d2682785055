// Pictures of both directions of a connection, and of what lies above a picture.
import test from 'ava';
import { FIGURE_KINDS } from '../../src/trace/index.ts';
import { svgPng } from '../../src/cli/figure-image.ts';
import { assertWellFormed, COURSES, pictures, recorded } from './pictures.ts';
import { finished } from './sash.ts';

test('both directions of requests and answers: a panel each, every kind sound, from one capture and from two', async (t) => {
  const files = recorded(t, COURSES['requests and answers']);
  for (const given of [files.slice(1), files]) {
    for (const [kind, svg] of await pictures(given, 'light', 'both')) {
      if (kind === 'ladder') continue;
      assertWellFormed(t, svg);
      t.false(/NaN|undefined|Infinity/.test(svg), kind);
      for (const way of [
        />10\.0\.0\.1:\d+ → 10\.0\.0\.2:9293<\/text>/g,
        />10\.0\.0\.2:9293 → 10\.0\.0\.1:\d+<\/text>/g,
      ])
        t.is(svg.match(way)?.length, 1, `${kind}: ${way} stands above one panel`);
      t.is(svg.match(/>time \((?:s|ms)\)<\/text>/g)?.length, 2, kind);
    }
  }
});

test('--direction: the picture of one says that there is another; a report has both', async (t) => {
  const files = recorded(t, COURSES['requests and answers']);
  const one = await finished(t, ['trace', 'plot', ...files, '--kind', 'window']);
  t.is(
    one.stderr,
    'sash: the other end sent 60,000 octets too, which the picture does not show: --direction both does\n',
  );
  const other = await finished(t, ['trace', 'plot', ...files, '--kind', 'window', '--direction', 'other']);
  t.is(other.stderr, '');
  t.regex(one.stdout, /aria-label="10\.0\.0\.2:9293 → 10\.0\.0\.1:\d+\./);
  t.regex(other.stdout, /aria-label="10\.0\.0\.1:\d+ → 10\.0\.0\.2:9293\./);
  const report = await finished(t, ['trace', 'report', ...files]);
  t.is(report.code, 0, report.stderr);
  t.is(report.stdout.split(', both directions. ').length - 1, FIGURE_KINDS.length);
  const wrong = await finished(t, ['trace', 'plot', ...files, '--direction', 'bth']);
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /--direction: "bth" is none: choose main, other, both\. .*both/);
  const ladder = await finished(t, ['trace', 'plot', ...files, '--kind', 'ladder', '--direction', 'both']);
  t.regex(ladder.stderr, /a ladder has both directions/);
});

test('a window that lies wholly above its picture is no trouble for PNG', async (t) => {
  const [file] = recorded(t, {
    link: 'delay=150ms rate=9600bit/s queue=3seg',
    flows: [{ write: '40KB', sender: { mss: 960, congestion: 'reno', 'initial-window': 1 }, receiver: { mss: 960 } }],
  });
  const svg = (await pictures([file], 'light')).get('window')!;
  t.regex(svg, /the window offered reaches 65,\d+ octets, above the picture/);
  t.is((await svgPng(svg))[0], 0x89);
});
