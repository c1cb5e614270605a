// A device with the real WatermelonDB on LokiJS, in memory, and its two functions of docs/watermelondb.md.
'use strict';
process.env.NODE_ENV = 'test';
const { Database, Model, appSchema, tableSchema } = require('@nozbe/watermelondb');
const LokiJSAdapter = require('@nozbe/watermelondb/adapters/lokijs').default;
const { schemaMigrations } = require('@nozbe/watermelondb/Schema/migrations');
const { synchronize } = require('@nozbe/watermelondb/sync');
const { LokiMemoryAdapter } = require('lokijs');
const logger = require('@nozbe/watermelondb/utils/common/logger').default;
const { connect } = require('./server.cjs');

logger.silence(); // it tells of each step of LokiJS

const column = (name, type, isOptional = true) => ({ name, type, isOptional });
const schema = appSchema({
  version: 1,
  tables: [
    tableSchema({ name: 'projects', columns: [column('name', 'string', false)] }),
    tableSchema({
      name: 'tasks',
      columns: [column('name', 'string', false), column('done', 'boolean'), column('position', 'number'),
        column('score', 'number'), column('due_at', 'number'), column('tags', 'string'), column('extra', 'string'),
        column('project_id', 'string')],
    }),
    tableSchema({ name: 'drafts', columns: [column('text', 'string')] }),
  ],
});
class Project extends Model { static table = 'projects'; }
class Task extends Model { static table = 'tasks'; }
class Draft extends Model { static table = 'drafts'; }

let made = 0;

class WatermelonDevice {
  constructor(owner, faults) {
    this.name = `w${++made}`;
    this.request = connect(owner, faults);
    const adapter = new LokiJSAdapter({
      schema, migrations: schemaMigrations({ migrations: [] }), dbName: this.name, useWebWorker: false, useIncrementalIndexedDB: false,
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
        this.request('POST', '/watermelon/pull', { lastPulledAt, schemaVersion, migration }),
      pushChanges: async ({ changes, lastPulledAt }) => {
        await this.request('POST', '/watermelon/push', { changes, lastPulledAt });
      },
      ...extra,
    });
  }
  async close() {}
}

module.exports = { WatermelonDevice };
