// Runs the bot script the way Antebot does, without Antebot: a stand-in `engine` and `log`, and bets played into the
// hooks. Reads one JSON plan from standard input, writes one JSON report to standard output.
//
// Time runs `speed` times faster inside the script (its timers and its clock alike), so that back-offs of a minute are
// tested in a second. Rounds are played in real time, and requests may take their 30 seconds of it: a busy machine must
// not look like a dead server.
"use strict";

const fs = require("node:fs");
const vm = require("node:vm");

const plan = JSON.parse(fs.readFileSync(0, "utf8"));
const speed = plan.speed || 1;
const started = Date.now();
const report = { logs: [], files: [], delays: [], hook_ms_max: 0, hooks: [], settings_touched: [], requests: 0 };
const hooks = {};

class ScriptDate extends Date {
  static now() {
    return started + (Date.now() - started) * speed;
  }
}

// The settings of the bot. Setting any of them is noted: the script only watches.
const botSettings = { game: plan.game || "pump", betSize: 0, difficulty: "expert", rounds: 12, target: 2 };
const globals = {
  engine: {
    onBetPlaced: (hook) => { hooks.onBetPlaced = hook; report.hooks.push("onBetPlaced"); },
    onGameRound: (hook) => { hooks.onGameRound = hook; report.hooks.push("onGameRound"); },
    onBettingStopped: (hook) => { hooks.onBettingStopped = hook; report.hooks.push("onBettingStopped"); },
  },
  log: (...parts) => report.logs.push(parts.join(" ")),
  fetch: (...args) => { report.requests += 1; return fetch(...args); },
  setTimeout: (callback, ms) => { report.delays.push(ms); return setTimeout(callback, ms === 30000 ? ms : ms / speed); },
  clearTimeout,
  AbortController,
  Date: ScriptDate,
};
if (plan.log_to_file) globals.logToFile = (name, text) => report.files.push({ name, text });
for (const [name, value] of Object.entries(botSettings)) {
  Object.defineProperty(globals, name, {
    get: () => value,
    set: () => report.settings_touched.push(name),
  });
}

function configured(source) {
  for (const [name, value] of Object.entries(plan.settings)) {
    const line = new RegExp("^(  " + name + ": ).*?(,( //.*)?)$", "m");
    if (!line.test(source)) throw new Error("the script has no setting " + name);
    source = source.replace(line, (_, before, after) => before + JSON.stringify(value) + after);
  }
  return source;
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function play(bets) {
  for (const bet of bets) {
    const before = performance.now();
    await hooks.onBetPlaced(bet);
    report.hook_ms_max = Math.max(report.hook_ms_max, performance.now() - before);
    // Antebot may use its object again for the next round.
    for (const key of Object.keys(bet)) delete bet[key];
    if (plan.round_ms) await pause(plan.round_ms);
  }
}

async function until(condition, ms) {
  const deadline = Date.now() + ms;
  while (!condition() && Date.now() < deadline) await pause(5);
}

async function main() {
  const context = vm.createContext(globals);
  vm.runInContext(configured(fs.readFileSync(plan.script, "utf8")), context, { filename: "stakepro.js" });
  const counts = () => vm.runInContext("stakepro.counts()", context);
  await play(plan.bets);
  if (plan.drain_ms) await until(() => counts().waiting === 0, plan.drain_ms);
  if (plan.until_logged) await until(() => report.logs.some((line) => line.includes(plan.until_logged)), 20000);
  report.before_stop = counts();
  if (plan.stop !== false) {
    await hooks.onBettingStopped(true, null);
    const said = () => report.logs.some((line) => / rounds?: \d+ accepted/.test(line));
    await until(said, plan.stop_ms || 5000);
    await until(() => counts().waiting === 0, plan.after_stop_ms ?? 20000);
  }
  report.counts = counts();
  process.stdout.write(JSON.stringify(report), () => process.exit(0));
}

main();
