// Sums since January against what the limit allows, and the straight line to the end of the year.
export const option = (d, look) => ({
  grid: { left: 12, right: 16, top: 44, bottom: 8, containLabel: true },
  legend: { top: 0, left: 0, type: "scroll", textStyle: { color: look.ink } },
  tooltip: { trigger: "axis", valueFormatter: (v) => (v == null ? "–" : `${v.toLocaleString("en", { maximumFractionDigits: 1 })} tCO₂`) },
  xAxis: { type: "category", data: d.months, axisLabel: { color: look.faint }, axisLine: { lineStyle: { color: look.line } } },
  yAxis: { type: "value", name: d.words["axis-co2"], nameTextStyle: { color: look.faint, align: "left" }, axisLabel: { color: look.faint, formatter: (v) => v.toLocaleString("en") }, splitLine: { lineStyle: { color: look.line } } },
  series: [
    { name: d.words["month-co2"], type: "bar", data: d.monthly, itemStyle: { color: "#b9d8cc" }, barMaxWidth: 26 },
    { name: d.words["co2-sum"], type: "line", data: d.co2, symbolSize: 5, lineStyle: { width: 3 }, itemStyle: { color: look.palette[0] } },
    { name: d.words.limit, type: "line", data: d.limit, symbol: "none", lineStyle: { type: "dashed", width: 2 }, itemStyle: { color: "#d1495b" } },
    ...(d.line.some((v) => v !== null) ? [{ name: d.words.straight, type: "line", data: d.line, symbol: "none", lineStyle: { type: "dotted", width: 2 }, itemStyle: { color: look.palette[1] } }] : []),
  ],
});
