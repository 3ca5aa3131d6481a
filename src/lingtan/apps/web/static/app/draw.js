// Draws a marked element: data from its URL, options from its chart module, words for who cannot see it.
const library = import(document.body.dataset.echarts); // comes while the data do

export const palette = ["#0b6e4f", "#2f7ed8", "#f2a541", "#7b61b8", "#d1495b", "#4aa5a5", "#8d99ae", "#b5a642"];

function theme(place) {
  const dark = place.closest("[data-bs-theme]")?.dataset.bsTheme === "dark";
  return { dark, ink: dark ? "#e6edf3" : "#1f2937", faint: dark ? "#8b98a5" : "#596575", line: dark ? "#2b3845" : "#e2e8f0", palette };
}

export async function draw(place) {
  const module = import(`./charts/${place.dataset.chart}.js`);
  const answer = await fetch(place.dataset.src, { headers: { Accept: "application/json" } });
  if (!answer.ok) { place.textContent = (await answer.json().catch(() => ({}))).detail ?? answer.statusText; place.dataset.drawn = "failed"; return; }
  const data = await answer.json();
  if (data.empty) { place.textContent = data.empty; place.classList.add("chart-empty"); place.dataset.drawn = "empty"; return; }
  const [echarts, { option, after }] = await Promise.all([library, module]);
  const look = theme(place);
  const chart = echarts.init(place, null, { renderer: "canvas" });
  const base = {
    color: palette, textStyle: { color: look.ink, fontFamily: getComputedStyle(document.body).fontFamily },
    animationDuration: 0, animationDurationUpdate: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 300, aria: { enabled: true },
  };
  const made = option(data, look, place);
  const finished = new Promise((done) => { chart.on("finished", function first() { chart.off("finished", first); done(); }); });
  chart.setOption({ ...base, ...made, tooltip: made.tooltip === null ? undefined : { renderMode: "richText", confine: true, ...(made.tooltip ?? {}) } });
  if (data.title) { place.setAttribute("role", "img"); place.setAttribute("aria-label", data.title); }
  new ResizeObserver(() => chart.resize()).observe(place);
  place.chart = chart;
  after?.(chart, data, place);
  await finished;
  place.dataset.at = String(Math.round(performance.now())); // benchmarks/portal.py reads it
  place.dataset.drawn = "yes";
}
