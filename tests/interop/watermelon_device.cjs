// A device with the real WatermelonDB on LokiJS, in memory, and its two functions of docs/watermelondb.md.
'use strict';
process.env.NODE_ENV = 'test';
const { Database, Model, appSchema, tableSchema } = require('@nozbe/watermelondb');
const LokiJSAdapter = require('@nozbe/watermelondb/adapters/lokijs').default;
const { addColumns, schemaMigrations } = require('@nozbe/watermelondb/Schema/migrations');
const { synchronize } = require('@nozbe/watermelondb/sync');
const { LokiMemoryAdapter } = require('lokijs');
const logger = require('@nozbe/watermelondb/utils/common/logger').default;
const { connect } = require('./server.cjs');

logger.silence(); // it tells of each step of LokiJS

const column = (name, type, isOptional = true) => ({ name, type, isOptional });
// Of an old version of the app, which calls the name `label` and knows no score; where there is none,
// the only version is the first.
const versioned = process.env.INTEROP_VERSIONS !== undefined;
const score = column('score', 'number');
const schemaOf = (old) => appSchema({
  version: versioned && !old ? 2 : 1,
  tables: [
    tableSchema({ name: 'projects', columns: [column('name', 'string', false)] }),
    tableSchema({
      name: 'tasks',
      columns: [column(old ? 'label' : 'name', 'string', false), column('done', 'boolean'), column('position', 'number'),
        ...(old ? [] : [score]), column('due_at', 'number'), column('tags', 'string'), column('extra', 'string'),
        column('project_id', 'string')],
    }),
    tableSchema({ name: 'drafts', columns: [column('text', 'string')] }),
  ],
});
const migrationsOf = (old) => schemaMigrations({
  migrations: versioned && !old ? [{ toVersion: 2, steps: [addColumns({ table: 'tasks', columns: [score] })] }] : [],
});
class Project extends Model { static table = 'projects'; }
class Task extends Model { static table = 'tasks'; }
class Draft extends Model { static table = 'drafts'; }

let made = 0;

class WatermelonDevice {
  constructor(owner, faults, old = false) {
    this.name = `w${++made}`;
    this.version = old ? '/1' : '';
    this.request = connect(owner, faults);
    const adapter = new LokiJSAdapter({
      schema: schemaOf(old), migrations: migrationsOf(old), dbName: this.name, useWebWorker: false, useIncrementalIndexedDB: false,
      _testLokiAdapter: new LokiMemoryAdapter(),
    });
    this.db = new Database({ adapter, modelClasses: [Project, Task, Draft] });
  }
  async create(table, id, fields) {
    await this.db.write(() => this.db.get(table).create((record) => {
      record._raw.id = id;
      for (const [name, value] of Object.entries(fields)) record._setRaw(name, value);
    }));
  }
  async find(table, id) {
    try {
      return await this.db.get(table).find(id);
    } catch {
      return null;
    }
  }
  async update(table, id, fields) {
    const record = await this.find(table, id);
    if (!record) return false;
    await this.db.write(() => record.update(() => {
      for (const [name, value] of Object.entries(fields)) record._setRaw(name, value);
    }));
    return true;
  }
  async remove(table, id) {
    const record = await this.find(table, id);
    if (!record) return false;
    await this.db.write(() => record.markAsDeleted());
    return true;
  }
  async ids(table) {
    return (await this.db.get(table).query().fetchIds()).sort();
  }
  // As the server's rows: {id: fields}.
  async rows(table) {
    const rows = {};
    for (const record of await this.db.get(table).query().fetch()) {
      const { _status, _changed, ...fields } = record._raw;
      rows[record.id] = fields;
    }
    return rows;
  }
  sync(extra = {}) {
    return synchronize({
      database: this.db,
      sendCreatedAsUpdated: true,
      pullChanges: ({ lastPulledAt, schemaVersion, migration }) =>
        this.request('POST', `/watermelon/pull${this.version}`, { lastPulledAt, schemaVersion, migration }),
      pushChanges: async ({ changes, lastPulledAt }) => {
        await this.request('POST', `/watermelon/push${this.version}`, { changes, lastPulledAt });
      },
      ...extra,
    });
  }
  async close() {}
}

module.exports = { WatermelonDevice };
