/* The list of streams: rows are patched in place, so that nothing flickers and focus stays; new streams are announced. */
const list = document.getElementById("stream-list");

/* Brings `rows` to what `fresh` shows. A row keeps its element while its data-version is the same. */
function patch(rows, fresh) {
  const old = new Map([...rows.children].map((row) => [row.id, row]));
  let place = rows.firstElementChild;
  for (const next of [...fresh.children]) {
    let row = old.get(next.id);
    old.delete(next.id);
    if (!row) {
      row = next;
      row.classList.add("is-new");
    } else if (row.dataset.version !== next.dataset.version) {
      update(row, next);
    }
    if (row === place) place = place.nextElementSibling;
    else rows.insertBefore(row, place);
  }
  for (const row of old.values()) row.remove();
}

function update(row, next) {
  row.dataset.version = next.dataset.version;
  for (const [index, cell] of [...next.cells].entries()) {
    const mine = row.cells[index];
    // A focused button or link keeps its element; what it names does not change.
    if (!mine.contains(document.activeElement)) mine.replaceChildren(...cell.childNodes);
  }
  row.dispatchEvent(new CustomEvent("stakepro:added", { bubbles: true }));
}

list?.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.xhr.status !== 200 || !event.detail.xhr.responseText.trimStart().startsWith("<tbody")) return;
  const holder = document.createElement("template");
  holder.innerHTML = event.detail.xhr.responseText;
  const fresh = holder.content.firstElementChild;
  if (list.tagName !== "TBODY") {
    // The page of an empty server: the first stream brings the table.
    if (fresh.dataset.newest) location.reload();
    return;
  }
  patch(list, fresh);
  list.dataset.newest = fresh.dataset.newest;
  list.dataset.newestName = fresh.dataset.newestName;
  list.dispatchEvent(new CustomEvent("stakepro:newest", { bubbles: true, detail: { ...fresh.dataset } }));
});
