/* What the page shows of a device: its tasks, its switch, its state and its wire. */
const WIRE_LINES = 30;

export class Card {
  /** explain(id) is asked why a task is as it is. */
  constructor(title, device, explain) {
    Object.assign(this, {device, explain});
    this.node = document.getElementById('device').content.cloneNode(true).firstElementChild;
    this.find('h2').textContent = title;
    this.find('.switch input').onchange = ({target}) => this.turn(target.checked);
    this.find('.sync').onclick = () => device.syncNow();
    this.find('.add').onsubmit = event => this.add(event);
    device.onChange = () => this.show();
    device.onWire = (text, isGood) => this.log(text, isGood);
  }

  find(selector) { return this.node.querySelector(selector); }

  async start() {
    await this.device.start();
    this.turn(true);
    await this.show();
  }

  turn(isOnline) {
    this.node.classList.toggle('off', !isOnline);
    this.find('.switch b').textContent = isOnline ? 'online' : 'offline';
    this.device.turn(isOnline);
  }

  log(text, isGood) {
    const line = document.createElement('li'), list = this.find('.wire ol');
    line.textContent = text;
    line.classList.toggle('bad', !isGood);
    list.prepend(line);
    while (list.childElementCount > WIRE_LINES) list.lastChild.remove();
  }

  async add(event) {
    event.preventDefault();
    const name = event.target.elements.name.value;
    event.target.reset();
    await this.device.create({name, done: false, priority: 1, created_time: new Date().toISOString()});
  }

  async show() {
    const [rows, {place, unsent}] = await Promise.all([this.device.rows(), this.device.state()]);
    rows.sort((a, b) => (a.created_time ?? '').localeCompare(b.created_time ?? '') || a.id.localeCompare(b.id));
    this.find('.clock').textContent = place;
    this.find('.pending').textContent = `${unsent} unsent`;
    this.find('.pending').classList.toggle('some', unsent > 0);
    this.showRows(rows);
  }

  /** Rows keep their elements, so that nobody loses the focus. */
  showRows(rows) {
    const list = this.find('.tasks'), there = new Map();
    for (const item of list.children) there.set(item.dataset.id, item);
    rows.forEach((row, at) => {
      const item = there.get(row.id) ?? this.makeRow(row.id);
      there.delete(row.id);
      if (list.children[at] !== item) list.insertBefore(item, list.children[at] ?? null);
      this.fillRow(item, row);
    });
    for (const item of there.values()) item.remove();
  }

  makeRow(id) {
    const item = document.getElementById('task').content.cloneNode(true).firstElementChild;
    const set = fields => { this.device.conflicts.delete(id); return this.device.update(id, fields); };
    item.dataset.id = id;
    item.querySelector('.done').onchange = ({target}) => set({done: target.checked});
    item.querySelector('.name').onchange = ({target}) => target.value && set({name: target.value});
    item.querySelector('.priority').onchange = ({target}) => set({priority: Number(target.value)});
    item.querySelector('.delete').onclick = () => this.device.remove(id);
    item.querySelector('.explain').onclick = () => this.explain(id);
    return item;
  }

  fillRow(item, row) {
    const put = (selector, value) => {
      const input = item.querySelector(selector);
      if (input !== document.activeElement || input.value === input.defaultValue) input.value = value;
      input.defaultValue = value;
    };
    item.querySelector('.done').checked = Boolean(row.done);
    put('.name', row.name ?? '');
    put('.priority', row.priority ?? '');
    const badge = item.querySelector('.badge'), conflicts = this.device.conflicts;
    badge.textContent = conflicts.get(row.id) ?? '';
    badge.hidden = !conflicts.has(row.id);
  }
}
