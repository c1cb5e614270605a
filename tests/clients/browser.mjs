/* A headless Chromium with the page of the playground, for playground.mjs and engines.mjs.
 * usage: node SCRIPT PUPPETEER URL [FOLDER]   screenshots go into FOLDER */
import {createRequire} from 'node:module';
import assert from 'node:assert/strict';

const [, , puppeteerFolder, url, shots] = process.argv;
const puppeteer = createRequire(puppeteerFolder + '/')('puppeteer-core');
const PATIENCE_MS = 60000;

const browser = await puppeteer.launch({executablePath: '/usr/bin/chromium', headless: 'new',
  args: ['--no-sandbox', '--disable-gpu', '--no-proxy-server'], protocolTimeout: 6 * PATIENCE_MS});
export const page = await browser.newPage();
export const faults = [];
page.on('pageerror', error => faults.push(error.message));
page.setDefaultTimeout(PATIENCE_MS);

export const shot = name => shots && page.screenshot({path: `${shots}/${name}.png`, fullPage: true});
export const ok = what => console.log(`ok      ${what}`);

/* A device is named by the id of what holds it: a, b, rxdb, watermelon. */
export const card = id => `#${id} .device`;
export const toggle = id => page.click(`${card(id)} .switch span`);

export async function open() {
  await page.setViewport({width: 1300, height: 900});
  await page.goto(url);
  await page.waitForFunction(() => window.devices?.every(device => device.endLive));
}

export async function type(id, field, text) {
  await page.click(`${card(id)} .${field}`, {clickCount: 3});
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
  await page.evaluate(() => document.activeElement.blur());
}

export async function add(id, name) {
  await page.type(`${card(id)} .add input`, name);
  await page.keyboard.press('Enter');
}

/** Waits until each of these devices shows these tasks: [{name, priority}]. */
export async function allShow(what, ids, wanted) {
  const shown = () => page.evaluate(cards => cards.map(card => [...document.querySelectorAll(`${card} .tasks li`)].map(
    item => ({name: item.querySelector('.name').value, priority: item.querySelector('.priority').value}))), ids.map(card));
  const want = JSON.stringify(ids.map(() => wanted)), end = Date.now() + PATIENCE_MS;
  for (let got; (got = JSON.stringify(await shown())) !== want; await new Promise(done => setTimeout(done, 50)))
    if (Date.now() > end) assert.fail(`${what}: ${ids} should show ${want}, and not ${got}`);
  ok(what);
}

export async function unsent(id, count) {
  await page.waitForFunction((card, text) => document.querySelector(`${card} .pending`).textContent === text,
    {}, card(id), `${count} unsent`);
}

/** Nothing is wider than the page, and the second device is beside phone A, or under it. */
export async function layout(width, id, sideBySide) {
  await page.setViewport({width, height: 900});
  const found = await page.evaluate((...cards) => {
    const [a, b] = cards.map(card => document.querySelector(card).getBoundingClientRect());
    return {wide: document.documentElement.scrollWidth, sideBySide: a.top === b.top && a.right < b.left,
      under: a.bottom < b.top && a.left === b.left};
  }, card('a'), card(id));
  assert.ok(found.wide <= width, `at ${width} px the page is ${found.wide} wide`);
  assert.ok(sideBySide ? found.sideBySide : found.under, `at ${width} px: ${JSON.stringify(found)}`);
  await shot(`${id}-${width}`);
  ok(`layout at ${width} px`);
}

/** The story that a test tells; a failure leaves a screenshot. */
export async function run(story) {
  try {
    await story();
    assert.deepEqual(faults, []);
  } catch (error) {
    await shot('failed');
    console.log(`FAILED  ${error.stack}\n${faults.join('\n')}`);
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}
