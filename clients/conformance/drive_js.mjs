/* Drives clients/js/mobync.js for conformance (docs/client.md 5). Its store is a file to which each
 * transaction appends a line, and so survives the process. MOBYNC_JS names another copy of the client. */
import {createInterface} from 'node:readline';
import {appendFileSync, existsSync, readFileSync} from 'node:fs';

const here = new URL('../js/mobync.js', import.meta.url).href;
const {Mobync, Stopped} = await import(process.env.MOBYNC_JS ?? here);

function fileStore(path) {
  const data = new Map();
  const take = changes => {
    for (const [key, text] of changes)
      if (text === null) data.delete(key);
      else data.set(key, text);
  };
  if (existsSync(path)) readFileSync(path, 'utf8').trim().split('\n').map(JSON.parse).forEach(take);
  let last = Promise.resolve();
  async function one(run) {
    const changes = new Map();
    const text = key => changes.has(key) ? changes.get(key) : data.get(key) ?? null;
    const result = await run({
      get: async key => JSON.parse(text(key)) ?? undefined,
      set: (key, value) => { changes.set(key, JSON.stringify(value)); },
      delete: key => { changes.set(key, null); },
      list: async (prefix, limit) => [...new Set([...data.keys(), ...changes.keys()])]
        .filter(key => key.startsWith(prefix) && text(key) !== null).sort().slice(0, limit)
        .map(key => [key, JSON.parse(text(key))])});
    if (changes.size > 0) appendFileSync(path, JSON.stringify([...changes]) + '\n');
    take(changes);
    return result;
  }
  return {transaction: run => last = last.then(() => one(run), () => one(run))};
}

let client, ahead = 0;

function open({url, owner, tokens, folder}) {
  let used = 0;
  const token = refused => tokens[refused ? ++used : used] ?? 'none';
  client = new Mobync({url, owner, token, store: fileStore(`${folder}/store.json`),
    now: () => Date.now() + ahead});
}

async function sync() {
  try {
    await client.sync();
    return {};
  } catch (error) {
    if (error instanceof Stopped) return {stopped: error.message};
    throw error;
  }
}

const COMMANDS = {
  open,
  sync,
  write: async ({type, model, id, fields}) => { await client.write({type, model, fields: {id, ...fields}}); },
  rows: async ({model}) => ({rows: await client.all(model)}),
  rejected: async () => ({rejected: await client.rejected()}),
  clock_ahead: ({ms}) => { ahead = ms; },
};

createInterface({input: process.stdin}).on('line', async line => {
  const {n, do: name, ...command} = JSON.parse(line);
  let reply;
  try {
    reply = COMMANDS[name] ? await COMMANDS[name](command) : {unsupported: name};
  } catch (error) {
    reply = {failed: error.stack};
  }
  process.stdout.write(JSON.stringify({n, ...reply}) + '\n');
}).on('close', () => process.exit());
