// The wall: live power as flows into the park.
const list = document.querySelector("[data-flows]"), at = document.querySelector("[data-wall] .live-at"), use = document.querySelector("[data-use]");
const words = await (await fetch("/live/words", { headers: { Accept: "application/json" } })).json();
const mw = (kw) => `${(kw / 1000).toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 })} MW`;

document.addEventListener("lingtan:live", ({ detail: said }) => {
  if (said.none) return;
  const when = new Intl.DateTimeFormat("sv-SE", { timeZone: words.zone, dateStyle: "short", timeStyle: "short" }).format(new Date(said.at));
  at.textContent = (said.replay ? words.replay : words.now).replace("{time}", when);
  const most = Math.max(1, ...said.flows.map((f) => Math.abs(f.kw)));
  list.replaceChildren(...said.flows.filter((f) => Math.abs(f.kw) >= 1).map((f) => {
    const item = document.createElement("li"), name = document.createElement("span"), value = document.createElement("b"), run = document.createElement("i");
    item.className = `g-${f.group} ${f.into ? "into" : "out"} w${Math.max(1, Math.round((Math.abs(f.kw) / most) * 6))}`;
    name.textContent = words.lang === "en" ? `${words[f.group] ?? f.group}, ${f.into ? words.into : words.out}` : `${words[f.group] ?? f.group}（${f.into ? words.into : words.out}）`;
    value.textContent = mw(f.kw);
    run.setAttribute("aria-hidden", "true");
    item.append(name, value, run);
    return item;
  }));
  use.textContent = mw(said.use_kw);
});
