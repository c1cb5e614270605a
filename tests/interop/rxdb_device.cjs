// A device with the real RxDB in memory, and the handlers of docs/rxdb.md: a collection of tasks.
'use strict';
const { createRxDatabase, addRxPlugin } = require('rxdb');
const { getRxStorageMemory } = require('rxdb/plugins/storage-memory');
const { wrappedValidateAjvStorage } = (() => {
  try {
    return require('rxdb/plugins/validate-ajv');
  } catch {
    return {};
  }
})();
const { replicateRxCollection } = require('rxdb/plugins/replication');
const { Subject } = require('rxjs');
const { connect } = require('./server.cjs');

const schema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 64 },
    name: { type: 'string' },
    done: { type: 'boolean' },
    position: { type: 'integer' },
    score: { type: 'number' },
    due_at: { type: 'string' },
    tags: { type: 'array' },
    extra: { type: 'object' },
    project_id: { type: 'string' },
  },
  required: ['id', 'name'],
};

// Of an old version of the app, which calls the name `label` and knows no score.
const { name, score, ...others } = schema.properties;
const oldSchema = { ...schema, properties: { ...others, label: name }, required: ['id', 'label'] };

let made = 0;

class RxdbDevice {
  constructor(owner, faults, old = false) {
    this.name = `r${++made}`;
    this.version = old ? '/1' : '';
    this.schema = old ? oldSchema : schema;
    this.request = connect(owner, faults, `${owner}-${this.name}`);
    this.stream = new Subject();
    this.errors = [];
    this.ready = this.open();
  }
  async open() {
    const memory = getRxStorageMemory();
    const storage = wrappedValidateAjvStorage ? wrappedValidateAjvStorage({ storage: memory }) : memory;
    this.db = await createRxDatabase({ name: `${this.name}-${Date.now()}`, storage, multiInstance: false });
    this.tasks = (await this.db.addCollections({ tasks: { schema: this.schema } })).tasks;
    this.replication = replicateRxCollection({
      collection: this.tasks,
      replicationIdentifier: 'mobync',
      live: true,
      retryTime: 20,
      waitForLeadership: false,
      autoStart: true,
      pull: {
        batchSize: 10,
        handler: (checkpoint, limit) => this.request('POST', `/rxdb/tasks/pull${this.version}`, { checkpoint: checkpoint ?? null, limit }),
        stream$: this.stream.asObservable(),
      },
      push: { batchSize: 5, handler: (rows) => this.request('POST', `/rxdb/tasks/push${this.version}`, rows) },
    });
    this.replication.error$.subscribe((error) => this.errors.push(error));
  }
  async find(id) {
    await this.ready;
    return this.tasks.findOne(id).exec();
  }
  async create(table, id, fields) {
    await this.ready;
    await this.tasks.insert({ id, ...fields });
  }
  async update(table, id, fields) {
    const document = await this.find(id);
    if (!document) return false;
    await document.incrementalPatch(fields);
    return true;
  }
  async remove(table, id) {
    const document = await this.find(id);
    if (!document) return false;
    await document.incrementalRemove();
    return true;
  }
  async ids() {
    await this.ready;
    return (await this.tasks.find().exec()).map((document) => document.id).sort();
  }
  async rows() {
    await this.ready;
    return Object.fromEntries((await this.tasks.find().exec()).map((document) => [document.id, document.toJSON()]));
  }
  // A poke, then until both directions are idle.
  async sync() {
    await this.ready;
    this.stream.next('RESYNC');
    await this.replication.awaitInSync();
  }
  async close() {
    await this.replication.cancel();
    await this.db.close();
  }
}

module.exports = { RxdbDevice, schema };
