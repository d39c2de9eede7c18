/* Dialogs: data-opens="id" opens one, a button with data-closes closes its own */
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  event.target.closest("[data-closes]")?.closest("dialog")?.close();
  // A press beside the dialog closes it.
  if (event.target instanceof HTMLDialogElement && event.target.open) event.target.close();
});

/* A typed confirmation enables its button: data-confirm="what to type" */
document.addEventListener("input", (event) => {
  const expected = event.target.dataset.confirm;
  if (!expected) return;
  event.target.form.querySelector("[type=submit]").disabled = event.target.value.trim() !== expected;
});
for (const field of document.querySelectorAll("[data-confirm]")) field.dispatchEvent(new Event("input", { bubbles: true }));
