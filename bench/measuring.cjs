// What the load generators in JavaScript share: tokens, requests on kept connections, processor
// time and memory of processes with all that they started.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');

const TICK_US = 10000; // of /proc/PID/stat: 100 a second on Linux

// --name value …; a name that comes several times is a list.
function options(argv) {
  const found = {};
  for (let i = 0; i < argv.length; i += 2) {
    const name = argv[i].replace(/^--/, '');
    if (name === 'cpu') (found.cpu ??= []).push(argv[i + 1].split('='));
    else found[name] = argv[i + 1];
  }
  return found;
}

function tokenOf(owner, keyFile) {
  const key = fs.readFileSync(keyFile, 'utf8').replace(/\n$/, '');
  const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url({ sub: owner, exp: Math.floor(Date.now() / 1000) + 86400 })}`;
  return `${signed}.${crypto.createHmac('sha256', key).update(signed).digest('base64url')}`;
}

// One connection, which is kept. Any status but 200 ends the program: such a run has no result.
class Connection {
  constructor(port) {
    this.options = { host: '127.0.0.1', port, agent: new http.Agent({ keepAlive: true, maxSockets: 1 }) };
  }
  post(path, token, body) {
    const text = JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
      const request = http.request({ ...this.options, path, method: 'POST', headers }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => {
          const got = Buffer.concat(parts).toString();
          if (response.statusCode === 200) resolve(JSON.parse(got));
          else reject(new Error(`${path}: status ${response.statusCode}: ${got}`));
        });
      });
      request.on('error', reject);
      request.end(text);
    });
  }
  close() {
    this.options.agent.destroy();
  }
}

const childrenOf = (pid) => {
  try {
    return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  } catch {
    return [];
  }
};
const sum = (list) => list.reduce((total, one) => total + one, 0);

// A process and all that it started.
function tree(pid) {
  return [pid, ...childrenOf(pid).flatMap(tree)];
}

function cpuUs(pid) {
  return sum(tree(pid).map((one) => {
    try {
      const stat = fs.readFileSync(`/proc/${one}/stat`, 'utf8');
      // Behind the name, which may hold anything: utime, stime, and those of children that ended.
      return sum(stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 16).map(Number)) * TICK_US;
    } catch {
      return 0;
    }
  }));
}

// Resident memory; what several share is counted once.
function memoryBytes(pid) {
  return sum(tree(pid).map((one) => {
    const line = fs.readFileSync(`/proc/${one}/smaps_rollup`, 'utf8').match(/^Pss: *(\d+) kB/m);
    return Number(line[1]) * 1024;
  }));
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

const uuid = () => crypto.randomUUID();

module.exports = { Connection, cpuUs, memoryBytes, options, quantile, sum, tokenOf, uuid };
