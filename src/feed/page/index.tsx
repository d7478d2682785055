// The page begins: is there a feed where it came from? If not, it replays and simulates.
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style/base.css';
import './style/panels.css';
import './style/gallery.css';
import { App } from './ui/app.tsx';

async function hasFeed(): Promise<boolean> {
  if (!location.protocol.startsWith('http')) return false;
  try {
    const answer = await fetch('feed.json', { cache: 'no-store' });
    return answer.ok && ((await answer.json()) as { feed?: boolean }).feed === true;
  } catch {
    return false;
  }
}

void hasFeed().then((has) => render(<App hasFeed={has} />, document.querySelector('#page')!));
