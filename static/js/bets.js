/* The live bet table. htmx brings new rows beside the tail row (see poll.js); here each finds its place in the order the
   reader chose, is held back while the table is frozen, and is counted. Nothing is shown twice: a row is known by its seq. */
const table = document.getElementById("bets");
const rows = document.getElementById("bet-rows");
const held = new Set();
const ROWS_MAX = 1000; // With many more, laying out eleven columns takes longer than a frame.
const ANNOUNCE_MS = 10_000;
const descending = table.dataset.order.endsWith("_desc");
// A page that starts further down: rows from above it are counted, not shown.
let detached = "detached" in table.dataset;
let missed = 0;
let frozen = false;

const shown = () => [...rows.querySelectorAll("tr[data-seq]:not([hidden])")];
const older = () => document.getElementById("older");
// A row's cursor is its place in this order: one number, or a value and the number that breaks ties.
const place = (row) => row.dataset.cursor.split("~").map(Number);
const compare = (a, b) => {
  const [one, other] = [place(a), place(b)];
  return one[0] - other[0] || (one[1] ?? 0) - (other[1] ?? 0);
};
const before = (a, b) => (descending ? compare(a, b) > 0 : compare(a, b) < 0);

/* --- New rows ------------------------------------------------------------------------------- */
let fresh = []; // What came with one answer, newest first.
let live = false; // Whether it came by polling, or by "load older".

document.body.addEventListener("htmx:afterSwap", (event) => {
  const row = event.target;
  if (row.id === "tail") {
    row.dispatchEvent(new CustomEvent("stakepro:newest", { bubbles: true, detail: { ...row.dataset } }));
  } else if (row.matches?.("#bet-rows > tr[data-seq]")) {
    if (fresh.length === 0) queueMicrotask(settle);
    fresh.push(row);
    live = event.detail.requestConfig.triggeringEvent?.type === "live:tick";
  }
});

function settle() {
  const came = new Set(fresh);
  fresh = [];
  const known = new Set();
  for (const row of rows.querySelectorAll("tr[data-seq]")) if (!came.has(row)) known.add(row.dataset.seq);
  for (const row of came) {
    if (!known.has(row.dataset.seq)) continue;
    row.remove();
    came.delete(row);
  }
  if (came.size === 0) return;
  if (live) arrived([...came]);
  else trimAbove();
  count();
}

function arrived(newRows) {
  announce(newRows);
  matched(newRows.length);
  document.getElementById("none")?.remove();
  if (detached) {
    for (const row of newRows) row.remove();
    missed += newRows.length;
    return;
  }
  if (table.dataset.order !== "id_desc") sortIn(newRows);
  for (const row of newRows) {
    if (!row.isConnected) continue;
    row.classList.add("is-new");
    if (frozen) hold(row);
  }
  trimBelow();
}

/* Puts rows where the order wants them. One that belongs below what is loaded is dropped: "load older" will bring it. */
function sortIn(newRows) {
  const others = shown().filter((row) => !newRows.includes(row));
  for (const row of newRows) {
    let low = 0;
    let high = others.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(others[middle], row)) low = middle + 1;
      else high = middle;
    }
    if (low < others.length) others[low].before(row);
    else if (older()) {
      row.remove();
      continue;
    } else rows.append(row);
    others.splice(low, 0, row);
  }
}

/* --- Freeze --------------------------------------------------------------------------------------- */
const showHeld = document.querySelector("[data-show-held]");
const freezeButton = document.querySelector("[data-freeze]");

function hold(row) {
  row.hidden = true;
  held.add(row);
}

function freeze(on) {
  frozen = on;
  freezeButton.setAttribute("aria-pressed", String(on));
  if (!on) release();
  count();
}

function release() {
  for (const row of held) row.hidden = false;
  held.clear();
  trimBelow();
}

