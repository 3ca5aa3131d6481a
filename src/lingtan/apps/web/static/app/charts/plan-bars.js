// Items as lying bars, the largest on top.
const say = (v) => v.toLocaleString("en", { maximumFractionDigits: 1 });
export const option = (d, look, place) => {
  const bars = [...d.bars].reverse();
  const narrow = place.clientWidth < 480;
  return {
    grid: { left: 8, right: 64, top: 24, bottom: 8, containLabel: true },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: (v) => `${say(v)} ${d.unit}` },
    xAxis: { type: "value", name: d.unit, nameLocation: "end", nameTextStyle: { color: look.faint, align: "right", verticalAlign: "bottom", padding: [0, -50, 6, 0] }, position: "top", axisLabel: { show: false }, splitLine: { lineStyle: { color: look.line } } },
    yAxis: { type: "category", data: bars.map((b) => b.name), axisLabel: { color: look.ink, width: narrow ? 120 : 180, overflow: "truncate" }, axisTick: { show: false }, axisLine: { show: false } },
    series: [{ type: "bar", data: bars.map((b) => ({ value: b.value, itemStyle: { color: b.value < 0 ? "#2f7ed8" : look.palette[0] } })), barMaxWidth: 20, label: { show: true, position: "right", color: look.ink, formatter: (p) => say(p.value) } }],
  };
};
