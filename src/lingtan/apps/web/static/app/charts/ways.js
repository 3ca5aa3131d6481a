// Regret of each way to run, in money and tonnes.
export const option = (d, look) => {
  const wan = (v) => v / 10000, say = (v, n) => (v == null ? "–" : v.toLocaleString("en", { maximumFractionDigits: n }));
  const axis = (name, right) => ({ type: "value", name, position: right ? "right" : "left", nameTextStyle: { color: look.faint, align: right ? "right" : "left" }, axisLabel: { color: look.faint, formatter: (v) => say(v, 0) }, splitLine: { show: !right, lineStyle: { color: look.line } } });
  return {
    grid: { left: 12, right: 16, top: 56, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, type: "scroll", textStyle: { color: look.ink } },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, formatter: (ps) => [ps[0].name, ...ps.map((p) => `${p.seriesName}: ${say(p.value, p.seriesIndex ? 0 : 1)} ${p.seriesIndex ? "tCO₂" : d.words["ten-thousand"]}`)].join("\n") },
    xAxis: { type: "category", data: d.ways, axisLabel: { color: look.ink, interval: 0 }, axisLine: { lineStyle: { color: look.line } } },
    yAxis: [axis(d.words["ten-thousand"], false), axis("tCO₂", true)],
    series: [
      { name: d.words["regret-cny"], type: "bar", data: d.regret.map(wan), barMaxWidth: 34, itemStyle: { color: "#2f7ed8" } },
      { name: d.words["regret-t"], type: "bar", yAxisIndex: 1, data: d.tonnes, barMaxWidth: 34, itemStyle: { color: "#8d99ae" } },
    ],
  };
};
