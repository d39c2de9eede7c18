/*
 * StakePro for Antebot: sends every round to your own StakePro server, exactly once, and changes nothing else.
 *
 * It watches only. It never sets a bet size, a target or any other setting of the bot, and it never makes the bot
 * wait: rounds go into a queue in memory, and the queue is sent in batches beside the betting.
 * If your script has an engine.onBetPlaced of its own, see the end of this file.
 */

// ===== Settings: the only part to change =====
var stakeproSettings = {
  url: "http://127.0.0.1:8000", // where StakePro runs
  token: "PASTE_TOKEN_HERE", // a token with the scope "ingest"
  minimumResult: null, // send as a bet only from this result up, e.g. 34; null sends every bet
  heartbeats: true, // tell StakePro that it hears of every round, so that gaps and streaks are true
  batchSize: 500, // messages per request, up to 10000
  flushSeconds: 1, // the longest a message waits before it is sent
  queueLimit: 100000, // messages kept while StakePro cannot be reached
  stopWaitSeconds: 15, // how long to go on sending after betting stopped, before reporting what is left
  unsentFile: "stakepro-unsent.ndjson", // where what is left is written; "" writes nothing
};
// ===== End of settings =====

var stakepro = (function (settings) {
  "use strict";

  const BATCH_MESSAGES_MAX = 10000; // the server's own limit
  const BATCH_BYTES_MAX = 4000000; // well under the server's 16 MB
  const STATE_LENGTH_MAX = 6000; // the server keeps 8 KiB of further keys per message
  const KEEPALIVE_BYTES_MAX = 60000; // browsers refuse keepalive requests above 64 KiB
  const REQUEST_TIMEOUT_MS = 30000;
  const RETRY_FIRST_MS = 1000;
  const RETRY_MAX_MS = 60000;
  const RETRY_AFTER_MAX_MS = 600000; // however long a server asks us to wait
  const SLOW_RETRY_MS = 30000; // for what only a person can mend: a wrong token, a wrong address
  const REMIND_MS = 60000;
  // Bets alone do not say that no round is left out; one heartbeat beside so many of them does.
  const BETS_PER_HEARTBEAT = 100;

  // Antebot's name of a game, where it differs from the one StakePro uses.
  const GAMES = {
    crossover: "chicken",
    coinflip: "flip",
    tower: "dragon_tower",
    "video-poker": "video_poker",
    "rock-paper-scissors": "rock_paper_scissors",
    "slots-scarab": "scarab_spin",
    "slots-tomeoflife": "tome_of_life",
    "slots-samurai": "blue_samurai",
  };
  // Games whose result is a multiplier out of a table that the difficulty names.
  const LEVELLED = ["pump", "chicken"];

  const batchSize = Math.min(Math.max(Math.floor(Number(settings.batchSize)) || 1, 1), BATCH_MESSAGES_MAX);
  const flushMs = Math.max(Number(settings.flushSeconds) || 0, 0) * 1000;
  const queueLimit = Math.max(Math.floor(Number(settings.queueLimit)) || 1, 1);
  const stopWaitMs = Math.max(Number(settings.stopWaitSeconds) || 0, 0) * 1000;
  const minimumResult = settings.minimumResult === null ? null : Number(settings.minimumResult);
  const address = String(settings.url).trim().replace(/\/+$/, "") + "/live/ingest/batch";
  const token = String(settings.token || "").trim();

  const bets = makeQueue();
  const heartbeats = makeQueue();
  const beat = { pair: "", betsSince: 0 }; // the seed pair of the last heartbeat, and how many bets it is ago
  let batches = []; // cut and perhaps already sent once; the first is the one in flight
  let order = 0;
  let timer = null;
  let sending = false;
  let stopping = false;
  let failures = 0;
  let holdUntil = 0; // the server asked for silence until then
  let problem = "";
  const toldAt = {};
  const counts = {
    rounds: 0,
    accepted: 0,
    duplicates: 0,
    conflicts: 0,
    refused: 0,
    droppedHeartbeats: 0,
    droppedBets: 0,
    unreadable: 0,
    withoutSeeds: 0,
  };

  // ----- Telling the user -----

  function say(text) {
    if (typeof log === "function") log("StakePro: " + text);
  }

  /** Say something that may happen again with every round: at once, then at most once a minute. */
  function remind(about, text) {
    const now = Date.now();
    if (about in toldAt && now - toldAt[about] < REMIND_MS) return;
    toldAt[about] = now;
    say(text);
  }

  function plural(count, noun) {
    return count + " " + noun + (count === 1 ? "" : "s");
  }

  // ----- The queue -----

  /** First in, first out, as an array with a moving head: shift() of a long array would copy it every time. */
  function makeQueue() {
    let items = [];
    let head = 0;
    return {
      size: () => items.length - head,
      first: () => items[head],
      all: () => items.slice(head),
      push: (item) => items.push(item),
      shift() {
        const item = items[head];
        items[head] = undefined;
        head += 1;
        if (head > 1000 && head * 2 > items.length) {
          items = items.slice(head);
          head = 0;
        }
        return item;
      },
    };
  }

  function waiting() {
    return batches.reduce((sum, batch) => sum + batch.length, bets.size() + heartbeats.size());
  }

  function enqueue(message) {
    // Written out now: the bot may use its object again for the next round.
    const text = JSON.stringify(message);
    const bytes = /^[\x00-\x7f]*$/.test(text) ? text.length : text.length * 3;
    const entry = { order: (order += 1), nonce: message.nonce, text, bytes, saved: false };
    (message.type === "bet" ? bets : heartbeats).push(entry);
    makeRoom();
  }

  /** Keep the queue within its limit: heartbeats go first, because a bet says everything a heartbeat does. */
  function makeRoom() {
    let dropped = false;
    while (waiting() > queueLimit && bets.size() + heartbeats.size() > 0) {
      if (heartbeats.size() > 0) {
        heartbeats.shift();
        counts.droppedHeartbeats += 1;
      } else {
        bets.shift();
        counts.droppedBets += 1;
      }
      dropped = true;
    }
    if (dropped) remind("full", "the queue is full; " + droppedText() + " so far.");
  }

  function droppedText() {
    return "dropped " + plural(counts.droppedHeartbeats, "heartbeat") + " and " + plural(counts.droppedBets, "bet");
  }

  /** The next messages in the order of their rounds, up to the limits of one request. */
  function cutBatch() {
    const batch = [];
    let bytes = 2;
    while (batch.length < batchSize && bets.size() + heartbeats.size() > 0) {
      const fromBets =
        heartbeats.size() === 0 || (bets.size() > 0 && bets.first().order < heartbeats.first().order);
      const queue = fromBets ? bets : heartbeats;
      bytes += queue.first().bytes + 1;
      if (bytes > BATCH_BYTES_MAX && batch.length > 0) break;
      batch.push(queue.shift());
    }
    return batch;
  }

  // ----- Sending: one request at a time -----

  /** Called after every round. While a request or a back-off is running, its end decides what comes next. */
  function schedule() {
    if (sending || failures > 0) return;
    const full = bets.size() + heartbeats.size() >= batchSize;
    if (timer !== null && !full) return;
    restartTimer(full ? 0 : flushMs);
  }

  function restartTimer(ms) {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(send, Math.max(ms, Math.min(holdUntil - Date.now(), RETRY_AFTER_MAX_MS)));
  }

  async function send() {
    timer = null;
    if (batches.length === 0) batches = [cutBatch()].filter((batch) => batch.length > 0);
    if (batches.length === 0) return;
    sending = true;
    const answer = await post(batches[0]);
    sending = false;
    const wait = settle(answer);
    if (waiting() > 0) restartTimer(wait);
  }

  /** One request. Never throws: what went wrong is part of the answer. */
  async function post(batch) {
    const body = "[" + batch.map((entry) => entry.text).join(",") + "]";
    const headers = { "Content-Type": "application/json" };
    if (token) headers["X-Ingest-Token"] = token;
    const aborter = new AbortController();
    const timeout = setTimeout(() => aborter.abort(), REQUEST_TIMEOUT_MS);
    try {
      const response = await fetch(address, {
        method: "POST",
        headers,
        body,
        credentials: "omit",
        redirect: "manual",
        // Lets the last batch out even when the script's page is closed.
        keepalive: stopping && batch.reduce((sum, entry) => sum + entry.bytes + 1, 2) < KEEPALIVE_BYTES_MAX,
        signal: aborter.signal,
      });
      return {
        status: response.status,
        retryAfter: response.headers.get("Retry-After"),
        limit: Number(response.headers.get("X-RateLimit-Limit")),
        data: parse(await response.text()),
      };
    } catch (error) {
      // Perhaps it arrived all the same. Sending it again is safe: StakePro keeps each id and nonce once.
      return { status: null, retryAfter: null, limit: 0, data: null };
    } finally {
      clearTimeout(timeout);
    }
  }

  function parse(text) {
    try {
      return JSON.parse(text);
    } catch (error) {
      return null;
    }
  }

  /** Take in an answer; returns the milliseconds until the next request. */
  function settle(answer) {
    const { status, data } = answer;
    const batch = batches[0];
    if (status === 200 && data && Array.isArray(data.results) && data.results.length === batch.length) {
      batches.shift();
      data.results.forEach((result, index) => takeResult(batch[index], result || {}));
      return recovered();
    }
    if ((status === 413 || status === 422) && batch.length > 1) {
      split(Math.ceil(batch.length / 2));
      return 0;
    }
    if ((status === 413 || status === 422) && data && data.error) {
      batches.shift();
      takeResult(batch[0], data);
      return recovered();
    }
    if (status === null) return failed("cannot reach " + address, backOff());
    if (status === 401 || status === 403) {
      return failed("the token is wrong, revoked or lacks the scope ingest: make a new one and paste it", slowly());
    }
    if (status === 429) {
      // A batch is admitted whole: one above the limit of a minute never would be.
      if (answer.limit > 0) split(answer.limit);
      return failed("the server asks to slow down", retryAfter(answer));
    }
    if (status >= 500) return failed("the server has a problem (" + status + ")", retryAfter(answer));
    return failed("the address answers " + status + ", but not as StakePro does: check url", slowly());
  }

  /** Cut the batch in hand into pieces of at most this many messages. */
  function split(size) {
    const batch = batches.shift();
    const pieces = [];
    for (let start = 0; start < batch.length; start += size) pieces.push(batch.slice(start, start + size));
    batches.unshift(...pieces);
  }

  function takeResult(entry, result) {
    if (result.error) {
      counts.refused += 1;
      const why = typeof result.error === "string" ? result.error : result.error.message || result.error.code;
      remind("refused", "nonce " + entry.nonce + " was refused and dropped: " + why);
    } else if (result.conflict) {
      counts.conflicts += 1;
      remind("conflict", "nonce " + entry.nonce + " is already known with other content; StakePro kept both.");
    } else if (result.accepted === false) {
      counts.duplicates += 1;
    } else {
      counts.accepted += 1;
    }
  }

  function recovered() {
    if (failures > 0) say("reached again; " + plural(waiting(), "message") + " still waiting.");
    failures = 0;
    problem = "";
    holdUntil = 0;
    delete toldAt.failed;
    return stopping || batches.length > 0 || waiting() >= batchSize ? 0 : flushMs;
  }

  function failed(why, ms) {
    failures += 1;
    if (why !== problem) delete toldAt.failed;
    problem = why;
    const next = "next try in " + Math.ceil(ms / 1000) + " s.";
    remind("failed", why + "; " + plural(waiting(), "message") + " waiting; " + next);
    return ms;
  }

  /** Doubling, up to a minute, and between half and all of it: many bots must not come back in step. */
  function backOff() {
    return Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(failures, 20)) * (0.5 + Math.random() / 2);
  }

  function slowly() {
    return SLOW_RETRY_MS * (1 + Math.random() / 2);
  }

  /** At least what the server asked for, as seconds or as a date. */
  function retryAfter(answer) {
    const asked = String(answer.retryAfter || "").trim();
    const ms = /^\d+$/.test(asked) ? Number(asked) * 1000 : Date.parse(asked) - Date.now();
    if (!(ms > 0)) return backOff();
    const hold = Math.min(ms, RETRY_AFTER_MAX_MS);
    holdUntil = Date.now() + hold;
    return hold + Math.random() * RETRY_FIRST_MS;
  }

  // ----- Reading a bet -----

  /** A number within the 18 decimals StakePro keeps; sums of floats may have more. Anything else becomes null. */
  function number(value) {
    if (value === null || value === undefined || value === "") return null;
    const read = Number(value);
    if (!Number.isFinite(read)) return null;
    return Math.abs(read) < 0.01 ? Number(read.toFixed(18)) : read;
  }

  function positive(value) {
    const read = number(value);
    return read !== null && read > 0 ? read : null;
  }

  /** Target and result of a round. For Pump and Chicken the multipliers, not the counts of pumps or lanes. */
  function outcome(slug, bet, state) {
    if (LEVELLED.includes(slug)) {
      return { target: positive(state.roundTargetMultiplier), result: number(state.roundResultMultiplier) };
    }
    if (slug === "limbo") return { target: positive(state.multiplierTarget), result: number(state.result) };
    if (slug === "dice") return { target: positive(state.target), result: number(state.result), state };
    return { target: null, result: number(bet.payoutMultiplier), state };
  }

  function withState(message, state) {
    if (state === undefined) return message;
    // A bet without its state is worth more than one refused for its size.
    if (JSON.stringify(state).length > STATE_LENGTH_MAX) return { ...message, stateOmitted: true };
    return { ...message, state };
  }

  function readBet(bet) {
    const state = bet.state || {};
    const name = String(bet.game || (typeof game === "string" ? game : "")).toLowerCase();
    const slug = GAMES[name] || name;
    const { target, result, state: kept } = outcome(slug, bet, state);
    const round = {
      game: slug,
      nonce: number(bet.nonce),
      roundResult: result,
      clientSeed: bet.clientSeed,
      serverSeedHashed: bet.serverSeedHashed,
    };
    const level = state.difficulty || (LEVELLED.includes(slug) && typeof difficulty === "string" ? difficulty : "");
    if (level) round.difficulty = String(level).toLowerCase();
    const heartbeat = { type: "heartbeat", ...round };
    if (minimumResult !== null && result !== null && result < minimumResult) {
      return settings.heartbeats ? [heartbeat] : [];
    }
    const message = {
      type: "bet",
      id: String(bet.id ?? bet.iid ?? "nonce:" + bet.nonce),
      dateTime: bet.dateTime === undefined ? null : bet.dateTime,
      amount: number(bet.amount),
      payout: number(bet.payout),
      currency: bet.currency,
      roundTarget: target,
      ...round,
    };
    if (bet.iid) message.iid = String(bet.iid);
    const said = withState(message, kept);
    return settings.heartbeats && heartbeatIsDue(round) ? [said, heartbeat] : [said];
  }

  function pairOf(message) {
    return message.serverSeedHashed + " " + message.clientSeed;
  }

  function heartbeatIsDue(round) {
    return beat.pair !== pairOf(round) || beat.betsSince + 1 >= BETS_PER_HEARTBEAT;
  }

  /** Remember when StakePro last heard that this pair's rounds are all reported. */
  function noteBeat(message) {
    if (message.type === "heartbeat") {
      beat.pair = pairOf(message);
      beat.betsSince = 0;
    } else {
      beat.betsSince += 1;
    }
  }

  // ----- What the bot calls -----

  /** Take one round in. Returns at once and never throws, whatever the bot hands over. */
  function record(bet) {
    try {
      stopping = false;
      counts.rounds += 1;
      if (!bet.serverSeedHashed) {
        counts.withoutSeeds += 1;
        remind("seeds", "a round without a server seed hash is not sent (simulation mode has none).");
        return;
      }
      const messages = readBet(bet);
      if (messages.length === 0) return;
      messages.forEach((message) => {
        noteBeat(message);
        enqueue(message);
      });
      schedule();
    } catch (error) {
      counts.unreadable += 1;
      remind("unreadable", "a round could not be read and is not sent: " + error);
    }
  }

  /** Betting stopped: send what is left now, and say in the end what could not be sent. */
  function stop() {
    stopping = true;
    failures = 0;
    if (!sending && waiting() > 0) restartTimer(0);
    const deadline = Date.now() + stopWaitMs;
    const look = () => {
      if (!stopping) return; // betting goes on
      if (waiting() > 0 && Date.now() < deadline) setTimeout(look, Math.min(250, stopWaitMs));
      else report();
    };
    setTimeout(look, 0);
  }

  function report() {
    const parts = [counts.accepted + " accepted", counts.duplicates + " already known"];
    if (counts.conflicts > 0) parts.push(plural(counts.conflicts, "conflict"));
    if (counts.refused > 0) parts.push(counts.refused + " refused");
    if (counts.droppedHeartbeats + counts.droppedBets > 0) parts.push(droppedText());
    if (counts.unreadable > 0) parts.push(counts.unreadable + " unreadable");
    if (counts.withoutSeeds > 0) parts.push(counts.withoutSeeds + " without seeds");
    say(plural(counts.rounds, "round") + ": " + parts.join(", ") + ".");
    const unsent = batches.flat().concat(bets.all(), heartbeats.all());
    if (unsent.length === 0) return;
    const nonces = unsent.map((entry) => entry.nonce);
    const first = nonces.reduce((low, nonce) => Math.min(low, nonce), Infinity);
    const last = nonces.reduce((high, nonce) => Math.max(high, nonce), -Infinity);
    const why = problem ? ": " + problem + "." : ".";
    say(plural(unsent.length, "message") + " not sent, nonces " + first + " to " + last + why);
    save(unsent);
  }

  /** Write what is left to a file, one message a line, as the batch address and import_bets read it. */
  function save(unsent) {
    if (!settings.unsentFile || typeof logToFile !== "function") {
      say("they stay in memory and are tried again for as long as this script stays loaded.");
      return;
    }
    const fresh = unsent.filter((entry) => !entry.saved);
    if (fresh.length > 0) logToFile(settings.unsentFile, fresh.map((entry) => entry.text).join("\n") + "\n");
    fresh.forEach((entry) => (entry.saved = true));
    say("they are in " + settings.unsentFile + "; sending them twice does no harm.");
  }

  if (/^PASTE_/.test(token)) say("no token yet: paste one into the settings at the top of the script.");
  else if (!/^[\x21-\x7e]*$/.test(token)) say("the token holds characters that no token has: paste it again.");

  return { record, stop, counts: () => ({ ...counts, waiting: waiting() }) };
})(stakeproSettings);

// If your own script has these hooks already, delete these lines and call stakepro.record(lastBet) first thing in your
// onBetPlaced, and stakepro.stop() in your onBettingStopped.
engine.onBetPlaced(async (lastBet) => stakepro.record(lastBet));
engine.onBettingStopped(() => stakepro.stop());
