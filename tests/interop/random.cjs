// Random operations on devices of the engines given, on the same rows, with requests and answers
// lost, workers killed and another program that writes SQL; then all sync until nothing changes.
//
// usage: random.cjs ENGINES RUNS OPERATIONS [SEED]; ENGINES: such as watermelon,rxdb,mobync,sql, or
// rxdb@1 for devices of the app's first version, where the server knows it (INTEROP_VERSIONS is set)
//
// A run fails if a device ends with other rows than the tables hold, if a write of a writer's is
// lost (what a field ends with is the last that one of its writers wrote, or its object is gone),
// or if what was deleted is there again. What RxDB itself revives and overrules is counted, and has
// limits (docs/rxdb.md).
'use strict';
const fs = require('fs');
const { Lost, Sql, randomOf, rowsOf } = require('./server.cjs');

const FIELDS = {
  name: (n) => `n${n}`,
  position: (n) => n,
  score: (n) => n + 0.5,
  extra: (n) => ({ n }),
};
const [engines, runs, operations, firstSeed] = [process.argv[2].split(','), Number(process.argv[3]), Number(process.argv[4]),
  process.argv[5] === undefined ? Date.now() % 1000000007 : Number(process.argv[5])];
const AT_ONCE = 4;
const has = (engine) => engines.some((name) => name.split('@')[0] === engine);
// What an old version calls a field; undefined: it does not see it.
const OLD_NAMES = { name: 'label', position: 'position', extra: 'extra' };

// A value as each engine holds it.
function formOf(engine, field, value) {
  return field === 'extra' && engine === 'watermelon' ? JSON.stringify(value) : value;
}
// … and as mobync's rows hold it.
function plain(field, value) {
  if (value === undefined || value === '') return null;
  return field === 'extra' && typeof value === 'string' ? JSON.parse(value) : value;
}

function deviceOf(engine, owner, faults, old) {
  if (engine === 'watermelon') return new (require('./watermelon_device.cjs').WatermelonDevice)(owner, faults, old);
  if (engine === 'rxdb') return new (require('./rxdb_device.cjs').RxdbDevice)(owner, faults, old);
  return new (require('./mobync_device.cjs').MobyncDevice)(owner, faults, old);
}

const fieldsOf = (old) => Object.keys(FIELDS).filter((name) => !old || OLD_NAMES[name]);
// A device's rows, in the names of the newest version.
const renamed = (rows, old) => (!old ? rows : Object.fromEntries(Object.entries(rows).map(([id, row]) =>
  [id, Object.fromEntries([['id', row.id], ...fieldsOf(true).map((name) => [name, row[OLD_NAMES[name]]])])])));

// Another program: the same operations by SQL.
class SqlWriter {
  constructor(owner, sql) {
    Object.assign(this, { name: 'sql', owner, sql });
  }
  set(fields) {
    return Object.entries(fields).map(([name, value]) =>
      `${name} = ${typeof value === 'number' ? value : `'${typeof value === 'object' ? JSON.stringify(value) : value}'`}`).join(', ');
  }
  async create(table, id, fields) {
    await this.sql.run(`INSERT INTO ${table} SET owner_id = '${this.owner}', id = '${id}', ${this.set(fields)}`);
  }
  async update(table, id, fields) {
    const there = (await this.ids(table)).includes(id);
    if (there) await this.sql.run(`UPDATE ${table} SET ${this.set(fields)} WHERE owner_id = '${this.owner}' AND id = '${id}'`);
    return there;
  }
  async remove(table, id) {
    const there = (await this.ids(table)).includes(id);
    if (there) await this.sql.run(`DELETE FROM ${table} WHERE owner_id = '${this.owner}' AND id = '${id}'`);
    return there;
  }
  async ids(table) {
    return (await this.sql.run(`SELECT id FROM ${table} WHERE owner_id = '${this.owner}' ORDER BY id`)).map(([id]) => id);
  }
  async sync() {}
  async close() {}
}

function killWorker(random) {
  const master = fs.readFileSync(`${process.env.INTEROP_DIR}/mobync.pid`, 'utf8').trim().split(/\s/)[0];
  const workers = fs.readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ').filter(Boolean);
  if (workers.length) process.kill(Number(random.pick(workers)), 'SIGKILL');
}

// What each writer wrote last, by object and field; which objects were deleted.
class Account {
  constructor() {
    this.last = {};
    this.deleted = new Set();
    this.deletes = this.writes = 0;
  }
  wrote(writer, id, fields) {
    for (const [name, value] of Object.entries(fields)) ((this.last[id] ||= {})[name] ||= {})[writer] = JSON.stringify(value);
    this.writes++;
  }
  gone(id) {
    this.deleted.add(id);
    this.deletes++;
  }
}

