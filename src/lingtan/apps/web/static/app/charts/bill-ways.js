// The same months paid in different ways.
const say = (v) => v.toLocaleString("en", { maximumFractionDigits: 2 });
export const option = (d, look) => ({
  grid: { left: 12, right: 16, top: 56, bottom: 8, containLabel: true },
  legend: { top: 0, left: 0, type: "scroll", textStyle: { color: look.ink } },
  tooltip: { trigger: "axis", valueFormatter: (v) => `${say(v)} ${d.unit}` },
  xAxis: { type: "category", data: d.months, axisLabel: { color: look.faint }, axisLine: { lineStyle: { color: look.line } } },
  yAxis: { type: "value", name: d.unit, scale: true, nameTextStyle: { color: look.faint, align: "left" }, axisLabel: { color: look.faint, formatter: (v) => v.toLocaleString("en") }, splitLine: { lineStyle: { color: look.line } } },
  series: d.series.map((s, i) => ({ name: s.name, type: "line", symbolSize: 6, symbol: ["circle", "rect", "triangle", "diamond", "roundRect", "emptyCircle"][i % 6], lineStyle: { width: 2.2, type: i % 2 ? "dashed" : "solid" }, data: s.values })),
});
