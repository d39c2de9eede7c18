/* Single keys of the stream page. They are off while typing, in a dialog, and for whoever switches them off. */
const KEYS = "stakepro.keys";
const rows = document.getElementById("bet-rows");
const on = document.querySelector("[data-keys]");
on.checked = localStorage.getItem(KEYS) !== "0";
on.addEventListener("change", () => localStorage.setItem(KEYS, on.checked ? "1" : "0"));

const chosen = () => rows.querySelector(".is-chosen");

function choose(row) {
  if (!row) return;
  chosen()?.classList.remove("is-chosen");
  row.classList.add("is-chosen");
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = [...rows.querySelectorAll("tr[data-seq]:not([hidden])")];
  const at = all.indexOf(chosen());
  choose(at < 0 ? all[0] : all[Math.min(all.length - 1, Math.max(0, at + by))]);
}

const press = (selector) => document.querySelector(selector)?.click();
const actions = {
  "/": () => document.getElementById("id_min_result").focus(),
  j: () => step(1),
  k: () => step(-1),
  g: () => document.getElementById("goto").showModal(),
  p: () => press("[data-pause]"),
  f: () => press("[data-freeze]"),
  b: () => chosen()?.querySelector(".star-button")?.click(),
  "?": () => document.getElementById("help").showModal(),
  Enter: () => chosen() === document.activeElement && chosen()?.querySelector("[data-bet]").click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input:not([type=radio], [type=checkbox]), select, textarea, dialog[open], [contenteditable]")) return;
  const action = actions[event.key];
  if (!action || (!on.checked && event.key !== "Enter")) return;
  if (event.key === "Enter" && event.target !== chosen()) return;
  event.preventDefault();
  action();
});

// A press on a row chooses it too, so that keys go on from there.
rows.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-seq]");
  if (!row || event.target.closest("a, button")) return;
  if (getSelection().isCollapsed) choose(row);
});
