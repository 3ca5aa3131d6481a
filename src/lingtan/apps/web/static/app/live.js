// Live power: one socket a page, which comes back by itself.
let begun = false, pause = 1000;
const words = {};

export function start() {
  if (begun) return;
  begun = true;
  learn();
}

// a little apart from each other, so that a server that comes back is not met by all pages at once
function later(what) {
  setTimeout(what, pause * (0.5 + Math.random() / 2));
  pause = Math.min(pause * 2, 30000);
}

function learn() {
  fetch("/live/words", { headers: { Accept: "application/json" } }).then((a) => a.json()).then((w) => { Object.assign(words, w); connect(); }).catch(() => later(learn));
}

function connect() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
  socket.onmessage = (event) => { pause = 1000; const said = JSON.parse(event.data); show(said); document.dispatchEvent(new CustomEvent("lingtan:live", { detail: said })); };
  socket.onclose = () => {
    document.querySelectorAll("[data-live] .live-at").forEach((p) => { p.textContent = p.closest("[data-live]").dataset.lost; });
    later(connect);
  };
}

const kw = (value) => `${(value / 1000).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })} MW`;

function show(said) {
  for (const place of document.querySelectorAll("[data-live]")) {
    const at = place.querySelector(".live-at"), body = place.querySelector("tbody");
    if (said.none) { at.textContent = place.dataset.none; continue; }
    const when = new Intl.DateTimeFormat("sv-SE", { timeZone: words.zone, dateStyle: "short", timeStyle: "short" }).format(new Date(said.at));
    at.textContent = (said.replay ? words.replay : words.now).replace("{time}", when);
    const total = said.flows.filter((f) => f.into).reduce((s, f) => s + Math.max(f.kw, 0), 0) || 1;
    const rows = said.flows.map((f) => {
      const row = document.createElement("tr");
      const name = document.createElement("td"), value = document.createElement("td"), bar = document.createElement("td"), meter = document.createElement("progress");
      name.textContent = `${words[f.group] ?? f.group}（${f.into ? words.into : words.out}）`;
      if (words.lang === "en") name.textContent = `${words[f.group] ?? f.group}, ${f.into ? words.into : words.out}`;
      value.textContent = kw(f.kw); value.className = "n";
      meter.className = "mini"; meter.max = 1; meter.value = Math.min(1, Math.abs(f.kw) / total); meter.setAttribute("aria-hidden", "true"); bar.append(meter);
      row.append(name, value, bar);
      return row;
    });
    const last = document.createElement("tr"), name = document.createElement("th"), value = document.createElement("th");
    name.textContent = words.use; name.scope = "row"; value.textContent = kw(said.use_kw); value.className = "n";
    last.append(name, value, document.createElement("td"));
    body.replaceChildren(...rows, last);
  }
}
