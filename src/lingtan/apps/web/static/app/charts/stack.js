// Stacked columns by month.
export const option = (d, look) => ({
  grid: { left: 12, right: 16, top: 52, bottom: 8, containLabel: true },
  legend: { top: 0, left: 0, type: "scroll", textStyle: { color: look.ink } },
  tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: (v) => `${v.toLocaleString("en", { maximumFractionDigits: 1 })} ${d.unit}` },
  xAxis: { type: "category", data: d.months, axisLabel: { color: look.faint }, axisLine: { lineStyle: { color: look.line } } },
  yAxis: { type: "value", name: d.unit, nameTextStyle: { color: look.faint, align: "left" }, axisLabel: { color: look.faint, formatter: (v) => v.toLocaleString("en") }, splitLine: { lineStyle: { color: look.line } } },
  series: d.series.map((s) => ({ name: s.name, type: "bar", stack: "all", data: s.values, barMaxWidth: 34 })),
});
