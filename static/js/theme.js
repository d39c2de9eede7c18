/* Runs before the first paint: marks that scripts run, and sets the theme chosen on this device. */
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const names = ["auto", "light", "dark"];
  const read = () => {
    try {
      const name = localStorage.getItem("stakepro.theme");
      return names.includes(name) ? name : "auto";
    } catch {
      return "auto"; // Storage may be switched off; the system's choice then holds.
    }
  };
  const show = (name) => {
    if (name === "auto") delete root.dataset.theme;
    else root.dataset.theme = name;
    for (const label of document.querySelectorAll("[data-theme-name]")) label.textContent = name;
  };
  show(read());
  document.addEventListener("DOMContentLoaded", () => show(read()));
  addEventListener("storage", (event) => event.key === "stakepro.theme" && show(read()));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const next = names[(names.indexOf(read()) + 1) % names.length];
    try {
      localStorage.setItem("stakepro.theme", next);
    } catch {
      /* Not remembered, but shown. */
    }
    show(next);
  });
})();
