// How much of each thing near-optimal plans may have: a bar from least to most, a mark at the cheapest.
const say = (v) => v.toLocaleString("en", { maximumFractionDigits: 0 });
export const option = (d, look, place) => {
  const rows = [...d.rows].reverse();
  const share = (v, r) => Math.round((v / r.maximum) * 1000) / 10;
  return {
    grid: { left: 8, right: 24, top: 12, bottom: 30, containLabel: true },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, formatter: (ps) => { const r = rows[ps[0].dataIndex]; return `${r.name}\n${d.words.least}: ${say(r.least)}\n${d.words.optimum}: ${say(r.optimum)}\n${d.words.most}: ${say(r.most)}`; } },
    xAxis: { type: "value", min: 0, max: 100, name: d.words.share, nameLocation: "middle", nameGap: 26, nameTextStyle: { color: look.faint }, axisLabel: { color: look.faint, formatter: "{value}%" }, splitLine: { lineStyle: { color: look.line } } },
    yAxis: { type: "category", data: rows.map((r) => r.name), axisLabel: { color: look.ink, width: place.clientWidth < 480 ? 110 : 220, overflow: "truncate" }, axisTick: { show: false }, axisLine: { show: false } },
    series: [
      { type: "bar", stack: "range", silent: true, itemStyle: { color: "transparent" }, data: rows.map((r) => share(r.least, r)) },
      { type: "bar", stack: "range", barMaxWidth: 14, itemStyle: { color: "#8cc8ab", borderRadius: 3 }, data: rows.map((r) => Math.max(share(r.most, r) - share(r.least, r), 0.4)) },
      { type: "scatter", symbol: "diamond", symbolSize: 11, itemStyle: { color: "#073d2d" }, data: rows.map((r, i) => [share(r.optimum, r), i]) },
    ],
  };
};
