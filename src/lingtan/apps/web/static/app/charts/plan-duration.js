// Hours of the year by height.
const say = (v) => v.toLocaleString("en", { maximumFractionDigits: 2 });
export const option = (d, look) => ({
  grid: { left: 12, right: 20, top: 60, bottom: 28, containLabel: true },
  legend: { top: 0, left: 0, type: "scroll", textStyle: { color: look.ink } },
  tooltip: { trigger: "axis", formatter: (ps) => [`${ps[0].value[0].toLocaleString("en")} h`, ...ps.map((p) => `${p.seriesName}: ${say(p.value[1])} ${d.unit}`)].join("\n") },
  xAxis: { type: "value", name: d.words.hours, nameLocation: "middle", nameGap: 26, nameTextStyle: { color: look.faint }, max: "dataMax", axisLabel: { color: look.faint, showMaxLabel: false, formatter: (v) => v.toLocaleString("en") }, splitLine: { show: false } },
  yAxis: { type: "value", name: d.unit, nameTextStyle: { color: look.faint, align: "left" }, axisLabel: { color: look.faint, formatter: (v) => v.toLocaleString("en") }, splitLine: { lineStyle: { color: look.line } } },
  series: d.lines.map((x, i) => ({ name: x.name, type: "line", symbol: "none", lineStyle: { width: i ? 1.6 : 2.6 }, data: x.values.map((v, h) => [h * d.step, v]) })),
});
