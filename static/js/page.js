/* What every page shares: copy buttons, dialogs, times in the reader's zone, toasts.
   Parts talk through events on the document: "stakepro:toast" shows one, "stakepro:added" says an element has new content. */

/* --- Toasts -------------------------------------------------------------------------------- */
const toasts = document.getElementById("toasts");

function toast({ text, href, action, seconds = 8 }) {
  const box = document.createElement("div");
  box.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  box.append(words);
  if (href) {
    const link = document.createElement("a");
    link.className = "btn btn-small";
    link.href = href;
    link.textContent = action;
    box.append(link);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-quiet btn-small";
  close.textContent = "Dismiss";
  close.addEventListener("click", () => box.remove());
  box.append(close);
  toasts.append(box);
  // Stays while someone is reading or about to press it.
  const leave = () => (box.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : box.remove());
  setTimeout(leave, seconds * 1000);
}
document.addEventListener("stakepro:toast", (event) => toast(event.detail));

/* --- Copy buttons: data-copy="text", or data-copy-from="id of an element" -------------------- */
async function copy(text) {
  if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
  // Plain HTTP on another machine of the network has no clipboard interface.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("copy refused");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
  const before = button.dataset.label ?? (button.dataset.label = button.textContent);
  try {
    await copy(source ? (source.value ?? source.textContent) : button.dataset.copy);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Press Ctrl+C";
    if (source) getSelection().selectAllChildren(source);
  }
  setTimeout(() => (button.textContent = before), 1600);
});

/* --- Dialogs: data-opens="id" opens one, a button in form method="dialog" closes it ------------ */
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  // A press beside the dialog closes it.
  if (event.target instanceof HTMLDialogElement && event.target.open) event.target.close();
});

/* --- A typed confirmation enables its button: data-confirm="what to type" ---------------------- */
document.addEventListener("input", (event) => {
  const expected = event.target.dataset.confirm;
  if (!expected) return;
  event.target.form.querySelector("[type=submit]").disabled = event.target.value.trim() !== expected;
});
for (const field of document.querySelectorAll("[data-confirm]")) field.dispatchEvent(new Event("input", { bubbles: true }));

/* --- Times: the server writes UTC; here they become relative, with the absolute on hover -------- */
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });

function ago(at) {
  const seconds = Math.round((at - Date.now()) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return "now";
  if (size < 60) return relative.format(seconds, "second");
  if (size < 3600) return relative.format(Math.trunc(seconds / 60), "minute");
  if (size < 86400) return relative.format(Math.trunc(seconds / 3600), "hour");
  return relative.format(Math.trunc(seconds / 86400), "day");
}

function showTimes(root) {
  const times = root.matches?.("time[datetime]") ? [root] : root.querySelectorAll("time[datetime]");
  for (const time of times) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.valueOf())) continue;
    // data-clock: time of day, for dense tables; the day only when it is not today's.
    const today = at.toDateString() === new Date().toDateString();
    const text = "clock" in time.dataset ? (today ? clock.format(at) : `${day.format(at)} ${clock.format(at)}`) : ago(at);
    if (time.textContent !== text) time.textContent = text;
    if (!time.title) time.title = `${absolute.format(at)} (${time.dateTime})`;
  }
}
showTimes(document);
setInterval(() => document.hidden || showTimes(document), 10_000);
document.addEventListener("htmx:load", (event) => showTimes(event.target));
document.addEventListener("stakepro:added", (event) => showTimes(event.target));
