// The backend that WatermelonDB's and RxDB's documentation ask their users to write, with express
// and mysql2: bench/apps measures it beside this server. One table, tokens as this server takes them.
//
// usage: server.cjs PORT SOCKET KEY_FILE
'use strict';
const fs = require('fs');
const express = require('express');
const jwt = require('jsonwebtoken');
const mysql = require('mysql2/promise');

const [port, socketPath, keyFile] = process.argv.slice(2);
const key = fs.readFileSync(keyFile, 'utf8').replace(/\n$/, '');
const pool = mysql.createPool({ socketPath, user: 'mobync', database: 'express', connectionLimit: 10 });
const COLUMNS = ['name', 'done', 'created_time', 'priority', 'score', 'tags'];

// A transaction: all or nothing.
async function transact(work) {
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    const result = await work(connection);
    await connection.commit();
    return result;
  } catch (error) {
    await connection.rollback();
    throw error;
  } finally {
    connection.release();
  }
}

const values = (row) => COLUMNS.map((name) => row[name] ?? null);
const INSERT = `INSERT INTO tasks (owner_id, id, ${COLUMNS.join(', ')}, last_modified, deleted)
  VALUES (?, ?, ${COLUMNS.map(() => '?').join(', ')}, ?, 0)`;
const UPDATE = `UPDATE tasks SET ${COLUMNS.map((name) => `${name} = ?`).join(', ')}, last_modified = ?, deleted = ?
  WHERE owner_id = ? AND id = ?`;
// The row that a client means. Locked where it should be there: two pushes that lock what is not
// would be a deadlock.
async function find(connection, owner, id, isNew) {
  const [[row]] = await connection.execute(`SELECT * FROM tasks WHERE owner_id = ? AND id = ?${isNew ? '' : ' FOR UPDATE'}`, [owner, id]);
  return row;
}

// --- WatermelonDB: https://watermelondb.dev/docs/Sync/Backend

function raw({ owner_id, last_modified, deleted, ...fields }) {
  return { ...fields, done: fields.done === 1 };
}

// Everything that was modified since; live rows are `updated`, for sendCreatedAsUpdated.
async function watermelonPull(owner, { lastPulledAt }) {
  const timestamp = Date.now();
  const [rows] = await pool.execute('SELECT * FROM tasks WHERE owner_id = ? AND last_modified > ?',
    [owner, lastPulledAt ?? 0]);
  const updated = rows.filter((row) => !row.deleted).map(raw);
  const deleted = rows.filter((row) => row.deleted).map((row) => row.id);
  return { changes: { tasks: { created: [], updated, deleted } }, timestamp };
}

// "If the server has modified a record since lastPulledAt, it MUST abort the push."
async function watermelonPush(owner, { changes, lastPulledAt }) {
  await transact(async (connection) => {
    const now = Date.now();
    const { created, updated, deleted } = changes.tasks;
    for (const row of [...created, ...updated]) {
      const there = await find(connection, owner, row.id, created.includes(row));
      if (there && there.last_modified > lastPulledAt) throw Object.assign(new Error('conflict'), { status: 409 });
      if (there) await connection.execute(UPDATE, [...values(row), now, 0, owner, row.id]);
      else await connection.execute(INSERT, [owner, row.id, ...values(row), now]);
    }
    for (const id of deleted)
      await connection.execute('UPDATE tasks SET deleted = 1, last_modified = ? WHERE owner_id = ? AND id = ?', [now, owner, id]);
  });
  return {};
}

// --- RxDB: https://rxdb.info/replication-http.html

function documentOf({ owner_id, last_modified, deleted, ...fields }) {
  return { ...fields, done: fields.done === 1, tags: JSON.parse(fields.tags), _deleted: deleted === 1 };
}

async function rxdbPull(owner, { checkpoint, limit }) {
  const { updatedAt, id } = checkpoint ?? { updatedAt: 0, id: '' };
  const [rows] = await pool.execute(
    `SELECT * FROM tasks WHERE owner_id = ? AND (last_modified > ? OR (last_modified = ? AND id > ?))
      ORDER BY last_modified, id LIMIT ${Number(limit)}`, [owner, updatedAt, updatedAt, id]);
  const last = rows.at(-1);
  return {
    documents: rows.map(documentOf),
    checkpoint: last ? { updatedAt: last.last_modified, id: last.id } : checkpoint,
  };
}

// A row whose state is not the assumed one is a conflict, and returned.
async function rxdbPush(owner, rows) {
  return transact(async (connection) => {
    const conflicts = [];
    for (const { assumedMasterState, newDocumentState } of rows) {
      const { id, tags, _deleted } = newDocumentState;
      const there = await find(connection, owner, id, !assumedMasterState);
      const fields = values({ ...newDocumentState, tags: JSON.stringify(tags) });
      if (there && !(assumedMasterState && isSame(assumedMasterState, documentOf(there)))) conflicts.push(documentOf(there));
      else if (there) await connection.execute(UPDATE, [...fields, Date.now(), _deleted ? 1 : 0, owner, id]);
      else await connection.execute(INSERT, [owner, id, ...fields, Date.now()]);
    }
    return conflicts;
  });
}

function isSame(one, other) {
  return Object.keys(other).every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]));
}

const app = express();
app.use(express.json({ limit: '64mb' }));
app.use((request, response, next) => {
  const token = (request.get('Authorization') ?? '').replace(/^Bearer /, '');
  try {
    request.owner = jwt.verify(token, key, { algorithms: ['HS256'] }).sub;
  } catch {
    return response.status(401).json({ error: 'the token is not valid' });
  }
  return next();
});
const route = (path, answer) => app.post(path, async (request, response) => response.json(await answer(request.owner, request.body)));
route('/watermelon/pull', watermelonPull);
route('/watermelon/push', watermelonPush);
route('/rxdb/tasks/pull', rxdbPull);
route('/rxdb/tasks/push', rxdbPush);
app.use((error, request, response, next) => response.status(error.status ?? 500).json({ error: error.message }));
app.listen(Number(port), '127.0.0.1');
