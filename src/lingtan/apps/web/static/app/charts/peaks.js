// The highest purchase of each month, a column for each way.
export const option = (d, look) => ({
  grid: { left: 12, right: 16, top: 56, bottom: 8, containLabel: true },
  legend: { top: 0, left: 0, type: "scroll", textStyle: { color: look.ink } },
  tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: (v) => (v == null ? "–" : `${v.toLocaleString("en", { maximumFractionDigits: 1 })} ${d.unit}`) },
  xAxis: { type: "category", data: d.months, axisLabel: { color: look.faint }, axisLine: { lineStyle: { color: look.line } } },
  yAxis: { type: "value", name: d.unit, nameTextStyle: { color: look.faint, align: "left" }, axisLabel: { color: look.faint }, splitLine: { lineStyle: { color: look.line } } },
  series: d.series.map((s) => ({ name: s.name, type: "bar", data: s.values, barMaxWidth: 20 })),
});
