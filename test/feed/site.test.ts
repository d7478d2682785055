// What is served beside the feed: the page's files, and recordings; and to whom.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type FeedServer, type FeedServerOptions, serveFeed } from '../../src/feed/index.ts';
import { ask } from './ask.ts';

function temporary(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sash-site-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function served(t: ExecutionContext, options: Partial<FeedServerOptions>): Promise<FeedServer> {
  const server = await serveFeed({ feed: undefined, host: '127.0.0.1', port: 0, ...options });
  t.teardown(() => server.close('the test is over'));
  return server;
}

test('the page is served with a strict policy, and nothing beside it', async (t) => {
  const folder = temporary(t);
  writeFileSync(join(folder, 'index.html'), '<title>sash</title>');
  mkdirSync(join(folder, 'parts'));
  writeFileSync(join(folder, 'parts/worker.js'), 'onmessage = null;');
  const server = await served(t, { folder });

  const page = await ask(server, '/?x=1');
  t.is(page.status, 200);
  t.is(page.body, '<title>sash</title>');
  t.is(page.headers['content-type'], 'text/html; charset=utf-8');
  t.is(page.headers['x-content-type-options'], 'nosniff');
  t.regex(String(page.headers['content-security-policy']), /default-src 'none'; script-src 'self'; style-src 'self';/);
  t.is((await ask(server, '/', { headers: { 'If-None-Match': String(page.headers['etag']) } })).status, 304);
  t.is((await ask(server, '/parts/worker.js')).headers['content-type'], 'text/javascript; charset=utf-8');
  const head = await ask(server, '/parts/worker.js', { method: 'HEAD' });
  t.deepEqual([head.status, head.headers['content-length'], head.body], [200, '17', '']);
  for (const path of [
    '/../package.json',
    '/parts/../../x',
    '/%2e%2e/x',
    '/parts',
    '/parts/',
    '//etc/passwd',
    '/x\u0000',
    '/.',
  ]) {
    t.is((await ask(server, encodeURI(path))).status, 404, path);
  }
  t.is((await ask(server, '/', { method: 'POST' })).status, 405);
  t.is((await ask(server, '/feed')).status, 426);
  t.is((await ask(server, '/', { headers: { Host: 'evil.example' } })).status, 403);
});

test('recordings are served as they are, to this machine', async (t) => {
  const folder = temporary(t);
  const files = ['a b.pcapng', 'empty', 'gone'].map((name) => join(folder, name));
  for (const file of files) writeFileSync(file, file === files[0] ? 'octets' : '');
  rmSync(files[2]!);
  const server = await served(t, { recordings: files });

  t.deepEqual(JSON.parse((await ask(server, '/feed.json')).body), { feed: false, recordings: 3 });
  const first = await ask(server, '/recordings/0');
  t.deepEqual([first.status, first.body, first.headers['content-length']], [200, 'octets', '6']);
  t.is(first.headers['content-disposition'], "attachment; filename*=UTF-8''a%20b.pcapng");
  t.is(first.headers['cross-origin-resource-policy'], 'same-origin', 'no page of elsewhere gets at it');
  t.deepEqual([(await ask(server, '/recordings/1')).body, (await ask(server, '/recordings/2')).status], ['', 404]);
  for (const path of [
    '/recordings/3',
    '/recordings/',
    '/recordings/0/',
    '/recordings/../recordings/0',
    '/recordings/00000',
  ])
    t.is((await ask(server, path)).status, 404, path);
  t.is((await ask(server, '/recordings/0', { method: 'POST' })).status, 405);
  t.is((await ask(server, '/recordings/0', { headers: { Host: 'evil.example' } })).status, 403);
});

test('beyond this machine recordings are for those who show the token', async (t) => {
  const folder = temporary(t);
  const file = join(folder, 'run.pcapng');
  writeFileSync(file, 'octets');
  const server = await served(t, { host: '0.0.0.0', recordings: [file] });
  t.is(server.url('192.0.2.1'), `http://192.0.2.1:${server.port}/#token=${server.token}`);

  t.is((await ask(server, '/recordings/0')).status, 401);
  for (const shown of ['Bearer x', `Basic ${server.token}`, `Bearer ${server.token}x`, 'Bearer '])
    t.is((await ask(server, '/recordings/0', { headers: { Authorization: shown } })).status, 401, shown);
  const had = await ask(server, '/recordings/0', { headers: { Authorization: `Bearer ${server.token}` } });
  t.deepEqual([had.status, had.body], [200, 'octets']);
});
