// Walks through a report in a browser as its readers do: node browser.mjs MODULES CHROMIUM REPORT
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";

const [modules, executablePath, report] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { chromium } = require(`${modules}/playwright-core`);
const axe = readFileSync(`${modules}/axe-core/axe.min.js`, "utf8");
const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
// A machine at its limit takes its time: what is waited for is what counts.
const PATIENCE = 300_000;
const browser = await chromium.launch({ executablePath, args, timeout: PATIENCE });
const url = pathToFileURL(report).href;

/** Opens the report; at the end nothing may have been said, asked for or run. */
async function visit(name, options, walk) {
  // The judge of accessibility is put in from outside, which the page's own policy would not allow.
  const context = await browser.newContext({ bypassCSP: Boolean(options.axe), ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const said = [];
  page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`error: ${error}`));
  page.on("request", (request) => { if (request.url() !== url) said.push(`request: ${request.url()}`); });
  await page.goto(url);
  await walk(page);
  if (options.javaScriptEnabled !== false) assert.equal(await page.evaluate("window.pwned"), undefined, `${name}: recorded markup ran`);
  assert.equal(await page.locator("img, iframe, object, embed, link, base").count(), 0, `${name}: recorded markup is markup`);
  assert.equal(await page.locator("script").count(), 1, `${name}: one script`);
  assert.deepEqual(said, [], name);
  await context.close();
  console.log(`${name}: done`);
}

/** Waits until what is read is what is expected: a page tells its own script of a key or a closed dialog later. */
async function becomes(read, expected, told) {
  const patience = Date.now() + PATIENCE;
  for (;;) {
    const seen = await read();
    const matches = expected instanceof RegExp ? expected.test(seen) : isDeepStrictEqual(seen, expected);
    if (matches) return;
    if (Date.now() > patience) assert.fail(`${told ?? ""}: expected ${JSON.stringify(expected) ?? expected}, seen ${JSON.stringify(seen)}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** What axe-core finds. */
async function accessible(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join("\n")}`);
  assert.deepEqual(told, [], `${name}: accessibility`);
}

const active = (page) => page.evaluate(() => document.activeElement.getAttribute("aria-label") || document.activeElement.id || document.activeElement.textContent);
const background = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

await visit("keyboard", { viewport: { width: 1280, height: 900 } }, async (page) => {
  await page.keyboard.press("Tab");
  await becomes(() => active(page), "Skip to the ledger");
  await page.locator("table[role=grid] a.cell[tabindex='0']").focus();
  await becomes(() => active(page), /^ListBerths 200: contradicted, 2 exchanges$/);
  const walk = [
    ["ArrowRight", "ListBerths 400: proven, 1 exchange"],
    ["ArrowRight", "ListBerths 503: contradicted, 1 exchange"],
    ["ArrowRight", "ListBerths 503: contradicted, 1 exchange"],
    ["Home", "ListBerths 200: contradicted, 2 exchanges"],
    ["ArrowDown", "ReserveBerth 201: contradicted, 2 exchanges"],
    ["End", "ReserveBerth 409: simulated, 1 exchange"],
    ["Control+End", "FreeBerth 404: simulated, 1 exchange"],
    ["ArrowLeft", "FreeBerth 204: unproven, excused, 0 exchanges"],
    ["Control+Home", "ListBerths 200: contradicted, 2 exchanges"],
  ];
  for (const [key, expected] of walk) {
    await page.keyboard.press(key);
    await becomes(() => active(page), expected, key);
  }
  await becomes(() => page.locator("a.cell[tabindex='0']").count(), 1, "one stop for the Tab key");
  // A cell opens its exchanges; closing them leads back to it.
  await page.keyboard.press("Enter");
  await becomes(() => page.locator("dialog[open]").count(), 1);
  await becomes(() => page.locator("dialog").textContent(), /"state": "sunk"/);
  assert.ok(await page.locator("dialog mark").count() > 0, "places are marked");
  await page.keyboard.press("Escape");
  await becomes(() => page.locator("dialog[open]").count(), 0);
  await becomes(() => active(page), "ListBerths 200: contradicted, 2 exchanges");
  await becomes(() => page.locator("#exchanges details.row").count(), 9, "all are back in their place");
  // From there to a finding.
  await page.keyboard.press("Enter");
  await page.locator("dialog a[href^='#f-']").first().click();
  await becomes(() => page.locator("dialog[open]").count(), 0);
  await becomes(() => page.locator("#findings details[open]").count(), 1);
  // A focused thing can be seen to be.
  await page.keyboard.press("Tab");
  await becomes(() => page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), /^(?!none$)/);
});

