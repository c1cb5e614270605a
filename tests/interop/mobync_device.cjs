// A device that speaks POST /sync, as small as can be: rows, diffs that are not sent yet, a clock.
'use strict';
const crypto = require('crypto');
const { connect } = require('./server.cjs');

let made = 0;

class MobyncDevice {
  constructor(owner, faults, old = false) {
    this.name = `m${++made}`;
    this.path = old ? '/sync/1' : '/sync';
    this.owner = owner;
    this.request = connect(owner, faults);
    this.tables = {};
    this.pending = [];
    this.clock = 0;
    this.time = 0;
  }
  table(name) {
    return (this.tables[name] ||= new Map());
  }
  log(type, model, fields) {
    this.time = Math.max(this.time + 1, Date.now());
    this.pending.push({ id: crypto.randomUUID(), owner: this.owner, logical_clock: this.clock, utc_timestamp: this.time,
      type, model, json_data: JSON.stringify(fields) });
  }
  async create(model, id, fields) {
    this.table(model).set(id, { id, ...fields });
    this.log('create', model, { id, ...fields });
  }
  async update(model, id, fields) {
    if (!this.table(model).has(id)) return false;
    Object.assign(this.table(model).get(id), fields);
    this.log('update', model, { id, ...fields });
    return true;
  }
  async remove(model, id) {
    if (!this.table(model).delete(id)) return false;
    this.log('delete', model, { id });
    return true;
  }
  async ids(model) {
    return [...this.table(model).keys()].sort();
  }
  async rows(model) {
    return Object.fromEntries(this.table(model));
  }
  apply({ type, model, json_data }) {
    const fields = JSON.parse(json_data);
    const table = this.table(model);
    if (type === 'delete') return table.delete(fields.id);
    const has = table.has(fields.id);
    if (has === (type === 'create')) throw new Error(`${this.name}: ${type} of ${fields.id}, which is ${has ? '' : 'not '}there`);
    return table.set(fields.id, { ...table.get(fields.id), ...fields });
  }
  async sync() {
    const diffs = this.pending;
    const answer = await this.request('POST', this.path, { logical_clock: this.clock, diffs });
    answer.diffs.forEach((diff) => this.apply(diff));
    this.clock = answer.logical_clock;
    this.pending = [];
  }
  async close() {}
}

module.exports = { MobyncDevice };
