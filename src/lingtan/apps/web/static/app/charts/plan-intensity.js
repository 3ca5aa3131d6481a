// Intensity of each stage against its target, with the emissions.
const say = (v, n = 0) => v.toLocaleString("en", { maximumFractionDigits: n });
export const option = (d, look) => ({
  grid: { left: 12, right: 12, top: 70, bottom: 8, containLabel: true },
  legend: { top: 0, left: 0, textStyle: { color: look.ink } },
  tooltip: { trigger: "axis" },
  xAxis: { type: "category", data: d.years, axisLabel: { color: look.faint }, axisLine: { lineStyle: { color: look.line } } },
  yAxis: [
    { type: "value", name: "tCO₂/tce", nameTextStyle: { color: look.faint, align: "left" }, axisLabel: { color: look.faint }, splitLine: { lineStyle: { color: look.line } } },
    { type: "value", name: "tCO₂", nameTextStyle: { color: look.faint, align: "right" }, axisLabel: { color: look.faint, formatter: (v) => say(v) }, splitLine: { show: false } },
  ],
  series: [
    { name: d.words.emissions, type: "bar", yAxisIndex: 1, data: d.emissions, barMaxWidth: 36, itemStyle: { color: "#b9d8cc" }, tooltip: { valueFormatter: (v) => `${say(v)} tCO₂` } },
    { name: d.words.intensity, type: "line", data: d.intensity, symbolSize: 8, lineStyle: { width: 3 }, itemStyle: { color: look.palette[0] }, tooltip: { valueFormatter: (v) => `${say(v, 4)} tCO₂/tce` } },
    { name: d.words.target, type: "line", data: d.target, symbol: "none", connectNulls: true, lineStyle: { type: "dashed", width: 2 }, itemStyle: { color: "#d1495b" }, tooltip: { valueFormatter: (v) => (v == null ? "–" : `${v} tCO₂/tce`) } },
  ],
});
