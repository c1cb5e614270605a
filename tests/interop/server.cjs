// The server under test: requests with a token of an owner, some of them lost; its tables by SQL.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const { spawn } = require('child_process');

const dir = process.env.INTEROP_DIR;
const url = process.env.INTEROP_URL;

// A small generator with a seed (mulberry32): a run is repeated by its seed.
function randomOf(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { next, below: (n) => Math.floor(next() * n), pick: (list) => list[Math.floor(next() * list.length)] };
}

const key = () => fs.readFileSync(`${dir}/jwt.key`, 'utf8').replace(/\n$/, '');
const base64url = (text) => Buffer.from(text).toString('base64url');

function tokenOf(owner) {
  const head = base64url('{"alg":"HS256","typ":"JWT"}');
  const body = base64url(JSON.stringify({ sub: owner, exp: Math.floor(Date.now() / 1000) + 86400 }));
  const mac = crypto.createHmac('sha256', key()).update(`${head}.${body}`).digest('base64url');
  return `${head}.${body}.${mac}`;
}

class Lost extends Error {}

// faults: {random, before, after}: shares of requests that never arrive, and of answers that are lost.
function connect(owner, faults, device) {
  const token = tokenOf(owner);
  return async (method, path, body) => {
    if (faults && faults.random.next() < faults.before) throw new Lost('request lost');
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    if (device) headers['X-Mobync-Device'] = device;
    const answer = await fetch(url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    if (faults && faults.random.next() < faults.after) throw new Lost('answer lost');
    if (!answer.ok) throw Object.assign(new Error(`${method} ${path}: ${answer.status} ${text}`), { status: answer.status });
    return JSON.parse(text);
  };
}

// A session of another program: statements, one after the other.
class Sql {
  constructor() {
    this.child = spawn('mariadb', ['--no-defaults', `--socket=${dir}/mysql.sock`, '--user=mobync', '--unbuffered',
      '--skip-column-names', '--batch', '--force', 'app'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.text = '';
    this.waiting = [];
    this.child.stdout.on('data', (data) => {
      this.text += data;
      let at;
      while (this.waiting.length && (at = this.text.indexOf('\nend\n')) >= 0) {
        this.waiting.shift()(this.text.slice(1, at + 1));
        this.text = this.text.slice(at + 5);
      }
    });
  }
  run(statement) {
    return new Promise((resolve) => {
      this.waiting.push((rows) => resolve(rows.split('\n').filter((line) => line.length).map((line) => line.split('\t'))));
      this.child.stdin.write(`SELECT '';\n${statement};\nSELECT 'end';\n`);
    });
  }
  close() {
    this.child.stdin.end();
  }
}

// The rows of an owner as a new device gets them: {model: {id: fields}}.
async function rowsOf(owner) {
  const answer = await connect(owner)('POST', '/sync', { logical_clock: 0, diffs: [] });
  const rows = {};
  for (const diff of answer.diffs) {
    const fields = JSON.parse(diff.json_data);
    (rows[diff.model] ||= {})[fields.id] = fields;
  }
  return rows;
}

module.exports = { Lost, Sql, connect, randomOf, rowsOf, tokenOf, url };