async function step(world) {
  const { random, account, writers } = world;
  const writer = random.pick(writers);
  const { engine, old } = writer;
  const dice = random.next();
  const n = ++world.n;
  const form = (fields) => Object.fromEntries(Object.entries(fields).map(([name, value]) =>
    [old ? OLD_NAMES[name] : name, formOf(engine, name, value)]));

  if (dice < 0.3) return writer.device.sync().catch((error) => tolerate(error));
  const ids = await writer.device.ids('tasks');
  if (dice < 0.5 || ids.length === 0) {
    const id = `t${n}`;
    const fields = { name: FIELDS.name(n), position: n };
    await writer.device.create('tasks', id, form(fields));
    return account.wrote(writer.device.name, id, fields);
  }
  const id = random.pick(ids);
  if (dice < 0.9) {
    const name = random.pick(fieldsOf(old));
    const fields = { [name]: FIELDS[name](n) };
    if (await writer.device.update('tasks', id, form(fields))) account.wrote(writer.device.name, id, fields);
  } else if (await writer.device.remove('tasks', id)) {
    account.gone(id);
  }
}

// A sync fails as a whole, or what it lost is sent again.
function tolerate(error) {
  if (error instanceof Lost || error.status === 502 || error.status === 503 || /lost|Concurrent synchronization|fetch failed/.test(error.message)) return;
  throw error;
}

// The other runs go on to kill the workers that this one asks.
async function untilServed(ask) {
  for (let tries = 0; ; tries++)
    try {
      return await ask();
    } catch (error) {
      tolerate(error);
      if (tries > 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
}

async function settle(world) {
  world.faults.before = world.faults.after = 0;
  let before;
  for (let round = 0; round < 12; round++) {
    for (const { device } of world.writers) await untilServed(() => device.sync());
    const now = JSON.stringify(await untilServed(() => rowsOf(world.owner)));
    if (round >= 2 && now === before) return;
    before = now;
  }
}

function judge(world, tasks, held) {
  const problems = [];
  const { account } = world;
  const strict = !has('rxdb');
  let revived = 0, overruled = 0;
  for (const [name, rows, old] of held) {
    const ids = new Set([...Object.keys(rows), ...Object.keys(tasks)]);
    for (const id of ids)
      for (const field of ['id', ...fieldsOf(old)]) {
        const mine = rows[id] && plain(field, rows[id][field]), right = tasks[id] && plain(field, tasks[id][field]);
        if (JSON.stringify(mine) !== JSON.stringify(right))
          problems.push(`${name} diverged: ${id}.${field} is ${JSON.stringify(mine)}, not ${JSON.stringify(right)}`);
      }
  }
  for (const id of account.deleted) if (tasks[id]) revived++;
  for (const [id, fields] of Object.entries(account.last)) {
    if (!tasks[id] && !account.deleted.has(id)) problems.push(`${id} is lost`);
    for (const [field, last] of Object.entries(fields))
      if (tasks[id] && !Object.values(last).includes(JSON.stringify(plain(field, tasks[id][field])))) overruled++;
  }
  if (revived > (strict ? 0 : 2 + account.deletes * 0.05)) problems.push(`${revived} of ${account.deletes} deletes revived`);
  if (overruled > (strict ? 0 : 3 + account.writes * 0.01)) problems.push(`${overruled} of ${account.writes} writes overruled`);
  return { problems, revived, overruled };
}

async function run(seed) {
  const random = randomOf(seed);
  const faults = { random: randomOf(seed + 1), before: 0.1, after: 0.2 };
  const owner = `o${seed}-${Date.now()}`;
  const sql = has('sql') ? new Sql() : null;
  const world = { random, faults, owner, account: new Account(), n: 0, writers: [] };
  for (const spec of engines) {
    const [engine, old] = [spec.split('@')[0], spec.includes('@')]; // one: RxDB opens few collections at a time
    if (engine === 'sql') world.writers.push({ engine, device: new SqlWriter(owner, sql) });
    else for (let i = 0; i < (old ? 1 : engines.length > 1 ? 2 : 3); i++) world.writers.push({ engine, old, device: deviceOf(engine, owner, faults, old) });
  }
  for (let i = 0; i < operations; i++) {
    await step(world);
    if (process.env.INTEROP_KILLS && i % 50 === 49) killWorker(random);
  }
  await settle(world);
  const tasks = (await untilServed(() => rowsOf(owner))).tasks || {};
  const held = [];
  for (const { engine, old, device } of world.writers) if (engine !== 'sql') held.push([device.name, renamed(await device.rows('tasks'), old), old]);
  const { problems, revived, overruled } = judge(world, tasks, held);
  for (const { device } of world.writers) await device.close();
  if (sql) sql.close();
  if (problems.length) {
    console.log(`FAILED  ${engines} seed ${seed}:\n        ${problems.slice(0, 10).join('\n        ')}`);
    process.exitCode = 1;
  }
  return { revived, overruled, objects: Object.keys(tasks).length, writes: world.account.writes, deletes: world.account.deletes };
}

(async () => {
  const sum = { objects: 0, writes: 0, deletes: 0, revived: 0, overruled: 0 };
  let next = 0;
  // Each run has an owner of its own, and waits for the server most of the time.
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < runs) {
      const result = await run(firstSeed + next++);
      for (const key of Object.keys(sum)) sum[key] += result[key];
    }
  }));
  console.log(`${engines}: ${runs} runs of ${operations} operations from seed ${firstSeed}: ${JSON.stringify(sum)}`);
  process.exit();
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