freezeButton.addEventListener("click", () => freeze(!frozen));
showHeld.addEventListener("click", () => {
  if (detached) location.assign(document.querySelector("#set-aside a").href);
  release();
  count();
});

/* --- Bounds: what leaves the table can be loaded again ---------------------------------------------- */
function trimBelow() {
  const all = shown();
  if (all.length <= ROWS_MAX) return;
  const kept = all[ROWS_MAX - 1];
  for (const row of all.slice(ROWS_MAX)) row.remove();
  older()?.remove();
  const row = document.getElementById("older-row").content.firstElementChild.cloneNode(true);
  const link = row.querySelector("a");
  for (const name of ["href", "hx-get"]) {
    const url = new URL(link.getAttribute(name), location);
    url.searchParams.set("after", kept.dataset.cursor);
    link.setAttribute(name, url.pathname + url.search);
  }
  rows.append(row);
  htmx.process(row); // It reads hx-get once; so this row is new each time.
}

function trimAbove() {
  const all = shown();
  if (all.length <= ROWS_MAX) return;
  for (const row of all.slice(0, all.length - ROWS_MAX)) row.remove();
  if (!detached) {
    detached = true;
    document.getElementById("set-aside").hidden = false;
  }
  for (const row of held) row.remove();
  missed += held.size;
  held.clear();
  count();
}

/* --- Counts and what is said aloud -------------------------------------------------------------------- */
function count() {
  const waiting = held.size + missed;
  showHeld.hidden = waiting === 0;
  showHeld.textContent = `${waiting} new`;
}

/* How many bets match the filter was counted once, by the server; from then on each match passes through here. */
function matched(more) {
  const number = document.querySelector("[data-matching]");
  if (!number) return;
  number.dataset.matching = Number(number.dataset.matching) + more;
  number.textContent = Number(number.dataset.matching).toLocaleString("en");
}

let saidAt = 0;
let unsaid = [];
let sayTimer = 0;

/* One sentence at most every ten seconds, not one for each row. */
function announce(newRows) {
  unsaid.push(...newRows.map((row) => row.querySelector(".tier").textContent.trim()));
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => {
    const best = unsaid.reduce((a, b) => (value(b) > value(a) ? b : a));
    document.getElementById("arrivals").textContent = `${unsaid.length} new ${unsaid.length === 1 ? "bet" : "bets"}, highest ${best}`;
    unsaid = [];
    saidAt = Date.now();
  }, Math.max(0, saidAt + ANNOUNCE_MS - Date.now()));
}
const value = (text) => Number(text.replace(/[^0-9.]/g, "")) || 0;

/* --- Pause and period ------------------------------------------------------------------------------------ */
const PERIOD = "stakepro.period";
const pauseButton = document.querySelector("[data-pause]");

pauseButton.addEventListener("click", () => {
  const paused = pauseButton.getAttribute("aria-pressed") !== "true";
  pauseButton.setAttribute("aria-pressed", String(paused));
  table.dispatchEvent(new CustomEvent("poll:pause", { detail: paused }));
});

const periods = document.querySelector("[data-periods]");
const chosen = periods.querySelector(`[value="${Number(localStorage.getItem(PERIOD))}"]`);
if (chosen) {
  chosen.checked = true;
  table.dispatchEvent(new CustomEvent("poll:period", { detail: chosen.value }));
}
periods.addEventListener("change", (event) => {
  localStorage.setItem(PERIOD, event.target.value);
  table.dispatchEvent(new CustomEvent("poll:period", { detail: event.target.value }));
});

/* --- One bet in a dialog: its own page, in part ----------------------------------------------------------- */
const dialog = document.getElementById("bet-dialog");
rows.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-bet]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return; // Those open a tab or window.
  event.preventDefault();
  await htmx.ajax("GET", link.href, { target: dialog, source: dialog });
  if (!dialog.open) dialog.showModal();
});

/* A nonce that was gone to is the chosen row. */
rows.querySelector("[data-at]")?.classList.add("is-chosen");
