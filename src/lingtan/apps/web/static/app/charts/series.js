// A course: the mean as a line, least to greatest as a band; zooming fetches what is finer.
const points = (d, values) => values.map((v, i) => [(d.start + i * d.step) * 1000, v]);

function lines(d, color, axis, band) {
  const spread = d.greatest.map((v, i) => (v === null ? null : v - d.least[i]));
  const hidden = { type: "line", yAxisIndex: axis, symbol: "none", lineStyle: { opacity: 0 }, silent: true, animation: false, tooltip: { show: false } };
  return [
    ...(band ? [
      { ...hidden, id: `low${axis}`, stack: `band${axis}`, stackStrategy: "all", data: points(d, d.least) },
      { ...hidden, id: `band${axis}`, stack: `band${axis}`, stackStrategy: "all", areaStyle: { color, opacity: 0.2 }, data: points(d, spread) },
    ] : []),
    { type: "line", id: `mean${axis}`, name: d.name, yAxisIndex: axis, symbol: "none", animation: false, lineStyle: { width: 1.4, color }, itemStyle: { color }, data: points(d, d.mean) },
  ];
}

function build(all, look) {
  const same = all.length > 1 && all[0].unit === all[1].unit;
  return all.flatMap((d, i) => lines(d, look.palette[i], same ? 0 : i, all.length === 1)).map((s, i) => ({ ...s, id: `${s.id}-${i}` }));
}

const fetchJson = async (url) => (await fetch(url, { headers: { Accept: "application/json" } })).json();

export const option = (d, look) => {
  const say = (v) => v.toLocaleString("en", { maximumFractionDigits: 1 });
  const axis = (unit, i) => ({ type: "value", name: unit, position: i ? "right" : "left", nameTextStyle: { color: look.faint, align: i ? "right" : "left" }, axisLabel: { color: look.faint, formatter: say }, splitLine: { show: !i, lineStyle: { color: look.line } } });
  return {
    grid: { left: 12, right: 20, top: 48, bottom: 58, containLabel: true },
    legend: { top: 0, left: 0, type: "scroll", textStyle: { color: look.ink }, data: [d.name] },
    tooltip: {
      trigger: "axis",
      formatter: (ps) => {
        const shown = ps.filter((p) => p.seriesName && !p.seriesName.startsWith("series") && p.value[1] !== null);
        if (!shown.length) return "";
        const at = new Date(shown[0].value[0] + d.offset * 1000).toISOString().slice(0, 16).replace("T", " ");
        return [at, ...shown.map((p) => `${p.seriesName}: ${say(p.value[1])}`)].join("\n");
      },
    },
    useUTC: true,
    xAxis: { type: "time", axisLabel: { color: look.faint, hideOverlap: true }, axisLine: { lineStyle: { color: look.line } } },
    yAxis: [axis(d.unit, 0)],
    dataZoom: [{ type: "inside", filterMode: "none" }, { type: "slider", height: 26, bottom: 8, filterMode: "none", labelFormatter: "" }],
    series: build([d], look),
  };
};

export async function after(chart, first, place) {
  const look = { palette: ["#0b6e4f", "#d1495b"] };
  const urls = [place.dataset.src, ...(place.dataset.other ? [place.dataset.other] : [])];
  // times are drawn in the park's zone: the axis is UTC, the data moved by the offset
  const moved = (d) => ({ ...d, start: d.start + d.offset });
  const whole = [first, ...(await Promise.all(urls.slice(1).map(fetchJson)))];
  const show = (all) => {
    const units = [...new Set(all.map((d) => d.unit))];
    chart.setOption({
      legend: { data: all.map((d) => d.name) },
      yAxis: units.map((unit, i) => ({ type: "value", name: unit, position: i ? "right" : "left", splitLine: { show: !i }, axisLabel: { formatter: (v) => v.toLocaleString("en") } })),
      series: build(all.map(moved), look),
    }, { replaceMerge: ["series", "yAxis"] });
    place.dataset.step = String(all[0].step);
  };
  show(whole);
  const begin = first.start, end = first.start + first.step * first.mean.length;
  let timer = 0, asked = 0;
  chart.on("datazoom", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const { start, end: stop } = chart.getOption().dataZoom[0];
      if (stop - start > 60) { show(whole); return; }
      const edge = (stop - start) / 2;
      const low = begin + ((end - begin) * Math.max(0, start - edge)) / 100, high = begin + ((end - begin) * Math.min(100, stop + edge)) / 100;
      const mine = ++asked;
      const iso = (s) => encodeURIComponent(new Date(Math.round(s / 900) * 900_000).toISOString());
      const finer = await Promise.all(urls.map((u) => fetchJson(`${u.split("?")[0]}?start=${iso(low)}&end=${iso(high)}`)));
      if (mine !== asked) return;
      show(finer);
      chart.setOption({ xAxis: { min: (begin + first.offset) * 1000, max: (end + first.offset) * 1000 } });
    }, 180);
  });
}
