/* Times: the server writes UTC; here they become relative, with the absolute on hover */
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

// By data-style; without one, relative. The time of day says its day only when it is not today's.
const styles = {
  full: (at) => absolute.format(at),
  clock: (at) => (at.toDateString() === new Date().toDateString() ? clock.format(at) : `${day.format(at)} ${clock.format(at)}`),
};

function showTimes(root) {
  const times = root.matches?.("time[datetime]") ? [root] : root.querySelectorAll("time[datetime]");
  for (const time of times) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.valueOf())) continue;
    const text = (styles[time.dataset.style] ?? ago)(at);
    if (time.textContent !== text) time.textContent = text;
    if (!time.title) time.title = `${absolute.format(at)} (${time.dateTime})`;
  }
}
showTimes(document);
setInterval(() => document.hidden || showTimes(document), 10_000);
document.addEventListener("htmx:load", (event) => showTimes(event.target));
document.addEventListener("stakepro:added", (event) => showTimes(event.target));
