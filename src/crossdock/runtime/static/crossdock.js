// What the pages do beyond plain HTML: times in the viewer's zone, a clock that goes on, keys, and the sign of life.
// Everything works without it.
(() => {
  "use strict";

  const forms = {
    second: { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" },
    moment: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
    minute: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
    exact: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" },
    clock: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" },
  };
  const formats = Object.fromEntries(
    Object.entries(forms).map(([name, parts]) => [name, new Intl.DateTimeFormat(undefined, { hourCycle: "h23", ...parts })]),
  );

  // The server writes UTC; the ISO form stays in `datetime` and `title`.
  const localise = (root) => {
    for (const time of root.querySelectorAll("time[data-form]")) {
      const words = formats[time.dataset.form].format(new Date(time.dateTime));
      if (time.textContent !== words) time.textContent = words;
    }
  };

  // The clock shown is the server's business time plus what has passed here since.
  const clock = document.querySelector(".clock time");
  if (clock) {
    const start = Date.parse(clock.dateTime) - performance.now();
    setInterval(() => {
      clock.textContent = formats.clock.format(new Date(start + performance.now()));
    }, 1000);
  }

  const sign = document.querySelector(".live-sign");
  const live = document.querySelector("#live");
  const alive = (on) => {
    if (!sign || !live) return;
    sign.dataset.state = on ? "on" : "off";
    sign.textContent = on ? "Live" : "Not connected";
  };
  const announce = document.querySelector("#announce");

  const known = () => new Set(Array.from(document.querySelectorAll(".moment"), (moment) => moment.id));
  let before = known();

  document.addEventListener("htmx:before:request", (event) => {
    if (document.hidden && event.target.id === "live") event.preventDefault();
  });
  document.addEventListener("htmx:after:request", (event) => {
    const status = event.detail?.ctx?.response?.raw?.status ?? 0;
    if (status) alive(status < 400);
  });
  document.addEventListener("htmx:error", () => alive(false));
  document.addEventListener("htmx:after:swap", () => {
    localise(document);
    const now = known();
    const fresh = [...now].filter((id) => !before.has(id));
    for (const id of fresh) document.getElementById(id).classList.add("fresh");
    if (fresh.length && announce) announce.textContent = `${fresh.length} new in the journey`;
    before = now;
  });

  const help = document.querySelector("#keys");
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.querySelector("input[type=search]");
    if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "?" && help) {
      help.showModal();
    }
  });

  localise(document);
  alive(true);
})();