await visit("filters", { viewport: { width: 1280, height: 900 } }, async (page) => {
  const findings = () => page.locator("#findings .finding:visible").count();
  const rows = () => page.locator("#ledger tbody tr:visible").count();
  const settled = (text) => page.waitForFunction((text) => document.getElementById("shown").textContent === text, text);
  await becomes(async () => [await findings(), await rows()], [10, 4]);
  await page.keyboard.press("/");
  await page.keyboard.type("418 undocumented-status");
  await settled("0 of 4 operations, 1 of 10 findings").catch(async () => assert.fail(await page.locator("#shown").textContent()));
  await page.locator("#search").fill("");
  await page.locator("input[name=severity][value=info]").check();
  await settled("4 of 4 operations, 1 of 10 findings");
  await page.locator("input[name=severity][value=info]").uncheck();
  await page.locator("input[name=state][value=simulated]").check();
  await settled("2 of 4 operations, 10 of 10 findings");
  await page.locator("select[name=rule]").selectOption("response-schema");
  await settled("2 of 4 operations, 2 of 10 findings");
  await page.locator("#filter button[type=reset]").click();
  await settled("");
  await page.locator("select[name=operation]").selectOption("ShowBerth");
  await settled("1 of 4 operations, 2 of 10 findings");
  await becomes(async () => [await findings(), await rows()], [2, 1]);
});

for (const colorScheme of ["light", "dark"]) {
  await visit(`theme ${colorScheme}`, { colorScheme, viewport: { width: 1280, height: 900 } }, async (page) => {
    const before = await background(page);
    await page.locator("#theme").click();
    await becomes(async () => await background(page) !== before, true, "another theme");
    const after = await background(page);
    await page.reload();
    await becomes(() => background(page), after, "the choice is kept");
    await page.locator("#theme").click();
    await becomes(() => background(page), before);
  });
  await visit(`accessible ${colorScheme}`, { colorScheme, axe: true, viewport: { width: 1280, height: 900 } }, async (page) => {
    await accessible(page, "closed");
    await page.evaluate(() => { for (const node of document.querySelectorAll("details")) node.open = true; });
    await accessible(page, "open");
    await page.locator("a.cell.contradicted").first().click();
    await page.locator("dialog[open]").waitFor();
    await page.waitForFunction(() => document.getAnimations().length === 0);
    await accessible(page, "sheet");
  });
}

await visit("phone", { axe: true, viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }, async (page) => {
  const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= 360);
  assert.ok(await fits(), "no scrolling sideways");
  await page.evaluate(() => { for (const node of document.querySelectorAll("details")) node.open = true; });
  assert.ok(await fits(), "nor when all is open");
  await accessible(page, "phone");
  await page.locator("a.cell").first().tap();
  await page.locator("dialog[open]").waitFor();
  const sheet = await page.locator("dialog").boundingBox();
  assert.ok(sheet.width <= 361, `the sheet fits: ${sheet.width}`);
  assert.ok(await fits(), "nor with the sheet");
});

await visit("without script", { javaScriptEnabled: false, viewport: { width: 1280, height: 900 } }, async (page) => {
  await becomes(() => page.locator("#filter").isVisible(), false, "what needs a script is not offered");
  await becomes(() => page.locator("#ledger tbody tr:visible").count(), 4);
  await page.locator("#ledger a.cell").first().click();
  await becomes(() => page.locator("#row-0 pre").first().isVisible(), true, "a cell leads to its exchanges");
  await page.locator("#findings summary").first().click();
  await becomes(() => page.locator("#f-0").isVisible(), true);
});

await visit("paper", { viewport: { width: 800, height: 1100 } }, async (page) => {
  await page.emulateMedia({ media: "print" });
  await becomes(() => page.locator("nav").isVisible(), false);
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await becomes(() => page.locator("#f-3").isVisible(), true, "findings are open on paper");
});

await browser.close();
console.log("all walks done");
