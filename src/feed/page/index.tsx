// The page begins: is there a feed where it came from, or recordings to replay? If not, it waits for some, and simulates.
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style/base.css';
import './style/panels.css';
import './style/plots.css';
import './style/simulate.css';
import './style/gallery.css';
import { App, type Home } from './ui/app.tsx';
import { chooseTheme } from './view/theme.ts';

async function whatIsHere(): Promise<Home> {
  const nothing = { feed: false, recordings: 0 };
  if (!location.protocol.startsWith('http')) return nothing;
  try {
    const answer = await fetch('feed.json', { cache: 'no-store' });
    return answer.ok ? { ...nothing, ...((await answer.json()) as Partial<Home>) } : nothing;
  } catch {
    return nothing;
  }
}

chooseTheme('system');
void whatIsHere().then((home) => render(<App home={home} />, document.querySelector('#page')!));
