/* The bet card, on a stream's page and on its own. htmx sends the form and brings the answer; here is what a person sees
   meanwhile: a line "sent" at once, which the server's own line or row takes the place of, so that no bet shows twice. */
const UNITS = 10n ** 18n; // Amounts have at most 18 decimals, and are never floats.

/* --- Halve and double ------------------------------------------------------------------------------- */
function units(text) {
  const parts = /^\s*(\d*)(?:\.(\d{0,18}))?\s*$/.exec(text);
  if (!parts || (!parts[1] && !parts[2])) return null;
  return BigInt(parts[1] || "0") * UNITS + BigInt((parts[2] ?? "").padEnd(18, "0"));
}

function written(amount) {
  const rest = (amount % UNITS).toString().padStart(18, "0").replace(/0+$/, "");
  return `${amount / UNITS}${rest && `.${rest}`}`;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-scale]");
  if (!button) return;
  const field = button.form.elements.amount;
  const amount = units(field.value);
  if (amount === null) return;
  field.value = written(button.dataset.scale === "half" ? amount / 2n : amount * 2n);
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

/* --- A press ------------------------------------------------------------------------------------------ */
const isBet = (event) => event.detail.requestConfig?.elt.id === "bet-form";
let hadFocus = "";

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isBet(event)) return;
  const form = event.detail.requestConfig.elt;
  hadFocus = document.activeElement?.id ?? "";
  const pending = document.getElementById("pending");
  // What was decided before has been read; what is not decided yet stays.
  if (pending && !pending.hasAttribute("hx-get")) pending.querySelector("ul").replaceChildren();
  document.getElementById("sent")?.remove();
  const line = document.createElement("li");
  line.id = "sent";
  const game = form.elements.game.selectedOptions[0].textContent;
  line.textContent = `${game}, ${form.elements.amount.value} ${form.elements.currency.value}: ${form.dataset.waiting}`;
  pending?.querySelector("ul").append(line);
  form.setAttribute("aria-busy", "true");
});

/* Refusals are answered with the card too; whatever else comes (a sign-in page, a proxy's error) stays out of it. */
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isBet(event)) return;
  const { xhr } = event.detail;
  if (xhr.responseText.includes('id="bet-card"') && !xhr.responseText.includes("<html")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    document.getElementById("sent")?.remove();
  } else {
    event.detail.shouldSwap = false;
    event.detail.isError = false;
    const signedOut = xhr.status === 403 || (xhr.responseURL && new URL(xhr.responseURL).pathname === "/login");
    unanswered(signedOut ? "you are signed out; nothing was sent." : "no proper answer came from StakePro.");
  }
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => isBet(event) && unanswered("no answer came from StakePro."));
}

/* The form keeps the name of the bet: pressing again asks what became of it, and places it if it never arrived. */
function unanswered(what) {
  const line = document.getElementById("sent");
  if (line) line.textContent = `${line.textContent.split(": ")[0]}: ${what} Pressing again is safe: the same bet is never placed twice.`;
  document.getElementById("bet-form")?.removeAttribute("aria-busy");
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (!isBet(event)) return;
  const dialog = document.querySelector("#bet-card dialog[data-modal]");
  if (dialog) {
    dialog.close(); // It is open for those without scripts.
    dialog.showModal();
  } else if (hadFocus === "bet-button" && document.activeElement === document.body) {
    document.getElementById("bet-button")?.focus({ preventScroll: true }); // A disabled button loses it.
  }
});
