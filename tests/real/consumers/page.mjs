// Opens pages in Chromium, each at two widths, in both colour schemes, and tells what it saw as JSON.
// Usage: node page.mjs BROWSER FILE...   With SHOTS=DIR it also keeps pictures there.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const axe = readFileSync(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf-8");
const [browserPath, ...files] = process.argv.slice(2);
const browser = await puppeteer.launch({ executablePath: browserPath, headless: true, args: ["--no-sandbox"] });
const seen = [];
for (const file of files) {
  for (const width of [1280, 400]) {
    seen.push(await look(file, width));
  }
  seen.push(await withoutScript(file));
}
await browser.close();
console.log(JSON.stringify(seen));

async function look(file, width) {
  const page = await browser.newPage();
  const complaints = [];
  const requests = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => { complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => requests.push(request.url().slice(0, 200)));
  await page.setViewport({ width, height: 900 });
  await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
  const backgrounds = [];
  for (const scheme of ["dark", "light"]) {
    await paint(page, scheme);
    backgrounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    if (process.env.SHOTS) {
      const path = join(process.env.SHOTS, `${basename(file)}-${width}-${scheme}.png`);
      await page.screenshot({ path, fullPage: true });
    }
  }
  const found = await page.evaluate(() => ({
    hostile: "hostile" in window,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    commands: document.querySelectorAll("pre").length,
    buttons: document.querySelectorAll("button").length,
    svgs: document.querySelectorAll("svg").length,
  }));
  // What is folded is read by somebody too.
  await page.evaluate(() => document.querySelectorAll("details").forEach((folded) => { folded.open = true; }));
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  await paint(page, "dark");
  const dark = await page.evaluate(() => window.axe.run({ runOnly: ["color-contrast"] }));
  violations.push(...dark.violations);
  const button = await page.$("button");
  let copied = null;
  if (button) {
    await button.click();
    copied = await page.waitForFunction((b) => b.textContent !== "Copy" && b.textContent, {}, button).then((h) => h.jsonValue());
  }
  await page.close();
  return {
    file: basename(file), width, backgrounds, script: true, complaints, requests, copied, ...found,
    violations: violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 200)} ${v.nodes[0].failureSummary}`),
  };
}

function paint(page, scheme) {
  return page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
}

async function withoutScript(file) {
  const page = await browser.newPage();
  await page.setJavaScriptEnabled(false);
  await paint(page, "dark");
  await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
  const text = await page.evaluate(() => document.querySelector("main").textContent);
  const buttons = await page.evaluate(() => document.querySelectorAll("button").length);
  await page.emulateMediaType("print");
  // The page is laid out for paper a moment after it was asked for.
  let hidden = 1;
  for (let tries = 0; hidden > 0 && tries < 50; tries++) {
    hidden = await page.evaluate(() => [...document.querySelectorAll("details > :not(summary)")]
      .filter((element) => !element.checkVisibility({ contentVisibilityAuto: true })).length);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  const ink = await page.evaluate(() => getComputedStyle(document.body).color);
  await page.close();
  return { file: basename(file), script: false, text, buttons, hidden, ink };
}
