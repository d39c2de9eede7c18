/* New streams: a toast with a way there, or, where "follow" is ticked, straight to it, from list and stream pages alike.
   Pages say which stream is newest by data-newest on one element and by the event "stakepro:newest" afterwards. */
const FOLLOW = "stakepro.follow";
const NEWEST = "stakepro.newest";
const box = document.querySelector("[data-follow]");
const start = document.querySelector("[data-newest]");
const here = document.querySelector("[data-stream]")?.dataset.stream;

const open = (id) => location.assign(`/live/${id}`);

function meet({ newest, newestName }, onLoad) {
  if (!newest) return;
  const known = localStorage.getItem(NEWEST);
  localStorage.setItem(NEWEST, newest);
  if (newest === known || newest === here) return;
  if (box?.checked) open(newest);
  else if (!onLoad) {
    const detail = { text: `New stream: ${newestName}`, href: `/live/${newest}`, action: "Open", seconds: 20 };
    document.dispatchEvent(new CustomEvent("stakepro:toast", { detail }));
  }
}

if (box) {
  box.checked = localStorage.getItem(FOLLOW) === "1";
  box.addEventListener("change", () => {
    localStorage.setItem(FOLLOW, box.checked ? "1" : "0");
    const newest = localStorage.getItem(NEWEST);
    if (box.checked && newest && newest !== here) open(newest);
  });
}
if (start) meet(start.dataset, true);
document.addEventListener("stakepro:newest", (event) => meet(event.detail, false));
