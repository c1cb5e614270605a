/* The tabs of RxDB and WatermelonDB in the playground, with the engines' own packages. */
import {add, allShow, card, layout, ok, open, page, run, shot, toggle, type, unsent} from './browser.mjs';

const FETCH_MS = 300000;
const TABS = ['b', 'rxdb', 'watermelon'];

const choose = tab => page.click(`#tabs [aria-controls=${tab}]`);

async function start(engine) {
  await choose(engine);
  await page.waitForSelector(`#${engine} .add input, #${engine} .wait:not([role=status])`, {timeout: FETCH_MS});
}

/** With phone A, on the same rows. */
async function together(engine, before) {
  const both = (what, rows) => allShow(`${engine}: ${what}`, ['a', engine], rows);
  const own = `By ${engine}`;
  await start(engine);
  await both('has what was there', before);
  await add(engine, own);
  const rows = (name, priority) => [...before, {name, priority}];
  await both('what it adds is on A', rows(own, '1'));

  await toggle('a');
  await toggle(engine);
  const last = `li:nth-child(${before.length + 1})`;
  await type('a', `tasks ${last} .name`, `${own} and A`);
  await type(engine, `tasks ${last} .priority`, '5');
  await unsent('a', 1);
  await unsent(engine, 1);
  await shot(`${engine}-offline`);
  await toggle('a');
  await unsent('a', 0);
  await toggle(engine);
  await both('two fields are merged', rows(`${own} and A`, '5'));
  await unsent(engine, 0);
  await page.waitForFunction(badge => document.querySelector(badge).textContent.includes("merged with the other's name"),
    {}, `${card(engine)} .tasks ${last} .badge`);
  ok(`${engine}: and its badge says so`);

  await layout(1300, engine, true);
  await layout(400, engine, false);
  await page.setViewport({width: 1300, height: 900});
  return rows(`${own} and A`, '5');
}

await run(async () => {
  await open();
  await add('a', 'By A');
  await allShow('A adds', ['a', 'b'], [{name: 'By A', priority: '1'}]);
  let rows = await together('rxdb', [{name: 'By A', priority: '1'}]);
  rows = await together('watermelon', rows);
  await choose('rxdb');
  await type('rxdb', 'tasks li:nth-child(3) .name', 'Last by RxDB');
  rows[2].name = 'Last by RxDB';
  await allShow('an edit in one tab is in all', ['a', ...TABS], rows);

  await page.click('#sql button');
  rows = rows.map(row => ({...row, priority: '9'}));
  await allShow('what SQL writes is in all', ['a', ...TABS], rows);
  await shot('sql');

  await page.click(`${card('rxdb')} .tasks li:nth-child(2) .delete`);
  rows.splice(1, 1);
  await allShow('what one deletes is gone in all', ['a', ...TABS], rows);

  await page.reload();
  await page.waitForFunction(() => window.devices);
  for (const engine of ['rxdb', 'watermelon']) await start(engine);
  await allShow('a reload keeps all', ['a', ...TABS], rows);
});
