/* Copy buttons: data-copy="text", or data-copy-from="id of an element" */
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
