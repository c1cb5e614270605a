/* keepLive() of clients/js against a server and an EventSource that are played here.
 * usage: node live.mjs PATH_OF_MOBYNC_JS */
import assert from 'node:assert/strict';

const {Mobync, keepLive, memoryStore} = await import(process.argv[2]);
const server = {clock: 0, syncs: 0, tickets: 0, pokes: true};
const sources = [];

class Source {
  constructor(url) { this.url = url; sources.push(this); }
  close() { this.isClosed = true; }
}

const response = (status, body) => new Response(JSON.stringify(body), {status});

async function fetch(url, request) {
  if (url.endsWith('/poke_ticket')) {
    server.tickets++;
    return server.pokes ? response(200, {ticket: `t${server.tickets}`}) : response(404, {});
  }
  const {diffs} = JSON.parse(request.body);
  server.syncs++;
  if (diffs.length > 0) server.clock++;
  return response(200, {logical_clock: server.clock, diffs: []});
}

async function until(what, condition) {
  const end = Date.now() + 20000;
  while (!condition()) {
    assert.ok(Date.now() < end, what);
    await new Promise(done => setTimeout(done, 10));
  }
  console.log(`ok      ${what}`);
}

async function stays(what, value) {
  const before = value();
  await new Promise(done => setTimeout(done, 200));
  assert.equal(value(), before, what);
  console.log(`ok      ${what}`);
}

const client = new Mobync({url: 'http://x', owner: 'o', token: 't', store: memoryStore(), fetch});
const end = keepLive(client, {EventSource: Source, soonMs: 20, pauseMs: 20});

await until('it syncs at once', () => server.syncs >= 1);
await until('it listens with a ticket', () => sources[0]?.url === 'http://x/poke?ticket=t1');
let before = server.syncs;
sources[0].onopen();
await until('it syncs when it hears', () => server.syncs > before);
before = server.syncs;
server.clock = 5;
sources[0].onmessage({data: '5'});
await until('a higher clock is fetched', () => server.syncs > before);
await client.sync();
sources[0].onmessage({data: '5'});
await stays('one that it has is not', () => server.syncs);
before = server.syncs;
await Promise.all(['a', 'b', 'c'].map(id => client.create('tasks', {id, name: 'n'})));
await until('writes are sent', () => server.clock === 6);
assert.equal(server.syncs, before + 1, 'a burst of writes is one request');
sources[0].onerror();
await until('after an error, another ticket', () => sources[1]?.url.endsWith('t2'));
assert.ok(sources[0].isClosed);
server.pokes = false;
sources[1].onerror();
await until('a server that does not poke is asked once more', () => server.tickets === 3);
await stays('and then left alone', () => server.tickets);
assert.equal(sources.length, 2);
end();
await client.create('tasks', {name: 'n'});
await stays('nothing goes on after the end', () => server.syncs);
