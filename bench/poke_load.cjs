// Devices that listen for pokes and do nothing else, what they cost in memory, and how soon an edit
// of one device is an event on another. Prints a line of name=value.
//
// usage: poke_load.cjs --port N --key FILE --listeners N --edits N [--cpu NAME=PID]...
'use strict';
const http = require('http');
const { Connection, memoryBytes, options, quantile, tokenOf, uuid } = require('./measuring.cjs');

const given = options(process.argv.slice(2));
const port = Number(given.port);
const OF_A_CHANNEL = 100; // nchan_max_channel_subscribers of nginx/mobync-poke.conf
const AT_ONCE = 50;
const run = uuid().slice(0, 8);

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const open = [];

// Resolves when nginx has let it in; each event calls onEvent with its clock.
function listen(ticket, onEvent) {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path: `/poke?ticket=${ticket}`, agent: false,
      headers: { Accept: 'text/event-stream' } }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`/poke: status ${response.statusCode}`));
      response.setEncoding('utf8');
      response.on('data', (text) => {
        for (const [, clock] of text.matchAll(/^data: (\d+)$/gm)) onEvent(Number(clock));
      });
      response.on('error', () => {}); // it is closed at the end
      resolve();
    });
    request.on('error', reject);
    open.push(request);
  });
}

async function listeners(connection, count) {
  let ticket;
  for (let begun = 0; begun < count; begun += AT_ONCE) {
    if (begun % OF_A_CHANNEL === 0)
      ({ ticket } = await connection.post('/poke_ticket', tokenOf(`idle-${run}-${begun}`, given.key), {}));
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - begun) }, () => listen(ticket, () => {})));
  }
}

const memory = () => given.cpu.map(([, pid]) => memoryBytes(pid));

// Milliseconds from an edit that is sent until the event is there.
async function edits(connection, count) {
  const owner = `writer-${run}`, token = tokenOf(owner, given.key), times = [];
  const { ticket } = await connection.post('/poke_ticket', token, {});
  let heard = () => {}, clock = 0;
  await listen(ticket, (told) => heard(told));
  for (let i = 0; i < count; i++) {
    const diff = { id: uuid(), owner, logical_clock: clock, utc_timestamp: Date.now(), type: 'create', model: 'tasks',
      json_data: JSON.stringify({ id: uuid(), name: 'Buy milk' }) };
    const event = new Promise((resolve) => { heard = resolve; });
    const begun = performance.now();
    const response = await connection.post('/sync', token, { logical_clock: clock, diffs: [diff] });
    clock = response.logical_clock;
    if ((await event) !== clock) throw new Error('an event of another clock');
    times.push(performance.now() - begun);
    await pause(5);
  }
  return times.sort((a, b) => a - b);
}

async function main() {
  const connection = new Connection(port), count = Number(given.listeners);
  await edits(connection, 20);
  await pause(1000);
  const before = memory();
  await listeners(connection, count);
  await pause(3000);
  const bytes = memory().map((after, i) => (after - before[i]) / count);
  const times = await edits(connection, Number(given.edits));
  console.log(`listeners=${count} edits=${times.length} p50=${quantile(times, 0.5).toFixed(2)} p99=${quantile(times, 0.99).toFixed(2)}` +
    given.cpu.map(([name], i) => ` memory_${name}=${(bytes[i] / 1000).toFixed(2)}`).join(''));
  open.forEach((request) => request.destroy());
  connection.close();
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
