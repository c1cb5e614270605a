/* The two phones of the playground, as a user would try them. There is no npm: the tabs say so. */
import {add, allShow, card, layout, ok, open, page, run, shot, toggle, type, unsent} from './browser.mjs';

const both = (what, wanted) => allShow(what, ['a', 'b'], wanted);

await run(async () => {
  await open();
  await add('a', 'Buy milk');
  await both('what A adds is on B', [{name: 'Buy milk', priority: '1'}]);

  await toggle('a');
  await toggle('b');
  await type('a', 'name', 'Buy oat milk');
  await type('b', 'priority', '5');
  await unsent('a', 1);
  await unsent('b', 1);
  ok('offline, both keep their change');
  await shot('offline');
  await toggle('a');
  await toggle('b');
  await both('two fields are merged', [{name: 'Buy oat milk', priority: '5'}]);

  await toggle('a');
  await toggle('b');
  await type('a', 'name', 'Buy tea');
  await type('b', 'name', 'Buy coffee');
  await toggle('b');
  await unsent('b', 0);
  await toggle('a');
  await both('of one field, the later change wins', [{name: 'Buy coffee', priority: '5'}]);
  await page.waitForFunction(card => document.querySelector(`${card} .badge`).textContent.includes('name came later and won'),
    {}, card('a'));
  ok('and the phone that lost says so');

  await page.click('#sql button');
  await both('what SQL writes is on both', [{name: 'Buy coffee', priority: '9'}]);
  await page.waitForFunction(() => document.getElementById('result').textContent.includes('1 row affected'));
  await layout(1300, 'b', true);
  await layout(400, 'b', false);
  await page.setViewport({width: 1300, height: 900});

  await page.click(`${card('a')} .explain`);
  await page.waitForFunction(() => document.querySelector('#why[open] pre')?.textContent.includes('STORED DIFFS'));
  ok('explain says why');
  await shot('explain');
  await page.click('#why button');

  for (const engine of ['rxdb', 'watermelon']) {
    await page.click(`#tabs [aria-controls=${engine}]`);
    await page.waitForFunction(engine => document.querySelector(`#${engine}:not([hidden]) .wait`)?.textContent
      .includes('apt-get install npm'), {}, engine);
  }
  ok('without npm, the tabs of the engines say what to install');
  await shot('no-npm');

  await page.reload();
  await both('a reload keeps all', [{name: 'Buy coffee', priority: '9'}]);
});
