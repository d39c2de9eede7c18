/* Keeps a part of a page fresh: when to ask, never what comes back.

   <… data-poll="1000"> is asked for every so many milliseconds, by the event "live:tick" on its tail: the element inside
   it marked data-tail (or itself), whose hx-get htmx then fetches. Polling stops while the tab is hidden, backs off while
   the server is away, asks at once when it may be back or when the document gets "streams:poll-now", and says what it is doing in [data-poll-status]. */
const BACKOFF_MS_MAX = 15_000;

class Poll {
  constructor(box) {
    this.box = box;
    this.timer = 0;
    this.failures = 0;
    this.busy = false;
    this.paused = false;
    this.again = false;
    this.status = document.querySelector("[data-poll-status]");
    box.addEventListener("htmx:beforeRequest", (event) => this.mine(event) && (this.busy = true));
    box.addEventListener("htmx:beforeSwap", (event) => this.mine(event) && this.refuseOtherPages(event));
    document.addEventListener("htmx:afterRequest", (event) => this.mine(event) && this.answered(event));
    document.addEventListener("visibilitychange", () => (document.hidden ? this.stop() : this.now()));
    addEventListener("online", () => this.now());
    addEventListener("pageshow", (event) => event.persisted && this.now());
    this.plan(this.period());
  }

  period() {
    return Number(this.box.dataset.poll);
  }

  tail() {
    return this.box.matches("[data-tail]") ? this.box : this.box.querySelector("[data-tail]");
  }

  /* Is this event about our request? detail.elt will not do: once the tail that asked was replaced, it is another. */
  mine(event) {
    return event.detail.requestConfig.elt === this.asking;
  }

  now() {
    clearTimeout(this.timer);
    if (this.busy) this.again = true; // The answer under way may be older than what we were called for.
    if (this.paused || this.busy || document.hidden) return;
    this.again = false;
    this.asking = this.tail();
    if (this.asking) htmx.trigger(this.asking, "live:tick");
  }

  stop() {
    clearTimeout(this.timer);
  }

  plan(ms) {
    clearTimeout(this.timer);
    if (!this.paused && !document.hidden) this.timer = setTimeout(() => this.now(), ms);
  }

  pause(paused) {
    this.paused = paused;
    this.say();
    if (paused) this.stop();
    else this.now();
  }

  /* After the session ends the server answers a poll with the sign-in page; that must not land in a table. */
  refuseOtherPages(event) {
    const { xhr } = event.detail;
    const asked = new URL(event.detail.requestConfig.path, location).pathname;
    if (xhr.responseURL && new URL(xhr.responseURL).pathname !== asked) {
      event.detail.shouldSwap = false;
      this.signedOut = true;
    }
  }

  answered(event) {
    this.busy = false;
    const status = event.detail.xhr.status;
    const well = (status >= 200 && status < 300) && !this.signedOut;
    if (this.signedOut || status === 401 || status === 403) {
      this.paused = true;
      this.say("signed-out");
      return;
    }
    if (status === 404) {
      this.paused = true;
      this.say("gone");
      return;
    }
    this.failures = well ? 0 : this.failures + 1;
    this.say();
    if (!well) {
      const wait = Math.min(BACKOFF_MS_MAX, Math.max(500, this.period()) * 2 ** Math.min(this.failures, 6));
      this.plan(wait * (0.75 + Math.random() / 2));
    } else {
      // The tail is marked when the server had more than one answer's worth.
      this.plan(this.again || this.tail()?.hasAttribute("data-more") ? 0 : this.period());
    }
  }

  say(state = this.paused ? "paused" : this.failures ? "offline" : "live") {
    if (!this.status || this.status.dataset.state === state) return;
    const words = {
      live: "Live",
      paused: "Paused",
      offline: "Offline: trying again by itself",
      "signed-out": "You are signed out. ",
      gone: "This has been deleted. ",
    };
    this.status.dataset.state = state;
    this.status.textContent = words[state];
    if (state === "signed-out" || state === "gone") {
      const link = document.createElement("a");
      link.href = state === "gone" ? "/live" : location.href;
      link.textContent = state === "gone" ? "Back to the streams" : "Sign in again";
      this.status.append(link);
    }
  }
}

for (const box of document.querySelectorAll("[data-poll]")) {
  const poll = new Poll(box);
  poll.say();
  // Other scripts steer it by events on the box, not by reference.
  box.addEventListener("poll:pause", (event) => poll.pause(event.detail));
  box.addEventListener("poll:period", (event) => {
    box.dataset.poll = event.detail;
    poll.plan(poll.period());
  });
  box.addEventListener("poll:now", () => poll.now());
  // A part of the page that is another app's knows no box; it says so to the document.
  document.addEventListener("streams:poll-now", () => poll.now());
}
