/* The page: phone A, beside it another phone or an app with RxDB or WatermelonDB; another backend
 * with SQL; and why a row is as it is. */
import {Card} from '/playground/card.js';
import {Phone} from '/playground/phone.js';

const OWNER = 'playground';
const byId = id => document.getElementById(id);

/** backend.py; it takes requests of this page alone. */
async function ask(what, question) {
  const response = await fetch(`/backend/${what}`, {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(question)});
  const {text} = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(text ?? `/backend/${what}: status ${response.status}; is there a python3?`);
  return text;
}

async function explain(id) {
  byId('why').querySelector('pre').textContent = await ask('explain', {owner: OWNER, model: 'tasks', id});
  byId('why').showModal();
}

function fail(error) {
  byId('fault').textContent = error.message;
  byId('fault').hidden = false;
}

let current;
const token = async () => current ??= await ask('token', {owner: OWNER});
const devices = [];

async function show(panel, title, device) {
  const card = new Card(title, device, id => explain(id).catch(fail));
  devices.push(device);
  panel.replaceChildren(card.node);
  await card.start();
}

const phone = (panel, name) => show(panel, `Phone ${name}`, new Phone({name, owner: OWNER, token}));

/** An engine is bundled when its tab is opened first; that may need npm. */
async function engine(panel, name, title) {
  panel.innerHTML = `<p class="wait" role="status">Preparing ${title}. The first time, npm fetches it.</p>`;
  try {
    await ask('engine', {engine: name});
    const {EngineDevice} = await import(`/playground/bundled/${name}.js`);
    await show(panel, title, new EngineDevice({name, owner: OWNER, token}));
  } catch (error) {
    panel.querySelector('.wait')?.replaceChildren(error.message);
    panel.removeAttribute('data-is-open');
  }
}

const PANELS = {
  b: panel => phone(panel, 'B'),
  rxdb: panel => engine(panel, 'rxdb', 'RxDB'),
  watermelon: panel => engine(panel, 'watermelon', 'WatermelonDB'),
};

/** What was opened once goes on in the background. */
async function select(tab) {
  for (const other of byId('tabs').children) {
    other.setAttribute('aria-selected', other === tab);
    other.tabIndex = other === tab ? 0 : -1;
    byId(other.getAttribute('aria-controls')).hidden = other !== tab;
  }
  const name = tab.getAttribute('aria-controls'), panel = byId(name);
  if ('isOpen' in panel.dataset) return;
  panel.dataset.isOpen = '';
  await PANELS[name](panel);
}

byId('tabs').onclick = ({target}) => target.role === 'tab' && select(target).catch(fail);
byId('tabs').onkeydown = ({key, target}) => {
  const next = {ArrowLeft: target.previousElementSibling, ArrowRight: target.nextElementSibling}[key];
  next?.focus();
  next?.click();
};

byId('sql').onsubmit = async event => {
  event.preventDefault();
  try {
    byId('result').textContent = await ask('sql', {sql: event.target.elements.sql.value});
    devices.find(device => device.isOnline)?.syncNow();
  } catch (error) {
    fail(error);
  }
};

byId('again').onclick = async () => {
  await ask('sql', {sql: `DELETE FROM tasks WHERE owner_id = '${OWNER}'`});
  for (const {name} of await indexedDB.databases())
    if (name.includes('playground')) indexedDB.deleteDatabase(name);
  location.reload();
};

try {
  await token();
  await phone(byId('a'), 'A');
  await select(byId('tabs').firstElementChild);
  window.devices = devices; // for the console
} catch (error) {
  fail(error);
}
