// The code that docs/watermelondb.md and docs/rxdb.md have for the app, as it stands, with the real
// engines: what one creates, the others get, and edits of both sides meet.
//
// usage: pages.cjs DOCS
'use strict';
const fs = require('fs');
const assert = require('assert');
const { createRxDatabase } = require('rxdb');
const { getRxStorageMemory } = require('rxdb/plugins/storage-memory');
const { WatermelonDevice } = require('./watermelon_device.cjs');
const { schema } = require('./rxdb_device.cjs');
const { tokenOf, url } = require('./server.cjs');

const [docs] = process.argv.slice(2);
const owner = `pages-${Date.now()}`;

// The page's first block of JavaScript: what a bundler makes of its imports and exports, and the
// address of this server; nothing else is changed.
function codeOf(page, context) {
  const text = fs.readFileSync(`${docs}/${page}`, 'utf8');
  const exported = [];
  const code = /```js\n([^]*?)```/.exec(text)[1]
    .replace(/^import (\{[^}]*\}) from ('[^']*')$/gm, 'const $1 = require($2)')
    .replace(/^export function (\w+)/gm, (_, name) => (exported.push(name), `function ${name}`))
    .replace("'https://sync.example.com'", JSON.stringify(url));
  const names = ['require', 'session', ...Object.keys(context)];
  return new Function(...names, `${code}\nreturn { ${exported.join(', ')} }`)(
    require, { token: async () => tokenOf(owner) }, ...Object.values(context));
}

async function until(what, holds) {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(what);
}

(async () => {
  const { sync } = codeOf('watermelondb.md', {});
  const { replicate } = codeOf('rxdb.md', { localStorage: {} });
  const [one, two] = [new WatermelonDevice(owner), new WatermelonDevice(owner)];
  await one.create('tasks', 'a', { name: 'A', position: 1 });
  await sync(one.db);
  await sync(two.db);
  assert.strictEqual((await two.rows('tasks')).a.name, 'A');

  const db = await createRxDatabase({ name: owner, storage: getRxStorageMemory(), multiInstance: false });
  const { tasks } = await db.addCollections({ tasks: { schema } });
  const replication = replicate(tasks, 'tasks');
  replication.error$.subscribe((error) => assert.fail(error));
  await replication.awaitInSync();
  assert.strictEqual((await tasks.findOne('a').exec()).name, 'A');
  await (await tasks.findOne('a').exec()).incrementalPatch({ name: 'B' });
  await tasks.insert({ id: 'b', name: 'of the web app' });
  await replication.awaitInSync();

  await two.update('tasks', 'a', { position: 2 });
  await sync(two.db);
  await sync(one.db);
  const { _status, _changed, ...a } = (await one.find('tasks', 'a'))._raw;
  assert.deepStrictEqual([a.name, a.position], ['B', 2]);
  assert.strictEqual((await two.rows('tasks')).b.name, 'of the web app');
  await two.remove('tasks', 'b');
  await sync(two.db);
  replication.reSync();
  await until('the web app has what the phones have', async () => {
    const documents = await tasks.find().exec();
    return documents.length === 1 && documents[0].name === 'B' && documents[0].position === 2;
  });
  console.log('ok');
  process.exit();
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
