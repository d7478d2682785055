// What is looked at, frame by frame: the browser's frames are drawn here by the test.
import test from 'ava';
import { Flow, Run } from '../../src/feed/page/data/index.ts';
import { View } from '../../src/feed/page/view/view.ts';

const asked: ((ms: number) => void)[] = [];
Object.assign(globalThis, { requestAnimationFrame: (frame: (ms: number) => void) => asked.push(frame) });

let ms = 0;

/** As many frames as are asked for, up to a few. */
function draw(): number {
  let drawn = 0;
  for (; asked.length > 0 && drawn < 50; drawn++) {
    ms += 16;
    for (const frame of asked.splice(0)) frame(ms);
  }
  return drawn;
}

test.serial('what was followed live is looked at as it ended, and then nothing is drawn any more', (t) => {
  const run = new Run('live', 'live', true);
  const flow = new Flow('flow', [true, false]);
  const vantage = flow.look('sender', 0, true);
  run.flows.push(flow);
  flow.take(vantage, { type: 'state', atNs: 1e9, from: 'CLOSED', to: 'SYN-SENT' });
  const view = new View();
  view.liveNow = () => 1.5e9;
  view.show(run);
  t.true(draw() >= 50, 'what is live moves');
  t.is(view.cursorNs, 1.5e9);
  flow.take(vantage, { type: 'state', atNs: 3e9, from: 'LAST-ACK', to: 'CLOSED' });
  run.version++;
  run.isGrowing = false;
  view.touch();
  t.true(draw() < 10);
  t.is(view.cursorNs, 3e9);
  view.moveTo(2e9);
  run.version++;
  view.touch();
  draw();
  t.is(view.cursorNs, 2e9, 'whoever looks elsewhere is left there');
});
