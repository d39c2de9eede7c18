/* Toasts. Any part of a page shows one by the event "stakepro:toast" on the document. */
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
