// Drives Chromium: node draw.mjs <folder with node_modules> <browser>. A job in JSON on each line of standard input,
// `{url, now, width, height, picture}`; its answer on a line of standard output. One browser, a fresh context for each job.
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const [home, executablePath] = process.argv.slice(2);
const { chromium } = createRequire(join(resolve(home), 'package.json'))('playwright-core');

const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--force-color-profile=srgb', '--font-render-hinting=none'],
});

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await draw(JSON.parse(line)))}\n`);
}
await browser.close();

async function draw({ url, now, width, height, picture }) {
  const context = await browser.newContext({ viewport: { width, height }, locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce' });
  const page = await context.newPage();
  const seen = { errors: [], elsewhere: [] };
  page.on('pageerror', (error) => seen.errors.push(`page: ${error.message}`));
  page.on('console', (message) => {
    // Of an answer with an error the browser says only that there was one; the page tells which.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) seen.errors.push(`console: ${message.text()}`);
  });
  page.on('dialog', (dialog) => {
    seen.errors.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  const origin = new URL(url).origin;
  await page.route((address) => !['data:', 'blob:'].includes(address.protocol) && address.origin !== origin, (route) => {
    seen.elsewhere.push(route.request().url());
    route.abort();
  });
  try {
    await page.clock.setFixedTime(now);
    await page.goto(url);
    await page.waitForFunction(() => window.__harness?.ready, undefined, { timeout: 40_000 });
    const told = await page.evaluate(look);
    if (picture) {
      await page.mouse.move(0, 0);
      await page.screenshot({ path: picture, fullPage: true, animations: 'disabled' });
    }
    return { ...told, errors: [...told.errors, ...seen.errors], elsewhere: seen.elsewhere };
  } catch (error) {
    return { errors: [...seen.errors, String(error)], elsewhere: seen.elsewhere, panels: [], variables: {}, hrefs: [], made: [] };
  } finally {
    await context.close();
  }
}

// In the page: what it tells of itself, where it leads, and elements that no dashboard of ours makes.
function look() {
  const { errors, panels, variables } = window.__harness;
  const attribute = (selector, name) => [...document.querySelectorAll(selector)].map((one) => one.getAttribute(name));
  const handlers = [...document.querySelectorAll('*')].flatMap((one) => [...one.attributes].map((at) => at.name).filter((name) => name.startsWith('on')));
  const foreign = [...document.querySelectorAll('body script, iframe, object, embed, form, base, meta[http-equiv]')]
    .filter((one) => one.id !== 'bundle')
    .map((one) => one.outerHTML.slice(0, 200));
  const images = attribute('img', 'src').filter((src) => src === null || !src.startsWith('/public/'));
  return {
    errors, panels, variables,
    text: document.body.innerText,
    hrefs: attribute('a[href], area[href]', 'href').concat(attribute('svg a', 'xlink:href').filter(Boolean)),
    made: [...handlers.map((name) => `attribute ${name}`), ...foreign, ...images.map((src) => `img ${src}`), ...(window.__pwned === undefined ? [] : ['window.__pwned'])],
  };
}
