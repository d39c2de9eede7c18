/* The statement of a wallet. htmx brings new entries behind the tail row (see poll.js), older ones at the end; here they
   are said aloud, marked, and bounded. Nothing is shown twice: an entry is known by its version. */
const rows = document.getElementById("entries");
const ROWS_MAX = 300;
const shown = () => [...rows.querySelectorAll("tr[data-version]")];

let fresh = [];
let live = false; // Whether they came by polling, or by "older entries".

document.body.addEventListener("htmx:afterSwap", (event) => {
  const row = event.target;
  if (!row.matches?.("#entries > tr[data-version]")) return;
  if (fresh.length === 0) queueMicrotask(settle);
  fresh.push(row);
  live = event.detail.requestConfig.triggeringEvent?.type === "live:tick";
});

function settle() {
  const came = fresh;
  fresh = [];
  const known = new Set();
  for (const row of shown()) {
    if (known.has(row.dataset.version)) row.remove();
    known.add(row.dataset.version);
  }
  if (!live) return;
  document.getElementById("none")?.remove();
  for (const row of came) row.classList.add("is-new");
  document.getElementById("arrivals").textContent = `${came.length} new ${came.length === 1 ? "entry" : "entries"}`;
  trim();
}

/* What leaves at the end can be read again: the statement goes on behind the last version that is kept. */
function trim() {
  const all = shown();
  if (all.length <= ROWS_MAX) return;
  for (const row of all.slice(ROWS_MAX)) row.remove();
  const before = all[ROWS_MAX - 1].dataset.version;
  const old = document.getElementById("older");
  old?.remove();
  const row = document.getElementById("older-row").content.firstElementChild.cloneNode(true);
  const link = row.querySelector("a");
  for (const name of ["href", "hx-get"]) {
    const url = new URL(link.getAttribute(name), location);
    url.searchParams.set("before", before);
    link.setAttribute(name, url.pathname + url.search);
  }
  rows.append(row);
  htmx.process(row);
}
