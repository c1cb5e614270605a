// Apps with WatermelonDB and RxDB, as many as there are connections: the requests that the engines
// send, one after the other. Prints a line of name=value, processor times in microseconds per sync.
//
// usage: app_load.cjs --port N --key FILE --mode MODE --connections N --warmup S --seconds S
//                     [--own yes] [--cpu NAME=PID]...
//
//   watermelon    pull, then push of one create
//   watermelon0   pull with nothing new
//   own, own0     the same two; with --own, as a device of this server's own: one POST /sync
//   rxdb100       pull of a page of 100 documents
//   rxdb0         pull behind the last document
'use strict';
const { Connection, cpuUs, options, quantile, tokenOf, uuid } = require('./measuring.cjs');

const given = options(process.argv.slice(2));
const PAGES = 10;
const PAGE = 100;

function wrong(what) {
  throw new Error(`${given.mode}: ${what}`);
}

const task = () => ({
  id: uuid(), name: `Buy milk, bread and ${Math.floor(Math.random() * 1000)} eggs`, done: false,
  created_time: '2020-10-31T04:15:23.778', priority: 3, score: 0.75,
});
const rawTask = () => ({ ...task(), tags: '["home","shop"]', _status: 'created', _changed: '' });
const documentTask = () => ({ ...task(), tags: ['home', 'shop'], _deleted: false });

// One owner's app.
class App {
  constructor(connection, owner) {
    Object.assign(this, { connection, owner, clock: 0, token: tokenOf(owner, given.key), lastPulledAt: null, checkpoint: null });
  }
  post(path, body) {
    return this.connection.post(path, this.token, body);
  }
  async watermelonPull() {
    const { changes, timestamp } = await this.post('/watermelon/pull',
      { lastPulledAt: this.lastPulledAt, schemaVersion: 1, migration: null });
    this.lastPulledAt = timestamp;
    return changes.tasks?.updated.length ?? 0;
  }
  watermelonPush(count) {
    const created = Array.from({ length: count }, rawTask);
    return this.post('/watermelon/push', { changes: { tasks: { created, updated: [], deleted: [] } }, lastPulledAt: this.lastPulledAt });
  }
  // Pull and push in one.
  async ownSync(count) {
    const diffs = Array.from({ length: count }, () => ({ id: uuid(), owner: this.owner, logical_clock: this.clock,
      utc_timestamp: Date.now(), type: 'create', model: 'tasks', json_data: JSON.stringify({ ...task(), tags: ['home', 'shop'] }) }));
    const response = await this.post('/sync', { logical_clock: this.clock, diffs });
    this.clock = response.logical_clock;
    return response.diffs.length;
  }
  async rxdbPull() {
    const { documents, checkpoint } = await this.post('/rxdb/tasks/pull', { checkpoint: this.checkpoint, limit: PAGE });
    this.checkpoint = checkpoint;
    return documents.length;
  }
  async rxdbPush(count) {
    const rows = Array.from({ length: count }, () => ({ newDocumentState: documentTask() }));
    if ((await this.post('/rxdb/tasks/push', rows)).length > 0) wrong('conflicts');
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// How many owners each connection has, by turns; what is there before anything is measured; one sync,
// which returns how many rows it brought.
const MODES = {
  watermelon: {
    owners: 16,
    prepare: (app) => app.watermelonPull(),
    async sync(app) {
      const rows = await app.watermelonPull();
      await app.watermelonPush(1);
      return rows;
    },
  },
  watermelon0: {
    owners: 16,
    async prepare(app) {
      await app.watermelonPull();
      await app.watermelonPush(10);
      await pause(2); // another millisecond for a backend that goes by them
      await app.watermelonPull();
    },
    async sync(app) {
      const rows = await app.watermelonPull();
      return rows === 0 ? 0 : wrong(`${rows} rows are new`);
    },
  },
  rxdb100: {
    owners: 1,
    async prepare(app) {
      for (let page = 0; page <= PAGES; page++) await app.rxdbPush(PAGE);
    },
    async sync(app) {
      app.page = ((app.page ?? -1) + 1) % PAGES;
      if (app.page === 0) app.checkpoint = null;
      const rows = await app.rxdbPull();
      return rows === PAGE ? rows : wrong(`a page of ${rows}`);
    },
  },
  rxdb0: {
    owners: 4,
    async prepare(app) {
      await app.rxdbPush(PAGE);
      for (let single = 0; single < 5; single++) await app.rxdbPush(1);
      while ((await app.rxdbPull()) === PAGE);
    },
    sync: (app) => app.rxdbPull(),
  },
};

for (const [own, engine, count] of [['own', 'watermelon', 1], ['own0', 'watermelon0', 0]])
  MODES[own] = given.own ? {
    owners: 16,
    prepare: (app) => app.ownSync(10),
    async sync(app) {
      const rows = await app.ownSync(count);
      return rows === 0 ? 0 : wrong(`${rows} rows are new`);
    },
  } : MODES[engine];

async function main() {
  const { owners, prepare, sync } = MODES[given.mode];
  const run = `${given.mode}-${uuid().slice(0, 8)}`;
  const connections = Array.from({ length: Number(given.connections) }, () => new Connection(Number(given.port)));
  const times = [];
  let rows = 0, ends = Infinity, counts = false;

  const apps = await Promise.all(connections.map(async (connection, number) => {
    const own = Array.from({ length: owners }, (_, i) => new App(connection, `${run}-${number}-${i}`));
    for (const app of own) await prepare(app);
    return own;
  }));
  const work = Promise.all(apps.map(async (own) => {
    for (let turn = 0; Date.now() < ends; turn++) {
      const begun = performance.now();
      const got = await sync(own[turn % owners]);
      if (!counts) continue;
      times.push(performance.now() - begun);
      rows += got;
    }
  }));
  await pause(given.warmup * 1000);
  const used = (given.cpu ?? []).map(([name, pid]) => [name, pid, cpuUs(pid)]);
  const begun = performance.now();
  counts = true;
  await pause(given.seconds * 1000);
  counts = false;
  const seconds = (performance.now() - begun) / 1000;
  const cpu = used.map(([name, pid, before]) => [name, (cpuUs(pid) - before) / times.length]);
  ends = 0;
  await work;
  connections.forEach((connection) => connection.close());

  times.sort((a, b) => a - b);
  const us = (share) => Math.round(quantile(times, share) * 1000);
  console.log(`mode=${given.mode} connections=${given.connections} syncs=${times.length} rate=${(times.length / seconds).toFixed(1)}` +
    ` p50=${us(0.5)} p99=${us(0.99)} rows=${(rows / times.length).toFixed(2)}` +
    cpu.map(([name, each]) => ` cpu_${name}=${each.toFixed(1)}`).join(''));
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
