// Money in and out by year, and the sum of it.
const say = (v) => v.toLocaleString("en", { maximumFractionDigits: 1 });
export const option = (d, look) => ({
  grid: { left: 12, right: 16, top: 56, bottom: 26, containLabel: true },
  legend: { top: 0, left: 0, textStyle: { color: look.ink } },
  tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: (v) => `${say(v)} ${d.unit}` },
  xAxis: { type: "category", data: d.years, name: d.words.year, nameLocation: "middle", nameGap: 24, nameTextStyle: { color: look.faint }, axisLabel: { color: look.faint }, axisLine: { onZero: false, lineStyle: { color: look.line } } },
  yAxis: { type: "value", name: d.unit, nameTextStyle: { color: look.faint, align: "left" }, axisLabel: { color: look.faint, formatter: (v) => v.toLocaleString("en") }, splitLine: { lineStyle: { color: look.line } } },
  series: [
    { name: d.words.in, type: "bar", stack: "money", data: d.in, itemStyle: { color: "#5fae90" }, barMaxWidth: 22 },
    { name: d.words.out, type: "bar", stack: "money", data: d.out, itemStyle: { color: "#e0a13f" }, barMaxWidth: 22 },
    { name: d.words.sum, type: "line", data: d.sum, symbolSize: 5, lineStyle: { width: 2.5 }, itemStyle: { color: "#1f3b57" } },
  ],
});
